/*
 * Tests of the stale-TLB oracle: a machine in checking mode, tables in low memory, and one access
 * by either door that the oracle lets pass or reports.
 */
#ifndef SUPPORT_CHECKING_H
#define SUPPORT_CHECKING_H

#include "support/on_machine.h"

#include <mm/pgtable.h>

#define SMALL       (PTE_PRESENT | PTE_WRITABLE)
#define BASE        0x40000000u
#define TABLE       0x2000u /* of the pages from BASE on */
#define OTHER_TABLE 0x3000u
#define FRAMES      0x4000000u

/* A machine in checking mode in place of the one that there is; handler NULL: it panics. */
void checking_machine(stale_use_handler *handler);

/* CHECKING_TEST(name) { body } is a test on one, for cmocka_unit_test(name). */
#define CHECKING_TEST(name)                                                                        \
    static void name##_checked(void);                                                              \
    MACHINE_TEST(name)                                                                             \
    {                                                                                              \
        checking_machine(NULL);                                                                    \
        name##_checked();                                                                          \
    }                                                                                              \
    static void name##_checked(void)

/* Physical memory, past the CPU. */
uint32_t *memory(uint32_t pa);

/* Physical address of the directory entry of an address. */
uint32_t directory_at(uint32_t va);

/* The frame that map_pages() gives to a page of BASE: the next but one for each. */
uint32_t frame_of(uint32_t page);

/* Map the first pages of BASE, past the CPU. Each frame begins with its own address. */
void map_pages(uint32_t pages, uint32_t flags);

/* The kernel changes an entry, as src/mm does: wherever it is mapped; or through the direct map. */
void change_at(uint32_t va, uint32_t value);
void change(uint32_t entry_pa, uint32_t value);
void change_page(uint32_t page, uint32_t value);

/* The line of tests/support/checking.c where they do. */
extern const uint32_t checking_change_line;

/* What drops entries: invlpg of the first page of BASE, or of another; all others of everything,
   but for what a load of CR3 keeps. */
enum payment { INVLPG, INVLPG_ELSEWHERE, CR3, FLUSH, CONTROL };
void pay(enum payment payment);

/* An access by one of the doors is no stale use. Whether it faults does not matter. */
void assert_passes(uint32_t va, uint32_t access, bool through_window);

/* It is, and this is the line of the panic: %L is the place of the kernel's change, %W what is said
   of the window. */
void assert_reported(uint32_t va, uint32_t access, bool through_window, const char *line);

/* The line of the panic of an access, or NULL. */
const char *panic_of(uint32_t va, uint32_t access, bool through_window);

#endif
