/* Tests what slabs panic on: each double free, each pointer to where no object starts, and misuse
 * of a cache. */
#include "support/model_slab.h"
#include "support/test.h"

static void run_kfree(void *context)
{
    kfree(&slab_mm, *(const vaddr_t *)context);
}

static void run_ksize(void *context)
{
    ksize(&slab_mm, *(const vaddr_t *)context);
}

static void run_krealloc(void *context)
{
    krealloc(&slab_mm, *(const vaddr_t *)context, 1);
}

static void assert_free_panics(uint32_t address, const char *fact)
{
    assert_panics(run_kfree, &(vaddr_t){address}, "panic: kfree: ");
    assert_panics(run_kfree, &(vaddr_t){address}, fact);
    assert_panics(run_ksize, &(vaddr_t){address}, fact);
    assert_panics(run_krealloc, &(vaddr_t){address}, fact);
}

static const char twice[] = "object is free already";
static const char inside[] = "pointer is not to the start of an object";
static const char elsewhere[] = "pointer is not into kmalloc's memory";
static const char no_block[] = "no live block starts there";

/* Every free of an object after the first panics, however many calls lie between, and whether the
 * object is in the magazine or in its slab. */
MACHINE_TEST(sees_each_double_free)
{
    static const uint32_t sizes[] = {8, 64, 96, 4096};

    slab_start();
    for (uint32_t s = 0; s < 4; s++) {
        vaddr_t keep = kmalloc(&slab_mm, sizes[s], PAGES_LOW);
        slab_blocks_alloc(7, sizes[s]);
        for (uint32_t i = 0; i < 7; i++) {
            kfree(&slab_mm, slab_blocks[i]);
            for (uint32_t k = 0; k <= i; k++)
                assert_free_panics(slab_blocks[k].value, twice);
        }
        slabs_gather(&slab_mm, slabs);
        for (uint32_t k = 0; k < 7; k++)
            assert_free_panics(slab_blocks[k].value, twice);
        kfree(&slab_mm, keep);
    }
    slab_stop();
}

MACHINE_TEST(sees_each_pointer_into_an_object)
{
    static const uint32_t sizes[] = {8, 32, 64, 96, 192, 4096};

    slab_start();
    for (uint32_t s = 0; s < 6; s++) {
        slab_blocks_alloc(4, sizes[s]);
        for (uint32_t i = 0; i < 4; i++)
            for (uint32_t at = 1; at < sizes[s]; at += at < 200 ? 1 : 61)
                assert_panics(run_kfree, &(vaddr_t){slab_blocks[i].value + at}, inside);
        slab_blocks_free(4);
    }
    slab_stop();
}

MACHINE_TEST(sees_pointers_from_elsewhere)
{
    slab_start();
    vaddr_t small = kmalloc(&slab_mm, 8, PAGES_LOW);
    vaddr_t large = kmalloc(&slab_mm, 100000, PAGES_LOW);
    pfn_t page = pages_alloc(&slab_mm, 0, PAGES_LOW);
    assert_free_panics(8, elsewhere);
    assert_panics(run_kfree, &(vaddr_t){DIRECT_MAP_BASE + 0x100000u},
                  "kfree: frame 0x00100 is reserved");
    assert_panics(run_kfree, &(vaddr_t){HEAP_AREA_BASE - 8}, "kfree: frame 0x2ffff is no RAM");
    /* The directory, through the recursive slot. */
    assert_free_panics(UINT32_MAX - 7, "is a page table");
    assert_free_panics(direct_map_frame(page).value, "is a single page");
    assert_free_panics(large.value + PAGE_SIZE, no_block);
    assert_free_panics(large.value + 8, no_block);
    /* In the bits at the end of the page. */
    assert_free_panics((small.value | PAGE_OFFSET_MASK) - 63u, inside);
    pages_free(&slab_mm, page, 0);
    kfree(&slab_mm, large);
    assert_free_panics(large.value, "is free");
    kfree(&slab_mm, small);
    slab_stop();
}

static struct slab_cache *bad_cache;

static void run_slab_free(void *context)
{
    slab_free(&slab_mm, slabs, bad_cache, *(const vaddr_t *)context);
}

static void run_destroy(void *context)
{
    slab_cache_destroy(&slab_mm, slabs, context);
}

static void run_create(void *context)
{
    const uint32_t *wish = context;

    slab_cache_create(slabs, "test", wish[0], wish[1]);
}

MACHINE_TEST(sees_a_caches_misuse)
{
    slab_start();
    struct slab_cache *one = slab_cache_create(slabs, "one", 64, 8);
    bad_cache = slab_cache_create(slabs, "other", 64, 8);
    vaddr_t object = slab_alloc(&slab_mm, slabs, one);
    vaddr_t block = kmalloc(&slab_mm, 64, PAGES_LOW);
    assert_panics(run_slab_free, &object, "slab_free: not a live object of this cache");
    assert_panics(run_slab_free, &block, "slab_free: not a live object of this cache");
    assert_panics(run_destroy, one, "slab_cache_destroy: the cache has live objects");
    assert_panics(run_create, (uint32_t[]){0, 8}, "slab_cache_create: ");
    assert_panics(run_create, (uint32_t[]){8193, 8}, "slab_cache_create: ");
    assert_panics(run_create, (uint32_t[]){8, 0}, "slab_cache_create: ");
    assert_panics(run_create, (uint32_t[]){8, 24}, "slab_cache_create: ");
    assert_panics(run_create, (uint32_t[]){8, 8192}, "slab_cache_create: ");
    slab_free(&slab_mm, slabs, one, object);
    kfree(&slab_mm, block);
    slab_cache_destroy(&slab_mm, slabs, one);
    slab_cache_destroy(&slab_mm, slabs, bad_cache);
    slab_stop();
}

static void run_unaligned_base(void *context)
{
    static struct slabs other;

    slabs_init(&other, direct_map_frame(*(const pfn_t *)context), vaddr(0x1000),
               (struct frame_range){pfn(0x1000), pfn(0x1001)});
}

MACHINE_TEST(the_linear_map_is_aligned)
{
    slab_start();
    pfn_t page = pages_alloc(&slab_mm, 0, PAGES_LOW);
    assert_panics(run_unaligned_base, &page, "slabs_init: base.value % LARGE_PAGE_SIZE == 0");
    pages_free(&slab_mm, page, 0);
    slab_stop();
}
