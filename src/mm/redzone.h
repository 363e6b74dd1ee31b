/*
 * Red zones in HARDEN_FULL, for the blocks of any strategy. A block holds a pattern after the
 * requested bytes, and the start of the pattern in its last two words:
 *
 *     | requested bytes           | pattern, REDZONE_BYTES at most | .... | start | ~start |
 *     ^ block                     ^ start                                     usable end ^
 *
 * The request to the strategy is REDZONE_ROOM_BYTES larger. No byte of the pattern is 0, 0xff, a
 * letter, or a byte of FILL_WORD. In a heap whose pages get frames at the first touch, the pages of
 * the red zone get them at once.
 */
#ifndef MM_REDZONE_H
#define MM_REDZONE_H

#include <mm/harden.h>
#include <mm/mm.h>

/* Do kmalloc(), krealloc() and ksize() of mm.h. The block must be live; they panic if its red zone
   has changed. */
vaddr_t redzone_kmalloc(struct mm *mm, uint32_t bytes, enum page_class page_class);
vaddr_t redzone_krealloc(struct mm *mm, vaddr_t block, uint32_t bytes);
uint32_t redzone_ksize(struct mm *mm, vaddr_t block);

/* Verifies a block that is about to be freed. Panics in the name of `call` if its red zone has
   changed. Does nothing if the pointer is not a live block. */
void redzone_verify(struct mm *mm, vaddr_t block, const char *call);

/* Does vmalloc() of mm.h. */
vaddr_t redzone_vmalloc(struct mm *mm, uint32_t bytes);

/* Does redzone_verify() for an area of vmalloc(). */
void redzone_verify_area(struct mm *mm, vaddr_t block, const char *call);

#endif
