/* Executes the probe program of a boot module, and compares its outcomes. */
#ifndef I386_PROBE_RUN_H
#define I386_PROBE_RUN_H

#include "bootinfo.h"

/*
 * Prints a line for each access whose outcome differs from the module's,
 *
 *     difference: case N step S: expected END VALUE PDE PTE, came END VALUE PDE PTE
 *
 * (struct probe_outcome, in hexadecimal; steps count from 0), a line for each case after which the
 * memory differs,
 *
 *     difference: case N checksum: expected SUM, came SUM
 *
 * and last "mmu: N accesses, M differences". Returns true if there is no difference. Prints an
 * error and returns false if the module is not a valid program, or if its arena is not free RAM of
 * this machine. Panics if the page of user code is not mapped. No memory manager may be active.
 * The cost is linear in the program's steps and cases.
 */
bool probe_run(const struct boot_module *module, const struct bootinfo *boot);

#endif
