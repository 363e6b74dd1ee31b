#include "slab_layout.h"

#include "watched.h"
#include <mm/strategy.h>

/* ---- lists of slabs ---- */

static void list_add(const struct slabs *slabs, uint32_t *list, uint32_t slab)
{
    struct slab_frame *info = slab_info(slabs, slab);

    if (MM_HARDENING >= HARDEN_FULL && *list != 0)
        slab_verify_first(slabs, *list, "slab_list_add");
    info->next = *list;
    info->prev = 0;
    if (*list != 0)
        slab_info(slabs, *list)->prev = slab;
    *list = slab;
}

static void list_remove(const struct slabs *slabs, uint32_t *list, uint32_t slab)
{
    const struct slab_frame *info = slab_info(slabs, slab);

    slab_guard_list(slabs, slab, "slab_list_remove");
    if (info->next != 0)
        slab_info(slabs, info->next)->prev = info->prev;
    if (info->prev != 0)
        slab_info(slabs, info->prev)->next = info->next;
    else
        *list = info->next;
}

/* ---- slabs come and go ---- */

static void count_slab_frames(struct mm *mm, struct slabs *slabs, struct slab_cache *cache,
                              uint32_t frames)
{
    cache->frames += frames;
    slabs->slab_frames += frames;
    mm_count_heap_span(mm, slabs_span_bytes(slabs));
}

static void slab_mark(const struct slabs *slabs, uint32_t slab, uint32_t order, uint8_t cache)
{
    uint32_t first = frame_of(slabs, slab);

    for (uint32_t frame = first; frame < first + (1u << order); frame++) {
        *cache_of(slabs, frame) = cache;
        frame_info(slabs, frame)->order = (uint8_t)order;
    }
}

/* Clears a live map that lies in the slab's page, where the page's old contents were. A map beside
   the slab is clear already, because no object was live there. */
static void slab_clear_map(const struct slabs *slabs, const struct slab_cache *cache, uint32_t slab)
{
    uint32_t *map = slab_word(slab_map(slabs, cache, slab));

    for (uint32_t i = 0; i < SLAB_MAP_WORDS && map_in_page(cache); i++)
        map[i] = 0;
}

/* Creates a slab, all of whose objects are free, and adds it to the list `partial`. Returns false
   if no frames are free. */
static bool slab_create(struct mm *mm, struct slabs *slabs, struct slab_cache *cache)
{
    uint32_t order = cache->order;
    pfn_t first = mm_pages_take(mm, order, (enum page_class)cache->page_class, OWNER_SLAB);

    if (pfn_is_none(first) && cache->order_least < order) {
        order = cache->order_least;
        first = mm_pages_take(mm, order, (enum page_class)cache->page_class, OWNER_SLAB);
    }
    if (pfn_is_none(first))
        return false;
    uint32_t slab = pfn_to_address(slabs, first);
    slab_mark(slabs, slab, order, cache->index);
    slab_clear_map(slabs, cache, slab);
    if (MM_HARDENING >= HARDEN_FULL)
        fill_freed(slab, slab + cache->capacity[order] * cache->object_bytes);
    slab_info(slabs, slab)->free = cache->capacity[order];
    list_add(slabs, &cache->partial, slab);
    count_slab_frames(mm, slabs, cache, 1u << order);
    return true;
}

/* Gives the frames of a slab back. The slab must be on no list. */
static void slab_give_back(struct mm *mm, struct slabs *slabs, struct slab_cache *cache,
                           uint32_t slab)
{
    uint32_t order = slab_info(slabs, slab)->order;

    if (MM_HARDENING >= HARDEN_FULL)
        slab_verify_objects(slabs, cache, slab);
    slab_mark(slabs, slab, order, 0);
    count_slab_frames(mm, slabs, cache, 0u - (1u << order));
    mm_pages_give(mm, address_to_pfn(slabs, slab), order);
}

static uint32_t *empty_frames(struct slabs *slabs, uint32_t slab)
{
    return &slabs->empty_frames[zone_of(address_to_pfn(slabs, slab))];
}

static void slab_keep_empty(struct slabs *slabs, struct slab_cache *cache, uint32_t slab)
{
    list_add(slabs, &cache->empty, slab);
    *empty_frames(slabs, slab) += 1u << slab_info(slabs, slab)->order;
}

