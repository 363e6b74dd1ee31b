/* Tests what one entry of each kind of page table says, bit by bit. */
#include "support/test.h"

#include "machine/mmu.h"
#include "machine/paging.h"

#include <string.h>

#define RW   PAGING_WRITABLE
#define US   PAGING_USER
#define NX   PAGING_NO_EXECUTE
#define RSVD PAGING_RESERVED

/* Rights of an entry of a RISC-V page that allows all, or reading alone. */
#define RISCV_ALL  (RW | US)
#define RISCV_READ NX

static const struct entry_case {
    const char *mode;
    uint32_t level;
    uint64_t raw;
    enum paging_kind kind;
    uint64_t target;
    uint32_t flags;
    uint64_t reserved;
} cases[] = {
    /* SDM vol. 3A, table 4-5: PAE's PDPT has no rights, and few bits. */
    {"pae", 0, 0x5001, PAGING_TABLE, 0x5000, RW | US, 0},
    {"pae", 0, 0x5000, PAGING_ABSENT, 0, 0, 0},
    {"pae", 0, 0x5007, PAGING_TABLE, 0x5000, RW | US | RSVD, 6},
    {"pae", 0, 0x81, PAGING_TABLE, 0, RW | US | RSVD, 0x80},
    {"pae", 0, 0x8000000000005001, PAGING_TABLE, 0x5000, RW | US | RSVD, 0x8000000000000000},
    /* 2 MiB: bits 20-13 are reserved, and in PAE bits 62-52, too. */
    {"pae", 1, 0x1200083, PAGING_PAGE, 0x1200000, RW, 0},
    {"pae", 1, 0x1201083, PAGING_PAGE, 0x1200000, RW | PAGING_PAT, 0},
    {"pae", 1, 0x1202083, PAGING_PAGE, 0x1200000, RW | RSVD, 0x2000},
    {"pae", 1, 0x0010000001200083, PAGING_PAGE, 0x1200000, RW | RSVD, 0x0010000000000000},
    {"pae", 1, 0x8000000f01200083, PAGING_PAGE, 0xf01200000, RW | NX, 0},
    {"pae", 2, 0x7085, PAGING_PAGE, 0x7000, US | PAGING_PAT, 0},
    {"pae", 2, 0x4000000000007001, PAGING_PAGE, 0x7000, RSVD, 0x4000000000000000},
    /* Long mode ignores bits 62-52. The PS bit of a PML4 and a PML5 entry is reserved. */
    {"long", 0, 0x5087, PAGING_TABLE, 0x5000, RW | US | RSVD, 0x80},
    {"long", 0, 0x7ff0000000005027, PAGING_TABLE, 0x5000, RW | US | PAGING_ACCESSED, 0},
    {"la57", 0, 0x5083, PAGING_TABLE, 0x5000, RW | RSVD, 0x80},
    {"la57", 1, 0x5083, PAGING_TABLE, 0x5000, RW | RSVD, 0x80},
    {"la57", 2, 0x40000083, PAGING_PAGE, 0x40000000, RW, 0},
    {"long", 1, 0x80000000400001e3, PAGING_PAGE, 0x40000000,
     RW | NX | PAGING_ACCESSED | PAGING_DIRTY | PAGING_GLOBAL, 0},
    {"long", 1, 0x60000083, PAGING_PAGE, 0x40000000, RW | RSVD, 0x20000000},
    {"long", 2, 0xffffffe00083, PAGING_PAGE, 0xffffffe00000, RW, 0},
    {"long", 3, 0x000ffffffffff001, PAGING_PAGE, 0x000ffffffffff000, 0, 0},
    {"long", 3, 0x1019, PAGING_PAGE, 0x1000, PAGING_WRITE_THROUGH | PAGING_CACHE_DISABLE, 0},
    /* Two levels: without CR4.PSE bit 7 of a directory entry is ignored (cases with PSE: mmu.h). */
    {"32bit", 0, 0x400083, PAGING_TABLE, 0x400000, RW, 0},
    /* RISC-V: | PPN | RSW | D A G U X W R V |. Tables: D, A, U, N and PBMT are reserved. */
    {"sv39", 0, 5u << 10 | 1, PAGING_TABLE, 0x5000, RISCV_ALL, 0},
    {"sv39", 0, 5u << 10 | 0x21, PAGING_TABLE, 0x5000, RISCV_ALL | PAGING_GLOBAL, 0},
    {"sv39", 0, 5u << 10 | 0xd1, PAGING_TABLE, 0x5000, RISCV_ALL | RSVD, 0xd0},
    {"sv39", 0, UINT64_C(1) << 63 | 1, PAGING_TABLE, 0, RISCV_ALL | RSVD, UINT64_C(1) << 63},
    {"sv39", 0, 0, PAGING_ABSENT, 0, 0, 0},
    {"sv39", 2, 5u << 10 | 0x1f, PAGING_PAGE, 0x5000, RW | US, 0},
    {"sv39", 2, 5u << 10 | 0x3, PAGING_PAGE, 0x5000, RISCV_READ, 0},
    {"sv39", 2, 5u << 10 | 0x9, PAGING_PAGE, 0x5000, PAGING_NO_READ, 0},
    {"sv39", 2, 5u << 10 | 0xeb, PAGING_PAGE, 0x5000,
     PAGING_GLOBAL | PAGING_ACCESSED | PAGING_DIRTY, 0},
    {"sv39", 2, 5u << 10 | 0x1, PAGING_ABSENT, 0, 0, 0}, /* no table is below the last level */
    {"sv39", 2, 5u << 10 | 0x5, PAGING_PAGE, 0x5000, RW | NX | PAGING_NO_READ | RSVD, 4},
    {"sv39", 2, UINT64_C(0x0040000000001403), PAGING_PAGE, 0x5000, NX | RSVD,
     UINT64_C(0x0040000000000000)},
    {"sv39", 2, UINT64_C(0x2000000000001403), PAGING_PAGE, 0x5000, NX | PAGING_NON_CACHEABLE, 0},
    {"sv39", 2, UINT64_C(0x4000000000001403), PAGING_PAGE, 0x5000, NX | PAGING_IO, 0},
    {"sv39", 2, UINT64_C(0x6000000000001403), PAGING_PAGE, 0x5000, NX | RSVD,
     UINT64_C(0x6000000000000000)},
    /* Superpages are aligned. */
    {"sv39", 1, 0x200u << 10 | 7, PAGING_PAGE, 0x200000, RW | NX, 0},
    {"sv39", 1, 0x201u << 10 | 7, PAGING_PAGE, 0x201000, RW | NX | RSVD, 1u << 10},
    {"sv39", 0, 0x40000u << 10 | 7, PAGING_PAGE, 0x40000000, RW | NX, 0},
    {"sv48", 0, UINT64_C(0x8000000) << 10 | 7, PAGING_PAGE, UINT64_C(0x8000000000), RW | NX, 0},
    {"sv57", 0, UINT64_C(0x40000) << 10 | 7, PAGING_PAGE, 0x40000000, RW | NX | RSVD,
     UINT64_C(0x40000) << 10},
    /* NAPOT: the page is 0x13000 of va 0x3000 in the 64 KiB at 0x10000. */
    {"sv39", 2, UINT64_C(1) << 63 | 0x18u << 10 | 3, PAGING_PAGE, 0x13000, NX | PAGING_NAPOT, 0},
    {"sv39", 2, UINT64_C(1) << 63 | 0x14u << 10 | 3, PAGING_PAGE, 0x14000, NX | PAGING_NAPOT | RSVD,
     UINT64_C(1) << 63},
};

