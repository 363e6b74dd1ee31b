#include "machine/paging.h"

#include <string.h>

#include "machine/mmu.h"

_Static_assert(PAGING_WRITABLE == PTE_WRITABLE && PAGING_USER == PTE_USER &&
                   PAGING_WRITE_THROUGH == PTE_WRITE_THROUGH &&
                   PAGING_CACHE_DISABLE == PTE_CACHE_DISABLE && PAGING_ACCESSED == PTE_ACCESSED &&
                   PAGING_DIRTY == PTE_DIRTY && PAGING_GLOBAL == PTE_GLOBAL,
               "the low flags are those of the i386");

/* ---- the modes ---- */

#define LOWER_LEVELS                                                                               \
    {"PDPT", 30, 9}, {"directory", 21, 9},                                                         \
    {                                                                                              \
        "table", 12, 9                                                                             \
    }
#define SV39_LEVELS                                                                                \
    {"level 2", 30, 9}, {"level 1", 21, 9},                                                        \
    {                                                                                              \
        "level 0", 12, 9                                                                           \
    }

/* clang-format off */
const struct paging_mode paging_modes[] = {
    {"32bit", "two-level paging of the i386", PAGING_X86, 32, 4, 8, 0, false, 2,
     {{"directory", 22, 10}, {"table", 12, 10}}},
    {"pae", "PAE paging of the i386", PAGING_X86, 32, 8, 12, 0, true, 3,
     {{"PDPT", 30, 2}, {"directory", 21, 9}, {"table", 12, 9}}},
    {"long", "4-level paging of x86-64", PAGING_X86, 48, 8, 12, 0, true, 4,
     {{"PML4", 39, 9}, LOWER_LEVELS}},
    {"la57", "5-level paging of x86-64", PAGING_X86, 57, 8, 12, 0, true, 5,
     {{"PML5", 48, 9}, {"PML4", 39, 9}, LOWER_LEVELS}},
    {"sv39", "Sv39 of RISC-V", PAGING_RISCV, 39, 8, 12, 8, true, 3, {SV39_LEVELS}},
    {"sv48", "Sv48 of RISC-V", PAGING_RISCV, 48, 8, 12, 9, true, 4,
     {{"level 3", 39, 9}, SV39_LEVELS}},
    {"sv57", "Sv57 of RISC-V", PAGING_RISCV, 57, 8, 12, 10, true, 5,
     {{"level 4", 48, 9}, {"level 3", 39, 9}, SV39_LEVELS}},
    {.name = NULL},
};
/* clang-format on */

const struct paging_mode *paging_mode_find(const char *name)
{
    for (const struct paging_mode *mode = paging_modes; mode->name != NULL; mode++)
        if (strcmp(mode->name, name) == 0)
            return mode;
    return NULL;
}

#define SATP_MODE_SHIFT 60u
#define SATP_PPN_MASK   ((UINT64_C(1) << 44) - 1u)

const struct paging_mode *paging_mode_of_satp(uint64_t satp)
{
    for (const struct paging_mode *mode = paging_modes; mode->name != NULL; mode++)
        if (mode->architecture == PAGING_RISCV && mode->satp_mode == satp >> SATP_MODE_SHIFT)
            return mode;
    return NULL;
}

uint64_t paging_root_of_satp(uint64_t satp)
{
    return (satp & SATP_PPN_MASK) << PAGING_SMALL_SHIFT;
}

#define X86_FRAME_MASK UINT64_C(0x000ffffffffff000)

uint64_t paging_root_of_cr3(const struct paging_mode *mode, uint64_t cr3)
{
    uint64_t table_bytes = (uint64_t)paging_entry_count(mode, 0) * mode->entry_bytes;

    return cr3 & (X86_FRAME_MASK | (PAGING_TABLE_BYTES - 1u)) & ~(table_bytes - 1u);
}

uint64_t paging_canonical(const struct paging_mode *mode, uint64_t va)
{
    uint64_t sign = UINT64_C(1) << (mode->va_bits - 1u);

    return mode->va_bits > 32 && (va & sign) ? va | -sign : va;
}

/* ---- entries of x86 ---- */

#define X86_PRESENT       UINT64_C(0x001)
#define X86_LARGE         UINT64_C(0x080)
#define X86_PAT           UINT64_C(0x080) /* in a table */
#define X86_LARGE_PAT     UINT64_C(0x1000)
#define X86_NO_EXECUTE    UINT64_C(0x8000000000000000)
#define X86_KEPT          (PAGING_GIVEN | PAGING_WRITE_THROUGH | PAGING_CACHE_DISABLE | PAGING_ACCESSED)
#define X86_PAGE_KEPT     (PAGING_DIRTY | PAGING_GLOBAL)
#define PAE_HIGH_RESERVED UINT64_C(0x7ff0000000000000) /* bits 62-52, which long mode ignores */
#define PDPTE_RESERVED    (UINT64_C(0xfff00000000001e6))
#define PAE_PDPT_SHIFT    30u

