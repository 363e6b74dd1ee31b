/* Compares what the memory manager says that each frame is used for with what the test knows, over
 * a seeded random run. */
#include "replay/random.h"
#include "support/model_effort.h"
#include "support/model_process.h"
#include "support/test.h"

#include <mm/frame_owner.h>
#include <mm/pgtable.h>
#include <mm/strategy.h>

#include <stdlib.h>
#include <string.h>

#define OPERATIONS  4000u
#define CHECK_EVERY 199u
#define LIVE_MAX    300u
#define END         pfn(LOW_END_PFN + 0x500u)

/* A set of kinds is a bit mask. */
#define SET(kind) (1u << (kind))
#define SET_BLOCK (SET(FRAME_HEAP) | SET(FRAME_SLAB))

enum holding { HOLDS_KMALLOC, HOLDS_VMALLOC, HOLDS_PAGES, HOLDS_USER_PAGES };

static struct mm mm;
static uint8_t kinds[LOW_END_PFN + 0x500u];
static uint16_t expected[LOW_END_PFN + 0x500u]; /* sets of kinds; 0: not known */
static struct {
    enum holding what;
    uint32_t where;
    uint32_t bytes; /* or the order of pages */
} live[LIVE_MAX];
static uint32_t live_count;
static struct process *process;
static uint32_t seed;

static uint32_t random_below(uint32_t bound)
{
    return random32_below(&seed, bound);
}

/* ---- what the test knows ---- */

static void expect(pfn_t frame, uint32_t set)
{
    assert_true(expected[frame.value] == 0 || expected[frame.value] == set);
    expected[frame.value] = (uint16_t)set;
}

static void expect_block(uint32_t where, uint32_t bytes, uint32_t set)
{
    paddr_t pa;

    for (uint32_t page = where & ~PAGE_OFFSET_MASK; page < where + bytes; page += PAGE_SIZE)
        if (pgtable_translate(mm.directory, vaddr(page), &pa))
            expect(paddr_to_pfn(pa), set);
}

static void expect_process(void)
{
    for (uint32_t va = 0x10000000u; va < 0x10000000u + 64 * PAGE_SIZE; va += PAGE_SIZE)
        if (!pfn_is_none(user_frame(process, va)))
            expect(user_frame(process, va), SET(FRAME_USER));
    expect(process->control, SET(FRAME_PAGE_TABLE));
    expect(process->directory, SET(FRAME_PAGE_TABLE));
}

static bool holds_pages(uint32_t i)
{
    return live[i].what >= HOLDS_PAGES;
}

static uint32_t user_pages(void)
{
    uint32_t frames = 0;

    for (uint32_t i = 0; i < live_count; i++)
        frames += live[i].what == HOLDS_USER_PAGES ? 1u << live[i].bytes : 0;
    return frames;
}

static void expect_all(void)
{
    memset(expected, 0, sizeof expected);
    for (uint32_t i = 0; i < live_count; i++)
        if (holds_pages(i))
            for (uint32_t k = 0; k < 1u << live[i].bytes; k++)
                expect(pfn(live[i].where + k),
                       SET(live[i].what == HOLDS_PAGES ? FRAME_KERNEL : FRAME_USER));
    for (uint32_t i = 0; i < live_count; i++)
        if (!holds_pages(i))
            expect_block(live[i].where, live[i].bytes,
                         live[i].what == HOLDS_KMALLOC || mm.strategy->vmalloc_in_heap
                             ? SET_BLOCK
                             : SET(FRAME_VMALLOC));
    if (process != NULL)
        expect_process();
}

/* ---- what the memory manager says ---- */

/* A heap that owns its memory has free frames inside. */
static void count_free(void *context, pfn_t start, pfn_t end)
{
    for (; start.value < end.value; start = pfn_add(start, 1)) {
        assert_true(kinds[start.value] == FRAME_FREE || kinds[start.value] == FRAME_HEAP);
        *(uint32_t *)context += kinds[start.value] == FRAME_FREE;
    }
}

