/*
 * The sweep of code: where instructions begin in a page, and which of them must be replaced.
 *
 * It follows the flow of control from every address that is executed for certain: symbols, stops,
 * and where EIP was seen. What it reaches is code. The rest may be code that is reached from
 * elsewhere, or data that lies in the same page, as constants behind the last function do: that is
 * decoded in a line. An instruction there that would have to be replaced makes the page mixed,
 * because a replaced byte could be read as data; a mixed page is interpreted. Where the bytes look
 * like data nothing is replaced.
 */
#ifndef RUNNER_SWEEP_H
#define RUNNER_SWEEP_H

#include "runner/frames.h"

/* Fills in start, replaced, fpu and mixed, from known and across. */
void sweep_page(struct code_frame *code);

#endif
