/* Tests kseg0 and kseg1, which the machine maps without page tables, through the CPU model and the
 * window. */
#include "support/checking.h"
#include "support/test.h"

#include <string.h>

#define PA    0x01234568u /* a word in the first 512 MiB */
#define KSEG0 (KSEG0_BASE + PA)
#define KSEG1 (KSEG1_BASE + PA)

static void segments(bool on)
{
    machine_set_segments(machine_read_cr3(), on);
}

/* ---- the walker ---- */

/* The edges of the segments: the physical address, and whether the address is in a segment. */
static const struct {
    uint32_t va;
    uint32_t pa;
    bool inside;
} edges[] = {
    {KSEG0_BASE, 0, true},
    {KSEG0_BASE + KSEG_SIZE - 1, KSEG_SIZE - 1, true},
    {KSEG1_BASE, 0, true},
    {KSEG1_BASE + KSEG_SIZE - 1, KSEG_SIZE - 1, true},
    {KSEG0, PA, true},
    {KSEG1, PA, true},
    {KSEG0_BASE - 1, 0, false},
    {KSEG1_BASE + KSEG_SIZE, 0, false}, /* the direct map */
    {0, 0, false},
    {0xffffffff, 0, false},
};

static void assert_walks(uint32_t va, uint32_t pa, uint32_t access)
{
    struct mmu_walk walk;
    bool user = access & MMU_USER;

    assert_int_equal(mmu_walk(&machine_current->mmu, vaddr(va), access, &walk), !user);
    assert_int_equal(walk.directory_entry | walk.table_entry, 0);
    if (user) {
        assert_int_equal(walk.error_code, access | FAULT_PRESENT);
        return;
    }
    assert_int_equal(walk.pa.value, pa);
    assert_int_equal(walk.page_bytes, LARGE_PAGE_SIZE);
    assert_int_equal(walk.allows, ACCESS_BIT(MMU_READ) | ACCESS_BIT(MMU_WRITE));
    assert_true(walk.global);
}

MACHINE_TEST(a_walk_in_a_segment_reads_no_table)
{
    segments(true);
    for (size_t i = 0; i < sizeof edges / sizeof edges[0]; i++) {
        assert_int_equal(mmu_in_segments(&machine_current->mmu, vaddr(edges[i].va)),
                         edges[i].inside);
        for (uint32_t access = 0; edges[i].inside && access <= (MMU_USER | MMU_WRITE); access += 2)
            assert_walks(edges[i].va, edges[i].pa, access);
    }
    segments(false);
    for (size_t i = 0; i < sizeof edges / sizeof edges[0]; i++)
        assert_false(mmu_in_segments(&machine_current->mmu, vaddr(edges[i].va)));
}

/* Page-table entries of these slots are neither followed nor marked. */
MACHINE_TEST(entries_of_page_tables_are_ignored)
{
    uint32_t entry = 0x00c00000 | SMALL | PTE_LARGE | PTE_USER;

    *memory(directory_at(KSEG0)) = entry;
    segments(true);
    window_write(KSEG0, 0xcafe);
    assert_true(machine_touch(vaddr(KSEG0), true));
    assert_false(machine_user_touch(vaddr(KSEG0), false));
    assert_int_equal(*memory(PA), 0xcafe);
    assert_int_equal(*memory(directory_at(KSEG0)), entry);
    segments(false);
    assert_true(machine_user_touch(vaddr(KSEG0), false)); /* now the entries count */
    assert_int_equal(window_read(KSEG0), *memory(0x00c00000 | (PA & (LARGE_PAGE_SIZE - 1))));
    assert_int_equal(*memory(directory_at(KSEG0)), entry | PTE_ACCESSED);
}

MACHINE_TEST(without_paging_addresses_are_physical)
{
    segments(true);
    machine_load_cr0(machine_current, CR0_WP);
    *memory(KSEG0) = 0x1234;
    uint32_t value = 0;
    assert_true(machine_load32(vaddr(KSEG0), false, &value));
    assert_int_equal(value, 0x1234);
}

