/* The fill of freed memory in HARDEN_FULL. Every word of free memory that is no header, link or
   size holds FILL_WORD from the free to the next allocation, which verifies it. Pages without a
   frame (the span of a heap may have some) are neither filled nor verified. */
#ifndef MM_FILL_H
#define MM_FILL_H

#include <mm/harden.h>
#include <mm/types.h>

/* As a header the value is one of a free block, with the tag of no possible address; as a link it
   is not aligned. */
#define FILL_WORD 0xdbdbdbdbu

/* Tells if the page at this kernel address has a frame. */
bool fill_page_is_backed(uint32_t address);

/* Fills the words in [start, end), start <= end. O(bytes). */
void fill_freed(uint32_t start, uint32_t end);

/* Panics in the name of `function`, with the address of the first word that is not FILL_WORD.
   O(bytes). */
void fill_verify(uint32_t start, uint32_t end, const char *function);

#endif
