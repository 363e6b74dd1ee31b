#include <mm/strategy.h>

#include "replay/run_json.h"
#include "report/comparison.h"
#include "report/text_file.h"

/* The time of the one replay, as a timing of one round. */
static struct timing timing_of_outcome(const struct run_outcome *outcome)
{
    uint64_t ns = outcome->microseconds * 1000u;

    return (struct timing){.rounds = 1, .median_ns = ns, .least_ns = ns, .most_ns = ns};
}

void run_outcome_put_json(struct json *json, struct trace *trace, const struct strategy *strategy,
                          const struct run_outcome *outcome, const struct timing *measured)
{
    bool timed = measured != NULL && measured->rounds != 0;
    struct timing timing = timed ? *measured : timing_of_outcome(outcome);
    struct run_names names = {
        .strategy = strategy->name,
        .site = site_name_of,
        .context = trace,
        .microseconds = timing.median_ns / 1000u,
        .repetitions = timing.rounds,
        .microseconds_least = timing.least_ns / 1000u,
        .microseconds_most = timing.most_ns / 1000u,
        .microseconds_spread = timing.spread_ns / 1000u,
        .tlb_hits = outcome->tlb_hits,
        .tlb_misses = outcome->tlb_misses,
        .untranslated = outcome->untranslated,
        .events_per_second = timing_events_per_second(&timing, outcome->result.events),
    };

    if (outcome->status == RUN_DONE) {
        run_json_put(json, &outcome->result, &names);
        return;
    }
    json_put_string(json, "strategy", names.strategy);
    json_put_string(json, "error", outcome->reason);
}

static void put_run(struct json *json, const struct comparison *comparison, uint32_t run)
{
    run_outcome_put_json(json, comparison->trace, comparison->strategies[run],
                         &comparison->outcomes[run],
                         comparison->timings != NULL ? &comparison->timings[run] : NULL);
}

static void put_head(struct json *json, const struct comparison *comparison)
{
    json_put_string(json, "trace", comparison->trace->name);
    json_put_u64(json, "events", comparison->trace->header.events);
    json_put_u64(json, "ram_bytes", comparison->ram_bytes);
}

void comparison_print_json(const struct comparison *comparison, FILE *file)
{
    struct json json = json_begin_file(file);

    put_head(&json, comparison);
    json_begin_list(&json, "runs");
    for (uint32_t run = 0; run < comparison->count; run++) {
        json_begin_object(&json, NULL);
        put_run(&json, comparison, run);
        json_end_object(&json);
    }
    json_end_list(&json);
    json_end_file(&json);
}

void replay_print_json(const struct comparison *comparison, FILE *file)
{
    struct json json = json_begin_file(file);

    put_head(&json, comparison);
    put_run(&json, comparison, 0);
    json_end_file(&json);
}