/* ---- accesses through the CPU model and the window ---- */

/* The three names show one memory, whichever way it is accessed. */
MACHINE_TEST(the_aliases_are_one_memory)
{
    static const uint32_t names[] = {KSEG0, KSEG1, DIRECT_MAP_BASE + PA};

    segments(true);
    for (uint32_t i = 0; i < 9; i++) {
        uint32_t value = 0;
        window_write(names[i % 3], i);
        assert_true(machine_load32(vaddr(names[i / 3]), false, &value));
        assert_int_equal(value, i);
        assert_true(machine_store32(vaddr(names[i / 3]), false, ~i));
        assert_int_equal(window_read(names[i % 3]), ~i);
        assert_int_equal(*memory(PA), ~i);
    }
}

/* Accesses cross a page, 4 MiB, and the boundary of the two segments. */
MACHINE_TEST(accesses_cross_pages)
{
    static const uint32_t ends[] = {KSEG0_BASE + PAGE_SIZE, KSEG0_BASE + LARGE_PAGE_SIZE,
                                    KSEG1_BASE, KSEG1_BASE + KSEG_SIZE};

    segments(true);
    for (uint32_t i = 0; i < 4; i++) {
        uint32_t value = 0;
        assert_true(machine_store32(vaddr(ends[i] - 2), false, 0x01020304 + i));
        assert_true(machine_load32(vaddr(ends[i] - 2), false, &value));
        assert_int_equal(value, 0x01020304 + i);
        assert_int_equal(window_read(ends[i] - 4) >> 16, 0x0304 + i);
        assert_int_equal(window_read(ends[i]) & 0xffff, 0x0102);
    }
}

MACHINE_TEST(accesses_of_ring_3_fault)
{
    static const uint32_t places[] = {KSEG0_BASE, KSEG0, KSEG1_BASE, KSEG1_BASE + KSEG_SIZE - 1};
    uint8_t byte = 9;

    segments(true);
    for (uint32_t i = 0; i < 4; i++) {
        uint64_t faults = machine_current->page_faults;
        assert_false(machine_load8(vaddr(places[i]), true, &byte));
        assert_int_equal(machine_current->error_code, FAULT_USER | FAULT_PRESENT);
        assert_int_equal(machine_read_cr2().value, places[i]);
        assert_false(machine_store8(vaddr(places[i]), true, 1));
        assert_int_equal(machine_current->error_code, FAULT_USER | FAULT_WRITE | FAULT_PRESENT);
        assert_int_equal(machine_current->page_faults, faults + 2);
    }
    assert_int_equal(byte, 9);
    assert_int_equal(machine_current->untranslated, 0); /* no such access took place */
}

/* Accesses to segments use no TLB entry and have a count of their own. */
MACHINE_TEST(segments_use_no_tlb_entries)
{
    segments(true);
    for (uint32_t i = 0; i < 1000; i++)
        assert_true(machine_touch(vaddr(KSEG0_BASE + i * PAGE_SIZE), i % 2));
    assert_int_equal(machine_tlb.hits + machine_tlb.misses, 0);
    assert_int_equal(machine_current->untranslated, 1000);
    assert_true(machine_touch(vaddr(DIRECT_MAP_BASE), false));
    assert_int_equal(machine_tlb.misses, 1);
    assert_int_equal(machine_current->untranslated, 1000);
}

/* ---- on and off ---- */

/* Switching the segments on drops the TLB's and the window's entries there, even global ones. */
MACHINE_TEST(switching_drops_old_translations)
{
    *memory(directory_at(KSEG0)) = 0x00c00000 | SMALL | PTE_LARGE | PTE_GLOBAL;
    *memory(0x00c00000 | (PA & (LARGE_PAGE_SIZE - 1))) = 1;
    *memory(PA) = 2;
    for (uint32_t round = 0; round < 3; round++) {
        uint32_t value = 0;
        segments(round % 2);
        assert_int_equal(window_read(KSEG0), 1 + round % 2);
        assert_true(machine_load32(vaddr(KSEG0), false, &value));
        assert_int_equal(value, 1 + round % 2);
    }
    *memory(directory_at(KSEG0)) = 0;
    machine_flush_tlb();
    assert_false(machine_touch(vaddr(KSEG0), false));
}

