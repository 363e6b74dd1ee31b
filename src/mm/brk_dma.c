/*
 * Blocks below 16 MiB. Each is a run of whole frames of DMA, as high in DMA as possible, so that
 * brk reaches it as late as possible.
 *
 *     | frames, tag | payload                                        |
 *     ^ page         ^ 8 bytes on
 *
 * The frames have the owner OWNER_BLOCK. The heap itself cannot serve these requests: it can
 * allocate below 16 MiB only while brk is there, and does not know its blocks' addresses before it
 * allocates them.
 */
#include "brk_heap.h"
#include "owners.h"

struct dma_header {
    uint32_t frames;
    uint32_t tag; /* DMA_TAG xor the address of the payload: marks a page where a block starts */
};
_Static_assert(sizeof(struct dma_header) == HEAP_ALIGN,
               "the payload is aligned as those of the heap are");

#define DMA_TAG 0x444d4121u

static struct dma_header *header_of(vaddr_t block)
{
    return machine_pointer(vaddr(block.value - (uint32_t)sizeof(struct dma_header)));
}

static uint32_t tag_of(vaddr_t block)
{
    return block.value ^ DMA_TAG;
}

bool brk_is_dma(struct mm *mm, vaddr_t block)
{
    return block.value % PAGE_SIZE == sizeof(struct dma_header) &&
           block.value - DIRECT_MAP_BASE < DMA_END_PFN << PAGE_SHIFT &&
           owner_is(mm, paddr_to_pfn(direct_map_inverse(block)), OWNER_BLOCK) &&
           header_of(block)->tag == tag_of(block);
}

/* Takes the upper end of the highest free block of 2^order >= frames frames. The rest of that block
   stays free. */
static pfn_t take_in_block(struct frames_sorted *sorted, uint32_t frames)
{
    uint32_t order = 0;

    while (1u << order < frames)
        order++;
    pfn_t first = frames_sorted_alloc_block(sorted, order, ZONE_DMA);
    if (pfn_is_none(first))
        return first;
    pfn_t start = pfn_add(first, (1u << order) - frames);
    frames_sorted_free_range(sorted, first, start);
    return start;
}

/* Takes a run when no free block is long enough: at the end of DMA if the frames there are free,
   else the lowest free run. */
static pfn_t take_in_run(struct frames_sorted *sorted, uint32_t frames)
{
    pfn_t start = pfn(DMA_END_PFN - frames);

    if (frames > DMA_END_PFN - RESERVED_END_PFN)
        return PFN_NONE;
    if (pfn_is_none(frames_sorted_take(sorted, start, pfn(DMA_END_PFN))))
        return start;
    start = frames_sorted_find_range(sorted, pfn(RESERVED_END_PFN), pfn(DMA_END_PFN), frames);
    if (!pfn_is_none(start))
        MM_ASSERT(pfn_is_none(frames_sorted_take(sorted, start, pfn_add(start, frames))));
    return start;
}

vaddr_t brk_dma_alloc(struct mm *mm, uint32_t bytes)
{
    struct frames_sorted *sorted = &brk_state_of(mm)->frames;
    uint32_t frames = bytes_to_pages(bytes + (uint32_t)sizeof(struct dma_header));
    pfn_t start = PFN_NONE;

    if (frames <= 1u << ORDER_MAX)
        start = take_in_block(sorted, frames);
    if (pfn_is_none(start))
        start = take_in_run(sorted, frames);
    if (pfn_is_none(start)) {
        brk_fail_range(mm, frames, ZONE_DMA);
        return VADDR_NONE;
    }
    vaddr_t block = vaddr_add(direct_map_frame(start), (uint32_t)sizeof(struct dma_header));
    brk_state_of(mm)->dma_frames += frames;
    brk_frames_taken(mm, start, pfn_add(start, frames), OWNER_BLOCK);
    *header_of(block) = (struct dma_header){.frames = frames, .tag = tag_of(block)};
    return block;
}

void brk_dma_free(struct mm *mm, vaddr_t block)
{
    struct dma_header *header = header_of(block);
    pfn_t start = paddr_to_pfn(direct_map_inverse(block));
    uint32_t frames = header->frames;

    header->tag = 0;
    brk_state_of(mm)->dma_frames -= frames;
    brk_frames_given(mm, start, pfn_add(start, frames));
}

uint32_t brk_dma_usable_bytes(vaddr_t block)
{
    return (header_of(block)->frames << PAGE_SHIFT) - (uint32_t)sizeof(struct dma_header);
}
