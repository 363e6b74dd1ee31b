/*
 * FPU registers are switched late: a thread that is not their owner runs with CR0.TS set, and its
 * first FPU instruction raises #NM. Only then are the owner's numbers saved.
 */
#include "slab.h"

#include "console.h"
#include "cpu.h"
#include "string.h"

static struct cache states;

/* What a thread begins with. */
static char initial[FPU_STATE_BYTES] __attribute__((aligned(16)));

static void save(void *state)
{
    __asm__ volatile("fxsave (%0)" : : "r"(state) : "memory");
}

static void restore(const void *state)
{
    __asm__ volatile("fxrstor (%0)" : : "r"(state) : "memory");
}

static void allow(void)
{
    __asm__ volatile("clts");
}

static void forbid(void)
{
    write_cr0(read_cr0() | CR0_TS);
}

void fpu_init(void)
{
    cache_init(&states, FPU_STATE_BYTES);
    allow();
    __asm__ volatile("fninit");
    save(initial);
    forbid();
}

void fpu_take(void)
{
    struct thread *current = PERCPU_READ(current);
    struct thread *owner = PERCPU_READ(fpu_owner);

    allow();
    if (owner == current)
        return;
    if (owner)
        save(owner->fpu);
    if (!current->fpu) {
        current->fpu = cache_alloc(&states);
        if (!current->fpu)
            panic("fpu_take: no memory");
        memcpy(current->fpu, initial, FPU_STATE_BYTES);
    }
    restore(current->fpu);
    PERCPU_WRITE(fpu_owner, current);
}

void fpu_prepare(const struct thread *next)
{
    if (PERCPU_READ(fpu_owner) == next)
        allow();
#ifndef BUG_NO_TS
    else
        forbid();
#endif
}

void fpu_forget(struct thread *thread)
{
#ifndef BUG_FPU_OWNER_KEPT
    if (PERCPU_READ(fpu_owner) == thread)
        PERCPU_WRITE(fpu_owner, NULL);
#endif
#ifndef BUG_LEAK_FPU
    if (thread->fpu)
        cache_free(&states, thread->fpu);
#endif
#ifndef BUG_DOUBLE_FREE
    thread->fpu = NULL;
#endif
}
