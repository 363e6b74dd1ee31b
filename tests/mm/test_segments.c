/* Tests a strategy with segments: where user space and LOW end, how addresses are translated, and
 * machines that have the segments in hardware or in page tables. */
#include "support/model_process.h"
#include "support/test.h"

#include <mm/pgtable.h>
#include <mm/strategy.h>

#include <string.h>

#define MAP        0x10000000u
#define SEGMENT(i) (KSEG0_BASE + (uint32_t)(i)*LARGE_PAGE_SIZE)
#define SLOTS      (2u * KSEG_SIZE / LARGE_PAGE_SIZE)

static struct mm mm;
static struct process *process;

/* Any strategy may have segments; here it is `brk`. */
static const struct strategy *strategy_with_segments(void)
{
    static struct strategy strategy;

    strategy = *mm_strategy_find("brk");
    strategy.name = "segments";
    strategy.segments = true;
    return &strategy;
}

static void start(uint64_t ram_bytes)
{
    model_start(&mm, strategy_with_segments(), ram_bytes);
    process = model_process(&mm, NULL);
    process_switch(&mm, process);
}

/* ---- on and off ---- */

MACHINE_TEST(segments_come_and_go_with_the_memory_manager)
{
    assert_false(machine_touch(vaddr(SEGMENT(0)), false));
    start(64 * MIB);
    assert_true(mm_has_segments(&mm));
    assert_int_equal(mm.user_end, 0x80000000);
    assert_int_equal(mm.low_end.value, 0x20000);
    assert_true(machine_touch(vaddr(SEGMENT(0)), true));
    model_process_stop(&mm, process);
    assert_false(machine_touch(vaddr(SEGMENT(0)), false));
    assert_false(machine_touch(vaddr(DIRECT_MAP_BASE - 1), false));

    model_start(&mm, mm_strategy_find("brk"), 64 * MIB); /* the next memory manager has none */
    assert_false(mm_has_segments(&mm));
    assert_int_equal(mm.user_end, USER_END);
    assert_int_equal(mm.low_end.value, LOW_END_PFN);
    assert_false(machine_touch(vaddr(SEGMENT(0)), false));
    model_stop(&mm);
}

MACHINE_TEST(a_start_that_fails_leaves_no_segments)
{
    for (uint32_t frames = 1; frames < 40; frames++) {
        const struct memmap map = {1, {{pfn(0x400), pfn(0x400 + frames)}}};
        if (mm_init(&mm, strategy_with_segments(), &map))
            mm_exit(&mm);
        assert_false(machine_touch(vaddr(SEGMENT(0)), false));
    }
}

/* This machine has the hardware, so its directories have no entries there. */
MACHINE_TEST(no_directory_has_entries_for_segments)
{
    start(64 * MIB);
    for (uint32_t i = 0; i < SLOTS; i++) {
        uint32_t index = directory_index(vaddr(SEGMENT(i)));
        assert_true(machine_touch(vaddr(SEGMENT(i)), true));
        assert_int_equal(pgtable_entries(paddr_to_pfn(mm.directory))[index], 0);
        assert_int_equal(pgtable_entries(process->directory)[index], 0);
    }
    model_process_stop(&mm, process);
}

static void count_frame(void *context, pfn_t frame)
{
    (void)frame;
    ++*(uint32_t *)context;
}

/* This machine lacks it and maps the segments in the kernel's directory. All else is the same. */
MACHINE_TEST(directories_may_map_the_segments)
{
    model_start(&mm, strategy_with_segments(), 64 * MIB);
    uint32_t *kernel = pgtable_entries(paddr_to_pfn(mm.directory));
    for (uint32_t i = 0; i < SLOTS; i++)
        kernel[directory_index(vaddr(SEGMENT(i)))] =
            (i << LARGE_PAGE_SHIFT) % KSEG_SIZE | PTE_KERNEL | PTE_LARGE | PTE_GLOBAL;
    process = model_process(&mm, NULL);
    process_switch(&mm, process);
    uint32_t index = directory_index(vaddr(SEGMENT(3)));
    assert_int_equal(pgtable_entries(process->directory)[index], kernel[index]);
    assert_true(user_write(USER_STACK, 1));
    uint32_t frames = 0;
    process_for_each_frame(process, count_frame, &frames);
    /* A control page, a directory, a page and its table, and no further tables. */
    assert_int_equal(frames, 4);
    kernel[index] = 0;
    assert_string_equal(mm_check(&mm),
                        "process: its directory differs from the kernel's in the kernel's part");
    kernel[index] = pgtable_entries(process->directory)[index];
    model_process_stop(&mm, process);
}

/* ---- memory ---- */

/* |  ... LOW | metadata | 20000    HIGH   30000    HIGH | */
MACHINE_TEST(metadata_is_below_the_end_of_low)
{
    const struct memmap map = model_map(1024 * MIB);

    start(1024 * MIB);
    assert_true(paddr_to_pfn(mm.directory).value < KSEG_END_PFN);
    assert_int_equal(mm.map.count, map.count + 1);
    assert_int_equal(memmap_frames(&mm.map) + mm.metadata_frames, mm.frames_total);
    assert_int_equal(mm.map.range[2].start.value, KSEG_END_PFN);
    assert_int_equal(mm.map.range[2].end.value, LOW_END_PFN);
    assert_int_equal(mm.map.range[1].end.value, KSEG_END_PFN - mm.metadata_frames);
    model_process_stop(&mm, process);
}

