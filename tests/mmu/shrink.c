#include "shrink.h"

#include "module.h"
#include "tlb_model.h"

#include <stdlib.h>
#include <string.h>

#define CANDIDATES_MAX (3u * PROBE_STEPS_MAX)

/* The candidates of a boot: each is the program without some steps. */
static struct {
    struct program program;
    bool removes_one;
    uint32_t removed; /* the step, if removes_one */
} candidate[CANDIDATES_MAX];
static uint32_t candidates;

typedef bool step_set[PROBE_STEPS_MAX];

static void program_without(const struct program *program, const step_set remove,
                            struct program *rest)
{
    rest->head = program->head;
    rest->head.steps = 0;
    rest->head.accesses = 0;
    for (uint32_t i = 0; i < program->head.steps; i++) {
        if (remove[i])
            continue;
        rest->step[rest->head.steps++] = program->step[i];
        rest->head.accesses += program->step[i].kind == PROBE_ACCESS;
    }
}

static void candidate_add(const struct program *program, const step_set remove)
{
    struct program *rest = &candidate[candidates].program;

    program_without(program, remove, rest);
    rest->head.number = candidates;
    candidate[candidates].removes_one = false;
    if (rest->head.accesses != 0 && tlb_model_accepts(rest))
        candidates++;
}

/* Candidates without each half of the steps, each quarter, and so on down to each step. */
static void candidates_of_chunks(const struct program *program)
{
    uint32_t steps = program->head.steps;

    candidates = 0;
    for (uint32_t chunk = (steps + 1u) / 2u; chunk != 0; chunk = chunk == 1 ? 0 : (chunk + 1u) / 2u)
        for (uint32_t first = 0; first < steps && candidates < CANDIDATES_MAX; first += chunk) {
            step_set remove = {false};
            uint32_t before = candidates;
            for (uint32_t i = first; i < first + chunk && i < steps; i++)
                remove[i] = true;
            candidate_add(program, remove);
            candidate[before].removes_one = candidates > before && chunk == 1;
            candidate[before].removed = first;
        }
}

/* Candidates without the first two, the first three, ... of the steps that can be left out alone.
 */
static void candidates_of_prefixes(const struct program *program, const uint32_t *step,
                                   uint32_t count)
{
    step_set remove = {false};

    candidates = 0;
    for (uint32_t i = 0; i < count; i++) {
        remove[step[i]] = true;
        if (i > 0)
            candidate_add(program, remove);
    }
}

static void candidates_boot(const struct shrink_setting *setting, struct boot_report *report)
{
    struct module module;

    module_begin(&module, setting->module);
    for (uint32_t i = 0; i < candidates; i++)
        module_add(&module, &candidate[i].program);
    module_end(&module);
    boot_run(setting->script, setting->image, setting->module, report);
}

/* Take the shortest candidate that shows a difference, if it is shorter than the program. */
static bool shortest_take(const struct boot_report *report, struct program *program,
                          struct boot_difference *difference)
{
    bool taken = false;

    for (uint32_t i = 0; i < report->cases; i++) {
        const struct program *shorter = &candidate[report->first[i].number].program;
        if (shorter->head.steps >= program->head.steps)
            continue;
        *program = *shorter;
        *difference = report->first[i];
        taken = true;
    }
    return taken;
}

static uint32_t removable_collect(const struct boot_report *report, uint32_t *step)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < report->cases; i++)
        if (candidate[report->first[i].number].removes_one)
            step[count++] = candidate[report->first[i].number].removed;
    return count;
}

static bool round_run(const struct shrink_setting *setting, struct program *program,
                      struct boot_difference *difference)
{
    static struct program whole;
    uint32_t removable[PROBE_STEPS_MAX];
    struct boot_report report;

    whole = *program;
    candidates_of_chunks(&whole);
    if (candidates == 0)
        return false;
    candidates_boot(setting, &report);
    uint32_t count = removable_collect(&report, removable);
    bool shorter = shortest_take(&report, program, difference);
    free(report.first);

    candidates_of_prefixes(&whole, removable, count);
    if (candidates != 0) {
        candidates_boot(setting, &report);
        shorter = shortest_take(&report, program, difference) || shorter;
        free(report.first);
    }
    return shorter;
}

/* Cut off the steps after the first difference. */
static void cut_behind(struct program *program, struct boot_difference *difference)
{
    static struct program whole;
    step_set remove = {false};

    if (difference->step == BOOT_CHECKSUM)
        return;
    whole = *program;
    for (uint32_t i = difference->step + 1u; i < whole.head.steps; i++)
        remove[i] = true;
    program_without(&whole, remove, program);
}

/* Groups of flags that most differences do not need. */
static const uint32_t flag_groups[] = {0xe00u | PTE_WRITE_THROUGH | PTE_CACHE_DISABLE, PTE_GLOBAL,
                                       PTE_ACCESSED, PTE_DIRTY, PTE_LARGE};
#define FLAG_GROUPS (sizeof flag_groups / sizeof flag_groups[0])

/* A candidate for each set of groups: these flags are cleared in every entry that is written. */
static void candidates_of_flags(const struct program *program)
{
    for (candidates = 0; candidates < 1u << FLAG_GROUPS; candidates++) {
        struct program *plainer = &candidate[candidates].program;
        uint32_t flags = 0;
        for (uint32_t i = 0; i < FLAG_GROUPS; i++)
            flags |= candidates >> i & 1u ? flag_groups[i] : 0;
        *plainer = *program;
        plainer->head.number = candidates;
        for (uint32_t i = 0; i < program->head.steps; i++)
            if (program->step[i].kind == PROBE_WRITE_ENTRY)
                plainer->step[i].value &= ~flags;
    }
}

/* Clear as many groups as possible. */
static void flags_clear(const struct shrink_setting *setting, struct program *program,
                        struct boot_difference *difference)
{
    struct boot_report report;
    int cleared = 0;

    candidates_of_flags(program);
    candidates_boot(setting, &report);
    for (uint32_t i = 0; i < report.cases; i++) {
        uint32_t groups = report.first[i].number;
        if (__builtin_popcount(groups) <= cleared || !tlb_model_accepts(&candidate[groups].program))
            continue;
        cleared = __builtin_popcount(groups);
        *program = candidate[groups].program;
        *difference = report.first[i];
    }
    free(report.first);
}

void shrink_run(const struct shrink_setting *setting, struct program *program,
                struct boot_difference *difference)
{
    uint32_t number = program->head.number;

    do
        cut_behind(program, difference);
    while (round_run(setting, program, difference));
    flags_clear(setting, program, difference);
    program->head.number = number;
    difference->number = number;
}
