/* Executes the probe program of a boot module, and compares. */
#ifndef I386_PROBE_RUN_H
#define I386_PROBE_RUN_H

#include "bootinfo.h"

/*
 * Each access that ends otherwise than the module expects is a line
 *
 *     difference: case N step S: expected END VALUE PDE PTE, came END VALUE PDE PTE
 *
 * (struct probe_outcome, in hexadecimal; steps count from 0), each case that leaves other memory
 * behind is
 *
 *     difference: case N checksum: expected SUM, came SUM
 *
 * and "mmu: N accesses, M differences" ends it. False: there was one, or the module is no program
 * (which is printed), or its arena is not free memory of this machine (which is, too). No memory
 * manager is active.
 */
bool probe_run(const struct boot_module *module, const struct bootinfo *boot);

#endif
