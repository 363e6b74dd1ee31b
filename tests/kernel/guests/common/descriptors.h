/*
 * Segments, the task state segment and the interrupt table. Shared with assembly.
 *
 *     selector   0x08   0x10   0x1b   0x23   0x28   0x30
 *     segment    kcode  kdata  ucode  udata  TSS    per-cpu data
 *
 * All are flat, from 0 to 4 GiB, except the TSS and, once a kernel has set it, per-cpu data.
 */
#ifndef GUEST_DESCRIPTORS_H
#define GUEST_DESCRIPTORS_H

#define SEL_KERNEL_CODE 0x08
#define SEL_KERNEL_DATA 0x10
#define SEL_USER_CODE   0x1b
#define SEL_USER_DATA   0x23
#define SEL_TSS         0x28
#define SEL_PERCPU      0x30

#ifndef __ASSEMBLER__

#include <stdint.h>

/* Loads the segments above, the TSS, and a table whose 256 gates lead to trap(), see trap.h. */
void descriptors_init(void);

/* Lets ring 3 raise this vector. */
void descriptors_allow_user(unsigned vector);

/* The stack on which a trap from ring 3 begins: the address just above it. */
void descriptors_set_kernel_stack(uint32_t top);

/* From now on SEL_PERCPU begins there. The selector must be loaded again to take effect. */
void descriptors_set_percpu(uint32_t base, uint32_t size_bytes);

#endif
#endif
