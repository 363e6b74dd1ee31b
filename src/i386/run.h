/* Replays the trace module under one strategy, and prints what came out. */
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

/* The header of a trace module. false: the module is no trace; that is printed. */
bool run_read_header(const struct boot_module *module, struct trace_header *header);

enum run_end {
    RUN_DONE,
    RUN_FAILED,   /* the map has no room for the strategy's metadata, or a structure is broken */
    RUN_BAD_TRACE /* the trace makes no sense, under whatever strategy */
};

/*
 * One run on a fresh memory manager: one line of JSON, and "digest STRATEGY 16hex". Afterwards all
 * that is live is freed, and the structure checked once more. What went wrong is printed.
 */
enum run_end run_strategy(const struct strategy *strategy, const struct run_setting *setting);

#endif
