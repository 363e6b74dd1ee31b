#include <stdio.h>

#include "command/command.h"

static int run(const struct arguments *arguments)
{
    (void)arguments;
    for (const struct strategy *const *strategy = mm_strategies; *strategy != NULL; strategy++)
        printf("%-9s %-29s frames: %s\n%40s heap: %s\n", (*strategy)->name, (*strategy)->source,
               (*strategy)->frames, "", (*strategy)->heap);
    return STATUS_DONE;
}

const struct command command_strategies = {
    .name = "strategies",
    .synopsis = "strategies",
    .summary = "list the strategies, and how each one works",
    .examples = "mmsim strategies\n",
    .run = run,
};
