/* Who holds the frames that are not free, in the proportions of the report. */
#include "import_oom.h"

#include <string.h>

/* Linux keeps pages of one mobility together in blocks of this many pages, on x86-64. */
#define PAGEBLOCK_FRAMES 512u

static const struct state_holder holders[HOLDER_COUNT] = {
    [HOLDER_ANON] = {"anonymous_pages", true},      [HOLDER_FILE] = {"page_cache", true},
    [HOLDER_LRU] = {"pages_in_use", true},          [HOLDER_SLAB] = {"slab", false},
    [HOLDER_TABLES] = {"page_tables", false},       [HOLDER_STACKS] = {"kernel_stacks", false},
    [HOLDER_OTHER] = {"other_kernel_pages", false},
};

void oom_name_holders(struct memory_state *state)
{
    memcpy(state->holders, holders, sizeof holders);
}

/* The kernel's own pages are those that are neither free nor of processes and files. What they are
   for, some kernels say only for all memory. */
static void add_weights(const struct oom_import *import, const struct oom_sum *sum,
                        uint64_t weights[HOLDER_COUNT])
{
    const uint64_t *global = import->reader.kept.global_pages;
    uint64_t movable = sum->pages[OOM_ANON] + sum->pages[OOM_FILE] + sum->pages[OOM_LRU];
    uint64_t used = sum->managed > sum->free_pages ? sum->managed - sum->free_pages : 0;
    uint64_t kernel = used > movable ? used - movable : 0;
    uint64_t parts[3] = {sum->pages[OOM_SLAB], sum->pages[OOM_TABLES], sum->pages[OOM_STACKS]};
    static const enum oom_size sizes[3] = {OOM_SLAB, OOM_TABLES, OOM_STACKS};
    uint64_t all_kernel = 1;

    for (uint32_t kind = 0; kind < OOM_KIND_COUNT; kind++)
        all_kernel += import->zones.sums[kind].managed;
    weights[HOLDER_ANON] += sum->pages[OOM_ANON];
    weights[HOLDER_FILE] += sum->pages[OOM_FILE];
    weights[HOLDER_LRU] += sum->pages[OOM_LRU];
    for (uint32_t i = 0; i < 3; i++) {
        uint64_t share =
            parts[i] > 0
                ? parts[i]
                : (uint64_t)((double)global[sizes[i]] * (double)sum->managed / (double)all_kernel);
        share = share < kernel ? share : kernel;
        kernel -= share;
        weights[HOLDER_SLAB + i] += share;
    }
    weights[HOLDER_OTHER] += kernel;
}

/* The holder that has the smallest part of what its weight gives it; none has a weight: pages in
   use. */
static enum holder next_holder(const uint64_t weights[HOLDER_COUNT],
                               const uint64_t given[HOLDER_COUNT], uint32_t from, uint32_t to)
{
    uint32_t next = HOLDER_COUNT;

    for (uint32_t i = from; i < to; i++)
        if (weights[i] > 0 &&
            (next == HOLDER_COUNT ||
             (double)given[i] * (double)weights[next] < (double)given[next] * (double)weights[i]))
            next = i;
    return next < HOLDER_COUNT ? (enum holder)next : HOLDER_LRU;
}

static void sum_group(const uint64_t list[HOLDER_COUNT], uint64_t groups[2])
{
    groups[0] = 0;
    groups[1] = 0;
    for (uint32_t i = 0; i < HOLDER_COUNT; i++)
        groups[i >= HOLDER_MOVABLE_END] += list[i];
}

/* Gives the used frames of a zone their holders, mobility by mobility. */
void oom_hold_zone(struct oom_import *import, enum zone zone)
{
    struct frame_range range = import->state.zones[zone];
    uint64_t weights[HOLDER_COUNT] = {0};
    uint64_t given[HOLDER_COUNT] = {0};
    uint64_t group_weights[2];
    uint64_t group_given[2];
    bool pinned = false;

    for (uint32_t kind = 0; kind < OOM_KIND_COUNT; kind++)
        if (import->zones.sums[kind].there && import->zones.to[kind] == zone)
            add_weights(import, &import->zones.sums[kind], weights);
    sum_group(weights, group_weights);
    for (uint32_t at = range.start.value; at < range.end.value && at < import->state.end; at++) {
        struct state_frame *frame = &import->state.frames[at];

        if (at % PAGEBLOCK_FRAMES == 0) {
            sum_group(given, group_given);
            pinned = (double)group_given[1] * (double)group_weights[0] <
                     (double)group_given[0] * (double)group_weights[1];
            pinned = group_weights[0] == 0 ? group_weights[1] > 0 : pinned;
        }
        if (frame->fate != FATE_HELD)
            continue;
        frame->holder =
            (uint8_t)(pinned ? next_holder(weights, given, HOLDER_MOVABLE_END, HOLDER_COUNT)
                             : next_holder(weights, given, 0, HOLDER_MOVABLE_END));
        given[frame->holder]++;
    }
}