static void assert_conserved(void)
{
    uint32_t count[FRAME_KIND_COUNT] = {0};
    uint32_t ram = 0;

    for (uint32_t frame = 0; frame < END.value; frame++)
        count[kinds[frame]]++;
    for (uint32_t kind = 0; kind < FRAME_KIND_COUNT; kind++)
        ram += kind != FRAME_DEVICE && kind != FRAME_RESERVED ? count[kind] : 0;
    assert_int_equal(ram, mm.frames_total);
    assert_int_equal(count[FRAME_RESERVED], RESERVED_END_PFN);
    assert_int_equal(count[FRAME_METADATA], mm.metadata_frames - PGTABLE_KERNEL_FRAMES);
    uint32_t free = 0;
    mm_free_ranges(&mm, count_free, &free);
    assert_int_equal(count[FRAME_FREE], free);
    assert_int_equal(count[FRAME_USER], user_pages() + (process != NULL ? process->frames : 0));
}

static void assert_kinds(void)
{
    expect_all();
    memset(kinds, 0xff, sizeof kinds);
    mm_frame_kinds(&mm, kinds, END);
    assert_conserved();
    for (uint32_t frame = 0; frame < END.value; frame++)
        if (expected[frame] != 0 && (SET(kinds[frame]) & expected[frame]) == 0)
            fail_msg("%s: frame 0x%x is %s", mm.strategy->name, frame,
                     frame_kind_name((enum frame_kind)kinds[frame]));
    for (uint32_t i = 0; i < 100; i++) {
        uint32_t frame = random_below(END.value);
        assert_int_equal(mm_frame_kind(&mm, pfn(frame)), kinds[frame]);
    }
}

/* ---- steps ---- */

static bool block_touched(uint32_t where, uint32_t bytes)
{
    for (uint32_t page = where & ~PAGE_OFFSET_MASK; page < where + bytes; page += PAGE_SIZE)
        if (!machine_touch(vaddr(page), true))
            return false;
    return true;
}

static void release(uint32_t i)
{
    if (holds_pages(i))
        pages_free(&mm, pfn(live[i].where), live[i].bytes);
    else if (live[i].what == HOLDS_KMALLOC)
        kfree(&mm, vaddr(live[i].where));
    else
        vfree(&mm, vaddr(live[i].where));
    live[i] = live[--live_count];
}

static void step_block(enum holding what)
{
    uint32_t bytes = 1u + random_below(1u << (4u + random_below(14)));
    vaddr_t block = what == HOLDS_KMALLOC ? kmalloc(&mm, bytes, PAGES_LOW) : vmalloc(&mm, bytes);

    if (vaddr_is_none(block))
        return;
    live[live_count].what = what;
    live[live_count].where = block.value;
    live[live_count].bytes = bytes;
    live_count++;
    if (!block_touched(block.value, bytes))
        release(live_count - 1);
}

static void step_pages(void)
{
    uint32_t order = random_below(3) == 0 ? random_below(7) : 0;
    enum page_class page_class = (enum page_class)random_below(3);
    pfn_t first = pages_alloc(&mm, order, page_class);

    if (pfn_is_none(first))
        return;
    live[live_count].what = page_class == PAGES_USER ? HOLDS_USER_PAGES : HOLDS_PAGES;
    live[live_count].where = first.value;
    live[live_count].bytes = order;
    live_count++;
}

/* If memory runs out, the process keeps what it has. */
static void step_process(void)
{
    if (process == NULL) {
        process = process_create(&mm, NULL);
        if (process != NULL &&
            !process_map(&mm, process, vaddr(0x10000000u), 64 * PAGE_SIZE, true)) {
            process_exit(&mm, process);
            process = NULL;
        }
        return;
    }
    process_switch(&mm, process);
    if (random_below(50) != 0) {
        (void)user_write(0x10000000u + random_below(64) * PAGE_SIZE, 1);
        return;
    }
    process_exit(&mm, process);
    process = NULL;
}

static void step(void)
{
    uint32_t what = random_below(12);

    if (live_count == LIVE_MAX || (what < 4 && live_count != 0))
        release(random_below(live_count));
    else if (what < 6)
        step_block(HOLDS_KMALLOC);
    else if (what < 7)
        step_block(HOLDS_VMALLOC);
    else if (what < 9)
        step_pages();
    else
        step_process();
}

static void run(const struct strategy *strategy, const struct memmap *map)
{
    assert_true(mm_init(&mm, strategy, map));
    seed = 99;
    assert_kinds();
    for (uint32_t i = 0; i < effort_operations(OPERATIONS); i++) {
        step();
        if (i % CHECK_EVERY == 0)
            assert_kinds();
    }
    while (live_count != 0)
        release(live_count - 1);
    if (process != NULL)
        process_exit(&mm, process);
    process = NULL;
    assert_kinds();
    assert_frames_conserved(&mm);
    model_stop(&mm);
}

