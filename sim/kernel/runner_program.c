/* Which program is the runner. */
#include "kernel/runner_process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef HAVE_RUNNER
extern const unsigned char runner_program_start[], runner_program_end[];

static void take_embedded(struct runner_program *program)
{
    program->bytes = runner_program_start;
    program->count = (size_t)(runner_program_end - runner_program_start);
}
#else
static void take_embedded(struct runner_program *program)
{
    (void)program;
}
#endif

/* "PATH", or "PATH WORD". */
static void take_named(struct runner_program *program, const char *text)
{
    size_t path_bytes = strcspn(text, " ");

    snprintf(program->path, sizeof program->path, "%.*s", (int)path_bytes, text);
    if (text[path_bytes] != '\0')
        snprintf(program->word, sizeof program->word, "%s", text + path_bytes + 1);
}

bool runner_program_find(struct runner_program *program)
{
    const char *named = getenv("MMSIM_RUNNER");

    *program = (struct runner_program){.count = 0};
    if (named != NULL && named[0] != '\0')
        take_named(program, named);
    else
        take_embedded(program);
    return program->path[0] != '\0' || program->count != 0;
}
