/* The layout of slabs in memory, which allocation and checker share. A slab is identified by its
   first address. All functions here are O(1), unless stated otherwise. */
#ifndef SLAB_LAYOUT_H
#define SLAB_LAYOUT_H

#include <mm/machine.h>
#include <mm/slab.h>

#include "fill.h"
#include "owners.h"
#include "seal.h"

/* The data of a frame. Except for order, only that of the first frame of a slab or large block is
   used. */
struct slab_frame {
    uint32_t next; /* the next slab of the list; 0: none */
    uint32_t prev;
    uint16_t free;      /* the number of objects that are neither live nor in the magazine */
    uint8_t order;      /* the slab's order, set in all frames of a slab */
    uint8_t page_class; /* enum page_class of a large block */
};
_Static_assert(sizeof(struct slab_frame) == 12,
               "the layout in simulated memory is the same on every machine");
_Static_assert(SLABS_FRAME_BYTES == 1 + 8 + sizeof(struct slab_frame),
               "each frame has an entry in three arrays: caches, maps, struct slab_frame");

/* The live map has a bit for each unit of bytes. It lies beside the slab or at the page's end. */
#define MAP_BYTES     64u /* the size of a map in the page */
#define MAP_IN_PAGE   (PAGE_SIZE - MAP_BYTES)
#define MAP_SHIFT     6u /* a unit has 2^MAP_SHIFT bytes in a map beside the slab, ... */
#define MAP_UNIT      (1u << MAP_SHIFT)
#define IN_PAGE_SHIFT 3u   /* ... and 2^IN_PAGE_SHIFT bytes in a map in the page */
#define IN_PAGE_BELOW 512u /* larger objects are rounded up */
_Static_assert(MAP_BYTES == 4u * SLAB_MAP_WORDS, "both kinds of map have the same size");
_Static_assert(1u << IN_PAGE_SHIFT == SLAB_GRANULE,
               "a map in the page has a bit for each place of an object");
_Static_assert((PAGE_SIZE << SLAB_ORDER_MAX) / MAP_UNIT == 32u * SLAB_MAP_WORDS,
               "a map beside a slab has a bit for each unit of the largest slab");

static inline uint32_t *slab_word(uint32_t address)
{
    return machine_pointer(vaddr(address));
}

/* Returns the place of the index of the cache to whose slab a frame belongs; 0: to none. */
static inline uint8_t *cache_of(const struct slabs *slabs, uint32_t frame)
{
    return machine_pointer(vaddr(slabs->caches + frame));
}

static inline struct slab_frame *frame_info(const struct slabs *slabs, uint32_t frame)
{
    return machine_pointer(vaddr(slabs->infos + frame * (uint32_t)sizeof(struct slab_frame)));
}

/* Returns the number of a frame, counted from the first frame that slabs may use. */
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

/* Returns the data of a slab. For another address it is the data of that address's frame. */
static inline struct slab_frame *slab_info(const struct slabs *slabs, uint32_t slab)
{
    return frame_info(slabs, frame_of(slabs, slab));
}

static inline uint32_t slab_of(const struct slabs *slabs, uint32_t object)
{
    return object & (UINT32_MAX << (PAGE_SHIFT + slab_info(slabs, object)->order));
}

/* Returns the number of the unit of a cache that starts at an address, counted from slabs->start.
   If no unit starts there, the low bits of the offset become high bits, and the number is not below
   cache->map_units. The offset must be below that of the end of the last frame. */
static inline uint32_t unit_of(const struct slabs *slabs, const struct slab_cache *cache,
                               uint32_t address)
{
    uint32_t offset = address - slabs->start;

    return offset >> cache->map_shift | offset << (0u - cache->map_shift) % 32u;
}

/*
 * The position of an object's bit in the live map. The bits of the units of a cache follow one
 * another, 32 a word; map_gap bytes lie between the bits of two frames.
 */
struct live_bit {
    uint32_t word; /* the address of the word */
    uint32_t bit;  /* the number of the bit, modulo 32 */
};

