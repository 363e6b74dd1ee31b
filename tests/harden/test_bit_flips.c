/*
 * Tests that HARDEN_FULL notices bits that change by themselves.
 *
 * Each strategy is brought into a busy state on a small machine: blocks of all sizes, slabs, holes,
 * pages of three classes, areas, processes. Then one bit of a word that the memory manager relies
 * on is flipped (support/metadata.h lists these words and their meaningful bits), and
 *
 *     mm_check() is called                       "check": it names a rule, or panics
 *     if it finds nothing, a workload goes on    "later": the workload or the check after it
 * panics, and frees all that is live                          or the check names a rule "never":
 * neither
 *
 * Then everything is restored. For every seventh bit the workload comes before the check, so that
 * both orders are tested. A bit that is never noticed counts as not caught, whether it does harm or
 * not. If a structure has more bits than FLIPS_EACH, every n-th one is flipped; n is odd, so that
 * all 32 places in a word come up. MMSIM_FLIPS=N in the environment sets another number; 0 flips
 * every bit. MMSIM_FLIPS_SHOW=1 prints the bits that are never noticed.
 */
#include "replay/random.h"
#include "support/metadata.h"
#include "support/model_mm.h"
#include "support/test.h"

#include <mm/harden.h>
#include <mm/process.h>
#include <mm/strategy.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FLIPS_EACH    1500u
#define WORKLOAD      1500u /* the calls that make the busy state */
#define LATER         120u  /* the calls that follow a flip */
#define LIVE_MAX      1024u
#define PROCESSES     2u
#define WATCH_SECONDS 30u /* a flip after which the program hangs ends the test */

#define RANGES 2u
static const struct frame_range ram[RANGES] = {{{0x400}, {0x600}}, {{0x1000}, {0x1500}}};

enum kind { KIND_KMALLOC, KIND_PAGES, KIND_VMALLOC };

struct live {
    enum kind kind;
    uint32_t where;
    uint32_t order;
};

/* The state that is not in simulated memory. */
static struct world {
    struct mm mm;
    struct live live[LIVE_MAX];
    uint32_t count;
    uint32_t seed;
    struct process *process[PROCESSES];
} world;

static uint32_t random_below(uint32_t bound)
{
    return random32_below(&world.seed, bound);
}

/* ---- the workload ---- */

static void live_add(enum kind kind, uint32_t where, uint32_t order)
{
    world.live[world.count++] = (struct live){kind, where, order};
}

static void release(uint32_t at)
{
    struct live live = world.live[at];

    world.live[at] = world.live[--world.count];
    if (live.kind == KIND_KMALLOC)
        kfree(&world.mm, vaddr(live.where));
    else if (live.kind == KIND_VMALLOC)
        vfree(&world.mm, vaddr(live.where));
    else
        pages_free(&world.mm, pfn(live.where), live.order);
}

/* Touches a block where it begins. */
static void use(vaddr_t block)
{
    if (machine_touch(block, true))
        *(volatile unsigned char *)machine_pointer(block) = (unsigned char)world.seed;
}

static void step_kmalloc(void)
{
    static const uint32_t few[] = {16, 24, 64, 100, 200};
    uint32_t kind = random_below(16);
    uint32_t bytes = kind < 9    ? few[random_below(5)]
                     : kind < 14 ? 1u + random_below(3000)
                                 : 1u + random_below(40000);
    vaddr_t block = kmalloc(&world.mm, bytes, kind == 10 ? PAGES_DMA : PAGES_LOW);

    if (vaddr_is_none(block))
        return;
    use(block);
    live_add(KIND_KMALLOC, block.value, 0);
}

static void step_krealloc(void)
{
    uint32_t at = random_below(world.count);

    if (world.live[at].kind != KIND_KMALLOC)
        return;
    vaddr_t moved = krealloc(&world.mm, vaddr(world.live[at].where), 1u + random_below(2000));
    if (!vaddr_is_none(moved))
        world.live[at].where = moved.value;
}

static void step_pages(void)
{
    uint32_t order = random_below(4) != 0 ? 0 : random_below(3);
    enum page_class page_class = (enum page_class)random_below(3);
    pfn_t first = pages_alloc(&world.mm, order, page_class);

    if (pfn_is_none(first))
        return;
    if (page_class == PAGES_USER && random_below(2) == 0)
        pages_set_movable(&world.mm, first, order, world.count);
    live_add(KIND_PAGES, first.value, order);
}

static void step_vmalloc(void)
{
    vaddr_t block = vmalloc(&world.mm, 1u + random_below(20000));

    if (!vaddr_is_none(block))
        live_add(KIND_VMALLOC, block.value, 0);
}

