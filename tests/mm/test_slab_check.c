/* Tests the slabs' checker: each rule is broken alone. */
#include "mm/slab_layout.h"
#include "support/model_mm.h"
#include "support/test.h"

static struct mm mm;
static struct slabs *slabs;
/* Objects of 32 bytes: the bits are in the page; the last object is free. */
static vaddr_t small[3];
/* Of 1,024 bytes, all live: the bits are beside the slab, which has two frames. */
static vaddr_t mid[8];
static vaddr_t large; /* 16 KiB */
static vaddr_t empty; /* an empty slab that is on a list */
static struct slab_cache *small_cache;
static struct slab_cache *mid_cache;
static struct slab_cache *empty_cache;

static struct slab_cache *cache_having(vaddr_t object)
{
    return &slabs->cache[*cache_of(slabs, frame_of(slabs, object.value))];
}

static void slabs_to_break(void)
{
    model_start(&mm, mm_strategy_find("zoned"), 64 * MIB);
    slabs = zoned_slabs(&mm);
    empty = kmalloc(&mm, 2048, PAGES_LOW);
    empty_cache = cache_having(empty);
    kfree(&mm, empty);
    slabs_gather(&mm, slabs);
    for (uint32_t i = 0; i < 3; i++)
        small[i] = kmalloc(&mm, 32, PAGES_LOW);
    for (uint32_t i = 0; i < 8; i++)
        mid[i] = kmalloc(&mm, 1024, PAGES_LOW);
    small_cache = cache_having(small[0]);
    mid_cache = cache_having(mid[0]);
    kfree(&mm, small[2]);
    large = kmalloc(&mm, 16384, PAGES_LOW);
    assert_null(slabs_check(&mm, slabs));
}

static struct slab_frame *info_of(vaddr_t object)
{
    return slab_info(slabs, slab_of(slabs, object.value));
}

static void break_start(void)
{
    *slab_word(slab_map(slabs, mid_cache, mid[0].value)) |= 2;
}

static void break_start_in_page(void)
{
    *slab_word(slab_map(slabs, small_cache, small[0].value)) |= 2;
}

static void break_free_count(void)
{
    info_of(mid[0])->free++;
}

static void break_live(void)
{
    live_bit_clear(live_bit_of(slabs, mid_cache, mid[0].value));
}

static void break_lost(void)
{
    small_cache->count--;
}

static void break_order(void)
{
    info_of(mid[0])->order = 2;
}

static void break_frames_disagree(void)
{
    slab_info(slabs, mid[0].value + PAGE_SIZE)->order = 0;
}

static void break_frames_owner(void)
{
    *cache_of(slabs, frame_of(slabs, mid[0].value) + 1) = small_cache->index;
}

/* Only the second frame is wrong. */
static void break_alignment(void)
{
    *cache_of(slabs, frame_of(slabs, mid[0].value)) = 0;
}

static void break_too_long(void)
{
    slabs_gather(&mm, slabs); /* so that no magazine leads beyond the end */
    slabs->frames = frame_of(slabs, mid[0].value) + 1;
}

static void break_owner(void)
{
    *cache_of(slabs, 0) = SLAB_CACHES;
}

static void break_owner_unused(void)
{
    *cache_of(slabs, 0) = SLAB_CACHES - 1;
}

static void break_frames_other(void)
{
    owner_set(&mm, address_to_pfn(slabs, mid[0].value), 1, OWNER_KERNEL);
}

static void break_frames_nobodys(void)
{
    owner_set(&mm, address_to_pfn(slabs, large.value), 2, OWNER_SLAB);
}

static void break_large_class(void)
{
    slab_info(slabs, large.value)->page_class = PAGES_USER;
}

static void break_unused_map(void)
{
    *slab_word(slabs->maps) = 1;
}

static void break_map_of_in_page(void)
{
    *slab_word(slabs->maps + frame_of(slabs, small[0].value) * 8 + 4) = 1;
}

static void break_limit(void)
{
    small_cache->count = small_cache->limit + 1;
}

static void break_magazine_elsewhere(void)
{
    small_cache->magazine[0].object = mid[2].value;
}

static void break_magazine_beyond(void)
{
    small_cache->magazine[0].object = DIRECT_MAP_BASE;
}

static void break_magazine_live(void)
{
    small_cache->magazine[0].object = small[0].value;
}

static void break_magazine_word(void)
{
    small_cache->magazine[0].word += 4;
}

