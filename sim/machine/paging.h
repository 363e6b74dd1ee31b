/*
 * The page tables of a machine in a dump, in each form that `mmsim inspect` decodes: what its
 * levels are, and what one entry says. The simulated machine has the first form only, and mmu.h
 * decides there what an access may do.
 *
 * Sources: Intel SDM vol. 3A, chapter 4: 4.3 (32-bit), 4.4 (PAE), 4.5 (4-level and 5-level paging);
 * the RISC-V privileged specification, version 1.12, chapter "Supervisor-Level ISA": 4.1.11 (satp),
 * 4.4 (Sv39), 4.5 (Sv48), 4.6 (Sv57), and the chapters on Svnapot and Svpbmt.
 *
 *     mode    levels, and the bits of the address that are their indexes         entry
 *     32bit   directory 31-22, table 21-12                                       4 bytes
 *     pae     PDPT 31-30, directory 29-21, table 20-12                           8 bytes
 *     long    PML4 47-39, PDPT 38-30, directory 29-21, table 20-12               8 bytes
 *     la57    PML5 56-48, and those of long                                      8 bytes
 *     sv39    level 2 38-30, level 1 29-21, level 0 20-12                        8 bytes
 *     sv48, sv57: likewise, with one and two levels more                         8 bytes
 */
#ifndef MACHINE_PAGING_H
#define MACHINE_PAGING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGING_LEVELS_MAX  5u
#define PAGING_TABLE_BYTES 4096u /* except a PDPT of PAE, which has 32 */
#define PAGING_SMALL_SHIFT 12u   /* of the smallest page */

#define CR4_PAE  0x00000020u
#define CR4_LA57 0x00001000u
#define CR4_SMEP 0x00100000u
#define CR4_SMAP 0x00200000u

enum paging_architecture {
    PAGING_X86,
    PAGING_RISCV,
};

struct paging_level {
    const char *name; /* of a table of this level: "PML4" */
    uint8_t shift;    /* the lowest bit of the index; a page of this level has 1 << shift bytes */
    uint8_t index_bits;
};

struct paging_mode {
    const char *name;        /* "long" */
    const char *description; /* "4-level paging of x86-64" */
    enum paging_architecture architecture;
    uint8_t va_bits;     /* above 32, the bits from va_bits on repeat bit va_bits - 1 */
    uint8_t entry_bytes; /* 4 or 8 */
    uint8_t pa_digits;   /* hexadecimal digits of a physical address, in text */
    uint8_t satp_mode;   /* RISC-V: the field MODE of satp */
    bool has_execute;    /* entries can forbid instruction fetches */
    uint8_t level_count;
    struct paging_level level[PAGING_LEVELS_MAX]; /* from the root on */
};

/* All modes; a mode without a name ends the list. */
extern const struct paging_mode paging_modes[];

/* Returns the mode of that name, or NULL. */
const struct paging_mode *paging_mode_find(const char *name);

/* Returns the mode whose value of satp.MODE this is, or NULL. */
const struct paging_mode *paging_mode_of_satp(uint64_t satp);

/* Returns the physical address of the root table that CR3, or satp, names. */
uint64_t paging_root_of_cr3(const struct paging_mode *mode, uint64_t cr3);
uint64_t paging_root_of_satp(uint64_t satp);

static inline uint32_t paging_entry_count(const struct paging_mode *mode, uint32_t level)
{
    return 1u << mode->level[level].index_bits;
}

static inline uint32_t paging_index(const struct paging_mode *mode, uint32_t level, uint64_t va)
{
    return (uint32_t)(va >> mode->level[level].shift) & (paging_entry_count(mode, level) - 1u);
}

/* Returns an address as the CPU has it, from its lowest va_bits: the rest repeats the highest of
   them in modes with more than 32. */
uint64_t paging_canonical(const struct paging_mode *mode, uint64_t va);

/* Returns the lowest va_bits of an address. */
static inline uint64_t paging_plain(const struct paging_mode *mode, uint64_t va)
{
    return va & ((UINT64_C(1) << mode->va_bits) - 1u);
}

/* ---- one entry ---- */

/*
 * The flags of an entry, or those that the pages of a range have in common. The low ones are where
 * the entries of the i386 have them.
 */
#define PAGING_WRITABLE      0x00000002u
#define PAGING_USER          0x00000004u
#define PAGING_WRITE_THROUGH 0x00000008u
#define PAGING_CACHE_DISABLE 0x00000010u
#define PAGING_ACCESSED      0x00000020u
#define PAGING_DIRTY         0x00000040u
#define PAGING_GLOBAL        0x00000100u
#define PAGING_PAT           0x00001000u
#define PAGING_RESERVED      0x00002000u /* reserved bits are set: an access faults */
#define PAGING_SELF_MAP      0x00004000u /* see page_scan.h */
#define PAGING_REPEATED      0x00008000u /* see page_scan.h */
#define PAGING_NO_EXECUTE    0x00010000u
#define PAGING_NO_READ       0x00020000u /* RISC-V */
#define PAGING_NAPOT         0x00040000u /* RISC-V: part of a naturally aligned 64 KiB */
#define PAGING_NON_CACHEABLE 0x00080000u /* RISC-V: PBMT is NC */
#define PAGING_IO            0x00100000u /* RISC-V: PBMT is IO */

/* The rights that a page has only if every entry on the way to it gives them; and those that it
   loses if one entry takes them. */
#define PAGING_GIVEN  (PAGING_WRITABLE | PAGING_USER)
#define PAGING_TAKEN  (PAGING_NO_EXECUTE | PAGING_NO_READ)
#define PAGING_RIGHTS (PAGING_GIVEN | PAGING_TAKEN)

enum paging_kind {
    PAGING_ABSENT,
    PAGING_TABLE, /* the entry names a table of the next level */
    PAGING_PAGE,
};

struct paging_entry {
    enum paging_kind kind;
    uint64_t target;   /* the table or the page */
    uint32_t flags;    /* of a table of RISC-V, and of a PDPT of PAE: all rights */
    uint64_t reserved; /* the bits that are set and must not be; not 0: PAGING_RESERVED is set */
};

/*
 * Returns what a raw entry of a level says. cr4: CR4_PSE turns 4 MiB pages on, in 32bit. va is used
 * where a page of RISC-V is part of a larger one (NAPOT). Constant time.
 *
 * What a dump does not tell is taken from the architecture's largest: physical addresses have 52
 * bits (32 in 32bit) or 56 (RISC-V), EFER.NXE is on, and RISC-V has Svnapot and Svpbmt.
 */
struct paging_entry paging_decode(const struct paging_mode *mode, uint32_t level, uint32_t cr4,
                                  uint64_t va, uint64_t raw);

/* Returns the flags of something behind an entry with the flags `entry`. */
static inline uint32_t paging_inherit(uint32_t entry, uint32_t flags)
{
    return (flags & (entry | ~PAGING_GIVEN)) | (entry & (PAGING_TAKEN | PAGING_RESERVED));
}

/* ---- physical memory ---- */

/* Memory that can be read. read() returns how many of the bytes from pa on it has stored: fewer
   where the memory ends. */
struct physical_memory {
    size_t (*read)(void *context, uint64_t pa, void *bytes, size_t count);
    void *context;
};

/* The memory and the registers that define the tables. */
struct page_tables {
    struct physical_memory memory;
    const struct paging_mode *mode;
    uint64_t root; /* the physical address of the root table */
    uint32_t cr4;  /* CR4_PSE, CR4_SMEP, CR4_SMAP; 0 with RISC-V */
};

#endif
