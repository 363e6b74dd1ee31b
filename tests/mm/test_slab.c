/* Slabs: which cache serves a size, where objects lie, when slabs come and go, what panics. Over
   the frames of `zoned`. */
#include "support/model_heap.h"
#include "support/model_mm.h"

#include <mm/slab.h>

#include <string.h>

#define RAM_BYTES (64u * MIB)

static struct mm mm;
static struct slabs *slabs;
static vaddr_t blocks[1000];

static void start(void)
{
    model_start(&mm, mm_strategy_find("zoned"), RAM_BYTES);
    slabs = zoned_slabs(&mm);
}

static void stop(void)
{
    assert_frames_conserved(&mm);
    model_stop(&mm);
}

static void alloc_blocks(uint32_t count, uint32_t bytes)
{
    for (uint32_t i = 0; i < count; i++) {
        blocks[i] = kmalloc(&mm, bytes, PAGES_LOW);
        assert_false(vaddr_is_none(blocks[i]));
    }
}

static void free_blocks(uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        kfree(&mm, blocks[i]);
}

/* ---- sizes ---- */

/* Linux's: /proc/slabinfo of a kernel with 4 KiB pages. */
MACHINE_TEST(each_size_has_its_class)
{
    static const uint32_t sizes[] = {8,    16,   32,   64,   96,    128,   192,   256,    512,
                                     1024, 2048, 4096, 8192, 16384, 32768, 65536, 4 * MIB};
    uint32_t below = 0;

    start();
    for (uint32_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        vaddr_t least = kmalloc(&mm, below + 1, PAGES_LOW);
        vaddr_t most = kmalloc(&mm, sizes[i], PAGES_LOW);
        if (sizes[i] != 4 * MIB)
            assert_int_equal(ksize(&mm, least), sizes[i]);
        assert_int_equal(ksize(&mm, most), sizes[i]);
        assert_int_equal(most.value % (sizes[i] & -sizes[i]), 0);
        model_fill(most, sizes[i], i);
        assert_true(model_holds(most, sizes[i], i));
        kfree(&mm, least);
        kfree(&mm, most);
        below = sizes[i];
    }
    stop();
}

MACHINE_TEST(more_than_4_mib_is_not_for_kmalloc)
{
    start();
    struct model_state before = model_state(&mm);
    assert_true(vaddr_is_none(kmalloc(&mm, 4 * MIB + 1, PAGES_LOW)));
    assert_int_equal(mm.failure.cause, MM_UNSUPPORTED);
    assert_same_state(&mm, &before);
    stop();
}

/* ---- slabs ---- */

/* | 0 | 1 | 2 | 3 ...: the lowest first, without a gap. */
MACHINE_TEST(objects_lie_side_by_side)
{
    static const uint32_t sizes[] = {8, 64, 96, 192, 1024};

    start();
    for (uint32_t s = 0; s < 5; s++) {
        alloc_blocks(20, sizes[s]);
        assert_int_equal(blocks[0].value % PAGE_SIZE, 0);
        for (uint32_t i = 0; i < SLAB_OBJECTS_GOOD; i++)
            assert_int_equal(blocks[i].value, blocks[0].value + i * sizes[s]);
        free_blocks(20);
        assert_sound(&mm);
    }
    stop();
}

/* Slabs go as soon as all is back; what a magazine holds stays until frames run short. */
MACHINE_TEST(empty_slabs_go_back)
{
    start();
    alloc_blocks(1000, 256);
    assert_int_equal(slabs->slab_frames, 63);
    free_blocks(1000);
    assert_true(slabs->slab_frames <= 4);
    uint32_t used = mm.counters.frames_used;
    slabs_gather(&mm, slabs);
    assert_int_equal(mm.counters.frames_used, used); /* nothing that a caller sees */
    assert_int_equal(slabs->empty_frames[ZONE_LOW], slabs->slab_frames);
    assert_sound(&mm);
    slabs_release(&mm, slabs);
    assert_int_equal(mm.counters.heap_span_bytes, 0);
    assert_int_equal(mm.counters.frames_used, mm.metadata_frames);
    stop();
}

