#include "slab_fast.h"
#include "watched.h"

_Static_assert(PAGES_LOW == 0 && PAGES_DMA == 1, "kmalloc()'s caches of DMA follow those of LOW");

/* ---- metadata ---- */

/*
 *     | maps, 8 bytes a frame | infos, 12 bytes a frame | caches, 1 byte a frame |
 */
uint32_t slabs_bytes(uint32_t frames)
{
    return frames * SLABS_FRAME_BYTES;
}

static void words_clear(uint32_t address, uint32_t bytes)
{
    for (uint32_t at = 0; at < bytes; at += 4u)
        *slab_word(address + at) = 0;
}

/* ---- the layout of a cache's slabs ---- */

static uint32_t object_size(uint32_t bytes, uint32_t alignment)
{
    uint32_t size = align_up(bytes, alignment > SLAB_GRANULE ? alignment : SLAB_GRANULE);

    return size < IN_PAGE_BELOW ? size : align_up(size, MAP_UNIT);
}

static void cache_place_map(const struct slabs *slabs, struct slab_cache *cache)
{
    if (cache->object_bytes % MAP_UNIT != 0) {
        cache->map_base = slabs->start + MAP_IN_PAGE;
        cache->map_gap = MAP_IN_PAGE;
        cache->map_shift = IN_PAGE_SHIFT;
    } else {
        cache->map_base = slabs->maps;
        cache->map_shift = MAP_SHIFT;
    }
}

/* Chooses the smallest order that holds enough objects, otherwise the largest, as Linux does
   (mm/slub.c, calculate_order()). order_least, the smallest that holds one object, is used if no
   frames of that order are free. */
static void cache_choose_order(struct slab_cache *cache)
{
    uint32_t order_max = map_in_page(cache) ? 0 : SLAB_ORDER_MAX;

    cache->order = (uint8_t)order_max;
    cache->order_least = (uint8_t)order_max;
    for (uint32_t order = order_max + 1u; order-- > 0;) {
        uint32_t bytes = map_in_page(cache) ? MAP_IN_PAGE : PAGE_SIZE << order;
        cache->capacity[order] = (uint16_t)(bytes / cache->object_bytes);
        if (cache->capacity[order] >= SLAB_OBJECTS_GOOD)
            cache->order = (uint8_t)order;
        if (cache->capacity[order] != 0)
            cache->order_least = (uint8_t)order;
    }
}

static void cache_mark_starts(struct slab_cache *cache)
{
    uint32_t unit = map_unit(cache);

    for (uint32_t i = 0; i < cache->capacity[cache->order]; i++) {
        uint32_t bit = i * cache->object_bytes / unit;
        cache->starts[bit / 32u] |= 1u << bit % 32u;
    }
}

/* A magazine holds at most 16 KiB of objects, but at least eight objects. */
#define MAGAZINE_BYTES 16384u
#define MAGAZINE_LEAST 8u

static uint32_t magazine_limit(uint32_t object_bytes)
{
    uint32_t limit = MAGAZINE_BYTES / object_bytes;

    return limit > SLAB_MAGAZINE ? SLAB_MAGAZINE : limit < MAGAZINE_LEAST ? MAGAZINE_LEAST : limit;
}

static void cache_set(struct slabs *slabs, uint32_t index, uint32_t object_bytes,
                      enum page_class page_class)
{
    struct slab_cache *cache = &slabs->cache[index];

    *cache =
        (struct slab_cache){.object_bytes = object_bytes, .page_class = page_class, .in_use = true};
    cache->index = (uint8_t)index;
    cache->limit = magazine_limit(object_bytes);
    cache_place_map(slabs, cache);
    cache->map_units = slabs->frames << (PAGE_SHIFT - cache->map_shift);
    cache_choose_order(cache);
    cache_mark_starts(cache);
}

/* Seals a cache in HARDEN_FULL. After this, only its lists, counts and magazine change. */
static void cache_reseal(struct slab_cache *cache)
{
    if (MM_HARDENING < HARDEN_FULL)
        return;
    cache->seal = slab_cache_seal(cache);
    cache->tally = slab_cache_tally(cache);
}

/* ---- kmalloc()'s caches ---- */

static const struct {
    uint16_t object_bytes;
    char name[8];
} classes[SLAB_CLASSES] = {
    {8, "8"},     {16, "16"},   {32, "32"},   {64, "64"},   {96, "96"},
    {128, "128"}, {192, "192"}, {256, "256"}, {512, "512"}, {1024, "1k"},
    {2048, "2k"}, {4096, "4k"}, {8192, "8k"},
};

/* Appends to a cache's name, which is truncated to SLAB_NAME_BYTES - 1 characters. */
static void name_append(struct slab_cache *cache, const char *text)
{
    uint32_t length = 0;

    while (cache->name[length] != '\0')
        length++;
    while (*text != '\0' && length < SLAB_NAME_BYTES - 1u)
        cache->name[length++] = *text++;
    cache->name[length] = '\0';
}

