/* Tests named caches: their objects, their names, and their largest number. */
#include "support/model_heap.h"
#include "support/model_slab.h"
#include "support/test.h"

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

    slab_start();
    for (uint32_t c = 0; c < sizeof caches / sizeof caches[0]; c++) {
        struct slab_cache *cache =
            slab_cache_create(slabs, "test", caches[c].bytes, caches[c].alignment);
        assert_int_equal(cache->object_bytes, caches[c].takes);
        for (uint32_t i = 0; i < 150; i++) {
            slab_blocks[i] = slab_alloc(&slab_mm, slabs, cache);
            assert_int_equal(slab_blocks[i].value % caches[c].alignment, 0);
            assert_int_equal(ksize(&slab_mm, slab_blocks[i]), caches[c].takes);
            model_fill(slab_blocks[i], caches[c].takes, i);
        }
        assert_sound(&slab_mm);
        for (uint32_t i = 0; i < 150; i++) {
            assert_true(model_holds(slab_blocks[i], caches[c].takes, i));
            slab_free(&slab_mm, slabs, cache, slab_blocks[i]);
        }
        assert_true(cache->frames != 0);
        slab_cache_shrink(&slab_mm, slabs, cache);
        assert_int_equal(cache->frames, 0);
        slab_cache_destroy(&slab_mm, slabs, cache);
    }
    slab_stop();
}

/* The objects have 1,088 bytes. In a slab of one frame, a fourth object would be cut off. */
MACHINE_TEST(no_object_is_cut_off)
{
    slab_start();
    slab_leave_pairs();
    struct slab_cache *cache = slab_cache_create(slabs, "test", 1088, 8);
    for (uint32_t i = 0; i < 40; i++) {
        slab_blocks[i] = slab_alloc(&slab_mm, slabs, cache);
        assert_true(slab_blocks[i].value % PAGE_SIZE <= 2 * 1088);
    }
    assert_sound(&slab_mm);
    for (uint32_t i = 0; i < 40; i++)
        slab_free(&slab_mm, slabs, cache, slab_blocks[i]);
    slab_cache_destroy(&slab_mm, slabs, cache);
    slab_give_pairs();
    slab_stop();
}

MACHINE_TEST(names_are_kept_and_cut)
{
    slab_start();
    assert_string_equal(slabs->cache[1].name, "kmalloc-8");
    assert_string_equal(slabs->cache[2 * SLAB_CLASSES].name, "dma-kmalloc-8k");
    struct slab_cache *cache = slab_cache_create(slabs, "inode", 100, 8);
    assert_string_equal(cache->name, "inode");
    slab_cache_destroy(&slab_mm, slabs, cache);
    cache = slab_cache_create(slabs, "a name of more than twenty-seven", 100, 8);
    assert_string_equal(cache->name, "a name of more than twenty-");
    slab_cache_destroy(&slab_mm, slabs, cache);
    slab_stop();
}

MACHINE_TEST(the_number_of_caches_is_limited)
{
    struct slab_cache *caches[SLAB_NAMED_MAX];

    slab_start();
    for (uint32_t i = 0; i < SLAB_NAMED_MAX; i++) {
        caches[i] = slab_cache_create(slabs, "test", 8 + i, 8);
        assert_non_null(caches[i]);
    }
    assert_null(slab_cache_create(slabs, "test", 8, 8));
    for (uint32_t i = 0; i < SLAB_NAMED_MAX; i++)
        slab_cache_destroy(&slab_mm, slabs, caches[i]);
    assert_ptr_equal(slab_cache_create(slabs, "test", 8, 8), caches[0]);
    slab_stop();
}
