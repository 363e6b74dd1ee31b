/*
 * The 16 temporary mappings at TEMPMAP_BASE: a kernel address for a frame that the direct map does
 * not reach, for a while (Linux: kmap_local_page()). Claim, use, release; in every address space.
 *
 * A mapping is claimed while its entry is present: the page table is the only record. The machine's
 * own services may need one while they run: across a call that may fault, hold 15 at most.
 */
#ifndef MM_TEMPMAP_H
#define MM_TEMPMAP_H

#include <mm/mm.h>

/*
 * Map a frame, writable. The page's address, the caller's until tempmap_release(); the same frame
 * may be mapped more than once. At most TEMPMAP_PAGES entries are looked at.
 *
 * VADDR_NONE: all are claimed; no_address_space. Panics: the frame is free, or above
 * 4 GiB.
 */
vaddr_t tempmap_claim(struct mm *mm, pfn_t frame);

/* Unmap it, and drop its TLB entry. Panics on an address that no claim returned, or twice. */
void tempmap_release(struct mm *mm, vaddr_t page);

/* Mappings that are claimed. */
uint32_t tempmap_claimed(const struct mm *mm);

/* The violated rule, or NULL: every entry is absent, or a kernel page. */
__attribute__((warn_unused_result)) const char *tempmap_check(const struct mm *mm);

#endif
