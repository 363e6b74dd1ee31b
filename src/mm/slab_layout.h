/* How slabs lie in memory: shared by those who allocate, and the checker. A slab is named by its
   first address. */
#ifndef SLAB_LAYOUT_H
#define SLAB_LAYOUT_H

#include <mm/machine.h>
#include <mm/slab.h>

#include "fill.h"
#include "owners.h"
#include "seal.h"

/* Of each frame; what is not said of all is said in the slab's, or the large block's, first. */
struct slab_frame {
    uint32_t next; /* slab of the same list; 0: the last */
    uint32_t prev;
    uint16_t free;      /* objects that are neither live nor in the magazine */
    uint8_t order;      /* all frames of a slab */
    uint8_t page_class; /* of a large block's first: enum page_class */
};
_Static_assert(sizeof(struct slab_frame) == 12, "the same in simulated memory on every machine");
_Static_assert(SLABS_FRAME_BYTES == 1 + 8 + sizeof(struct slab_frame), "cache, map, slab_frame");

#define MAP_BYTES     64u /* of a slab whose bits are in the page */
#define MAP_IN_PAGE   (PAGE_SIZE - MAP_BYTES)
#define MAP_SHIFT     6u /* a bit beside the slab stands for 2^MAP_SHIFT bytes, */
#define MAP_UNIT      (1u << MAP_SHIFT)
#define IN_PAGE_SHIFT 3u   /* one in the page for 2^IN_PAGE_SHIFT */
#define IN_PAGE_BELOW 512u /* larger objects are rounded up */
_Static_assert(MAP_BYTES == 4u * SLAB_MAP_WORDS, "a page's bits are as many as a slab's");
_Static_assert(1u << IN_PAGE_SHIFT == SLAB_GRANULE, "a bit for each place of an object");
_Static_assert((PAGE_SIZE << SLAB_ORDER_MAX) / MAP_UNIT == 32u * SLAB_MAP_WORDS, "all of a slab");

static inline uint32_t *slab_word(uint32_t address)
{
    return machine_pointer(vaddr(address));
}

/* The index of the cache whose slab has a frame; 0: none. */
static inline uint8_t *cache_of(const struct slabs *slabs, uint32_t frame)
{
    return machine_pointer(vaddr(slabs->caches + frame));
}

static inline struct slab_frame *frame_info(const struct slabs *slabs, uint32_t frame)
{
    return machine_pointer(vaddr(slabs->infos + frame * (uint32_t)sizeof(struct slab_frame)));
}

/* Frames are counted from the first that may be a slab's. */
static inline uint32_t frame_of(const struct slabs *slabs, uint32_t address)
{
    return (address - slabs->start) >> PAGE_SHIFT;
}

static inline pfn_t address_to_pfn(const struct slabs *slabs, uint32_t address)
{
    return pfn(slabs->first + frame_of(slabs, address));
}

static inline uint32_t pfn_to_address(const struct slabs *slabs, pfn_t frame)
{
    return slabs->start + ((frame.value - slabs->first) << PAGE_SHIFT);
}

/* The slab's, whose object this is. */
static inline struct slab_frame *slab_info(const struct slabs *slabs, uint32_t slab)
{
    return frame_info(slabs, frame_of(slabs, slab));
}

static inline uint32_t slab_of(const struct slabs *slabs, uint32_t object)
{
    return object & (UINT32_MAX << (PAGE_SHIFT + slab_info(slabs, object)->order));
}

/*
 * Where the bit of an object is. Units of 2^map_shift bytes, counted from slabs->start, have theirs
 * one after the other, 32 a word, but for gaps between those of a frame and of the next.
 */
struct live_bit {
    uint32_t word; /* its address */
    uint32_t mask; /* the bit in it */
};

static inline struct live_bit live_bit_of(const struct slabs *slabs, const struct slab_cache *cache,
                                          uint32_t object)
{
    uint32_t unit = (object - slabs->start) >> cache->map_shift;
    uint32_t gaps = frame_of(slabs, object) * cache->map_gap;

    return (struct live_bit){cache->map_base + gaps + unit / 32u * 4u, 1u << unit % 32u};
}

static inline bool live_bit_is_set(struct live_bit bit)
{
    return (*slab_word(bit.word) & bit.mask) != 0;
}

static inline void live_bit_set(struct live_bit bit)
{
    *slab_word(bit.word) |= bit.mask;
}

static inline void live_bit_clear(struct live_bit bit)
{
    *slab_word(bit.word) ^= bit.mask;
}

/* Bytes that a bit of a slab stands for: objects start at multiples. */
static inline uint32_t map_unit(const struct slab_cache *cache)
{
    return cache->map_mask + 1u;
}

static inline bool starts_unit(const struct slab_cache *cache, uint32_t object)
{
    return (object & cache->map_mask) == 0;
}

static inline bool map_in_page(const struct slab_cache *cache)
{
    return cache->map_shift == IN_PAGE_SHIFT;
}

/* Address of a slab's bits; SLAB_MAP_WORDS at most. */
static inline uint32_t slab_map(const struct slabs *slabs, const struct slab_cache *cache,
                                uint32_t slab)
{
    return live_bit_of(slabs, cache, slab).word;
}

