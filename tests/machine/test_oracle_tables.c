/* Tests the stale-TLB oracle on large pages, page tables and address spaces. */
#include "support/checking.h"
#include "support/test.h"

#include <string.h>

#define LARGE_BASE  0x50000000u
#define LARGE_FRAME 0x8000000u
#define FRAME_1     (FRAMES + 2 * PAGE_SIZE)
#define USER_RW     (SMALL | PTE_USER)

/* ---- large pages ---- */

static void map_large(uint32_t flags)
{
    *memory(directory_at(LARGE_BASE)) = LARGE_FRAME | SMALL | PTE_LARGE | flags;
}

CHECKING_TEST(a_large_page_is_dropped_by_any_address_in_it)
{
    for (uint32_t i = 0; i < 2; i++) {
        map_large(0);
        machine_flush_tlb();
        assert_passes(LARGE_BASE + 0x5010, MMU_READ, i);
        change(directory_at(LARGE_BASE), 0);
        assert_reported(LARGE_BASE + 0x123454, MMU_READ, i,
                        "panic: stale TLB entry: kernel read at 0x50123454%W: directory entry 320 "
                        "was 0x08000083 (frame 0x08000, writable, supervisor), and is 0x00000000 "
                        "(not present) since %L; missing: machine_invlpg(0x50000000), or of any "
                        "address in its 4 MiB");
    }
    map_large(PTE_GLOBAL);
    assert_passes(LARGE_BASE, MMU_READ, false);
    change(directory_at(LARGE_BASE), (LARGE_FRAME + LARGE_PAGE_SIZE) | SMALL | PTE_LARGE);
    machine_invlpg(vaddr(LARGE_BASE + 0x3ff000));
    assert_passes(LARGE_BASE, MMU_READ, false);
}

/* This holds even if the frame is the same: Intel SDM vol. 3A, 4.10.2.3. */
CHECKING_TEST(a_change_of_page_size_needs_an_invalidation)
{
    *memory(OTHER_TABLE) = LARGE_FRAME | SMALL;
    for (uint32_t i = 0; i < 2; i++) {
        map_large(PTE_GLOBAL);
        machine_flush_tlb();
        assert_passes(LARGE_BASE, MMU_READ, i);
        change(directory_at(LARGE_BASE), OTHER_TABLE | SMALL);
        assert_reported(LARGE_BASE, MMU_READ, i,
                        "panic: stale TLB entry: kernel read at 0x50000000%W: directory entry 320 "
                        "was 0x08000183 (frame 0x08000, writable, supervisor), and is 0x00003003 "
                        "(frame 0x00003, writable, supervisor) since %L; missing: "
                        "machine_invlpg(0x50000000), or of any address in its 4 MiB; a load of CR3 "
                        "keeps it, for it is global");
    }
}

/* ---- tables ---- */

/* All pages under a directory entry depend on it. */
CHECKING_TEST(a_changed_directory_entry_makes_its_pages_stale)
{
    for (uint32_t i = 0; i < 2; i++) {
        map_pages(900, SMALL);
        machine_flush_tlb();
        assert_passes(BASE + 899 * PAGE_SIZE, MMU_WRITE, i);
        change(directory_at(BASE), 0);
        assert_reported(BASE + 899 * PAGE_SIZE, MMU_WRITE, i,
                        "panic: stale TLB entry: kernel write at 0x40383000%W: directory entry 256 "
                        "was 0x00002007 (frame 0x00002, writable, user), and is 0x00000000 (not "
                        "present) since %L; missing: machine_invlpg(0x40383000)");
    }
}

#define FREED_TABLE                                                                                \
    "panic: stale directory entry: kernel read at 0x40001000%W: directory entry 256 was "          \
    "0x00002027 (frame 0x00002, writable, user), and is 0x00003003 (frame 0x00003, writable, "     \
    "supervisor) since %L; missing: machine_invlpg() of any address, or machine_load_cr3()"

/* The CPU may remember where a table is, even if the only page that was used is unmapped. */
CHECKING_TEST(a_freed_page_table_needs_an_invlpg)
{
    for (uint32_t i = 0; i < 2; i++) {
        map_pages(2, SMALL);
        memory(OTHER_TABLE)[1] = FRAME_1 | SMALL;
        machine_flush_tlb();
        assert_passes(BASE, MMU_READ, false);
        change(directory_at(BASE), OTHER_TABLE | SMALL);
        assert_reported(BASE + PAGE_SIZE, MMU_READ, i, FREED_TABLE);
    }
}

