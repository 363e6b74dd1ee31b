/*
 * The sweep of code: where instructions begin in a page, and which of them must be replaced. It
 * decodes in a line, and starts again at each symbol, so that padding and data between functions do
 * not put it out of step.
 */
#ifndef RUNNER_SWEEP_H
#define RUNNER_SWEEP_H

#include "runner/frames.h"

/* All of the page; eip is in it, and surely an instruction's start. */
void sweep_page(struct code_frame *code, uint32_t eip);

/* What was written in [from, to) of the page, and what that changes. */
void sweep_again(struct code_frame *code, uint32_t from, uint32_t to);

#endif
