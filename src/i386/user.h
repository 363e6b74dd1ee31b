/* Ring 3: running code there, and what comes back. */
#ifndef I386_USER_H
#define I386_USER_H

#include "traps.h"
#include <mm/mm.h>

/* How code of ring 3 starts: its registers, all others are 0; interrupts are off, I/O is closed. */
struct user_start {
    uint32_t eip;
    uint32_t esp;
    uint32_t edx, ecx;
};

/* The trap that ended it. */
struct user_end {
    uint32_t vector; /* VECTOR_USER_DONE: by itself */
    uint32_t error_code;
    struct trap_fault fault; /* VECTOR_PAGE_FAULT */
    uint32_t eip;
    uint32_t eax;
};

/*
 * access.S: the page of code that ring 3 may run, position independent; its entries are places in
 * it. What they do is said there.
 */
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

/* Where an entry is, in an address space that has the page at `page`. */
static inline uint32_t user_entry(uint32_t page, const char *entry)
{
    return page + (uint32_t)(entry - user_page);
}

/* Tell the CPU where traps from ring 3 find their stack. Once, before the rest. */
void user_init(void);

/* Map the page of user code at MACHINE_PAGE: after each mm_init(). No flush is owed. */
void user_page_map(struct mm *mm);

/*
 * Run code in ring 3, in the address space that CR3 names, until a trap ends it: any but a page
 * fault that mm_page_fault() resolves. The memory manager may do the same meanwhile.
 */
void user_run(const struct user_start *start, struct user_end *end);

/* For traps.c: the trap struck an access_user() that writes. */
bool user_access_writes(const struct trap_frame *frame);

/* For traps.c: a trap from ring 3 that is not resolved. */
_Noreturn void user_end_at(const struct trap_frame *frame);

#endif
