#include "command/arguments.h"

#include <mm/strategy.h>

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/experiment.h"
#include "machine/numbers.h"
#include "report/numbers.h"
#include "report/progress_bar.h"
#include "trace/file_kind.h"
#include "trace/memory.h"
#include "trace/nearest_name.h"
#include "trace/printable.h"
#include "trace/whole_file.h"

/* ---- messages ---- */

static void print_line(const char *format, va_list list)
{
    char text[PRINTABLE_BYTES];

    progress_bar_clear();
    vsnprintf(text, sizeof text, format, list);
    fprintf(stderr, "mmsim: %s\n", printable(text).text);
}

void print_warning(const char *format, ...)
{
    va_list list;

    va_start(list, format);
    print_line(format, list);
    va_end(list);
}

int bad_input(const char *format, ...)
{
    va_list list;

    va_start(list, format);
    print_line(format, list);
    va_end(list);
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
    fprintf(stderr, "mmsim: %s: %s\n", strategy->name, printable(reason).text);
    return STATUS_FAILED;
}

/* ---- numbers ---- */

bool count_of_arguments(const struct arguments *arguments, enum option_name option, uint64_t least,
                        uint64_t most, uint64_t *count)
{
    const char *text = arguments->value[option];
    const char *reason;
    uint64_t number;

    if (text == NULL)
        return true;
    if (!count_parse(text, &number, &reason)) {
        bad_input("--%s %s: %s", option_specs[option].word, text, reason);
        return false;
    }
    if (number >= least && number <= most) {
        *count = number;
        return true;
    }
    if (most == UINT64_MAX)
        bad_input("--%s %s: out of range: expected at least %" PRIu64, option_specs[option].word,
                  text, least);
    else
        bad_input("--%s %s: out of range: expected %" PRIu64 " to %" PRIu64,
                  option_specs[option].word, text, least, most);
    return false;
}

bool size_of_text(enum option_name option, const char *text, uint64_t least, uint64_t most,
                  uint64_t *bytes)
{
    const char *reason;
    uint64_t number;

    if (!size_parse(text, &number, &reason)) {
        bad_input("--%s %s: %s", option_specs[option].word, text, reason);
        return false;
    }
    if (number >= least && number <= most) {
        *bytes = number;
        return true;
    }
    bad_input("--%s %s: out of range: expected %s to %s", option_specs[option].word, text,
              size_text(least).text, size_text(most).text);
    return false;
}

bool size_of_arguments(const struct arguments *arguments, enum option_name option, uint64_t least,
                       uint64_t most, uint64_t *bytes)
{
    return !arguments_have(arguments, option) ||
           size_of_text(option, arguments->value[option], least, most, bytes);
}

bool share_of_arguments(const struct arguments *arguments, enum option_name option,
                        uint32_t *millionths)
{
    const char *text = arguments->value[option];
    const char *reason;

    if (text == NULL || share_parse(text, millionths, &reason))
        return true;
    bad_input("--%s %s: %s", option_specs[option].word, text, reason);
    return false;
}

/* ---- the machine ---- */

/* Says what the map is, unless it is what Linux prints today. */
static void report_map(const char *path, const struct pc_memmap *map)
{
    if (!map->is_usual || map->maps > 1)
        fprintf(stderr, "%s: %s, with %s of RAM\n", printable(path).text, map->form,
                number_size(pc_memmap_ram_bytes(map)).text);
    if (map->maps > 1)
        fprintf(stderr, "%s: the file has %u maps, as of several boots: the last one is used\n",
                printable(path).text, map->maps);
}

bool memmap_read(const char *path, struct pc_memmap *map)
{
    struct sim_error error;

    if (pc_memmap_load(map, path, error.text, sizeof error.text)) {
        report_map(path, map);
        return true;
    }
    file_kind_explain(path, &wanted_memmap, &error);
    bad_input("%s", error.text);
    return false;
}

static bool ranges_of_arguments(const struct arguments *arguments, struct pc_memmap *ranges,
                                struct machine_choice *choice)
{
    const char *memmap = arguments->value[OPTION_MEMMAP];
    struct sim_error error;

    if (memmap != NULL) {
        choice->ram_source = memmap;
        return memmap_read(memmap, ranges);
    }
    if (arguments_have(arguments, OPTION_RAM))
        choice->ram_source = "--ram";
    if (!size_of_arguments(arguments, OPTION_RAM, PC_RAM_MIN, PC_RAM_MAX, &choice->ram_bytes))
        return false;
    if (pc_memmap_for_ram(ranges, choice->ram_bytes, error.text, sizeof error.text))
        return true;
    bad_input("%s", error.text);
    return false;
}

