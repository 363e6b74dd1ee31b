#include "slab_fast.h"
#include "strategy.h"

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
                           enum page_class class)
{
    if (bytes > SLAB_BLOCK_MAX) {
        mm_fail(mm, MM_UNSUPPORTED, PFN_NONE);
        return VADDR_NONE;
    }
    uint32_t order = large_order(bytes);
    pfn_t first = mm->strategy->pages_alloc(mm, order, class);
    if (pfn_is_none(first))
        return VADDR_NONE;
    uint32_t block = pfn_to_address(slabs, first);
    struct slab_frame *info = slab_info(slabs, block);
    info->order = (uint8_t)order;
    info->large = (uint8_t)(1u + class);
    count_large_frames(mm, slabs, 1u << order);
    return vaddr(block);
}

/* Why no live object of a slab starts there, which is the case; NULL: a large block does. */
static const char *large_fault(const struct slabs *slabs, uint32_t block)
{
    if (frame_of(slabs, block) >= slabs->frames)
        return "pointer is not into kmalloc's memory";
    const struct slab_cache *cache = &slabs->cache[*owner_of(slabs, frame_of(slabs, block))];
    if (cache->index == 0)
        return block % PAGE_SIZE == 0 && slab_info(slabs, block)->large != 0
                   ? NULL
                   : "no live block starts there";
    uint32_t unit = (block - slab_of(slabs, block)) / map_unit(cache);
    return starts_unit(cache, block) && (cache->starts[unit / 32u] >> unit % 32u & 1u) != 0
               ? "object is free already"
               : "pointer is not to the start of an object";
}

/* The first frame of a large block, or a panic in the caller's name. */
static struct slab_frame *large_info(const struct slabs *slabs, uint32_t block,
                                     const char *function)
{
    const char *fault = large_fault(slabs, block);

    if (fault != NULL)
        machine_panic(function, fault, block);
    return slab_info(slabs, block);
}

void slab_large_free(struct mm *mm, struct slabs *slabs, uint32_t block)
{
    struct slab_frame *info = large_info(slabs, block, "slab_kfree");

    info->large = 0;
    count_large_frames(mm, slabs, 0u - (1u << info->order));
    mm->strategy->pages_free(mm, address_to_pfn(slabs, block), info->order);
}

/* ---- all blocks ---- */

vaddr_t slab_kmalloc_other(struct mm *mm, struct slabs *slabs, uint32_t bytes,
                           enum page_class class)
{
    if (bytes > SLAB_OBJECT_MAX)
        return large_alloc(mm, slabs, bytes, class);
    uint32_t index = class_index(slabs, bytes) + SLAB_CLASSES * class;
    return slab_take(mm, slabs, cache_at(slabs, index));
}

void slab_put_flushing(struct mm *mm, struct slabs *slabs, struct slab_cache *cache,
                       uint32_t object)
{
    slab_flush_half(mm, slabs, cache);
    magazine_put(cache, cache->count, object, live_bit_of(slabs, cache, object).word);
}

vaddr_t slab_kmalloc(struct mm *mm, struct slabs *slabs, uint32_t bytes, enum page_class class)
{
    return slab_kmalloc_fast(mm, slabs, bytes, class);
}

void slab_kfree(struct mm *mm, struct slabs *slabs, vaddr_t block)
{
    slab_kfree_fast(mm, slabs, block);
}

uint32_t slab_index_of(const struct slabs *slabs, uint32_t object)
{
    uint32_t frame = frame_of(slabs, object);
    uint32_t index = frame < slabs->frames ? *owner_of(slabs, frame) : 0;
    const struct slab_cache *cache = &slabs->cache[index];
    bool is_live = starts_unit(cache, object) && live_bit_is_set(live_bit_of(slabs, cache, object));

    return is_live ? index : 0;
}

uint32_t slab_ksize(const struct slabs *slabs, vaddr_t block)
{
    uint32_t index = slab_index_of(slabs, block.value);

    if (index != 0)
        return slabs->cache[index].object_bytes;
    return PAGE_SIZE << large_info(slabs, block.value, __func__)->order;
}

/* What the owner of a live block asked for. */
static enum page_class class_of_block(const struct slabs *slabs, vaddr_t block)
{
    uint32_t index = slab_index_of(slabs, block.value);

    if (index != 0)
        return (enum page_class)slabs->cache[index].class;
    return (enum page_class)(slab_info(slabs, block.value)->large - 1u);
}

/*
 * A large block gives back the halves that it does not need.
 *
 *     | block                       |    becomes    | block | free  |     free      |
 */
static void large_shrink(struct mm *mm, struct slabs *slabs, uint32_t block, uint32_t bytes)
{
    struct slab_frame *info = slab_info(slabs, block);

    while (info->order > 0 && PAGE_SIZE << (info->order - 1u) >= bytes) {
        info->order--;
        count_large_frames(mm, slabs, 0u - (1u << info->order));
        pfn_t half = pfn_add(address_to_pfn(slabs, block), 1u << info->order);
        mm->strategy->pages_free(mm, half, info->order);
    }
}

vaddr_t slab_krealloc(struct mm *mm, struct slabs *slabs, vaddr_t block, uint32_t bytes)
{
    uint32_t usable_bytes = slab_ksize(slabs, block);

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

bool slabs_own(const struct slabs *slabs, pfn_t frame)
{
    uint32_t index = frame.value - slabs->first;

    return index < slabs->frames &&
           (*owner_of(slabs, index) != 0 || frame_info(slabs, index)->large != 0);
}

enum frame_kind slabs_frame_kind(const struct slabs *slabs, pfn_t frame)
{
    if (frame.value - slabs->first >= slabs->frames)
        return FRAME_FREE;
    if (*owner_of(slabs, frame.value - slabs->first) != 0)
        return FRAME_SLAB;
    for (uint32_t order = 0; order <= ORDER_MAX; order++) {
        uint32_t first = (frame.value & UINT32_MAX << order) - slabs->first;
        if (first < slabs->frames && frame_info(slabs, first)->large != 0 &&
            frame_info(slabs, first)->order >= order)
            return FRAME_HEAP;
    }
    return FRAME_FREE;
}
