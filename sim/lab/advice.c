#include "lab/advice.h"

/* ---- measures ---- */

uint64_t advice_failed(const struct advice *advice, uint32_t result, uint32_t point)
{
    const struct run_outcome *outcome = &advice->results[result].points[point].outcome;
    const struct finding_run run = {.strategy = advice->results[result].strategy,
                                    .outcome = outcome};

    return outcome->no_room ? advice->requests : finding_failed(&run);
}

const char *advice_error(const struct advice *advice, uint32_t result)
{
    for (uint32_t point = 0; point < advice->points; point++) {
        const struct run_outcome *outcome = &advice->results[result].points[point].outcome;
        if (outcome->status != RUN_DONE && !outcome->no_room)
            return outcome->reason;
    }
    return NULL;
}

static uint64_t late_failures(const struct advice *advice, uint32_t result)
{
    uint64_t late = 0;

    for (uint32_t point = 0; point < advice->points; point++) {
        const struct run_outcome *outcome = &advice->results[result].points[point].outcome;
        if (outcome->status == RUN_DONE)
            late += outcome->result.late_failures;
    }
    return late;
}

uint64_t advice_measure(const struct advice *advice, enum advice_aim aim, uint32_t result)
{
    const struct advice_result *of = &advice->results[result];

    if (!of->has_result)
        return UINT64_MAX;
    switch (aim) {
    case AIM_LEAST_RAM:
        return of->least_known && of->least_ram_bytes != 0 ? of->least_ram_bytes : UINT64_MAX;
    case AIM_FEWEST_FAILURES:
        return advice_failed(advice, result, 0);
    case AIM_SPEED:
        return of->timing.rounds != 0 ? of->timing.median_ns : UINT64_MAX;
    case AIM_METADATA:
        return of->metadata_bytes;
    default:
        return late_failures(advice, result);
    }
}

/* ---- differences ---- */

static uint64_t distance(uint64_t a, uint64_t b)
{
    return a > b ? a - b : b - a;
}

/* The difference between two times that may be chance. */
static uint64_t noise_of(const struct advice *advice, uint32_t a, uint32_t b)
{
    const struct timing *one = &advice->results[a].timing;
    const struct timing *other = &advice->results[b].timing;
    uint64_t faster = one->median_ns < other->median_ns ? one->median_ns : other->median_ns;
    uint64_t least = faster / 100u * ADVICE_TIME_PERCENT;
    uint64_t spreads = one->spread_ns + other->spread_ns;

    return spreads > least ? spreads : least;
}

bool advice_matters(const struct advice *advice, enum advice_aim aim, uint32_t a, uint32_t b)
{
    uint64_t left = advice_measure(advice, aim, a);
    uint64_t right = advice_measure(advice, aim, b);
    uint64_t ram_bytes = advice->ram_bytes[advice->points - 1u];

    if (left == UINT64_MAX || right == UINT64_MAX)
        return left != right;
    switch (aim) {
    case AIM_LEAST_RAM:
        return distance(left, right) > advice->range.step_bytes;
    case AIM_FEWEST_FAILURES:
        return finding_matters(left, right, advice->requests);
    case AIM_SPEED:
        return distance(left, right) > noise_of(advice, a, b);
    case AIM_METADATA:
        return distance(left, right) > ram_bytes / ADVICE_METADATA_PART;
    default:
        return (left == 0) != (right == 0);
    }
}

struct advice_choice advice_choose(const struct advice *advice, enum advice_aim aim)
{
    struct advice_choice choice = {.best = advice->count};
    uint64_t least = UINT64_MAX;

    for (uint32_t i = 0; i < advice->count; i++)
        if (advice_measure(advice, aim, i) < least) {
            least = advice_measure(advice, aim, i);
            choice.best = i;
        }
    if (choice.best == advice->count)
        return choice;
    for (uint32_t i = 0; i < advice->count; i++) {
        if (!advice_matters(advice, aim, choice.best, i))
            choice.takes |= (advice_set)1u << i;
        else
            choice.matters |= advice->results[i].has_result;
    }
    return choice;
}

/* ---- dominance ---- */

/* Whether strategy a is worse than b in some measure. */
static bool is_worse(const struct advice *advice, uint32_t a, uint32_t b)
{
    for (uint32_t point = 0; point < advice->points; point++)
        if (advice_failed(advice, a, point) > advice_failed(advice, b, point))
            return true;
    for (uint32_t aim = 0; aim < AIM_COUNT; aim++) {
        bool worse = advice_measure(advice, (enum advice_aim)aim, a) >
                     advice_measure(advice, (enum advice_aim)aim, b);
        if (worse && (aim != AIM_SPEED || advice_matters(advice, AIM_SPEED, a, b)))
            return true;
    }
    return false;
}

static bool differs(const struct advice *advice, uint32_t a, uint32_t b)
{
    for (uint32_t aim = 0; aim < AIM_COUNT; aim++)
        if (advice_matters(advice, (enum advice_aim)aim, a, b))
            return true;
    for (uint32_t point = 0; point < advice->points; point++)
        if (finding_matters(advice_failed(advice, a, point), advice_failed(advice, b, point),
                            advice->requests))
            return true;
    return false;
}

advice_set advice_dominators(const struct advice *advice, uint32_t result)
{
    advice_set dominators = 0;

    for (uint32_t i = 0; i < advice->count && advice->results[result].has_result; i++)
        if (i != result && advice->results[i].has_result && !is_worse(advice, i, result) &&
            differs(advice, i, result))
            dominators |= (advice_set)1u << i;
    return dominators;
}

/* ---- one point ---- */

struct finding_facts advice_facts(const struct advice *advice, uint32_t point,
                                  struct finding_run runs[])
{
    for (uint32_t i = 0; i < advice->count; i++)
        runs[i] = (struct finding_run){.strategy = advice->results[i].strategy,
                                       .outcome = &advice->results[i].points[point].outcome,
                                       .groups = &advice->results[i].points[point].groups};
    return (struct finding_facts){.trace = advice->trace,
                                  .ram_bytes = advice->ram_bytes[point],
                                  .count = advice->count,
                                  .runs = runs};
}

uint32_t advice_telling_point(const struct advice *advice)
{
    struct finding_run runs[COMPARE_MAX];

    for (uint32_t point = advice->points; point-- > 0;) {
        const struct finding_facts facts = advice_facts(advice, point, runs);
        for (uint32_t i = 0; i < facts.count; i++) {
            enum finding_reason reason = finding_main_reason(&facts.runs[i]);
            if (reason != REASON_NONE && reason != REASON_UNSUPPORTED && reason != REASON_ACCESS)
                return point;
        }
    }
    return advice->points;
}
