/*
 * Tests what callers may expect of every strategy: each test runs for each strategy of the table.
 * Starting is tested in test_mm_start.c, callers' bugs in test_mm_panics.c, failing requests in
 * test_mm_exhaust.c, random runs in test_mm_random.c.
 */
#include "support/model_heap.h"
#include "support/model_mm.h"
#include "support/test.h"

static struct mm mm;

/* ---- blocks ---- */

MM_TEST(gives_blocks_that_hold_their_content)
{
    vaddr_t block[200];

    model_start(&mm, strategy, 64 * MIB);
    for (uint32_t i = 0; i < 200; i++) {
        block[i] = kmalloc(&mm, 1 + i * i, PAGES_LOW);
        assert_false(vaddr_is_none(block[i]));
        assert_int_equal(block[i].value % 8, 0);
        assert_true(ksize(&mm, block[i]) >= 1 + i * i);
        model_fill(block[i], ksize(&mm, block[i]), i);
    }
    for (uint32_t i = 0; i < 200; i++) {
        assert_true(model_holds(block[i], ksize(&mm, block[i]), i));
        kfree(&mm, block[i]);
    }
    assert_frames_conserved(&mm);
    model_stop(&mm);
}

MM_TEST(resizes_by_moving)
{
    model_start(&mm, strategy, 64 * MIB);
    vaddr_t block = krealloc(&mm, VADDR_NONE, 100);
    assert_false(vaddr_is_none(block));
    model_fill(block, 100, 1);
    for (uint32_t bytes = 200; bytes < 4 * MIB; bytes *= 2) {
        vaddr_t in_the_way = kmalloc(&mm, 1, PAGES_LOW);
        block = krealloc(&mm, block, bytes);
        assert_false(vaddr_is_none(block));
        assert_true(ksize(&mm, block) >= bytes);
        assert_true(model_holds(block, bytes / 2, 1));
        model_fill(block, bytes, 1);
        kfree(&mm, in_the_way);
        assert_sound(&mm);
    }
    for (uint32_t bytes = 2 * MIB; bytes > 8; bytes /= 3) {
        block = krealloc(&mm, block, bytes);
        assert_true(model_holds(block, bytes, 1));
        assert_sound(&mm);
    }
    kfree(&mm, block);
    assert_frames_conserved(&mm);
    model_stop(&mm);
}

/* A block that shrinks gives its frames back; the heap keeps less than 64 KiB at its end. */
MM_TEST(a_block_that_shrinks_gives_frames_back)
{
    model_start(&mm, strategy, 64 * MIB);
    vaddr_t block = kmalloc(&mm, 2 * MIB, PAGES_LOW);
    model_fill(block, 2 * MIB, 1);
    assert_true(mm.counters.heap_span_bytes >= 2 * MIB);
    block = krealloc(&mm, block, 16);
    assert_true(model_holds(block, 16, 1));
    assert_true(mm.counters.heap_span_bytes <= 2 * PAGE_SIZE);
    assert_true(mm.counters.frames_used <= mm.metadata_frames + 2);
    kfree(&mm, block);
    assert_frames_conserved(&mm);
    model_stop(&mm);
}

MM_TEST(freeing_none_does_nothing)
{
    model_start(&mm, strategy, 64 * MIB);
    struct model_state before = model_state(&mm);
    kfree(&mm, VADDR_NONE);
    vfree(&mm, VADDR_NONE);
    assert_same_state(&mm, &before);
    model_stop(&mm);
}

/* ---- pages ---- */

static bool serves(const struct strategy *strategy, uint32_t order)
{
    return order == 0 || !strategy_is(strategy, "window");
}

MM_TEST(gives_pages_of_each_order_aligned)
{
    pfn_t first[ORDER_COUNT];

    model_start(&mm, strategy, 64 * MIB);
    for (uint32_t order = 0; order <= ORDER_MAX; order++) {
        first[order] = pages_alloc(&mm, order, PAGES_LOW);
        assert_int_equal(pfn_is_none(first[order]), !serves(strategy, order));
        if (!pfn_is_none(first[order])) {
            assert_int_equal(first[order].value % (1u << order), 0);
            model_fill(direct_map_frame(first[order]), PAGE_SIZE << order, order);
        } else {
            assert_int_equal(mm.failure.cause, MM_UNSUPPORTED);
        }
    }
    assert_sound(&mm);
    for (uint32_t order = 0; order <= ORDER_MAX; order++)
        if (!pfn_is_none(first[order])) {
            assert_true(model_holds(direct_map_frame(first[order]), PAGE_SIZE << order, order));
            pages_free(&mm, first[order], order);
        }
    assert_frames_conserved(&mm);
    model_stop(&mm);
}

/* Pages of each class are taken until its zones are empty. Tests which zone they come from and the
 * cause of the refusal. */
