#include "support/model_slab.h"

#define RAM_BYTES (64u * MIB)

struct mm slab_mm;
struct slabs *slabs;
vaddr_t slab_blocks[SLAB_BLOCKS];

static pfn_t taken[RAM_BYTES / PAGE_SIZE / 2 + 1]; /* blocks of two frames */
static uint32_t taken_count;

void slab_start(void)
{
    model_start(&slab_mm, mm_strategy_find("zoned"), RAM_BYTES);
    slabs = zoned_slabs(&slab_mm);
}

void slab_stop(void)
{
    assert_frames_conserved(&slab_mm);
    model_stop(&slab_mm);
}

void slab_blocks_alloc(uint32_t count, uint32_t bytes)
{
    for (uint32_t i = 0; i < count; i++) {
        slab_blocks[i] = kmalloc(&slab_mm, bytes, PAGES_LOW);
        assert_false(vaddr_is_none(slab_blocks[i]));
    }
}

void slab_blocks_free(uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        kfree(&slab_mm, slab_blocks[i]);
}

void slab_leave_pairs(void)
{
    for (taken_count = 0;; taken_count++) {
        taken[taken_count] = pages_alloc(&slab_mm, 1, PAGES_DMA);
        if (pfn_is_none(taken[taken_count]))
            taken[taken_count] = pages_alloc(&slab_mm, 1, PAGES_LOW);
        if (pfn_is_none(taken[taken_count]))
            break;
    }
    for (uint32_t i = 0; i < taken_count; i++)
        if (zone_of(taken[i]) == ZONE_LOW && (taken[i].value & 2u) != 0) {
            pages_free(&slab_mm, taken[i], 1);
            taken[i] = PFN_NONE;
        }
}

void slab_give_pairs(void)
{
    for (uint32_t i = 0; i < taken_count; i++)
        if (!pfn_is_none(taken[i]))
            pages_free(&slab_mm, taken[i], 1);
}