/* Returns the bit of a unit, which lies in the given frame. */
static inline struct live_bit unit_bit(const struct slab_cache *cache, uint32_t frame,
                                       uint32_t unit)
{
    return (struct live_bit){cache->map_base + frame * cache->map_gap + unit / 32u * 4u, unit};
}

static inline struct live_bit live_bit_of(const struct slabs *slabs, const struct slab_cache *cache,
                                          uint32_t object)
{
    return unit_bit(cache, frame_of(slabs, object), unit_of(slabs, cache, object));
}

static inline bool live_bit_is_set(struct live_bit bit)
{
    return (*slab_word(bit.word) >> bit.bit % 32u & 1u) != 0;
}

static inline void live_bit_set(struct live_bit bit)
{
    *slab_word(bit.word) |= 1u << bit.bit % 32u;
}

static inline void live_bit_clear(struct live_bit bit)
{
    *slab_word(bit.word) &= ~(1u << bit.bit % 32u);
}

/* Returns the bytes of a unit; objects start at multiples of it. */
static inline uint32_t map_unit(const struct slab_cache *cache)
{
    return 1u << cache->map_shift;
}

/* Tells if a unit of the cache starts at an address in a frame of slabs. */
static inline bool starts_unit(const struct slabs *slabs, const struct slab_cache *cache,
                               uint32_t address)
{
    return unit_of(slabs, cache, address) < cache->map_units;
}

static inline bool map_in_page(const struct slab_cache *cache)
{
    return cache->map_shift == IN_PAGE_SHIFT;
}

/* Returns the address of a slab's bits, which have at most SLAB_MAP_WORDS words. */
static inline uint32_t slab_map(const struct slabs *slabs, const struct slab_cache *cache,
                                uint32_t slab)
{
    return live_bit_of(slabs, cache, slab).word;
}

static inline uint32_t slab_map_words(const struct slab_cache *cache, uint32_t order)
{
    return map_in_page(cache) ? SLAB_MAP_WORDS : 2u << order;
}

/* ---- checks of HARDEN_FULL (slab_guard.c) ---- */

/* The seals and the tally of the current contents; linear in their size. */
uint32_t slab_cache_seal(const struct slab_cache *cache);
uint32_t slab_cache_tally(const struct slab_cache *cache);
uint32_t slabs_places_seal(const struct slabs *slabs); /* covers the addresses of the arrays */
uint32_t slabs_seal(const struct slabs *slabs);        /* also covers class_of */

/* Each panics in the name of `function`, or of slab_alloc() or slab_free(), if the structure is
   corrupted. */
void slab_verify_cache(const struct slabs *slabs, const struct slab_cache *cache,
                       const char *function);
void slab_verify_tally(const struct slab_cache *cache, const char *function);
void slab_verify_list(const struct slabs *slabs, uint32_t slab, const char *function);
void slab_verify_first(const struct slabs *slabs, uint32_t slab, const char *function);
void slab_verify_free(const struct slabs *slabs, const struct slab_cache *cache, uint32_t at);
void slab_verify_objects(const struct slabs *slabs, const struct slab_cache *cache, uint32_t slab);

/* Verifies the constant words of a cache and the addresses of the arrays. */
static inline void slab_guard(const struct slabs *slabs, const struct slab_cache *cache,
                              const char *function)
{
    if (MM_HARDENING >= HARDEN_FULL)
        slab_verify_cache(slabs, cache, function);
}

/* Verifies a slab on a list, or nothing if slab is 0: its neighbours must link back. */
static inline void slab_guard_list(const struct slabs *slabs, uint32_t slab, const char *function)
{
    if (MM_HARDENING >= HARDEN_FULL && slab != 0)
        slab_verify_list(slabs, slab, function);
}

/* Verifies that the magazine has not changed since its tally was computed. */
static inline void magazine_guard(const struct slab_cache *cache, const char *function)
{
    if (MM_HARDENING >= HARDEN_FULL)
        slab_verify_tally(cache, function);
}

