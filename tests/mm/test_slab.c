/* Tests slabs over the frames of `zoned`: which cache serves a size, where objects lie, when slabs
 * are made and freed. Named caches are in test_slab_caches.c, callers' bugs in test_slab_panics.c.
 */
#include <mm/frame_owner.h>

#include "support/model_heap.h"
#include "support/model_slab.h"
#include "support/test.h"

/* ---- sizes ---- */

/* The classes are those of Linux: /proc/slabinfo of a kernel with 4 KiB pages. */
MACHINE_TEST(each_size_has_its_class)
{
    static const uint32_t sizes[] = {8,    16,   32,   64,   96,    128,   192,   256,    512,
                                     1024, 2048, 4096, 8192, 16384, 32768, 65536, 4 * MIB};
    uint32_t below = 0;

    slab_start();
    for (uint32_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        vaddr_t least = kmalloc(&slab_mm, below + 1, PAGES_LOW);
        vaddr_t most = kmalloc(&slab_mm, sizes[i], PAGES_LOW);
        if (sizes[i] != 4 * MIB)
            assert_int_equal(ksize(&slab_mm, least), sizes[i]);
        assert_int_equal(ksize(&slab_mm, most), sizes[i]);
        assert_int_equal(most.value % (sizes[i] & -sizes[i]), 0);
        model_fill(most, sizes[i], i);
        assert_true(model_holds(most, sizes[i], i));
        kfree(&slab_mm, least);
        kfree(&slab_mm, most);
        below = sizes[i];
    }
    slab_stop();
}

MACHINE_TEST(more_than_4_mib_is_not_for_kmalloc)
{
    slab_start();
    struct model_state before = model_state(&slab_mm);
    assert_true(vaddr_is_none(kmalloc(&slab_mm, 4 * MIB + 1, PAGES_LOW)));
    assert_int_equal(slab_mm.failure.cause, MM_UNSUPPORTED);
    assert_same_state(&slab_mm, &before);
    slab_stop();
}

/* ---- slabs ---- */

#define BLOCKS_OF_A_SLAB 4u /* objects of SLAB_OBJECT_MAX bytes in a slab */
_Static_assert(3u * SLAB_CACHES * BLOCKS_OF_A_SLAB <= SLAB_BLOCKS, "slab_blocks holds them all");

/* | 0 | 1 | 2 | 3 ...: the lowest free object is given first, and there are no gaps. */
MACHINE_TEST(objects_lie_side_by_side)
{
    static const uint32_t sizes[] = {8, 64, 96, 192, 1024};

    slab_start();
    for (uint32_t s = 0; s < 5; s++) {
        slab_blocks_alloc(20, sizes[s]);
        assert_int_equal(slab_blocks[0].value % PAGE_SIZE, 0);
        for (uint32_t i = 0; i < SLAB_OBJECTS_GOOD; i++)
            assert_int_equal(slab_blocks[i].value, slab_blocks[0].value + i * sizes[s]);
        slab_blocks_free(20);
        assert_sound(&slab_mm);
    }
    slab_stop();
}

/* An empty slab is freed at once. Objects in a magazine stay until frames run short. */
MACHINE_TEST(empty_slabs_go_back)
{
    slab_start();
    slab_blocks_alloc(1000, 256);
    assert_int_equal(slabs->slab_frames, 63);
    slab_blocks_free(1000);
    assert_true(slabs->slab_frames <= 4);
    uint32_t used = slab_mm.counters.frames_used;
    slabs_gather(&slab_mm, slabs);
    assert_int_equal(slab_mm.counters.frames_used, used); /* no call sees a difference */
    assert_int_equal(slabs->empty_frames[ZONE_LOW], slabs->slab_frames);
    assert_sound(&slab_mm);
    slabs_release(&slab_mm, slabs);
    assert_int_equal(slab_mm.counters.heap_span_bytes, 0);
    assert_int_equal(slab_mm.counters.frames_used, slab_mm.metadata_frames);
    slab_stop();
}

/* Makes so many slabs that each cache is looked at once, whether it is idle. */
static void look_at_each_cache(vaddr_t *blocks)
{
    for (uint32_t i = 0; i < SLAB_CACHES * BLOCKS_OF_A_SLAB; i++) {
        blocks[i] = kmalloc(&slab_mm, SLAB_OBJECT_MAX, PAGES_LOW);
        assert_false(vaddr_is_none(blocks[i]));
    }
}

/* A magazine that has as many objects as when it was looked at before returns SLAB_TRIM of them. */
MACHINE_TEST(an_idle_cache_returns_its_objects)
{
    slab_start();
    const struct slab_cache *cache = &slabs->cache[slabs->class_of[(128 - 1) / SLAB_GRANULE]];
    vaddr_t block = kmalloc(&slab_mm, 128, PAGES_LOW);
    assert_int_equal(cache->count, 31);
    look_at_each_cache(slab_blocks);
    assert_int_equal(cache->count, 31);
    kfree(&slab_mm, block);
    look_at_each_cache(slab_blocks + SLAB_CACHES * BLOCKS_OF_A_SLAB);
    assert_int_equal(cache->count, 32); /* it was in use */
    look_at_each_cache(slab_blocks + 2 * SLAB_CACHES * BLOCKS_OF_A_SLAB);
    assert_int_equal(cache->count, 32 - SLAB_TRIM);
    assert_int_equal(cache->frames, 1);
    assert_sound(&slab_mm);
    slab_blocks_free(3 * SLAB_CACHES * BLOCKS_OF_A_SLAB);
    for (uint32_t left = 32 - SLAB_TRIM; left != 0; left -= SLAB_TRIM) {
        look_at_each_cache(slab_blocks);
        slab_blocks_free(SLAB_CACHES * BLOCKS_OF_A_SLAB);
    }
    assert_int_equal(cache->frames, 0);
    slab_stop();
}

