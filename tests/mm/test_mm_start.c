/* Tests how every strategy starts and ends: on junk, on few frames, on maps with holes, on all of 4
 * GiB. At the end it has no memory left. */
#include "support/model_mm.h"
#include "support/test.h"

#include <mm/pgtable.h>
#include <mm/strategy.h>

#include <string.h>

static struct mm mm;

TEST(strategies_are_found_by_name)
{
    for (const struct strategy *const *strategy = mm_strategies; *strategy != NULL; strategy++) {
        assert_ptr_equal(mm_strategy_find((*strategy)->name), *strategy);
        assert_non_null((*strategy)->source);
        assert_non_null((*strategy)->frames);
        assert_non_null((*strategy)->heap);
    }
    assert_null(mm_strategy_find("windo"));
    assert_null(mm_strategy_find("windowx"));
    assert_null(mm_strategy_find(""));
}

MM_TEST(starts_and_ends)
{
    paddr_t boot = machine_read_cr3();

    assert_null(mm_active());
    assert_false(mm_page_fault(vaddr(HEAP_AREA_BASE), 0));
    model_start(&mm, strategy, 64 * MIB);
    assert_ptr_equal(mm_active(), &mm);
    assert_int_equal(machine_read_cr3().value, mm.directory.value);
    assert_null(pgtable_check_kernel(paddr_to_pfn(mm.directory), mm.user_end));
    assert_int_equal(mm.frames_total, 60 * MIB / PAGE_SIZE);
    assert_int_equal(mm.counters.frames_used, mm.metadata_frames);
    assert_int_equal(mm.counters.heap_span_bytes, 0);
    assert_int_equal(
        mm_free_bytes(&mm) / PAGE_SIZE,
        mm.frames_total - mm.metadata_frames -
            (strategy_is(strategy, "primary") ? 1 : 0)); /* 2 * 4 bytes lie before blocks */
    struct model_state state = model_state(&mm);
    assert_int_equal(state.free_blocks.frames, mm.frames_total - mm.metadata_frames);
    mm_exit(&mm);
    assert_int_equal(machine_read_cr3().value, boot.value);
    assert_null(mm_active());
    assert_false(machine_touch(vaddr(HEAP_AREA_BASE), false));
}

/* At the start, memory holds junk or what another memory manager left. */
MM_TEST(starts_on_junk)
{
    memset((char *)machine_current->mmu.memory + 4 * MIB, 0xa5, 12 * MIB);
    model_start(&mm, strategy, 16 * MIB);
    assert_int_equal(mm.counters.heap_span_bytes, 0);
    vaddr_t block = kmalloc(&mm, 100, PAGES_LOW);
    pfn_t page = pages_alloc(&mm, 0, PAGES_LOW);
    assert_sound(&mm);
    pages_free(&mm, page, 0);
    kfree(&mm, block);
    assert_frames_conserved(&mm);
    model_stop(&mm);
}

/* The memory manager refuses page faults outside of its areas. */
MM_TEST(refuses_faults_outside_the_heap)
{
    model_start(&mm, strategy, 64 * MIB);
    mm.failure = (struct mm_failure){.blocker = pfn(1)};
    assert_false(machine_touch(vaddr(0), false));
    assert_int_equal(mm.failure.cause, MM_BAD_ACCESS);
    assert_true(pfn_is_none(mm.failure.blocker));
    assert_false(machine_touch(vaddr(HEAP_AREA_BASE), true));
    assert_false(machine_touch(vaddr(HEAP_AREA_BASE + HEAP_AREA_SIZE - 1), true));
    assert_false(machine_touch(vaddr(0xfe000000), true));
    model_stop(&mm);
}

/* Starts on maps of 0, 1, 2 ... frames of DMA or of LOW, too few for one piece of metadata after
 * the other. */
static void start_on_frames(const struct strategy *strategy, uint32_t first, uint32_t frames,
                            bool *started)
{
    const struct memmap map = {frames != 0, {{pfn(first), pfn(first + frames)}}};
    paddr_t boot = machine_read_cr3();

    if (!mm_init(&mm, strategy, &map)) {
        assert_int_equal(machine_read_cr3().value, boot.value);
        assert_null(mm_active());
        assert_false(*started);
        return;
    }
    *started = true;
    assert_true(mm.metadata_frames < frames);
    vaddr_t block = kmalloc(&mm, 1, PAGES_LOW);
    pfn_t page = pages_alloc(&mm, 0, PAGES_LOW);
    if (!pfn_is_none(page))
        pages_free(&mm, page, 0);
    kfree(&mm, block);
    assert_frames_conserved(&mm);
    model_stop(&mm);
}

MM_TEST(needs_room_for_metadata)
{
    const uint32_t first[] = {RESERVED_END_PFN, DMA_END_PFN,
                              strategy_low_end(strategy).value - 200};

    for (uint32_t i = 0; i < sizeof first / sizeof first[0]; i++) {
        bool started = false;
        for (uint32_t frames = 0; frames < 200; frames++)
            start_on_frames(strategy, first[i], frames, &started);
        assert_true(started);
    }
}

/* Metadata never lies in HIGH. */
MM_TEST(needs_low_memory)
{
    const struct memmap map = {1, {{pfn(LOW_END_PFN), pfn(FRAMES_MAX)}}};

    assert_false(mm_init(&mm, strategy, &map));
    assert_null(mm_active());
}

/* One run holds a part of the metadata and is used up; the rest lies in another run. */
MM_TEST(carves_metadata_from_several_runs)
{
    const struct memmap map = {3,
                               {{pfn(0x400), pfn(0x400 + 19)},
                                {pfn(0x500), pfn(0x500 + 64)},
                                {pfn(0x1000), pfn(0x1000 + 19)}}};

    assert_true(mm_init(&mm, strategy, &map));
    assert_int_equal(mm.directory.value, 0x1001 << PAGE_SHIFT);
    assert_frames_conserved(&mm);
    model_stop(&mm);
}

/* The last frame below 4 GiB is RAM. */
MM_TEST(uses_all_of_4_gib)
{
    model_start(&mm, strategy, 1ull << 32);
    pfn_t last = pages_alloc(&mm, 0, PAGES_USER);
    assert_true(last.value >= strategy_low_end(strategy).value);
    pages_free(&mm, last, 0);
    assert_int_equal(mm.counters.frames_used, mm.metadata_frames);
    model_stop(&mm);
}
