/* Pointers that do not lead to a live process, each passed to each call that takes one, and invalid
 * ranges. */
#include <mm/pgtable.h>

#include "misuse_functions.h"

/* ---- the calls ---- */

static void call_exit(struct mm *mm, struct process *process)
{
    process_exit(mm, process);
}

static void call_switch(struct mm *mm, struct process *process)
{
    process_switch(mm, process);
}

static void call_map(struct mm *mm, struct process *process)
{
    (void)process_map(mm, process, vaddr(0x10000000u), PAGE_SIZE, true);
}

static void call_unmap(struct mm *mm, struct process *process)
{
    (void)process_unmap(mm, process, vaddr(USER_TEXT), PAGE_SIZE);
}

static void call_setbrk(struct mm *mm, struct process *process)
{
    (void)process_setbrk(mm, process, vaddr(USER_TEXT + 16u * PAGE_SIZE));
}

static uint32_t word;

static void call_copy_in(struct mm *mm, struct process *process)
{
    (void)process_copy_in(mm, process, vaddr(USER_TEXT), &word, sizeof word);
}

static void call_copy_out(struct mm *mm, struct process *process)
{
    (void)process_copy_out(mm, process, &word, vaddr(USER_TEXT), sizeof word);
}

/* ---- the pointers ---- */

static struct process *process_at(vaddr_t address)
{
    return machine_pointer(address);
}

/* BODY(name) { body }: the body sets up and returns the pointer. */
#define BODY(name) static struct process *process_##name(struct misuse_attempt *attempt)

/* Passes the pointer NAME to one call: process_CALL(). */
#define GIVEN(call, name)                                                                          \
    void misuse_process_##call##_##name(struct misuse_attempt *attempt)                            \
    {                                                                                              \
        struct process *process = process_##name(attempt);                                         \
        misuse_begins_at(attempt, address_of(process));                                            \
        call_##call(attempt->mm, process);                                                         \
    }

#define GIVEN_TO_EACH(name)                                                                        \
    GIVEN(exit, name)                                                                              \
    GIVEN(switch, name)                                                                            \
    GIVEN(map, name)                                                                               \
    GIVEN(unmap, name)                                                                             \
    GIVEN(setbrk, name)                                                                            \
    GIVEN(copy_in, name)                                                                           \
    GIVEN(copy_out, name)

BODY(dead)
{
    struct process *process = take_process(attempt);

    process_exit(attempt->mm, process);
    return process;
}
GIVEN_TO_EACH(dead)

BODY(page_table)
{
    const struct process *process = take_process(attempt);
    const uint32_t *directory = machine_pointer(direct_map_frame(process->directory));

    return process_at(
        direct_map(paddr(directory[directory_index(vaddr(USER_TEXT))] & PTE_FRAME_MASK)));
}
GIVEN_TO_EACH(page_table)

/* Its frame now has pages of the kernel. */
BODY(reused)
{
    struct process *process = take_process(attempt);
    pfn_t frame = process->control;

    process_exit(attempt->mm, process);
    while (take_pages(attempt, 0, PAGES_LOW).value != frame.value)
        continue;
    return process;
}
GIVEN_TO_EACH(reused)

BODY(directory)
{
    return process_at(direct_map_frame(take_process(attempt)->directory));
}
GIVEN(exit, directory)
GIVEN(switch, directory)

BODY(kernel_directory)
{
    return process_at(direct_map(attempt->mm->directory));
}
GIVEN(exit, kernel_directory)
GIVEN(switch, kernel_directory)

static struct process *user_page(struct misuse_attempt *attempt)
{
    pfn_t frame = frame_of_process(take_process(attempt), USER_TEXT);

    if (frame.value >= LOW_END_PFN) /* no pointer reaches it */
        misuse_is_pointless(attempt);
    return process_at(direct_map_frame(frame));
}

BODY(user_page)
{
    return user_page(attempt);
}
GIVEN(exit, user_page)
GIVEN(map, user_page)

/* The first word of the page is the one that a process's control page would have. */
BODY(user_page_forged)
{
    struct process *process = user_page(attempt);

    process->control = frame_at(attempt, address_of(process));
    return process;
}
GIVEN(exit, user_page_forged)

/* The first region in a page of regions starts at the address that equals the frame's number. */
BODY(regions_page)
{
    struct process *process = take_process(attempt);

    for (uint32_t i = 0; vaddr_is_none(process->regions.pages); i++)
        if (!process_map(attempt->mm, process, vaddr(USER_START + i * 2u * PAGE_SIZE), PAGE_SIZE,
                         true))
            misuse_gives_up(attempt, "no region");
    return process_at(process->regions.pages);
}
GIVEN(exit, regions_page)
GIVEN(switch, regions_page)

