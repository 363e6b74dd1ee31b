#include "kernel/processor32.h"

#include <asm/ldt.h>
#include <asm/prctl.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

/* Selectors of the local descriptor table, RPL 3. */
enum { ENTRY_CODE, ENTRY_GS };
#define SELECTOR(entry) ((entry)*8u + 7u)

#define HOST_CODE 0x33u
#define HOST_DATA 0x2bu

#define CODE_AT        0x50000000u
#define OPCODE_HLT     0xf4u
#define PREFIX_ADDRESS 0x67u
#define STACK_BYTES    0x10000u
#define PAGE           0x1000u

static unsigned char *code;
static bool has_segments;
static struct processor32 *running;

/* The assembler code below uses these names. */
extern void processor32_enter(struct processor32 *processor, uint64_t selector, uint64_t eip);
extern const char processor32_leave[];
uint64_t processor32_host_rsp;
_Alignas(16) unsigned char processor32_host_fpu[PROCESSOR32_FXSAVE];

_Static_assert(offsetof(struct processor32, eflags) == 36,
               "processor32_enter() relies on this offset");
_Static_assert(offsetof(struct processor32, fpu) == 48,
               "processor32_enter() relies on this offset");

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
        "    pushq $0x2b\n" /* HOST_DATA */
        "    movl 16(%rdi), %eax\n"
        "    pushq %rax\n"
        "    movl 36(%rdi), %eax\n"
        "    pushq %rax\n"
        "    pushq %rsi\n"
        "    pushq %rdx\n"
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
        "    popq %r15\n"
        "    popq %r14\n"
        "    popq %r13\n"
        "    popq %r12\n"
        "    popq %rbp\n"
        "    popq %rbx\n"
        "    ret\n");

/* Returns whether the instruction trapped, and not this program; sets *eip to its EIP. */
static bool eip_of(const greg_t *registers, uint32_t *eip)
{
    uint64_t rip = (uint64_t)registers[REG_RIP];

    if (has_segments) {
        *eip = (uint32_t)rip;
        return (registers[REG_CSGSFS] & 0xffff) == SELECTOR(ENTRY_CODE);
    }
    *eip = (uint32_t)rip - CODE_AT;
    if (*eip == PROCESSOR32_EIP - 1) /* at the prefix */
        *eip = PROCESSOR32_EIP;
    return rip >> 32 == 0;
}

/* Save the registers of the trap, and continue in processor32_leave. */
static void on_signal(int number, siginfo_t *info, void *context)
{
    static const int indices[8] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX,
                                   REG_RSP, REG_RBP, REG_RSI, REG_RDI};
    ucontext_t *frame = context;
    greg_t *registers = frame->uc_mcontext.gregs;

    (void)info;
    if (!running || !eip_of(registers, &running->eip)) {
        signal(number, SIG_DFL);
        return;
    }
    for (uint32_t i = 0; i < 8; i++)
        running->general[i] = (uint32_t)registers[indices[i]];
    running->eflags = (uint32_t)registers[REG_EFL];
    running->vector = (uint32_t)registers[REG_TRAPNO];
    running->error = (uint32_t)registers[REG_ERR];
    running->cr2 = (uint32_t)registers[REG_CR2];
    memcpy(running->fpu, frame->uc_mcontext.fpregs, sizeof running->fpu);
    registers[REG_RIP] = (greg_t)(uintptr_t)processor32_leave;
    registers[REG_RSP] = (greg_t)processor32_host_rsp;
    registers[REG_CSGSFS] = (greg_t)(HOST_CODE | (uint64_t)HOST_DATA << 48);
}

static bool segment_create(uint32_t entry, uint32_t base, uint32_t pages, unsigned int contents)
{
    struct user_desc descriptor = {
        .entry_number = entry,
        .base_addr = base,
        .limit = pages - 1,
        .seg_32bit = 1,
        .contents = contents & 3u,
        .limit_in_pages = 1,
        .useable = 1,
    };
    uint32_t selector = SELECTOR(entry), rights = 0;
    unsigned char valid;

    /* The system call's errors come as 32 bits. Some virtual machines have no LDT that the
       processor reads. */
    if ((int)syscall(SYS_modify_ldt, 1, &descriptor, sizeof descriptor) != 0)
        return false;
    __asm__("lar %2, %0; setz %1" : "+r"(rights), "=q"(valid) : "r"(selector) : "cc");
    return valid != 0;
}

static bool map_at(uint32_t address, uint32_t end, int rights)
{
    void *wanted = (void *)(uintptr_t)address;

    return mmap(wanted, end - address, rights,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE | MAP_POPULATE, -1, 0) == wanted;
}

static bool signals_take(void)
{
    static const int numbers[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP};
    struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    static unsigned char memory[STACK_BYTES];
    stack_t stack = {.ss_sp = memory, .ss_size = sizeof memory};

    if (sigaltstack(&stack, NULL) != 0)
        return false;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        sigaction(numbers[i], &action, NULL);
    return true;
}

