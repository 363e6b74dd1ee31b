#include "slab_layout.h"

#include <stddef.h>

#include "expect.h"

/* ---- words that never change ---- */

_Static_assert(offsetof(struct slab_cache, object_bytes) ==
                   offsetof(struct slab_cache, limit) + 5u * sizeof(uint32_t),
               "limit, where the bits are, and object_bytes follow one another");

uint32_t slab_cache_seal(const struct slab_cache *cache)
{
    uint32_t to_magazine =
        offsetof(struct slab_cache, magazine) - offsetof(struct slab_cache, page_class);

    return seal_words(&cache->limit, 6u * sizeof(uint32_t)) ^
           tally_of(1, seal_words(&cache->page_class, to_magazine));
}

uint32_t slabs_places_seal(const struct slabs *slabs)
{
    return seal_words(&slabs->start,
                      offsetof(struct slabs, slab_frames) - offsetof(struct slabs, start));
}

uint32_t slabs_seal(const struct slabs *slabs)
{
    return slabs_places_seal(slabs) ^
           tally_of(1, seal_words(slabs->class_of, sizeof slabs->class_of));
}

void slab_verify_cache(const struct slabs *slabs, const struct slab_cache *cache,
                       const char *function)
{
    expect(slabs->places_seal == slabs_places_seal(slabs), function,
           "the address of an array of slabs is smashed", slabs->start);
    expect(cache->seal == slab_cache_seal(cache) && cache->count <= cache->limit, function,
           "the words of a cache are smashed", cache->index);
}

/* ---- magazines ---- */

uint32_t slab_cache_tally(const struct slab_cache *cache)
{
    uint32_t tally = cache->count;

    for (uint32_t i = 0; i < cache->count; i++)
        tally ^= place_tally(cache, i);
    return tally;
}

void slab_verify_tally(const struct slab_cache *cache, const char *function)
{
    expect(cache->count <= cache->limit && cache->limit <= SLAB_MAGAZINE &&
               cache->tally == slab_cache_tally(cache),
           function, "a magazine is smashed", cache->index);
}

/* Verifies that a magazine holds a free object of its cache at a place. */
void slab_verify_free(const struct slabs *slabs, const struct slab_cache *cache, uint32_t at)
{
    uint32_t object = cache->magazine[at].object;
    struct live_bit bit = live_bit_of(slabs, cache, object);

    expect(frame_of(slabs, object) < slabs->frames && starts_unit(slabs, cache, object) &&
               *cache_of(slabs, frame_of(slabs, object)) == cache->index &&
               cache->magazine[at].word == bit.word && !live_bit_is_set(bit),
           "slab_alloc", "a magazine leads to an object that is not free", object);
    fill_verify(object, object + cache->object_bytes, "slab_alloc");
}

/* ---- lists ---- */

static bool is_slab(const struct slabs *slabs, uint32_t slab)
{
    uint32_t frame = frame_of(slabs, slab);

    return slab % PAGE_SIZE == 0 && frame < slabs->frames && *cache_of(slabs, frame) != 0 &&
           frame_info(slabs, frame)->order <= SLAB_ORDER_MAX && slab_of(slabs, slab) == slab;
}

void slab_verify_first(const struct slabs *slabs, uint32_t slab, const char *function)
{
    expect(is_slab(slabs, slab) && slab_info(slabs, slab)->prev == 0, function,
           "a list does not begin at its first slab", slab);
}

void slab_verify_list(const struct slabs *slabs, uint32_t slab, const char *function)
{
    expect(is_slab(slabs, slab), function, "a list leads to a frame that is not a slab", slab);
    uint32_t next = slab_info(slabs, slab)->next;
    uint32_t prev = slab_info(slabs, slab)->prev;
    expect((next == 0 || (is_slab(slabs, next) && slab_info(slabs, next)->prev == slab)) &&
               (prev == 0 || (is_slab(slabs, prev) && slab_info(slabs, prev)->next == slab)),
           function, "a link of a slab is broken", slab);
}

/* Verifies that all objects of a slab are free, before its frames are given back. */
void slab_verify_objects(const struct slabs *slabs, const struct slab_cache *cache, uint32_t slab)
{
    uint32_t order = slab_info(slabs, slab)->order;
    uint32_t objects = cache->capacity[order];
    const uint32_t *map = slab_word(slab_map(slabs, cache, slab));

    for (uint32_t word = 0; word < slab_map_words(cache, order); word++)
        expect(map[word] == 0, "slab_free", "an object of an empty slab is live", slab);
    fill_verify(slab, slab + objects * cache->object_bytes, "slab_free");
}
