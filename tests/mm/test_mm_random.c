/*
 * Compares every strategy with a naive model over long seeded random runs: who owns which frames
 * and bytes, and what each owner wrote there. A failed call changes nothing.
 */
#include "replay/random.h"
#include "support/model_effort.h"
#include "support/model_heap.h"
#include "support/model_mm.h"
#include "support/test.h"

#include <stdlib.h>
#include <string.h>

#define OPERATIONS  100000u /* for each strategy, over all maps */
#define CHECK_EVERY 499u
#define LIVE_MAX    3000u

enum kind { KIND_KMALLOC, KIND_PAGES, KIND_VMALLOC };

struct live {
    enum kind kind;
    enum page_class page_class;
    uint32_t where; /* an address or a frame */
    uint32_t bytes; /* or the order of pages */
    uint32_t seed;
};

static struct {
    struct mm mm;
    struct live live[LIVE_MAX];
    uint32_t count;
    uint32_t seed;
    uint32_t blocks_made;
    uint32_t failures;
    uint32_t moved;
    bool user_only;            /* only PAGES_USER is requested for pages, any class for blocks */
    struct model_state before; /* the state before the current call, if has_before */
    bool has_before;
    /* Pages moved for nothing before the current call: then a failure may change the state. */
    uint32_t wasted;
    bool *frame_owned;         /* frames that are pages */
    struct model_owned blocks; /* kernel virtual addresses that are blocks */
} run;

static uint32_t random_below(uint32_t bound)
{
    return random32_below(&run.seed, bound);
}

/* ---- what owners write ---- */

/* Writes both ends of each page. HIGH is not in the direct map, so the frame is written directly.
 */
static void *frame_memory(uint32_t frame)
{
    return (unsigned char *)machine_current->mmu.memory + ((size_t)frame << PAGE_SHIFT);
}

static void pages_mark(const struct live *live)
{
    for (uint32_t i = 0; i < 1u << live->bytes; i++) {
        uint32_t *page = frame_memory(live->where + i);
        page[0] = page[PAGE_SIZE / 4 - 1] = live->seed + i;
    }
}

static bool pages_marked(const struct live *live)
{
    for (uint32_t i = 0; i < 1u << live->bytes; i++) {
        const uint32_t *page = frame_memory(live->where + i);
        if (page[0] != live->seed + i || page[PAGE_SIZE / 4 - 1] != live->seed + i)
            return false;
    }
    return true;
}

static bool content_kept(const struct live *live)
{
    return live->kind == KIND_PAGES ? pages_marked(live)
                                    : model_holds(vaddr(live->where), live->bytes, live->seed);
}

/* ---- the model ---- */

static bool frames_take(uint32_t first, uint32_t frames, bool owned)
{
    for (uint32_t frame = first; frame < first + frames; frame++) {
        if (run.frame_owned[frame] == owned)
            return false;
        run.frame_owned[frame] = owned;
    }
    return true;
}

/* Addresses in kseg0 are replaced by those of the direct map. */
static uint32_t owned_at(uint32_t where)
{
    return where < DIRECT_MAP_BASE ? where - KSEG0_BASE + DIRECT_MAP_BASE : where;
}

/* Returns whether no page of a block lies in a frame that is a page. */
static bool block_frames_apart(uint32_t where, uint32_t bytes)
{
    for (uint32_t page = where & ~PAGE_OFFSET_MASK; page < where + bytes; page += PAGE_SIZE) {
        paddr_t pa;
        if (!mm_translate(&run.mm, vaddr(page), &pa) || run.frame_owned[paddr_to_pfn(pa).value])
            return false;
    }
    return true;
}

static void live_add(struct live live)
{
    live.seed = ++run.blocks_made * 0x10001u;
    if (live.kind == KIND_PAGES)
        pages_mark(&live);
    else
        model_fill(vaddr(live.where), live.bytes, live.seed);
    run.live[run.count++] = live;
}

static void release(const struct live *live)
{
    if (live->kind == KIND_PAGES) {
        assert_true(frames_take(live->where, 1u << live->bytes, false));
        pages_free(&run.mm, pfn(live->where), live->bytes);
        return;
    }
    model_owned_give(&run.blocks, owned_at(live->where), live->bytes);
    if (live->kind == KIND_KMALLOC)
        kfree(&run.mm, vaddr(live->where));
    else
        vfree(&run.mm, vaddr(live->where));
}

