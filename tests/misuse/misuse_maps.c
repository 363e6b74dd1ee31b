/* Temporary mappings, and the frame buffer. */
#include <mm/frame_owner.h>
#include <mm/framebuffer.h>
#include <mm/tempmap.h>

#include "misuse_functions.h"

#define DEVICE 0xfd000000u

/* ---- temporary mappings ---- */

static vaddr_t claim(struct misuse_attempt *attempt, pfn_t frame)
{
    vaddr_t page = tempmap_claim(attempt->mm, frame);

    if (vaddr_is_none(page))
        misuse_gives_up(attempt, "no temporary mapping");
    return page;
}

/* CLAIMS(name) { body }: the body sets up and returns the frame. */
#define CLAIMS(name)                                                                               \
    static pfn_t frame_##name(struct misuse_attempt *attempt);                                     \
    void misuse_tempmap_claim_##name(struct misuse_attempt *attempt)                               \
    {                                                                                              \
        pfn_t frame = frame_##name(attempt);                                                       \
        if (mm_frame_kind(attempt->mm, frame) == FRAME_HEAP) /* in primary it is the heap's */     \
            misuse_is_pointless(attempt);                                                          \
        misuse_begins_with(attempt, frame);                                                        \
        tempmap_claim(attempt->mm, frame);                                                         \
    }                                                                                              \
    static pfn_t frame_##name(struct misuse_attempt *attempt)

CLAIMS(free_page)
{
    pfn_t page = take_pages(attempt, 0, PAGES_USER);

    pages_free(attempt->mm, page, 0);
    return page;
}

CLAIMS(page_of_a_dead_process)
{
    struct process *process = take_process(attempt);
    pfn_t frame = frame_of_process(process, USER_TEXT);

    process_exit(attempt->mm, process);
    return frame;
}

CLAIMS(second_frame_of_a_free_block)
{
    pfn_t first = take_pages(attempt, 3, PAGES_USER);

    pages_free(attempt->mm, first, 3);
    return pfn_add(first, 1);
}

void misuse_tempmap_claim_frames_max(struct misuse_attempt *attempt)
{
    misuse_begins(attempt, 0);
    tempmap_claim(attempt->mm, pfn(FRAMES_MAX));
}

void misuse_tempmap_claim_none(struct misuse_attempt *attempt)
{
    misuse_begins(attempt, 0);
    tempmap_claim(attempt->mm, PFN_NONE);
}

/* RELEASES(name) { body }: the body sets up and returns the address. */
#define RELEASES(name)                                                                             \
    static vaddr_t page_##name(struct misuse_attempt *attempt);                                    \
    void misuse_tempmap_release_##name(struct misuse_attempt *attempt)                             \
    {                                                                                              \
        vaddr_t page = page_##name(attempt);                                                       \
        misuse_begins_at(attempt, page);                                                           \
        tempmap_release(attempt->mm, page);                                                        \
    }                                                                                              \
    static vaddr_t page_##name(struct misuse_attempt *attempt)

#define RELEASES_ADDRESS(name, address)                                                            \
    RELEASES(name)                                                                                 \
    {                                                                                              \
        (void)attempt;                                                                             \
        return vaddr(address);                                                                     \
    }

RELEASES(twice)
{
    vaddr_t page = claim(attempt, take_pages(attempt, 0, PAGES_USER));

    claim(attempt, take_pages(attempt, 0, PAGES_USER));
    tempmap_release(attempt->mm, page);
    return page;
}

RELEASES(the_next)
{
    return vaddr_add(claim(attempt, take_pages(attempt, 0, PAGES_USER)), PAGE_SIZE);
}

RELEASES(inside)
{
    return vaddr_add(claim(attempt, take_pages(attempt, 0, PAGES_USER)), 8);
}

RELEASES(by_direct_map)
{
    pfn_t page = take_pages(attempt, 0, PAGES_LOW);

    claim(attempt, page);
    return direct_map_frame(page);
}

RELEASES(block)
{
    return take_block(attempt, 100);
}

RELEASES_ADDRESS(none, 0)
RELEASES_ADDRESS(unclaimed, TEMPMAP_BASE + 15u * PAGE_SIZE)
RELEASES_ADDRESS(before_the_first, TEMPMAP_BASE - PAGE_SIZE)
RELEASES_ADDRESS(behind_the_last, TEMPMAP_BASE + TEMPMAP_PAGES * PAGE_SIZE)
RELEASES_ADDRESS(last_page, PAGE_DIRECTORY)

/* ---- the frame buffer ---- */

/* MAPS(name, device, bytes) maps a frame buffer. The panic must name `value`. */
static void map(struct misuse_attempt *attempt, uint32_t device, uint32_t bytes, uint32_t value)
{
    misuse_begins(attempt, value);
    framebuffer_map(attempt->mm, paddr(device), bytes);
}

void misuse_framebuffer_map_0_bytes(struct misuse_attempt *attempt)
{
    map(attempt, DEVICE, 0, 0);
}

void misuse_framebuffer_map_wrapping(struct misuse_attempt *attempt)
{
    map(attempt, 0xfffff000u, PAGE_SIZE + 1u, 0);
}

void misuse_framebuffer_map_unaligned(struct misuse_attempt *attempt)
{
    map(attempt, DEVICE + 8u, PAGE_SIZE, 0);
}

void misuse_framebuffer_map_free_ram(struct misuse_attempt *attempt)
{
    pfn_t page = take_pages(attempt, 0, PAGES_LOW);

    pages_free(attempt->mm, page, 0);
    map(attempt, pfn_to_paddr(page).value, PAGE_SIZE, page.value);
}

void misuse_framebuffer_map_page(struct misuse_attempt *attempt)
{
    pfn_t page = take_pages(attempt, 0, PAGES_LOW);

    map(attempt, pfn_to_paddr(page).value, PAGE_SIZE, page.value);
}

void misuse_framebuffer_map_metadata(struct misuse_attempt *attempt)
{
    pfn_t frame = frame_at(attempt, attempt->mm->owners);

    map(attempt, pfn_to_paddr(frame).value, PAGE_SIZE, frame.value);
}

void misuse_framebuffer_map_directory(struct misuse_attempt *attempt)
{
    map(attempt, attempt->mm->directory.value, PAGE_SIZE,
        paddr_to_pfn(attempt->mm->directory).value);
}

void misuse_framebuffer_map_reserved(struct misuse_attempt *attempt)
{
    map(attempt, 0x100000u, PAGE_SIZE, 0x100);
}

void misuse_framebuffer_map_with_a_process(struct misuse_attempt *attempt)
{
    take_process(attempt);
    map(attempt, DEVICE, PAGE_SIZE, 0);
}

void misuse_framebuffer_unmap_with_a_process(struct misuse_attempt *attempt)
{
    if (vaddr_is_none(framebuffer_map(attempt->mm, paddr(DEVICE), PAGE_SIZE)))
        misuse_gives_up(attempt, "no frame buffer");
    take_process(attempt);
    misuse_begins(attempt, 0);
    framebuffer_unmap(attempt->mm);
}