BODY(page)
{
    return process_at(direct_map_frame(take_pages(attempt, 0, PAGES_LOW)));
}
GIVEN(exit, page)

BODY(inside)
{
    return process_at(vaddr_add(address_of(take_process(attempt)), 4));
}
GIVEN(exit, inside)
GIVEN(copy_in, inside)

BODY(metadata)
{
    return process_at(attempt->mm->owners);
}
GIVEN(exit, metadata)

BODY(reserved)
{
    (void)attempt;
    return process_at(vaddr(DIRECT_MAP_BASE));
}
GIVEN(setbrk, reserved)

BODY(beyond_ram)
{
    if (attempt->mm->owners_end.value >= LOW_END_PFN)
        misuse_is_pointless(attempt);
    return process_at(direct_map_frame(attempt->mm->owners_end));
}
GIVEN(exit, beyond_ram)

BODY(area)
{
    return process_at(take_area(attempt, PAGE_SIZE));
}
GIVEN(exit, area)

BODY(user_address)
{
    process_switch(attempt->mm, take_process(attempt));
    return process_at(vaddr(USER_TEXT));
}
GIVEN(copy_out, user_address)

BODY(last_page)
{
    (void)attempt;
    return process_at(vaddr(PAGE_DIRECTORY));
}
GIVEN(exit, last_page)

BODY(null)
{
    (void)attempt;
    return NULL;
}
GIVEN(exit, null)
GIVEN(map, null)
GIVEN(unmap, null)
GIVEN(setbrk, null)
GIVEN(copy_in, null)
GIVEN(copy_out, null)

/* ---- ranges ---- */

/* RANGE(call, name, start, bytes) passes the range of a live process. */
#define RANGE(call, name, start, bytes)                                                            \
    void misuse_process_##call##_##name(struct misuse_attempt *attempt)                            \
    {                                                                                              \
        struct process *process = take_process(attempt);                                           \
        misuse_begins(attempt, (start));                                                           \
        range_##call(attempt->mm, process, vaddr(start), (bytes));                                 \
    }

static void range_map(struct mm *mm, struct process *process, vaddr_t start, uint32_t bytes)
{
    (void)process_map(mm, process, start, bytes, true);
}

static void range_unmap(struct mm *mm, struct process *process, vaddr_t start, uint32_t bytes)
{
    (void)process_unmap(mm, process, start, bytes);
}

static void range_copy_in(struct mm *mm, struct process *process, vaddr_t start, uint32_t bytes)
{
    (void)process_copy_in(mm, process, start, &word, bytes);
}

static void range_copy_out(struct mm *mm, struct process *process, vaddr_t start, uint32_t bytes)
{
    (void)process_copy_out(mm, process, &word, start, bytes);
}

RANGE(map, 0_bytes, 0x10000000u, 0)
RANGE(map, 0_bytes_of_kernel, DIRECT_MAP_BASE, 0)
RANGE(map, wrapping, 0x10000000u, UINT32_MAX)
RANGE(map, wrapping_by_a_page, 0xfffff000u, PAGE_SIZE + 1u)
RANGE(unmap, 0_bytes, USER_TEXT, 0)
RANGE(unmap, 0_bytes_of_none, 0, 0)
RANGE(unmap, wrapping, USER_TEXT, UINT32_MAX)
RANGE(unmap, wrapping_by_a_byte, UINT32_MAX, 2)
RANGE(copy_in, wrapping, USER_TEXT, UINT32_MAX)
RANGE(copy_in, wrapping_by_a_byte, UINT32_MAX, 2)
RANGE(copy_out, wrapping, USER_TEXT, UINT32_MAX)
RANGE(copy_out, wrapping_by_a_byte, UINT32_MAX, 2)

/* ---- contents ---- */

void misuse_process_copy_in_from_null(struct misuse_attempt *attempt)
{
    struct process *process = take_process(attempt);

    misuse_begins(attempt, 4);
    (void)process_copy_in(attempt->mm, process, vaddr(USER_TEXT), NULL, 4);
}

void misuse_process_copy_out_to_null(struct misuse_attempt *attempt)
{
    struct process *process = take_process(attempt);

    misuse_begins(attempt, 4);
    (void)process_copy_out(attempt->mm, process, NULL, vaddr(USER_TEXT), 4);
}

static void create(struct misuse_attempt *attempt, const struct process_image *image)
{
    misuse_begins(attempt, 0);
    (void)process_create(attempt->mm, image);
}

void misuse_process_create_no_text(struct misuse_attempt *attempt)
{
    create(attempt, &(struct process_image){.text_bytes = 1});
}

void misuse_process_create_no_data(struct misuse_attempt *attempt)
{
    create(attempt,
           &(struct process_image){.text = "text", .text_bytes = 4, .data_bytes = UINT32_MAX});
}