TEST(each_bit_of_an_entry_is_decoded)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct entry_case *expected = &cases[i];
        const struct paging_entry entry = paging_decode(paging_mode_find(expected->mode),
                                                        expected->level, 0, 0x3000, expected->raw);

        if (entry.kind != expected->kind || entry.target != expected->target ||
            entry.flags != expected->flags || entry.reserved != expected->reserved)
            fail_msg("%s, level %u, %#llx: kind %d, target %#llx, flags %#x, reserved %#llx",
                     expected->mode, expected->level, (unsigned long long)expected->raw, entry.kind,
                     (unsigned long long)entry.target, entry.flags,
                     (unsigned long long)entry.reserved);
    }
}

TEST(levels_share_the_bits_of_an_address)
{
    for (const struct paging_mode *mode = paging_modes; mode->name != NULL; mode++) {
        uint32_t low = mode->va_bits;
        for (uint32_t level = 0; level < mode->level_count; level++) {
            assert_int_equal(mode->level[level].shift + mode->level[level].index_bits, low);
            low = mode->level[level].shift;
        }
        assert_int_equal(low, PAGING_SMALL_SHIFT);
        assert_ptr_equal(paging_mode_find(mode->name), mode);
    }
    assert_null(paging_mode_find("sv32"));
}

TEST(addresses_are_extended_by_their_sign)
{
    static const struct {
        const char *mode;
        uint64_t plain, canonical;
    } rows[] = {
        {"32bit", 0x80000000, 0x80000000},        {"pae", 0xfffff000, 0xfffff000},
        {"sv39", 0x3fffffffff, 0x3fffffffff},     {"sv39", 0x4000000000, 0xffffffc000000000},
        {"long", 0x7fffffffffff, 0x7fffffffffff}, {"long", 0x800000000000, 0xffff800000000000},
        {"la57", 0x800000000000, 0x800000000000}, {"la57", 0x1ffffffffffffff, 0xffffffffffffffff},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct paging_mode *mode = paging_mode_find(rows[i].mode);
        assert_int_equal(paging_canonical(mode, rows[i].plain), rows[i].canonical);
        assert_int_equal(paging_plain(mode, rows[i].canonical), rows[i].plain);
    }
}

TEST(registers_name_the_root)
{
    assert_int_equal(paging_root_of_cr3(paging_mode_find("32bit"), 0x12345678), 0x12345000);
    assert_int_equal(paging_root_of_cr3(paging_mode_find("pae"), 0x12345678), 0x12345660);
    assert_int_equal(paging_root_of_cr3(paging_mode_find("long"), 0xfff0000123456789),
                     0x0000000123456000);
    assert_string_equal(paging_mode_of_satp(0x8000000000080205)->name, "sv39");
    assert_string_equal(paging_mode_of_satp(0xa123400000080205)->name, "sv57");
    assert_null(paging_mode_of_satp(0x0000000000080205));
    assert_int_equal(paging_root_of_satp(0x9123400000080205), 0x80205000);
}
