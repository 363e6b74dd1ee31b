/* Symbols at which something happens when they are about to be executed (struct control_stop). */
#ifndef RUNNER_STOPS_H
#define RUNNER_STOPS_H

#include "runner/cpu.h"

/* Is there a stop at this address? */
bool stops_has(uint32_t va);

/* The guest is about to execute the instruction at EIP, where a stop is. true: the stop has moved
   EIP, or an interrupt goes first; false: the instruction is next. */
bool stops_arrive(void);

/* The parent gives the turn: with step_over, the stop at EIP does not report this time. */
void stops_resume(bool step_over);

#endif