#define USER_PLACES 24u
#define USER_PLACE  0x20000000u

static void step_process(void)
{
    uint32_t who = random_below(PROCESSES);
    struct process *process = world.process[who];
    vaddr_t at = vaddr(USER_PLACE + random_below(USER_PLACES) * 0x8000u);

    if (process == NULL) {
        world.process[who] = process_create(&world.mm, NULL);
        return;
    }
    process_switch(&world.mm, process);
    switch (random_below(8)) {
    case 0:
        (void)process_unmap(&world.mm, process, at, 0x3000);
        break;
    case 1:
        (void)process_setbrk(&world.mm, process,
                             vaddr(process->heap_start.value + random_below(0x20000)));
        break;
    case 2:
    case 3:
        (void)process_map(&world.mm, process, at, 0x5000, random_below(2) != 0);
        break;
    default:
        (void)machine_user_touch(vaddr(at.value + random_below(5) * PAGE_SIZE), false);
    }
}

static void step(void)
{
    uint32_t kind = random_below(100);

    if (world.count == LIVE_MAX || (world.count != 0 && kind < 30 + world.count / 24))
        release(random_below(world.count));
    else if (kind < 75)
        step_kmalloc();
    else if (kind < 80 && world.count != 0)
        step_krealloc();
    else if (kind < 88)
        step_pages();
    else if (kind < 90)
        step_vmalloc();
    else
        step_process();
}

static void pages_moved(void *context, uint32_t cookie, pfn_t from, pfn_t to)
{
    (void)context;
    (void)cookie;
    for (uint32_t i = 0; i < world.count; i++)
        if (world.live[i].kind == KIND_PAGES && world.live[i].where == from.value)
            world.live[i].where = to.value;
}

static void make_busy(const struct strategy *strategy)
{
    struct memmap map = {.count = RANGES, .range = {ram[0], ram[1]}};

    world = (struct world){.seed = 4711};
    assert_true(mm_init(&world.mm, strategy, &map));
    world.mm.moved = pages_moved;
    for (uint32_t i = 0; i < WORKLOAD; i++)
        step();
    assert_sound(&world.mm);
}

/* ---- restoring the state ---- */

static struct world kept_world;
static unsigned char *kept_memory;

static unsigned char *memory_of(struct frame_range range)
{
    return (unsigned char *)machine_current->mmu.memory + ((size_t)range.start.value << PAGE_SHIFT);
}

static size_t bytes_of(struct frame_range range)
{
    return (size_t)(range.end.value - range.start.value) << PAGE_SHIFT;
}

static void keep(void)
{
    unsigned char *to = kept_memory;

    kept_world = world;
    for (uint32_t i = 0; i < RANGES; to += bytes_of(ram[i++]))
        memcpy(to, memory_of(ram[i]), bytes_of(ram[i]));
}

static void put_back(void)
{
    const unsigned char *from = kept_memory;

    world = kept_world;
    for (uint32_t i = 0; i < RANGES; from += bytes_of(ram[i++]))
        memcpy(memory_of(ram[i]), from, bytes_of(ram[i]));
    machine_load_cr3(world.mm.current != NULL ? pfn_to_paddr(world.mm.current->directory)
                                              : world.mm.directory);
    machine_flush_tlb();
}

/* ---- one bit ---- */

enum outcome { SEEN_BY_CHECK, SEEN_LATER, NEVER_SEEN, OUTCOMES };

static const char *verdict;

static void run_check(void *context)
{
    (void)context;
    verdict = mm_check(&world.mm);
}

static void run_workload(void *context)
{
    (void)context;
    for (uint32_t i = 0; i < LATER; i++)
        step();
    while (world.count != 0)
        release(world.count - 1u);
    for (uint32_t i = 0; i < PROCESSES; i++)
        if (world.process[i] != NULL)
            process_exit(&world.mm, world.process[i]);
    verdict = mm_check(&world.mm);
}

static bool is_seen(void (*run)(void *context))
{
    verdict = NULL;
    return machine_catch_panic(run, NULL) != NULL || verdict != NULL;
}

static enum outcome flip(const struct metadata_word *word, uint32_t bit, bool workload_first)
{
    uint32_t *at =
        (uint32_t *)(void *)((unsigned char *)machine_current->mmu.memory + word->memory);
    enum outcome outcome = NEVER_SEEN;

