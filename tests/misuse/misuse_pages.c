/* Frames that are not the first of a block of pages, or are freed with a wrong order. */
#include <mm/framebuffer.h>
#include <mm/pgtable.h>

#include "misuse_functions.h"

/* FREES(name, order) { body }: the body sets up and returns the frame for pages_free(). */
#define FREES(name, order)                                                                         \
    static pfn_t frame_##name(struct misuse_attempt *attempt);                                     \
    void misuse_pages_free_##name(struct misuse_attempt *attempt)                                  \
    {                                                                                              \
        pfn_t frame = frame_##name(attempt);                                                       \
        misuse_begins_with(attempt, frame);                                                        \
        pages_free(attempt->mm, frame, (order));                                                   \
    }                                                                                              \
    static pfn_t frame_##name(struct misuse_attempt *attempt)

/* ---- frames that are free ---- */

FREES(twice, 0)
{
    pfn_t page = take_pages(attempt, 0, PAGES_LOW);

    take_pages(attempt, 0, PAGES_LOW);
    pages_free(attempt->mm, page, 0);
    return page;
}

FREES(twice_user, 0)
{
    pfn_t page = take_pages(attempt, 0, PAGES_USER);

    pages_free(attempt->mm, page, 0);
    return page;
}

FREES(twice_of_order_3, 3)
{
    pfn_t first = take_pages(attempt, 3, PAGES_LOW);

    pages_free(attempt->mm, first, 3);
    return first;
}

/* The frames were merged with their buddies when they became free. */
FREES(half_of_a_free_block, 2)
{
    pfn_t first = take_pages(attempt, 3, PAGES_LOW);

    pages_free(attempt->mm, first, 3);
    return pfn_add(first, 4);
}

FREES(never_taken, 0)
{
    pfn_t page = take_pages(attempt, 0, PAGES_LOW);

    return page.value > RESERVED_END_PFN + 1000u ? pfn(page.value - 500u) : pfn_add(page, 500);
}

/* The frame belonged to a block of kmalloc(). */
FREES(heap_gave_back, 0)
{
    vaddr_t block = take_block(attempt, 64u * PAGE_SIZE);
    vaddr_t inside = vaddr_add(block, 10u * PAGE_SIZE);

    pfn_t frame = frame_touched_at(attempt, inside);
    kfree(attempt->mm, block);
    return frame;
}

FREES(area_gave_back, 0)
{
    vaddr_t area = take_area(attempt, 64u * PAGE_SIZE);

    pfn_t frame = frame_touched_at(attempt, area);
    vfree(attempt->mm, area);
    return frame;
}

FREES(process_gave_back, 0)
{
    struct process *process = take_process(attempt);
    pfn_t frame = frame_of_process(process, USER_TEXT);

    process_exit(attempt->mm, process);
    return frame;
}

/* ---- another order, another frame of the block ---- */

FREES(page_as_order_1, 1)
{
    return take_pages(attempt, 0, PAGES_LOW);
}

FREES(page_as_order_10, ORDER_MAX)
{
    return take_pages(attempt, 0, PAGES_LOW);
}

FREES(order_3_as_page, 0)
{
    return take_pages(attempt, 3, PAGES_LOW);
}

FREES(order_3_as_order_1, 1)
{
    return take_pages(attempt, 3, PAGES_LOW);
}

FREES(order_3_as_order_4, 4)
{
    return take_pages(attempt, 3, PAGES_LOW);
}

FREES(order_10_as_order_9, 9)
{
    return take_pages(attempt, ORDER_MAX, PAGES_LOW);
}

FREES(user_order_2_as_page, 0)
{
    return take_pages(attempt, 2, PAGES_USER);
}

FREES(second_frame, 0)
{
    return pfn_add(take_pages(attempt, 3, PAGES_LOW), 1);
}

FREES(second_frame_whole_order, 3)
{
    return pfn_add(take_pages(attempt, 3, PAGES_LOW), 1);
}

FREES(last_frame, 0)
{
    return pfn_add(take_pages(attempt, 3, PAGES_LOW), 7);
}

FREES(upper_half, 2)
{
    return pfn_add(take_pages(attempt, 3, PAGES_LOW), 4);
}

FREES(middle_of_order_10, 9)
{
    return pfn_add(take_pages(attempt, ORDER_MAX, PAGES_LOW), 512);
}

FREES(dma_second_frame, 0)
{
    return pfn_add(take_pages(attempt, 3, PAGES_DMA), 1);
}

