/* `mmsim generate`: traces from random numbers. */
#include <inttypes.h>
#include <stdio.h>

#include "command/command.h"
#include "command/help_text.h"
#include "trace/generate/generate.h"

#define EVENTS_UNLESS_GIVEN 1000000u
#define EVENTS_MAX          UINT64_C(1000000000000000000)

static int run(const struct arguments *arguments)
{
    struct generate_request request = {.profile = arguments->words[0],
                                       .events = EVENTS_UNLESS_GIVEN,
                                       .seed = 1,
                                       .like = arguments->value[OPTION_LIKE],
                                       .out = arguments->value[OPTION_OUTPUT]};
    struct sim_error error;

    if (!count_of_arguments(arguments, OPTION_EVENTS, 1, EVENTS_MAX, &request.events) ||
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

static void print_profiles(FILE *out)
{
    fputs("Profiles:\n", out);
    for (const struct profile *profile = profiles; profile->name != NULL; profile++) {
        char text[256];

        snprintf(text, sizeof text, "%s. %s", profile->does, profile->hurts);
        help_text_put_item(out, profile->name, text);
    }
}

const struct command command_generate = {
    .name = "generate",
    .synopsis = "generate PROFILE [--events N] [--seed S] [--live SIZE] [--like TRACE] -o OUT",
    .summary = "generate a trace of a given kind from random numbers",
    .operands = {{"PROFILE", VALUE_PROFILE, "the kind of trace; the profiles are listed below",
                  ONCE}},
    .options = OPTION_BIT(EVENTS) | OPTION_BIT(SEED) | OPTION_BIT(LIVE) | OPTION_BIT(LIKE) |
               OPTION_BIT(OUTPUT),
    .required = OPTION_BIT(OUTPUT),
    .more_help = print_profiles,
    .examples = "mmsim generate churn --events 2M -o churn.mmb\n"
                "mmsim generate page-in-the-way --events 100k --seed 7 -o way.mmb.zst\n",
    .run = run,
};
