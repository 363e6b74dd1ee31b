/*
 * Addresses, and selectors. Shared with assembly.
 *
 *     linear        what                                  rights
 *     0x00000000    the window: 16 pages of data          chosen anew for each case
 *     0x08000000    two pages of code, filled with int3   read-only; the second one chosen anew
 *     0xe0100000    the kernel                            supervisor
 */
#ifndef RANDOM_LAYOUT_H
#define RANDOM_LAYOUT_H

#define KERNBASE  0xe0000000
#define CODE_BASE 0x08000000
#define PAGE_SIZE 4096

#define HEAP_AREA_PAGES 16
#define CODE_PAGES      2

#define STACK_PAGE   10 /* of two, which are always writable */
#define FLOAT_PAGE   13 /* of numbers that are neither denormal nor NaN */
#define POINTER_PAGE 1  /* its second half: far pointers, of eight bytes each */

#define SEL_KERNEL_CODE     0x08
#define SEL_KERNEL_DATA     0x10
#define SEL_USER_CODE       0x18 /* it and the next are where sysexit finds them */
#define SEL_USER_DATA       0x20
#define SEL_TSS             0x28
#define SEL_LDT             0x30
#define SEL_CODE0           0x38 /* this and all other code begins at CODE_BASE */
#define SEL_CODE1           0x40
#define SEL_CODE3           0x48
#define SEL_CONFORMING0     0x50
#define SEL_EXECUTE_ONLY3   0x58
#define SEL_CODE3_ABSENT    0x60
#define SEL_DATA0           0x68
#define SEL_DATA1           0x70
#define SEL_DATA3_SHIFTED   0x78 /* begins at DATA3_SHIFTED_BASE */
#define SEL_DATA3_READ_ONLY 0x80
#define SEL_DATA3_DOWN      0x88
#define SEL_DATA3_ABSENT    0x90
#define SEL_DATA3_SMALL     0x98 /* as a stack it has 16-bit pointers */
#define SEL_CALL_GATE       0xa0
#define SEL_INTERRUPT_GATE  0xa8
#define SEL_TSS_FREE        0xb0
#define SEL_CODE16          0xb8
#define SEL_DATA3_LIMITED   0xc0
#define SEL_CONFORMING1     0xc8
#define SEL_TASK_GATE       0xd0
#define SEL_NO_TYPE         0xd8
#define GDT_ENTRIES         32

#define SEL_LOCAL_DATA3       0x04 /* begins at LOCAL_DATA3_BASE */
#define SEL_LOCAL_CONFORMING3 0x0c
#define SEL_LOCAL_ABSENT      0x14
#define SEL_LOCAL_CODE3       0x1c
#define LDT_ENTRIES           4

#define DATA3_SHIFTED_BASE 0x1000
#define LOCAL_DATA3_BASE   0x2000

#define VECTORS         0x40
#define VECTOR_SYSENTER 0x40 /* not of the IDT: how sysenter is reported */

#define CR0_PE 0x00000001
#define CR0_MP 0x00000002
#define CR0_EM 0x00000004
#define CR0_NE 0x00000020
#define CR0_AM 0x00040000

#endif