FREES(user_second_frame, 0)
{
    return pfn_add(take_pages(attempt, 3, PAGES_USER), 1);
}

/* Two single pages lie side by side. */
FREES(two_pages_at_once, 1)
{
    pfn_t before = take_pages(attempt, 0, PAGES_LOW);
    pfn_t page = take_pages(attempt, 0, PAGES_LOW);

    for (; (page.value ^ before.value) != 1u; page = take_pages(attempt, 0, PAGES_LOW))
        before = page;
    return pfn(page.value & ~1u);
}

/* ---- orders that do not exist ---- */

#define FREES_ORDER(name, order)                                                                   \
    void misuse_pages_free_##name(struct misuse_attempt *attempt)                                  \
    {                                                                                              \
        pfn_t page = take_pages(attempt, 0, PAGES_LOW);                                            \
        misuse_begins(attempt, 0);                                                                 \
        pages_free(attempt->mm, page, (order));                                                    \
    }

FREES_ORDER(order_11, 11)
FREES_ORDER(order_16, 16) /* its lowest 4 bits are 0 */
FREES_ORDER(order_255, 255)
FREES_ORDER(order_beyond, UINT32_MAX)

/* ---- a frame of a kmalloc() block ---- */

FREES(block, 0)
{
    return frame_at(attempt, take_block(attempt, 100));
}

FREES(object, 0)
{
    vaddr_t block = VADDR_NONE;

    for (uint32_t i = 0; i < 64; i++)
        block = take_block(attempt, 32);
    return frame_at(attempt, block);
}

FREES(block_second_frame, 0)
{
    vaddr_t page = vaddr_add(take_block(attempt, 3u * PAGE_SIZE), PAGE_SIZE);

    return frame_touched_at(attempt, page);
}

FREES(block_as_large, 2)
{
    return frame_at(attempt, take_block(attempt, 4u * PAGE_SIZE));
}

FREES(dma_block, 0)
{
    return frame_at(attempt, take_dma_block(attempt, 100));
}

FREES(dma_block_second_frame, 0)
{
    return pfn_add(frame_at(attempt, take_dma_block(attempt, 3u * PAGE_SIZE)), 1);
}

/* ---- a frame of vmalloc(), of a process, of a page table ---- */

FREES(area, 0)
{
    vaddr_t area = take_area(attempt, 2u * PAGE_SIZE);

    return frame_touched_at(attempt, area);
}

FREES(process_page, 0)
{
    return frame_of_process(take_process(attempt), USER_TEXT);
}

FREES(process_stack, 0)
{
    return frame_of_process(take_process(attempt), attempt->mm->user_end - 4u);
}

FREES(control_page, 0)
{
    return take_process(attempt)->control;
}

FREES(process_directory, 0)
{
    return take_process(attempt)->directory;
}

FREES(process_page_table, 0)
{
    const struct process *process = take_process(attempt);
    const uint32_t *directory = machine_pointer(direct_map_frame(process->directory));

    return paddr_to_pfn(paddr(directory[directory_index(vaddr(USER_TEXT))]));
}

/* The process has more regions than the control page can hold. */
FREES(regions_page, 0)
{
    struct process *process = take_process(attempt);

    for (uint32_t i = 0; vaddr_is_none(process->regions.pages); i++)
        if (!process_map(attempt->mm, process, vaddr(0x10000000u + i * 2u * PAGE_SIZE), PAGE_SIZE,
                         true))
            misuse_gives_up(attempt, "no region");
    return frame_at(attempt, process->regions.pages);
}

FREES(directory, 0)
{
    return paddr_to_pfn(attempt->mm->directory);
}

FREES(heap_area_table, 0)
{
    return frame_at(attempt, attempt->mm->heap_area_tables);
}

FREES(last_heap_area_table, 0)
{
    return pfn_add(frame_at(attempt, attempt->mm->heap_area_tables), HEAP_AREA_TABLES - 1u);
}

FREES(tempmap_table, 0)
{
    return frame_at(attempt, attempt->mm->tempmap_table);
}

FREES(framebuffer_table, 0)
{
    if (vaddr_is_none(framebuffer_map(attempt->mm, paddr(0xfd000000u), PAGE_SIZE)))
        misuse_gives_up(attempt, "no frame buffer");
    const uint32_t *directory = machine_pointer(direct_map(attempt->mm->directory));
    return paddr_to_pfn(paddr(directory[FRAMEBUFFER_ENTRY]));
}

/* ---- frames that nobody can free ---- */

FREES(state, 0)
{
    return frame_at(attempt, address_of(attempt->mm->state));
}

