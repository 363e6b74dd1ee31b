#include "support/taken_pages.h"

#include "support/on_machine.h"

static bool take(struct taken_pages *taken, pfn_t frame)
{
    assert_true(taken->count < sizeof taken->frame / sizeof taken->frame[0]);
    taken->frame[taken->count] = frame;
    taken->count += !pfn_is_none(frame);
    return !pfn_is_none(frame);
}

/* Takes a frame, if need be from the reserves that requests of PAGES_USER leave to other classes.
 */
static pfn_t take_any(struct mm *mm)
{
    static const enum page_class classes[] = {PAGES_USER, PAGES_LOW, PAGES_DMA};
    pfn_t frame = PFN_NONE;

    for (uint32_t i = 0; i < 3 && pfn_is_none(frame); i++)
        frame = pages_alloc(mm, 0, classes[i]);
    return frame;
}

void take_all_frames(struct taken_pages *taken, struct mm *mm)
{
    taken->count = 0;
    while (take(taken, take_any(mm)))
        continue;
}

/* DMA memory that requests of PAGES_USER leave free. */
#define MODEL_RESERVE_BYTES (4u * PAGE_SIZE)

void take_free_frames(struct taken_pages *taken, struct mm *mm)
{
    while (mm_free_bytes(mm) != 0) {
        bool reserve = mm_free_bytes(mm) <= MODEL_RESERVE_BYTES;
        assert_true(take(taken, pages_alloc(mm, 0, reserve ? PAGES_DMA : PAGES_USER)));
    }
}

void take_class_pages(struct taken_pages *taken, struct mm *mm, enum page_class page_class)
{
    while (take(taken, pages_alloc(mm, 0, page_class)))
        continue;
}

void free_zone_pages(struct taken_pages *taken, struct mm *mm, enum zone zone, uint32_t frames)
{
    for (uint32_t i = taken->count; i-- > 0 && frames > 0;) {
        if (zone_of(taken->frame[i]) != zone)
            continue;
        pages_free(mm, taken->frame[i], 0);
        for (uint32_t k = i + 1; k < taken->count; k++)
            taken->frame[k - 1] = taken->frame[k];
        taken->count--;
        frames--;
    }
}

uint32_t free_pages_between(struct taken_pages *taken, struct mm *mm, uint32_t first, uint32_t end)
{
    uint32_t before = taken->count;
    uint32_t kept = 0;

    for (uint32_t i = 0; i < before; i++) {
        if (taken->frame[i].value >= first && taken->frame[i].value < end)
            pages_free(mm, taken->frame[i], 0);
        else
            taken->frame[kept++] = taken->frame[i];
    }
    taken->count = kept;
    return before - kept;
}

void free_all_pages(struct taken_pages *taken, struct mm *mm)
{
    while (taken->count > 0)
        pages_free(mm, taken->frame[--taken->count], 0);
}
