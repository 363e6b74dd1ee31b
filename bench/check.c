/*
 * The cost of the checkers, and of the query for a frame's owner: a check of everything, per frame,
 * block and span of the heap; and single pages through a strategy, whose owners are recorded.
 */
#include "replay/random.h"
#include "tables.h"

#include "machine/machine.h"
#include <mm/frame_owner.h>

#include <stdlib.h>

#define MIB        0x100000ull
#define BLOCK_MAX  4096u
#define SPANS      20000u
#define QUESTIONS  1000000u
#define PAIRS      1000000u
#define PAGES_HELD 20000u

static const uint64_t ram_bytes[] = {16 * MIB,   256 * MIB,  3072 * MIB, 256 * MIB,
                                     1024 * MIB, 1024 * MIB, 1024 * MIB};

static const char *strategy;
static struct machine *machine;
static struct mm mm;
static uint32_t blocks;
static pfn_t held[PAGES_HELD];
static uint32_t held_count;

static bool check_open(const char *name)
{
    strategy = name;
    return true;
}

static void start(uint32_t column)
{
    const struct memmap_range ram = {0x100000, ram_bytes[column] - 1u, true};
    struct memmap map;

    machine = machine_create(NULL);
    bench_require(machine != NULL, "no simulated machine");
    bench_require(memmap_build(&map, &ram, 1) && mm_init(&mm, mm_strategy_find(strategy), &map),
                  "a strategy does not start");
    blocks = 0;
    held_count = 0;
}

static void check_close(void)
{
    if (machine == NULL)
        return;
    mm_exit(&mm);
    machine_destroy(machine);
    machine = NULL;
}

static void hold_page(void)
{
    pfn_t page = pages_alloc(&mm, 0, PAGES_LOW);

    if (!pfn_is_none(page))
        held[held_count++] = page;
}

/* The host's first access to the pages must not count as the checkers' time. */
static void warm_up(void)
{
    bench_require(mm_check(&mm) == NULL, "a rule is broken");
}

/* Fill a quarter of RAM, at most 64 MiB, with blocks of up to a page and with pages between
   them. */
static void fill_prepare(uint32_t column)
{
    uint64_t want = ram_bytes[column] / 4u < 64 * MIB ? ram_bytes[column] / 4u : 64 * MIB;
    uint32_t seed = RANDOM32_SEED;

    start(column);
    for (uint64_t got = 0; got < want; blocks++) {
        uint32_t bytes = 1u + random32_below(&seed, BLOCK_MAX);
        if (vaddr_is_none(kmalloc(&mm, bytes, PAGES_LOW)))
            break;
        got += bytes;
        if (blocks % 4u == 0 && held_count < PAGES_HELD)
            hold_page();
    }
    warm_up();
}

/* Free every third of all pages, so that the heap gets scattered free pages: in jump each one is a
   span. */
static void spans_prepare(uint32_t column)
{
    pfn_t *pages = malloc(sizeof *pages * (size_t)(ram_bytes[column] >> PAGE_SHIFT));
    uint32_t count = 0;

    start(column);
    bench_require(pages != NULL, "no memory");
    while (!pfn_is_none(pages[count] = pages_alloc(&mm, 0, PAGES_LOW)))
        count++;
    for (uint32_t i = 0; i < count; i++)
        if (pages[i].value % 3u == 0)
            pages_free(&mm, pages[i], 0);
    while (blocks < SPANS && !vaddr_is_none(kmalloc(&mm, PAGE_SIZE - 100u, PAGES_LOW)))
        blocks++;
    free(pages);
    warm_up();
}

static uint32_t check_run(uint32_t column)
{
    const char *broken = mm_check(&mm);

    (void)column;
    bench_require(broken == NULL, "a rule is broken");
    return mm.frames_total + blocks + mm.counters.heap_spans;
}

static uint32_t kind_run(uint32_t column)
{
    uint32_t questions = bench_repeats(QUESTIONS);
    uint32_t seed = RANDOM32_SEED;
    uint32_t sum = 0;

    for (uint32_t i = 0; i < questions; i++)
        sum += mm_frame_kind(&mm, pfn(random32_below(&seed, mm.owners_end.value)));
    __asm__ volatile("" : "+r"(sum));
    (void)column;
    return questions;
}

static void pages_prepare(uint32_t column)
{
    start(column);
    while (held_count < PAGES_HELD)
        hold_page();
}

/* Free a random page, and allocate another. */
static uint32_t page_run(uint32_t column)
{
    uint32_t pairs = bench_repeats(PAIRS);
    uint32_t seed = RANDOM32_SEED;

    (void)column;
    for (uint32_t i = 0; i < pairs; i++) {
        pfn_t *page = &held[random32_below(&seed, PAGES_HELD)];
        pages_free(&mm, *page, 0);
        *page = pages_alloc(&mm, 0, PAGES_LOW);
    }
    return pairs;
}

/* Allocate and free the same block of 8 pages repeatedly; window has no such blocks. */
static uint32_t block_run(uint32_t column)
{
    uint32_t pairs = bench_repeats(PAIRS);

    (void)column;
    for (uint32_t i = 0; i < pairs; i++) {
        pfn_t block = pages_alloc(&mm, 3, PAGES_LOW);
        if (!pfn_is_none(block))
            pages_free(&mm, block, 3);
    }
    return pairs;
}

static const struct bench_work works[] = {
    {fill_prepare, check_run, NULL},  {fill_prepare, check_run, NULL},
    {fill_prepare, check_run, NULL},  {spans_prepare, check_run, NULL},
    {fill_prepare, kind_run, NULL},   {pages_prepare, page_run, NULL},
    {pages_prepare, block_run, NULL},
};

const struct bench_table bench_check = {
    .name = "check",
    .title = "A check of everything, ns for each frame, block and span; a frame's kind; pages, ns",
    .columns = CHECK_COLUMNS,
    .subjects = BENCH_STRATEGIES_COUNT,
    .reference = BENCH_STRATEGIES_COUNT,
    .column = {{"16 MiB", 1, false},
               {"256 MiB", 1, false},
               {"3 GiB", 1, false},
               {"20k spans", 1, false},
               {"kind", 1, false},
               {"page", 1, false},
               {"8 pages", 1, false}},
    .subject =
        {
            BENCH_STRATEGIES("", check_open, check_close, works),
        },
};
