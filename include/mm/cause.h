/* Why a request failed. */
#ifndef MM_CAUSE_H
#define MM_CAUSE_H

/*
 * A failure has exactly one cause. The questions are asked in this order, and the first negative
 * answer is the cause: Can the strategy serve the request at all? Is there address space? Are there
 * enough free frames? Are they in the right zone? Are they contiguous, and not blocked? Reports
 * name a cause by the part after MM_, in small letters.
 */
enum mm_cause {
    MM_OK,
    MM_NO_FRAMES,   /* fewer frames are free than are needed */
    MM_NO_RUN,      /* enough frames are free, but no large enough contiguous (or aligned) block */
    MM_BRK_BLOCKED, /* a used frame blocks the growth of brk: failure.blocker */
    MM_NO_ADDRESS_SPACE, /* the virtual range that the heap may use is full */
    MM_ZONE,             /* the zones that may serve the request lack frames, others do not */
    MM_UNSUPPORTED,      /* the strategy cannot serve the request, however much is free */
    MM_BAD_ACCESS,       /* a process made an access that no region allows */
    MM_CAUSE_COUNT
};

#endif
