#include "bits.h"
#include "owners.h"
#include "slab_layout.h"

/* ---- one slab ---- */

static uint32_t slab_bytes(const struct slab_frame *info)
{
    return PAGE_SIZE << info->order;
}

static uint32_t count_in_magazine(const struct slabs *slabs, const struct slab_cache *cache,
                                  uint32_t slab)
{
    uint32_t bytes = slab_bytes(slab_info(slabs, slab));
    uint32_t count = 0;

    for (uint32_t i = 0; i < cache->count; i++)
        count += cache->magazine[i].object - slab < bytes;
    return count;
}

static const char *check_objects(const struct slabs *slabs, const struct slab_cache *cache,
                                 uint32_t slab)
{
    const struct slab_frame *info = slab_info(slabs, slab);
    const uint32_t *map = slab_word(slab_map(slabs, cache, slab));
    uint32_t live = 0;

    for (uint32_t word = 0; word < slab_map_words(cache, info->order); word++) {
        if ((map[word] & ~cache->starts[word]) != 0)
            return "slab: an address that is not the start of an object is live";
        live += count_bits(map[word]);
    }
    if (live + info->free + count_in_magazine(slabs, cache, slab) != cache->capacity[info->order])
        return "slab: the live, the free and the kept objects are not all objects of a slab";
    return NULL;
}

static const char *check_slab(const struct mm *mm, const struct slabs *slabs,
                              const struct slab_cache *cache, uint32_t slab)
{
    uint32_t first = frame_of(slabs, slab);
    uint32_t order = slab_info(slabs, slab)->order;

    if (order != cache->order && order != cache->order_least)
        return "slab: a slab's order is not its cache's";
    if (slab % (PAGE_SIZE << order) != 0 || first + (1u << order) > slabs->frames)
        return "slab: a slab is not aligned to its size, or too long";
    if (owner_read(mm, address_to_pfn(slabs, slab)) != owner_pack(OWNER_SLAB, order))
        return "slab: the frames of a slab have another owner";
    for (uint32_t i = 1; i < 1u << order; i++)
        if (*cache_of(slabs, first + i) != cache->index ||
            frame_info(slabs, first + i)->order != order)
            return "slab: the frames of a slab disagree";
    return check_objects(slabs, cache, slab);
}

/* ---- all frames ---- */

struct totals {
    uint32_t slab_frames;
    uint32_t large_frames;
    uint32_t cache_frames[SLAB_CACHES];
    uint32_t cache_partial[SLAB_CACHES]; /* the number of slabs that belong on the list */
    uint32_t cache_empty[SLAB_CACHES];
};

static void total_slab(const struct slab_cache *cache, const struct slab_frame *info,
                       struct totals *totals)
{
    bool is_empty = info->free == cache->capacity[info->order];

    totals->slab_frames += 1u << info->order;
    totals->cache_frames[cache->index] += 1u << info->order;
    totals->cache_empty[cache->index] += is_empty;
    totals->cache_partial[cache->index] += info->free != 0 && !is_empty;
}

/* Checks the slab or large block that starts at a frame, if there is one, and sets *frames to its
   length. */
static const char *check_frame(const struct mm *mm, const struct slabs *slabs, uint32_t frame,
                               struct totals *totals, uint32_t *frames)
{
    const struct slab_frame *info = frame_info(slabs, frame);
    uint32_t address = slabs->start + (frame << PAGE_SHIFT);
    pfn_t first = address_to_pfn(slabs, address);
    uint32_t cache = *cache_of(slabs, frame);

    *frames = 1u << owner_order(mm, first);
    if (cache != 0) {
        if (cache >= SLAB_CACHES || !slabs->cache[cache].in_use)
            return "slab: a frame names a cache that does not exist";
        const char *broken = check_slab(mm, slabs, &slabs->cache[cache], address);
        if (broken != NULL)
            return broken;
        total_slab(&slabs->cache[cache], info, totals);
        *frames = 1u << info->order;
        return NULL;
    }
    if ((owner_read(mm, first) & OWNER_MASK) == OWNER_SLAB)
        return "slab: a slab's frames have no cache";
    if (!is_large(mm, first))
        return NULL;
    totals->large_frames += *frames;
    return info->page_class <= PAGES_DMA
               ? NULL
               : "slab: a large block has a page class that does not exist";
}

/* Checks that the live map beside a frame is clear, if no objects use it. */
static const char *check_unused_map(const struct slabs *slabs, uint32_t frame)
{
    const uint32_t *map = slab_word(slabs->maps + frame * 8u);
    uint32_t cache = *cache_of(slabs, frame);

    if (cache != 0 && !map_in_page(&slabs->cache[cache]))
        return NULL;
    return map[0] == 0 && map[1] == 0 ? NULL : "slab: an object outside of every slab is live";
}

static const char *check_frames(const struct mm *mm, const struct slabs *slabs,
                                struct totals *totals)
{
    const char *broken = NULL;
    uint32_t frames;

