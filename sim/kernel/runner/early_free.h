/* Frames that the guest's page allocator takes back while the TLB still has entries for them. */
#ifndef RUNNER_EARLY_FREE_H
#define RUNNER_EARLY_FREE_H

#include "runner/cpu.h"

/* The guest is about to enter this freeing function. Stops it with EVENT_EARLY_FREE if an entry of
   the TLB, outside of the direct map, maps a frame of the block that it frees. */
void early_free_check(const struct control_stop *stop);

#endif