/* Computes the tally again after a change of the whole magazine. */
static inline void magazine_changed(struct slab_cache *cache)
{
    if (MM_HARDENING >= HARDEN_FULL)
        cache->tally = slab_cache_tally(cache);
}

/* Returns what a place of the magazine contributes to the tally. */
static inline uint32_t place_tally(const struct slab_cache *cache, uint32_t at)
{
    return tally_of(at, cache->magazine[at].object) ^ tally_of(at + 7u, cache->magazine[at].word);
}

/* Updates the tally for the place `at`, which is added or removed, and for the new count. */
static inline void magazine_note(struct slab_cache *cache, uint32_t at, uint32_t count)
{
    if (MM_HARDENING >= HARDEN_FULL)
        cache->tally ^= place_tally(cache, at) ^ cache->count ^ count;
}

/* Fills an object that becomes free. */
static inline void object_fill(const struct slab_cache *cache, uint32_t object)
{
    if (MM_HARDENING >= HARDEN_FULL)
        fill_freed(object, object + cache->object_bytes);
}

/* Verifies the object at a place of the magazine, before it is handed out. */
static inline void object_verify(const struct slabs *slabs, const struct slab_cache *cache,
                                 uint32_t at)
{
    if (MM_HARDENING >= HARDEN_FULL)
        slab_verify_free(slabs, cache, at);
}

/* ---- shared functions ---- */

/* Tells if a large block starts at a frame. */
static inline bool is_large(const struct mm *mm, pfn_t frame)
{
    return (owner_read(mm, frame) & OWNER_MASK) == OWNER_BLOCK;
}

/* Refills an empty magazine and takes an object. Returns VADDR_NONE if no frames are free; the
   cause is in mm->failure. Linear in the size of a magazine. */
vaddr_t slab_take_refilled(struct mm *mm, struct slabs *slabs, struct slab_cache *cache);

/* Takes the object at place `count` from the magazine, whose new count this is, and makes it live.
   (Each frame's bits start with a new word, so the unit's number modulo 32 needs no base.) */
static inline vaddr_t magazine_take(struct slab_cache *cache, uint32_t count)
{
    uint32_t object = cache->magazine[count].object;

    magazine_note(cache, count, count);
    live_bit_set((struct live_bit){cache->magazine[count].word, object >> cache->map_shift});
    cache->count = count;
    return vaddr(object);
}

/* Takes an object from the magazine, which is refilled if it is empty. Returns VADDR_NONE as
   slab_take_refilled() does. */
static inline vaddr_t slab_take(struct mm *mm, struct slabs *slabs, struct slab_cache *cache)
{
    uint32_t count;

    slab_guard(slabs, cache, "slab_alloc");
    if (__builtin_expect(__builtin_sub_overflow(cache->count, 1u, &count), 0))
        return slab_take_refilled(mm, slabs, cache);
    object_verify(slabs, cache, count);
    return magazine_take(cache, count);
}

/* Puts an object whose live bit is clear into a magazine of `count` objects that is not full. */
static inline void magazine_put(struct slab_cache *cache, uint32_t count, uint32_t object,
                                uint32_t word)
{
    object_fill(cache, object);
    /* The asm statement keeps two stores. One of both members through a vector register, which the
       next magazine_take() has to wait for, doubles the time of a free and an allocation. */
    cache->magazine[count].object = object;
    __asm__("" ::: "memory");
    cache->magazine[count].word = word;
    magazine_note(cache, count, count + 1u);
    cache->count = count + 1u;
}

/* Returns the older half of a full magazine to the slabs. Linear in the size of a magazine. */
void slab_flush_half(struct mm *mm, struct slabs *slabs, struct slab_cache *cache);

/* Returns the index of a live object's cache; 0 if the pointer is not a live object. */
uint32_t slab_index_of(const struct slabs *slabs, uint32_t object);

#endif
