/* Address spaces in dumps of memory. */
#include "lab/inspect.h"
#include "command/command.h"
#include "command/output.h"

static int run(const struct arguments *arguments)
{
    const struct inspect_request request = {.dump = arguments->words[0],
                                            .cr3 = arguments->value[OPTION_CR3],
                                            .cr4 = arguments->value[OPTION_CR4],
                                            .svg = arguments->value[OPTION_SVG],
                                            .pages = arguments_have(arguments, OPTION_PAGES),
                                            .json = arguments_have(arguments, OPTION_JSON),
                                            .va_count = (uint32_t)arguments->count - 1u,
                                            .va = arguments->words + 1};

    if (request.svg != NULL && !output_is_apart(request.svg, &request.dump, 1))
        return STATUS_BAD_INPUT;
    return (int)inspect_run(&request);
}

const struct command command_inspect = {
    .name = "inspect",
    .synopsis = "inspect DUMP --cr3 ADDR [--cr4 VALUE] [--pages | --json] [--svg FILE] [VA...]",
    .summary =
        "what the page tables in a dump of physical memory map, and how they translate addresses",
    .help =
        "  DUMP              raw physical memory from 0, as QEMU's `pmemsave 0 SIZE \"FILE\"` "
        "writes "
        "it\n"
        "  --cr3 ADDR        of the page directory; QEMU's `info registers` tells it\n"
        "  --cr4 VALUE       0x10 without it: 4 MiB pages are on\n"
        "  VA...             addresses: each one's walk, step by step, instead of the ranges\n"
        "  --pages           a line for each physical range, with page size and flags; without it\n"
        "                    the lines are those of QEMU's `info mem`, to be compared by diff\n"
        "  --svg FILE        draw the address space, too\n" JSON_HELP
        "Numbers are decimal, or hexadecimal after 0x. The exit status is 1 where tables lie "
        "outside\n"
        "the dump; what could be read is printed.\n",
    .options =
        OPTION_BIT(CR3) | OPTION_BIT(CR4) | OPTION_BIT(PAGES) | OPTION_BIT(SVG) | OPTION_BIT(JSON),
    .words = 1 | OR_MORE,
    .run = run,
};
