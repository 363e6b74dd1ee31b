/* The cost of a level of hardening (include/mm/harden.h): the same calls under each strategy. A
   program has one level; `make bench-hardening` runs one program for each. */
#include "replay/random.h"
#include "tables.h"

#include "machine/machine.h"
#include <mm/harden.h>
#include <mm/mm.h>

#define RAM_BYTES 0x10000000u
#define PAIRS     200000u
#define LIVE      2000u

static struct machine *machine;
static struct mm mm;
static uint32_t live[LIVE];
static uint32_t seed;

static bool mm_open(const char *strategy)
{
    const struct memmap_range ram = {0x100000, RAM_BYTES - 1u, true};
    struct memmap map;

    machine = machine_create(NULL);
    bench_require(machine != NULL, "no simulated machine");
    bench_require(memmap_build(&map, &ram, 1) && mm_init(&mm, mm_strategy_find(strategy), &map),
                  "a strategy does not start");
    seed = 1;
    return true;
}

static void mm_close(void)
{
    mm_exit(&mm);
    machine_destroy(machine);
}

static const uint32_t pair_bytes[] = {64, 1024};

static uint32_t block_pairs(uint32_t column)
{
    uint32_t pairs = bench_repeats(PAIRS);

    for (uint32_t i = 0; i < pairs; i++) {
        vaddr_t block = kmalloc(&mm, pair_bytes[column], PAGES_LOW);
        bench_require(!vaddr_is_none(block), "no block");
        kfree(&mm, block);
    }
    return pairs;
}

static uint32_t draw_below(uint32_t end)
{
    return random32_below(&seed, end);
}

static uint32_t some_bytes(void)
{
    return 8u + draw_below(draw_below(8) != 0 ? 256 : 4096);
}

static void replace(uint32_t at)
{
    if (live[at] != 0)
        kfree(&mm, vaddr(live[at]));
    live[at] = kmalloc(&mm, some_bytes(), PAGES_LOW).value;
    bench_require(live[at] != 0, "no block");
}

static void mix_prepare(uint32_t column)
{
    (void)column;
    for (uint32_t i = 0; i < LIVE; i++)
        live[i] = 0;
    for (uint32_t i = 0; i < LIVE; i++)
        replace(i);
}

static uint32_t mix_run(uint32_t column)
{
    uint32_t pairs = bench_repeats(PAIRS);

    (void)column;
    for (uint32_t i = 0; i < pairs; i++)
        replace(draw_below(LIVE));
    return pairs;
}

static uint32_t page_pairs(uint32_t column)
{
    uint32_t pairs = bench_repeats(PAIRS);

    (void)column;
    for (uint32_t i = 0; i < pairs; i++) {
        pfn_t frame = pages_alloc(&mm, 0, PAGES_LOW);
        bench_require(!pfn_is_none(frame), "no page");
        pages_free(&mm, frame, 0);
    }
    return pairs;
}

static const struct bench_work works[] = {
    {NULL, block_pairs, NULL},
    {NULL, block_pairs, NULL},
    {mix_prepare, mix_run, NULL},
    {NULL, page_pairs, NULL},
};

#define TITLE_none "Hardening: none, ns"
#define TITLE_fast "Hardening: fast, ns"
#define TITLE_full "Hardening: full, ns"

const struct bench_table bench_hardening = {
    .name = "hardening",
    .title = MM_HARDENING == HARDEN_NONE   ? TITLE_none
             : MM_HARDENING == HARDEN_FAST ? TITLE_fast
                                           : TITLE_full,
    .columns = 4,
    .subjects = BENCH_STRATEGIES_COUNT,
    .reference = BENCH_STRATEGIES_COUNT,
    .column = {{"pair 64", 1, true},
               {"pair 1024", 1, true},
               {"mix", 1, true},
               {"page pair", 1, true}},
    .subject =
        {
            BENCH_STRATEGIES("", mm_open, mm_close, works),
        },
};
