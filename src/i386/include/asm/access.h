/*
 * Single memory accesses that may fault, for C and for the assembler. The supervisor and ring 3
 * execute the same instructions.
 */
#ifndef ASM_ACCESS_H
#define ASM_ACCESS_H

#define ACCESS_READ8  0
#define ACCESS_WRITE8 1 /* a locked read and write-back of a byte, which counts as one write */
#define ACCESS_READ32 2 /* the address may be unaligned */

#ifndef __ASSEMBLER__
#include <stdbool.h>
#include <stdint.h>

/*
 * Makes one access of a kind above at va, and stores the value read in *value, zero-extended. A
 * page fault goes to mm_page_fault() first. Returns false if that does not resolve it: then *value
 * is unchanged, and traps_last_fault() returns the fault.
 */
bool access_supervisor(uint32_t va, uint32_t kind, uint32_t *value);

/*
 * Makes the same access in ring 3, in the address space that CR3 names. code_page is the address at
 * which that address space maps the image's page of user code, accessible to ring 3: MACHINE_PAGE,
 * after user_page_map(). Panics if the page is not mapped there.
 */
bool access_user(uint32_t code_page, uint32_t va, uint32_t kind, uint32_t *value);

/* Implements machine_user_touch(). */
bool access_user_touch(uint32_t va, bool write);
#endif

#endif
