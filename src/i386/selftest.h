/*
 * Checks of the machine and of the memory manager before the first replay. Each returns NULL, or
 * the first fact that does not hold.
 */
#ifndef I386_SELFTEST_H
#define I386_SELFTEST_H

#include <mm/memmap.h>
#include <mm/mm.h>

/* Makes a check return `otherwise` if the fact does not hold. */
#define EXPECT(fact, otherwise)                                                                    \
    do {                                                                                           \
        if (!(fact))                                                                               \
            return otherwise;                                                                      \
    } while (0)

/*
 * Checks the CPU's paging: large pages, global pages and write protection are on, an unresolved
 * fault makes machine_touch() return false, invlpg and a load of CR3 invalidate TLB entries, and
 * the CPU sets accessed and dirty bits. Leaves the page directory as it was.
 */
const char *selftest_paging(void);

/*
 * Checks a strategy on a new memory manager: page faults in its heap are resolved, a seeded random
 * workload keeps the contents of blocks and passes mm_check(), and no frame is lost.
 */
const char *selftest_strategy(const struct strategy *strategy, const struct memmap *map);

/*
 * Checks ring 3: every case of user_cases.h ends as the table says, in an address space with text,
 * data and stack; machine_user_touch() works thousands of times; no frame is lost. Returns the name
 * of a case that ends otherwise.
 */
const char *selftest_user(const struct strategy *strategy, const struct memmap *map);

/*
 * Checks the layout of kernel space (<mm/layout.h>): address 0 is unmapped; interrupt
 * vectors, video RAM, video BIOS and kernel are at their addresses; the frame buffer can be mapped;
 * temporary mappings work, also of HIGH frames if there are any; the page tables are visible
 * through the recursive entry; the segments work under a strategy that has them. The checks of
 * vectors, video memory and frame buffer are skipped on a machine without a display.
 */
const char *selftest_layout(const struct strategy *strategy, const struct memmap *map);

/*
 * The part of selftest_layout() for segments: kseg0 and kseg1 show the same memory as the direct
 * map, in every address space, and only to the kernel; user space ends below kseg0. mm must have
 * segments, and user_page_map() must have been called.
 */
const char *selftest_segments(struct mm *mm);

/* Frees a block twice, which panics. */
_Noreturn void selftest_panic(const struct strategy *strategy, const struct memmap *map);

/* Writes through a null pointer, which ends the machine with a report. */
_Noreturn void selftest_null(void);

#endif
