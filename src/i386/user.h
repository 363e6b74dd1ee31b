/* Runs code in ring 3 until a trap ends it. */
#ifndef I386_USER_H
#define I386_USER_H

#include "traps.h"
#include <mm/mm.h>

/* The initial registers of code in ring 3; all others are 0. Interrupts are disabled, and I/O ports
   are not accessible. */
struct user_start {
    uint32_t eip;
    uint32_t esp;
    uint32_t edx, ecx;
};

/* The trap that ended code in ring 3. */
struct user_end {
    uint32_t vector; /* VECTOR_USER_DONE: the code ended by itself */
    uint32_t error_code;
    struct trap_fault fault; /* valid if vector is VECTOR_PAGE_FAULT */
    uint32_t eip;
    uint32_t eax;
};

/* The page of code that ring 3 may run, position independent, and its entry points; access.S
   describes them. */
extern const char user_page[];
extern const char user_page_end[];
extern const char user_access[];
extern const char user_access_end[];
extern const char user_store[];
extern const char user_jump[];
extern const char user_push[];
extern const char user_disable_interrupts[];
extern const char user_load_cr3[];
extern const char user_halt[];
extern const char user_port[];

/* Returns the address of an entry point in an address space that maps the page at `page`. */
static inline uint32_t user_entry(uint32_t page, const char *entry)
{
    return page + (uint32_t)(entry - user_page);
}

/* Sets up the task state, which gives the CPU the stack for traps from ring 3. Call it once, before
   every other function here. */
void user_init(void);

/* Maps the page of user code at MACHINE_PAGE. Call it after each mm_init(), before the first use of
   the page; no TLB entry has to be flushed, because the page was not mapped before. */
void user_page_map(struct mm *mm);

/*
 * Runs code in ring 3, in the address space that CR3 names, until a trap ends it. A page fault that
 * mm_page_fault() resolves does not end it. Calls may be nested: mm_page_fault() may run code in
 * ring 3 itself.
 */
void user_run(const struct user_start *start, struct user_end *end);

/* For traps.c: returns true if the trap interrupted a write access of access_user(). */
bool user_access_writes(const struct trap_frame *frame);

/* For traps.c: ends the code in ring 3 that caused an unresolved trap; user_run() returns. */
_Noreturn void user_end_at(const struct trap_frame *frame);

#endif
