#include "lab/findings.h"

/* ---- one run ---- */

bool finding_has_result(const struct finding_run *run)
{
    return run->outcome->status == RUN_DONE;
}

static uint64_t sum(const uint64_t counts[], uint32_t count)
{
    uint64_t total = 0;

    for (uint32_t i = 0; i < count; i++)
        total += counts[i];
    return total;
}

uint64_t finding_requests(const struct finding_run *run)
{
    return finding_has_result(run) ? sum(run->outcome->result.requests, REQUEST_COUNT) : 0;
}

uint64_t finding_failed(const struct finding_run *run)
{
    return finding_has_result(run) ? sum(run->outcome->result.failures, REQUEST_COUNT) : 0;
}

/* ---- reasons ---- */

static enum finding_reason reason_of(enum mm_cause cause, bool full)
{
    static const enum finding_reason reasons[MM_CAUSE_COUNT] = {
        [MM_NO_FRAMES] = REASON_USED_UP,          [MM_NO_RUN] = REASON_PIECES,
        [MM_BRK_BLOCKED] = REASON_BLOCKED,        [MM_ZONE] = REASON_ZONE,
        [MM_NO_ADDRESS_SPACE] = REASON_ADDRESSES, [MM_UNSUPPORTED] = REASON_UNSUPPORTED,
        [MM_BAD_ACCESS] = REASON_ACCESS,
    };
    bool of_frames = cause == MM_NO_RUN || cause == MM_BRK_BLOCKED || cause == MM_ZONE;

    return full && of_frames ? REASON_USED_UP : reasons[cause];
}

struct finding_reasons finding_reasons(const struct finding_run *run)
{
    struct finding_reasons reasons = {{0}};

    if (!finding_has_result(run))
        return reasons;
    if (run->groups == NULL) {
        for (uint32_t cause = MM_OK + 1u; cause < MM_CAUSE_COUNT; cause++)
            reasons.failed[reason_of((enum mm_cause)cause, false)] +=
                run->outcome->result.failures_by_cause[cause];
        return reasons;
    }
    for (uint32_t i = 0; i < run->groups->count; i++) {
        const struct failure_group *group = &run->groups->group[i];
        reasons.failed[reason_of(group->first.cause, group->full != 0)] += group->count;
    }
    return reasons;
}

enum finding_reason finding_main_reason(const struct finding_run *run)
{
    const struct finding_reasons reasons = finding_reasons(run);
    enum finding_reason main = REASON_NONE;

    for (uint32_t reason = REASON_NONE + 1u; reason < REASON_COUNT; reason++)
        if (reasons.failed[reason] > reasons.failed[main])
            main = (enum finding_reason)reason;
    return main;
}

const struct failure_group *finding_group(const struct finding_run *run)
{
    enum finding_reason main = finding_main_reason(run);

    if (run->groups == NULL || main == REASON_NONE)
        return NULL;
    for (uint32_t i = 0; i < run->groups->count; i++) {
        const struct failure_group *group = &run->groups->group[i];
        if (reason_of(group->first.cause, group->full != 0) == main)
            return group;
    }
    return NULL;
}

uint64_t finding_explains(const struct finding_run *run)
{
    const struct failure_group *group = finding_group(run);

    return group != NULL ? group->first_number : 0;
}

/* ---- differences ---- */

bool finding_matters(uint64_t failed, uint64_t other_failed, uint64_t requests)
{
    uint64_t difference = failed > other_failed ? failed - other_failed : other_failed - failed;

    if (failed == 0 || other_failed == 0)
        return difference != 0;
    return difference * 1000u >= requests * FINDING_LEAST_PERMILLE;
}

/* ---- all runs ---- */

/* Whether more than half of all failures, without those that depend on no RAM, are because memory
   is used up. */
static bool mostly_used_up(const struct finding_facts *facts)
{
    uint64_t used_up = 0;
    uint64_t others = 0;

    for (uint32_t i = 0; i < facts->count; i++) {
        const struct finding_reasons reasons = finding_reasons(&facts->runs[i]);
        used_up += reasons.failed[REASON_USED_UP];
        others += reasons.failed[REASON_BLOCKED] + reasons.failed[REASON_PIECES] +
                  reasons.failed[REASON_ADDRESSES] + reasons.failed[REASON_ZONE];
    }
    return used_up > others;
}

