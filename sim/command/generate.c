/* `mmsim generate`: traces from random numbers. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mm/strategy.h>

#include "command/command.h"
#include "command/help_text.h"
#include "lab/memory_states.h"
#include "machine/numbers.h"
#include "trace/generate/generate.h"

#define EVENTS_UNLESS_GIVEN 1000000u
#define EVENTS_MAX          UINT64_C(1000000000000000000)
#define RAM_UNLESS_GIVEN    (UINT64_C(256) << 20)
#define PINNED_UNLESS_GIVEN 100000u /* millionths */

#define TRAFFIC_OPTIONS (OPTION_BIT(EVENTS) | OPTION_BIT(LIVE) | OPTION_BIT(LIKE))
#define STATE_OPTIONS                                                                              \
    (OPTION_BIT(UNUSABLE) | OPTION_BIT(PINNED) | OPTION_BIT(OCCUPANCY) | OPTION_BIT(STRATEGY) |    \
     MACHINE_OPTIONS)

/* Says so if an option is given that belongs to other profiles. */
static bool takes_options(const struct arguments *arguments, uint64_t others)
{
    for (int option = 0; option < OPTION_COUNT; option++)
        if (option_in(others, option) && arguments_have(arguments, (enum option_name)option)) {
            bad_input("the profile %s takes no --%s", arguments->words[0],
                      option_specs[option].word);
            return false;
        }
    return true;
}

/* ---- a state of memory ---- */

/* Reads one "ORDER=INDEX". Returns false after a message. */
static bool read_index(const char *text, struct fragmented_order *order)
{
    const char *reason = "expected ORDER=INDEX, such as 4=0.5";
    char *end;
    unsigned long k = strtoul(text, &end, 10);

    if (end == text || *end != '=' || strspn(text, "0123456789") != (size_t)(end - text))
        return bad_input("--unusable %s: %s", text, reason), false;
    if (k > ORDER_MAX)
        return bad_input("--unusable %s: the largest order is %u", text, ORDER_MAX), false;
    if (order->given[k])
        return bad_input("--unusable %s: order %lu is given twice", text, k), false;
    if (!share_parse(end + 1, &order->unusable[k], &reason))
        return bad_input("--unusable %s: %s", text, reason), false;
    order->given[k] = true;
    return true;
}

static bool read_indices(const struct arguments *arguments, struct fragmented_order *order)
{
    char list[LIST_BYTES];
    char *rest = list;

    if (!arguments_have(arguments, OPTION_UNUSABLE))
        return bad_input("the profile fragmented needs --unusable ORDER=INDEX"), false;
    if (strlen(arguments->value[OPTION_UNUSABLE]) >= sizeof list)
        return bad_input("--unusable: the list is too long"), false;
    strcpy(list, arguments->value[OPTION_UNUSABLE]);
    for (char *one = strsep(&rest, ","); one != NULL; one = strsep(&rest, ","))
        if (!read_index(one + strspn(one, " "), order))
            return false;
    return true;
}

/* Says where the trace leaves the state, because a trace does not name its machine. */
static void print_state(const struct arguments *arguments, const struct fragmented_order *order,
                        const struct state_machine *machine, const struct fragmented_result *result)
{
    const struct state_left *left = &result->left;

    fprintf(stderr, "under %s with %s %s: %u of %u frames used, %u pinned; unusable",
            machine->strategy, arguments_have(arguments, OPTION_MEMMAP) ? "--memmap" : "--ram",
            arguments_have(arguments, OPTION_MEMMAP) ? arguments->value[OPTION_MEMMAP]
                                                     : size_text(result->ram_bytes).text,
            left->held, result->frames, left->pinned);
    for (uint32_t k = 0; k < ORDER_COUNT; k++)
        if (order->given[k])
            fprintf(stderr, " %u=%.3f", k, fragmentation_unusable_index(&left->all, k) / 1e3);
    fputc('\n', stderr);
}

