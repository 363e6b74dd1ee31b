#include "support/model_mm.h"

#include "support/model_heap.h"
#include "support/model_process.h"

#include <mm/frames_sorted.h>
#include <mm/frames_stack.h>
#include <mm/strategy.h>

#include <stdlib.h>
#include <string.h>

struct memmap model_map(uint64_t ram_bytes)
{
    const struct memmap_range ram = {4 * MIB, ram_bytes - 1, true};
    struct memmap map;

    assert_true(memmap_build(&map, &ram, 1));
    return map;
}

void model_start(struct mm *mm, const struct strategy *strategy, uint64_t ram_bytes)
{
    const struct memmap map = model_map(ram_bytes);

    assert_true(mm_init(mm, strategy, &map));
    assert_sound(mm);
}

uint32_t model_physical(const struct mm *mm, vaddr_t va)
{
    paddr_t pa;

    if (!mm_translate(mm, va, &pa))
        fail_msg("nothing is mapped at %08x", va.value);
    return pa.value;
}

void model_stop(struct mm *mm)
{
    assert_sound(mm);
    mm_exit(mm);
}

static void (*current_test)(const struct strategy *strategy);
static const struct strategy *current_strategy;

static void run_current(void)
{
    current_test(current_strategy);
}

void model_each_strategy(void (*test)(const struct strategy *strategy))
{
    const char *only = getenv("MMSIM_STRATEGY");

    if (only != NULL && mm_strategy_find(only) == NULL)
        fail_msg("MMSIM_STRATEGY: there is no strategy %s", only);
    for (const struct strategy *const *strategy = mm_strategies; *strategy != NULL; strategy++) {
        if (only != NULL && strcmp(only, (*strategy)->name) != 0)
            continue;
        current_test = test;
        current_strategy = *strategy;
        on_machine(run_current);
    }
}

struct heap *model_heap_of(const struct mm *mm, uint32_t i)
{
    static const struct {
        const char *name;
        uint32_t heaps;
        size_t first;
        size_t step;
    } places[] = {
        {"window", 1, sizeof(struct frames_stack), 0},
        {"primary", 2, sizeof(struct frames_stack), sizeof(struct heap)},
        {"brk", 1, sizeof(struct frames_sorted), 0},
        {"jump", 1, sizeof(struct frames_sorted), 0},
        {"migrate", 1, sizeof(struct frames_sorted), 0},
    };

    for (uint32_t p = 0; p < sizeof places / sizeof places[0]; p++)
        if (strategy_is(mm->strategy, places[p].name) && i < places[p].heaps)
            return (void *)((char *)mm->state + places[p].first + i * places[p].step);
    return NULL;
}

bool model_has_slabs(const struct strategy *strategy)
{
    return strategy_is(strategy, "zoned") || strategy_is(strategy, "kseg0");
}

struct model_state model_state(struct mm *mm)
{
    struct model_state state = {.counters = mm->counters, .free_bytes = mm_free_bytes(mm)};

    state.processes = model_processes_hash(mm);
    mm_free_blocks(mm, &state.free_blocks);
    for (uint32_t i = 0; model_heap_of(mm, i) != NULL; i++)
        state.heaps = state.heaps * 31u + model_heap_hash(model_heap_of(mm, i));
    return state;
}

void assert_same_state(struct mm *mm, const struct model_state *before)
{
    struct model_state now = model_state(mm);

    assert_memory_equal(&now.counters, &before->counters, sizeof now.counters);
    assert_int_equal(now.free_bytes, before->free_bytes);
    assert_memory_equal(&now.free_blocks, &before->free_blocks, sizeof now.free_blocks);
    assert_true(now.heaps == before->heaps);
    assert_true(now.processes == before->processes);
    assert_sound(mm);
}

void assert_sound(struct mm *mm)
{
    const char *broken = mm_check(mm);

    if (broken != NULL)
        fail_msg("%s: %s", mm->strategy->name, broken);
}

void assert_beyond_any_ram(enum mm_cause cause)
{
    assert_true(cause == MM_NO_ADDRESS_SPACE || cause == MM_UNSUPPORTED);
}

bool strategy_is(const struct strategy *strategy, const char *name)
{
    return strcmp(strategy->name, name) == 0;
}

/* Takes pages of a class until there are none. Returns the number of all pages taken so far. */
static uint32_t take_pages(struct mm *mm, pfn_t *taken, uint32_t count, enum page_class page_class)
{
    for (;; count++) {
        taken[count] = pages_alloc(mm, 0, page_class);
        if (pfn_is_none(taken[count]))
            return count;
    }
}

void assert_frames_conserved(struct mm *mm)
{
    pfn_t *taken = malloc((mm->frames_total + 1u) * sizeof *taken);
    uint32_t count = take_pages(mm, taken, 0, PAGES_USER);

    count = take_pages(mm, taken, count, PAGES_LOW);
    count = take_pages(mm, taken, count, PAGES_DMA);
    for (uint32_t i = 0; i < count; i++)
        pages_free(mm, taken[i], 0);
    free(taken);
    assert_sound(mm);
    assert_int_equal(mm->counters.frames_used, mm->metadata_frames);
    assert_int_equal(mm->counters.heap_span_bytes, 0);
    assert_int_equal(mm->counters.heap_page_bytes, 0);
}
