/* Pointers that are not the start of a live block, each passed to kfree(), krealloc() and ksize().
 */
#include <mm/framebuffer.h>
#include <mm/pgtable.h>
#include <mm/tempmap.h>

#include "misuse_functions.h"

/* POINTER(name) { body }: the body sets up and returns the pointer. */
#define POINTER(name)                                                                              \
    static vaddr_t pointer_##name(struct misuse_run *run);                                         \
    void misuse_kfree_##name(struct misuse_run *run)                                               \
    {                                                                                              \
        vaddr_t pointer = pointer_##name(run);                                                     \
        misuse_begins_at(run, pointer);                                                            \
        kfree(run->mm, pointer);                                                                   \
    }                                                                                              \
    void misuse_krealloc_##name(struct misuse_run *run)                                            \
    {                                                                                              \
        vaddr_t pointer = pointer_##name(run);                                                     \
        misuse_begins_at(run, pointer);                                                            \
        krealloc(run->mm, pointer, 200);                                                           \
    }                                                                                              \
    void misuse_ksize_##name(struct misuse_run *run)                                               \
    {                                                                                              \
        vaddr_t pointer = pointer_##name(run);                                                     \
        misuse_begins_at(run, pointer);                                                            \
        ksize(run->mm, pointer);                                                                   \
    }                                                                                              \
    static vaddr_t pointer_##name(struct misuse_run *run)

/* A pointer that needs no set-up. */
#define ADDRESS(name, address)                                                                     \
    POINTER(name)                                                                                  \
    {                                                                                              \
        (void)run;                                                                                 \
        return (address);                                                                          \
    }

static vaddr_t filled(struct misuse_run *run, uint32_t bytes, uint8_t byte)
{
    vaddr_t block = take_block(run, bytes);
    uint8_t *content = machine_pointer(block);

    for (uint32_t i = 0; i < bytes; i++)
        content[i] = byte;
    return block;
}

/* ---- inside a block ---- */

POINTER(by_1)
{
    return vaddr_add(take_block(run, 100), 1);
}

POINTER(by_4)
{
    return vaddr_add(take_block(run, 100), 4);
}

POINTER(by_8)
{
    return vaddr_add(filled(run, 100, 0), 8);
}

POINTER(by_16)
{
    return vaddr_add(filled(run, 100, 0xff), 16);
}

POINTER(before)
{
    take_block(run, 100);
    return vaddr(take_block(run, 100).value - 8u);
}

#define SLOTS       64u
#define SLOT_BYTES  32u
#define SLOT_CHOSEN 40u

/* Allocates so many blocks of a small size that the heap makes a slab for the last of them. */
static vaddr_t slots_take(struct misuse_run *run, vaddr_t slots[SLOTS])
{
    for (uint32_t i = 0; i < SLOTS; i++)
        slots[i] = take_block(run, SLOT_BYTES);
    return slots[SLOT_CHOSEN];
}

POINTER(slot_by_8)
{
    vaddr_t slots[SLOTS];

    return vaddr_add(slots_take(run, slots), 8);
}

POINTER(slot_by_half)
{
    vaddr_t slots[SLOTS];

    return vaddr_add(slots_take(run, slots), SLOT_BYTES / 2u);
}

/* A heap keeps its data about the slab there. In a slab of the slab allocator, an object starts
 * there. */
POINTER(slot_page_start)
{
    vaddr_t slots[SLOTS];
    uint32_t page = slots_take(run, slots).value & ~PAGE_OFFSET_MASK;

    for (uint32_t i = 0; i < SLOTS; i++)
        if (slots[i].value == page)
            misuse_is_pointless(run);
    return vaddr(page);
}

/* The slab allocator keeps its data about the objects there. */
POINTER(slot_page_end)
{
    vaddr_t slots[SLOTS];

    return vaddr((slots_take(run, slots).value | PAGE_OFFSET_MASK) - 7u);
}

POINTER(page_block_by_8)
{
    return vaddr_add(filled(run, PAGE_SIZE, 0), 8);
}

POINTER(pages_block_by_page)
{
    return vaddr_add(filled(run, 5u * PAGE_SIZE, 0), PAGE_SIZE);
}

POINTER(pages_block_end)
{
    vaddr_t block = filled(run, 3u * PAGE_SIZE, 0);

    return vaddr_add(block, 3u * PAGE_SIZE - 8u);
}

