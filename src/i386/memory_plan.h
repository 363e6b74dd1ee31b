/*
 * The memory map for the memory manager: the firmware's ranges, with the trace module and the
 * replay's slot table reserved. The image prints it before a run; a replay on the host that reads
 * these lines gives the same digest.
 */
#ifndef I386_MEMORY_PLAN_H
#define I386_MEMORY_PLAN_H

#include "bootinfo.h"

struct memory_plan {
    uint32_t count;
    struct memmap_range range[BOOTINFO_RANGES_MAX + 2u];
    paddr_t slots; /* the slot table; 0 without a trace */
};

/* Starts with the firmware's ranges, unchanged. O(ranges). */
void memory_plan_init(struct memory_plan *plan, const struct bootinfo *boot);

/*
 * Reserves the module's memory, and slots_bytes for the slot table. The table lies directly above
 * the module if it fits there, otherwise at the first boundary of a range where it fits. It lies
 * in the direct map and above the image's 4 MiB. Returns false if it fits nowhere. O(ranges^2).
 * Call it once, after memory_plan_init().
 */
bool memory_plan_add_trace(struct memory_plan *plan, const struct boot_module *module,
                           uint64_t slots_bytes);

/* Returns the bytes of RAM, by memmap_ram_bytes(). */
uint64_t memory_plan_ram_bytes(const struct memory_plan *plan);

#endif
