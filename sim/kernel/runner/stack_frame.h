/*
 * Frames that far calls and interrupts push as a whole, and that far returns and iret pop. A frame
 * is an array in the order of memory: what was pushed last comes first. It may wrap at the end of a
 * stack's 4 GiB or, of a 16-bit stack, of its 64 KiB.
 */
#ifndef RUNNER_STACK_FRAME_H
#define RUNNER_STACK_FRAME_H

#include "runner/segment.h"

/* Where a frame is pushed: a stack, which need not be the current one, and the ring that pushes. */
struct stack {
    struct segment segment;
    uint32_t esp;
    uint32_t ring;
};

/* Does the stack's limit hold `bytes` bytes more, in words of `word_bytes` (2 or 4)? */
bool stack_has_room(const struct stack *stack, uint32_t bytes, uint32_t word_bytes);

/*
 * Write a frame of at most 32 bytes below the stack's ESP, which does not move; the stack has room.
 * false: a page fault was raised, of the word that comes first in the order of pushes; what was
 * pushed before it, to another page, stays in memory below ESP, as the processor leaves it.
 */
bool stack_write(const struct stack *stack, const void *frame, uint32_t bytes, uint32_t word_bytes);

/* Read at most 16 bytes of a frame of the current stack, `skipped` bytes above ESP, which does not
   move. false: raised #SS(0) or #PF. */
bool stack_read(uint32_t skipped, void *frame, uint32_t bytes, uint32_t word_bytes);

/* Set ESP; of a 16-bit stack, SP only. */
void stack_set_pointer(const struct segment *segment, uint32_t esp);

#endif
