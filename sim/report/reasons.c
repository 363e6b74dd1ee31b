#include "report/reasons.h"

#include <inttypes.h>

#include <mm/strategy.h>

#include "report/remedies.h"

static bool is_of_process(const struct failure_group *group)
{
    return group != NULL && group->first.request >= REQUEST_TOUCH;
}

static bool is_vmalloc(const struct failure_group *group)
{
    return group != NULL && group->first.request == REQUEST_VMALLOC;
}

static const struct explain_snapshot *snapshot_of(const struct finding_run *run)
{
    return run->explanation != NULL && run->explanation->status == RUN_DONE
               ? &run->explanation->snapshot
               : NULL;
}

/* ---- clauses ---- */

static const char *clause_of_addresses(const struct failure_group *group)
{
    if (is_of_process(group))
        return "because the process has already taken that range";
    return is_vmalloc(group) ? "because the addresses for vmalloc are used up"
                             : "because the addresses for the heap are used up";
}

static const char *clause_of_zone(const struct failure_group *group)
{
    if (group == NULL)
        return "because too little is free in the zones that may serve them";
    return group->first.page_class == PAGES_DMA ? "because too little DMA memory is free"
                                                : "because too little low memory is free";
}

static const char *clause_of(enum finding_reason reason, const struct failure_group *group)
{
    static const char *const clauses[REASON_COUNT] = {
        [REASON_NONE] = "",
        [REASON_USED_UP] = "because memory is used up",
        [REASON_BLOCKED] = "because a used page stands in the heap's way",
        [REASON_PIECES] = "because the free memory is in pieces that are too small",
        [REASON_ACCESS] = "because no region of the process allows the access",
    };

    if (reason == REASON_ADDRESSES)
        return clause_of_addresses(group);
    return reason == REASON_ZONE ? clause_of_zone(group) : clauses[reason];
}

/* The range of the bytes that a run's unsupported requests of one class ask for. */
struct sizes {
    uint32_t least;
    uint32_t most;
};

static struct sizes unsupported_sizes(const struct finding_run *run, enum request_class request)
{
    struct sizes sizes = {UINT32_MAX, 0};

    for (uint32_t i = 0; i < run->groups->count; i++) {
        const struct failure_group *group = &run->groups->group[i];
        if (group->first.cause != MM_UNSUPPORTED || group->first.request != request)
            continue;
        sizes.least = group->bytes_least < sizes.least ? group->bytes_least : sizes.least;
        sizes.most = group->bytes_most > sizes.most ? group->bytes_most : sizes.most;
    }
    return sizes;
}

void reason_put_unsupported(struct prose *prose, const struct finding_run *run)
{
    static const char *const nouns[REQUEST_COUNT] = {
        [REQUEST_KMALLOC] = "a kmalloc", [REQUEST_VMALLOC] = "a vmalloc"};
    const struct failure_group *group = finding_group(run);

    if (group == NULL || is_of_process(group)) {
        prose_put(prose, "some requests");
        return;
    }
    const struct sizes sizes = unsupported_sizes(run, group->first.request);
    if (group->first.request == REQUEST_PAGES) {
        phrase_pages(prose, sizes.least, sizes.most);
        return;
    }
    prose_put(prose, "%s of %s", nouns[group->first.request], phrase_size_text(sizes.least).text);
    if (sizes.most != sizes.least)
        prose_put(prose, " to %s", phrase_size_text(sizes.most).text);
}

void reason_put_clause(struct prose *prose, const struct finding_run *run)
{
    if (finding_main_reason(run) != REASON_UNSUPPORTED) {
        prose_put(prose, "%s", clause_of(finding_main_reason(run), finding_group(run)));
        return;
    }
    prose_put(prose, "because ");
    reason_put_unsupported(prose, run);
    prose_put(prose, " can't be served at all");
}

/* ---- one failure ---- */

static void put_blocker(struct prose *prose, struct trace *trace,
                        const struct replay_failure *failure)
{
    const struct replay_culprit *blocker = &failure->blocker;
    const struct prose_mark mark = {.has_frame = true, .frame = blocker->frame.value};
    const struct failure_party party = failure_party_of(blocker);

    if (!blocker->owned) {
        prose_put_marked(prose, mark, "a page (%s)", frame_kind_name(blocker->kind));
        prose_put(prose, " that no block of the trace has");
        return;
    }
    if (blocker->frames == 1)
        prose_put_marked(prose, mark, "a page");
    else
        prose_put_marked(prose, mark, "a block of %s",
                         phrase_size_text((uint64_t)blocker->frames << PAGE_SHIFT).text);
    prose_put(prose, " of ");
    phrase_party(prose, trace, &party);
    prose_put(prose, " that has been there for %s event%s",
              number_grouped(replay_age(failure)).text, plural_s(replay_age(failure)));
}

static void put_first_blocked(struct prose *prose, const struct finding_facts *facts,
                              const struct failure_group *group)
{
    if (group->heap_span_bytes == 0)
        prose_put(prose, ": the heap is empty, and can't grow past ");
    else
        prose_put(prose, ": the heap spans %s, and can't grow past ",
                  phrase_size_text(group->heap_span_bytes).text);
    put_blocker(prose, facts->trace, &group->first);
}

static void put_free(struct prose *prose, const struct failure_group *group)
{
    prose_put(prose, ": ");
    phrase_free(prose, group->first.free_bytes);
}

/* The longest row of free frames in the zones that a class may use. */
static uint32_t longest_run(const struct explain_snapshot *snapshot, enum page_class page_class)
{
    uint32_t longest = 0;

    for (uint32_t zone = 0; zone <= (uint32_t)class_top_zone(page_class); zone++)
        if (snapshot->zone[zone].largest_run > longest)
            longest = snapshot->zone[zone].largest_run;
    return longest;
}