MACHINE_TEST(a_slab_that_was_kept_serves_again)
{
    start();
    kfree(&mm, kmalloc(&mm, 100, PAGES_LOW));
    slabs_gather(&mm, slabs);
    assert_int_equal(slabs->empty_frames[ZONE_LOW], 1);
    vaddr_t block = kmalloc(&mm, 100, PAGES_LOW);
    assert_int_equal(slabs->empty_frames[ZONE_LOW], 0);
    assert_int_equal(slabs->slab_frames, 1);
    kfree(&mm, block);
    stop();
}

/* Wherever the edge of a slab is, a block that comes and goes there moves no frames. */
MACHINE_TEST(no_frames_move_at_the_edge)
{
    start();
    for (uint32_t live = 1; live < 100; live++) {
        alloc_blocks(live, 512);
        kfree(&mm, kmalloc(&mm, 512, PAGES_LOW));
        uint32_t used = mm.counters.frames_used;
        for (uint32_t i = 0; i < 50; i++) {
            vaddr_t block = kmalloc(&mm, 512, PAGES_LOW);
            assert_int_equal(mm.counters.frames_used, used);
            kfree(&mm, block);
            assert_int_equal(mm.counters.frames_used, used);
        }
        free_blocks(live);
    }
    stop();
}

/* All frames taken but every second block of two frames in LOW. */
static uint32_t leave_pairs_of_frames(pfn_t *taken)
{
    uint32_t count = 0;

    for (;; count++) {
        taken[count] = pages_alloc(&mm, 1, PAGES_DMA);
        if (pfn_is_none(taken[count]))
            taken[count] = pages_alloc(&mm, 1, PAGES_LOW);
        if (pfn_is_none(taken[count]))
            break;
    }
    for (uint32_t i = 0; i < count; i++)
        if (zone_of(taken[i]) == ZONE_LOW && (taken[i].value & 2u) != 0) {
            pages_free(&mm, taken[i], 1);
            taken[i] = PFN_NONE;
        }
    return count;
}

/* Without runs for a slab of the best order, one of the least does. */
MACHINE_TEST(slabs_are_smaller_where_there_are_no_runs)
{
    static pfn_t taken[RAM_BYTES / PAGE_SIZE / 2 + 1];
    static const uint32_t sizes[] = {512, 1024, 4096, 8192};

    start();
    uint32_t count = leave_pairs_of_frames(taken);
    for (uint32_t s = 0; s < 4; s++) {
        alloc_blocks(100, sizes[s]);
        for (uint32_t i = 0; i < 100; i++)
            model_fill(blocks[i], sizes[s], i);
        for (uint32_t i = 0; i < 100; i++)
            assert_true(model_holds(blocks[i], sizes[s], i));
        assert_sound(&mm);
        free_blocks(100);
    }
    assert_true(vaddr_is_none(kmalloc(&mm, 16384, PAGES_LOW)));
    assert_int_equal(mm.failure.cause, MM_NO_RUN);
    for (uint32_t i = 0; i < count; i++)
        if (!pfn_is_none(taken[i]))
            pages_free(&mm, taken[i], 1);
    stop();
}

/* ---- blocks of frames ---- */

MACHINE_TEST(a_large_block_gives_back_halves)
{
    start();
    vaddr_t block = kmalloc(&mm, 100000, PAGES_LOW);
    assert_int_equal(mm.counters.heap_span_bytes, 131072);
    model_fill(block, 100000, 1);
    assert_int_equal(krealloc(&mm, block, 65537).value, block.value);
    assert_int_equal(ksize(&mm, block), 131072);
    assert_int_equal(krealloc(&mm, block, 65536).value, block.value);
    assert_int_equal(ksize(&mm, block), 65536);
    assert_int_equal(krealloc(&mm, block, 1).value, block.value);
    assert_int_equal(ksize(&mm, block), PAGE_SIZE);
    assert_int_equal(mm.counters.heap_span_bytes, PAGE_SIZE);
    assert_true(model_holds(block, PAGE_SIZE, 1));
    kfree(&mm, block);
    stop();
}

