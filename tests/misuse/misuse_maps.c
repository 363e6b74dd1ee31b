/* Temporary mappings, and the frame buffer. */
#include <mm/frame_owner.h>
#include <mm/framebuffer.h>
#include <mm/tempmap.h>

#include "misuse_functions.h"

#define DEVICE 0xfd000000u

/* ---- temporary mappings ---- */

static vaddr_t claim(struct misuse_run *run, pfn_t frame)
{
    vaddr_t page = tempmap_claim(run->mm, frame);

    if (vaddr_is_none(page))
        misuse_gives_up(run, "no temporary mapping");
    return page;
}

/* CLAIMS(name) { body }: the body sets up and returns the frame. */
#define CLAIMS(name)                                                                               \
    static pfn_t frame_##name(struct misuse_run *run);                                             \
    void misuse_tempmap_claim_##name(struct misuse_run *run)                                       \
    {                                                                                              \
        pfn_t frame = frame_##name(run);                                                           \
        if (mm_frame_kind(run->mm, frame) == FRAME_HEAP) /* in primary it is the heap's */         \
            misuse_is_pointless(run);                                                              \
        misuse_begins_with(run, frame);                                                            \
        tempmap_claim(run->mm, frame);                                                             \
    }                                                                                              \
    static pfn_t frame_##name(struct misuse_run *run)

CLAIMS(free_page)
{
    pfn_t page = take_pages(run, 0, PAGES_USER);

    pages_free(run->mm, page, 0);
    return page;
}

CLAIMS(page_of_a_dead_process)
{
    struct process *process = take_process(run);
    pfn_t frame = frame_of_process(process, USER_TEXT);

    process_exit(run->mm, process);
    return frame;
}

CLAIMS(second_frame_of_a_free_block)
{
    pfn_t first = take_pages(run, 3, PAGES_USER);

    pages_free(run->mm, first, 3);
    return pfn_add(first, 1);
}

void misuse_tempmap_claim_frames_max(struct misuse_run *run)
{
    misuse_begins(run, 0);
    tempmap_claim(run->mm, pfn(FRAMES_MAX));
}

void misuse_tempmap_claim_none(struct misuse_run *run)
{
    misuse_begins(run, 0);
    tempmap_claim(run->mm, PFN_NONE);
}

/* RELEASES(name) { body }: the body sets up and returns the address. */
#define RELEASES(name)                                                                             \
    static vaddr_t page_##name(struct misuse_run *run);                                            \
    void misuse_tempmap_release_##name(struct misuse_run *run)                                     \
    {                                                                                              \
        vaddr_t page = page_##name(run);                                                           \
        misuse_begins_at(run, page);                                                               \
        tempmap_release(run->mm, page);                                                            \
    }                                                                                              \
    static vaddr_t page_##name(struct misuse_run *run)

#define RELEASES_ADDRESS(name, address)                                                            \
    RELEASES(name)                                                                                 \
    {                                                                                              \
        (void)run;                                                                                 \
        return vaddr(address);                                                                     \
    }

RELEASES(twice)
{
    vaddr_t page = claim(run, take_pages(run, 0, PAGES_USER));

    claim(run, take_pages(run, 0, PAGES_USER));
    tempmap_release(run->mm, page);
    return page;
}

RELEASES(the_next)
{
    return vaddr_add(claim(run, take_pages(run, 0, PAGES_USER)), PAGE_SIZE);
}

RELEASES(inside)
{
    return vaddr_add(claim(run, take_pages(run, 0, PAGES_USER)), 8);
}

RELEASES(by_direct_map)
{
    pfn_t page = take_pages(run, 0, PAGES_LOW);

    claim(run, page);
    return direct_map_frame(page);
}

RELEASES(block)
{
    return take_block(run, 100);
}

RELEASES_ADDRESS(none, 0)
RELEASES_ADDRESS(unclaimed, TEMPMAP_BASE + 15u * PAGE_SIZE)
RELEASES_ADDRESS(before_the_first, TEMPMAP_BASE - PAGE_SIZE)
RELEASES_ADDRESS(behind_the_last, TEMPMAP_BASE + TEMPMAP_PAGES * PAGE_SIZE)
RELEASES_ADDRESS(last_page, PAGE_DIRECTORY)

/* ---- the frame buffer ---- */

/* MAPS(name, device, bytes) maps a frame buffer. The panic must name `value`. */
static void map(struct misuse_run *run, uint32_t device, uint32_t bytes, uint32_t value)
{
    misuse_begins(run, value);
    framebuffer_map(run->mm, paddr(device), bytes);
}

void misuse_framebuffer_map_0_bytes(struct misuse_run *run)
{
    map(run, DEVICE, 0, 0);
}

void misuse_framebuffer_map_wrapping(struct misuse_run *run)
{
    map(run, 0xfffff000u, PAGE_SIZE + 1u, 0);
}

void misuse_framebuffer_map_unaligned(struct misuse_run *run)
{
    map(run, DEVICE + 8u, PAGE_SIZE, 0);
}

void misuse_framebuffer_map_free_ram(struct misuse_run *run)
{
    pfn_t page = take_pages(run, 0, PAGES_LOW);

    pages_free(run->mm, page, 0);
    map(run, pfn_to_paddr(page).value, PAGE_SIZE, page.value);
}

void misuse_framebuffer_map_page(struct misuse_run *run)
{
    pfn_t page = take_pages(run, 0, PAGES_LOW);

    map(run, pfn_to_paddr(page).value, PAGE_SIZE, page.value);
}

void misuse_framebuffer_map_metadata(struct misuse_run *run)
{
    pfn_t frame = frame_at(run, run->mm->owners);

    map(run, pfn_to_paddr(frame).value, PAGE_SIZE, frame.value);
}

void misuse_framebuffer_map_directory(struct misuse_run *run)
{
    map(run, run->mm->directory.value, PAGE_SIZE, paddr_to_pfn(run->mm->directory).value);
}

void misuse_framebuffer_map_reserved(struct misuse_run *run)
{
    map(run, 0x100000u, PAGE_SIZE, 0x100);
}

void misuse_framebuffer_map_with_a_process(struct misuse_run *run)
{
    take_process(run);
    map(run, DEVICE, PAGE_SIZE, 0);
}

void misuse_framebuffer_unmap_with_a_process(struct misuse_run *run)
{
    if (vaddr_is_none(framebuffer_map(run->mm, paddr(DEVICE), PAGE_SIZE)))
        misuse_gives_up(run, "no frame buffer");
    take_process(run);
    misuse_begins(run, 0);
    framebuffer_unmap(run->mm);
}