/* The pages in between were never touched. */
POINTER(large_block_untouched)
{
    return vaddr_add(take_block(run, 256u * PAGE_SIZE), 100u * PAGE_SIZE);
}

POINTER(large_block_untouched_by_8)
{
    return vaddr_add(take_block(run, 256u * PAGE_SIZE), 100u * PAGE_SIZE + 8u);
}

POINTER(huge_block_by_large_page)
{
    return vaddr_add(take_block(run, 6u << 20), LARGE_PAGE_SIZE);
}

POINTER(dma_block_by_8)
{
    return vaddr_add(take_dma_block(run, 100), 8);
}

POINTER(dma_pages_by_page)
{
    return vaddr_add(take_dma_block(run, 3u * PAGE_SIZE), PAGE_SIZE);
}

/* The block's own header is there. */
POINTER(dma_pages_header)
{
    vaddr_t block = take_dma_block(run, 3u * PAGE_SIZE);

    if (block.value % PAGE_SIZE == 0)
        misuse_is_pointless(run);
    return vaddr(block.value & ~PAGE_OFFSET_MASK);
}

/* ---- blocks that are free ---- */

POINTER(twice)
{
    vaddr_t block = take_block(run, 100);

    take_block(run, 100);
    kfree(run->mm, block);
    return block;
}

POINTER(twice_the_last)
{
    vaddr_t block = take_block(run, 100);

    kfree(run->mm, block);
    return block;
}

POINTER(twice_merged)
{
    vaddr_t block[4];

    for (uint32_t i = 0; i < 4; i++)
        block[i] = take_block(run, 1000);
    kfree(run->mm, block[1]);
    kfree(run->mm, block[2]);
    return block[2];
}

POINTER(twice_between_free_ones)
{
    vaddr_t block[5];

    for (uint32_t i = 0; i < 5; i++)
        block[i] = take_block(run, 1000);
    kfree(run->mm, block[1]);
    kfree(run->mm, block[3]);
    kfree(run->mm, block[2]);
    return block[2];
}

/* The two blocks were merged, and one of their joint length has taken their place. */
POINTER(twice_covered)
{
    vaddr_t block[4];

    for (uint32_t i = 0; i < 4; i++)
        block[i] = take_block(run, 2000);
    kfree(run->mm, block[1]);
    kfree(run->mm, block[2]);
    take_block(run, 4000);
    return block[2];
}

POINTER(twice_a_slot)
{
    vaddr_t slots[SLOTS];
    vaddr_t slot = slots_take(run, slots);

    kfree(run->mm, slot);
    return slot;
}

POINTER(twice_a_slot_of_a_page_given_back)
{
    vaddr_t slots[SLOTS];
    vaddr_t slot = slots_take(run, slots);

    take_block(run, 100);
    for (uint32_t i = 0; i < SLOTS; i++)
        kfree(run->mm, slots[i]);
    return slot;
}

POINTER(twice_pages)
{
    vaddr_t block = take_block(run, 5u * PAGE_SIZE);

    take_block(run, 5u * PAGE_SIZE);
    kfree(run->mm, block);
    return block;
}

/* The block is so long that the heap gives its frames back. */
POINTER(twice_shrunk)
{
    vaddr_t block = filled(run, 64u * PAGE_SIZE, 1);

    kfree(run->mm, block);
    return block;
}

/* The frames are pages now. */
POINTER(twice_frames_reused)
{
    vaddr_t block = filled(run, 64u * PAGE_SIZE, 1);
    pfn_t frame = frame_at(run, vaddr_add(block, PAGE_SIZE));

    enum page_class page_class = frame.value < run->mm->low_end.value ? PAGES_LOW : PAGES_USER;

    kfree(run->mm, block);
    while (take_pages(run, 0, page_class).value != frame.value)
        continue;
    return reach(run, frame);
}

POINTER(twice_dma)
{
    vaddr_t block = take_dma_block(run, 100);

    take_dma_block(run, 100);
    kfree(run->mm, block);
    return block;
}

POINTER(twice_dma_pages)
{
    vaddr_t block = take_dma_block(run, 3u * PAGE_SIZE);

    kfree(run->mm, block);
    return block;
}

/* krealloc() has moved the block. */
POINTER(moved)
{
    vaddr_t block = take_block(run, 1000);

    take_block(run, 1000);
    if (krealloc(run->mm, block, 20000).value == block.value)
        misuse_gives_up(run, "the block was not moved");
    return block;
}

/* ---- pages ---- */

