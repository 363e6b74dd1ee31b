/* The one process, its kernel stack, and its system calls. */
#include "low.h"

#include "console.h"
#include "cpu.h"
#include "descriptors.h"
#include "string.h"
#include "syscall.h"
#include "trap.h"

#define JOURNAL_BYTE 0x5a

/* What a system call may have on the stack at once. */
#ifdef BUG_STACK_OVERRUN
#define CHUNK (PGSIZE + 64)
#else
#define CHUNK 64
#endif

static struct process {
    pde_t *pgdir;
    uint32_t size; /* of its memory, from 0: code, a page of stack, heap */
    int status;
    struct context *context; /* where its kernel stack was left */
} init;

static struct context *scheduler;

/* A stack grows down: what it runs over into is the journal. No page between them is unmapped. */
static struct {
    char journal[PGSIZE];
    char stack[PGSIZE];
} kernel_memory __attribute__((aligned(PGSIZE)));

extern const char initcode[], initcode_end[];

/* The registers with which ring 3 begins, at the top of the kernel stack. Below them, what swtch()
   takes: it returns into first_return(). */
static void first_return(void)
{
    trap_return((struct trap_frame *)(kernel_memory.stack + PGSIZE - sizeof(struct trap_frame)));
}

static void prepare_stack(void)
{
    struct trap_frame *frame =
        (struct trap_frame *)(kernel_memory.stack + PGSIZE - sizeof(struct trap_frame));
    /* One word more: first_return() never returns, but expects a return address. */
    struct context *context = (struct context *)((uint32_t *)frame - 1) - 1;

    memset(kernel_memory.journal, JOURNAL_BYTE, PGSIZE);
    memset(kernel_memory.stack, 0, PGSIZE);
    frame->cs = SEL_USER_CODE;
    frame->ds = frame->es = frame->fs = frame->gs = frame->user_ss = SEL_USER_DATA;
    frame->eflags = EFLAGS_IF;
    frame->user_esp = init.size;
    context->eip = (uint32_t)first_return;
    init.context = context;
}

static void create_init(void)
{
    init.pgdir = setupkvm();
    if (!init.pgdir || !inituvm(init.pgdir, initcode, (uint32_t)(initcode_end - initcode)))
        panic("create_init: no memory");
    init.size = allocuvm(init.pgdir, PGSIZE, 2 * PGSIZE);
    if (!init.size)
        panic("create_init: no memory");
    prepare_stack();
}

int run_init(void)
{
#ifdef BUG_DOUBLE_FREE
    void *code;
#endif

    create_init();
#ifdef BUG_DOUBLE_FREE
    code = P2V(PTE_ADDR(*walkpgdir(init.pgdir, 0, false)));
#endif
    descriptors_set_kernel_stack((uint32_t)kernel_memory.stack + PGSIZE);
    switchuvm(init.pgdir);
    swtch(&scheduler, init.context);
    switchkvm();
#ifndef BUG_FREE_BEFORE_SWITCH
    freevm(init.pgdir);
#endif
#ifdef BUG_DOUBLE_FREE
    kfree(code);
#endif
    return init.status;
}

_Noreturn void exit(int status)
{
    init.status = status;
#ifdef BUG_FREE_BEFORE_SWITCH
    freevm(init.pgdir);
#endif
    swtch(&init.context, scheduler);
    panic("exit: the process came back");
}

/* ---- system calls ---- */

static int sys_write(uint32_t address, uint32_t n)
{
    char chunk[CHUNK];

    if (address > init.size || n > init.size - address)
        return -1;
    for (uint32_t done = 0; done < n;) {
        uint32_t part = n - done < 64 ? n - done : 64;

        memcpy(chunk, (const char *)address + done, part);
        for (uint32_t i = 0; i < part; i++)
            console_putc(chunk[i]);
        done += part;
    }
    return (int)n;
}

static int sys_sbrk(int bytes)
{
    uint32_t old_size = init.size;
    uint32_t new_size = old_size + (uint32_t)bytes;

    if (bytes < 0 && new_size < old_size) {
        init.size = deallocuvm(init.pgdir, old_size, new_size);
    } else if (bytes > 0) {
        if (!allocuvm(init.pgdir, old_size, new_size))
            return -1;
        init.size = new_size;
    }
    return (int)old_size;
}

int syscall(int number, uint32_t first, uint32_t second)
{
    switch (number) {
    case SYS_exit:
        exit((int)first);
    case SYS_write:
        return sys_write(first, second);
    case SYS_sbrk:
        return sys_sbrk((int)first);
    default:
        return -1;
    }
}

bool journal_is_intact(void)
{
    return memory_is(kernel_memory.journal, JOURNAL_BYTE, PGSIZE);
}