MM_TEST(keeps_to_the_zones_of_a_class)
{
    const struct memmap map = {3,
                               {{pfn(0xf00), pfn(0x1000)},
                                {pfn(0x1000), pfn(0x1200)},
                                {pfn(LOW_END_PFN), pfn(LOW_END_PFN + 0x40)}}};
    static pfn_t taken[0x400];
    /* `primary` has enough bytes left between the pages, but no free page. */
    enum mm_cause empty = strategy_is(strategy, "primary") ? MM_NO_RUN : MM_ZONE;
    uint32_t count = 0;

    assert_true(mm_init(&mm, strategy, &map));
    for (uint32_t i = 0; i < 0x40; i++, count++) { /* HIGH is taken first */
        taken[count] = pages_alloc(&mm, 0, PAGES_USER);
        assert_int_equal(zone_of(taken[count]), ZONE_HIGH);
    }
    for (; !pfn_is_none(taken[count] = pages_alloc(&mm, 0, PAGES_DMA)); count++)
        assert_int_equal(zone_of(taken[count]), ZONE_DMA);
    assert_int_equal(mm.failure.cause, empty);
    for (uint32_t i = 0; i < 8; i++) /* DMA has more frames than the reserve */
        pages_free(&mm, taken[--count], 0);
    enum zone zone = ZONE_LOW;
    for (; !pfn_is_none(taken[count] = pages_alloc(&mm, 0, PAGES_LOW)); count++) {
        assert_true(zone_of(taken[count]) <= zone); /* LOW first, then DMA */
        zone = zone_of(taken[count]);
    }
    assert_int_equal(zone, ZONE_DMA);
    assert_true(pfn_is_none(pages_alloc(&mm, 0, PAGES_USER)));
    pages_free(&mm, taken[0], 0); /* a frame of HIGH */
    assert_true(pfn_is_none(pages_alloc(&mm, 0, PAGES_LOW)));
    assert_int_equal(mm.failure.cause, empty);
    taken[0] = pages_alloc(&mm, 0, PAGES_USER);
    assert_int_equal(zone_of(taken[0]), ZONE_HIGH);
    while (count-- > 0)
        pages_free(&mm, taken[count], 0);
    assert_frames_conserved(&mm);
    model_stop(&mm);
}

MM_TEST(gives_memory_for_devices_below_16_mib)
{
    model_start(&mm, strategy, 64 * MIB);
    vaddr_t block = kmalloc(&mm, 5000, PAGES_DMA);
    if (vaddr_is_none(block)) {
        assert_int_equal(mm.failure.cause, MM_UNSUPPORTED);
        assert_true(strategy_is(strategy, "window"));
    } else {
        assert_true(model_physical(&mm, block) + 5000 <= 16 * MIB);
        block = krealloc(&mm, block, 50000); /* it stays there */
        assert_true(model_physical(&mm, block) + 50000 <= 16 * MIB);
        vaddr_t behind = kmalloc(&mm, 1, PAGES_DMA);
        block = krealloc(&mm, block, 90000);
        assert_true(model_physical(&mm, block) + 90000 <= 16 * MIB);
        kfree(&mm, block);
        kfree(&mm, behind);
    }
    assert_frames_conserved(&mm);
    model_stop(&mm);
}

/* ---- virtually contiguous memory ---- */

MM_TEST(gives_virtually_contiguous_memory)
{
    model_start(&mm, strategy, 64 * MIB);
    vaddr_t small = vmalloc(&mm, 1);
    vaddr_t large = vmalloc(&mm, 9 * MIB + 1);
    assert_false(vaddr_is_none(small));
    assert_false(vaddr_is_none(large));
    assert_true(large.value >= HEAP_AREA_BASE && large.value < HEAP_AREA_BASE + HEAP_AREA_SIZE);
    model_fill(large, 9 * MIB + 1, 3);
    assert_true(model_holds(large, 9 * MIB + 1, 3));
    vfree(&mm, small);
    vfree(&mm, large);
    assert_frames_conserved(&mm);
    model_stop(&mm);
}

MM_TEST(refuses_more_than_the_heap_area)
{
    model_start(&mm, strategy, 200 * MIB);
    struct model_state before = model_state(&mm);
    static const uint32_t bytes[] = {HEAP_AREA_SIZE, HEAP_AREA_SIZE + 1, UINT32_MAX};
    for (uint32_t i = 0; i < 3; i++) {
        assert_true(vaddr_is_none(vmalloc(&mm, bytes[i])));
        assert_int_equal(mm.failure.cause, MM_NO_ADDRESS_SPACE);
        assert_same_state(&mm, &before);
    }
    model_stop(&mm);
}

/* More than the heap's address space: all strategies without a lower limit give the same cause, and
 * the block keeps its content. */
MM_TEST(refuses_more_than_the_address_space)
{
    static const uint32_t bytes[] = {DIRECT_MAP_SIZE + 1, 0x80000000u, UINT32_MAX - 4, UINT32_MAX};

    model_start(&mm, strategy, 64 * MIB);
    vaddr_t block = kmalloc(&mm, 100, PAGES_LOW);
    model_fill(block, 100, 1);
    struct model_state before = model_state(&mm);
    for (uint32_t i = 0; i < 4; i++) {
        assert_true(vaddr_is_none(kmalloc(&mm, bytes[i], PAGES_LOW)));
        assert_beyond_any_ram(mm.failure.cause);
        assert_true(vaddr_is_none(krealloc(&mm, block, bytes[i])));
        assert_beyond_any_ram(mm.failure.cause);
        assert_same_state(&mm, &before);
    }
    assert_true(model_holds(block, 100, 1));
    kfree(&mm, block);
    assert_frames_conserved(&mm);
    model_stop(&mm);
}
