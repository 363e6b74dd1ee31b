/*
 * The 16 temporary mappings at TEMPMAP_BASE: a kernel address for a frame that the direct map does
 * not reach, for a short time (Linux: kmap_local_page()). All address spaces have these mappings.
 *
 * A mapping is claimed while its page-table entry is present; there is no other record. The memory
 * manager may need one itself in any call, or page fault: hold 15 at most across these.
 */
#ifndef MM_TEMPMAP_H
#define MM_TEMPMAP_H

#include <mm/mm.h>

/*
 * Maps a frame, writable, and returns the page's address, which is the caller's until
 * tempmap_release(). A frame may be mapped more than once. VADDR_NONE: all mappings are claimed
 * (no_address_space). Panics when the frame is free, or beyond 4 GiB. O(TEMPMAP_PAGES)
 */
vaddr_t tempmap_claim(struct mm *mm, pfn_t frame);

/* Unmaps the page and invalidates its TLB entry. Panics when the address is not claimed. */
void tempmap_release(struct mm *mm, vaddr_t page);

/* The number of claimed mappings. */
uint32_t tempmap_claimed(const struct mm *mm);

/* The violated rule, or NULL: every entry is absent, or a kernel page. */
__attribute__((warn_unused_result)) const char *tempmap_check(const struct mm *mm);

#endif
