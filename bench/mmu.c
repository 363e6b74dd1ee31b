/*
 * Translation: dependent accesses through the TLB model and through the walker, compared with the
 * same chain of loads through a plain pointer.
 *
 * The pages of a chain are visited in a random order. Each has a word that holds the address of the
 * next page's word, so no access can begin before the one before it has ended. All data, tables and
 * entries stay in the host's first-level cache. Columns are page sizes.
 */
#include "chain.h"
#include "replay/random.h"
#include "tables.h"

#include "machine/machine.h"
#include <mm/pgtable.h>

#define ACCESSES  4000000u
#define PAGES_MAX 8u

#define SMALL_BASE  0x40000000u
#define SMALL_PAGES 128u
#define TABLE       0x00200000u
#define FRAMES      0x00400000u /* of the small pages; large pages are the direct map's */

#define FLAGS (PTE_PRESENT | PTE_WRITABLE | PTE_ACCESSED | PTE_DIRTY)

/* The number of pages of a chain, and the distance between them in pages. */
struct chain {
    uint32_t pages, stride;
};

/* Each page has a set of its own, in which it is always the most recently used. */
static const struct chain apart[] = {[MMU_SMALL] = {8, 1}, [MMU_LARGE] = {2, 1}};

/* The pages use all ways of one set in turn: the next one is always the least recently used. */
static const struct chain one_set[] = {
    [MMU_SMALL] = {TLB_WAYS_DEFAULT, TLB_ENTRIES_DEFAULT / TLB_WAYS_DEFAULT},
    [MMU_LARGE] = {TLB_LARGE_WAYS_DEFAULT, TLB_LARGE_ENTRIES_DEFAULT / TLB_LARGE_WAYS_DEFAULT},
};

/* There is one page more than a set has ways: each page has just been evicted. */
static const struct chain too_many[] = {
    [MMU_SMALL] = {TLB_WAYS_DEFAULT + 1u, TLB_ENTRIES_DEFAULT / TLB_WAYS_DEFAULT},
    [MMU_LARGE] = {TLB_LARGE_WAYS_DEFAULT + 1u, TLB_LARGE_ENTRIES_DEFAULT / TLB_LARGE_WAYS_DEFAULT},
};

static struct machine *machine;
static uint32_t start;

static uint32_t page_shift(uint32_t column)
{
    return column == MMU_SMALL ? PAGE_SHIFT : LARGE_PAGE_SHIFT;
}

/* Returns the offset of a page's word. Words of different pages are in different sets of the host's
   cache. */
static uint32_t word_offset(uint32_t column, uint32_t page)
{
    return (page << page_shift(column)) + page % 64u * 64u;
}

static uint32_t word_address(uint32_t column, uint32_t page)
{
    return (column == MMU_SMALL ? SMALL_BASE : DIRECT_MAP_BASE) + word_offset(column, page);
}

static uint32_t *memory(uint32_t pa)
{
    return arena_pointer(&machine->arena, paddr(pa));
}

static bool mmu_open(const char *name)
{
    (void)name;
    machine = machine_create(NULL);
    bench_require(machine != NULL, "no simulated machine");
    memory(machine->mmu.cr3)[directory_index(vaddr(SMALL_BASE))] = TABLE | FLAGS;
    for (uint32_t page = 0; page < SMALL_PAGES; page++)
        memory(TABLE)[page] = (FRAMES + (page << PAGE_SHIFT)) | FLAGS;
    return true;
}

static void mmu_close(void)
{
    machine_destroy(machine);
}

/* Link a cycle through all pages of a chain. */
static void link_chain(uint32_t column, const struct chain *chain)
{
    uint32_t frames = column == MMU_SMALL ? FRAMES : 0;
    uint32_t order[PAGES_MAX];
    uint32_t state = RANDOM32_SEED;

    for (uint32_t i = 0; i < chain->pages; i++) {
        uint32_t at = random32_below(&state, i + 1u);
        order[i] = order[at];
        order[at] = i * chain->stride;
    }
    for (uint32_t i = 0; i < chain->pages; i++)
        *memory(frames + word_offset(column, order[i])) =
            word_address(column, order[(i + 1u) % chain->pages]);
    start = word_address(column, 0);
}

