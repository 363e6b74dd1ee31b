#include "support/hoard.h"

#include "support/on_machine.h"

static bool hoard_take(struct model_hoard *hoard, pfn_t frame)
{
    assert_true(hoard->count < sizeof hoard->frame / sizeof hoard->frame[0]);
    hoard->frame[hoard->count] = frame;
    hoard->count += !pfn_is_none(frame);
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

void hoard_all(struct model_hoard *hoard, struct mm *mm)
{
    hoard->count = 0;
    while (hoard_take(hoard, take_any(mm)))
        continue;
}

/* DMA memory that requests of PAGES_USER leave free. */
#define MODEL_RESERVE_BYTES (4u * PAGE_SIZE)

void hoard_free(struct model_hoard *hoard, struct mm *mm)
{
    while (mm_free_bytes(mm) != 0) {
        bool reserve = mm_free_bytes(mm) <= MODEL_RESERVE_BYTES;
        assert_true(hoard_take(hoard, pages_alloc(mm, 0, reserve ? PAGES_DMA : PAGES_USER)));
    }
}

void hoard_class(struct model_hoard *hoard, struct mm *mm, enum page_class page_class)
{
    while (hoard_take(hoard, pages_alloc(mm, 0, page_class)))
        continue;
}

void hoard_give(struct model_hoard *hoard, struct mm *mm, enum zone zone, uint32_t frames)
{
    for (uint32_t i = hoard->count; i-- > 0 && frames > 0;) {
        if (zone_of(hoard->frame[i]) != zone)
            continue;
        pages_free(mm, hoard->frame[i], 0);
        for (uint32_t k = i + 1; k < hoard->count; k++)
            hoard->frame[k - 1] = hoard->frame[k];
        hoard->count--;
        frames--;
    }
}

uint32_t hoard_give_run(struct model_hoard *hoard, struct mm *mm, uint32_t first, uint32_t end)
{
    uint32_t before = hoard->count;
    uint32_t kept = 0;

    for (uint32_t i = 0; i < before; i++) {
        if (hoard->frame[i].value >= first && hoard->frame[i].value < end)
            pages_free(mm, hoard->frame[i], 0);
        else
            hoard->frame[kept++] = hoard->frame[i];
    }
    hoard->count = kept;
    return before - kept;
}

void hoard_give_all(struct model_hoard *hoard, struct mm *mm)
{
    while (hoard->count > 0)
        pages_free(mm, hoard->frame[--hoard->count], 0);
}
