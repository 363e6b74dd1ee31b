/*
 * The common parts of segment loads, far transfers and interrupts: selectors, the types of
 * descriptors (Intel SDM vol. 3A, 3.4.5 and 3.5), and the checks that more than one of them makes.
 * A check returns false if it raised an exception.
 */
#ifndef RUNNER_SEGMENT_RULES_H
#define RUNNER_SEGMENT_RULES_H

#include "runner/segment.h"

#define SELECTOR_RPL   0x3u
#define SELECTOR_LOCAL 0x4u /* selects the LDT */
#define SELECTOR_INDEX 0xfff8u

#define DESCRIPTOR_BYTES 8u

/* The types of system descriptors, including gates. */
enum system_type {
    SYSTEM_TASK_16 = 1,
    SYSTEM_LDT = 2,
    SYSTEM_TASK_16_BUSY = 3,
    SYSTEM_CALL_GATE_16 = 4,
    SYSTEM_TASK_GATE = 5,
    SYSTEM_INTERRUPT_GATE_16 = 6,
    SYSTEM_TRAP_GATE_16 = 7,
    SYSTEM_TASK = 9,
    SYSTEM_TASK_BUSY = 11,
    SYSTEM_CALL_GATE = 12,
    SYSTEM_INTERRUPT_GATE = 14,
    SYSTEM_TRAP_GATE = 15
};

#define SYSTEM_TYPE_MASK 0x1fu /* the bits of the rights for the type and S, which is clear */
#define SYSTEM_BUSY      0x2u  /* a bit in a task's type */

static inline bool selector_is_null(uint16_t selector)
{
    return !(selector & ~SELECTOR_RPL);
}

/* Raises `vector` with the selector as error code. Returns false. */
static inline bool selector_raise(uint8_t vector, uint16_t selector)
{
    return cpu_raise_error(vector, selector & ~SELECTOR_RPL);
}

static inline uint32_t segment_dpl(const struct segment *segment)
{
    return segment->rights >> SEGMENT_DPL_SHIFT & 3u;
}

static inline bool segment_has(const struct segment *segment, uint32_t rights)
{
    return (segment->rights & rights) == rights;
}

static inline bool segment_is_code(const struct segment *segment)
{
    return segment_has(segment, SEGMENT_NOT_SYSTEM | SEGMENT_TYPE_CODE);
}

static inline bool segment_is_conforming(const struct segment *segment)
{
    return segment_has(segment, SEGMENT_NOT_SYSTEM | SEGMENT_TYPE_CODE | SEGMENT_TYPE_DOWN);
}

/* Stores the linear address of a selector's descriptor. Returns false if the descriptor is outside
   of its table; nothing is raised. */
bool segment_descriptor_at(uint16_t selector, uint32_t *linear);

/* Does segment_descriptor(), and stores the hidden part. */
bool segment_fetch(uint16_t selector, uint8_t vector, struct segment *segment);

/* Sets the accessed bit, if it is clear, in memory and in the hidden part. Raises #PF. */
bool segment_mark_accessed(struct segment *segment);

/*
 * Checks a stack segment for a ring, and marks it accessed: it must be present, writable data, and
 * RPL and DPL must be the ring. Raises #SS if it is not present, and otherwise `vector`, which is
 * #GP for a load of SS and a return to an outer ring, and #TS for an interrupt that switches
 * stacks. The error code is 0 for a null selector.
 */
bool segment_check_stack(uint16_t selector, uint32_t ring, uint8_t vector, struct segment *stack);

/* Checks the code segment that lret or iret returns to, and marks it accessed. The new ring is the
   selector's RPL. Raises #GP, #NP or #PF. */
bool segment_check_return(uint16_t selector, struct segment *code);

/* Stops the guest with EVENT_UNSUPPORTED. Its type is for "return segment_unsupported(...)". */
enum outcome segment_unsupported(const char *what, uint16_t selector);

#endif
