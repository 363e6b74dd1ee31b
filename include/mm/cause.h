/* Why a request failed. */
#ifndef MM_CAUSE_H
#define MM_CAUSE_H

/*
 * A failure has exactly one cause: the first that applies, in this order of questions. Can the
 * strategy serve the request at all? Is there address space? Are there frames? Are they in the
 * right zone? What is in the way? Reports name a cause by the part behind
 * MM_, in small letters.
 */
enum mm_cause {
    MM_OK,
    MM_NO_FRAMES,        /* fewer frames are free than are needed */
    MM_NO_RUN,           /* enough frames are free, but not so many contiguous (or aligned) ones */
    MM_BRK_BLOCKED,      /* a used frame stands in brk's way: failure.blocker */
    MM_NO_ADDRESS_SPACE, /* the virtual range that the heap may use is full */
    MM_ZONE,             /* the zones that can serve it are out of frames, others are not */
    MM_UNSUPPORTED,      /* this strategy can't serve the request, however much is free */
    MM_BAD_ACCESS,       /* a process touched what no region gives it */
    MM_CAUSE_COUNT
};

#endif
