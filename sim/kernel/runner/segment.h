/*
 * Segment registers: loads with all checks (Intel SDM vol. 3A, 3.4 and 5.5-5.8), far transfers, and
 * what the host's own segment registers must hold so that the guest's work natively: entries of the
 * host's LDT whose base is the guest's plus the window's.
 */
#ifndef RUNNER_SEGMENT_H
#define RUNNER_SEGMENT_H

#include "runner/instructions.h"

/* The guest's linear address x is the host's (x + RUNNER_BASE) mod 2^32. So the host's hole below
   64 KiB (vm.mmap_min_addr) is the guest's 0xfec00000, the I/O APIC, which is emulated anyway. */
#define RUNNER_BASE 0x01400000u

/* Are the bytes [offset, offset + bytes) within the segment's limit (5.3)? An access may wrap where
   the segment has all of 4 GiB. */
static inline bool segment_holds(const struct segment *segment, uint32_t offset, uint32_t bytes)
{
    uint32_t kind = segment->rights & (SEGMENT_TYPE_CODE | SEGMENT_TYPE_DOWN);
    uint32_t last = offset + (bytes - 1);

    if (kind == SEGMENT_TYPE_DOWN)
        return offset > segment->limit && last >= offset &&
               ((segment->rights & SEGMENT_BIG) || last <= 0xffffu);
    return segment->limit == UINT32_MAX || (last >= offset && last <= segment->limit);
}

/* MOV, POP or LxS to a segment register other than CS. false: raised #GP, #NP or #SS. A load of SS
   inhibits interrupts until the next instruction was executed. */
bool segment_load(uint32_t segment, uint16_t selector);

/* Read a descriptor of the GDT or of the LDT, by its selector. false: raised `vector`(selector)
   when it is outside of its table, or #PF. */
bool segment_descriptor(uint16_t selector, uint8_t vector, uint32_t descriptor[2]);

/* A descriptor's hidden part. */
struct segment segment_of_descriptor(uint16_t selector, const uint32_t descriptor[2]);

/* LLDT, LTR: with all checks; LTR sets the busy bit. */
bool segment_load_ldt(uint16_t selector);
bool segment_load_task(uint16_t selector);

/* LAR, LSL, VERR, VERW: false: not valid for this (clear ZF). Raises nothing but #PF, which sets
   cpu.exception. */
bool segment_access_rights(uint16_t selector, uint32_t *rights);
bool segment_limit(uint16_t selector, uint32_t *limit);
bool segment_verify(uint16_t selector, bool write);

/* ljmp, lcall, lret (bytes to release behind the return address). Same ring, and lret to an outer
   ring. Gates, tasks and 16-bit code segments stop with EVENT_UNSUPPORTED; then the registers are
   what the parent made of them, and the outcome is OUTCOME_DONE. */
enum outcome segment_far_jump(uint16_t selector, uint32_t offset);
enum outcome segment_far_call(uint16_t selector, uint32_t offset, uint32_t operand_bytes,
                              uint32_t return_eip);
enum outcome segment_far_return(uint32_t operand_bytes, uint32_t released_bytes);

/* CS for an interrupt, iret or far transfer that was checked; changes the ring, and makes data
   segments unusable that the new, outer ring may not have (return to an outer ring, 5.8.6). */
void segment_set_code(const struct segment *code, uint32_t cpl);

/* ---- the host's side ---- */

/* Make the first entries of the host's LDT. Called once. false: the host forbids modify_ldt, or
   takes the entries and does not give them to the processor. */
bool segment_host_create(void);

/* Does the processor check limits? QEMU's does not, where it translates code (TCG). */
bool segment_host_checks_limits(void);

/* The last address + 1 that ring 3 may name: from there on only the supervisor has pages. 0: all
   of 4 GiB. Applies to host selectors made from now on, while cpu.cpl is 3. */
void segment_host_set_user_end(uint32_t end);

/* The selector that the host's register needs for a guest's segment register now: 0 for an unusable
   one. A comparison when the register, the ring and the user end are as at the last call; a system
   call when no entry fits. The host must be given the selectors of all six registers at each return
   to the guest: an entry that none of them selects may be written anew. Where the host refuses:
   EVENT_HOST, and 0. */
uint16_t segment_host_selector(uint32_t segment);

#endif
