#include "lab/failure_groups.h"

#include <stdlib.h>
#include <string.h>

#include "replay/culprit.h"
#include "replay/slots.h"

/* ---- tallies ---- */

static bool parties_equal(const struct failure_party *a, const struct failure_party *b)
{
    return a->process == b->process && a->site == b->site && a->kind == b->kind;
}

static void tally_add(struct failure_tally *tally, struct failure_party party)
{
    for (uint32_t i = 0; i < tally->parties; i++)
        if (parties_equal(&tally->list[i].party, &party)) {
            tally->list[i].count++;
            return;
        }
    if (tally->parties == FAILURE_TALLY_MAX) {
        tally->others++;
        return;
    }
    tally->list[tally->parties].party = party;
    tally->list[tally->parties++].count = 1;
}

/* The most frequent party comes first; of equals, the one that occurred first. */
static void tally_sort(struct failure_tally *tally)
{
    for (uint32_t i = 1; i < tally->parties; i++)
        for (uint32_t k = i; k > 0 && tally->list[k].count > tally->list[k - 1u].count; k--) {
            struct failure_party party = tally->list[k].party;
            uint64_t count = tally->list[k].count;
            tally->list[k] = tally->list[k - 1u];
            tally->list[k - 1u].party = party;
            tally->list[k - 1u].count = count;
        }
}

/* ---- the asker ---- */

static struct failure_party asker_of(const struct replay *replay,
                                     const struct replay_failure *failure)
{
    const struct event *event = replay->event;
    bool resized = event->kind == EVENT_KREALLOC;

    if (failure->process != 0)
        return (struct failure_party){.process = failure->process};
    return (struct failure_party){.site = resized ? slot_site(&replay->slots[event->slot])
                                                  : event->site};
}

struct failure_party failure_party_of(const struct replay_culprit *culprit)
{
    bool site = culprit->owned && culprit->process == 0;

    return (struct failure_party){.kind = culprit->kind,
                                  .site = site ? culprit->site : SITE_NONE,
                                  .process = culprit->process};
}

/* ---- groups ---- */

static bool is_full(const struct replay *replay, const struct replay_failure *failure)
{
    return failure->free_bytes >> PAGE_SHIFT < replay->mm->frames_total / FAILURE_FULL_PART;
}

static bool is_alike(const struct failure_group *group, const struct replay_failure *failure,
                     bool full)
{
    return group->first.cause == failure->cause && group->first.request == failure->request &&
           group->first.late == failure->late && group->full == full;
}

/*
 * Returns the group of a failure, or NULL if it needs a new one. Sets *single if the new group is
 * for this asker only. All processes share a group.
 */
static struct failure_group *find_group(const struct failure_collector *collector,
                                        const struct replay_failure *failure,
                                        const struct failure_party *asker, bool *single)
{
    struct failure_groups *groups = collector->groups;
    bool full = is_full(collector->replay, failure);
    struct failure_group *shared = NULL;
    uint32_t alike = 0;

    for (uint32_t i = 0; i < groups->count; i++) {
        struct failure_group *group = &groups->group[i];
        if (!is_alike(group, failure, full))
            continue;
        alike++;
        if (!group->single_asker)
            shared = group;
        else if (parties_equal(&group->asker, asker))
            return group;
    }
    *single = asker->process == 0 && alike < FAILURE_GROUP_SITES;
    return *single ? NULL : shared;
}

static void start_group(struct failure_collector *collector, struct failure_group *group,
                        const struct replay_failure *failure, struct failure_party asker,
                        bool single)
{
    *group = (struct failure_group){
        .first = *failure,
        .asker = asker,
        .first_number = collector->groups->failures,
        .bytes_least = failure->bytes,
        .bytes_most = failure->bytes,
        .heap_span_bytes = collector->replay->mm->counters.heap_span_bytes,
        .single_asker = single,
        .full = is_full(collector->replay, failure),
        .sample = FAILURE_NO_SAMPLE,
    };
    group->first.blocker = culprit_of(collector->replay, failure);
    group->examined = 1;
    if (!pfn_is_none(group->first.blocker.frame))
        tally_add(&group->blockers, failure_party_of(&group->first.blocker));
}

/* Examine the failures with the numbers 1, 2, 4, 8, ... of a group, while the run's share lasts. */
static void examine(struct failure_collector *collector, struct failure_group *group,
                    const struct replay_failure *failure)
{
    if ((group->count & (group->count - 1u)) != 0 || collector->culprits_left == 0)
        return;
    collector->culprits_left--;
    group->examined++;
    struct replay_culprit culprit = culprit_of(collector->replay, failure);
    if (!pfn_is_none(culprit.frame))
        tally_add(&group->blockers, failure_party_of(&culprit));
}

static void add_to_group(struct failure_group *group, const struct replay_failure *failure,
                         struct failure_party asker)
{
    group->count++;
    group->last_event = failure->event;
    if (failure->free_bytes > group->most_free_bytes)
        group->most_free_bytes = failure->free_bytes;
    if (failure->bytes < group->bytes_least)
        group->bytes_least = failure->bytes;
    if (failure->bytes > group->bytes_most)
        group->bytes_most = failure->bytes;
    tally_add(&group->askers, asker);
}

/* ---- frames that block brk ---- */

static void add_frame(struct failure_groups *groups, pfn_t frame)
{
    for (uint32_t i = 0; i < groups->blocking_frames; i++)
        if (groups->blocking_frame[i] == frame.value)
            return;
    if (groups->blocking_frames == FAILURE_FRAMES_MAX)
        groups->blocked_elsewhere = 1;
    else
        groups->blocking_frame[groups->blocking_frames++] = frame.value;
}

/* ---- collecting ---- */

void failure_collector_begin(struct failure_collector *collector, struct failure_groups *groups,
                             const struct replay *replay)
{
    memset(groups, 0, sizeof *groups);
    *collector = (struct failure_collector){
        .groups = groups, .replay = replay, .culprits_left = FAILURE_CULPRITS_MAX};
}

struct failure_group *failure_collector_take(struct failure_collector *collector,
                                             const struct replay_failure *failure)
{
    struct failure_groups *groups = collector->groups;
    struct failure_party asker = asker_of(collector->replay, failure);
    bool single;

    groups->failures++;
    if (failure->cause == MM_BRK_BLOCKED)
        add_frame(groups, collector->replay->mm->failure.blocker);
    struct failure_group *group = find_group(collector, failure, &asker, &single);
    bool is_new = group == NULL;
    if (is_new && groups->count == FAILURE_GROUPS_MAX) {
        groups->ungrouped++;
        return NULL;
    }
    if (is_new) {
        group = &groups->group[groups->count++];
        start_group(collector, group, failure, asker, single);
    }
    add_to_group(group, failure, asker);
    if (!is_new)
        examine(collector, group, failure);
    else if (collector->on_group != NULL)
        collector->on_group(collector->context, group);
    return group;
}

void failure_groups_finish(struct failure_groups *groups)
{
    for (uint32_t i = 0; i < groups->count; i++) {
        tally_sort(&groups->group[i].askers);
        tally_sort(&groups->group[i].blockers);
    }
}