/* ---- the tests ---- */

MM_TEST(kinds_of_a_small_machine)
{
    const struct memmap map = model_map(18 * MIB);

    run(strategy, &map);
}

/* The map has holes, a second run in a zone, and HIGH memory. */
MM_TEST(kinds_of_a_machine_with_holes)
{
    const struct memmap map = {5,
                               {{pfn(0x400), pfn(0x5f0)},
                                {pfn(0x600), pfn(0x700)},
                                {pfn(0x1000), pfn(0x1003)},
                                {pfn(0x1010), pfn(0x1800)},
                                {pfn(LOW_END_PFN), pfn(LOW_END_PFN + 0x500)}}};

    run(strategy, &map);
}

/* Returns the kind of low memory that nobody asked for: the heap's if the heap owns it, else free.
 */
static enum frame_kind free_kind(void)
{
    return strategy_is(mm.strategy, "primary") ? FRAME_HEAP : FRAME_FREE;
}

/* These kinds follow from the memory map alone. */
MM_TEST(kinds_follow_from_the_memory_map)
{
    const struct memmap map = {2, {{pfn(0x400), pfn(0x800)}, {pfn(0x1000), pfn(0x1400)}}};
    uint8_t few[0x402];

    assert_true(mm_init(&mm, strategy, &map));
    assert_int_equal(mm_frame_kind(&mm, pfn(0)), FRAME_RESERVED);
    assert_int_equal(mm_frame_kind(&mm, pfn(0x3ff)), FRAME_RESERVED);
    assert_int_equal(mm_frame_kind(&mm, pfn(0x400)), free_kind());
    assert_int_equal(mm_frame_kind(&mm, pfn(0x800)), FRAME_DEVICE);
    assert_int_equal(mm_frame_kind(&mm, pfn(0xfff)), FRAME_DEVICE);
    assert_int_equal(mm_frame_kind(&mm, paddr_to_pfn(mm.directory)), FRAME_PAGE_TABLE);
    assert_int_equal(mm_frame_kind(&mm, pfn(0x13ff)), FRAME_PAGE_TABLE);
    assert_int_equal(mm_frame_kind(&mm, paddr_to_pfn(direct_map_inverse(mm.owners))),
                     FRAME_METADATA);
    assert_int_equal(mm_frame_kind(&mm, pfn(0x1400)), FRAME_DEVICE);
    assert_int_equal(mm_frame_kind(&mm, pfn(FRAMES_MAX - 1u)), FRAME_DEVICE);
    /* A picture may end at any frame. */
    few[0x401] = 0xee;
    mm_frame_kinds(&mm, few, pfn(0x401));
    assert_int_equal(few[0x3ff], FRAME_RESERVED);
    assert_int_equal(few[0x400], free_kind());
    assert_int_equal(few[0x401], 0xee);
    vaddr_t area = vmalloc(&mm, 3 * PAGE_SIZE); /* frames beyond the picture are left out */
    mm_frame_kinds(&mm, few, pfn(0x300));
    assert_int_equal(few[0x401], 0xee);
    vfree(&mm, area);
    model_stop(&mm);
}

/* The pages of the heap area belong to the heap in a strategy whose heap lies there. */
MM_TEST(kinds_of_the_heap_areas_pages)
{
    paddr_t pa;

    model_start(&mm, strategy, 64 * MIB);
    vaddr_t area = vmalloc(&mm, 3 * PAGE_SIZE);
    assert_true(block_touched(area.value, 3 * PAGE_SIZE));
    assert_true(pgtable_translate(mm.directory, area, &pa));
    assert_int_equal(mm_frame_kind(&mm, paddr_to_pfn(pa)),
                     strategy->vmalloc_in_heap ? FRAME_HEAP : FRAME_VMALLOC);
    vfree(&mm, area);
    model_stop(&mm);
}

TEST(every_kind_has_a_name)
{
    for (uint32_t kind = 0; kind < FRAME_KIND_COUNT; kind++) {
        assert_non_null(frame_kind_name((enum frame_kind)kind));
        for (uint32_t other = 0; other < kind; other++)
            assert_string_not_equal(frame_kind_name((enum frame_kind)kind),
                                    frame_kind_name((enum frame_kind)other));
    }
}