MACHINE_TEST(a_gathered_slab_serves_again)
{
    slab_start();
    kfree(&slab_mm, kmalloc(&slab_mm, 100, PAGES_LOW));
    slabs_gather(&slab_mm, slabs);
    assert_int_equal(slabs->empty_frames[ZONE_LOW], 1);
    vaddr_t block = kmalloc(&slab_mm, 100, PAGES_LOW);
    assert_int_equal(slabs->empty_frames[ZONE_LOW], 0);
    assert_int_equal(slabs->slab_frames, 1);
    kfree(&slab_mm, block);
    slab_stop();
}

/* At the boundary of a slab, a block that is allocated and freed again and again moves no frames.
 */
MACHINE_TEST(alternating_at_a_slabs_boundary_moves_no_frames)
{
    slab_start();
    for (uint32_t live = 1; live < 100; live++) {
        slab_blocks_alloc(live, 512);
        kfree(&slab_mm, kmalloc(&slab_mm, 512, PAGES_LOW));
        uint32_t used = slab_mm.counters.frames_used;
        for (uint32_t i = 0; i < 50; i++) {
            vaddr_t block = kmalloc(&slab_mm, 512, PAGES_LOW);
            assert_int_equal(slab_mm.counters.frames_used, used);
            kfree(&slab_mm, block);
            assert_int_equal(slab_mm.counters.frames_used, used);
        }
        slab_blocks_free(live);
    }
    slab_stop();
}

/* If no range of frames is long enough for a slab of the best order, a smaller slab serves. */
MACHINE_TEST(slabs_are_smaller_if_no_large_block_is_free)
{
    static const uint32_t sizes[] = {512, 1024, 4096, 8192};

    slab_start();
    slab_leave_pairs();
    for (uint32_t s = 0; s < 4; s++) {
        slab_blocks_alloc(100, sizes[s]);
        for (uint32_t i = 0; i < 100; i++)
            model_fill(slab_blocks[i], sizes[s], i);
        for (uint32_t i = 0; i < 100; i++)
            assert_true(model_holds(slab_blocks[i], sizes[s], i));
        assert_sound(&slab_mm);
        slab_blocks_free(100);
    }
    assert_true(vaddr_is_none(kmalloc(&slab_mm, 16384, PAGES_LOW)));
    assert_int_equal(slab_mm.failure.cause, MM_NO_RUN);
    slab_give_pairs();
    slab_stop();
}

/* ---- blocks of frames ---- */

MACHINE_TEST(a_large_block_gives_back_halves)
{
    slab_start();
    vaddr_t block = kmalloc(&slab_mm, 100000, PAGES_LOW);
    assert_int_equal(slab_mm.counters.heap_span_bytes, 131072);
    model_fill(block, 100000, 1);
    assert_int_equal(krealloc(&slab_mm, block, 65537).value, block.value);
    assert_int_equal(ksize(&slab_mm, block), 131072);
    assert_int_equal(krealloc(&slab_mm, block, 65536).value, block.value);
    assert_int_equal(ksize(&slab_mm, block), 65536);
    assert_int_equal(krealloc(&slab_mm, block, 1).value, block.value);
    assert_int_equal(ksize(&slab_mm, block), PAGE_SIZE);
    assert_int_equal(slab_mm.counters.heap_span_bytes, PAGE_SIZE);
    assert_true(model_holds(block, PAGE_SIZE, 1));
    kfree(&slab_mm, block);
    slab_stop();
}

MACHINE_TEST(a_block_of_dma_stays_there)
{
    slab_start();
    for (uint32_t bytes = 20; bytes < 100000; bytes *= 5) {
        vaddr_t block = kmalloc(&slab_mm, bytes, PAGES_DMA);
        assert_true(block.value + bytes <= DIRECT_MAP_BASE + 16 * MIB);
        model_fill(block, bytes, bytes);
        vaddr_t moved = krealloc(&slab_mm, block, 10 * bytes);
        assert_true(moved.value + 10 * bytes <= DIRECT_MAP_BASE + 16 * MIB);
        assert_true(model_holds(moved, bytes, bytes));
        assert_true(krealloc(&slab_mm, moved, 4 * bytes).value == moved.value);
        kfree(&slab_mm, moved);
    }
    vaddr_t low = kmalloc(&slab_mm, 20, PAGES_LOW); /* no block of DMA */
    assert_true(low.value >= DIRECT_MAP_BASE + 16 * MIB);
    kfree(&slab_mm, low);
    slab_stop();
}

MACHINE_TEST(gives_each_frame_its_kind)
{
    slab_start();
    vaddr_t small = kmalloc(&slab_mm, 1, PAGES_LOW);
    vaddr_t large = kmalloc(&slab_mm, 100000, PAGES_LOW);
    pfn_t first = paddr_to_pfn(direct_map_inverse(large));
    assert_int_equal(mm_frame_kind(&slab_mm, paddr_to_pfn(direct_map_inverse(small))), FRAME_SLAB);
    for (uint32_t i = 0; i < 32; i++)
        assert_int_equal(mm_frame_kind(&slab_mm, pfn_add(first, i)), FRAME_HEAP);
    assert_int_equal(mm_frame_kind(&slab_mm, pfn_add(first, 32)), FRAME_FREE);
    kfree(&slab_mm, small);
    kfree(&slab_mm, large);
    slab_stop();
}
