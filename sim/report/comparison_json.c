#include <string.h>

#include "report/comparison.h"
#include "report/text_file.h"

static const char *site_name(void *context, uint32_t site)
{
    return trace_site_name(context, site);
}

/* The one replay's. */
static struct timing timing_of_outcome(const struct run_outcome *outcome)
{
    uint64_t ns = outcome->microseconds * 1000u;

    return (struct timing){.rounds = 1, .median_ns = ns, .least_ns = ns, .most_ns = ns};
}

static void put_run(const struct text_out *out, const struct comparison *comparison, uint32_t run)
{
    const struct run_outcome *outcome = &comparison->outcomes[run];
    bool timed = comparison->timings != NULL && comparison->timings[run].rounds != 0;
    struct timing timing = timed ? comparison->timings[run] : timing_of_outcome(outcome);
    struct run_names names = {
        .strategy = comparison->strategies[run]->name,
        .site = site_name,
        .context = comparison->trace,
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
        run_json_put(out, &outcome->result, &names);
        return;
    }
    text_put(out, "\"strategy\": ");
    text_put_json_string(out, names.strategy, strlen(names.strategy));
    text_put(out, ", \"error\": ");
    text_put_json_string(out, outcome->reason, strlen(outcome->reason));
}

static void put_head(const struct text_out *out, const struct comparison *comparison)
{
    text_put(out, "{\"trace\": ");
    text_put_json_string(out, comparison->trace->name, strlen(comparison->trace->name));
    text_put(out, ", \"events\": ");
    text_put_u64(out, comparison->trace->header.events);
    text_put(out, ", \"ram_bytes\": ");
    text_put_u64(out, comparison->ram_bytes);
    text_put(out, ", ");
}

void comparison_print_json(const struct comparison *comparison, FILE *file)
{
    struct text_out out = text_out_to_file(file);

    put_head(&out, comparison);
    text_put(&out, "\"runs\": [");
    for (uint32_t run = 0; run < comparison->count; run++) {
        text_put(&out, run == 0 ? "{" : ", {");
        put_run(&out, comparison, run);
        text_put(&out, "}");
    }
    text_put(&out, "]}\n");
}

void replay_print_json(const struct comparison *comparison, FILE *file)
{
    struct text_out out = text_out_to_file(file);

    put_head(&out, comparison);
    put_run(&out, comparison, 0);
    text_put(&out, "}\n");
}