static inline uint32_t slab_map_words(const struct slab_cache *cache, uint32_t order)
{
    return map_in_page(cache) ? SLAB_MAP_WORDS : 2u << order;
}

/* ---- what HARDEN_FULL verifies (slab_guard.c) ---- */

uint32_t slab_cache_seal(const struct slab_cache *cache);
uint32_t slab_cache_tally(const struct slab_cache *cache);
uint32_t slabs_places_seal(const struct slabs *slabs); /* where the arrays are */
uint32_t slabs_seal(const struct slabs *slabs);        /* and the sizes' caches */
void slab_verify_cache(const struct slabs *slabs, const struct slab_cache *cache,
                       const char *function);
void slab_verify_tally(const struct slab_cache *cache, const char *function);
void slab_verify_list(const struct slabs *slabs, uint32_t slab, const char *function);
void slab_verify_first(const struct slabs *slabs, uint32_t slab, const char *function);
void slab_verify_free(const struct slabs *slabs, const struct slab_cache *cache, uint32_t at);
void slab_verify_objects(const struct slabs *slabs, const struct slab_cache *cache, uint32_t slab);

/* A cache, and where the arrays are, are as they were made. */
static inline void slab_guard(const struct slabs *slabs, const struct slab_cache *cache,
                              const char *function)
{
    if (MM_HARDENING >= HARDEN_FULL)
        slab_verify_cache(slabs, cache, function);
}

/* A slab, or 0, to which a list leads: its neighbours lead back. */
static inline void slab_guard_list(const struct slabs *slabs, uint32_t slab, const char *function)
{
    if (MM_HARDENING >= HARDEN_FULL && slab != 0)
        slab_verify_list(slabs, slab, function);
}

/* The magazine is as it was left; it has been changed as a whole. */
static inline void magazine_guard(const struct slab_cache *cache, const char *function)
{
    if (MM_HARDENING >= HARDEN_FULL)
        slab_verify_tally(cache, function);
}

static inline void magazine_changed(struct slab_cache *cache)
{
    if (MM_HARDENING >= HARDEN_FULL)
        cache->tally = slab_cache_tally(cache);
}

/* The magazine has another place in use, or one less, and its count follows. */
static inline void magazine_note(struct slab_cache *cache, uint32_t at, uint32_t count)
{
    if (MM_HARDENING >= HARDEN_FULL)
        cache->tally ^= tally_of(at, cache->magazine[at]) ^ tally_of(at + 7u, cache->words[at]) ^
                        cache->count ^ count;
}

/* An object is free from now on; one of the magazine is about to be handed out. */
static inline void object_fill(const struct slab_cache *cache, uint32_t object)
{
    if (MM_HARDENING >= HARDEN_FULL)
        fill_freed(object, object + cache->object_bytes);
}

static inline void object_verify(const struct slabs *slabs, const struct slab_cache *cache,
                                 uint32_t at)
{
    if (MM_HARDENING >= HARDEN_FULL)
        slab_verify_free(slabs, cache, at);
}

/* ---- what the files of slabs need of each other ---- */

/* Does a block begin at a frame that is larger than any object? */
static inline bool is_large(const struct mm *mm, pfn_t frame)
{
    return (owner_read(mm, frame) & OWNER_MASK) == OWNER_BLOCK;
}

/* An object, the magazine being empty; none: no frames, and the cause is noted. */
vaddr_t slab_take_refilled(struct mm *mm, struct slabs *slabs, struct slab_cache *cache);

/* The object behind the `count` first of a magazine, which stay; live from now on. (A frame begins
   with a whole word of bits, so that its units count from any frame alike.) */
static inline vaddr_t magazine_take(struct slab_cache *cache, uint32_t count)
{
    uint32_t object = cache->magazine[count];

    magazine_note(cache, count, count);
    live_bit_set((struct live_bit){cache->words[count], 1u << (object >> cache->map_shift) % 32u});
    cache->count = count;
    return vaddr(object);
}

/* An object of the magazine, which is refilled when it is empty. */
static inline vaddr_t slab_take(struct mm *mm, struct slabs *slabs, struct slab_cache *cache)
{
    uint32_t count;

    slab_guard(slabs, cache, "slab_alloc");
    if (__builtin_expect(__builtin_sub_overflow(cache->count, 1u, &count), 0))
        return slab_take_refilled(mm, slabs, cache);
    object_verify(slabs, cache, count);
    return magazine_take(cache, count);
}

/* Into a magazine that has `count` and room for one more, its bit clear. */
static inline void magazine_put(struct slab_cache *cache, uint32_t count, uint32_t object,
                                uint32_t word)
{
    object_fill(cache, object);
    cache->magazine[count] = object;
    cache->words[count] = word;
    magazine_note(cache, count, count + 1u);
    cache->count = count + 1u;
}

/* Make room in a full magazine. */
void slab_flush_half(struct mm *mm, struct slabs *slabs, struct slab_cache *cache);

/* The index of a live object's cache; 0: it is none. */
uint32_t slab_index_of(const struct slabs *slabs, uint32_t object);

#endif
