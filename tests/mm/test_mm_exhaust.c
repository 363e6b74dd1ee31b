/*
 * Every frame that a workload takes is refused once: the workload runs with k frames free, for
 * k = 0, 1, 2 ..., until nothing fails any more. Each call that fails leaves the state as it was,
 * each that succeeds gives memory that holds its content, and at the end no frame is lost.
 */
#include "support/model_effort.h"
#include "support/model_heap.h"
#include "support/model_mm.h"
#include "support/test.h"

#include <stdlib.h>

#define RAM_BYTES   (20u * MIB)
#define FREE_MAX    200u /* more frames than the workload needs */
#define ALLOCATIONS 8u
#define FRAMES_ALL  (RAM_BYTES / PAGE_SIZE)

enum op { KMALLOC, KREALLOC, KFREE, PAGES, FREE_PAGES, VMALLOC, VFREE };

struct step {
    enum op op;
    uint32_t id;    /* index in allocations */
    uint32_t bytes; /* or the order of pages */
};

static const struct step workload[] = {
    {KMALLOC, 0, 100},      {KMALLOC, 1, 5000},    {VMALLOC, 2, 20000},  {PAGES, 3, 0},
    {KREALLOC, 0, 9000},    {KMALLOC, 4, 30000},   {PAGES, 5, 2},        {KFREE, 1, 0},
    {KMALLOC, 1, 100000},   {KREALLOC, 4, 60000},  {FREE_PAGES, 3, 0},   {VMALLOC, 6, 4096},
    {KREALLOC, 4, 200},     {PAGES, 3, 4},         {KREALLOC, 0, 20},    {VFREE, 2, 0},
    {KMALLOC, 7, 70000},    {KREALLOC, 7, 140000}, {FREE_PAGES, 5, 0},   {KREALLOC, 0, 40000},
    {VMALLOC, 2, 8 * 4096}, {KFREE, 7, 0},         {KREALLOC, 1, 20000}, {KMALLOC, 7, 16},
};
#define STEPS (sizeof workload / sizeof workload[0])

struct allocation {
    enum op op; /* the call that allocated it */
    bool live;
    uint32_t where;
    uint32_t bytes;
};

static struct mm mm;
static struct allocation allocations[ALLOCATIONS];
static pfn_t taken[FRAMES_ALL];
static uint32_t taken_count;

static void take_all_pages(void)
{
    for (taken_count = 0;; taken_count++) {
        taken[taken_count] = pages_alloc(&mm, 0, PAGES_USER);
        if (pfn_is_none(taken[taken_count]))
            return;
    }
}

/* Frees the frames taken last. Under `brk` these are the lowest, where its heap begins. */
static void free_last_pages(uint32_t frames)
{
    for (; frames-- > 0 && taken_count > 0;)
        pages_free(&mm, taken[--taken_count], 0);
}

static bool touch(uint32_t where, uint32_t bytes)
{
    for (uint32_t page = where & ~PAGE_OFFSET_MASK; page < where + bytes; page += PAGE_SIZE)
        if (!machine_touch(vaddr(page), true))
            return false;
    return true;
}

static void allocation_free(struct allocation *allocation)
{
    if (!allocation->live)
        return;
    if (allocation->op == PAGES)
        pages_free(&mm, pfn(allocation->where), allocation->bytes);
    else if (allocation->op == VMALLOC)
        vfree(&mm, vaddr(allocation->where));
    else
        kfree(&mm, vaddr(allocation->where));
    allocation->live = false;
}

static uint32_t call(const struct step *step, const struct allocation *allocation)
{
    switch (step->op) {
    case KMALLOC:
        return kmalloc(&mm, step->bytes, PAGES_LOW).value;
    case KREALLOC:
        return krealloc(&mm, vaddr(allocation->live ? allocation->where : 0), step->bytes).value;
    case VMALLOC:
        return vmalloc(&mm, step->bytes).value;
    default:
        return pages_alloc(&mm, step->bytes, PAGES_LOW).value;
    }
}

/* Uses the memory that a call returned. Returns false if a touch found no frame. */
static bool settle(const struct step *step, struct allocation *allocation, uint32_t where)
{
    uint32_t kept =
        allocation->live && allocation->bytes < step->bytes ? allocation->bytes : step->bytes;
    bool had = allocation->live;

    *allocation =
        (struct allocation){step->op == KREALLOC ? KMALLOC : step->op, true, where, step->bytes};
    if (step->op == PAGES)
        return true;
    if (!touch(where, step->bytes)) {
        assert_int_equal(mm.failure.cause, MM_NO_FRAMES);
        allocation_free(allocation);
        return false;
    }
    if (step->op == KREALLOC && had)
        assert_true(model_holds(vaddr(where), kept, step->id));
    model_fill(vaddr(where), step->bytes, step->id);
    return true;
}

/* Returns false if the call or the first touch failed. */
static bool run_step(const struct step *step)
{
    struct allocation *allocation = &allocations[step->id];

    if (step->op == KFREE || step->op == VFREE || step->op == FREE_PAGES) {
        allocation_free(allocation);
        return true;
    }
    struct model_state before = model_state(&mm);
    uint32_t where = call(step, allocation);
    if (where != (step->op == PAGES ? UINT32_MAX : 0))
        return settle(step, allocation, where);
    assert_same_state(&mm, &before);
    if (allocation->live)
        assert_true(model_holds(vaddr(allocation->where), allocation->bytes, step->id));
    return false;
}

/* Returns the number of steps that fail with `frames` free. */
static uint32_t failures_with(uint32_t frames)
{
    uint32_t failures = 0;

    take_all_pages();
    free_last_pages(frames);
    for (uint32_t i = 0; i < STEPS; i++)
        failures += !run_step(&workload[i]);
    assert_sound(&mm);
    for (uint32_t i = 0; i < ALLOCATIONS; i++)
        allocation_free(&allocations[i]);
    free_last_pages(taken_count);
    assert_frames_conserved(&mm);
    return failures;
}

static uint32_t never_served(const struct strategy *strategy)
{
    uint32_t steps = 0;

    if (strategy_is(strategy, "window"))
        for (uint32_t i = 0; i < STEPS; i++)
            steps += workload[i].op == PAGES && workload[i].bytes != 0;
    return steps;
}

MM_TEST(each_frame_is_refused_once)
{
    uint32_t step = RUNNING_ON_VALGRIND ? 13 : 1;

    model_start(&mm, strategy, RAM_BYTES);
    assert_true(failures_with(0) > 10);
    for (uint32_t frames = 1; frames < FREE_MAX; frames += step)
        failures_with(frames);
    assert_int_equal(failures_with(FRAMES_ALL), never_served(strategy));
    model_stop(&mm);
}

/* Runs the same on machines of every size, from the smallest that starts. */
MM_TEST(on_machines_of_each_size)
{
    uint32_t step = RUNNING_ON_VALGRIND ? 17 : 1;

    for (uint32_t frames = 18; frames < 18 + FREE_MAX; frames += step) {
        const struct memmap map = {1, {{pfn(0x1000), pfn(0x1000 + frames)}}};
        if (!mm_init(&mm, strategy, &map))
            continue;
        for (uint32_t i = 0; i < STEPS; i++)
            run_step(&workload[i]);
        for (uint32_t i = 0; i < ALLOCATIONS; i++)
            allocation_free(&allocations[i]);
        assert_frames_conserved(&mm);
        model_stop(&mm);
    }
}
