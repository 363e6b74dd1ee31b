/* The process's two threads, and the scheduler, which gives each its turn. */
#include "slab.h"

#include "console.h"
#include "cpu.h"
#include "descriptors.h"
#include "string.h"
#include "trap.h"

#define THREADS 2u

extern const char program[], program_end[]; /* program.S */

static struct cache threads;

void threads_init(void)
{
    cache_init(&threads, (sizeof(struct thread) + 15) & ~15u);
}

static struct trap_frame *first_frame(const struct thread *thread)
{
    return (struct trap_frame *)(thread->stack - sizeof(struct trap_frame));
}

/* What swtch() returns into when the thread runs for the first time. */
static void first_return(void)
{
    trap_return(first_frame(PERCPU_READ(current)));
}

/* The registers with which the thread begins, and below them what swtch() takes. */
static void prepare_stack(struct thread *thread, uint32_t number)
{
    struct trap_frame *frame = first_frame(thread);
    /* One word more: first_return() never returns, but expects a return address. */
    struct context *context = (struct context *)((uint32_t *)frame - 1) - 1;

    memset(context, 0, thread->stack - (uint32_t)context);
    frame->eip = USER_TEXT;
    frame->cs = SEL_USER_CODE;
    frame->ds = frame->es = frame->fs = frame->gs = frame->user_ss = SEL_USER_DATA;
    frame->eflags = EFLAGS_IF;
    frame->user_esp = USER_STACKS + (number + 1) * PAGE_SIZE;
    frame->eax = number;
    context->eip = (uint32_t)first_return;
    thread->context = context;
}

static struct thread *create_thread(uint32_t *space, uint32_t number)
{
    struct thread *thread = cache_alloc(&threads);

    if (!thread)
        panic("create_thread: no memory");
    *thread = (struct thread){.space = space, .stack = stack_create()};
    if (!thread->stack)
        panic("create_thread: no memory");
    prepare_stack(thread, number);
    return thread;
}

static void destroy_thread(struct thread *thread)
{
    fpu_forget(thread);
    stack_destroy(thread->stack);
    cache_free(&threads, thread);
}

/* A page of zeroes that the process has. */
static char *add_page(uint32_t *space, uint32_t va, uint32_t flags)
{
    char *page = pages_alloc(0);

    if (!page || !space_map(space, va, direct_map_pa(page), PTE_USER | flags))
        panic("add_page: no memory");
    memset(page, 0, PAGE_SIZE);
    return page;
}

static uint32_t *create_space(void)
{
    uint32_t *space = space_create();

    if (!space)
        panic("create_space: no memory");
    memcpy(add_page(space, USER_TEXT, 0), program, (uint32_t)(program_end - program));
    for (uint32_t i = 0; i < THREADS; i++)
        add_page(space, USER_STACKS + i * PAGE_SIZE, PTE_WRITABLE);
    return space;
}

/* ---- switching ---- */

/* Runs the thread until it yields, is preempted, or ends. */
static void run(struct thread *thread)
{
    struct context *scheduler;

    space_use(thread->space);
    fpu_prepare(thread);
    descriptors_set_kernel_stack(thread->stack);
    syscall_set_stack(thread->stack);
    PERCPU_WRITE(current, thread);
    PERCPU_WRITE(scheduler, &scheduler);
    swtch(&scheduler, thread->context);
    PERCPU_WRITE(current, NULL);
}

void thread_yield(void)
{
    struct thread *current = PERCPU_READ(current);

    swtch(&current->context, *PERCPU_READ(scheduler));
}

_Noreturn void thread_exit(int status)
{
    struct thread *current = PERCPU_READ(current);

    current->status = status;
    current->ended = true;
#ifdef BUG_DOUBLE_FREE
    fpu_forget(current);
#endif
    thread_yield();
    panic("thread_exit: the thread came back");
}

void run_program(int status[THREADS])
{
    uint32_t *space = create_space();
    struct thread *thread[THREADS];
    bool ended;

    for (uint32_t i = 0; i < THREADS; i++)
        thread[i] = create_thread(space, i);
    do {
        ended = true;
        for (uint32_t i = 0; i < THREADS; i++) {
            if (!thread[i]->ended)
                run(thread[i]);
            ended = ended && thread[i]->ended;
        }
    } while (!ended);
    for (uint32_t i = 0; i < THREADS; i++) {
        status[i] = thread[i]->status;
        destroy_thread(thread[i]);
    }
    space_destroy(space);
}
