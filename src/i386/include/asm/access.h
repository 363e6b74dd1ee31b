/*
 * Single accesses of memory that may fault, for C and for the assembler: the very same instructions
 * as supervisor and in ring 3.
 */
#ifndef ASM_ACCESS_H
#define ASM_ACCESS_H

#define ACCESS_READ8  0
#define ACCESS_WRITE8 1 /* read a byte and write it back, in one access that is a write */
#define ACCESS_READ32 2 /* at any alignment */

#ifndef __ASSEMBLER__
#include <stdbool.h>
#include <stdint.h>

/*
 * One access at va, of a kind above; *value is what was read, zero-extended. A page fault goes to
 * mm_page_fault() first. false: it was not resolved, the access did not happen, and *value is as it
 * was; traps_last_fault() has the fault.
 */
bool access_supervisor(uint32_t va, uint32_t kind, uint32_t *value);

/*
 * The same in ring 3, in the address space that CR3 names. code_page is where that address space
 * has the page of the image's user code, with U set: MACHINE_PAGE, once user_page_map() was called.
 * Panics when it has not.
 */
bool access_user(uint32_t code_page, uint32_t va, uint32_t kind, uint32_t *value);

/* machine_user_touch() of the seam. */
bool access_user_touch(uint32_t va, bool write);
#endif

#endif
