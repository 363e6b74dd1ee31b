/* Stops: addresses at which the runner acts before the instruction is executed (struct
   control_stop). Each function is linear in the number of stops, which CONTROL_STOPS_MAX bounds. */
#ifndef RUNNER_STOPS_H
#define RUNNER_STOPS_H

#include "runner/cpu.h"

/* Tells if an enabled stop is at this address. */
bool stops_has(uint32_t va);

/* Acts on the stops at EIP before the guest executes the instruction there. Returns true if a stop
   has moved EIP or delivered an interrupt, false if the instruction is to be executed. */
bool stops_arrive(void);

/* Prepares for a turn of the runner: with step_over, the stop at EIP does not report this time. */
void stops_resume(bool step_over);

#endif
