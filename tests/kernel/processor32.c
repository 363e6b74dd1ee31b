#include "kernel/processor32.h"

#include <asm/ldt.h>
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

/* Selectors of the local descriptor table, RPL 3. */
enum { ENTRY_CODE, ENTRY_DATA, ENTRY_GS };
#define SELECTOR(entry) ((entry)*8u + 7u)

#define HOST_CODE 0x33u
#define HOST_DATA 0x2bu

#define OPCODE_HLT  0xf4u
#define STACK_BYTES 0x10000u

static unsigned char *data, *code;
static struct processor32 *running;

/* Known to the assembler code below. */
extern void processor32_enter(struct processor32 *processor);
extern const char processor32_leave[];
uint64_t processor32_host_rsp;
_Alignas(16) unsigned char processor32_host_fpu[PROCESSOR32_FXSAVE];

_Static_assert(offsetof(struct processor32, eip) == 32, "known to processor32_enter()");
_Static_assert(offsetof(struct processor32, eflags) == 36, "known to processor32_enter()");
_Static_assert(offsetof(struct processor32, fpu) == 48, "known to processor32_enter()");

__asm__(".text\n"
        ".globl processor32_enter\n"
        "processor32_enter:\n"
        "    pushq %rbx\n"
        "    pushq %rbp\n"
        "    pushq %r12\n"
        "    pushq %r13\n"
        "    pushq %r14\n"
        "    pushq %r15\n"
        "    movq %rsp, processor32_host_rsp(%rip)\n"
        "    fxsave64 processor32_host_fpu(%rip)\n"
        "    fxrstor64 48(%rdi)\n"
        "    movl $0x0f, %eax\n" /* SELECTOR(ENTRY_DATA) */
        "    movl %eax, %ds\n"
        "    movl %eax, %es\n"
        "    movl $0x17, %eax\n" /* SELECTOR(ENTRY_GS) */
        "    movl %eax, %gs\n"
        "    pushq $0x0f\n"
        "    movl 16(%rdi), %eax\n"
        "    pushq %rax\n"
        "    movl 36(%rdi), %eax\n"
        "    pushq %rax\n"
        "    pushq $0x07\n" /* SELECTOR(ENTRY_CODE) */
        "    movl 32(%rdi), %eax\n"
        "    pushq %rax\n"
        "    movl 0(%rdi), %eax\n"
        "    movl 4(%rdi), %ecx\n"
        "    movl 8(%rdi), %edx\n"
        "    movl 12(%rdi), %ebx\n"
        "    movl 20(%rdi), %ebp\n"
        "    movl 24(%rdi), %esi\n"
        "    movl 28(%rdi), %edi\n"
        "    iretq\n"
        ".globl processor32_leave\n"
        "processor32_leave:\n"
        "    cld\n"
        "    fxrstor64 processor32_host_fpu(%rip)\n"
        "    xorl %eax, %eax\n"
        "    movl %eax, %ds\n"
        "    movl %eax, %es\n"
        "    movl %eax, %gs\n"
        "    popq %r15\n"
        "    popq %r14\n"
        "    popq %r13\n"
        "    popq %r12\n"
        "    popq %rbp\n"
        "    popq %rbx\n"
        "    ret\n");

/* The registers are those of the trap; then go on in processor32_leave. */
static void on_signal(int number, siginfo_t *info, void *context)
{
    static const int indices[8] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX,
                                   REG_RSP, REG_RBP, REG_RSI, REG_RDI};
    ucontext_t *frame = context;
    greg_t *registers = frame->uc_mcontext.gregs;

    (void)info;
    if ((registers[REG_CSGSFS] & 0xffff) != SELECTOR(ENTRY_CODE)) {
        signal(number, SIG_DFL);
        return;
    }
    for (uint32_t i = 0; i < 8; i++)
        running->general[i] = (uint32_t)registers[indices[i]];
    running->eip = (uint32_t)registers[REG_RIP];
    running->eflags = (uint32_t)registers[REG_EFL];
    running->vector = (uint32_t)registers[REG_TRAPNO];
    running->error = (uint32_t)registers[REG_ERR];
    running->cr2 = (uint32_t)((uint64_t)registers[REG_CR2] - (uint64_t)(uintptr_t)data);
    memcpy(running->fpu, frame->uc_mcontext.fpregs, sizeof running->fpu);
    registers[REG_RIP] = (greg_t)(uintptr_t)processor32_leave;
    registers[REG_RSP] = (greg_t)processor32_host_rsp;
    registers[REG_CSGSFS] = (greg_t)(HOST_CODE | (uint64_t)HOST_DATA << 48);
}

static bool segment_create(uint32_t entry, const unsigned char *base, uint32_t bytes,
                           uint32_t contents)
{
    struct user_desc descriptor = {
        .entry_number = entry,
        .base_addr = (uint32_t)(uintptr_t)base,
        .limit = bytes - 1,
        .seg_32bit = 1,
        .contents = contents & 3u,
        .useable = 1,
    };

    return syscall(SYS_modify_ldt, 1, &descriptor, sizeof descriptor) == 0;
}

static unsigned char *map_low(int rights)
{
    void *memory = mmap(NULL, PROCESSOR32_BYTES, rights,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT | MAP_POPULATE, -1, 0);

    return memory == MAP_FAILED ? NULL : memory;
}

static bool signals_take(void)
{
    static const int numbers[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP};
    struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    stack_t stack = {.ss_sp = malloc(STACK_BYTES), .ss_size = STACK_BYTES};

    if (!stack.ss_sp || sigaltstack(&stack, NULL) != 0)
        return false;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        sigaction(numbers[i], &action, NULL);
    return true;
}

bool processor32_create(const char **reason)
{
    data = map_low(PROT_READ | PROT_WRITE);
    code = map_low(PROT_READ | PROT_WRITE | PROT_EXEC);
    *reason = "no memory below 4 GiB";
    if (!data || !code)
        return false;
    memset(code, OPCODE_HLT, PROCESSOR32_BYTES);
    *reason = "the host forbids modify_ldt";
    return segment_create(ENTRY_CODE, code, PROCESSOR32_BYTES, MODIFY_LDT_CONTENTS_CODE) &&
           segment_create(ENTRY_DATA, data, PROCESSOR32_BYTES, MODIFY_LDT_CONTENTS_DATA) &&
           segment_create(ENTRY_GS, data + PROCESSOR32_GS_BASE,
                          PROCESSOR32_BYTES - PROCESSOR32_GS_BASE, MODIFY_LDT_CONTENTS_DATA) &&
           signals_take();
}

unsigned char *processor32_memory(void)
{
    return data;
}

void processor32_protect(uint32_t page, int rights)
{
    if (mprotect(data + page * PROCESSOR32_PAGE, PROCESSOR32_PAGE, rights) != 0)
        abort();
}

void processor32_run(struct processor32 *processor, const unsigned char *bytes, uint32_t count)
{
    memcpy(code + PROCESSOR32_EIP, bytes, count);
    processor->eip = PROCESSOR32_EIP;
    running = processor;
    processor32_enter(processor);
    memset(code + PROCESSOR32_EIP, OPCODE_HLT, count);
}
