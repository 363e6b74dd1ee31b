/* Replays the trace module under one strategy, and prints the result. */
#ifndef I386_RUN_H
#define I386_RUN_H

#include "bootinfo.h"
#include "replay/replay.h"

struct run_setting {
    const struct boot_module *module;
    const struct memmap *map;
    struct replay_slot *slots;
    uint64_t ram_bytes;
};

/* Reads the header of a trace module. Prints an error and returns false if the module is not a
   trace. */
bool run_read_header(const struct boot_module *module, struct trace_header *header);

enum run_end {
    RUN_DONE,
    RUN_FAILED,   /* the map has no room for the strategy's metadata, or a structure is broken */
    RUN_BAD_TRACE /* the trace is invalid under every strategy */
};

/*
 * Replays the trace on a new memory manager, and prints one line of JSON and the line
 * "digest STRATEGY 16hex". Then it runs mm_check(), frees all live allocations and runs mm_check()
 * again. Prints every error. Panics as the memory manager does.
 */
enum run_end run_strategy(const struct strategy *strategy, const struct run_setting *setting);

#endif
