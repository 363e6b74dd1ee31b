/* Pointers to what is no block of kmalloc(): pages, areas, processes, the memory manager's own
   memory, and addresses where nothing is. */
#include <mm/framebuffer.h>
#include <mm/pgtable.h>
#include <mm/tempmap.h>

#include "misuse_pointer.h"

/* ---- pages ---- */

POINTER(page)
{
    take_block(attempt, 100);
    return direct_map_frame(take_pages(attempt, 0, PAGES_LOW));
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
    vaddr_t pointer = page_forged(direct_map_frame(take_pages(attempt, 0, PAGES_LOW)));

    take_block(attempt, 100);
    return pointer;
}

POINTER(process_page_like_blocks)
{
    return page_forged(reach(attempt, frame_of_process(take_process(attempt), USER_TEXT)));
}

POINTER(page_by_8)
{
    return vaddr_add(direct_map_frame(take_pages(attempt, 0, PAGES_LOW)), 8);
}

POINTER(dma_page)
{
    return direct_map_frame(take_pages(attempt, 0, PAGES_DMA));
}

POINTER(user_page_of_the_kernel)
{
    return reach(attempt, take_pages(attempt, 0, PAGES_USER));
}

POINTER(pages_first)
{
    return direct_map_frame(take_pages(attempt, 3, PAGES_LOW));
}

POINTER(pages_second)
{
    return direct_map_frame(pfn_add(take_pages(attempt, 3, PAGES_LOW), 1));
}

POINTER(pages_second_by_8)
{
    vaddr_t page = direct_map_frame(pfn_add(take_pages(attempt, 3, PAGES_LOW), 1));

    *(uint32_t *)machine_pointer(vaddr_add(page, 4)) = 0;
    return vaddr_add(page, 8);
}

POINTER(pages_of_order_10)
{
    return direct_map_frame(pfn_add(take_pages(attempt, ORDER_MAX, PAGES_LOW), 512));
}

/* In `primary` the page is the first of a chunk of pages, which is a block of the heap. */
POINTER(first_page_of_many_free)
{
    pfn_t first = take_pages(attempt, 0, PAGES_LOW);

    for (uint32_t i = 0; i < 40; i++)
        take_pages(attempt, 0, PAGES_LOW);
    pages_free(attempt->mm, first, 0);
    return direct_map_frame(first);
}

POINTER(page_free)
{
    pfn_t page = take_pages(attempt, 0, PAGES_LOW);

    pages_free(attempt->mm, page, 0);
    return direct_map_frame(page);
}

/* ---- areas ---- */

POINTER(area)
{
    return take_area(attempt, 3u * PAGE_SIZE);
}

POINTER(area_second_page)
{
    vaddr_t page = vaddr_add(take_area(attempt, 3u * PAGE_SIZE), PAGE_SIZE);

    if (!machine_touch(page, true))
        misuse_gives_up(attempt, "an area can't be touched");
    return page;
}

POINTER(area_guard)
{
    return vaddr_add(take_area(attempt, 2u * PAGE_SIZE), 2u * PAGE_SIZE);
}

POINTER(area_free)
{
    vaddr_t area = take_area(attempt, 3u * PAGE_SIZE);

    vfree(attempt->mm, area);
    return area;
}

POINTER(area_frame)
{
    vaddr_t area = take_area(attempt, PAGE_SIZE);

    return reach(attempt, frame_touched_at(attempt, area));
}

/* ---- processes ---- */

POINTER(control_page)
{
    return address_of(take_process(attempt));
}

POINTER(control_page_inside)
{
    return address_of(&take_process(attempt)->regions.unused);
}

POINTER(process_directory)
{
    return direct_map_frame(take_process(attempt)->directory);
}

POINTER(process_page_table)
{
    const struct process *process = take_process(attempt);
    const uint32_t *directory = machine_pointer(direct_map_frame(process->directory));

    return direct_map(paddr(directory[directory_index(vaddr(USER_TEXT))] & PTE_FRAME_MASK));
}

POINTER(process_page)
{
    return reach(attempt, frame_of_process(take_process(attempt), USER_TEXT));
}

POINTER(process_page_by_8)
{
    return vaddr_add(reach(attempt, frame_of_process(take_process(attempt), USER_TEXT)), 8);
}

POINTER(process_address)
{
    process_switch(attempt->mm, take_process(attempt));
    return vaddr(USER_TEXT);
}

/* ---- the memory manager's own memory ---- */

POINTER(state)
{
    return address_of(attempt->mm->state);
}

POINTER(owner_map)
{
    return attempt->mm->owners;
}

POINTER(directory)
{
    return direct_map(attempt->mm->directory);
}

POINTER(heap_area_table)
{
    return attempt->mm->heap_area_tables;
}

POINTER(tempmap_table)
{
    return attempt->mm->tempmap_table;
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
    if (attempt->mm->owners_end.value >= LOW_END_PFN)
        misuse_is_pointless(attempt);
    return direct_map_frame(attempt->mm->owners_end);
}

POINTER(frame_never_used)
{
    pfn_t page = take_pages(attempt, 0, PAGES_LOW);
    pfn_t higher =
        page.value > RESERVED_END_PFN + 1000u ? pfn(page.value - 500u) : pfn_add(page, 500);

    return direct_map_frame(higher);
}

POINTER(framebuffer)
{
    vaddr_t start = framebuffer_map(attempt->mm, paddr(0xfd000000u), PAGE_SIZE);

    if (vaddr_is_none(start))
        misuse_gives_up(attempt, "no frame buffer");
    return start;
}

/* The block is live, but the address is another one of its frame. */
POINTER(alias)
{
    vaddr_t block = take_block(attempt, 100);
    vaddr_t page = tempmap_claim(attempt->mm, frame_at(attempt, block));

    if (vaddr_is_none(page))
        misuse_gives_up(attempt, "no temporary mapping");
    return vaddr_add(page, block.value & PAGE_OFFSET_MASK);
}
