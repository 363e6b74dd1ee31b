#include "lab/explain.h"

#include "lab/explain_parts.h"

/* Each strategy but the one that failed. */
static void try_others(struct explanation *explanation, const struct explain_request *request,
                       uint64_t event)
{
    struct explain_change changes[COMPARE_MAX];
    uint32_t count = 0;

    for (uint32_t i = 0; mm_strategies[i] != NULL && count < COMPARE_MAX; i++) {
        if (mm_strategies[i] == request->strategy)
            continue;
        explanation->other[count] = mm_strategies[i];
        changes[count++] = (struct explain_change){mm_strategies[i], request->map, NULL};
    }
    explanation->other_count = count;
    explain_try(request->trace, event, changes, explanation->other_trial, count, request->finished);
}

void explain_run(struct explanation *explanation, const struct explain_request *request)
{
    *explanation = (struct explanation){.status = RUN_DONE};
    if (!explain_take_snapshot(request, &explanation->snapshot, &explanation->status,
                               explanation->reason) ||
        explanation->snapshot.failures < request->failure)
        return;
    uint64_t event = explanation->snapshot.failure.event;
    try_others(explanation, request, event);
    explain_find_ram(request, event, &explanation->ram);
    explain_find_freeing(request, event, &explanation->freeing);
}