POINTER(page)
{
    take_block(run, 100);
    return direct_map_frame(take_pages(run, 0, PAGES_LOW));
}

/* The content of the page looks like the headers of blocks of 24 bytes, with the heap's tags. */
static vaddr_t page_forged(vaddr_t page)
{
    uint32_t *words = machine_pointer(page);

    for (uint32_t i = 0; i < PAGE_SIZE / 4u; i++)
        words[i] = 24u << 2 | ((page.value + i * 4u) * 0x9e3779b1u >> 27 & 0x1cu);
    return vaddr_add(page, 8);
}

POINTER(page_like_blocks)
{
    vaddr_t pointer = page_forged(direct_map_frame(take_pages(run, 0, PAGES_LOW)));

    take_block(run, 100);
    return pointer;
}

POINTER(process_page_like_blocks)
{
    return page_forged(reach(run, frame_of_process(take_process(run), USER_TEXT)));
}

POINTER(page_by_8)
{
    return vaddr_add(direct_map_frame(take_pages(run, 0, PAGES_LOW)), 8);
}

POINTER(dma_page)
{
    return direct_map_frame(take_pages(run, 0, PAGES_DMA));
}

POINTER(user_page_of_the_kernel)
{
    return reach(run, take_pages(run, 0, PAGES_USER));
}

POINTER(pages_first)
{
    return direct_map_frame(take_pages(run, 3, PAGES_LOW));
}

POINTER(pages_second)
{
    return direct_map_frame(pfn_add(take_pages(run, 3, PAGES_LOW), 1));
}

POINTER(pages_second_by_8)
{
    vaddr_t page = direct_map_frame(pfn_add(take_pages(run, 3, PAGES_LOW), 1));

    *(uint32_t *)machine_pointer(vaddr_add(page, 4)) = 0;
    return vaddr_add(page, 8);
}

POINTER(pages_of_order_10)
{
    return direct_map_frame(pfn_add(take_pages(run, ORDER_MAX, PAGES_LOW), 512));
}

/* In `primary` the page is the first of a chunk of pages, which is a block of the heap. */
POINTER(first_page_of_many_free)
{
    pfn_t first = take_pages(run, 0, PAGES_LOW);

    for (uint32_t i = 0; i < 40; i++)
        take_pages(run, 0, PAGES_LOW);
    pages_free(run->mm, first, 0);
    return direct_map_frame(first);
}

POINTER(page_free)
{
    pfn_t page = take_pages(run, 0, PAGES_LOW);

    pages_free(run->mm, page, 0);
    return direct_map_frame(page);
}

/* ---- areas ---- */

POINTER(area)
{
    return take_area(run, 3u * PAGE_SIZE);
}

POINTER(area_second_page)
{
    vaddr_t page = vaddr_add(take_area(run, 3u * PAGE_SIZE), PAGE_SIZE);

    if (!machine_touch(page, true))
        misuse_gives_up(run, "an area can't be touched");
    return page;
}

POINTER(area_guard)
{
    return vaddr_add(take_area(run, 2u * PAGE_SIZE), 2u * PAGE_SIZE);
}

POINTER(area_free)
{
    vaddr_t area = take_area(run, 3u * PAGE_SIZE);

    vfree(run->mm, area);
    return area;
}

POINTER(area_frame)
{
    vaddr_t area = take_area(run, PAGE_SIZE);

    return reach(run, frame_touched_at(run, area));
}

/* ---- processes ---- */

POINTER(control_page)
{
    return address_of(take_process(run));
}

POINTER(control_page_inside)
{
    return address_of(&take_process(run)->regions.unused);
}

POINTER(process_directory)
{
    return direct_map_frame(take_process(run)->directory);
}

POINTER(process_page_table)
{
    const struct process *process = take_process(run);
    const uint32_t *directory = machine_pointer(direct_map_frame(process->directory));

    return direct_map(paddr(directory[directory_index(vaddr(USER_TEXT))] & PTE_FRAME_MASK));
}

POINTER(process_page)
{
    return reach(run, frame_of_process(take_process(run), USER_TEXT));
}

POINTER(process_page_by_8)
{
    return vaddr_add(reach(run, frame_of_process(take_process(run), USER_TEXT)), 8);
}

POINTER(process_address)
{
    process_switch(run->mm, take_process(run));
    return vaddr(USER_TEXT);
}

/* ---- the memory manager's own memory ---- */

POINTER(state)
{
    return address_of(run->mm->state);
}

POINTER(owner_map)
{
    return run->mm->owners;
}

