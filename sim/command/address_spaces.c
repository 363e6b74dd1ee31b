/* Address spaces: those that strategies lay out, and those in dumps of memory. */
#include <inttypes.h>
#include <stdio.h>

#include "command/commands.h"
#include "lab/inspect.h"
#include "report/layout_report.h"
#include "report/numbers.h"
#include "report/text_file.h"

/* RAM of the machine whose map `layout` prints: all zones have some. */
#define LAYOUT_RAM_BYTES (UINT64_C(1) << 30)

static void print_layouts(const struct strategy *const strategies[],
                          const struct layout_map layouts[], uint32_t count,
                          const struct machine_choice *choice)
{
    printf("RAM %s (%s)\n", number_size(choice->ram_bytes).text, choice->ram_source);
    for (uint32_t i = 0; i < count; i++) {
        putchar('\n');
        layout_print(&layouts[i], strategies[i], stdout);
    }
}

static void print_layouts_json(const struct strategy *const strategies[],
                               const struct layout_map layouts[], uint32_t count,
                               const struct machine_choice *choice)
{
    struct text_out out = text_out_to_file(stdout);

    printf("{\"ram_bytes\": %" PRIu64 ", \"layouts\": [", choice->ram_bytes);
    for (uint32_t i = 0; i < count; i++) {
        text_put(&out, i == 0 ? "" : ", ");
        layout_put_json(&layouts[i], strategies[i], &out);
    }
    text_put(&out, "]}\n");
}

int command_layout(const struct arguments *arguments)
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
    if ((arguments->given & OPTION_JSON) != 0)
        print_layouts_json(strategies, layouts, count, &choice);
    else
        print_layouts(strategies, layouts, count, &choice);
    return STATUS_DONE;
}

int command_inspect(const struct arguments *arguments)
{
    const struct inspect_request request = {.dump = arguments->words[0],
                                            .cr3 = arguments->cr3,
                                            .cr4 = arguments->cr4,
                                            .svg = arguments->svg,
                                            .pages = (arguments->given & OPTION_PAGES) != 0,
                                            .json = (arguments->given & OPTION_JSON) != 0,
                                            .va_count = (uint32_t)arguments->count - 1u,
                                            .va = arguments->words + 1};

    return (int)inspect_run(&request);
}