MACHINE_TEST(a_block_of_dma_stays_there)
{
    start();
    for (uint32_t bytes = 20; bytes < 100000; bytes *= 5) {
        vaddr_t block = kmalloc(&mm, bytes, PAGES_DMA);
        assert_true(block.value + bytes <= DIRECT_MAP_BASE + 16 * MIB);
        model_fill(block, bytes, bytes);
        vaddr_t moved = krealloc(&mm, block, 10 * bytes);
        assert_true(moved.value + 10 * bytes <= DIRECT_MAP_BASE + 16 * MIB);
        assert_true(model_holds(moved, bytes, bytes));
        assert_true(krealloc(&mm, moved, 4 * bytes).value == moved.value);
        kfree(&mm, moved);
    }
    vaddr_t low = kmalloc(&mm, 20, PAGES_LOW); /* none of those of DMA */
    assert_true(low.value >= DIRECT_MAP_BASE + 16 * MIB);
    kfree(&mm, low);
    stop();
}

MACHINE_TEST(says_what_a_frame_is)
{
    start();
    vaddr_t small = kmalloc(&mm, 1, PAGES_LOW);
    vaddr_t large = kmalloc(&mm, 100000, PAGES_LOW);
    pfn_t first = paddr_to_pfn(direct_map_inverse(large));
    assert_int_equal(slabs_frame_kind(slabs, paddr_to_pfn(direct_map_inverse(small))), FRAME_SLAB);
    for (uint32_t i = 0; i < 32; i++)
        assert_int_equal(slabs_frame_kind(slabs, pfn_add(first, i)), FRAME_HEAP);
    assert_int_equal(slabs_frame_kind(slabs, pfn_add(first, 32)), FRAME_FREE);
    assert_int_equal(slabs_frame_kind(slabs, pfn(LOW_END_PFN)), FRAME_FREE);
    assert_int_equal(slabs_frame_kind(slabs, pfn(0)), FRAME_FREE);
    kfree(&mm, small);
    kfree(&mm, large);
    stop();
}

/* ---- caches with a name ---- */

MACHINE_TEST(a_cache_has_objects_of_one_size)
{
    static const struct {
        uint32_t bytes;
        uint32_t alignment;
        uint32_t takes;
    } caches[] = {{1, 1, 8},       {20, 4, 24},     {24, 16, 32},       {200, 8, 200},
                  {504, 8, 504},   {512, 8, 512},   {600, 8, 640},      {1060, 1, 1088},
                  {100, 64, 128},  {300, 128, 384}, {3000, 1024, 3072}, {8192, 4096, 8192},
                  {1, 4096, 4096}, {1344, 32, 1344}};

    start();
    for (uint32_t c = 0; c < sizeof caches / sizeof caches[0]; c++) {
        struct slab_cache *cache =
            slab_cache_create(slabs, "test", caches[c].bytes, caches[c].alignment);
        assert_int_equal(cache->object_bytes, caches[c].takes);
        for (uint32_t i = 0; i < 150; i++) {
            blocks[i] = slab_alloc(&mm, slabs, cache);
            assert_int_equal(blocks[i].value % caches[c].alignment, 0);
            assert_int_equal(ksize(&mm, blocks[i]), caches[c].takes);
            model_fill(blocks[i], caches[c].takes, i);
        }
        assert_sound(&mm);
        for (uint32_t i = 0; i < 150; i++) {
            assert_true(model_holds(blocks[i], caches[c].takes, i));
            slab_free(&mm, slabs, cache, blocks[i]);
        }
        assert_true(cache->frames != 0);
        slab_cache_shrink(&mm, slabs, cache);
        assert_int_equal(cache->frames, 0);
        slab_cache_destroy(&mm, slabs, cache);
    }
    stop();
}

/* Objects of 1,088 bytes: in a slab of one frame a fourth begins, and is cut off. */
MACHINE_TEST(no_object_is_cut_off)
{
    static pfn_t taken[RAM_BYTES / PAGE_SIZE / 2 + 1];

    start();
    uint32_t count = leave_pairs_of_frames(taken);
    struct slab_cache *cache = slab_cache_create(slabs, "test", 1088, 8);
    for (uint32_t i = 0; i < 40; i++) {
        blocks[i] = slab_alloc(&mm, slabs, cache);
        assert_true(blocks[i].value % PAGE_SIZE <= 2 * 1088);
    }
    assert_sound(&mm);
    for (uint32_t i = 0; i < 40; i++)
        slab_free(&mm, slabs, cache, blocks[i]);
    slab_cache_destroy(&mm, slabs, cache);
    for (uint32_t i = 0; i < count; i++)
        if (!pfn_is_none(taken[i]))
            pages_free(&mm, taken[i], 1);
    stop();
}

