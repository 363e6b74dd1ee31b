/*
 * What loads of segment registers, far transfers and interrupts have in common: selectors, the
 * types of descriptors (Intel SDM vol. 3A, 3.4.5 and 3.5), and the checks that more than one of
 * them makes.
 */
#ifndef RUNNER_SEGMENT_RULES_H
#define RUNNER_SEGMENT_RULES_H

#include "runner/segment.h"

#define SELECTOR_RPL   0x3u
#define SELECTOR_LOCAL 0x4u /* of the LDT */
#define SELECTOR_INDEX 0xfff8u

#define DESCRIPTOR_BYTES 8u

/* The types of system descriptors. A gate's are those of its descriptor too. */
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

#define SYSTEM_TYPE_MASK 0x1fu /* of the rights: the type, and S, which is clear */
#define SYSTEM_BUSY      0x2u  /* of a task's type */

static inline bool selector_is_null(uint16_t selector)
{
    return !(selector & ~SELECTOR_RPL);
}

/* vector(selector), of a check that failed. Returns false. */
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

/* The linear address of a selector's descriptor. false: it is outside of its table. */
bool segment_descriptor_at(uint16_t selector, uint32_t *linear);

/* segment_descriptor(), as a hidden part. */
bool segment_fetch(uint16_t selector, uint8_t vector, struct segment *segment);

/* Set the accessed bit where it is clear, in memory and in the hidden part. false: #PF. */
bool segment_mark_accessed(struct segment *segment);

/*
 * A stack for a ring: writable data, present, and RPL and DPL are the ring's. A load of SS and a
 * return to an outer ring raise #GP, an interrupt by way of the TSS #TS: `vector`, with error code
 * 0 for a null selector. #SS where the segment is not present. Marks it accessed.
 */
bool segment_check_stack(uint16_t selector, uint32_t ring, uint8_t vector, struct segment *stack);

/* The code segment that lret and iret go to; the new ring is the selector's RPL. Marks it
   accessed. */
bool segment_check_return(uint16_t selector, struct segment *code);

/* Stop with EVENT_UNSUPPORTED. Returns OUTCOME_DONE, for "return segment_unsupported(...)". */
enum outcome segment_unsupported(const char *what, uint16_t selector);

#endif
