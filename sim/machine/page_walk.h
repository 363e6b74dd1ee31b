/*
 * The walk through page tables for one address, step by step, and what each kind of access to it
 * would do: Intel SDM vol. 3A, 4.6 (access rights) and 4.7 (error codes); the RISC-V privileged
 * specification, 4.3.2 (translation) and 4.1.1.2 (SUM and MXR).
 */
#ifndef MACHINE_PAGE_WALK_H
#define MACHINE_PAGE_WALK_H

#include "machine/mmu.h"
#include "machine/paging.h"

enum walk_end {
    WALK_PAGE,          /* at a page */
    WALK_ABSENT,        /* at an entry that is not present */
    WALK_RESERVED,      /* at a page, but an entry on the way has reserved bits: accesses fault */
    WALK_OUTSIDE,       /* at an entry that cannot be read */
    WALK_NOT_CANONICAL, /* before the first: the upper bits of the address do not repeat the last
                           one that the tables translate */
};

#define WALK_BYTES_MAX 4u

/* The accesses: MMU_USER and MMU_WRITE, divided by 2, for reads and writes; and two more for
   instruction fetches, where the mode can forbid them. */
enum walk_access_name {
    WALK_SUPERVISOR_READ = (MMU_SUPERVISOR | MMU_READ) / 2,
    WALK_SUPERVISOR_WRITE = (MMU_SUPERVISOR | MMU_WRITE) / 2,
    WALK_USER_READ = (MMU_USER | MMU_READ) / 2,
    WALK_USER_WRITE = (MMU_USER | MMU_WRITE) / 2,
    WALK_SUPERVISOR_FETCH,
    WALK_USER_FETCH,
    WALK_ACCESS_COUNT,
};

/* States of the CPU that permit an access which faults otherwise. */
#define WALK_WITHOUT_WP 0x1u /* CR0.WP is 0 */
#define WALK_WITH_AC    0x2u /* EFLAGS.AC is 1 (with CR4.SMAP) */
#define WALK_WITH_SUM   0x4u /* sstatus.SUM is 1 */
#define WALK_WITH_MXR   0x8u /* sstatus.MXR is 1 */

/* Bits of the error code. */
#define FAULT_FETCH 0x10u

/* The causes of RISC-V's page faults. */
#define CAUSE_FETCH_FAULT 12u
#define CAUSE_LOAD_FAULT  13u
#define CAUSE_STORE_FAULT 15u

struct walk_step {
    uint32_t index;
    uint64_t at;
    uint64_t raw;              /* 0: it cannot be read */
    struct paging_entry entry; /* PAGING_ABSENT likewise */
};

struct walk_access {
    bool faults;
    uint32_t error_code;   /* where it faults: as x86 pushes it; the value of scause on RISC-V */
    uint32_t allowed_with; /* where it faults: in all these states together it does not; 0: it
                              always does */
    uint32_t sets;         /* RISC-V, where it does not fault: of PAGING_ACCESSED and PAGING_DIRTY,
                              the clear flags that the access needs. The CPU sets them, or raises a
                              page fault, as it is built */
};

struct page_walk {
    uint64_t va;
    enum walk_end end;
    uint32_t step_count;
    struct walk_step steps[PAGING_LEVELS_MAX]; /* from the root on */
    uint32_t access_count;                     /* 4, or 6 with those of fetches; 0 with
                                                  WALK_OUTSIDE, and with WALK_NOT_CANONICAL on
                                                  x86, where all raise #GP */
    struct walk_access access[WALK_ACCESS_COUNT];

    /* only with WALK_PAGE: */
    uint64_t pa;
    uint64_t page_bytes;
    uint32_t rights;     /* PAGING_RIGHTS */
    uint32_t byte_count; /* of `bytes`: to the end of the page and of the memory; 0: outside */
    unsigned char bytes[WALK_BYTES_MAX]; /* at pa */
};

/* Walk the page tables for an address. Constant time. */
void page_walk(const struct page_tables *tables, uint64_t va, struct page_walk *walk);

#endif
