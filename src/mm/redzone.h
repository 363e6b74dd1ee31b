/*
 * Red zones in HARDEN_FULL, for the blocks of any strategy: behind the bytes that were asked for
 * the block holds a pattern, and in its last two words where that begins.
 *
 *     | bytes that were asked for | pattern, REDZONE_BYTES at most | .... | start | ~start |
 *     ^ block                     ^ start                                     usable end ^
 *
 * The strategy is asked for REDZONE_ROOM_BYTES more. No byte of the pattern is 0, 0xff, a letter,
 * or one of FILL_WORD. In a heap whose pages get their frames later, those of the red zone have
 * theirs at once.
 */
#ifndef MM_REDZONE_H
#define MM_REDZONE_H

#include <mm/harden.h>
#include <mm/mm.h>

/* kmalloc(), krealloc() and ksize() of mm.h, of sound blocks. */
vaddr_t redzone_kmalloc(struct mm *mm, uint32_t bytes, enum page_class page_class);
vaddr_t redzone_krealloc(struct mm *mm, vaddr_t block, uint32_t bytes);
uint32_t redzone_ksize(struct mm *mm, vaddr_t block);

/* A block is about to be freed. Panics in the name of `call` when its red zone is not as it was
   made; passes over what is no block. */
void redzone_verify(struct mm *mm, vaddr_t block, const char *call);

/* vmalloc() of mm.h; an area is about to be freed. */
vaddr_t redzone_vmalloc(struct mm *mm, uint32_t bytes);
void redzone_verify_area(struct mm *mm, vaddr_t block, const char *call);

#endif
