#include "lab/probe.h"

#include <stdio.h>

#include "machine/machine.h"

struct probing {
    probe_body *body;
    uint32_t argument;
    const struct strategy *strategy;
    const struct memmap *map;
    struct measured *value;
    const char *broken;
};

static void run_on_machine(void *context)
{
    struct probing *probing = context;
    struct mm mm;

    if (!mm_init(&mm, probing->strategy, probing->map))
        return;
    probing->body(&mm, probing->argument, probing->value);
    probing->broken = mm_check(&mm);
    mm_exit(&mm);
}

bool probe_run(probe_body *body, uint32_t argument, const struct strategy *strategy,
               const struct memmap *map, struct measured value[], char *reason, size_t reason_bytes)
{
    struct probing probing = {body, argument, strategy, map, value, NULL};
    struct machine *machine = machine_create(NULL);

    if (machine == NULL) {
        snprintf(reason, reason_bytes, "%s", machine_error());
        return false;
    }
    const char *panic = machine_catch_panic(run_on_machine, &probing);
    machine_destroy(machine);
    if (panic != NULL)
        snprintf(reason, reason_bytes, "%s", panic);
    else if (probing.broken != NULL)
        snprintf(reason, reason_bytes, "rule broken: %s", probing.broken);
    return panic == NULL && probing.broken == NULL;
}
