/* Memory managers for tests: maps, start and end, and the state that a failed call must not change.
 */
#ifndef SUPPORT_MODEL_MM_H
#define SUPPORT_MODEL_MM_H

#include "support/on_machine.h"

#include <mm/mm.h>

#define MIB 0x100000u

/* The map of a machine with RAM in [4 MiB, ram_bytes). */
struct memmap model_map(uint64_t ram_bytes);

/* mm_init() that must succeed, on such a map. */
void model_start(struct mm *mm, const struct strategy *strategy, uint64_t ram_bytes);

/* The physical address behind a kernel address that is mapped. */
uint32_t model_physical(const struct mm *mm, vaddr_t va);

/* Check, and leave. */
void model_stop(struct mm *mm);

/* Calls the test for each strategy in turn, each on a machine of its own; only for the strategy
   that the environment variable MMSIM_STRATEGY names, if it is set. */
void model_each_strategy(void (*test)(const struct strategy *strategy));

/* MM_TEST(name) { body } is a test for cmocka_unit_test(name); the body has `strategy`. */
#define MM_TEST(name)                                                                              \
    static void name##_body(const struct strategy *strategy);                                      \
    static void name(void **state)                                                                 \
    {                                                                                              \
        (void)state;                                                                               \
        model_each_strategy(name##_body);                                                          \
    }                                                                                              \
    static void name##_body(const struct strategy *strategy)

/* The heaps inside a strategy's state, by what its source file says of it; NULL: it has no i-th. */
struct heap *model_heap_of(const struct mm *mm, uint32_t i);

/* Its kmalloc() is by slabs. */
bool model_has_slabs(const struct strategy *strategy);

/* All that a caller can see of a memory manager's state. */
struct model_state {
    struct mm_counters counters;
    uint64_t free_bytes;
    struct free_blocks free_blocks;
    uint64_t heaps;     /* model_heap_hash() of each */
    uint64_t processes; /* model_processes_hash() */
};

struct model_state model_state(struct mm *mm);

/* The state is as it was, and sound. */
void assert_same_state(struct mm *mm, const struct model_state *before);

void assert_sound(struct mm *mm);

/* Of a request that no RAM would help: there are not so many addresses, or such blocks at all. */
void assert_beyond_any_ram(enum mm_cause cause);

/*
 * With nothing live: every frame but the metadata comes back. A strategy may keep some of them at
 * its heap's end or for its objects until pages run short, so take pages until there are none, of
 * PAGES_USER first, which leave a reserve to others; give them back, and count.
 */
void assert_frames_conserved(struct mm *mm);

bool strategy_is(const struct strategy *strategy, const char *name);

#endif