/* A piece that is long enough is not aligned, or a heap block needs a header in it. */
static void put_first_pieces(struct prose *prose, const struct finding_run *run,
                             const struct failure_group *group)
{
    const struct explain_snapshot *snapshot = snapshot_of(run);

    put_free(prose, group);
    if (snapshot == NULL)
        return;
    uint64_t longest = (uint64_t)longest_run(snapshot, group->first.page_class) << PAGE_SHIFT;
    if (longest != 0 && longest < group->first.bytes)
        prose_put(prose, ", and the longest piece of it has %s", phrase_size_text(longest).text);
}

static void put_first_addresses(struct prose *prose, const struct finding_run *run,
                                const struct failure_group *group)
{
    const struct explain_snapshot *snapshot = snapshot_of(run);

    put_free(prose, group);
    if (snapshot == NULL || is_vmalloc(group) || is_of_process(group))
        return;
    prose_put(prose, ", and the heap spans %s of the %s that it may ever span",
              phrase_size_text(snapshot->heap_span_bytes).text,
              phrase_size_text(snapshot->heap_most_bytes).text);
}

static void put_first_zone(struct prose *prose, const struct finding_run *run,
                           const struct failure_group *group)
{
    const struct explain_snapshot *snapshot = snapshot_of(run);
    uint64_t free_frames = 0;

    put_free(prose, group);
    if (snapshot == NULL)
        return;
    for (uint32_t zone = 0; zone <= (uint32_t)class_top_zone(group->first.page_class); zone++)
        free_frames += snapshot->zone[zone].free.frames;
    prose_put(prose, ", but only %s of it where the request may lie",
              phrase_size_text(free_frames << PAGE_SHIFT).text);
}

static void put_first_access(struct prose *prose, const struct failure_group *group)
{
    static const char *const why[MM_ACCESS_FAULT_COUNT] = {
        [MM_ACCESS_NULL] = "the page at address 0 is never mapped",
        [MM_ACCESS_KERNEL] = "the address belongs to the kernel",
        [MM_ACCESS_NO_REGION] = "the address is in no region",
        [MM_ACCESS_RIGHTS] = "the region is read-only",
    };

    prose_put(prose, ": %s", why[group->first.access.why]);
}

static void put_details(struct prose *prose, const struct finding_facts *facts,
                        const struct finding_run *run, const struct failure_group *group)
{
    switch (finding_main_reason(run)) {
    case REASON_BLOCKED:
        put_first_blocked(prose, facts, group);
        return;
    case REASON_PIECES:
        put_first_pieces(prose, run, group);
        return;
    case REASON_ADDRESSES:
        put_first_addresses(prose, run, group);
        return;
    case REASON_ZONE:
        put_first_zone(prose, run, group);
        return;
    case REASON_ACCESS:
        put_first_access(prose, group);
        return;
    default:
        put_free(prose, group);
    }
}

void reason_put_first(struct prose *prose, const struct finding_facts *facts,
                      const struct finding_run *run)
{
    const struct failure_group *group = finding_group(run);

    if (group == NULL)
        return;
    prose_put(prose, finding_reasons(run).failed[finding_main_reason(run)] == 1
                         ? " It is "
                         : " The first of these is ");
    phrase_request(prose, &group->first);
    if (group->first.process == 0) {
        prose_put(prose, " by ");
        phrase_party(prose, facts->trace, &group->asker);
    }
    prose_put(prose, " at ");
    phrase_event(prose, group->first.event);
    put_details(prose, facts, run, group);
    prose_put(prose, ".");
}

/* ---- the headline ---- */

/* What has to go away before brk can grow, as a replay has verified. */
static void put_obstacle(struct prose *prose, const struct explain_freeing *freeing)
{
    prose_put(prose, "because %s %s", number_word(freeing->count).text, freeing_noun(freeing));
    if (freeing->count == 1 && freeing->frames > 1)
        prose_put(prose, " of %s", phrase_size_text((uint64_t)freeing->frames << PAGE_SHIFT).text);
    prose_put(prose, " will not go away");
}

static void put_blocked(struct prose *prose, const struct finding_run *run)
{
    if (run->explanation != NULL && remedy_helps(run->explanation, REMEDY_FREEING))
        put_obstacle(prose, &run->explanation->freeing);
    else
        prose_put(prose, "%s", clause_of(REASON_BLOCKED, NULL));
}

static void put_addresses(struct prose *prose, const struct finding_run *run, bool several)
{
    const struct failure_group *group = finding_group(run);

    if (snapshot_of(run) == NULL || is_vmalloc(group) || is_of_process(group))
        prose_put(prose, "%s", clause_of_addresses(group));
    else
        prose_put(prose, "because %s may not span more than %s",
                  several ? "their heaps" : "its heap",
                  phrase_size_text(snapshot_of(run)->heap_most_bytes).text);
}

void reason_put_headline(struct prose *prose, const struct finding_run *run, bool several)
{
    const struct failure_group *group = finding_group(run);
    enum finding_reason reason = finding_main_reason(run);

    prose_put(prose, "%s ", several ? "fail" : "fails");
    if (group != NULL)
        prose_put(prose, "with %s free, ", phrase_size_text(group->first.free_bytes).text);
    if (reason == REASON_BLOCKED)
        put_blocked(prose, run);
    else if (reason == REASON_ADDRESSES)
        put_addresses(prose, run, several);
    else if (reason == REASON_PIECES && group != NULL)
        prose_put(prose, "because no %s of it is in one piece",
                  phrase_size_text(group->first.bytes).text);
    else
        prose_put(prose, "%s", clause_of(reason, group));
}