MACHINE_TEST(names_are_kept_and_cut)
{
    start();
    assert_string_equal(slabs->cache[1].name, "kmalloc-8");
    assert_string_equal(slabs->cache[2 * SLAB_CLASSES].name, "dma-kmalloc-8k");
    struct slab_cache *cache = slab_cache_create(slabs, "inode", 100, 8);
    assert_string_equal(cache->name, "inode");
    slab_cache_destroy(&mm, slabs, cache);
    cache = slab_cache_create(slabs, "a name of more than twenty-seven", 100, 8);
    assert_string_equal(cache->name, "a name of more than twenty-");
    slab_cache_destroy(&mm, slabs, cache);
    stop();
}

MACHINE_TEST(there_are_so_many_caches)
{
    struct slab_cache *caches[SLAB_NAMED_MAX];

    start();
    for (uint32_t i = 0; i < SLAB_NAMED_MAX; i++) {
        caches[i] = slab_cache_create(slabs, "test", 8 + i, 8);
        assert_non_null(caches[i]);
    }
    assert_null(slab_cache_create(slabs, "test", 8, 8));
    for (uint32_t i = 0; i < SLAB_NAMED_MAX; i++)
        slab_cache_destroy(&mm, slabs, caches[i]);
    assert_ptr_equal(slab_cache_create(slabs, "test", 8, 8), caches[0]);
    stop();
}

/* ---- a caller's bugs ---- */

static void run_kfree(void *context)
{
    kfree(&mm, *(const vaddr_t *)context);
}

static void run_ksize(void *context)
{
    ksize(&mm, *(const vaddr_t *)context);
}

static void run_krealloc(void *context)
{
    krealloc(&mm, *(const vaddr_t *)context, 1);
}

static void assert_free_panics(uint32_t address, const char *fact)
{
    assert_panics(run_kfree, &(vaddr_t){address}, "slab_kfree: ");
    assert_panics(run_kfree, &(vaddr_t){address}, fact);
    assert_panics(run_ksize, &(vaddr_t){address}, fact);
    assert_panics(run_krealloc, &(vaddr_t){address}, fact);
}

static const char twice[] = "object is free already";
static const char inside[] = "pointer is not to the start of an object";
static const char elsewhere[] = "pointer is not into kmalloc's memory";
static const char no_block[] = "no live block starts there";

/* Each free of an object but the first, however many calls lie between; whether it is in the
   magazine or in its slab. */
MACHINE_TEST(sees_each_double_free)
{
    static const uint32_t sizes[] = {8, 64, 96, 4096};

    start();
    for (uint32_t s = 0; s < 4; s++) {
        vaddr_t keep = kmalloc(&mm, sizes[s], PAGES_LOW);
        alloc_blocks(7, sizes[s]);
        for (uint32_t i = 0; i < 7; i++) {
            kfree(&mm, blocks[i]);
            for (uint32_t k = 0; k <= i; k++)
                assert_free_panics(blocks[k].value, twice);
        }
        slabs_gather(&mm, slabs);
        for (uint32_t k = 0; k < 7; k++)
            assert_free_panics(blocks[k].value, twice);
        kfree(&mm, keep);
    }
    stop();
}

MACHINE_TEST(sees_each_pointer_into_an_object)
{
    static const uint32_t sizes[] = {8, 32, 64, 96, 192, 4096};

    start();
    for (uint32_t s = 0; s < 6; s++) {
        alloc_blocks(4, sizes[s]);
        for (uint32_t i = 0; i < 4; i++)
            for (uint32_t at = 1; at < sizes[s]; at += at < 200 ? 1 : 61)
                assert_panics(run_kfree, &(vaddr_t){blocks[i].value + at}, inside);
        free_blocks(4);
    }
    stop();
}

