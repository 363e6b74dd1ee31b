/*
 * Which strategy to take for a trace, for which aim: the strategies run with several sizes of RAM,
 * and their results are compared by rules that no strategy's name plays a part in.
 */
#ifndef LAB_ADVICE_H
#define LAB_ADVICE_H

#include "lab/finding_runs.h"
#include "lab/sweep_range.h"
#include "lab/timing.h"

#define ADVICE_POINTS_MAX 5u
#define ADVICE_STEP_BYTES UINT64_C(0x100000) /* the precision of the least RAM */

/* ---- the results ---- */

/* The result of one strategy. */
struct advice_result {
    const struct strategy *strategy;
    struct grouped_outcome *points; /* one for each size of RAM */
    bool has_result;                /* at every size; a machine without room for the metadata fails
                                       every request, and counts as a result */
    bool least_known;
    uint64_t least_ram_bytes; /* 0: none in the range */
    uint64_t metadata_bytes;  /* with the most RAM; UINT64_MAX: no room */
    struct timing timing;     /* with the most RAM */
};

struct advice {
    struct trace *trace;
    struct sweep_range range;
    uint64_t ram_bytes[ADVICE_POINTS_MAX]; /* of the points, ascending */
    uint32_t points;
    uint64_t requests; /* of the trace, as one run without skipped events counts them */
    uint32_t count;
    struct advice_result results[COMPARE_MAX];
};

/*
 * Choose the range of RAM for a trace: from a little below the least RAM of all of these strategies
 * to the least RAM of the one that needs the most, if it is not beyond ram_choose(). O(events *
 * log(RAM)) for each strategy.
 */
struct sweep_range advice_choose_range(const struct trace *trace,
                                       const struct strategy *const strategies[], uint32_t count);

/* Run each strategy with each size of RAM of a settled range of at most ADVICE_POINTS_MAX points,
   search its least RAM there, and measure its time. The caller frees the advice. */
void advice_run(struct advice *advice, struct trace *trace,
                const struct strategy *const strategies[], uint32_t count,
                const struct sweep_range *range);
void advice_free(struct advice *advice);

/* ---- what they say ---- */

/* The requests that failed at a point. On a machine without room for the metadata every one does.
 */
uint64_t advice_failed(const struct advice *advice, uint32_t result, uint32_t point);

/* Why a strategy has no result; NULL: it has one. */
const char *advice_error(const struct advice *advice, uint32_t result);

/* What a user may want. Of each measure, less is better. */
enum advice_aim {
    AIM_LEAST_RAM,
    AIM_FEWEST_FAILURES, /* with the least RAM of the range */
    AIM_SPEED,
    AIM_METADATA,
    AIM_NO_LATE, /* failures, over all points */
    AIM_COUNT
};

/* The measure of a strategy for an aim; UINT64_MAX: it has none. */
uint64_t advice_measure(const struct advice *advice, enum advice_aim aim, uint32_t result);

/*
 * Whether two measures differ so that it matters: the least RAM by more than one step of the
 * search; failures by finding_matters(); times by more than both spreads together and by more than
 * ADVICE_TIME_PERCENT of the shorter one; metadata by more than 1 / ADVICE_METADATA_PART of the RAM
 * with which it was measured; late failures if one strategy has some and the other none.
 */
#define ADVICE_TIME_PERCENT  10u
#define ADVICE_METADATA_PART 1000u
bool advice_matters(const struct advice *advice, enum advice_aim aim, uint32_t a, uint32_t b);

/* Bit i stands for results[i]. */
typedef uint32_t advice_set;

struct advice_choice {
    uint32_t best;    /* the strategy with the least measure; count: none has one */
    advice_set takes; /* the strategies from which it does not differ so that it matters */
    bool matters;     /* some strategy is not among them */
};
struct advice_choice advice_choose(const struct advice *advice, enum advice_aim aim);

/* The strategies that dominate another one: not worse in any measure, at any point, and better in
   one of them so that it matters. A time is not worse if its difference does not matter. */
advice_set advice_dominators(const struct advice *advice, uint32_t result);

/* The point that shows best why strategies differ: the one with the most RAM at which a strategy
   fails for a reason that RAM cures. `points`: there is none. */
uint32_t advice_telling_point(const struct advice *advice);

/* The facts of a point, for a finding. `runs` has room for advice->count. */
struct finding_facts advice_facts(const struct advice *advice, uint32_t point,
                                  struct finding_run runs[]);

#endif
