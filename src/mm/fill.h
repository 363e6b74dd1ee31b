/*
 * Freed memory in HARDEN_FULL: every word of it that is no header, link or size holds FILL_WORD
 * from when it is freed to when it is handed out again, where it is verified. Pages without a frame
 * (a heap's span need not be backed everywhere) are passed over, here and there.
 */
#ifndef MM_FILL_H
#define MM_FILL_H

#include <mm/harden.h>
#include <mm/types.h>

/* As a header it is one of a free block, of no place where one could be; as a link it is not
   aligned. */
#define FILL_WORD 0xdbdbdbdbu

/* Has a page of the kernel's, of which this is an address, a frame? */
bool fill_page_is_backed(uint32_t address);

/* Addresses in whole words, start <= end. O(bytes) */
void fill_freed(uint32_t start, uint32_t end);

/* Panics, in the name of `function`, with the address of the first word that is not as it was
   filled. O(bytes) */
void fill_verify(uint32_t start, uint32_t end, const char *function);

#endif
