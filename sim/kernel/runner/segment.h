/*
 * Segment registers: loads with all checks (Intel SDM vol. 3A, 3.4 and 5.5-5.8), far transfers, and
 * the selectors for the host's segment registers. Native execution uses entries of the host's LDT
 * whose base is the guest's plus RUNNER_BASE. A function of type bool returns false if it raised an
 * exception, unless stated otherwise.
 */
#ifndef RUNNER_SEGMENT_H
#define RUNNER_SEGMENT_H

#include "runner/instructions.h"

/* The guest's linear address x is the host's address (x + RUNNER_BASE) mod 2^32. So the host's
   first 64 KiB, which cannot be mapped (vm.mmap_min_addr), are the guest's 0xfec00000: the I/O
   APIC, which is emulated anyway. */
#define RUNNER_BASE 0x01400000u

/* Tells if the bytes [offset, offset + bytes) are within the segment's limit (5.3). In a segment of
   4 GiB an access may wrap. */
static inline bool segment_holds(const struct segment *segment, uint32_t offset, uint32_t bytes)
{
    uint32_t kind = segment->rights & (SEGMENT_TYPE_CODE | SEGMENT_TYPE_DOWN);
    uint32_t last = offset + (bytes - 1);

    if (kind == SEGMENT_TYPE_DOWN)
        return offset > segment->limit && last >= offset &&
               ((segment->rights & SEGMENT_BIG) || last <= 0xffffu);
    return segment->limit == UINT32_MAX || (last >= offset && last <= segment->limit);
}

/* Loads a segment register other than CS, as MOV, POP and LxS do. Raises #GP, #NP, #SS or #PF. A
   load of SS inhibits interrupts until the next instruction has been executed. */
bool segment_load(uint32_t segment, uint16_t selector);

/* Reads a descriptor of the GDT or the LDT. Raises `vector` with the selector as error code if the
   descriptor is outside of its table, or #PF. */
bool segment_descriptor(uint16_t selector, uint8_t vector, uint32_t descriptor[2]);

/* Returns the hidden part of a segment register that loads this descriptor. */
struct segment segment_of_descriptor(uint16_t selector, const uint32_t descriptor[2]);

/* Execute LLDT and LTR with all checks; LTR sets the busy bit. */
bool segment_load_ldt(uint16_t selector);
bool segment_load_task(uint16_t selector);

/* Execute the checks of LAR, LSL, VERR and VERW. They return false if the instruction has to clear
   ZF, or if they raised #PF: then cpu.exception is pending. */
bool segment_access_rights(uint16_t selector, uint32_t *rights);
bool segment_limit(uint16_t selector, uint32_t *limit);
bool segment_verify(uint16_t selector, bool write);

/* Execute ljmp, lcall and lret. Jumps and calls stay in their ring; lret may go to an outer ring,
   and releases released_bytes above the return address. Gates, tasks and 16-bit code segments stop
   the guest with EVENT_UNSUPPORTED. */
enum outcome segment_far_jump(uint16_t selector, uint32_t offset);
enum outcome segment_far_call(uint16_t selector, uint32_t offset, uint32_t operand_bytes,
                              uint32_t return_eip);
enum outcome segment_far_return(uint32_t operand_bytes, uint32_t released_bytes);

/* Sets CS for an interrupt, iret or far transfer that has passed its checks, and changes the ring.
   Data segments that a new, outer ring may not use become unusable (5.8.6). */
void segment_set_code(const struct segment *code, uint32_t cpl);

/* ---- the host's side ---- */

/* Writes the first entries of the host's LDT; call it once. Returns false if the host forbids
   modify_ldt, or if the processor does not use the entries. */
bool segment_host_create(void);

/* Tells if the processor checks segment limits. QEMU's does not when it translates code (TCG). */
bool segment_host_checks_limits(void);

/* Sets the exclusive end of the addresses that ring 3 may access; only supervisor pages may lie at
   or above it. 0 means 4 GiB. It applies to the selectors that are made afterwards, while cpu.cpl
   is 3. */
void segment_host_set_user_end(uint32_t end);

/*
 * Returns the selector that the host's register needs for a segment register of the guest; 0 for an
 * unusable one. If the host refuses the entry, it stops the guest with EVENT_HOST. The cost is a
 * comparison if register, ring and user end have not changed since the last call, and a system call
 * if no entry of the LDT fits. At each return to the guest, the host must get the selectors of all
 * six registers, because an entry that none of them selects may be overwritten.
 */
uint16_t segment_host_selector(uint32_t segment);

#endif
