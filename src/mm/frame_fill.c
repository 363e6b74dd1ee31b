#include "frame_fill.h"

#include <mm/machine.h>
#include <mm/tempmap.h>

#include "fill.h"
#include "owners.h"

/* Returns the page at which a frame can be accessed, or VADDR_NONE if no temporary mapping is
   left. */
static vaddr_t page_claim(struct mm *mm, pfn_t frame)
{
    if (frame.value < LOW_END_PFN)
        return direct_map_frame(frame);
    return tempmap_claimed(mm) < TEMPMAP_PAGES ? tempmap_claim(mm, frame) : VADDR_NONE;
}

static void page_release(struct mm *mm, vaddr_t page)
{
    if (page.value >= TEMPMAP_BASE)
        tempmap_release(mm, page);
}

static void frame_do(struct mm *mm, pfn_t frame, bool verify)
{
    vaddr_t page = page_claim(mm, frame);

    if (vaddr_is_none(page))
        return;
    if (verify)
        fill_verify(page.value, page.value + PAGE_SIZE, "pages_alloc");
    else
        fill_freed(page.value, page.value + PAGE_SIZE);
    page_release(mm, page);
}

/* Can the frame be accessed? If not, it was not filled, and must not be marked as filled. */
static bool is_reached(const struct mm *mm, pfn_t frame)
{
    return frame.value < LOW_END_PFN || tempmap_claimed(mm) < TEMPMAP_PAGES;
}

void frames_fill_all(struct mm *mm, pfn_t start, pfn_t end)
{
    for (pfn_t frame = start; frame.value < end.value; frame = pfn_add(frame, 1))
        frame_do(mm, frame, false);
}

void frames_mark_filled(struct mm *mm, pfn_t start, pfn_t end)
{
    for (pfn_t frame = start; frame.value < end.value; frame = pfn_add(frame, 1))
        if (owner_is(mm, frame, OWNER_FREE) && is_reached(mm, frame))
            owner_set_filled(mm, frame, true);
}

/* Only a frame that has an owner may be mapped temporarily, so the kernel owns each frame while it
   is verified. */
void frames_verify_all(struct mm *mm, pfn_t start, pfn_t end)
{
    for (pfn_t frame = start; frame.value < end.value; frame = pfn_add(frame, 1)) {
        if (!owner_is_filled(mm, frame))
            continue;
        owner_set(mm, frame, 0, OWNER_KERNEL);
        frame_do(mm, frame, true);
        owner_set(mm, frame, 0, OWNER_FREE);
    }
}
