/*
 * A guest for tests of segments and interrupts: the CPU, a small memory, and substitutes for the
 * runner's other parts. Linear addresses are offsets in that memory; each page may be absent,
 * read-only or the supervisor's.
 *
 *      0x00001000   GDT, 2 pages: the second, for selectors from 0x1000 on, is absent
 *      0x00003000   LDT
 *      0x00004000   IDT, 256 gates
 *      0x00005000   TSS
 *      0x00010000   code of both rings, which is never read
 *      0x00021000   the end of the stack of ring 0, of 2 pages
 *      0x00031000   the end of the stack of ring 3, of 2 user's pages
 *      0xfffff000   the last page
 */
#ifndef TESTS_KERNEL_STUB_GUEST_H
#define TESTS_KERNEL_STUB_GUEST_H

#include "kernel/cases.h"
#include "runner/interrupt.h"
#include "runner/segment.h"

#define STUB_GDT         0x00001000u
#define STUB_GDT_BYTES   0x00002000u
#define STUB_LDT         0x00003000u
#define STUB_LDT_BYTES   0x00000100u
#define STUB_IDT         0x00004000u
#define STUB_TASK        0x00005000u
#define STUB_CODE        0x00010000u
#define STUB_STACK_0_END 0x00021000u
#define STUB_STACK_3_END 0x00031000u

/* Selectors of the GDT. */
#define STUB_CODE_0     0x08u
#define STUB_DATA_0     0x10u
#define STUB_CODE_3     0x1bu /* with RPL 3 */
#define STUB_DATA_3     0x23u
#define STUB_TASK_GDT   0x28u
#define STUB_LDT_GDT    0x30u
#define STUB_CONFORMING 0x38u
#define STUB_FREE       0x40u /* for a test's own descriptor */
#define STUB_FREE_STACK 0x48u
#define STUB_ABSENT     0x1008u /* its descriptor is in an absent page */

#define RIGHTS_CODE_0     0xc09bu
#define RIGHTS_DATA_0     0xc093u
#define RIGHTS_CODE_3     0xc0fbu
#define RIGHTS_DATA_3     0xc0f3u
#define RIGHTS_CONFORMING 0xc09fu
#define RIGHTS_NO_PRESENT 0xff7fu /* a mask */

enum { PAGE_ABSENT = 0, PAGE_IS_PRESENT = 1, PAGE_IS_WRITABLE = 2, PAGE_IS_USERS = 4 };

/* The recorded calls of the runner's parts. */
struct stub {
    uint32_t stops; /* calls of cpu_stop() and cpu_stop_text() */
    struct control_event event;
    uint32_t ring_changes;
    uint32_t writes; /* guest_write() and guest_system_write() */
};
extern struct stub stub;

/* Set the state at the start of each test: tables as above, ring 0 with flat segments, IF set, EIP
   STUB_CODE, ESP at the stack's end. */
void stub_reset(void);

/* The same as a set-up function of CMocka. */
int stub_setup(void **state);

/* Enter ring 3 with its flat segments and its stack, or ring 0 again. */
void stub_enter_ring(uint32_t ring);

/* Enter ring 3 at a program at STUB_USER_EIP. */
#define STUB_USER_EIP 0x08048123u
void stub_enter_program(void);

void stub_set_page(uint32_t linear, uint32_t flags);
void stub_store(uint32_t linear, const void *value, uint32_t bytes);
uint32_t stub_load32(uint32_t linear);
/* Returns the word at ESP + 4 * index, of the frame that an interrupt has pushed. */
uint32_t stub_frame_word(uint32_t index);
void stub_store32(uint32_t linear, uint32_t value);

/* Write the descriptor of a selector; rights as in struct segment. */
void stub_set_descriptor(uint16_t selector, uint32_t base, uint32_t limit_field, uint16_t rights);
/* Returns the rights of a selector's descriptor in memory. */
uint16_t stub_descriptor_rights(uint16_t selector);

/* Write a gate. `rights`: P, DPL and type, for example 0x8e. */
void stub_set_gate(uint32_t vector, uint16_t selector, uint32_t offset, uint32_t rights);
/* Returns the handler's offset that stub_reset() gives to a vector. */
uint32_t stub_handler(uint32_t vector);

/* Return the vector and the error code of the pending exception. cpu.exception.pending is
   cleared. */
uint32_t stub_exception_vector(void); /* NO_EXCEPTION: none */

#endif