static void prepare_apart(uint32_t column)
{
    link_chain(column, &apart[column]);
}

static void prepare_one_set(uint32_t column)
{
    link_chain(column, &one_set[column]);
}

static void prepare_too_many(uint32_t column)
{
    link_chain(column, &too_many[column]);
}

static uint32_t plain_load(uint32_t column)
{
    uint32_t accesses = bench_repeats(ACCESSES);

    (void)column;
    (void)chain_follow(machine_pointer(vaddr(0)), start, accesses);
    return accesses;
}

static uint32_t load(uint32_t column)
{
    uint32_t accesses = bench_repeats(ACCESSES);
    uint32_t va = start;
    bool loaded = true;

    (void)column;
    for (uint32_t i = 0; i < accesses; i++) {
        uint32_t next;
        loaded &= machine_load32(vaddr(va), false, &next);
        va = next;
    }
    bench_require(loaded, "a load failed");
    return accesses;
}

static uint32_t hit(uint32_t column)
{
    uint32_t accesses = load(column);

    bench_require(machine_tlb.misses <= PAGES_MAX, "the TLB model missed");
    return accesses;
}

static uint32_t miss(uint32_t column)
{
    uint32_t accesses = load(column);

    bench_require(machine_tlb.hits == 0, "the TLB model hit");
    return accesses;
}

/* Touch the pages in turn; no access depends on another. */
static uint32_t touch(uint32_t column)
{
    uint32_t accesses = bench_repeats(ACCESSES);
    uint32_t last = apart[column].pages - 1u;
    bool touched = true;

    for (uint32_t i = 0; i < accesses; i++)
        touched &= machine_touch(vaddr(word_address(column, i & last)), true);
    bench_require(touched, "a touch failed");
    bench_require(machine_tlb.misses <= PAGES_MAX, "the TLB model missed");
    return accesses;
}

/* No load is needed between two walks: the distance from a page's physical address to the next
   page's virtual address is constant. */
static uint32_t walk(uint32_t column)
{
    uint32_t accesses = bench_repeats(ACCESSES);
    uint32_t frames = column == MMU_SMALL ? FRAMES : 0;
    uint32_t base = word_address(column, 0);
    uint32_t page_bytes = 1u << page_shift(column);
    uint32_t last = (apart[column].pages - 1u) * page_bytes;
    uint32_t va = base;
    struct mmu_walk walked = {.error_code = 0};
    bool found = true;

    for (uint32_t i = 0; i < accesses; i++) {
        found &= mmu_walk(&machine->mmu, vaddr(va), MMU_READ, &walked);
        va = base + ((walked.pa.value - frames + page_bytes) & last);
    }
    bench_require(found, "a walk failed");
    return accesses;
}

/* clang-format off */
#define BOTH(prepare, run) {{prepare, run, NULL}, {prepare, run, NULL}}
/* clang-format on */

static const struct bench_work plain_works[] = BOTH(prepare_apart, plain_load);
static const struct bench_work hit_works[] = BOTH(prepare_apart, hit);
static const struct bench_work last_way_works[] = BOTH(prepare_one_set, hit);
static const struct bench_work touch_works[] = BOTH(prepare_apart, touch);
static const struct bench_work walk_works[] = BOTH(prepare_apart, walk);
static const struct bench_work miss_works[] = BOTH(prepare_too_many, miss);

const struct bench_table bench_mmu = {
    .name = "mmu",
    .title = "Translation, ns an access",
    .columns = 2,
    .subjects = 6,
    .reference = MMU_PLAIN,
    .column = {[MMU_SMALL] = {"4 KiB", 1, false}, [MMU_LARGE] = {"4 MiB", 1, false}},
    .subject =
        {
            [MMU_PLAIN] = {"plain load", mmu_open, mmu_close, plain_works},
            [MMU_HIT] = {"hit", mmu_open, mmu_close, hit_works},
            [MMU_LAST_WAY] = {"last way", mmu_open, mmu_close, last_way_works},
            [MMU_MISS] = {"miss", mmu_open, mmu_close, miss_works},
            [MMU_WALK] = {"walk", mmu_open, mmu_close, walk_works},
            [MMU_TOUCH] = {"touch", mmu_open, mmu_close, touch_works},
        },
};
