/*
 * A table of accesses and instructions in ring 3 with their expected outcomes, in the address space
 * of user_space.h: supervisor memory is closed, text is read-only, and pages beyond both ends of
 * the stack fault. The image runs every case on the CPU; the simulator's tests run the cases that
 * access memory.
 */
#ifndef I386_USER_CASES_H
#define I386_USER_CASES_H

#include "user_space.h"

enum user_act {
    USER_READ,  /* reads a byte */
    USER_WRITE, /* writes a byte, 0 */
    USER_JUMP,
    USER_PUSH, /* pushes 4 bytes; the address is the lowest byte's */
    USER_ACTS_ON_MEMORY,
    USER_CLI = USER_ACTS_ON_MEMORY,
    USER_CR3,
    USER_HLT,
    USER_OUT
};

/* The expected outcome: success, or the vector of an exception. */
#define USER_WORKS              0u
#define USER_GENERAL_PROTECTION 13u
#define USER_PAGE_FAULT         14u

/* Error codes of page faults from ring 3. */
#define READ_ABSENT  FAULT_USER
#define WRITE_ABSENT (FAULT_USER | FAULT_WRITE)
#define READ_DENIED  (FAULT_USER | FAULT_PRESENT)
#define WRITE_DENIED (FAULT_USER | FAULT_WRITE | FAULT_PRESENT)

struct user_case {
    const char *what;
    enum user_act act;
    uint32_t address; /* accessed, and expected in CR2; user_case_address() adjusts it */
    uint32_t vector;
    uint32_t error_code;
};

/* An untouched page of the heap area. It belongs to a heap block if the caller allocated
   user_case_heap_bytes first. */
#define USER_CASE_HEAP 0xf0008000u
static const uint32_t user_case_heap_bytes = 0x10000;

/* The address of a page's table entry, as the recursive entry maps the page tables. */
#define ENTRY_OF(va) (PAGE_TABLES + ((va) >> PAGE_SHIFT) * 4u)

static const struct user_case user_cases[] = {
    {"a read of text", USER_READ, USER_TEXT, USER_WORKS, 0},
    {"a read of data", USER_READ, USER_DATA, USER_WORKS, 0},
    {"a write of data", USER_WRITE, USER_DATA + 0xfff, USER_WORKS, 0},
    {"a push onto the stack", USER_PUSH, USER_END - 4u, USER_WORKS, 0},
    {"a push onto the stack's last page", USER_PUSH, USER_STACK, USER_WORKS, 0},

    {"a write of text", USER_WRITE, USER_TEXT, USER_PAGE_FAULT, WRITE_DENIED},
    {"a read behind data", USER_READ, USER_DATA + PAGE_SIZE, USER_PAGE_FAULT, READ_ABSENT},
    {"a write before text", USER_WRITE, USER_TEXT - 1u, USER_PAGE_FAULT, WRITE_ABSENT},
    {"a read of address 0", USER_READ, 0, USER_PAGE_FAULT, READ_ABSENT},
    {"a write of address 0", USER_WRITE, 0, USER_PAGE_FAULT, WRITE_ABSENT},
    {"a read of the null page's end", USER_READ, 0xfff, USER_PAGE_FAULT, READ_ABSENT},
    {"a jump to address 0", USER_JUMP, 0, USER_PAGE_FAULT, READ_ABSENT},

    {"a push below the stack", USER_PUSH, USER_STACK - 4u, USER_PAGE_FAULT, WRITE_ABSENT},
    {"a push above the stack", USER_PUSH, USER_END, USER_PAGE_FAULT, WRITE_DENIED},
    {"a jump past the stack's end", USER_JUMP, USER_END, USER_PAGE_FAULT, READ_DENIED},
    {"a jump below the stack", USER_JUMP, USER_STACK - 1u, USER_PAGE_FAULT, READ_ABSENT},

    {"a read of the direct map", USER_READ, 0xc0100000, USER_PAGE_FAULT, READ_DENIED},
    {"a write of the direct map", USER_WRITE, 0xc0100000, USER_PAGE_FAULT, WRITE_DENIED},
    {"a read of its last byte", USER_READ, 0xefffffff, USER_PAGE_FAULT, READ_DENIED},
    {"a jump into the direct map", USER_JUMP, 0xc0100000, USER_PAGE_FAULT, READ_DENIED},
    {"a read of the heap area", USER_READ, USER_CASE_HEAP, USER_PAGE_FAULT, READ_ABSENT},
    {"a write of the heap area", USER_WRITE, USER_CASE_HEAP, USER_PAGE_FAULT, WRITE_ABSENT},
    {"a read of the heap area's end", USER_READ, 0xf3ffffff, USER_PAGE_FAULT, READ_ABSENT},
    {"a write of the frame buffer", USER_WRITE, 0xf5000000, USER_PAGE_FAULT, WRITE_ABSENT},
    {"a read of a temporary mapping", USER_READ, TEMPMAP_BASE, USER_PAGE_FAULT, READ_ABSENT},

    {"a read of its page table", USER_READ, ENTRY_OF(USER_TEXT), USER_PAGE_FAULT, READ_DENIED},
    {"a write of its page table", USER_WRITE, ENTRY_OF(USER_TEXT), USER_PAGE_FAULT, WRITE_DENIED},
    {"a read of an absent page table", USER_READ, ENTRY_OF(0), USER_PAGE_FAULT, READ_ABSENT},
    {"a write of an absent page table", USER_WRITE, ENTRY_OF(0), USER_PAGE_FAULT, WRITE_ABSENT},
    {"a read of its directory", USER_READ, PAGE_DIRECTORY, USER_PAGE_FAULT, READ_DENIED},
    {"a write of its directory", USER_WRITE, PAGE_DIRECTORY, USER_PAGE_FAULT, WRITE_DENIED},
    {"a read of the last byte", USER_READ, 0xffffffff, USER_PAGE_FAULT, READ_DENIED},

    {"cli", USER_CLI, 0, USER_GENERAL_PROTECTION, 0},
    {"mov to CR3", USER_CR3, 0, USER_GENERAL_PROTECTION, 0},
    {"hlt", USER_HLT, 0, USER_GENERAL_PROTECTION, 0},
    {"out", USER_OUT, 0, USER_GENERAL_PROTECTION, 0},
};

#define USER_CASES (sizeof user_cases / sizeof user_cases[0])

/* Returns the address of a case for a user space that ends at user_end: addresses around the stack
   move with the stack. */
static inline uint32_t user_case_address(const struct user_case *user_case, uint32_t user_end)
{
    uint32_t below = USER_END - user_case->address;

    return below <= USER_STACK_BYTES + PAGE_SIZE ? user_end - below : user_case->address;
}

#endif
