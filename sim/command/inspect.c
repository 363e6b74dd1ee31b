/* `mmsim inspect`: the page tables in a dump of memory. */
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
    .synopsis = "inspect DUMP --cr3 ADDR [--cr4 VALUE] [--pages | --json] [--svg FILE] [VA ...]",
    .summary = "print what the page tables in a dump of memory map",
    .operands = {{"DUMP", VALUE_FILE,
                  "raw physical memory from address 0, as QEMU's `pmemsave 0 SIZE \"FILE\"` writes "
                  "it",
                  ONCE},
                 {"VA", VALUE_TEXT,
                  "a virtual address; its walk through the tables is printed step by step, instead "
                  "of the mapped ranges",
                  ANY_NUMBER}},
    .options =
        OPTION_BIT(CR3) | OPTION_BIT(CR4) | OPTION_BIT(PAGES) | OPTION_BIT(SVG) | OPTION_BIT(JSON),
    .required = OPTION_BIT(CR3),
    .notes = "Numbers are decimal, or hexadecimal after 0x. If page tables lie outside the dump, "
             "what can be read is printed, and the exit status is 1.",
    .examples = "mmsim inspect memory.bin --cr3 0x3f7000\n"
                "mmsim inspect memory.bin --cr3 0x3f7000 0xc0101000\n",
    .run = run,
};