bool machine_of_arguments(const struct arguments *arguments, struct machine_choice *choice)
{
    struct memmap *map = &choice->map;
    struct pc_memmap ranges;

    if (arguments_have(arguments, OPTION_RAM) && arguments_have(arguments, OPTION_MEMMAP)) {
        bad_input("--ram and --memmap exclude each other: give one of them");
        return false;
    }
    if (!ranges_of_arguments(arguments, &ranges, choice))
        return false;
    if (arguments_have(arguments, OPTION_MEMMAP))
        choice->ram_bytes = pc_memmap_ram_bytes(&ranges);
    if (memmap_build(map, ranges.range, ranges.count) && map->count != 0)
        return true;
    if (map->count == 0 && arguments_have(arguments, OPTION_MEMMAP))
        bad_input(
            "%s: the map has no usable frame between 4 MiB and 4 GiB, or more than %u runs of them",
            arguments->value[OPTION_MEMMAP], MEMMAP_RANGES_MAX);
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

/* ---- ranges of RAM ---- */

bool ram_range_of_arguments(const struct arguments *arguments, struct sweep_range *range)
{
    const char *text = arguments->value[OPTION_RAM];
    const char *dots = strstr(text, "..");
    char from[32];

    if (dots == NULL || (size_t)(dots - text) >= sizeof from) {
        bad_input("--ram %s: not a range of sizes, such as 64M..96M", text);
        return false;
    }
    snprintf(from, sizeof from, "%.*s", (int)(dots - text), text);
    return size_of_text(OPTION_RAM, from, PC_RAM_MIN, PC_RAM_MAX, &range->from_bytes) &&
           size_of_text(OPTION_RAM, dots + 2, PC_RAM_MIN, PC_RAM_MAX, &range->to_bytes);
}

/* ---- strategies ---- */

static uint32_t strategies_all(const struct strategy *chosen[COMPARE_MAX])
{
    uint32_t count = 0;

    while (mm_strategies[count] != NULL && count < COMPARE_MAX) {
        chosen[count] = mm_strategies[count];
        count++;
    }
    return count;
}

static void refuse_strategy(const char *option, const char *name)
{
    struct nearest_name nearest = nearest_name_begin(name, strlen(name));

    for (const struct strategy *const *strategy = mm_strategies; *strategy != NULL; strategy++)
        nearest_name_offer(&nearest, (*strategy)->name);
    bad_input("--%s: no strategy '%s'%s; `mmsim strategies` lists them", option, name,
              nearest_name_hint(&nearest, "").text);
}

/* Cut the blanks around a name of a list. */
static char *trim(char *name)
{
    name += strspn(name, " \t");
    size_t bytes = strlen(name);
    while (bytes > 0 && strchr(" \t", name[bytes - 1]) != NULL)
        bytes--;
    name[bytes] = '\0';
    return name;
}

static bool is_chosen(const struct strategy *strategy, const struct strategy *const chosen[],
                      uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (chosen[i] == strategy)
            return true;
    return false;
}

/* The strategies of a list such as "brk, zoned". Returns their number; 0 after a message. */
static uint32_t strategies_named(const char *names, const struct strategy *chosen[COMPARE_MAX])
{
    uint32_t count = 0;
    char *copy = strcpy(memory_zeroed(strlen(names) + 1u, 1), names);
    char *rest = copy;

    while (rest != NULL) {
        const char *name = trim(strsep(&rest, ","));
        const struct strategy *strategy = mm_strategy_find(name);
        if (strategy != NULL && count < COMPARE_MAX && !is_chosen(strategy, chosen, count)) {
            chosen[count++] = strategy;
            continue;
        }
        if (strategy == NULL && name[0] != '\0')
            refuse_strategy(option_specs[OPTION_STRATEGIES].word, name);
        else if (strategy == NULL)
            bad_input("--strategies '%s': a name is missing; write A,B", names);
        else if (count < COMPARE_MAX)
            bad_input("--strategies %s: %s is named twice", names, name);
        else
            bad_input("--strategies %s: more than %u strategies", names, COMPARE_MAX);
        count = 0;
        break;
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
    const char *given = arguments->value[OPTION_STRATEGY];
    const char *name = given != NULL ? given : "zoned";
    const struct strategy *strategy = mm_strategy_find(name);

    if (strategy == NULL && strchr(name, ',') != NULL)
        bad_input("--strategy %s: one strategy only; `mmsim compare --strategies` runs several",
                  name);
    else if (strategy == NULL)
        refuse_strategy(option_specs[OPTION_STRATEGY].word, name);
    return strategy;
}

/* ---- the file that is written ---- */

bool output_is_apart(const char *out, const char *const in[], int count)
{
    for (int i = 0; i < count; i++)
        if (!whole_file_in_place(out) && whole_file_is(out, in[i])) {
            bad_input("%s: this input file would be overwritten; write to another file", out);
            return false;
        }
    return true;
}

bool file_has_ending(const char *path, const char *ending)
{
    size_t bytes = strlen(path);
    size_t length = strlen(ending);

    return bytes > length && strcmp(path + bytes - length, ending) == 0;
}