/* All address spaces have the segments, and no flush of the TLB removes them. */
MACHINE_TEST(segments_survive_every_flush)
{
    segments(true);
    memcpy(memory(0x2000), memory(MACHINE_BOOT_DIRECTORY), PAGE_SIZE);
    window_write(KSEG1, 77);
    machine_load_cr3(paddr(0x2000));
    assert_int_equal(window_read(KSEG0), 77);
    machine_invlpg(vaddr(KSEG0));
    assert_int_equal(window_read(KSEG0), 77);
    machine_flush_tlb();
    assert_int_equal(window_read(KSEG0), 77);
    assert_true(machine_touch(vaddr(KSEG0), true));
}

/* The host maps the segments 4 MiB at a time, so both fit in few mappings. They work with even
 * fewer. */
MACHINE_TEST(the_window_maps_segments_by_large_pages)
{
    segments(true);
    for (uint32_t va = KSEG0_BASE; va < DIRECT_MAP_BASE; va += PAGE_SIZE * 64)
        (void)window_read(va);
    assert_int_equal(machine_current->window.entries.count, 2 * (KSEG_SIZE / LARGE_PAGE_SIZE));
    assert_int_equal(machine_current->window.fills, 2 * (KSEG_SIZE / LARGE_PAGE_SIZE));

    struct machine_options options = {.window_entries = WINDOW_ENTRIES_MIN};
    machine_destroy(machine_current);
    assert_non_null(machine_create(&options));
    segments(true);
    for (uint32_t va = KSEG0_BASE; va < KSEG1_BASE; va += LARGE_PAGE_SIZE)
        window_write(va + 8, va);
    for (uint32_t va = KSEG0_BASE; va < KSEG1_BASE; va += LARGE_PAGE_SIZE)
        assert_int_equal(window_read(va + KSEG_SIZE + 8), va);
    assert_int_equal(machine_current->window.entries.count, WINDOW_ENTRIES_MIN);
}

/* ---- the oracle ---- */

/* No change of page tables makes an access to a segment stale; ... */
CHECKING_TEST(an_access_is_never_stale)
{
    *memory(directory_at(KSEG0)) = TABLE | SMALL;
    assert_passes(KSEG0, MMU_READ, false); /* through the table */
    segments(true);
    assert_passes(KSEG0, MMU_WRITE, true);
    assert_passes(KSEG0, MMU_WRITE, false);
    change(directory_at(KSEG0), OTHER_TABLE | SMALL);
    change(directory_at(KSEG0), 0);
    assert_passes(KSEG0, MMU_WRITE, true);
    assert_passes(KSEG0, MMU_WRITE, false);
    machine_load_cr3(machine_read_cr3());
    assert_passes(KSEG0, MMU_READ, true);
    segments(false);
    assert_int_equal(machine_current->window.entries.count, 0); /* not afterwards, either */
    assert_false(machine_touch(vaddr(KSEG0), false));
}

/* ... but a change of page tables through a segment is seen. */
CHECKING_TEST(a_change_through_a_segment_is_noticed)
{
    static const uint32_t aliases[] = {KSEG0_BASE + TABLE, KSEG1_BASE + TABLE};

    segments(true);
    for (uint32_t i = 0; i < 2; i++) {
        map_pages(1, SMALL);
        invalidate(INVLPG);
        assert_passes(BASE, MMU_READ, i % 2);
        change_at(aliases[i], 0);
        assert_reported(BASE, MMU_READ, i % 2,
                        "panic: stale TLB entry: kernel read at 0x40000000%W: table entry 0 was "
                        "0x04000003 (frame 0x04000, writable, supervisor), and is 0x00000000 (not "
                        "present) since %L; missing: machine_invlpg(0x40000000)");
    }
}
