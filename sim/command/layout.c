/* `mmsim layout`: the map of virtual memory that each strategy starts with. */
#include <stdio.h>

#include "command/command.h"
#include "report/layout_report.h"
#include "report/numbers.h"
#include "report/text_file.h"
#include "trace/printable.h"

/* The default RAM. Every zone has some of it. */
#define LAYOUT_RAM_BYTES (UINT64_C(1) << 30)

static void print_layouts(const struct strategy *const strategies[],
                          const struct layout_map layouts[], uint32_t count,
                          const struct machine_choice *choice)
{
    printf("RAM %s (%s)\n", number_size(choice->ram_bytes).text,
           printable(choice->ram_source).text);
    for (uint32_t i = 0; i < count; i++) {
        putchar('\n');
        layout_print(&layouts[i], strategies[i], stdout);
    }
}

static void print_layouts_json(const struct strategy *const strategies[],
                               const struct layout_map layouts[], uint32_t count,
                               const struct machine_choice *choice)
{
    struct json json = json_begin_file(stdout);

    json_put_u64(&json, "ram_bytes", choice->ram_bytes);
    json_begin_list(&json, "layouts");
    for (uint32_t i = 0; i < count; i++)
        layout_put_json(&json, &layouts[i], strategies[i]);
    json_end_list(&json);
    json_end_file(&json);
}

static int run(const struct arguments *arguments)
{
    struct machine_choice choice = {.ram_bytes = LAYOUT_RAM_BYTES, .ram_source = "--ram sets it"};
    const struct strategy *strategies[COMPARE_MAX];
    static struct layout_map layouts[COMPARE_MAX];
    uint32_t count = strategies_of_arguments(arguments, strategies);
    const char *reason;

    if (count == 0 || !machine_of_arguments(arguments, &choice))
        return STATUS_BAD_INPUT;
    for (uint32_t i = 0; i < count; i++)
        if (!layout_map_read(&layouts[i], strategies[i], &choice.map, &reason))
            return report_failure(strategies[i], reason);
    if (arguments_have(arguments, OPTION_JSON))
        print_layouts_json(strategies, layouts, count, &choice);
    else
        print_layouts(strategies, layouts, count, &choice);
    return STATUS_DONE;
}

const struct command command_layout = {
    .name = "layout",
    .synopsis = "layout [--ram SIZE | --memmap FILE] [--strategies A,B,...] [--json]",
    .summary = "print each strategy's map of virtual memory at the start",
    .options = MACHINE_OPTIONS | OPTION_BIT(STRATEGIES) | OPTION_BIT(JSON),
    .option_help = {[OPTION_RAM] = "size of the machine's RAM, such as 512M; the memory map is "
                                   "that of a PC in QEMU. Default: 1G",
                    [OPTION_STRATEGIES] =
                        "print the map of these strategies only; without it, of all"},
    .notes = "The map is read from the page tables. The current process is a small program, and "
             "the frame buffer is where QEMU's PC has it.",
    .examples = "mmsim layout --strategies brk,zoned --ram 512M\n",
    .run = run,
};