static void step_free(void)
{
    if (run.count == 0)
        return;
    uint32_t at = random_below(run.count);
    struct live live = run.live[at];

    run.live[at] = run.live[--run.count];
    assert_true(content_kept(&live));
    release(&live);
}

/* ---- requests ---- */

static uint32_t random_bytes(void)
{
    uint32_t kind = random_below(400);

    if (kind == 0)
        return 1u + random_below(3u * MIB);
    return 1u + random_below(1u << (1u + random_below(kind < 100 ? 16 : 9)));
}

/* Records the state before a call. Not before every call, because that costs as much as many calls.
 */
static void note_state(void)
{
    run.has_before = random_below(16) == 0;
    run.wasted = run.mm.moves.wasted;
    if (run.has_before)
        run.before = model_state(&run.mm);
}

static void failed(void)
{
    run.failures++;
    assert_true(run.mm.failure.cause != MM_OK && run.mm.failure.cause < MM_CAUSE_COUNT);
    assert_int_equal(run.mm.failure.cause == MM_BRK_BLOCKED, !pfn_is_none(run.mm.failure.blocker));
    if (run.has_before && run.mm.moves.wasted == run.wasted)
        assert_same_state(&run.mm, &run.before);
}

/* Touches each page as the owner would. Returns false if a page found no frame. */
static bool touch(vaddr_t block, uint32_t bytes)
{
    for (uint32_t page = block.value & ~PAGE_OFFSET_MASK; page < block.value + bytes;
         page += PAGE_SIZE)
        if (!machine_touch(vaddr(page), true)) {
            assert_int_equal(run.mm.failure.cause, MM_NO_FRAMES);
            return false;
        }
    return true;
}

static void settle_block(struct live live)
{
    uint32_t usable = live.kind == KIND_KMALLOC ? ksize(&run.mm, vaddr(live.where)) : live.bytes;

    assert_true(usable >= live.bytes);
    assert_int_equal(live.where % 8, 0);
    if (live.page_class == PAGES_DMA)
        assert_true(model_physical(&run.mm, vaddr(live.where)) + live.bytes <= 16 * MIB);
    assert_true(model_owned_take(&run.blocks, owned_at(live.where), live.bytes));
    if (!touch(vaddr(live.where), live.bytes)) {
        release(&live);
        return;
    }
    assert_true(block_frames_apart(live.where, live.bytes));
    live_add(live);
}

static void step_kmalloc(void)
{
    enum page_class page_class = random_below(10) == 0 && !run.user_only ? PAGES_DMA : PAGES_LOW;
    uint32_t bytes = random_bytes();
    note_state();
    vaddr_t block = kmalloc(&run.mm, bytes, page_class);

    if (vaddr_is_none(block))
        failed();
    else
        settle_block((struct live){KIND_KMALLOC, page_class, block.value, bytes, 0});
}

static void step_vmalloc(void)
{
    uint32_t bytes = 1u + random_below(1u << (1u + random_below(16)));
    note_state();
    vaddr_t block = vmalloc(&run.mm, bytes);

    if (vaddr_is_none(block))
        failed();
    else
        settle_block((struct live){KIND_VMALLOC, PAGES_LOW, block.value, bytes, 0});
}

static void step_pages(void)
{
    uint32_t order = random_below(4) != 0 ? 0 : random_below(random_below(8) != 0 ? 5 : 11);
    enum page_class page_class = run.user_only ? PAGES_USER : (enum page_class)random_below(3);
    note_state();
    pfn_t first = pages_alloc(&run.mm, order, page_class);

    if (pfn_is_none(first)) {
        failed();
        return;
    }
    assert_int_equal(first.value % (1u << order), 0);
    if (page_class != PAGES_USER)
        assert_true(first.value + (1u << order) <=
                    (page_class == PAGES_DMA ? DMA_END_PFN : run.mm.low_end.value));
    assert_true(frames_take(first.value, 1u << order, true));
    live_add((struct live){KIND_PAGES, page_class, first.value, order, 0});
    if (page_class == PAGES_USER)
        pages_set_movable(&run.mm, first, order, run.blocks_made);
}

/* A page moved: the model follows. */
static void pages_moved(void *context, uint32_t cookie, pfn_t from, pfn_t to)
{
    struct live *live = run.live;

    assert_null(context);
    while (live->seed != cookie * 0x10001u)
        live++;
    assert_int_equal(live->where, from.value);
    assert_int_equal(to.value % (1u << live->bytes), 0);
    assert_true(frames_take(from.value, 1u << live->bytes, false));
    assert_true(frames_take(to.value, 1u << live->bytes, true));
    live->where = to.value;
    run.moved++;
}

