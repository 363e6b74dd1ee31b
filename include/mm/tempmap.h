/*
 * The 16 temporary mappings at TEMPMAP_BASE. Each gives a kernel address, for a short time, to a
 * frame that the direct map does not contain (Linux: kmap_local_page()). They exist in all address
 * spaces.
 *
 * A mapping is claimed while its page-table entry is present; there is no other record. Any call of
 * the memory manager, and any page fault, may need one mapping, so the kernel may hold at most 15
 * during these.
 */
#ifndef MM_TEMPMAP_H
#define MM_TEMPMAP_H

#include <mm/mm.h>

/*
 * Maps a frame, writable, and returns the address of the page, which the caller owns until
 * tempmap_release(). A frame may be mapped more than once. Returns VADDR_NONE if all mappings are
 * claimed (no_address_space). Panics if the frame is free or beyond 4 GiB. No flush is needed.
 * O(TEMPMAP_PAGES).
 */
vaddr_t tempmap_claim(struct mm *mm, pfn_t frame);

/* Unmaps the page and invalidates its TLB entry. Panics if the address is not claimed. */
void tempmap_release(struct mm *mm, vaddr_t page);

/* Returns the number of claimed mappings. O(TEMPMAP_PAGES). */
uint32_t tempmap_claimed(const struct mm *mm);

/* Returns the violated rule, or NULL: every entry is absent or maps a kernel page.
   O(TEMPMAP_PAGES). */
__attribute__((warn_unused_result)) const char *tempmap_check(const struct mm *mm);

#endif