static bool x86_is_pae(const struct paging_mode *mode)
{
    return mode->va_bits == 32 && mode->entry_bytes == 8;
}

static bool x86_names_page(const struct paging_mode *mode, uint32_t level, uint32_t cr4,
                           uint64_t raw)
{
    uint32_t shift = mode->level[level].shift;

    if (shift == PAGING_SMALL_SHIFT)
        return true;
    if (mode->entry_bytes == 4)
        return (raw & X86_LARGE) && (cr4 & CR4_PSE);
    return (raw & X86_LARGE) && shift <= 30u && !(shift == 30u && x86_is_pae(mode));
}

/* Returns the bits that must be clear in the entry of a page above the smallest. */
static uint64_t x86_large_reserved(const struct paging_mode *mode, uint32_t shift)
{
    if (mode->entry_bytes == 4)
        return PDE_LARGE_RESERVED;
    return ((UINT64_C(1) << shift) - 1u) & ~UINT64_C(0x1fff);
}

static struct paging_entry x86_page(const struct paging_mode *mode, uint32_t shift, uint64_t raw)
{
    struct paging_entry entry = {.kind = PAGING_PAGE};
    bool large = shift != PAGING_SMALL_SHIFT;
    uint64_t frame_mask = mode->entry_bytes == 4 ? UINT32_MAX : X86_FRAME_MASK;

    entry.target = raw & frame_mask & ~((UINT64_C(1) << shift) - 1u);
    entry.flags = (uint32_t)raw & (X86_KEPT | X86_PAGE_KEPT);
    entry.flags |= raw & (large ? X86_LARGE_PAT : X86_PAT) ? PAGING_PAT : 0u;
    entry.reserved = large ? raw & x86_large_reserved(mode, shift) : 0;
    return entry;
}

static struct paging_entry x86_table(const struct paging_mode *mode, uint32_t shift, uint64_t raw)
{
    struct paging_entry entry = {.kind = PAGING_TABLE, .flags = (uint32_t)raw & X86_KEPT};

    entry.target = raw & X86_FRAME_MASK;
    if (x86_is_pae(mode) && shift == PAE_PDPT_SHIFT) {
        entry.flags =
            PAGING_GIVEN | ((uint32_t)raw & (PAGING_WRITE_THROUGH | PAGING_CACHE_DISABLE));
        entry.reserved = raw & PDPTE_RESERVED;
    } else if (shift > 30u) {
        entry.reserved = raw & X86_LARGE;
    }
    return entry;
}

static struct paging_entry x86_decode(const struct paging_mode *mode, uint32_t level, uint32_t cr4,
                                      uint64_t raw)
{
    uint32_t shift = mode->level[level].shift;

    if (!(raw & X86_PRESENT))
        return (struct paging_entry){.kind = PAGING_ABSENT};
    struct paging_entry entry = x86_names_page(mode, level, cr4, raw) ? x86_page(mode, shift, raw)
                                                                      : x86_table(mode, shift, raw);
    if (x86_is_pae(mode))
        entry.reserved |= raw & PAE_HIGH_RESERVED;
    if (raw & X86_NO_EXECUTE & ~entry.reserved)
        entry.flags |= PAGING_NO_EXECUTE;
    return entry;
}

/* ---- entries of RISC-V ---- */

/*
 *     | N | PBMT  | 0 ... 0 |      PPN      | RSW | D A G U X W R V |
 *      63  62 61    60   54   53         10   9 8   7 6 5 4 3 2 1 0
 */
#define RISCV_VALID      UINT64_C(0x001)
#define RISCV_READ       UINT64_C(0x002)
#define RISCV_WRITE      UINT64_C(0x004)
#define RISCV_EXECUTE    UINT64_C(0x008)
#define RISCV_USER       UINT64_C(0x010)
#define RISCV_GLOBAL     UINT64_C(0x020)
#define RISCV_ACCESSED   UINT64_C(0x040)
#define RISCV_DIRTY      UINT64_C(0x080)
#define RISCV_PPN_SHIFT  10u
#define RISCV_PPN_MASK   ((UINT64_C(1) << 44) - 1u)
#define RISCV_RESERVED   UINT64_C(0x1fc0000000000000)
#define RISCV_PBMT       UINT64_C(0x6000000000000000)
#define RISCV_PBMT_SHIFT 61u
#define RISCV_NAPOT      UINT64_C(0x8000000000000000)
#define NAPOT_PAGES      16u
#define NAPOT_PATTERN    8u /* the low bits of PPN where 16 pages are one */

