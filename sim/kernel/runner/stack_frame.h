/*
 * Frames that far calls and interrupts push, and that far returns and iret pop. A frame is an array
 * in the order of memory: the word that is pushed last comes first. It may wrap at the end of the
 * stack's 4 GiB, or 64 KiB for a 16-bit stack.
 */
#ifndef RUNNER_STACK_FRAME_H
#define RUNNER_STACK_FRAME_H

#include "runner/segment.h"

/* A stack to push a frame on, which need not be the current one, and the ring that pushes. */
struct stack {
    struct segment segment;
    uint32_t esp;
    uint32_t ring;
};

/* Tells if `bytes` more bytes fit within the stack's limit, in words of `word_bytes` (2 or 4). */
bool stack_has_room(const struct stack *stack, uint32_t bytes, uint32_t word_bytes);

/*
 * Writes a frame of at most 32 bytes below the stack's ESP, which does not move. Call
 * stack_has_room() first. Returns false if a write raised a page fault: the fault is that of the
 * word that would be pushed first, and words pushed before it to another page stay in memory below
 * ESP, as the processor leaves them.
 */
bool stack_write(const struct stack *stack, const void *frame, uint32_t bytes, uint32_t word_bytes);

/* Reads at most 16 bytes of the current stack, `skipped` bytes above ESP, which does not move.
   Returns false if it raised #SS(0) or #PF. */
bool stack_read(uint32_t skipped, void *frame, uint32_t bytes, uint32_t word_bytes);

/* Sets ESP, or only SP for a 16-bit stack. */
void stack_set_pointer(const struct segment *segment, uint32_t esp);

#endif