static void step_krealloc(void)
{
    uint32_t at = run.count != 0 ? random_below(run.count) : 0;
    struct live live = run.live[at];

    if (run.count == 0 || live.kind != KIND_KMALLOC)
        return;
    uint32_t bytes = random_bytes();
    note_state();
    vaddr_t moved = krealloc(&run.mm, vaddr(live.where), bytes);
    if (vaddr_is_none(moved)) {
        failed();
        assert_true(content_kept(&live));
        return;
    }
    assert_true(model_holds(moved, bytes < live.bytes ? bytes : live.bytes, live.seed));
    run.live[at] = run.live[--run.count];
    model_owned_give(&run.blocks, owned_at(live.where), live.bytes);
    live.where = moved.value;
    live.bytes = bytes;
    settle_block(live);
}

static void (*const steps[])(void) = {
    step_kmalloc, step_kmalloc, step_kmalloc, step_kmalloc, step_kmalloc,  step_kmalloc,
    step_pages,   step_pages,   step_pages,   step_vmalloc, step_krealloc, step_free,
    step_free,    step_free,    step_free,    step_free,    step_free,     step_free,
};

/* ---- runs ---- */

static void run_start(const struct strategy *strategy, const struct memmap *map)
{
    memset(&run, 0, sizeof run);
    run.seed = 42;
    run.frame_owned = calloc(FRAMES_MAX, sizeof(bool));
    assert_non_null(run.frame_owned);
    model_owned_create(&run.blocks, DIRECT_MAP_BASE, DIRECT_MAP_SIZE + HEAP_AREA_SIZE);
    assert_true(mm_init(&run.mm, strategy, map));
    run.mm.moved = pages_moved;
    assert_sound(&run.mm);
}

static void run_end(void)
{
    while (run.count != 0)
        step_free();
    assert_frames_conserved(&run.mm);
    model_stop(&run.mm);
    model_owned_destroy(&run.blocks);
    free(run.frame_owned);
}

static void run_operations(uint32_t operations)
{
    for (uint32_t i = 0; i < operations; i++) {
        if (run.count == LIVE_MAX)
            step_free();
        steps[random_below(sizeof steps / sizeof steps[0])]();
        if (i % CHECK_EVERY == 0)
            assert_sound(&run.mm);
    }
}

/* The machine is so small that every kind of request fails now and then. */
MM_TEST(agrees_with_the_model_on_a_small_machine)
{
    const struct memmap map = model_map(20 * MIB);

    run_start(strategy, &map);
    run_operations(effort_operations(OPERATIONS / 2));
    assert_true(RUNNING_ON_VALGRIND || run.failures > 100);
    run_end();
}

/* Everything in a heap's way can be moved. */
MM_TEST(agrees_with_the_model_on_movable_pages)
{
    const struct memmap map = model_map(20 * MIB);

    run_start(strategy, &map);
    run.user_only = true;
    run_operations(effort_operations(OPERATIONS / 2));
    assert_true(RUNNING_ON_VALGRIND || (run.moved > 0) == strategy_is(strategy, "migrate"));
    run_end();
}

/* The map has holes and little memory in each zone: second runs, ends of runs, HIGH. */
MM_TEST(agrees_with_the_model_on_a_map_with_holes)
{
    const struct memmap map = {6,
                               {{pfn(0x400), pfn(0x5f0)},
                                {pfn(0x600), pfn(0xc00)},
                                {pfn(0x1000), pfn(0x1003)},
                                {pfn(0x1010), pfn(0x2100)},
                                {pfn(0x2200), pfn(0x2640)},
                                {pfn(LOW_END_PFN), pfn(LOW_END_PFN + 0x500)}}};

    run_start(strategy, &map);
    run_operations(effort_operations(OPERATIONS / 4));
    run_end();
}

/* All zones have room for all requests. */
MM_TEST(agrees_with_the_model_on_a_large_machine)
{
    const struct memmap map = {3,
                               {{pfn(0x400), pfn(0x1000)},
                                {pfn(0x1000), pfn(0xa000)},
                                {pfn(LOW_END_PFN), pfn(LOW_END_PFN + 0x4000)}}};

    run_start(strategy, &map);
    run_operations(effort_operations(OPERATIONS / 4));
    run_end();
}
