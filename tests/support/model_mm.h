/* Starts and stops memory managers for tests, and records the state that a failed call must not
 * change. */
#ifndef SUPPORT_MODEL_MM_H
#define SUPPORT_MODEL_MM_H

#include "support/on_machine.h"

#include <mm/mm.h>

#define MIB 0x100000u

/* Returns the map of a machine with RAM in [4 MiB, ram_bytes). */
struct memmap model_map(uint64_t ram_bytes);

/* Starts a memory manager on such a map. Fails the test if mm_init() fails. */
void model_start(struct mm *mm, const struct strategy *strategy, uint64_t ram_bytes);

/* Returns the physical address behind a kernel address. Fails the test if it is not mapped. */
uint32_t model_physical(const struct mm *mm, vaddr_t va);

/* Runs the checkers and stops the memory manager. */
void model_stop(struct mm *mm);

/* Calls the test for each strategy, each time on a new machine. If the environment variable
 * MMSIM_STRATEGY is set, calls it for that strategy only. */
void model_each_strategy(void (*test)(const struct strategy *strategy));

/* MM_TEST(name) { body } defines a test that each strategy must pass. The body can use
 * `strategy`. */
#define MM_TEST(name)                                                                              \
    static void name##_of_strategy(const struct strategy *strategy);                               \
    TEST(name)                                                                                     \
    {                                                                                              \
        model_each_strategy(name##_of_strategy);                                                   \
    }                                                                                              \
    static void name##_of_strategy(const struct strategy *strategy)

/* Returns the i-th heap inside a strategy's state, or NULL if it has none. Knows the layout in the
 * strategy's source file. */
struct heap *model_heap_of(const struct mm *mm, uint32_t i);

/* Returns whether the strategy's kmalloc() uses slabs. */
bool model_has_slabs(const struct strategy *strategy);

/* All of a memory manager's state that a caller can see. */
struct model_state {
    struct mm_counters counters;
    uint64_t free_bytes;
    struct free_blocks free_blocks;
    uint64_t heaps;     /* a hash over model_heap_hash() of all heaps */
    uint64_t processes; /* model_processes_hash() */
};

struct model_state model_state(struct mm *mm);

/* Fails the test unless the state equals `before` and the checkers pass. */
void assert_same_state(struct mm *mm, const struct model_state *before);

void assert_sound(struct mm *mm);

/* Fails the test unless the cause is one that more RAM could not remove: no kernel addresses left,
 * or a request larger than any block. */
void assert_beyond_any_ram(enum mm_cause cause);

/*
 * Fails the test unless every frame except the metadata comes back. To be called with nothing live.
 * A strategy may keep frames at its heap's end or for its objects until pages run short. So this
 * takes pages until there are none, PAGES_USER first because those requests leave a reserve to
 * others, then gives them back and counts.
 */
void assert_frames_conserved(struct mm *mm);

bool strategy_is(const struct strategy *strategy, const char *name);

#endif