    *at ^= 1u << bit;
    alarm(WATCH_SECONDS);
    if (!workload_first && is_seen(run_check))
        outcome = SEEN_BY_CHECK;
    else if (is_seen(run_workload))
        outcome = SEEN_LATER;
    alarm(0);
    if (outcome == SEEN_BY_CHECK && verdict != NULL)
        *at ^= 1u << bit; /* if the check returned, it has changed nothing */
    else
        put_back();
    return outcome;
}

/* ---- all bits ---- */

struct tally {
    uint32_t flips;
    uint32_t outcome[OUTCOMES];
};

static uint32_t flips_each(void)
{
    const char *text = getenv("MMSIM_FLIPS");

    return text != NULL ? (uint32_t)strtoul(text, NULL, 10) : FLIPS_EACH;
}

/* Returns n if every n-th meaningful bit of a place is to be flipped. */
static uint32_t stride_of(const struct metadata *metadata, enum metadata_place place)
{
    uint32_t bits = 0;

    for (uint32_t i = 0; i < metadata->count; i++)
        if (metadata->word[i].place == place)
            bits += (uint32_t)__builtin_popcount(metadata->word[i].bits);
    return flips_each() == 0 ? 1u : (bits / flips_each()) | 1u;
}

static void show(const struct strategy *strategy, const struct metadata_word *word, uint32_t bit,
                 bool workload_first)
{
    uint32_t state =
        (uint32_t)((unsigned char *)world.mm.state - (unsigned char *)machine_pointer(vaddr(0)));

    if (getenv("MMSIM_FLIPS_SHOW") != NULL)
        fprintf(stderr, "never: %s, %s, 0x%08x (state + %d), bit %u%s\n", strategy->name,
                metadata_names[word->place], word->address, (int)(word->address - state), bit,
                workload_first ? ", workload first" : "");
}

static void flip_word(const struct strategy *strategy, const struct metadata_word *word,
                      uint32_t bit, struct tally *tally)
{
    bool workload_first = tally->flips++ % 7u == 6u;
    enum outcome outcome = flip(word, bit, workload_first);

    tally->outcome[outcome]++;
    if (outcome == NEVER_SEEN)
        show(strategy, word, bit, workload_first);
}

static void flip_place(const struct strategy *strategy, const struct metadata *metadata,
                       enum metadata_place place, struct tally *tally)
{
    uint32_t stride = stride_of(metadata, place);
    uint32_t next = 0;

    for (uint32_t i = 0; i < metadata->count; i++) {
        const struct metadata_word *word = &metadata->word[i];
        for (uint32_t bit = 0; bit < 32 && word->place == place; bit++)
            if ((word->bits >> bit & 1u) != 0 && next++ % stride == 0)
                flip_word(strategy, word, bit, tally);
    }
}

static void print_tally(const char *name, const struct tally *tally)
{
    uint32_t seen = tally->flips - tally->outcome[NEVER_SEEN];

    if (tally->flips != 0)
        printf("  %-14s %7u flips: check %7u, later %6u, never %5u: %6.2f %%\n", name, tally->flips,
               tally->outcome[SEEN_BY_CHECK], tally->outcome[SEEN_LATER],
               tally->outcome[NEVER_SEEN], 100.0 * seen / tally->flips);
}

static uint32_t strategies_below; /* strategies with less than 99 % */

MM_TEST(flips_bits_and_counts_those_noticed)
{
    struct metadata metadata;
    struct tally all = {0};

    kept_memory = malloc(bytes_of(ram[0]) + bytes_of(ram[1]));
    make_busy(strategy);
    keep();
    metadata_list(&metadata, &world.mm);
    for (uint32_t i = 0; i < world.count; i++)
        if (world.live[i].kind == KIND_KMALLOC)
            metadata_add_red_zone(&metadata, vaddr(world.live[i].where),
                                  strategy->ksize(&world.mm, vaddr(world.live[i].where)));
    printf("%s\n", strategy->name);
    for (uint32_t place = 0; place < PLACE_COUNT; place++) {
        struct tally tally = {0};
        flip_place(strategy, &metadata, (enum metadata_place)place, &tally);
        print_tally(metadata_names[place], &tally);
        all.flips += tally.flips;
        for (uint32_t i = 0; i < OUTCOMES; i++)
            all.outcome[i] += tally.outcome[i];
    }
    print_tally("all", &all);
    metadata_free(&metadata);
    free(kept_memory);
    strategies_below += all.outcome[NEVER_SEEN] * 100u > all.flips;
    model_stop(&world.mm);
}

/* Checked at the end, so that every strategy is measured and printed first. */
TEST(at_least_99_percent_under_every_strategy)
{
    assert_int_equal(strategies_below, 0);
}
