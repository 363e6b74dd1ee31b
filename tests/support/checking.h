/*
 * Support for tests of the stale-TLB oracle: a machine in checking mode with page tables in low
 * memory, and accesses and frees that the oracle must let pass or report. An access takes one of
 * two ways: the machine's load and store functions, or the mapped window.
 */
#ifndef SUPPORT_CHECKING_H
#define SUPPORT_CHECKING_H

#include "support/on_machine.h"

#include <mm/pgtable.h>

#define SMALL       (PTE_PRESENT | PTE_WRITABLE)
#define BASE        0x40000000u
#define TABLE       0x2000u /* maps the pages from BASE on */
#define OTHER_TABLE 0x3000u
#define FRAMES      0x4000000u

/* Replaces the current machine by one in checking mode. If handler is NULL, a stale use panics. */
void checking_machine(stale_use_handler *handler);

/* CHECKING_TEST(name) { body } defines a test on such a machine. */
#define CHECKING_TEST(name)                                                                        \
    static void name##_checked(void);                                                              \
    MACHINE_TEST(name)                                                                             \
    {                                                                                              \
        checking_machine(NULL);                                                                    \
        name##_checked();                                                                          \
    }                                                                                              \
    static void name##_checked(void)

/* Returns a pointer to physical memory. Accesses through it bypass the simulated CPU. */
uint32_t *memory(uint32_t pa);

/* Returns the physical address of the directory entry of va. */
uint32_t directory_at(uint32_t va);

/* Returns the frame that map_pages() gives to a page, counted from BASE. The frame in between two
 * such frames stays unused. */
uint32_t frame_of(uint32_t page);

/* Maps the first pages from BASE on, past the CPU. Each frame's first word is its own address. */
void map_pages(uint32_t pages, uint32_t flags);

/* The kernel changes an entry, as src/mm does. change_at() writes at a virtual address, change()
 * through the direct map, and change_page() changes the entry of a page of BASE. */
void change_at(uint32_t va, uint32_t value);
void change(uint32_t entry_pa, uint32_t value);
void change_page(uint32_t page, uint32_t value);

/* The line in tests/support/checking.c of these changes. */
extern const uint32_t checking_change_line;

/* The ways to drop TLB entries: INVLPG drops the first page of BASE, INVLPG_ELSEWHERE the second
 * one. CR3 drops all entries but the global ones, FLUSH and CONTROL (a load of CR4) drop all. */
enum invalidation { INVLPG, INVLPG_ELSEWHERE, CR3, FLUSH, CONTROL };
void invalidate(enum invalidation invalidation);

/* Fails the test if the oracle reports the access. The access may fault. */
void assert_passes(uint32_t va, uint32_t access, bool through_window);

/* Fails the test unless the oracle panics with this line. In it, %L stands for the place of the
 * kernel's change, and %W for " through the window" if the access went through the window. */
void assert_reported(uint32_t va, uint32_t access, bool through_window, const char *line);

/* Returns the line with which the access panics, or NULL if it does not panic. */
const char *panic_of(uint32_t va, uint32_t access, bool through_window);

/* The same for a free of the frames [first, first + frames). The line of assert_free_reported() is
 * what follows "panic: early free: frame FIRST is given back while ". */
const char *panic_of_free(uint32_t first, uint32_t frames);
void assert_free_passes(uint32_t first, uint32_t frames);
void assert_free_reported(uint32_t first, uint32_t frames, const char *line);

#endif
