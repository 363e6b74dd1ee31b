/* Timer interrupts at points that the parent chooses (struct control_timer), in addition to those
 * of the devices. */
#ifndef RUNNER_TIMER_H
#define RUNNER_TIMER_H

#include <stdbool.h>
#include <stdint.h>

/* Tells if an interrupt is due; it stays due until it is taken. Call it after each trap. */
bool timer_is_due(void);

/* Takes the interrupt that is due, and returns its vector. */
uint8_t timer_take(void);

/* Call it when the guest executes hlt with interrupts enabled. Returns true if that makes an
   interrupt due. */
bool timer_wakes(void);

#endif
