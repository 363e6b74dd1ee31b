/* The records that the timer leaves, the newest first. For kernels with such a timer. */
#ifndef GUEST_TICKS_H
#define GUEST_TICKS_H

#include <stdbool.h>

#define TICK_BYTES 16u

/* The kernel's own: memory for a record, TICK_BYTES long. NULL: there is none. */
void *tick_alloc(void);
void tick_free(void *record);

/* Adds a record. Where memory is short, a tick is not recorded. */
void tick(void);

unsigned ticks_waiting(void);

/* Frees all records. false: one was overwritten; then the rest is lost. */
bool ticks_drain(void);

#endif
