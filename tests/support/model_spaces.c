#include "support/model_spaces.h"

#include <mm/pgtable.h>

#include <stdlib.h>

static uint32_t page_end(uint32_t va)
{
    return bytes_to_pages(va);
}

void model_space_start(struct model_space *space, struct process *process)
{
    space->process = process;
    space->regions.count = 0;
    space->present = 0;
    space->heap_end = USER_TEXT;
    space->page = calloc(SPACE_PAGES, sizeof *space->page);
    assert_non_null(space->page);
    model_regions_add(&space->regions, USER_STACK, MODEL_USER_END, REGION_STACK, true);
}

void model_space_end(struct model_space *space)
{
    free(space->page);
    space->process = NULL;
}

void model_space_map(struct model_space *space, struct model_range range, enum region_kind kind,
                     bool writable)
{
    model_regions_add(&space->regions, range.first << PAGE_SHIFT, range.end << PAGE_SHIFT, kind,
                      writable);
}

void model_space_unmap(struct model_space *space, struct model_range range)
{
    model_regions_cut(&space->regions, range.first << PAGE_SHIFT, range.end << PAGE_SHIFT);
    for (uint32_t page = range.first; page < range.end; page++) {
        space->present -= space->page[page].present;
        space->page[page] = (struct model_page){0};
    }
}

/* A heap that grows is merged with the region right below if that is a heap's, too. */
static void heap_grow(struct model_space *space, struct model_range growth)
{
    struct model_regions *regions = &space->regions;
    uint32_t start = growth.first << PAGE_SHIFT;
    uint32_t below = model_regions_find(regions, start - 1);

    if (below < regions->count && regions->region[below].end == start &&
        regions->region[below].kind == REGION_HEAP)
        regions->region[below].end = growth.end << PAGE_SHIFT;
    else
        model_space_map(space, growth, REGION_HEAP, true);
}

void model_space_setbrk(struct model_space *space, uint32_t end)
{
    uint32_t before = page_end(space->heap_end);

    if (page_end(end) < before)
        model_space_unmap(space, (struct model_range){page_end(end), before});
    else if (page_end(end) > before)
        heap_grow(space, (struct model_range){before, page_end(end)});
    space->heap_end = end;
}

bool model_space_is_free(const struct model_space *space, struct model_range range)
{
    return range.first >= 1 && range.end <= SPACE_PAGES &&
           !model_regions_overlap(&space->regions, range.first << PAGE_SHIFT,
                                  range.end << PAGE_SHIFT);
}

bool model_space_may_setbrk(const struct model_space *space, uint32_t end)
{
    struct model_range growth = {page_end(space->heap_end), page_end(end) + 1};

    if (end < USER_TEXT || end > MODEL_USER_END)
        return false;
    return growth.end - 1 <= growth.first || model_space_is_free(space, growth);
}

bool model_space_may_touch(const struct model_space *space, uint32_t va, bool write)
{
    uint32_t at = model_regions_find(&space->regions, va);
    const struct region *region = &space->regions.region[at];

    return at < space->regions.count && region->start <= va && (!write || region->writable);
}

/* Returns the first word of a frame in any zone. */
static uint32_t frame_word(pfn_t frame)
{
    const uint32_t *memory = machine_current->mmu.memory;

    return memory[(size_t)frame.value * (PAGE_SIZE / 4)];
}

static void assert_page_agrees(const struct model_space *space, uint32_t page)
{
    pfn_t frame = user_frame(space->process, page << PAGE_SHIFT);
    const struct model_page *model = &space->page[page];

    if (model->present == pfn_is_none(frame))
        fail_msg("page %x is %s", page, model->present ? "missing" : "unexpected");
    if (model->present && frame_word(frame) != model->value)
        fail_msg("page %x holds %x, not %x", page, frame_word(frame), model->value);
}

/* The checker counts frames and tables. Here each page is compared with the model. */
void assert_space_agrees(const struct mm *mm, const struct model_space *space)
{
    const char *broken = process_check(mm, space->process);

    if (broken != NULL)
        fail_msg("%s", broken);
    assert_regions_agree(&space->process->regions, &space->regions);
    assert_int_equal(space->process->heap_end.value, space->heap_end);
    assert_int_equal(space->process->frames, space->present);
    for (uint32_t i = 0; i < space->regions.count; i++)
        for (uint32_t page = space->regions.region[i].start >> PAGE_SHIFT;
             page < space->regions.region[i].end >> PAGE_SHIFT; page++)
            if (space->page[page].present)
                assert_page_agrees(space, page);
}
