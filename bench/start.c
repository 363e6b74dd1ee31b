/* The time in which a machine with 4 GiB is created and its memory manager started, until it serves
   requests. */
#include "tables.h"

#include "machine/machine.h"
#include <mm/mm.h>

static const char *strategy;
static struct machine *machine;
static struct mm mm;

static bool start_open(const char *name)
{
    strategy = name;
    return true;
}

static uint32_t start_run(uint32_t column)
{
    const struct memmap_range ram = {0x100000, UINT32_MAX, true};
    struct memmap map;

    (void)column;
    machine = machine_create(NULL);
    bench_require(machine != NULL, "no simulated machine");
    bench_require(memmap_build(&map, &ram, 1) && mm_init(&mm, mm_strategy_find(strategy), &map),
                  "a strategy does not start with 4 GiB");
    return 1;
}

static void start_close(void)
{
    if (machine == NULL)
        return;
    mm_exit(&mm);
    machine_destroy(machine);
    machine = NULL;
}

static const struct bench_work works[] = {{NULL, start_run, NULL}};

const struct bench_table bench_start = {
    .name = "start",
    .title = "Start-up of a machine with 4 GiB",
    .columns = 1,
    .subjects = BENCH_STRATEGIES_COUNT,
    .reference = BENCH_STRATEGIES_COUNT,
    .column = {{"ms", 1e6, false}},
    .subject =
        {
            BENCH_STRATEGIES("", start_open, start_close, works),
        },
};
