/*
 * The map that the memory manager is given: what the firmware says, less the trace module and the
 * replay's slot table. Printed before a run, and the host's run on those lines is the same run.
 */
#ifndef I386_MEMORY_PLAN_H
#define I386_MEMORY_PLAN_H

#include "bootinfo.h"

struct memory_plan {
    uint32_t count;
    struct memmap_range range[BOOTINFO_RANGES_MAX + 2u];
    paddr_t slots; /* of the slot table, when there is a trace */
};

/* The firmware's ranges as they are. */
void memory_plan_init(struct memory_plan *plan, const struct bootinfo *boot);

/*
 * Add the module, and slots_bytes for the slot table: just above the module, else at the lowest
 * edge of a range where it fits. Both are in the direct map and above 4 MiB, or in the reserved
 * part. false: no room for the slot table.
 */
bool memory_plan_add_trace(struct memory_plan *plan, const struct boot_module *module,
                           uint64_t slots_bytes);

/* Bytes in usable ranges. */
uint64_t memory_plan_ram_bytes(const struct memory_plan *plan);

#endif