static void kmalloc_caches_set(struct slabs *slabs, enum page_class page_class)
{
    for (uint32_t i = 0; i < SLAB_CLASSES; i++) {
        uint32_t index = 1u + (uint32_t)page_class * SLAB_CLASSES + i;
        cache_set(slabs, index, classes[i].object_bytes, page_class);
        name_append(&slabs->cache[index], page_class == PAGES_DMA ? "dma-kmalloc-" : "kmalloc-");
        name_append(&slabs->cache[index], classes[i].name);
        cache_reseal(&slabs->cache[index]);
    }
}

/* This clears words, because a compound literal would take 61 KiB of the kernel's stack. */
static void slabs_clear(struct slabs *slabs)
{
    uint32_t *words = (uint32_t *)slabs;

    for (uint32_t i = 0; i < sizeof *slabs / sizeof *words; i++)
        words[i] = 0;
}

void slabs_init(struct slabs *slabs, vaddr_t arrays, vaddr_t base, struct frame_range low)
{
    MM_ASSERT(base.value % LARGE_PAGE_SIZE == 0);
    uint32_t frames = low.end.value - low.start.value;

    words_clear(arrays.value, slabs_bytes(frames));
    slabs_clear(slabs);
    slabs->first = low.start.value;
    slabs->frames = frames;
    slabs->start = vaddr_add(base, low.start.value << PAGE_SHIFT).value;
    slabs->maps = arrays.value;
    slabs->infos = slabs->maps + frames * 8u;
    slabs->caches = slabs->infos + frames * (uint32_t)sizeof(struct slab_frame);
    kmalloc_caches_set(slabs, PAGES_LOW);
    kmalloc_caches_set(slabs, PAGES_DMA);
    for (uint32_t granule = 0, i = 0; granule < SLAB_OBJECT_MAX / SLAB_GRANULE; granule++) {
        i += (granule + 1u) * SLAB_GRANULE > classes[i].object_bytes;
        slabs->class_of[granule] = (uint8_t)(1u + i);
    }
    if (MM_HARDENING < HARDEN_FULL)
        return;
    for (uint32_t i = 0; i < SLAB_CACHES; i++)
        cache_reseal(&slabs->cache[i]);
    slabs->places_seal = slabs_places_seal(slabs);
    slabs->seal = slabs_seal(slabs);
}

/* ---- caches with a name ---- */

struct slab_cache *slab_cache_create(struct slabs *slabs, const char *name, uint32_t bytes,
                                     uint32_t alignment)
{
    MM_ASSERT(bytes >= 1 && bytes <= SLAB_OBJECT_MAX);
    MM_ASSERT(alignment >= 1 && alignment <= PAGE_SIZE && (alignment & (alignment - 1u)) == 0);

    for (uint32_t i = SLAB_CACHES - SLAB_NAMED_MAX; i < SLAB_CACHES; i++) {
        if (slabs->cache[i].in_use)
            continue;
        cache_set(slabs, i, object_size(bytes, alignment), PAGES_LOW);
        name_append(&slabs->cache[i], name);
        cache_reseal(&slabs->cache[i]);
        return &slabs->cache[i];
    }
    return NULL;
}

__attribute__((noinline)) static vaddr_t watched_slab_alloc(struct mm *mm, struct slabs *slabs,
                                                            struct slab_cache *cache)
{
    machine_manager_enters();
    vaddr_t object = slab_take(mm, slabs, cache);
    if (!vaddr_is_none(object))
        machine_block_allocated(object, cache->object_bytes);
    machine_manager_leaves();
    return object;
}

vaddr_t slab_alloc(struct mm *mm, struct slabs *slabs, struct slab_cache *cache)
{
    if (machine_watches_blocks())
        return watched_slab_alloc(mm, slabs, cache);
    return slab_take(mm, slabs, cache);
}

static void object_free(struct mm *mm, struct slabs *slabs, struct slab_cache *cache,
                        vaddr_t object)
{
    if (slab_index_of(slabs, object.value) != cache->index)
        machine_panic("slab_free", "not a live object of this cache", object.value);
    slab_kfree(mm, slabs, object);
}

static void watched_slab_free(struct mm *mm, struct slabs *slabs, struct slab_cache *cache,
                              vaddr_t object)
{
    machine_manager_enters();
    object_free(mm, slabs, cache, object);
    machine_block_freed(object);
    machine_manager_leaves();
}

void slab_free(struct mm *mm, struct slabs *slabs, struct slab_cache *cache, vaddr_t object)
{
    if (machine_watches_blocks())
        watched_slab_free(mm, slabs, cache, object);
    else
        object_free(mm, slabs, cache, object);
}

void slab_cache_destroy(struct mm *mm, struct slabs *slabs, struct slab_cache *cache)
{
    slab_cache_shrink(mm, slabs, cache);
    if (cache->frames != 0)
        machine_panic(__func__, "the cache has live objects", cache->frames);
    cache->in_use = false;
    cache_reseal(cache);
}