static int run_state(const struct arguments *arguments)
{
    struct fragmented_order order = {
        .pinned = PINNED_UNLESS_GIVEN, .occupancy = UINT32_MAX, .seed = 1};
    struct machine_choice choice = {.ram_bytes = RAM_UNLESS_GIVEN};
    struct state_lab lab = {.map = &choice.map};
    struct fragmented_result result;
    struct sim_error error;

    if (!takes_options(arguments, TRAFFIC_OPTIONS) || !read_indices(arguments, &order) ||
        !share_of_arguments(arguments, OPTION_PINNED, &order.pinned) ||
        !share_of_arguments(arguments, OPTION_OCCUPANCY, &order.occupancy) ||
        !count_of_arguments(arguments, OPTION_SEED, 0, UINT64_MAX, &order.seed) ||
        !machine_of_arguments(arguments, &choice))
        return STATUS_BAD_INPUT;
    lab.strategy = strategy_of_arguments(arguments);
    if (lab.strategy == NULL)
        return STATUS_BAD_INPUT;
    struct state_machine machine = state_lab_machine(&lab, choice.ram_bytes);
    if (!generate_fragmented(&order, &machine, arguments->value[OPTION_OUTPUT], &result, &error))
        return report_error(&error);
    print_state(arguments, &order, &machine, &result);
    return STATUS_DONE;
}

/* ---- all other profiles ---- */

static int run_traffic(const struct arguments *arguments)
{
    struct generate_request request = {.profile = arguments->words[0],
                                       .events = EVENTS_UNLESS_GIVEN,
                                       .seed = 1,
                                       .like = arguments->value[OPTION_LIKE],
                                       .out = arguments->value[OPTION_OUTPUT]};
    struct sim_error error;

    if (!takes_options(arguments, STATE_OPTIONS) ||
        !count_of_arguments(arguments, OPTION_EVENTS, 1, EVENTS_MAX, &request.events) ||
        !count_of_arguments(arguments, OPTION_SEED, 0, UINT64_MAX, &request.seed) ||
        !size_of_arguments(arguments, OPTION_LIVE, GENERATE_LIVE_MIN, GENERATE_LIVE_MAX,
                           &request.live_bytes))
        return STATUS_BAD_INPUT;
    if (request.like != NULL && !output_is_apart(request.out, &request.like, 1))
        return STATUS_BAD_INPUT;
    if (!trace_generate(&request, &error))
        return report_error(&error);
    return STATUS_DONE;
}

static int run(const struct arguments *arguments)
{
    struct sim_error error;
    const struct profile *profile = profile_find(arguments->words[0], &error);

    if (profile == NULL)
        return report_error(&error);
    return profile->generate != NULL ? run_traffic(arguments) : run_state(arguments);
}

static void print_profile(const struct profile *profile, FILE *out)
{
    char text[256];

    snprintf(text, sizeof text, "%s. %s", profile->does, profile->hurts);
    help_text_put_item(out, profile->name, text);
}

static void print_profiles(FILE *out)
{
    fputs("Profiles:\n", out);
    for (const struct profile *profile = profiles; profile->name != NULL; profile++)
        print_profile(profile, out);
    print_profile(&profile_fragmented, out);
}

const struct command command_generate = {
    .name = "generate",
    .synopsis = "generate PROFILE [--events N] [--seed S] [--live SIZE] [--like TRACE] "
                "[--unusable ORDER=INDEX] [--pinned SHARE] [--occupancy SHARE] [--strategy NAME] "
                "[--ram SIZE | --memmap FILE] -o OUT",
    .summary = "generate a trace of a given kind from random numbers",
    .operands = {{"PROFILE", VALUE_PROFILE, "the kind of trace; the profiles are listed below",
                  ONCE}},
    .options = OPTION_BIT(EVENTS) | OPTION_BIT(SEED) | OPTION_BIT(LIVE) | OPTION_BIT(LIKE) |
               STATE_OPTIONS | OPTION_BIT(OUTPUT),
    .required = OPTION_BIT(OUTPUT),
    .option_help = {[OPTION_STRATEGY] =
                        "the strategy under which the trace leaves the state; default: zoned",
                    [OPTION_RAM] =
                        "size of the RAM of the machine that the state is for; default: 256M",
                    [OPTION_MEMMAP] = "its memory map, in the place of --ram"},
    .notes =
        "The profile fragmented takes --unusable, --pinned, --occupancy, --strategy, --ram and "
        "--memmap, the others take --events, --live and --like. The trace of fragmented leaves "
        "a state of memory on that machine. The state is measured before the trace is "
        "written, and is within 0.02 of what was asked for.",
    .more_help = print_profiles,
    .examples = "mmsim generate churn --events 2M -o churn.mmb\n"
                "mmsim generate page-in-the-way --events 100k --seed 7 -o way.mmb.zst\n"
                "mmsim generate fragmented --unusable 4=0.5 --ram 128M -o half.mmb\n",
    .run = run,
};