POINTER(directory)
{
    return direct_map(run->mm->directory);
}

POINTER(heap_area_table)
{
    return run->mm->heap_area_tables;
}

POINTER(tempmap_table)
{
    return run->mm->tempmap_table;
}

/* ---- addresses outside of every block ---- */

ADDRESS(reserved, vaddr(DIRECT_MAP_BASE))
ADDRESS(reserved_by_8, vaddr(DIRECT_MAP_BASE + 8u))
ADDRESS(video_ram, vaddr(0xc00b8000u))
ADDRESS(kernel_image, vaddr(0xc0100000u))
ADDRESS(low_1000, vaddr(0x1000u))
ADDRESS(user_text, vaddr(USER_TEXT))
ADDRESS(last_byte, vaddr(UINT32_MAX))
ADDRESS(last_words, vaddr(0xfffffff8u))
ADDRESS(heap_area_unmapped, vaddr(HEAP_AREA_BASE + HEAP_AREA_SIZE / 2u))
ADDRESS(behind_heap_area, vaddr(HEAP_AREA_BASE + HEAP_AREA_SIZE))
ADDRESS(framebuffer_unmapped, vaddr(FRAMEBUFFER_BASE))
ADDRESS(tempmap_unclaimed, vaddr(TEMPMAP_BASE))
ADDRESS(page_tables, vaddr(PAGE_TABLES))
ADDRESS(page_directory, vaddr(PAGE_DIRECTORY))
ADDRESS(by_5_from_none, vaddr(5))
ADDRESS(by_8_from_none, vaddr(8))

/* There is no RAM. */
POINTER(beyond_ram)
{
    if (run->mm->owners_end.value >= LOW_END_PFN)
        misuse_is_pointless(run);
    return direct_map_frame(run->mm->owners_end);
}

POINTER(frame_never_used)
{
    pfn_t page = take_pages(run, 0, PAGES_LOW);
    pfn_t higher =
        page.value > RESERVED_END_PFN + 1000u ? pfn(page.value - 500u) : pfn_add(page, 500);

    return direct_map_frame(higher);
}

POINTER(framebuffer)
{
    vaddr_t start = framebuffer_map(run->mm, paddr(0xfd000000u), PAGE_SIZE);

    if (vaddr_is_none(start))
        misuse_gives_up(run, "no frame buffer");
    return start;
}

/* The block is live, but the address is another one of its frame. */
POINTER(alias)
{
    vaddr_t block = take_block(run, 100);
    vaddr_t page = tempmap_claim(run->mm, frame_at(run, block));

    if (vaddr_is_none(page))
        misuse_gives_up(run, "no temporary mapping");
    return vaddr_add(page, block.value & PAGE_OFFSET_MASK);
}

/* ---- requests ---- */

void misuse_ksize_none(struct misuse_run *run)
{
    misuse_begins(run, 0);
    ksize(run->mm, VADDR_NONE);
}

void misuse_kmalloc_0(struct misuse_run *run)
{
    misuse_begins(run, 0);
    kmalloc(run->mm, 0, PAGES_LOW);
}

void misuse_kmalloc_dma_0(struct misuse_run *run)
{
    misuse_begins(run, 0);
    kmalloc(run->mm, 0, PAGES_DMA);
}

void misuse_kmalloc_user(struct misuse_run *run)
{
    misuse_begins(run, PAGES_USER);
    kmalloc(run->mm, 100, PAGES_USER);
}

void misuse_kmalloc_user_large(struct misuse_run *run)
{
    misuse_begins(run, PAGES_USER);
    kmalloc(run->mm, 5u * PAGE_SIZE, PAGES_USER);
}

void misuse_kmalloc_class_7(struct misuse_run *run)
{
    misuse_begins(run, 7);
    kmalloc(run->mm, 100, (enum page_class)7);
}

void misuse_krealloc_to_0(struct misuse_run *run)
{
    vaddr_t block = take_block(run, 100);

    misuse_begins(run, 0);
    krealloc(run->mm, block, 0);
}

void misuse_krealloc_none_to_0(struct misuse_run *run)
{
    misuse_begins(run, 0);
    krealloc(run->mm, VADDR_NONE, 0);
}

void misuse_krealloc_free_to_0(struct misuse_run *run)
{
    vaddr_t block = take_block(run, 100);

    kfree(run->mm, block);
    misuse_begins(run, 0);
    krealloc(run->mm, block, 0);
}