MACHINE_TEST(an_address_is_translated)
{
    static const struct {
        uint32_t va;
        uint32_t pa;
    } known[] = {
        {0x80000000, 0},          {0x9fffffff, 0x1fffffff}, {0xa0000000, 0},
        {0xbfffffff, 0x1fffffff}, {0xc0000000, 0},          {0xefffffff, 0x2fffffff},
    };
    paddr_t pa;

    start(64 * MIB);
    for (uint32_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        assert_true(mm_translate(&mm, vaddr(known[i].va), &pa));
        assert_int_equal(pa.value, known[i].pa);
    }
    assert_false(mm_translate(&mm, vaddr(0x7fffffff), &pa));
    assert_false(mm_translate(&mm, vaddr(HEAP_AREA_BASE), &pa));
    vaddr_t block = vmalloc(&mm, 1);
    assert_true(mm_translate(&mm, block, &pa));
    vfree(&mm, block);
    model_process_stop(&mm, process);
    model_start(&mm, mm_strategy_find("brk"), 64 * MIB);
    assert_false(mm_translate(&mm, vaddr(KSEG0_BASE), &pa));
    assert_true(mm_translate(&mm, vaddr(0xc0000000), &pa));
    model_stop(&mm);
}

/* ---- processes ---- */

MACHINE_TEST(no_process_maps_a_segment)
{
    static const struct {
        uint32_t start;
        uint32_t bytes;
    } refused[] = {{KSEG0_BASE, 1},
                   {KSEG0_BASE - 1, 2},
                   {KSEG1_BASE, PAGE_SIZE},
                   {USER_END - PAGE_SIZE, 1},
                   {MAP, KSEG0_BASE - MAP + 1}};

    start(64 * MIB);
    assert_true(process_unmap(&mm, process, vaddr(USER_STACK), USER_STACK_BYTES));
    struct model_state before = model_state(&mm);
    for (uint32_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        assert_false(process_map(&mm, process, vaddr(refused[i].start), refused[i].bytes, true));
        assert_int_equal(mm.failure.cause, MM_NO_ADDRESS_SPACE);
        assert_same_state(&mm, &before);
    }
    assert_false(process_setbrk(&mm, process, vaddr(KSEG0_BASE)));
    assert_false(process_setbrk(&mm, process, vaddr(KSEG0_BASE + 1)));
    assert_true(process_setbrk(&mm, process, vaddr(KSEG0_BASE - PAGE_SIZE)));
    /* Nothing is mapped there. */
    assert_true(process_unmap(&mm, process, vaddr(KSEG1_BASE), KSEG_SIZE));
    model_process_stop(&mm, process);
}

MACHINE_TEST(no_process_touches_a_segment)
{
    static const uint32_t places[] = {KSEG0_BASE, KSEG1_BASE - 1, KSEG1_BASE, USER_END - 1};
    unsigned char byte = 0;

    start(64 * MIB);
    for (uint32_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        assert_false(machine_user_touch(vaddr(places[i]), true));
        assert_bad_access(&mm, places[i], FAULT_USER | FAULT_WRITE | FAULT_PRESENT,
                          MM_ACCESS_KERNEL);
        assert_false(machine_user_touch(vaddr(places[i]), false));
        assert_bad_access(&mm, places[i], FAULT_USER | FAULT_PRESENT, MM_ACCESS_KERNEL);
        assert_false(process_copy_in(&mm, process, vaddr(places[i]), &byte, 1));
        assert_bad_access(&mm, places[i], FAULT_WRITE, MM_ACCESS_KERNEL);
        assert_false(process_copy_out(&mm, process, &byte, vaddr(places[i]), 1));
        assert_true(machine_touch(vaddr(places[i]), true)); /* the kernel may access it */
    }
    model_process_stop(&mm, process);
}

/* The process and the kernel, by each of its addresses, see one frame. */
MACHINE_TEST(the_kernel_sees_a_processs_page)
{
    start(64 * MIB);
    assert_true(user_write(USER_STACK + 8, 0x1234));
    uint32_t pa = pfn_to_paddr(user_frame(process, USER_STACK)).value;
    assert_int_equal(window_read(KSEG0_BASE + pa + 8), 0x1234);
    window_write(KSEG1_BASE + pa + 8, 0x5678);
    assert_int_equal(user_word(USER_STACK + 8), 0x5678);
    model_process_stop(&mm, process);
}

MACHINE_TEST(checker_sees_a_region_in_a_segment)
{
    start(64 * MIB);
    struct region *stack = region_find(&process->regions, USER_STACK);
    stack->end += PAGE_SIZE;
    assert_string_equal(mm_check(&mm), "region: a region is outside of user space");
    stack->end -= PAGE_SIZE;
    model_process_stop(&mm, process);
}
