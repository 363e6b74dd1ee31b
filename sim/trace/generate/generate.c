#include "generate.h"
#include "generator.h"
#include "trace/convert.h"
#include "trace/progress.h"

#include <stdio.h>
#include <string.h>

#define MIB 0x100000u

const struct profile profiles[] = {
    {"churn", "ordinary traffic of a kernel, which rises to a level and stays there",
     "nobody: it shows what each needs beyond what is live", 0, 1, generate_churn},
    {"phases", "programs come, go and leave things behind, small blocks and then larger ones",
     "who keeps long and short lives side by side", 16 * MIB, 8, generate_phases},
    {"leak", "ordinary traffic, and a site that never frees: 61 MiB in a million events",
     "all, in the end: it shows what each still serves then", 0, 1, generate_leak},
    {"fork-storm", "processes fork, map, touch, grow and exit in waves",
     "who scatters page tables and stacks over memory", 32 * MIB, 8, generate_fork_storm},
    {"page-in-the-way", "memory fills with pages, the last ones stay, and then the heap grows",
     "brk, which a page blocks; jump steps over it, migrate moves it", 64 * MIB, 16,
     generate_page_in_the_way},
    {"power-of-two", "ordinary traffic, each size a little above a power of two",
     "zoned and kseg0, and all that rounds sizes up", 0, 1, generate_power_of_two},
    {"window-filler", "pairs of blocks, the larger ones go, and what is wanted fits no gap",
     "window, whose 64 MiB of addresses end with memory left", 48 * MIB, 16,
     generate_window_filler},
    {NULL, NULL, NULL, 0, 0, NULL},
};

static const struct profile *profile_find(const char *name, struct sim_error *error)
{
    char known[128] = "";

    for (const struct profile *profile = profiles; profile->name != NULL; profile++) {
        size_t used = strlen(known);

        if (strcmp(profile->name, name) == 0)
            return profile;
        snprintf(known + used, sizeof(known) - used, "%s%s", used > 0 ? ", " : "", profile->name);
    }
    sim_error_set(error, "unknown profile '%s': expected one of: %s", name, known);
    return NULL;
}

static bool start_mix(struct generator *generator, const struct profile *profile,
                      const struct generate_request *request, struct sim_error *error)
{
    struct mix *mix = &generator->mix;

    if (request->like == NULL)
        mix_start(mix, generator->writer);
    else if (!mix_start_like(mix, request->like, generator->writer, error))
        return false;
    if (request->live_bytes != 0)
        generator->live_bytes = request->live_bytes;
    else
        generator->live_bytes = profile->live_bytes != 0 ? profile->live_bytes : mix->level_bytes;
    mix->live_bytes = generator->live_bytes / profile->traffic_share;
    return true;
}

static bool run(struct generator *generator, const struct profile *profile,
                const struct generate_request *request, struct sim_error *error)
{
    bool ok = start_mix(generator, profile, request, error);

    progress_begin(generator->writer, request->events, "events");
    if (ok)
        profile->run(generator);
    progress_end(generator->writer);
    generator_release(generator);
    return ok && trace_write(generator->writer, request->out, error);
}

bool trace_generate(const struct generate_request *request, struct sim_error *error)
{
    const struct profile *profile = profile_find(request->profile, error);
    struct generator generator = {.events_wanted = request->events};
    bool ok;

    if (profile == NULL || !trace_name_check(request->out, error))
        return false;
    generator.writer = trace_writer_open(error);
    if (generator.writer == NULL)
        return false;
    random_seed(&generator.random, request->seed);
    ok = run(&generator, profile, request, error);
    trace_writer_close(generator.writer);
    return ok;
}
