/*
 * A kernel with a buddy allocator, slab caches over it, and a process in ring 3: two threads, which
 * the timer preempts, in an address space of their own, whose FPU registers are switched only when
 * they are used.
 *
 * What a test may call, once kernel_ready() was reached (or in the state that is named):
 *
 *     pages_alloc, pages_free, pages_free_count     after pages_init(end)
 *     cache_init, cache_alloc, cache_free           after pages_init(end)
 *     space_create, space_map, space_unmap,         after pages_init(end); on spaces that are in
 *     space_frame, space_destroy                    CR3 and on others
 *     stack_create, stack_destroy                   after stacks_init()
 *     tick, ticks_drain                             after ticks_init(); tick() is what the timer
 * calls
 *
 * All are cdecl. Interrupts are off at kernel_ready(), and may stay off. Threads need all of it.
 */
#ifndef SLAB_H
#define SLAB_H

#include "layout.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PTE_PRESENT  0x001u
#define PTE_WRITABLE 0x002u
#define PTE_USER     0x004u

extern char kernel_end[];           /* from the linker script */
extern uint32_t kernel_directory[]; /* start.S */

static inline void *direct_map(uint32_t pa)
{
    return (void *)(pa + DIRECT_MAP);
}

static inline uint32_t direct_map_pa(const void *va)
{
    return (uint32_t)va - DIRECT_MAP;
}

/* ---- pages.c: blocks of 2^order pages, named by where the direct map has them ---- */

#define ORDERS 11u

/* All between the kernel and `end` (a physical address) is free. */
void pages_init(uint32_t end);

/* A block, aligned to its size, or NULL. What is in it is not known. */
void *pages_alloc(unsigned order);

/* Panics unless pages_alloc(order) returned it, and it was not freed since. */
void pages_free(void *block, unsigned order);

/* In pages. */
uint32_t pages_free_count(void);

/* ---- cache.c: objects of one size, in slabs of one page ---- */

struct slab;

struct cache {
    uint32_t object_bytes;
    uint32_t objects_per_slab;
    struct slab *partial; /* slabs that have a free object */
};

/* object_bytes: a multiple of 16, at most 1024. Objects are aligned to 16. */
void cache_init(struct cache *cache, uint32_t object_bytes);

/* An object, or NULL. Panics when a free object was written to. */
void *cache_alloc(struct cache *cache);

/* A slab without a used object goes back to pages_free(). Panics when the object is free. */
void cache_free(struct cache *cache, void *object);

/* ---- space.c: address spaces. A space is its page directory. ---- */

/* The kernel's part and nothing else, or NULL. */
uint32_t *space_create(void);

/* Maps the page at va to pa. false: no memory for a table, or a page is there. */
bool space_map(uint32_t *space, uint32_t va, uint32_t pa, uint32_t flags);

/* The page that was mapped, which is the caller's, or 0. */
uint32_t space_unmap(uint32_t *space, uint32_t va);

/* What is mapped at va, or 0. */
uint32_t space_frame(const uint32_t *space, uint32_t va);

/* Loads the space into CR3, if it is not there. */
void space_use(uint32_t *space);

/* Frees all pages of the process, its tables and the directory. */
void space_destroy(uint32_t *space);

/* ---- stack.c: kernel stacks, each above a page that is not mapped ---- */

void stacks_init(void);

/* The address just above a stack, or 0. */
uint32_t stack_create(void);
void stack_destroy(uint32_t top);

/* ---- percpu.c: what the processor knows of itself, behind GS ---- */

struct cpu {
    struct thread *current;     /* NULL: the scheduler */
    struct thread *fpu_owner;   /* the thread whose state is in the FPU; NULL: none */
    struct context **scheduler; /* where the scheduler's stack was left */
};

void percpu_init(void);

/* Reads and writes a member of struct cpu through GS. */
#define PERCPU_READ(member)                                                                        \
    __extension__({                                                                                \
        __typeof__(((struct cpu *)0)->member) percpu_value;                                        \
        __asm__ volatile("movl %%gs:%c1, %0"                                                       \
                         : "=r"(percpu_value)                                                      \
                         : "i"(offsetof(struct cpu, member)));                                     \
        percpu_value;                                                                              \
    })
#define PERCPU_WRITE(member, value)                                                                \
    __asm__ volatile("movl %0, %%gs:%c1"                                                           \
                     :                                                                             \
                     : "r"(value), "i"(offsetof(struct cpu, member))                               \
                     : "memory")

/* ---- fpu.c ---- */

#define FPU_STATE_BYTES 512 /* what fxsave writes */

void fpu_init(void);

/* The current thread has used the FPU while it was not its own. */
void fpu_take(void);

/* A thread is about to run: it must not see another one's numbers. */
void fpu_prepare(const struct thread *next);

/* A thread has ended. */
void fpu_forget(struct thread *thread);

/* ---- thread.c ---- */

struct context {
    uint32_t edi, esi, ebx, ebp, eip;
};

struct thread {
    struct context *context; /* where its kernel stack was left */
    uint32_t *space;
    uint32_t stack; /* the top of its kernel stack */
    void *fpu;      /* NULL: it has never used the FPU */
    int status;
    uint32_t preempted;
    bool ended;
};

void swtch(struct context **old, struct context *new);

void threads_init(void);

/* Runs the program with its two threads, until both have ended. Their results are in status[]. */
void run_program(int status[2]);

/* Lets another thread run. */
void thread_yield(void);
_Noreturn void thread_exit(int status);

/* ---- syscall.c ---- */

void syscall_init(void);
int syscall(int number, uint32_t first, uint32_t second);

/* The kernel stack on which the next sysenter begins. */
void syscall_set_stack(uint32_t top);

/* ---- ticks.c: the timer's records ---- */

void ticks_init(void);

/* Takes two records and gives them back. */
void ticks_use(void);

/* ---- main.c ---- */

/* Does nothing. Is called when all is ready and no test has run. */
void kernel_ready(void);

#endif
