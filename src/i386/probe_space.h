/*
 * The address spaces that a probe program describes, and the image inside them: two slots of each
 * directory hold what the image needs to go on running there, in 4 KiB pages, for CR4.PSE may be
 * off.
 */
#ifndef I386_PROBE_SPACE_H
#define I386_PROBE_SPACE_H

#include "probe_program.h"

/* Where the arena is while one is in use; slot 768 has the image's first 4 MiB as always. */
#define PROBE_SPACE_ARENA ((PROBE_OWN_ENTRY + 1u) << LARGE_PAGE_SHIFT)

/* Once: the image's own tables, for an arena at this physical address. */
void probe_space_init(uint32_t arena);

/* From the boot directory into a case's first state, and back. */
void probe_space_enter(const struct probe_case *probe_case);
void probe_space_leave(void);

/*
 * Execute a step inside: what is no access. Where its directory is a frame that was none before,
 * the image's slots are put into it first.
 */
void probe_space_step(const struct probe_step *step);

/* Execute an access there. */
void probe_space_access(const struct probe_step *step, struct probe_outcome *outcome);

#endif
