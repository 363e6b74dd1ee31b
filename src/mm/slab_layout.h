/* How slabs lie in memory: shared by those who allocate, and the checker. A slab is named by its
   first address. */
#ifndef SLAB_LAYOUT_H
#define SLAB_LAYOUT_H

#include <mm/machine.h>
#include <mm/slab.h>

/* Of each frame; what is not said of all is said in the slab's, or the large block's, first. */
struct slab_frame {
    uint32_t next; /* slab of the same list; 0: the last */
    uint32_t prev;
    uint16_t free; /* objects that are neither live nor in the magazine */
    uint8_t order; /* all frames of a slab; a large block's first */
    uint8_t large; /* a large block begins here: 1 + its enum page_class */
};
_Static_assert(sizeof(struct slab_frame) == 12, "the same in simulated memory on every machine");
_Static_assert(SLABS_FRAME_BYTES == 1 + 8 + sizeof(struct slab_frame), "owner, map, slab_frame");

#define MAP_BYTES     64u /* of a slab whose bits are in the page */
#define MAP_IN_PAGE   (PAGE_SIZE - MAP_BYTES)
#define MAP_UNIT      64u /* bytes that a bit stands for, beside the slab; / map_scale */
#define IN_PAGE_SCALE 8u
#define IN_PAGE_BELOW 512u /* larger objects are rounded up */
_Static_assert(MAP_BYTES == 4u * SLAB_MAP_WORDS, "a page's bits are as many as a slab's");
_Static_assert(MAP_UNIT / IN_PAGE_SCALE == SLAB_GRANULE, "a bit for each place of an object");
_Static_assert((PAGE_SIZE << SLAB_ORDER_MAX) / MAP_UNIT == 32u * SLAB_MAP_WORDS, "all of a slab");

static inline uint32_t *slab_word(uint32_t address)
{
    return machine_pointer(vaddr(address));
}

static inline uint8_t *owner_of(const struct slabs *slabs, uint32_t frame)
{
    return machine_pointer(vaddr(slabs->owners + frame));
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

/* By its index. The compiler is not to know where the address comes from: it would work it out anew
   for each member. */
static inline struct slab_cache *cache_at(struct slabs *slabs, uint32_t index)
{
    struct slab_cache *cache = &slabs->cache[index];

    __asm__("" : "+r"(cache));
    return cache;
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
 * Where the bit of an object is. The scaled offset in its page:
 *
 *      17       11 10     6 5     0
 *     | word      | bit    | 0     |      other than 0: no object starts there
 */
struct live_bit {
    uint32_t *word;
    uint32_t offset; /* scaled */
};

static inline struct live_bit live_bit_of(const struct slab_cache *cache, uint32_t object)
{
    uint32_t offset = (object & PAGE_OFFSET_MASK) * cache->map_scale;
    uint32_t bits = cache->map_base + (object >> PAGE_SHIFT) * cache->map_stride;

    return (struct live_bit){slab_word(bits + (offset >> 11) * 4u), offset};
}

static inline bool live_bit_is_set(struct live_bit bit)
{
    return (*bit.word >> (bit.offset >> 6) % 32u & 1u) != 0 && bit.offset % MAP_UNIT == 0;
}

static inline void live_bit_set(struct live_bit bit)
{
    *bit.word |= 1u << (bit.offset >> 6) % 32u;
}

static inline void live_bit_clear(struct live_bit bit)
{
    *bit.word &= ~(1u << (bit.offset >> 6) % 32u);
}

/* A slab's bits; SLAB_MAP_WORDS at most. */
static inline uint32_t *slab_map(const struct slab_cache *cache, uint32_t slab)
{
    return slab_word(cache->map_base + (slab >> PAGE_SHIFT) * cache->map_stride);
}

static inline bool map_in_page(const struct slab_cache *cache)
{
    return cache->map_scale == IN_PAGE_SCALE;
}

static inline uint32_t slab_map_words(const struct slab_cache *cache, uint32_t order)
{
    return map_in_page(cache) ? SLAB_MAP_WORDS : 2u << order;
}

/* Bytes that a bit of a slab stands for. */
static inline uint32_t map_unit(const struct slab_cache *cache)
{
    return MAP_UNIT / cache->map_scale;
}

/* ---- what the files of slabs need of each other ---- */

/* An object, the magazine being empty; none: no frames, and the cause is noted. */
vaddr_t slab_pop_refilled(struct mm *mm, struct slabs *slabs, struct slab_cache *cache);

/* The last object of a magazine that has `count`, live from now on. */
static inline vaddr_t magazine_take(struct slab_cache *cache, uint32_t count)
{
    uint32_t object = cache->magazine[count - 1u];

    cache->count = count - 1u;
    live_bit_set(live_bit_of(cache, object));
    return vaddr(object);
}

/* An object of the magazine, which is refilled when it is empty. */
static inline vaddr_t slab_pop(struct mm *mm, struct slabs *slabs, struct slab_cache *cache)
{
    uint32_t count = cache->count;

    if (__builtin_expect(count == 0, 0))
        return slab_pop_refilled(mm, slabs, cache);
    return magazine_take(cache, count);
}

/* Make room in a full magazine. */
void slab_flush_half(struct mm *mm, struct slabs *slabs, struct slab_cache *cache);

/* The index of a live object's cache; 0: it is none. */
uint32_t slab_index_of(const struct slabs *slabs, uint32_t object);

#endif
