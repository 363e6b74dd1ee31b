/*
 * Compares processes with a naive model over long seeded random runs, while the kernel allocates
 * beside them, on a machine so small that frames run out. No call does more or less than the model
 * says, and a failed one changes nothing.
 */
#include "replay/random.h"
#include "support/model_effort.h"
#include "support/model_spaces.h"
#include "support/test.h"

#include <mm/pgtable.h>

#include <string.h>

#define OPERATIONS  20000u
#define CHECK_EVERY 199u
#define BLOCKS      64u

enum block_kind { BLOCK_NONE, BLOCK_KMALLOC, BLOCK_PAGE, BLOCK_VMALLOC };

/* A block that the kernel holds. */
struct block {
    enum block_kind kind;
    uint32_t where;
};

static struct {
    struct mm mm;
    struct model_space space[SPACES];
    struct model_space *current; /* NULL: the kernel's address space */
    struct block block[BLOCKS];
    uint32_t seed;
    uint32_t written;
    uint32_t failures;
    struct model_state before;
    bool has_before;
} run;

static uint32_t random_below(uint32_t bound)
{
    return random32_below(&run.seed, bound);
}

/* Records the state before a call. Not before every call, because that costs as much as many calls.
 */
static void note_state(void)
{
    run.has_before = random_below(16) == 0;
    if (run.has_before)
        run.before = model_state(&run.mm);
}

static void assert_failed(bool for_frames)
{
    enum mm_cause cause = run.mm.failure.cause;

    run.failures += for_frames;
    if (for_frames)
        assert_true(cause == MM_NO_FRAMES || cause == MM_ZONE || cause == MM_NO_RUN);
    if (run.has_before)
        assert_same_state(&run.mm, &run.before);
}

static struct model_space *any_space(void)
{
    return &run.space[random_below(SPACES)];
}

/* ---- ranges that meet regions ---- */

/* Returns a page near the heap, near the end of a page table, or at the ends of user space. */
static uint32_t random_page(void)
{
    const uint32_t around[] = {1, USER_TEXT >> PAGE_SHIFT, 0x10000, 0x103f0, SPACE_PAGES - 16};
    uint32_t page = around[random_below(5)] + random_below(32);

    return page < SPACE_PAGES ? page : SPACE_PAGES - 1;
}

static struct model_range random_range(void)
{
    uint32_t first = random_page();
    uint32_t count = 1 + random_below(random_below(8) == 0 ? 2000 : 12);

    return (struct model_range){first, first + count < SPACE_PAGES ? first + count : SPACE_PAGES};
}

static uint32_t range_bytes(struct model_range range)
{
    return (range.end - range.first) << PAGE_SHIFT;
}

/* ---- what processes do ---- */

static void step_process(void)
{
    struct model_space *space = any_space();

    if (space->process != NULL)
        return;
    note_state();
    struct process *process = process_create(&run.mm, NULL);
    if (process == NULL)
        assert_failed(true);
    else
        model_space_start(space, process);
}

static void step_exit(void)
{
    struct model_space *space = any_space();

    if (space->process == NULL || random_below(8) != 0)
        return;
    assert_space_agrees(&run.mm, space);
    process_exit(&run.mm, space->process);
    model_space_end(space);
    if (run.current == space)
        run.current = NULL;
    assert_int_equal(run.mm.current == NULL, run.current == NULL);
}

static void step_switch(void)
{
    struct model_space *space = any_space();

    run.current = space->process != NULL ? space : NULL;
    process_switch(&run.mm, space->process);
}

static void step_map(void)
{
    struct model_space *space = any_space();
    struct model_range range = random_range();
    bool writable = random_below(4) != 0;

    if (space->process == NULL)
        return;
    note_state();
    bool room = model_space_is_free(space, range);
    bool mapped = process_map(&run.mm, space->process, vaddr(range.first << PAGE_SHIFT),
                              range_bytes(range), writable);
    if (mapped) {
        assert_true(room);
        model_space_map(space, range, REGION_ANONYMOUS, writable);
        return;
    }
    assert_failed(room);
    if (!room)
        assert_int_equal(run.mm.failure.cause, MM_NO_ADDRESS_SPACE);
}

static void step_unmap(void)
{
    struct model_space *space = any_space();
    struct model_range range = random_range();

    if (space->process == NULL)
        return;
    note_state();
    if (process_unmap(&run.mm, space->process, vaddr(range.first << PAGE_SHIFT),
                      range_bytes(range)))
        model_space_unmap(space, range);
    else
        assert_failed(true);
}

static void step_setbrk(void)
{
    struct model_space *space = any_space();
    uint32_t end = random_below(16) == 0 ? random32(&run.seed)
                                         : USER_TEXT - PAGE_SIZE + random_below(40 * PAGE_SIZE);

    if (space->process == NULL)
        return;
    note_state();
    bool room = model_space_may_setbrk(space, end);
    if (process_setbrk(&run.mm, space->process, vaddr(end))) {
        assert_true(room);
        model_space_setbrk(space, end);
        return;
    }
    assert_failed(room);
    if (!room)
        assert_int_equal(run.mm.failure.cause, MM_NO_ADDRESS_SPACE);
}

/* ---- touches ---- */

static void touched(struct model_space *space, uint32_t page, bool write)
{
    space->present += !space->page[page].present;
    space->page[page].present = true;
    if (write)
        space->page[page].value = run.written;
}