static void break_magazine_twice(void)
{
    small_cache->magazine[0] = small_cache->magazine[1];
}

static void break_list_loop(void)
{
    uint32_t slab = slab_of(slabs, small[0].value);

    slab_info(slabs, slab)->next = slab;
}

static void break_list_owner(void)
{
    mid_cache->partial = small_cache->partial;
}

static void break_list_beyond(void)
{
    small_cache->partial = DIRECT_MAP_BASE;
}

static void break_list_not_first(void)
{
    empty_cache->empty += PAGE_SIZE;
}

static void break_link_back(void)
{
    slab_info(slabs, small_cache->partial)->prev = small_cache->partial;
}

static void break_list_empty(void)
{
    empty_cache->partial = empty_cache->empty;
    empty_cache->empty = 0;
}

static void break_unlisted(void)
{
    small_cache->partial = 0;
}

static void break_unlisted_empty(void)
{
    empty_cache->empty = 0;
}

static void break_cache_frames(void)
{
    mid_cache->frames++;
}

static void break_empty_frames_low(void)
{
    slabs->empty_frames[ZONE_LOW]++;
}

static void break_empty_frames_dma(void)
{
    slabs->empty_frames[ZONE_DMA]++;
}

static void break_slab_frames(void)
{
    slabs->slab_frames++;
}

static void break_large_frames(void)
{
    slabs->large_frames++;
}

MACHINE_TEST(checker_names_each_rule)
{
    static const struct {
        void (*break_it)(void);
        const char *rule;
    } rules[] = {
        {break_start, "slab: an address that is not the start of an object is live"},
        {break_start_in_page, "slab: an address that is not the start of an object is live"},
        {break_free_count,
         "slab: the live, the free and the kept objects are not all objects of a slab"},
        {break_live, "slab: the live, the free and the kept objects are not all objects of a slab"},
        {break_lost, "slab: the live, the free and the kept objects are not all objects of a slab"},
        {break_order, "slab: a slab's order is not its cache's"},
        {break_frames_disagree, "slab: the frames of a slab disagree"},
        {break_frames_owner, "slab: the frames of a slab disagree"},
        {break_alignment, "slab: a slab's frames have no cache"},
        {break_too_long, "slab: a slab is not aligned to its size, or too long"},
        {break_owner, "slab: a frame names a cache that does not exist"},
        {break_owner_unused, "slab: a frame names a cache that does not exist"},
        {break_frames_other, "slab: the frames of a slab have another owner"},
        {break_frames_nobodys, "slab: a slab's frames have no cache"},
        {break_large_class, "slab: a large block has a page class that does not exist"},
        {break_unused_map, "slab: an object outside of every slab is live"},
        {break_map_of_in_page, "slab: an object outside of every slab is live"},
        {break_limit, "slab: a magazine holds more than its limit"},
        {break_magazine_elsewhere, "slab: a magazine holds an address outside of its cache"},
        {break_magazine_beyond, "slab: a magazine holds an address outside of its cache"},
        {break_magazine_live, "slab: an object in a magazine is live"},
        {break_magazine_word, "slab: a magazine names the bit of another object"},
        {break_magazine_twice, "slab: a magazine holds an object twice"},
        {break_list_loop, "slab: a link back is wrong"},
        {break_list_owner, "slab: a list leads to a frame that is not a slab of its cache"},
        {break_list_beyond, "slab: a list leads to a frame that is not a slab of its cache"},
        {break_list_not_first, "slab: a list leads to a frame that is not a slab of its cache"},
        {break_link_back, "slab: a link back is wrong"},
        {break_list_empty, "slab: a slab is on the wrong list"},
        {break_unlisted, "slab: a slab is on no list"},
        {break_unlisted_empty, "slab: a slab is on no list"},
        {break_cache_frames, "slab: a cache's frames are not those of its slabs"},
        {break_empty_frames_low, "slab: empty_frames disagrees with the lists"},
        {break_empty_frames_dma, "slab: empty_frames disagrees with the lists"},
        {break_slab_frames, "slab: slab_frames disagrees with the slabs"},
        {break_large_frames, "slab: large_frames disagrees with the blocks"},
    };

    for (uint32_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        slabs_to_break();
        rules[i].break_it();
        const char *broken = slabs_check(&mm, slabs);
        if (broken == NULL)
            fail_msg("the checker does not see: %s", rules[i].rule);
        assert_string_equal(broken, rules[i].rule);
        mm_exit(&mm);
    }
}