/* Takes the first slab of the list `empty`, which must have one. */
static uint32_t slab_take_empty(struct slabs *slabs, struct slab_cache *cache)
{
    uint32_t slab = cache->empty;

    list_remove(slabs, &cache->empty, slab);
    *empty_frames(slabs, slab) -= 1u << slab_info(slabs, slab)->order;
    return slab;
}

/* ---- magazines ---- */

/* Moves the objects of the magazine down by `places`. */
static void magazine_move_down(struct slab_cache *cache, uint32_t places)
{
    for (uint32_t at = 0; at < cache->count; at++)
        cache->magazine[at] = cache->magazine[at + places];
}

/* Adds objects from the magazine to those that are free in their slab. If the slab has all its
   objects then, it is kept on the list `empty`, or given back. */
static void objects_return(struct mm *mm, struct slabs *slabs, struct slab_cache *cache,
                           uint32_t slab, uint32_t count, bool keep_empty)
{
    struct slab_frame *info = slab_info(slabs, slab);
    uint32_t free = info->free + count;

    if (info->free == 0)
        list_add(slabs, &cache->partial, slab);
    info->free = (uint16_t)free;
    if (free < cache->capacity[info->order])
        return;
    list_remove(slabs, &cache->partial, slab);
    if (keep_empty)
        slab_keep_empty(slabs, cache, slab);
    else
        slab_give_back(mm, slabs, cache, slab);
}

/* Returns the `count` oldest objects of the magazine to their slabs, and moves the others down.
   Objects that follow one another are often of one slab, and return together. */
static void magazine_flush(struct mm *mm, struct slabs *slabs, struct slab_cache *cache,
                           uint32_t count, bool keep_empty)
{
    const struct slab_place *magazine = cache->magazine;

    magazine_guard(cache, "slab_flush");
    for (uint32_t at = 0, end = 1; at < count; at = end++) {
        uint32_t slab = slab_of(slabs, magazine[at].object);
        uint32_t slab_bytes = PAGE_SIZE << slab_info(slabs, slab)->order;
        while (end < count && magazine[end].object - slab < slab_bytes)
            end++;
        objects_return(mm, slabs, cache, slab, end - at, keep_empty);
    }
    cache->count -= count;
    magazine_move_down(cache, count);
    magazine_changed(cache);
}

/* Returns some objects of the next cache if it seems to be idle: its magazine has as many objects
   as when it was looked at before. This is done after a slab has come or gone. Free objects in the
   magazines of idle caches would keep their slabs, and thereby break up the free frames. */
static void next_cache_trim(struct mm *mm, struct slabs *slabs)
{
    uint32_t next = slabs->trimmed < SLAB_CACHES - 1u ? slabs->trimmed + 1u : 0;
    struct slab_cache *cache = &slabs->cache[next];
    uint32_t count = cache->count;

    slabs->trimmed = next;
    if (count == cache->count_before)
        magazine_flush(mm, slabs, cache, count < SLAB_TRIM ? count : SLAB_TRIM, false);
    cache->count_before = cache->count;
}

void slab_flush_half(struct mm *mm, struct slabs *slabs, struct slab_cache *cache)
{
    uint32_t frames = slabs->slab_frames;

    magazine_flush(mm, slabs, cache, cache->limit / 2u, false);
    if (slabs->slab_frames != frames)
        next_cache_trim(mm, slabs);
}

/*
 * Moves free objects of a slab to the magazine, to the places below `end` down to 0. Returns the
 * place of the last. The lowest object gets the highest place, so that it is handed out first. The
 * magazine held none of this slab's, so every object with a clear bit is free in the slab. (In a
 * slab of the lower order, the last start may belong to an object that does not fit; it is never
 * reached.)
 */
static uint32_t slab_take_objects(struct slabs *slabs, struct slab_cache *cache, uint32_t slab,
                                  uint32_t end)
{
    struct slab_frame *info = slab_info(slabs, slab);
    uint32_t word_address = slab_map(slabs, cache, slab);
    uint32_t taken = end < info->free ? end : info->free;
    uint32_t stop = end - taken;

    info->free = (uint16_t)(info->free - taken);
    if (info->free == 0)
        list_remove(slabs, &cache->partial, slab);
    for (uint32_t word = 0; end > stop; word++, word_address += 4u) {
        if (MM_HARDENING >= HARDEN_FULL && word == SLAB_MAP_WORDS)
            machine_panic("slab_alloc", "a slab has fewer free objects than it counts", slab);
        uint32_t free = cache->starts[word] & ~*slab_word(word_address);
        uint32_t word_start = slab + (word * 32u << cache->map_shift);
        for (; free != 0 && end > stop; free &= free - 1u) {
            uint32_t object = word_start + ((uint32_t)__builtin_ctz(free) << cache->map_shift);
            cache->magazine[--end] = (struct slab_place){object, word_address};
        }
    }
    return stop;
}