FREES(owner_map, 0)
{
    return frame_at(attempt, attempt->mm->owners);
}

FREES(boot_directory, 0)
{
    return paddr_to_pfn(attempt->mm->boot_directory);
}

#define FREES_NUMBER(name, number)                                                                 \
    FREES(name, 0)                                                                                 \
    {                                                                                              \
        (void)attempt;                                                                             \
        return pfn(number);                                                                        \
    }

FREES_NUMBER(frame_0, 0)
FREES_NUMBER(video_ram, 0xb8)
FREES_NUMBER(last_reserved, RESERVED_END_PFN - 1u)
FREES_NUMBER(frames_max, FRAMES_MAX)
FREES_NUMBER(last_of_4_gib, FRAMES_MAX - 1u)
FREES_NUMBER(none, UINT32_MAX)
FREES_NUMBER(device, 0xfd000)

FREES(beyond_ram, 0)
{
    return attempt->mm->owners_end;
}

/* The address of the frame's byte in the map of owners wraps around. */
FREES(far_beyond_ram, 0)
{
    return pfn(0u - attempt->mm->owners.value + attempt->mm->owners_end.value);
}

/* ---- pages_alloc() ---- */

#define TAKES(name, order, number)                                                                 \
    void misuse_pages_alloc_##name(struct misuse_attempt *attempt)                                 \
    {                                                                                              \
        misuse_begins(attempt, 0);                                                                 \
        pages_alloc(attempt->mm, (order), (enum page_class)(number));                              \
    }

TAKES(order_11, 11, PAGES_LOW)
TAKES(order_32, 32, PAGES_LOW)
TAKES(order_beyond, UINT32_MAX, PAGES_USER)
TAKES(class_3, 0, 3)
TAKES(class_255, 0, 255)

/* ---- pages_set_movable() ---- */

static void forget_move(void *context, uint32_t cookie, pfn_t from, pfn_t to)
{
    (void)context;
    (void)cookie;
    (void)from;
    (void)to;
}

/* MOVES(name, order) { body }: the body sets up and returns the frame for pages_set_movable(). */
#define MOVES(name, order)                                                                         \
    static pfn_t moved_##name(struct misuse_attempt *attempt);                                     \
    void misuse_pages_set_movable_##name(struct misuse_attempt *attempt)                           \
    {                                                                                              \
        pfn_t frame = moved_##name(attempt);                                                       \
        attempt->mm->moved = forget_move;                                                          \
        misuse_begins_with(attempt, frame);                                                        \
        pages_set_movable(attempt->mm, frame, (order), 1);                                         \
    }                                                                                              \
    static pfn_t moved_##name(struct misuse_attempt *attempt)

MOVES(kernel_page, 0)
{
    return take_pages(attempt, 0, PAGES_LOW);
}

MOVES(free_page, 0)
{
    pfn_t page = take_pages(attempt, 0, PAGES_USER);

    pages_free(attempt->mm, page, 0);
    return page;
}

MOVES(page_as_order_1, 1)
{
    return take_pages(attempt, 0, PAGES_USER);
}

MOVES(page_as_order_16, 16)
{
    return take_pages(attempt, 0, PAGES_USER);
}

MOVES(order_2_as_page, 0)
{
    return take_pages(attempt, 2, PAGES_USER);
}

MOVES(second_frame, 0)
{
    return pfn_add(take_pages(attempt, 2, PAGES_USER), 1);
}

MOVES(process_page, 0)
{
    return frame_of_process(take_process(attempt), USER_TEXT);
}

MOVES(area, 0)
{
    vaddr_t area = take_area(attempt, PAGE_SIZE);

    return frame_touched_at(attempt, area);
}

MOVES(block, 0)
{
    return frame_at(attempt, take_block(attempt, 100));
}

MOVES(none, 0)
{
    (void)attempt;
    return PFN_NONE;
}

void misuse_pages_set_movable_cookie_too_large(struct misuse_attempt *attempt)
{
    pfn_t page = take_pages(attempt, 0, PAGES_USER);

    attempt->mm->moved = forget_move;
    misuse_begins(attempt, 0);
    pages_set_movable(attempt->mm, page, 0, PAGES_COOKIES);
}

void misuse_pages_set_movable_nobody_told(struct misuse_attempt *attempt)
{
    pfn_t page = take_pages(attempt, 0, PAGES_USER);

    misuse_begins(attempt, 0);
    pages_set_movable(attempt->mm, page, 0, 1);
}
