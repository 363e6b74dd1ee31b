/* The fast paths of kmalloc() and kfree(), inline for the strategies: they take an object from a
   magazine or put one there. Both are O(1), except a refill or flush of the magazine. */
#ifndef SLAB_FAST_H
#define SLAB_FAST_H

#include "slab_layout.h"

/* ---- the slow paths, in slab_kmalloc.c ---- */

/* Allocates a block that is larger than any object or belongs to PAGES_DMA. Returns VADDR_NONE,
   with the cause in mm->failure, if it cannot. */
vaddr_t slab_kmalloc_other(struct mm *mm, struct slabs *slabs, uint32_t bytes,
                           enum page_class page_class);

/* Frees a large block. Panics if the pointer is not a live block. */
void slab_large_free(struct mm *mm, struct slabs *slabs, uint32_t block);

/* Puts an object, whose live bit is clear, into a full magazine: flushes half of it first. */
void slab_put_flushing(struct mm *mm, struct slabs *slabs, struct slab_cache *cache,
                       uint32_t object);

/* ---- objects ---- */

/* Returns the cache with an index. The asm statement hides the computation of the address from the
   compiler, which would repeat it for each member. */
static inline struct slab_cache *cache_at(struct slabs *slabs, uint32_t index)
{
    struct slab_cache *cache = slabs->cache + index;

    __asm__("" : "+r"(cache));
    return cache;
}

/* Returns the index of LOW's cache for a size of 1 to SLAB_OBJECT_MAX. */
static inline uint32_t class_index(const struct slabs *slabs, uint32_t bytes)
{
    return slabs->class_of[(bytes - 1u) / SLAB_GRANULE];
}

/* Does slab_kmalloc(). */
static inline vaddr_t slab_kmalloc_fast(struct mm *mm, struct slabs *slabs, uint32_t bytes,
                                        enum page_class page_class)
{
    if (__builtin_expect(bytes - 1u >= SLAB_OBJECT_MAX || page_class != PAGES_LOW, 0))
        return slab_kmalloc_other(mm, slabs, bytes, page_class);
    return slab_take(mm, slabs, cache_at(slabs, class_index(slabs, bytes)));
}

/* Returns the cache to whose slab a frame belongs; of another frame cache[0], which has no unit. */
static inline struct slab_cache *frame_cache(struct slabs *slabs, uint32_t frame)
{
    return cache_at(slabs, frame < slabs->frames ? *cache_of(slabs, frame) : 0);
}

/* Clears the bit of a used object. false: it is not set. Below HARDEN_FAST it is taken to be. */
static inline bool live_clear(uint32_t *live, uint32_t bit)
{
    uint32_t left = *live & ~(1u << bit % 32u);

    if (MM_HARDENING >= HARDEN_FAST && __builtin_expect(left == *live, 0))
        return false;
    *live = left;
    return true;
}

/* Does slab_kfree(). */
static inline void slab_kfree_fast(struct mm *mm, struct slabs *slabs, vaddr_t block)
{
    uint32_t frame = frame_of(slabs, block.value);
    struct slab_cache *cache = frame_cache(slabs, frame);
    uint32_t unit = unit_of(slabs, cache, block.value);
    struct live_bit bit = unit_bit(cache, frame, unit);

    slab_guard(slabs, cache, "slab_free");
    if (__builtin_expect(unit >= cache->map_units, 0) ||
        !live_clear(slab_word(bit.word), bit.bit)) {
        slab_large_free(mm, slabs, block.value);
        return;
    }
    uint32_t count = cache->count;
    if (__builtin_expect(count == cache->limit, 0)) {
        slab_put_flushing(mm, slabs, cache, block.value);
        return;
    }
    magazine_put(cache, count, block.value, bit.word);
}

#endif
