#include "lab/findings.h"

/* ---- one run ---- */

static bool has_result(const struct finding_run *run)
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
    return has_result(run) ? sum(run->outcome->result.requests, REQUEST_COUNT) : 0;
}

uint64_t finding_failed(const struct finding_run *run)
{
    return has_result(run) ? sum(run->outcome->result.failures, REQUEST_COUNT) : 0;
}

enum mm_cause finding_main_cause(const struct finding_run *run)
{
    const struct replay_result *result = &run->outcome->result;
    enum mm_cause main = MM_OK;

    if (!has_result(run))
        return MM_OK;
    for (uint32_t cause = MM_OK + 1u; cause < MM_CAUSE_COUNT; cause++) {
        uint64_t failures = result->failures_by_cause[cause];
        uint64_t most = result->failures_by_cause[main];
        if (failures > most ||
            (failures != 0 && failures == most &&
             result->first_by_cause[cause].event < result->first_by_cause[main].event))
            main = (enum mm_cause)cause;
    }
    return main;
}

uint64_t finding_explains(const struct finding_run *run)
{
    enum mm_cause cause = finding_main_cause(run);
    const struct failure_group *group =
        run->groups != NULL ? failure_groups_first(run->groups, cause) : NULL;

    return group != NULL ? group->first_number : 0;
}

/* ---- differences ---- */

bool finding_matters(uint64_t failed, uint64_t other_failed, uint64_t requests)
{
    uint64_t difference = failed > other_failed ? failed - other_failed : other_failed - failed;

    if ((failed == 0) != (other_failed == 0))
        return true;
    return difference != 0 && difference >= requests / 1000u * FINDING_LEAST_PERMILLE +
                                                requests % 1000u * FINDING_LEAST_PERMILLE / 1000u;
}

/* ---- all runs ---- */

/* Whether every run with a result has failures whose main cause `is` accepts. */
static bool all_have(const struct finding_facts *facts, bool (*is)(enum mm_cause cause))
{
    for (uint32_t i = 0; i < facts->count; i++)
        if (has_result(&facts->runs[i]) && !is(finding_main_cause(&facts->runs[i])))
            return false;
    return true;
}

static bool is_lack(enum mm_cause cause)
{
    return cause == MM_NO_FRAMES;
}

static bool is_lack_or_unsupported(enum mm_cause cause)
{
    return cause == MM_NO_FRAMES || cause == MM_UNSUPPORTED;
}

static bool some_have(const struct finding_facts *facts, bool (*is)(enum mm_cause cause))
{
    for (uint32_t i = 0; i < facts->count; i++)
        if (is(finding_main_cause(&facts->runs[i])))
            return true;
    return false;
}

/* Whether all runs with a result fail for one main cause, and no difference matters. */
static bool all_alike(const struct finding_facts *facts, const struct finding *finding)
{
    for (uint32_t i = 0; i < facts->count; i++)
        if (has_result(&facts->runs[i]) &&
            finding_main_cause(&facts->runs[i]) != finding_main_cause(&facts->runs[finding->best]))
            return false;
    return !finding->difference_matters;
}

static enum finding_kind kind_of(const struct finding_facts *facts, const struct finding *finding)
{
    if (finding->with_result == 0)
        return FINDING_NO_RESULT;
    if (finding->served == finding->with_result)
        return FINDING_ALL_SERVED;
    if (finding->served != 0)
        return FINDING_SOME_FAIL;
    if (all_have(facts, is_lack_or_unsupported) && some_have(facts, is_lack))
        return FINDING_TOO_LITTLE;
    return all_alike(facts, finding) ? FINDING_ALL_ALIKE : FINDING_ALL_DIFFER;
}

static void count_run(struct finding *finding, const struct finding_facts *facts, uint32_t i)
{
    const struct finding_run *run = &facts->runs[i];
    uint64_t failed = finding_failed(run);

    if (!has_result(run))
        return;
    if (finding->with_result++ == 0)
        finding->best = finding->worst = i;
    finding->served += failed == 0;
    if (failed < finding_failed(&facts->runs[finding->best]))
        finding->best = i;
    if (failed > finding_failed(&facts->runs[finding->worst]))
        finding->worst = i;
}

/* How much a main cause says about the strategy: that memory is used up says the least, that a
   strategy was never made for such a request the next. */
static uint32_t weight_of(enum mm_cause cause)
{
    static const uint32_t weights[MM_CAUSE_COUNT] = {
        [MM_NO_FRAMES] = 1, [MM_BAD_ACCESS] = 1,       [MM_UNSUPPORTED] = 2, [MM_ZONE] = 3,
        [MM_NO_RUN] = 4,    [MM_NO_ADDRESS_SPACE] = 4, [MM_BRK_BLOCKED] = 5,
    };

    return weights[cause];
}

/* The headline is about the run whose main cause says most; among equals, the one with the most
   failures. Where memory is too little for all, it is about the best run. */
static uint32_t subject_of(const struct finding_facts *facts, const struct finding *finding)
{
    uint32_t subject = finding->kind == FINDING_TOO_LITTLE ? finding->best : finding->worst;

    if (finding->kind == FINDING_TOO_LITTLE)
        return subject;
    for (uint32_t i = 0; i < facts->count; i++) {
        uint32_t weight = weight_of(finding_main_cause(&facts->runs[i]));
        uint32_t most = weight_of(finding_main_cause(&facts->runs[subject]));
        if (weight > most || (weight == most && finding_failed(&facts->runs[i]) >
                                                    finding_failed(&facts->runs[subject])))
            subject = i;
    }
    return subject;
}

struct finding finding_of(const struct finding_facts *facts)
{
    struct finding finding = {.kind = FINDING_NO_RESULT};

    for (uint32_t i = 0; i < facts->count; i++)
        count_run(&finding, facts, i);
    if (finding.with_result == 0)
        return finding;
    finding.difference_matters = finding_matters(finding_failed(&facts->runs[finding.best]),
                                                 finding_failed(&facts->runs[finding.worst]),
                                                 finding_requests(&facts->runs[finding.best]));
    finding.kind = kind_of(facts, &finding);
    finding.subject = subject_of(facts, &finding);
    finding.cause = finding_main_cause(&facts->runs[finding.subject]);
    return finding;
}
