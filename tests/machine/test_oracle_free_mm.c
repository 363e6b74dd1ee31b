/* src/mm says of every frame that it frees, so that a free that is too early is reported. */
#include "support/checking.h"
#include "support/model_mm.h"
#include "support/test.h"

#include <mm/framebuffer.h>
#include <mm/tempmap.h>

static struct mm mm;

struct block {
    pfn_t first;
    uint32_t order;
};

static void free_block(void *context)
{
    const struct block *block = context;

    pages_free(&mm, block->first, block->order);
}

/* The kernel does not release a temporary mapping of the last page of a block. */
MM_TEST(freeing_a_temporarily_mapped_block_is_reported)
{
    for (uint32_t order = 0; order <= 3; order += 3) {
        checking_machine(NULL);
        model_start(&mm, strategy, 64 * MIB);
        struct block block = {pages_alloc(&mm, order, PAGES_USER), order};
        if (!pfn_is_none(block.first)) {
            vaddr_t page = tempmap_claim(&mm, pfn_add(block.first, (1u << order) - 1u));
            assert_true(machine_touch(page, true));
            assert_panics(free_block, &block,
                          "that maps it; the table entry still names it; missing: a change of the "
                          "entry, and machine_invlpg(0xfe000000) before the free");
            tempmap_release(&mm, page);
            pages_free(&mm, block.first, order);
        }
        model_stop(&mm);
    }
}

/* The last page table of a frame buffer finds no frame. The pages mapped so far are unmapped, and
 * only then are their page tables freed. */
MM_TEST(a_frame_buffer_that_fails_frees_nothing_early)
{
    static pfn_t taken[16 * MIB / PAGE_SIZE];
    uint32_t count = 0;

    checking_machine(NULL);
    model_start(&mm, strategy, 16 * MIB);
    while (!pfn_is_none(taken[count] = pages_alloc(&mm, 0, PAGES_LOW)))
        count++;
    while (vaddr_is_none(framebuffer_map(&mm, paddr(0xe0001000), 3 * LARGE_PAGE_SIZE)))
        pages_free(&mm, taken[--count], 0);
    assert_true(machine_touch(vaddr(FRAMEBUFFER_BASE), true));
    framebuffer_unmap(&mm);
    while (count > 0)
        pages_free(&mm, taken[--count], 0);
    model_stop(&mm);
}
