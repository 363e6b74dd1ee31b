/* What the image proves of the machine and of the memory manager before it trusts either. */
#ifndef I386_SELFTEST_H
#define I386_SELFTEST_H

#include <mm/memmap.h>
#include <mm/mm.h>

/*
 * Paging as the CPU does it: large and global pages and write protection are on, a fault that
 * nobody resolves ends at machine_touch(), what invlpg and a CR3 load owe is done, accessed and
 * dirty bits are set. The fact that does not hold, or NULL. Leaves the page directory as it was.
 */
const char *selftest_paging(void);

/*
 * A strategy on a fresh memory manager: faults of its heap are taken and resolved, a seeded random
 * workload keeps contents and structure, and every frame comes back. The fact that does not hold,
 * or NULL.
 */
const char *selftest_strategy(const struct strategy *strategy, const struct memmap *map);

/*
 * Ring 3 does what user_cases.h allows and faults as it says in an address space with text, data
 * and stack; machine_user_touch() works thousands of times; no frame is lost. The case that ends
 * otherwise, or the fact that does not hold, or NULL.
 */
const char *selftest_user(const struct strategy *strategy, const struct memmap *map);

/*
 * The thread's memory map: nothing at address 0; vectors, video RAM, video BIOS and kernel where it
 * has them; the display's frame buffer; temporary mappings, of HIGH frames too where there are any;
 * the page tables through the recursive entry; the segments, for a strategy that has them. A
 * machine without a display is not asked for what comes with one. The fact that does not hold, or
 * NULL.
 */
const char *selftest_layout(const struct strategy *strategy, const struct memmap *map);

/*
 * Part of it: kseg0 and kseg1 show what the direct map does, to the kernel alone, in every address
 * space, and user space ends below. mm has segments, and user_page_map() was called.
 */
const char *selftest_segments(struct mm *mm);

/* A double free, and a write through a null pointer: neither returns. */
_Noreturn void selftest_panic(const struct strategy *strategy, const struct memmap *map);
_Noreturn void selftest_null(void);

#endif