static void segments_create(void)
{
    uint32_t selector = SELECTOR(ENTRY_GS);

    has_segments =
        segment_create(ENTRY_CODE, CODE_AT, PROCESSOR32_BYTES / PAGE, MODIFY_LDT_CONTENTS_CODE) &&
        segment_create(ENTRY_GS, PROCESSOR32_GS_BASE, 1u << 20, MODIFY_LDT_CONTENTS_DATA);
    if (has_segments)
        __asm__ volatile("movl %0, %%gs; movl %1, %%ds; movl %1, %%es"
                         :
                         : "r"(selector), "r"(HOST_DATA));
    else
        syscall(SYS_arch_prctl, ARCH_SET_GS, PROCESSOR32_GS_BASE);
}

bool processor32_create(const char **reason)
{
    *reason = "memory from 0x1000 on cannot be mapped; be root, or lower vm.mmap_min_addr";
    if (!map_at(PAGE, PROCESSOR32_BYTES, PROT_READ | PROT_WRITE) ||
        !map_at(CODE_AT, CODE_AT + PROCESSOR32_BYTES, PROT_READ | PROT_WRITE | PROT_EXEC))
        return false;
    code = (unsigned char *)(uintptr_t)CODE_AT;
    memset(code, OPCODE_HLT, PROCESSOR32_BYTES);
    segments_create();
    *reason = "the host refuses a stack for signals";
    return signals_take();
}

bool processor32_has_segments(void)
{
    return has_segments;
}

void processor32_protect(uint32_t address, int rights)
{
    if (mprotect((void *)(uintptr_t)(address & ~(PAGE - 1)), PAGE, rights) != 0)
        abort();
}

/* ---- 64-bit mode ---- */

static bool is_same_operand(const ZydisDecodedOperand *left, const ZydisDecodedOperand *right)
{
    if (left->type != right->type || left->size != right->size ||
        left->visibility != right->visibility)
        return false;
    switch (left->type) {
    case ZYDIS_OPERAND_TYPE_REGISTER:
        return left->reg.value == right->reg.value;
    case ZYDIS_OPERAND_TYPE_MEMORY:
        return left->mem.base == right->mem.base && left->mem.index == right->mem.index &&
               left->mem.scale == right->mem.scale &&
               (uint32_t)left->mem.disp.value == (uint32_t)right->mem.disp.value;
    default:
        return true;
    }
}

/* Returns whether an operand must be the same in both modes. The flags register and the instruction
   pointer need not be: in 64-bit mode they have 64 bits. */
static bool is_named(const ZydisDecodedOperand *operand)
{
    return operand->type != ZYDIS_OPERAND_TYPE_REGISTER ||
           (ZydisRegisterGetClass(operand->reg.value) != ZYDIS_REGCLASS_FLAGS &&
            ZydisRegisterGetClass(operand->reg.value) != ZYDIS_REGCLASS_IP);
}

/* 64-bit mode has no limit of the code segment. */
static bool leaves_code(const struct instruction *instruction)
{
    const ZydisDecodedOperand *operand = &instruction->operands[0];

    return instruction->decoded.meta.branch_type != ZYDIS_BRANCH_TYPE_NONE &&
           PROCESSOR32_EIP + instruction->decoded.length + (uint64_t)operand->imm.value.s >=
               PROCESSOR32_BYTES;
}

/* Returns whether the instruction, with a prefix for 32-bit addresses, is the same in 64-bit
   mode. */
bool processor32_can(const struct instruction *instruction)
{
    const ZydisDecodedInstruction *decoded = &instruction->decoded;
    unsigned char bytes[1 + ZYDIS_MAX_INSTRUCTION_LENGTH] = {PREFIX_ADDRESS};
    struct instruction other;
    ZydisDecoder decoder;

    if (has_segments)
        return true;
    memcpy(bytes + 1, instruction->bytes, decoded->length);
    ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
    if (decoded->address_width == 16 || decoded->length == ZYDIS_MAX_INSTRUCTION_LENGTH ||
        !ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder, bytes, decoded->length + 1u, &other.decoded,
                                             other.operands)) ||
        other.decoded.length != decoded->length + 1 ||
        other.decoded.mnemonic != decoded->mnemonic ||
        other.decoded.operand_count != decoded->operand_count ||
        other.decoded.meta.branch_type != decoded->meta.branch_type ||
        (decoded->meta.branch_type && decoded->operand_width == 16) || leaves_code(instruction))
        return false;
    for (uint32_t i = 0; i < decoded->operand_count; i++)
        if (is_named(&instruction->operands[i]) &&
            !is_same_operand(&instruction->operands[i], &other.operands[i]))
            return false;
    return true;
}

/* ---- execution ---- */

void processor32_run(struct processor32 *processor, const unsigned char *bytes, uint32_t count)
{
    uint64_t eip = has_segments ? PROCESSOR32_EIP : CODE_AT + PROCESSOR32_EIP - 1;
    uint64_t selector = has_segments ? SELECTOR(ENTRY_CODE) : HOST_CODE;

    memcpy(code + PROCESSOR32_EIP, bytes, count);
    code[PROCESSOR32_EIP - 1] = has_segments ? OPCODE_HLT : PREFIX_ADDRESS;
    running = processor;
    processor32_enter(processor, selector, eip);
    running = NULL;
    memset(code + PROCESSOR32_EIP - 1, OPCODE_HLT, count + 1);
}