CHECKING_TEST(any_invalidation_suffices_for_a_page_table)
{
    for (enum invalidation invalidation = INVLPG_ELSEWHERE; invalidation <= CONTROL;
         invalidation++) {
        map_pages(2, SMALL);
        memory(OTHER_TABLE)[1] = FRAME_1 | SMALL;
        machine_flush_tlb();
        assert_passes(BASE, MMU_READ, false);
        change(directory_at(BASE), OTHER_TABLE | SMALL);
        invalidate(invalidation);
        assert_passes(BASE + PAGE_SIZE, MMU_READ, false);
        assert_passes(BASE + PAGE_SIZE, MMU_READ, true);
    }
}

/* Intel SDM vol. 3A, 4.10.4.1: the entry of the address that faulted. The change is a plain store,
 * because after a recorded change the oracle assumes that the CPU has walked ahead once more. */
CHECKING_TEST(a_page_fault_drops_the_directory_entry)
{
    map_pages(2, SMALL);
    memory(TABLE)[2] = 0;
    assert_passes(BASE, MMU_READ, false);
    assert_false(machine_touch(vaddr(BASE + 2 * PAGE_SIZE), false));
    *memory(directory_at(BASE)) = 0;
    assert_false(machine_touch(vaddr(BASE + PAGE_SIZE), false));
}

/* Intel SDM vol. 3A, 4.10.3.2: the CPU may have walked ahead until the change. */
CHECKING_TEST(an_invalidation_before_the_change_does_not_suffice)
{
    map_pages(2, SMALL);
    memory(OTHER_TABLE)[1] = FRAME_1 | SMALL;
    assert_passes(BASE, MMU_READ, false);
    machine_invlpg(vaddr(BASE));
    change(directory_at(BASE), OTHER_TABLE | SMALL);
    assert_reported(BASE + PAGE_SIZE, MMU_READ, false, FREED_TABLE);
}

/* The CPU may use a remembered entry that differs only in A or lacks a right. One with a right too
 * many is stale. */
CHECKING_TEST(rights_of_a_directory_entry_count)
{
    map_pages(3, USER_RW);
    *memory(directory_at(BASE)) = TABLE | PTE_PRESENT | PTE_USER;
    assert_passes(BASE, MMU_READ, false);
    change(directory_at(BASE), TABLE | SMALL | PTE_USER);
    assert_passes(BASE + PAGE_SIZE, MMU_WRITE, false);
    change(directory_at(BASE), TABLE | PTE_PRESENT | PTE_USER);
    assert_passes(BASE + 2 * PAGE_SIZE, MMU_READ, false);
    machine_invlpg(vaddr(0));
    change(directory_at(BASE), TABLE | SMALL | PTE_USER);
    assert_passes(BASE + 2 * PAGE_SIZE, MMU_WRITE, false);
    machine_invlpg(vaddr(BASE));
    machine_invlpg(vaddr(BASE + 2 * PAGE_SIZE));
    assert_passes(BASE, MMU_READ, false);
    change(directory_at(BASE), TABLE | PTE_PRESENT | PTE_USER);
    assert_reported(BASE + 2 * PAGE_SIZE, MMU_WRITE, false,
                    "panic: stale directory entry: kernel write at 0x40002000: directory entry 256 "
                    "was 0x00002027 (frame 0x00002, writable, user), and is 0x00002005 (frame "
                    "0x00002, read-only, user) since %L; missing: machine_invlpg() of any address, "
                    "or machine_load_cr3()");
}

/* ---- address spaces ---- */

/* A second directory lacks the page, which is global. */
CHECKING_TEST(a_global_page_of_another_address_space_is_stale)
{
    uint32_t second = 0x5000;

    for (uint32_t i = 0; i < 2; i++) {
        machine_load_cr3(paddr(MACHINE_BOOT_DIRECTORY));
        machine_flush_tlb();
        map_pages(2, SMALL | PTE_GLOBAL);
        memcpy(memory(second), memory(MACHINE_BOOT_DIRECTORY), PAGE_SIZE);
        memory(second)[BASE >> LARGE_PAGE_SHIFT] = 0;
        assert_passes(BASE, MMU_READ, i);
        machine_load_cr3(paddr(second));
        assert_reported(BASE, MMU_READ, i,
                        "panic: stale TLB entry: kernel read at 0x40000000%W: directory entry 256 "
                        "was 0x00002007 (frame 0x00002, writable, user), and is 0x00000000 (not "
                        "present) since CR3 was loaded, or by a plain store; missing: "
                        "machine_invlpg(0x40000000); a load of CR3 keeps it, for it is global");
    }
}
