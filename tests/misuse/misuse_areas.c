/* Addresses that are not the start of an area of vmalloc(), and invalid requests. */
#include "misuse_functions.h"

/* FREES(name) { body }: the body sets up and returns the address for vfree(). */
#define FREES(name)                                                                                \
    static vaddr_t area_##name(struct misuse_attempt *attempt);                                    \
    void misuse_vfree_##name(struct misuse_attempt *attempt)                                       \
    {                                                                                              \
        vaddr_t area = area_##name(attempt);                                                       \
        misuse_begins_at(attempt, area);                                                           \
        vfree(attempt->mm, area);                                                                  \
    }                                                                                              \
    static vaddr_t area_##name(struct misuse_attempt *attempt)

#define FREES_ADDRESS(name, address)                                                               \
    FREES(name)                                                                                    \
    {                                                                                              \
        (void)attempt;                                                                             \
        return vaddr(address);                                                                     \
    }

FREES(twice)
{
    vaddr_t area = take_area(attempt, 2u * PAGE_SIZE);

    take_area(attempt, 2u * PAGE_SIZE);
    vfree(attempt->mm, area);
    return area;
}

FREES(twice_between_free_ones)
{
    vaddr_t area[4];

    for (uint32_t i = 0; i < 4; i++)
        area[i] = take_area(attempt, PAGE_SIZE);
    vfree(attempt->mm, area[0]);
    vfree(attempt->mm, area[2]);
    vfree(attempt->mm, area[1]);
    return area[1];
}

FREES(second_page)
{
    return vaddr_add(take_area(attempt, 3u * PAGE_SIZE), PAGE_SIZE);
}

FREES(guard)
{
    vaddr_t area = take_area(attempt, 2u * PAGE_SIZE);

    take_area(attempt, 2u * PAGE_SIZE);
    return vaddr_add(area, 2u * PAGE_SIZE);
}

FREES(by_1)
{
    return vaddr_add(take_area(attempt, PAGE_SIZE), 1);
}

FREES(by_8)
{
    return vaddr_add(take_area(attempt, PAGE_SIZE), 8);
}

FREES(by_4095)
{
    return vaddr_add(take_area(attempt, 3u * PAGE_SIZE), PAGE_OFFSET_MASK);
}

FREES(block)
{
    take_area(attempt, PAGE_SIZE);
    return take_block(attempt, 100);
}

FREES(large_block)
{
    return take_block(attempt, 10u * PAGE_SIZE);
}

FREES(page)
{
    return direct_map_frame(take_pages(attempt, 0, PAGES_LOW));
}

FREES(free_page)
{
    pfn_t page = take_pages(attempt, 0, PAGES_LOW);

    pages_free(attempt->mm, page, 0);
    return direct_map_frame(page);
}

FREES(control_page)
{
    return address_of(take_process(attempt));
}

/* The area's frame, by its address in the direct map. */
FREES(frame_of_area)
{
    vaddr_t area = take_area(attempt, PAGE_SIZE);

    return reach(attempt, frame_touched_at(attempt, area));
}

FREES_ADDRESS(heap_area_start, HEAP_AREA_BASE)
FREES_ADDRESS(last_page_of_heap_area, HEAP_AREA_BASE + HEAP_AREA_SIZE - PAGE_SIZE)
FREES_ADDRESS(behind_heap_area, HEAP_AREA_BASE + HEAP_AREA_SIZE)
FREES_ADDRESS(reserved, DIRECT_MAP_BASE)
FREES_ADDRESS(user_text, USER_TEXT)
FREES_ADDRESS(by_1_from_none, 1)
FREES_ADDRESS(framebuffer_unmapped, FRAMEBUFFER_BASE)
FREES_ADDRESS(tempmap_unclaimed, TEMPMAP_BASE)
FREES_ADDRESS(page_directory, PAGE_DIRECTORY)
FREES_ADDRESS(last_byte, UINT32_MAX)

void misuse_vmalloc_0(struct misuse_attempt *attempt)
{
    misuse_begins(attempt, 0);
    vmalloc(attempt->mm, 0);
}
