#include "lab/probe.h"

#include <stdio.h>

#include "lab/experiment.h"

struct probing {
    probe_body *body;
    uint32_t argument;
    struct measured *value;
    const char *broken;
};

static void run_body(void *context, struct mm *mm)
{
    struct probing *probing = context;

    probing->body(mm, probing->argument, probing->value);
    probing->broken = mm_check(mm);
}

bool probe_run(probe_body *body, uint32_t argument, const struct strategy *strategy,
               const struct memmap *map, struct measured value[], char *reason, size_t reason_bytes)
{
    const struct experiment_setup setup = {.strategy = strategy, .map = map};
    struct probing probing = {body, argument, value, NULL};
    char why[RUN_REASON_BYTES];
    bool no_room;

    if (!experiment_with_mm(&setup, run_body, &probing, why, &no_room) && !no_room) {
        snprintf(reason, reason_bytes, "%s", why);
        return false;
    }
    if (probing.broken != NULL)
        snprintf(reason, reason_bytes, "rule broken: %s", probing.broken);
    return probing.broken == NULL;
}
