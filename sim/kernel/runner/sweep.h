/*
 * The sweep of a page: it finds where instructions begin, and which of them must be replaced.
 *
 * It follows the flow of control from every address that is certainly executed: symbols, stops and
 * former values of EIP. All bytes that it reaches are code. The other bytes may be code that is
 * reached from elsewhere, or data in the same page, such as constants after the last function. The
 * sweep decodes them one instruction after the other. If one of these instructions would have to be
 * replaced, the page is mixed and will be interpreted, because the replaced byte could be read as
 * data. In bytes that look like data nothing is replaced.
 */
#ifndef RUNNER_SWEEP_H
#define RUNNER_SWEEP_H

#include "runner/frames.h"

/* Sets start, replaced, fpu and mixed from known and across. Linear in the size of a page. */
void sweep_page(struct code_frame *code);

#endif
