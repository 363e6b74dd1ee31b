/*
 * Switches to the address spaces that a probe program describes. Two entries of each directory map
 * the image and the arena, so that the image keeps running there. They use 4 KiB pages, because a
 * program may clear CR4.PSE.
 */
#ifndef I386_PROBE_SPACE_H
#define I386_PROBE_SPACE_H

#include "probe_program.h"

/* The arena's address inside a probe's address space. Entry 768 maps the first 4 MiB as ever. */
#define PROBE_SPACE_ARENA ((PROBE_OWN_ENTRY + 1u) << LARGE_PAGE_SHIFT)

/* Builds the image's own page tables for an arena at this physical address. Call it once, first. */
void probe_space_init(uint32_t arena);

/* Switches from the boot directory to the start state of a case. */
void probe_space_enter(const struct probe_case *probe_case);

/* Switches back to the boot directory and flushes the TLB. */
void probe_space_leave(void);

/*
 * Executes a step that is not an access. PROBE_LOAD_CR3 first writes the image's two entries into
 * the new directory. Call it between probe_space_enter() and probe_space_leave().
 */
void probe_space_step(const struct probe_step *step);

/*
 * Executes an access and stores its outcome. Call it between probe_space_enter() and
 * probe_space_leave(). Panics if ring 3 cannot run the page of user code.
 */
void probe_space_access(const struct probe_step *step, struct probe_outcome *outcome);

#endif
