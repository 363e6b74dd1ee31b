/* Timer interrupts at the points that the parent asked for (struct control_timer), beside those of
 * the devices. */
#ifndef RUNNER_TIMER_H
#define RUNNER_TIMER_H

#include <stdbool.h>
#include <stdint.h>

/* Looked at after each trap: has one become due? It stays due until it is taken. */
bool timer_is_due(void);

/* Takes it; returns the vector. */
uint8_t timer_take(void);

/* hlt with interrupts on. true: an interrupt comes of it. */
bool timer_wakes(void);

#endif