/* Fills the empty magazine by half from existing slabs, or from one new slab. Returns false if it
   stays empty. */
static bool magazine_refill(struct mm *mm, struct slabs *slabs, struct slab_cache *cache)
{
    uint32_t half = cache->limit / 2u;
    uint32_t end = half;

    magazine_guard(cache, "slab_alloc");
    while (end > 0) {
        if (cache->partial == 0 && cache->empty != 0)
            list_add(slabs, &cache->partial, slab_take_empty(slabs, cache));
        if (cache->partial == 0 && end == half && slab_create(mm, slabs, cache))
            next_cache_trim(mm, slabs); /* not this one: its magazine is empty */
        if (cache->partial == 0)
            break;
        slab_guard_list(slabs, cache->partial, "slab_alloc");
        end = slab_take_objects(slabs, cache, cache->partial, end);
    }
    cache->count = half - end;
    if (end != 0)
        magazine_move_down(cache, end);
    magazine_changed(cache);
    return cache->count != 0;
}

vaddr_t slab_take_refilled(struct mm *mm, struct slabs *slabs, struct slab_cache *cache)
{
    if (!magazine_refill(mm, slabs, cache))
        return VADDR_NONE;
    object_verify(slabs, cache, cache->count - 1u);
    return magazine_take(cache, cache->count - 1u);
}

/* ---- giving frames back ---- */

void slabs_gather(struct mm *mm, struct slabs *slabs)
{
    for (uint32_t i = 0; i < SLAB_CACHES; i++)
        magazine_flush(mm, slabs, &slabs->cache[i], slabs->cache[i].count, true);
}

static void cache_release(struct mm *mm, struct slabs *slabs, struct slab_cache *cache)
{
    while (cache->empty != 0)
        slab_give_back(mm, slabs, cache, slab_take_empty(slabs, cache));
}

void slabs_release(struct mm *mm, struct slabs *slabs)
{
    for (uint32_t i = 0; i < SLAB_CACHES; i++)
        cache_release(mm, slabs, &slabs->cache[i]);
}

void slab_cache_shrink(struct mm *mm, struct slabs *slabs, struct slab_cache *cache)
{
    bool watched = watched_enter();

    magazine_flush(mm, slabs, cache, cache->count, false);
    cache_release(mm, slabs, cache);
    watched_leave(watched);
}

/* Tells if the frame belongs to a slab that has all its objects. */
static bool frame_is_empty_slab(const struct slabs *slabs, pfn_t frame)
{
    uint32_t address = pfn_to_address(slabs, frame);
    uint32_t index = *cache_of(slabs, frame_of(slabs, address));

    if (index == 0)
        return false;
    const struct slab_frame *info = slab_info(slabs, slab_of(slabs, address));
    return info->free == slabs->cache[index].capacity[info->order];
}

/* Tells if every frame of a block is free or belongs to an empty slab. */
static bool release_completes(const struct slabs *slabs, pfn_t first, uint32_t order,
                              bool (*is_free)(const void *frames, pfn_t frame), const void *frames)
{
    pfn_t end = pfn_add(first, 1u << order);

    if (first.value < slabs->first || end.value > slabs->first + slabs->frames)
        return false;
    for (pfn_t frame = first; frame.value < end.value; frame = pfn_add(frame, 1))
        if (!frame_is_empty_slab(slabs, frame) && !is_free(frames, frame))
            return false;
    return true;
}

bool slabs_release_makes(const struct slabs *slabs, uint32_t order, enum zone zone,
                         bool (*is_free)(const void *frames, pfn_t frame), const void *frames)
{
    for (uint32_t i = 0; i < SLAB_CACHES; i++) {
        uint32_t slab = slabs->cache[i].empty;
        for (; slab != 0; slab = slab_info(slabs, slab)->next) {
            slab_guard_list(slabs, slab, __func__);
            pfn_t first = pfn(address_to_pfn(slabs, slab).value & UINT32_MAX << order);
            if (zone_of(first) == zone && release_completes(slabs, first, order, is_free, frames))
                return true;
        }
    }
    return false;
}