static bool all_alike(const struct finding_facts *facts, const struct finding *finding)
{
    const struct finding_run *best = &facts->runs[finding->best];

    for (uint32_t i = 0; i < facts->count; i++)
        if (finding_has_result(&facts->runs[i]) &&
            finding_main_reason(&facts->runs[i]) != finding_main_reason(best))
            return false;
    return !finding_matters(finding_failed(best), finding_failed(&facts->runs[finding->worst]),
                            finding_requests(best));
}

static enum finding_kind kind_of(const struct finding_facts *facts, const struct finding *finding)
{
    if (finding->served == finding->with_result)
        return FINDING_ALL_SERVED;
    if (finding->served != 0)
        return FINDING_SOME_FAIL;
    if (mostly_used_up(facts))
        return FINDING_TOO_LITTLE;
    return all_alike(facts, finding) ? FINDING_ALL_ALIKE : FINDING_ALL_DIFFER;
}

static void count_run(struct finding *finding, const struct finding_facts *facts, uint32_t i)
{
    uint64_t failed = finding_failed(&facts->runs[i]);

    if (!finding_has_result(&facts->runs[i]))
        return;
    if (finding->with_result++ == 0)
        finding->best = finding->worst = i;
    finding->served += failed == 0;
    if (failed < finding_failed(&facts->runs[finding->best]))
        finding->best = i;
    if (failed > finding_failed(&facts->runs[finding->worst]))
        finding->worst = i;
}

/* How much a main reason says about a strategy. That memory is used up says little, and that a
   strategy was never made for such a request is no surprise. */
static uint32_t weight_of(enum finding_reason reason)
{
    static const uint32_t weights[REASON_COUNT] = {
        [REASON_ACCESS] = 1, [REASON_UNSUPPORTED] = 2, [REASON_USED_UP] = 3, [REASON_ZONE] = 4,
        [REASON_PIECES] = 5, [REASON_ADDRESSES] = 5,   [REASON_BLOCKED] = 6,
    };

    return weights[reason];
}

/* The run whose main reason says most; among equals, the one with the most failures. */
static uint32_t subject_of(const struct finding_facts *facts)
{
    uint32_t subject = 0;

    for (uint32_t i = 1; i < facts->count; i++) {
        const struct finding_run *run = &facts->runs[i];
        const struct finding_run *old = &facts->runs[subject];
        uint32_t weight = weight_of(finding_main_reason(run));
        uint32_t old_weight = weight_of(finding_main_reason(old));
        if (weight > old_weight ||
            (weight == old_weight && finding_failed(run) > finding_failed(old)))
            subject = i;
    }
    return subject;
}

/* Where memory is too little for all: the run with the fewest failures among those that have one
   because memory is used up. */
static uint32_t subject_of_too_little(const struct finding_facts *facts)
{
    uint32_t subject = UINT32_MAX;

    for (uint32_t i = 0; i < facts->count; i++)
        if (finding_main_reason(&facts->runs[i]) == REASON_USED_UP &&
            (subject == UINT32_MAX ||
             finding_failed(&facts->runs[i]) < finding_failed(&facts->runs[subject])))
            subject = i;
    return subject != UINT32_MAX ? subject : subject_of(facts);
}

struct finding finding_of(const struct finding_facts *facts)
{
    struct finding finding = {.kind = FINDING_NO_RESULT};

    for (uint32_t i = 0; i < facts->count; i++)
        count_run(&finding, facts, i);
    if (finding.with_result == 0)
        return finding;
    finding.kind = kind_of(facts, &finding);
    finding.subject =
        finding.kind == FINDING_TOO_LITTLE ? subject_of_too_little(facts) : subject_of(facts);
    finding.reason = finding_main_reason(&facts->runs[finding.subject]);
    return finding;
}