/* The process reads or writes the first word of a page, or the kernel does so for it. */
static void step_touch(void)
{
    uint32_t page = random_page();
    uint32_t va = page << PAGE_SHIFT;
    bool write = random_below(2) != 0;
    bool user = random_below(4) != 0;
    uint32_t value = 0;

    if (run.current == NULL)
        return;
    note_state();
    bool may = model_space_may_touch(run.current, va, write);
    bool done = write ? machine_store32(vaddr(va), user, ++run.written)
                      : machine_load32(vaddr(va), user, &value);
    if (!done) {
        assert_failed(may);
        assert_int_equal(run.mm.failure.cause == MM_BAD_ACCESS, !may);
        assert_true(!may || !run.current->page[page].present);
        return;
    }
    assert_true(may);
    if (!write)
        assert_int_equal(value, run.current->page[page].value);
    touched(run.current, page, write);
}

/* Copies a word from or to any process, or accesses a present page of the current one by a pointer.
 */
static void step_copy(void)
{
    struct model_space *space = any_space();
    uint32_t page = random_page();
    uint32_t value = 0;

    if (space->process == NULL)
        return;
    if (space == run.current && space->page[page].present && random_below(4) == 0) {
        assert_int_equal(window_read(page << PAGE_SHIFT), space->page[page].value);
        return;
    }
    note_state();
    bool may = model_space_may_touch(space, page << PAGE_SHIFT, false);
    bool write = random_below(2) != 0;
    run.written += write;
    bool done =
        write ? process_copy_in(&run.mm, space->process, vaddr(page << PAGE_SHIFT), &run.written, 4)
              : process_copy_out(&run.mm, space->process, &value, vaddr(page << PAGE_SHIFT), 4);
    if (!done) {
        assert_failed(may);
        return;
    }
    assert_true(may);
    if (!write)
        assert_int_equal(value, space->page[page].value);
    touched(space, page, write);
}

/* ---- what the kernel does meanwhile ---- */

static void block_release(struct block *block)
{
    if (block->kind == BLOCK_KMALLOC)
        kfree(&run.mm, vaddr(block->where));
    else if (block->kind == BLOCK_VMALLOC)
        vfree(&run.mm, vaddr(block->where));
    else if (block->kind == BLOCK_PAGE)
        pages_free(&run.mm, pfn(block->where), 0);
    block->kind = BLOCK_NONE;
}

static void block_fill(struct block *block, uint32_t bytes)
{
    *block = (struct block){(enum block_kind)(1 + random_below(3)), 0};
    if (block->kind == BLOCK_PAGE) {
        pfn_t frame = pages_alloc(&run.mm, 0, PAGES_USER);
        *block = pfn_is_none(frame) ? (struct block){0} : (struct block){BLOCK_PAGE, frame.value};
        return;
    }
    vaddr_t where =
        block->kind == BLOCK_KMALLOC ? kmalloc(&run.mm, bytes, PAGES_LOW) : vmalloc(&run.mm, bytes);
    block->where = where.value;
    if (vaddr_is_none(where))
        block->kind = BLOCK_NONE;
    else if (!machine_touch(vaddr_add(where, bytes - 1), true) || !machine_touch(where, true))
        block_release(block);
}

static void step_kernel(void)
{
    struct block *block = &run.block[random_below(BLOCKS)];

    if (block->kind != BLOCK_NONE)
        block_release(block);
    else
        block_fill(block, 1 + random_below(random_below(8) == 0 ? 100000 : 3000));
}

static void (*const steps[])(void) = {
    step_process, step_exit,  step_switch, step_switch, step_map,    step_map,
    step_unmap,   step_touch, step_touch,  step_touch,  step_touch,  step_touch,
    step_touch,   step_copy,  step_copy,   step_setbrk, step_kernel, step_kernel,
};

/* ---- runs ---- */

static void check_all(void)
{
    assert_sound(&run.mm);
    for (uint32_t i = 0; i < SPACES; i++)
        if (run.space[i].process != NULL)
            assert_space_agrees(&run.mm, &run.space[i]);
}

/* Runs with so many frames of LOW and of HIGH. */
static void run_all(const struct strategy *strategy, uint32_t low, uint32_t high)
{
    static struct taken_pages taken;
    const struct memmap map = model_map_zones(high);
    uint32_t operations = effort_operations(OPERATIONS);

    memset(&run, 0, sizeof run);
    run.seed = 99;
    assert_true(mm_init(&run.mm, strategy, &map));
    take_all_frames(&taken, &run.mm);
    free_zone_pages(&taken, &run.mm, ZONE_HIGH, high);
    free_zone_pages(&taken, &run.mm, ZONE_LOW, low);
    for (uint32_t i = 0; i < operations; i++) {
        steps[random_below(sizeof steps / sizeof steps[0])]();
        if (i % CHECK_EVERY == 0)
            check_all();
    }
    check_all();
    for (uint32_t i = 0; i < SPACES; i++) {
        if (run.space[i].process == NULL)
            continue;
        process_exit(&run.mm, run.space[i].process);
        model_space_end(&run.space[i]);
    }
    for (uint32_t i = 0; i < BLOCKS; i++)
        block_release(&run.block[i]);
    free_all_pages(&taken, &run.mm);
    assert_frames_conserved(&run.mm);
    model_stop(&run.mm);
}

/* Frames run out again and again. */
MM_TEST(agrees_with_the_model_on_a_small_machine)
{
    run_all(strategy, 40, 16);
    assert_true(RUNNING_ON_VALGRIND || run.failures > 500);
}

/* There are enough frames, most of them in HIGH. */
MM_TEST(agrees_with_the_model_with_high_memory)
{
    run_all(strategy, 400, 0x400);
}