    for (uint32_t frame = 0; frame < slabs->frames && broken == NULL; frame += frames)
        broken = check_frame(mm, slabs, frame, totals, &frames);
    for (uint32_t frame = 0; frame < slabs->frames && broken == NULL; frame++)
        broken = check_unused_map(slabs, frame);
    return broken;
}

/* ---- caches ---- */

/* This ends on every list: where a list leads back into itself, a slab has a wrong link back. */
static const char *check_list(const struct slabs *slabs, const struct slab_cache *cache,
                              uint32_t slab, bool of_empty, uint32_t slabs_left)
{
    for (uint32_t prev = 0; slab != 0; prev = slab, slab = slab_info(slabs, slab)->next) {
        const struct slab_frame *info = slab_info(slabs, slab);
        if (frame_of(slabs, slab) >= slabs->frames || slab_of(slabs, slab) != slab ||
            *cache_of(slabs, frame_of(slabs, slab)) != cache->index)
            return "slab: a list leads to a frame that is not a slab of its cache";
        if (info->prev != prev)
            return "slab: a link back is wrong";
        if (info->free == 0 || (info->free == cache->capacity[info->order]) != of_empty)
            return "slab: a slab is on the wrong list";
        slabs_left--;
    }
    return slabs_left == 0 ? NULL : "slab: a slab is on no list";
}

static const char *check_magazine(const struct slabs *slabs, const struct slab_cache *cache)
{
    if (cache->count > cache->limit)
        return "slab: a magazine holds more than its limit";
    for (uint32_t i = 0; i < cache->count; i++) {
        uint32_t object = cache->magazine[i].object;
        uint32_t frame = frame_of(slabs, object);
        if (frame >= slabs->frames || *cache_of(slabs, frame) != cache->index)
            return "slab: a magazine holds an address outside of its cache";
        if (live_bit_is_set(live_bit_of(slabs, cache, object)))
            return "slab: an object in a magazine is live";
        if (cache->magazine[i].word != live_bit_of(slabs, cache, object).word)
            return "slab: a magazine names the bit of another object";
        for (uint32_t k = 0; k < i; k++)
            if (cache->magazine[k].object == object)
                return "slab: a magazine holds an object twice";
    }
    return NULL;
}

static const char *check_cache(const struct slabs *slabs, const struct slab_cache *cache,
                               const struct totals *totals)
{
    uint32_t index = cache->index;
    const char *broken =
        check_list(slabs, cache, cache->partial, false, totals->cache_partial[index]);

    if (broken == NULL)
        broken = check_list(slabs, cache, cache->empty, true, totals->cache_empty[index]);
    if (broken == NULL && cache->frames != totals->cache_frames[index])
        broken = "slab: a cache's frames are not those of its slabs";
    return broken;
}

static const char *check_empty_frames(const struct slabs *slabs)
{
    uint32_t frames[ZONE_HIGH] = {0};

    for (uint32_t i = 0; i < SLAB_CACHES; i++) {
        uint32_t slab = slabs->cache[i].empty;
        for (; slab != 0; slab = slab_info(slabs, slab)->next)
            frames[zone_of(address_to_pfn(slabs, slab))] += 1u << slab_info(slabs, slab)->order;
    }
    return frames[ZONE_DMA] == slabs->empty_frames[ZONE_DMA] &&
                   frames[ZONE_LOW] == slabs->empty_frames[ZONE_LOW]
               ? NULL
               : "slab: empty_frames disagrees with the lists";
}

static const char *check_seals(const struct slabs *slabs)
{
    if (slabs->places_seal != slabs_places_seal(slabs) || slabs->seal != slabs_seal(slabs))
        return "slab: the address of an array has changed by itself";
    for (uint32_t i = 0; i < SLAB_CACHES; i++) {
        const struct slab_cache *cache = &slabs->cache[i];
        if (cache->seal != slab_cache_seal(cache))
            return "slab: the words of a cache have changed by themselves";
        if (cache->count > cache->limit || cache->tally != slab_cache_tally(cache))
            return "slab: a magazine has changed by itself";
    }
    return NULL;
}

const char *slabs_check(const struct mm *mm, const struct slabs *slabs)
{
    struct totals totals = {0};
    const char *broken = MM_HARDENING >= HARDEN_FULL ? check_seals(slabs) : NULL;

    for (uint32_t i = 0; i < SLAB_CACHES && broken == NULL; i++)
        broken = check_magazine(slabs, &slabs->cache[i]);
    if (broken == NULL)
        broken = check_frames(mm, slabs, &totals);
    for (uint32_t i = 0; i < SLAB_CACHES && broken == NULL; i++)
        broken = check_cache(slabs, &slabs->cache[i], &totals);
    if (broken == NULL)
        broken = check_empty_frames(slabs);
    if (broken == NULL && slabs->slab_frames != totals.slab_frames)
        broken = "slab: slab_frames disagrees with the slabs";
    if (broken == NULL && slabs->large_frames != totals.large_frames)
        broken = "slab: large_frames disagrees with the blocks";
    return broken;
}