static uint32_t riscv_flags(uint64_t raw)
{
    static const struct {
        uint64_t bit;
        uint32_t set, clear; /* the flag that a set bit stands for, and a clear one */
    } bits[] = {
        {RISCV_READ, 0, PAGING_NO_READ},       {RISCV_WRITE, PAGING_WRITABLE, 0},
        {RISCV_EXECUTE, 0, PAGING_NO_EXECUTE}, {RISCV_USER, PAGING_USER, 0},
        {RISCV_GLOBAL, PAGING_GLOBAL, 0},      {RISCV_ACCESSED, PAGING_ACCESSED, 0},
        {RISCV_DIRTY, PAGING_DIRTY, 0},        {RISCV_NAPOT, PAGING_NAPOT, 0},
    };
    static const uint32_t memory_types[] = {0, PAGING_NON_CACHEABLE, PAGING_IO, 0};
    uint32_t flags = memory_types[(raw & RISCV_PBMT) >> RISCV_PBMT_SHIFT];

    for (size_t i = 0; i < sizeof bits / sizeof bits[0]; i++)
        flags |= raw & bits[i].bit ? bits[i].set : bits[i].clear;
    return flags;
}

static struct paging_entry riscv_page(uint32_t shift, uint64_t va, uint64_t raw)
{
    uint64_t ppn = raw >> RISCV_PPN_SHIFT & RISCV_PPN_MASK;
    uint64_t low_ppn = (UINT64_C(1) << (shift - PAGING_SMALL_SHIFT)) - 1u; /* of a superpage */
    struct paging_entry entry = {.kind = PAGING_PAGE, .flags = riscv_flags(raw)};

    entry.reserved = (raw & RISCV_RESERVED) | (ppn & low_ppn) << RISCV_PPN_SHIFT;
    if ((raw & (RISCV_READ | RISCV_WRITE)) == RISCV_WRITE)
        entry.reserved |= RISCV_WRITE;
    if ((raw & RISCV_PBMT) == RISCV_PBMT)
        entry.reserved |= RISCV_PBMT;
    if (raw & RISCV_NAPOT) {
        if (shift == PAGING_SMALL_SHIFT && ppn % NAPOT_PAGES == NAPOT_PATTERN)
            ppn = ppn - NAPOT_PATTERN + (va >> PAGING_SMALL_SHIFT) % NAPOT_PAGES;
        else
            entry.reserved |= RISCV_NAPOT;
    }
    entry.target = ppn << PAGING_SMALL_SHIFT;
    return entry;
}

/* In an entry that names a table, D, A and U are reserved, and so are N and PBMT. */
static struct paging_entry riscv_table(uint64_t raw)
{
    return (struct paging_entry){.kind = PAGING_TABLE,
                                 .target = (raw >> RISCV_PPN_SHIFT & RISCV_PPN_MASK)
                                           << PAGING_SMALL_SHIFT,
                                 .flags = PAGING_GIVEN | (raw & RISCV_GLOBAL ? PAGING_GLOBAL : 0u),
                                 .reserved = raw & (RISCV_RESERVED | RISCV_NAPOT | RISCV_PBMT |
                                                    RISCV_USER | RISCV_ACCESSED | RISCV_DIRTY)};
}

/* At the last level, an entry without R, W and X names no page: an access faults as at an absent
   one. */
static struct paging_entry riscv_decode(uint32_t shift, uint64_t va, uint64_t raw)
{
    if (!(raw & RISCV_VALID))
        return (struct paging_entry){.kind = PAGING_ABSENT};
    if (raw & (RISCV_READ | RISCV_WRITE | RISCV_EXECUTE))
        return riscv_page(shift, va, raw);
    if (shift != PAGING_SMALL_SHIFT)
        return riscv_table(raw);
    return (struct paging_entry){.kind = PAGING_ABSENT};
}

struct paging_entry paging_decode(const struct paging_mode *mode, uint32_t level, uint32_t cr4,
                                  uint64_t va, uint64_t raw)
{
    struct paging_entry entry = mode->architecture == PAGING_X86
                                    ? x86_decode(mode, level, cr4, raw)
                                    : riscv_decode(mode->level[level].shift, va, raw);

    if (entry.reserved != 0)
        entry.flags |= PAGING_RESERVED;
    return entry;
}
