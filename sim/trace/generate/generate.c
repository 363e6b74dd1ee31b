#include "generate.h"
#include "generator.h"
#include "trace/convert.h"
#include "trace/nearest_name.h"
#include "trace/progress.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define MIB 0x100000u

const struct profile profiles[] = {
    {"churn", "ordinary traffic of a kernel; it rises to a level and stays there",
     "No strategy is hurt: the trace shows how much each needs beyond what is live.", 0, 1,
     generate_churn},
    {"phases", "programs start, end, and leave blocks behind; the later ones use larger blocks",
     "This hurts strategies that place short-lived blocks beside long-lived ones.", 16 * MIB, 8,
     generate_phases},
    {"leak", "ordinary traffic, and one site that never frees: 61 MiB in a million events",
     "This hurts every strategy in the end: the trace shows what each still serves then.", 0, 1,
     generate_leak},
    {"fork-storm", "processes fork, map, touch, grow and exit in waves",
     "This hurts strategies that scatter page tables and stacks over memory.", 32 * MIB, 8,
     generate_fork_storm},
    {"page-in-the-way", "memory fills with pages, the last ones stay, and then the heap grows",
     "This hurts brk, which a page blocks; jump steps over it, and migrate moves it.", 64 * MIB, 16,
     generate_page_in_the_way},
    {"power-of-two", "ordinary traffic, in which each size is a little above a power of two",
     "This hurts zoned and kseg0, and every strategy that rounds sizes up.", 0, 1,
     generate_power_of_two},
    {"window-filler", "pairs of blocks, of which the larger ones are freed; new blocks fit no gap",
     "This hurts window, whose 64 MiB of addresses are used up while memory is free.", 48 * MIB, 16,
     generate_window_filler},
    {NULL, NULL, NULL, 0, 0, NULL},
};

const struct profile profile_fragmented = {
    "fragmented",
    "a state of memory to order: how much of the free memory is unusable",
    "This hurts requests for several pages; --unusable says which, --pinned what may move.",
    0,
    1,
    NULL};

const struct profile *profile_find(const char *name, struct sim_error *error)
{
    struct nearest_name nearest = nearest_name_begin(name, strlen(name));
    char known[160] = "";

    if (strcmp(profile_fragmented.name, name) == 0)
        return &profile_fragmented;
    nearest_name_offer(&nearest, profile_fragmented.name);

    for (const struct profile *profile = profiles; profile->name != NULL; profile++) {
        size_t used = strlen(known);

        if (strcmp(profile->name, name) == 0)
            return profile;
        nearest_name_offer(&nearest, profile->name);
        snprintf(known + used, sizeof(known) - used, "%s%s", used > 0 ? ", " : "", profile->name);
    }
    sim_error_set(error, "no profile '%s'%s; the profiles are %s, %s", name,
                  nearest_name_hint(&nearest, "").text, known, profile_fragmented.name);
    return NULL;
}

static bool start_workload(struct generator *generator, const struct profile *profile,
                           const struct generate_request *request, struct sim_error *error)
{
    struct workload *workload = &generator->workload;

    if (request->like == NULL)
        workload_start(workload, generator->writer);
    else if (!workload_start_like(workload, request->like, generator->writer, error))
        return false;
    if (request->live_bytes != 0)
        generator->live_bytes = request->live_bytes;
    else
        generator->live_bytes =
            profile->live_bytes != 0 ? profile->live_bytes : workload->level_bytes;
    workload->live_bytes = generator->live_bytes / profile->traffic_share;
    return true;
}

static bool generate(struct generator *generator, const struct profile *profile,
                     const struct generate_request *request, struct sim_error *error)
{
    bool ok = start_workload(generator, profile, request, error);

    progress_begin(generator->writer, request->events, "events");
    if (ok)
        profile->generate(generator);
    progress_end(generator->writer);
    generator_release(generator);
    return ok && trace_write(generator->writer, request->out, error);
}

bool trace_generate(const struct generate_request *request, struct sim_error *error)
{
    const struct profile *profile = profile_find(request->profile, error);
    struct generator generator = {.events_wanted = request->events};
    bool ok;

    assert(profile == NULL || profile->generate != NULL);
    if (profile == NULL || !trace_name_check(request->out, error))
        return false;
    generator.writer = trace_writer_open(error);
    if (generator.writer == NULL)
        return false;
    random_seed(&generator.random, request->seed);
    ok = generate(&generator, profile, request, error);
    trace_writer_close(generator.writer);
    return ok;
}
