#include <stdio.h>

#include <mm/strategy.h>

#include "command/command.h"
#include "report/page.h"

static int run(const struct arguments *arguments)
{
    FILE *page = page_open(stdout);

    (void)arguments;
    for (const struct strategy *const *strategy = mm_strategies; *strategy != NULL; strategy++)
        fprintf(page, "%-8s  %s\n          frames  %s\n          heap    %s\n", (*strategy)->name,
                (*strategy)->source, (*strategy)->frames, (*strategy)->heap);
    fclose(page);
    return STATUS_DONE;
}

const struct command command_strategies = {
    .name = "strategies",
    .synopsis = "strategies",
    .summary = "list the strategies, and how each one works",
    .examples = "mmsim strategies\n",
    .run = run,
};
