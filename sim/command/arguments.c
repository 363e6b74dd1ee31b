#include "command/arguments.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/ram.h"
#include "machine/pc_memmap.h"
#include "machine/size.h"
#include "report/progress_bar.h"

/* ---- messages ---- */

int bad_input(const char *format, ...)
{
    va_list list;

    progress_bar_clear();
    fputs("mmsim: ", stderr);
    va_start(list, format);
    vfprintf(stderr, format, list);
    va_end(list);
    fputc('\n', stderr);
    return STATUS_BAD_INPUT;
}

int report_error(const struct sim_error *error)
{
    int status = bad_input("%s", error->text);

    return error->writing ? STATUS_FAILED : status;
}

int report_failure(const struct strategy *strategy, const char *reason)
{
    progress_bar_clear();
    fprintf(stderr, "mmsim: %s: %s\n", strategy->name, reason);
    return STATUS_FAILED;
}

/* ---- numbers ---- */

bool number_of_arguments(const struct arguments *arguments, enum option_name option, uint64_t least,
                         uint64_t *number)
{
    const char *text = arguments->value[option];
    size_t digits;

    if (text == NULL)
        return true;
    digits = strspn(text, "0123456789");
    if (digits > 0 && digits <= 18 && text[digits] == '\0' && strtoull(text, NULL, 10) >= least) {
        *number = strtoull(text, NULL, 10);
        return true;
    }
    bad_input("--%s %s: not a number from %" PRIu64, option_specs[option].word, text, least);
    return false;
}

/* ---- the machine ---- */

static bool ranges_of_arguments(const struct arguments *arguments, struct pc_memmap *ranges,
                                struct machine_choice *choice)
{
    struct sim_error error;
    const char *reason;

    if (arguments_have(arguments, OPTION_MEMMAP)) {
        choice->ram_source = arguments->value[OPTION_MEMMAP];
        if (pc_memmap_load(ranges, arguments->value[OPTION_MEMMAP], error.text, sizeof error.text))
            return true;
        bad_input("%s", error.text);
        return false;
    }
    if (arguments_have(arguments, OPTION_RAM)) {
        choice->ram_source = "--ram";
        if (!size_parse(arguments->value[OPTION_RAM], &choice->ram_bytes, &reason)) {
            bad_input("--ram %s: %s", arguments->value[OPTION_RAM], reason);
            return false;
        }
    }
    if (pc_memmap_for_ram(ranges, choice->ram_bytes, error.text, sizeof error.text))
        return true;
    bad_input("--ram %s: %s", arguments->value[OPTION_RAM], error.text);
    return false;
}

static uint64_t usable_bytes(const struct pc_memmap *ranges)
{
    uint64_t bytes = 0;

    for (uint32_t i = 0; i < ranges->count; i++)
        if (ranges->range[i].usable)
            bytes += ranges->range[i].last - ranges->range[i].first + 1u;
    return bytes;
}

bool machine_of_arguments(const struct arguments *arguments, struct machine_choice *choice)
{
    struct memmap *map = &choice->map;
    struct pc_memmap ranges;

    if (arguments_have(arguments, OPTION_RAM) && arguments_have(arguments, OPTION_MEMMAP)) {
        bad_input("--ram and --memmap: one of them");
        return false;
    }
    if (!ranges_of_arguments(arguments, &ranges, choice))
        return false;
    if (arguments_have(arguments, OPTION_MEMMAP))
        choice->ram_bytes = usable_bytes(&ranges);
    if (memmap_build(map, ranges.range, ranges.count) && map->count != 0)
        return true;
    if (map->count == 0 && arguments_have(arguments, OPTION_MEMMAP))
        bad_input("%s: no usable frame from 4 MiB to 4 GiB, or more than %u runs of them",
                  arguments->value[OPTION_MEMMAP], MEMMAP_RUNS_MAX);
    return false;
}

bool machine_for_trace(const struct arguments *arguments, const struct trace *trace,
                       struct machine_choice *choice)
{
    *choice = (struct machine_choice){.ram_bytes = ram_choose(trace->header.peak_live_bytes),
                                      .ram_source = "chosen from the trace; --ram sets it"};
    return machine_of_arguments(arguments, choice);
}

bool options_of_arguments(const struct arguments *arguments, struct machine_options *options)
{
    const char *reason;

    options->check_tlb = arguments_have(arguments, OPTION_CHECK_TLB);
    if (!arguments_have(arguments, OPTION_TLB) ||
        tlb_shape_parse(arguments->value[OPTION_TLB], &options->tlb, &reason))
        return true;
    bad_input("--tlb %s: %s", arguments->value[OPTION_TLB], reason);
    return false;
}

/* ---- strategies ---- */

static void list_strategies(FILE *out)
{
    for (const struct strategy *const *strategy = mm_strategies; *strategy != NULL; strategy++)
        fprintf(out, " %s", (*strategy)->name);
    fputc('\n', out);
}

static uint32_t strategies_all(const struct strategy *chosen[COMPARE_MAX])
{
    uint32_t count = 0;

    while (mm_strategies[count] != NULL && count < COMPARE_MAX) {
        chosen[count] = mm_strategies[count];
        count++;
    }
    return count;
}

static void refuse_strategy(const char *what, const char *name)
{
    fprintf(stderr, "mmsim: %s strategy \"%s\"; there are:", what, name);
    list_strategies(stderr);
}

/* Of "a,b,c". */
static uint32_t strategies_named(const char *names, const struct strategy *chosen[COMPARE_MAX])
{
    uint32_t count = 0;
    char *copy = strdup(names);
    char *rest = copy;
    for (char *name = strsep(&rest, ","); name != NULL; name = strsep(&rest, ",")) {
        const struct strategy *strategy = mm_strategy_find(name);
        if (strategy == NULL || count == COMPARE_MAX) {
            refuse_strategy(strategy != NULL ? "one too many:" : "no", name);
            count = 0;
            break;
        }
        chosen[count++] = strategy;
    }
    free(copy);
    return count;
}

uint32_t strategies_of_arguments(const struct arguments *arguments,
                                 const struct strategy *chosen[COMPARE_MAX])
{
    const char *names = arguments->value[OPTION_STRATEGIES];

    return names == NULL ? strategies_all(chosen) : strategies_named(names, chosen);
}

int strategies_on_trace(const struct arguments *arguments, strategies_body *body)
{
    const struct strategy *strategies[COMPARE_MAX];
    uint32_t count = strategies_of_arguments(arguments, strategies);
    struct trace trace;
    struct sim_error error;

    if (count == 0)
        return STATUS_BAD_INPUT;
    if (!trace_open(&trace, arguments->words[0], &error))
        return report_error(&error);
    int status = body(arguments, &trace, strategies, count);
    trace_close(&trace);
    return status;
}

const struct strategy *strategy_of_arguments(const struct arguments *arguments)
{
    const char *name = arguments->value[OPTION_STRATEGY];
    const struct strategy *strategy = name != NULL ? mm_strategy_find(name) : NULL;

    if (name == NULL)
        bad_input("--strategy NAME is needed; `mmsim strategies` lists them");
    else if (strchr(name, ',') != NULL)
        bad_input("--strategy %s: one strategy; `mmsim compare --strategies` runs several", name);
    else if (strategy == NULL)
        refuse_strategy("no", name);
    return strategy;
}