MACHINE_TEST(sees_pointers_from_elsewhere)
{
    start();
    vaddr_t small = kmalloc(&mm, 8, PAGES_LOW);
    vaddr_t large = kmalloc(&mm, 100000, PAGES_LOW);
    pfn_t page = pages_alloc(&mm, 0, PAGES_LOW);
    assert_free_panics(8, elsewhere);
    assert_free_panics(DIRECT_MAP_BASE + 0x100000u, elsewhere);
    assert_free_panics(WINDOW_BASE - 8, elsewhere);
    assert_free_panics(UINT32_MAX - 7, elsewhere);
    assert_free_panics(direct_map_frame(page).value, no_block);
    assert_free_panics(large.value + PAGE_SIZE, no_block);
    assert_free_panics(large.value + 8, no_block);
    assert_free_panics((small.value | PAGE_OFFSET_MASK) - 63u, inside); /* the page's bits */
    pages_free(&mm, page, 0);
    kfree(&mm, large);
    assert_free_panics(large.value, no_block);
    kfree(&mm, small);
    stop();
}

static struct slab_cache *bad_cache;

static void run_slab_free(void *context)
{
    slab_free(&mm, slabs, bad_cache, *(const vaddr_t *)context);
}

static void run_destroy(void *context)
{
    slab_cache_destroy(&mm, slabs, context);
}

static void run_create(void *context)
{
    const uint32_t *wish = context;

    slab_cache_create(slabs, "test", wish[0], wish[1]);
}

MACHINE_TEST(sees_a_caches_misuse)
{
    start();
    struct slab_cache *one = slab_cache_create(slabs, "one", 64, 8);
    bad_cache = slab_cache_create(slabs, "other", 64, 8);
    vaddr_t object = slab_alloc(&mm, slabs, one);
    vaddr_t block = kmalloc(&mm, 64, PAGES_LOW);
    assert_panics(run_slab_free, &object, "slab_free: not a live object of this cache");
    assert_panics(run_slab_free, &block, "slab_free: not a live object of this cache");
    assert_panics(run_destroy, one, "slab_cache_destroy: the cache has live objects");
    assert_panics(run_create, (uint32_t[]){0, 8}, "slab_cache_create: ");
    assert_panics(run_create, (uint32_t[]){8193, 8}, "slab_cache_create: ");
    assert_panics(run_create, (uint32_t[]){8, 0}, "slab_cache_create: ");
    assert_panics(run_create, (uint32_t[]){8, 24}, "slab_cache_create: ");
    assert_panics(run_create, (uint32_t[]){8, 8192}, "slab_cache_create: ");
    slab_free(&mm, slabs, one, object);
    kfree(&mm, block);
    slab_cache_destroy(&mm, slabs, one);
    slab_cache_destroy(&mm, slabs, bad_cache);
    stop();
}

static void run_unaligned_base(void *context)
{
    static struct slabs other;

    slabs_init(&other, direct_map_frame(*(const pfn_t *)context), vaddr(0x1000),
               (struct frame_run){pfn(0x1000), pfn(0x1001)});
}

MACHINE_TEST(the_linear_map_is_aligned)
{
    start();
    pfn_t page = pages_alloc(&mm, 0, PAGES_LOW);
    assert_panics(run_unaligned_base, &page, "slabs_init: base.value % LARGE_PAGE_SIZE == 0");
    pages_free(&mm, page, 0);
    stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_size_has_its_class),
        cmocka_unit_test(more_than_4_mib_is_not_for_kmalloc),
        cmocka_unit_test(objects_lie_side_by_side),
        cmocka_unit_test(empty_slabs_go_back),
        cmocka_unit_test(a_slab_that_was_kept_serves_again),
        cmocka_unit_test(no_frames_move_at_the_edge),
        cmocka_unit_test(slabs_are_smaller_where_there_are_no_runs),
        cmocka_unit_test(a_large_block_gives_back_halves),
        cmocka_unit_test(a_block_of_dma_stays_there),
        cmocka_unit_test(says_what_a_frame_is),
        cmocka_unit_test(a_cache_has_objects_of_one_size),
        cmocka_unit_test(no_object_is_cut_off),
        cmocka_unit_test(names_are_kept_and_cut),
        cmocka_unit_test(there_are_so_many_caches),
        cmocka_unit_test(sees_each_double_free),
        cmocka_unit_test(sees_each_pointer_into_an_object),
        cmocka_unit_test(sees_pointers_from_elsewhere),
        cmocka_unit_test(sees_a_caches_misuse),
        cmocka_unit_test(the_linear_map_is_aligned),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
