/* Processes: the cost of their events on the host, as ratios to a plain load that depends on the
   one before. */
#include "chain.h"
#include "tables.h"

#include "machine/machine.h"
#include <mm/machine.h>
#include <mm/process.h>

#define RAM_BYTES     0x20000000u
#define MIB           0x100000u
#define MAP_START     0x10000000u
#define FIRST_TOUCHES 20000u
#define PAIRS         2000u
#define LOADS         1000000u
#define CHAIN         1024u

static struct machine *machine;
static struct mm mm;
static struct process *process;

/* ---- the reference ---- */

static uint32_t chain[CHAIN];

/* Make a chain that is one cycle through a page. */
static bool load_open(const char *name)
{
    (void)name;
    for (uint32_t i = 0; i < CHAIN; i++)
        chain[i] = (i * 5u + 1u) % CHAIN * 4u; /* full period: Knuth, TAOCP vol. 2, 3.2.1.2 */
    return true;
}

static void load_close(void)
{
}

static uint32_t load_run(uint32_t column)
{
    uint32_t loads = bench_repeats(LOADS);

    (void)column;
    bench_require(chain_follow(chain, 0, loads) < sizeof chain, "the chain has broken");
    return loads;
}

/* ---- processes ---- */

static bool process_open(const char *strategy)
{
    const struct memmap_range ram = {0x100000, RAM_BYTES - 1u, true};
    struct memmap map;

    machine = machine_create(NULL);
    bench_require(machine != NULL, "no simulated machine");
    bench_require(memmap_build(&map, &ram, 1) && mm_init(&mm, mm_strategy_find(strategy), &map),
                  "a strategy does not start");
    process = process_create(&mm, NULL);
    bench_require(process != NULL, "no process");
    process_switch(&mm, process);
    return true;
}

static void process_close(void)
{
    process_exit(&mm, process);
    mm_exit(&mm);
    machine_destroy(machine);
}

static void map(uint32_t bytes)
{
    bench_require(process_map(&mm, process, vaddr(MAP_START), bytes, true), "no map");
}

static void unmap(uint32_t bytes)
{
    bench_require(process_unmap(&mm, process, vaddr(MAP_START), bytes), "no unmap");
}

static void touch(uint32_t pages)
{
    for (uint32_t i = 0; i < pages; i++)
        bench_require(machine_user_touch(vaddr(MAP_START + i * PAGE_SIZE), true), "no touch");
}

/* A frame takes memory of the host when it is zeroed, and it is zeroed from its second use on. */
static void first_touch_prepare(uint32_t column)
{
    (void)column;
    for (uint32_t use = 1; use <= 2; use++) {
        map(FIRST_TOUCHES * PAGE_SIZE);
        touch(FIRST_TOUCHES);
        unmap(FIRST_TOUCHES * PAGE_SIZE);
    }
    map(FIRST_TOUCHES * PAGE_SIZE);
}

static uint32_t first_touch_run(uint32_t column)
{
    uint32_t pages = bench_repeats(FIRST_TOUCHES);

    (void)column;
    touch(pages);
    return pages;
}

static uint32_t map_run(uint32_t column)
{
    uint32_t pairs = bench_repeats(PAIRS);

    (void)column;
    for (uint32_t i = 0; i < pairs; i++) {
        map(MIB);
        unmap(MIB);
    }
    return pairs;
}

static uint32_t map_touch_run(uint32_t column)
{
    uint32_t pairs = bench_repeats(PAIRS / 20u);

    (void)column;
    for (uint32_t i = 0; i < pairs; i++) {
        map(MIB);
        touch(MIB / PAGE_SIZE);
        unmap(MIB);
    }
    return pairs;
}

static uint32_t create_run(uint32_t column)
{
    uint32_t pairs = bench_repeats(PAIRS);

    (void)column;
    for (uint32_t i = 0; i < pairs; i++) {
        struct process *child = process_create(&mm, NULL);
        bench_require(child != NULL, "no process");
        process_exit(&mm, child);
    }
    return pairs;
}

static const struct bench_work loads[] = {
    {NULL, load_run, NULL},
    {NULL, load_run, NULL},
    {NULL, load_run, NULL},
    {NULL, load_run, NULL},
};

static const struct bench_work works[] = {
    {first_touch_prepare, first_touch_run, NULL},
    {NULL, map_run, NULL},
    {NULL, map_touch_run, NULL},
    {NULL, create_run, NULL},
};

const struct bench_table bench_process = {
    .name = "process",
    .title = "Processes, ns",
    .columns = 4,
    .subjects = 8,
    .reference = 7,
    .column = {{"first touch", 1, true},
               {"map, unmap", 1, true},
               {"...and touch", 1, true},
               {"create, exit", 1, true}},
    .subject =
        {
            BENCH_STRATEGIES("", process_open, process_close, works),
            {"load", load_open, load_close, loads},
        },
};
