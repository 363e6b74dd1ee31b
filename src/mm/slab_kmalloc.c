#include <mm/strategy.h>

#include "owners.h"
#include "slab_fast.h"

/* ---- blocks larger than any object ---- */

static uint32_t large_order(uint32_t bytes)
{
    return 32u - (uint32_t)__builtin_clz((bytes - 1u) >> PAGE_SHIFT);
}

static void count_large_frames(struct mm *mm, struct slabs *slabs, uint32_t frames)
{
    slabs->large_frames += frames;
    mm_count_heap_span(mm, slabs_span_bytes(slabs));
}

static vaddr_t large_alloc(struct mm *mm, struct slabs *slabs, uint32_t bytes,
                           enum page_class page_class)
{
    if (bytes > SLAB_BLOCK_MAX) {
        mm_fail(mm, MM_UNSUPPORTED, PFN_NONE);
        return VADDR_NONE;
    }
    uint32_t order = large_order(bytes);
    pfn_t first = mm_pages_take(mm, order, page_class, OWNER_BLOCK);
    if (pfn_is_none(first))
        return VADDR_NONE;
    uint32_t block = pfn_to_address(slabs, first);
    slab_info(slabs, block)->page_class = (uint8_t)page_class;
    count_large_frames(mm, slabs, 1u << order);
    return vaddr(block);
}

static uint32_t block_order(const struct mm *mm, const struct slabs *slabs, uint32_t block)
{
    return owner_order(mm, address_to_pfn(slabs, block));
}

/* Returns NULL if a large block starts there, otherwise the reason why the pointer is invalid. The
   pointer must not be a live object of a slab. */
static const char *large_fault(const struct mm *mm, const struct slabs *slabs, uint32_t block)
{
    if (frame_of(slabs, block) >= slabs->frames)
        return "pointer is not into kmalloc's memory";
    const struct slab_cache *cache = &slabs->cache[*cache_of(slabs, frame_of(slabs, block))];
    if (cache->index == 0)
        return block % PAGE_SIZE == 0 && is_large(mm, address_to_pfn(slabs, block))
                   ? NULL
                   : "no live block starts there";
    uint32_t unit = (block - slab_of(slabs, block)) / map_unit(cache);
    return starts_unit(slabs, cache, block) && (cache->starts[unit / 32u] >> unit % 32u & 1u) != 0
               ? "object is free already"
               : "pointer is not to the start of an object";
}

void slab_large_free(struct mm *mm, struct slabs *slabs, uint32_t block)
{
    const char *fault = large_fault(mm, slabs, block);

    if (fault != NULL)
        misuse_block(mm, "kfree", vaddr(block), fault);
    uint32_t order = block_order(mm, slabs, block);
    count_large_frames(mm, slabs, 0u - (1u << order));
    mm_pages_give(mm, address_to_pfn(slabs, block), order);
}

/* ---- all blocks ---- */

vaddr_t slab_kmalloc_other(struct mm *mm, struct slabs *slabs, uint32_t bytes,
                           enum page_class page_class)
{
    if (bytes > SLAB_OBJECT_MAX)
        return large_alloc(mm, slabs, bytes, page_class);
    uint32_t index = class_index(slabs, bytes) + SLAB_CLASSES * page_class;
    return slab_take(mm, slabs, cache_at(slabs, index));
}

void slab_put_flushing(struct mm *mm, struct slabs *slabs, struct slab_cache *cache,
                       uint32_t object)
{
    slab_flush_half(mm, slabs, cache);
    magazine_put(cache, cache->count, object, live_bit_of(slabs, cache, object).word);
}

vaddr_t slab_kmalloc(struct mm *mm, struct slabs *slabs, uint32_t bytes, enum page_class page_class)
{
    return slab_kmalloc_fast(mm, slabs, bytes, page_class);
}

void slab_kfree(struct mm *mm, struct slabs *slabs, vaddr_t block)
{
    slab_kfree_fast(mm, slabs, block);
}

uint32_t slab_index_of(const struct slabs *slabs, uint32_t object)
{
    uint32_t frame = frame_of(slabs, object);
    uint32_t index = frame < slabs->frames ? *cache_of(slabs, frame) : 0;
    const struct slab_cache *cache = &slabs->cache[index];
    bool is_live =
        starts_unit(slabs, cache, object) && live_bit_is_set(live_bit_of(slabs, cache, object));

    return is_live ? index : 0;
}

const char *slab_block_fault(const struct mm *mm, const struct slabs *slabs, vaddr_t block)
{
    return slab_index_of(slabs, block.value) != 0 ? NULL : large_fault(mm, slabs, block.value);
}

uint32_t slab_ksize(const struct mm *mm, const struct slabs *slabs, vaddr_t block)
{
    uint32_t index = slab_index_of(slabs, block.value);

    return index != 0 ? slabs->cache[index].object_bytes
                      : PAGE_SIZE << block_order(mm, slabs, block.value);
}

/* Returns the page class for which a live block was requested. */
static enum page_class class_of_block(const struct slabs *slabs, vaddr_t block)
{
    uint32_t index = slab_index_of(slabs, block.value);

    return (enum page_class)(index != 0 ? slabs->cache[index].page_class
                                        : slab_info(slabs, block.value)->page_class);
}

/*
 * Gives back the halves of a large block that are not needed.
 *
 *     | block                       |    becomes    | block | free  |     free      |
 */
static void large_shrink(struct mm *mm, struct slabs *slabs, uint32_t block, uint32_t bytes)
{
    pfn_t first = address_to_pfn(slabs, block);

    for (uint32_t order = owner_order(mm, first); order-- > 0 && PAGE_SIZE << order >= bytes;) {
        owner_set(mm, first, order, OWNER_BLOCK);
        count_large_frames(mm, slabs, 0u - (1u << order));
        mm_pages_give(mm, pfn_add(first, 1u << order), order);
    }
}

vaddr_t slab_krealloc(struct mm *mm, struct slabs *slabs, vaddr_t block, uint32_t bytes)
{
    uint32_t usable_bytes = slab_ksize(mm, slabs, block);

    if (bytes <= usable_bytes) {
        if (slab_index_of(slabs, block.value) == 0)
            large_shrink(mm, slabs, block.value, bytes);
        return block;
    }
    vaddr_t moved = slab_kmalloc(mm, slabs, bytes, class_of_block(slabs, block));
    if (!vaddr_is_none(moved)) {
        copy_words(moved, block, usable_bytes);
        slab_kfree(mm, slabs, block);
    }
    return moved;
}
