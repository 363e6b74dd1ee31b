/* Traces that no log shows. */
#include <inttypes.h>
#include <stdio.h>

#include "command/command.h"
#include "command/output.h"
#include "machine/size.h"
#include "trace/generate/generate.h"

#define EVENTS_UNLESS_GIVEN 1000000u

/* --live. false after a message. */
static bool live_of_arguments(const struct arguments *arguments, uint64_t *bytes)
{
    const char *text = arguments->value[OPTION_LIVE];
    const char *reason = "not from 1M to 3G";

    if (text == NULL)
        return true;
    if (size_parse(text, bytes, &reason) && *bytes >= GENERATE_LIVE_MIN &&
        *bytes <= GENERATE_LIVE_MAX)
        return true;
    bad_input("--live %s: %s", text, reason);
    return false;
}

static int run(const struct arguments *arguments)
{
    struct generate_request request = {.profile = arguments->words[0],
                                       .events = EVENTS_UNLESS_GIVEN,
                                       .seed = 1,
                                       .like = arguments->value[OPTION_LIKE],
                                       .out = arguments->value[OPTION_OUTPUT]};
    struct sim_error error;

    if (request.out == NULL)
        return bad_input("generate needs -o OUT, a name that ends in .mmt or .mmb, and .zst or .xz "
                         "may follow");
    if (!number_of_arguments(arguments, OPTION_EVENTS, 1, &request.events) ||
        !number_of_arguments(arguments, OPTION_SEED, 0, &request.seed) ||
        !live_of_arguments(arguments, &request.live_bytes))
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
    for (const struct profile *profile = profiles; profile->name != NULL; profile++)
        fprintf(out, "  %-16s  %s;\n%20shurts %s\n", profile->name, profile->does, "",
                profile->hurts);
}

const struct command command_generate = {
    .name = "generate",
    .synopsis = "generate PROFILE [--events N] [--seed S] [--live SIZE] [--like TRACE] -o OUT",
    .summary = "make a trace of a kind that no log shows",
    .help = "  PROFILE           one of those below\n"
            "  --events N        events of the trace; 1000000 without it\n"
            "  --seed S          its random numbers; 1 without it. The same N and S give the same\n"
            "                    trace on every machine, and a larger N begins with it\n"
            "  --live SIZE       bytes live at a time, about, as 64M: 1M to 3G; the profile's own\n"
            "                    without it\n"
            "  --like TRACE      ordinary traffic has the sizes, classes, sites and lifetimes of\n"
            "                    this trace, also where that is much shorter; - is standard input\n"
            "  -o OUT            the trace: .mmt text, .mmb binary, and .zst or .xz may follow; -\n"
            "                    is text on standard output\n",
    .more_help = print_profiles,
    .options = OPTION_BIT(EVENTS) | OPTION_BIT(SEED) | OPTION_BIT(LIVE) | OPTION_BIT(LIKE) |
               OPTION_BIT(OUTPUT),
    .words = 1,
    .run = run,
};
