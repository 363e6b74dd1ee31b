/* Tests explicit accesses of the CPU model: what they find in the TLB, and what instructions drop
 * from it. */
#include "support/on_machine.h"
#include "support/test.h"

#include <mm/pgtable.h>

#define SMALL      (PTE_PRESENT | PTE_WRITABLE)
#define BASE       0x40000000u
#define LARGE_BASE 0x50000000u
#define TABLE      0x2000u
#define FRAMES     0x4000000u

static uint32_t *memory(uint32_t pa)
{
    return arena_pointer(&machine_current->arena, paddr(pa));
}

static uint32_t *entry_of(uint32_t page)
{
    return memory(TABLE) + page;
}

static uint32_t frame_of(uint32_t page)
{
    return FRAMES + page * PAGE_SIZE;
}

static void map_pages(uint32_t pages, uint32_t flags)
{
    memory(machine_current->mmu.cr3)[BASE >> LARGE_PAGE_SHIFT] = TABLE | SMALL | PTE_USER;
    for (uint32_t page = 0; page < pages; page++) {
        *entry_of(page) = frame_of(page) | flags;
        *memory(frame_of(page)) = frame_of(page);
    }
}

static void map_large(uint32_t flags)
{
    memory(machine_current->mmu.cr3)[LARGE_BASE >> LARGE_PAGE_SHIFT] =
        0x8000000 | SMALL | PTE_LARGE | flags;
}

/* Fails the test unless there were so many hits and misses since the last call. */
static void assert_counts(uint64_t expected_hits, uint64_t expected_misses)
{
    assert_int_equal(machine_tlb.hits, expected_hits);
    assert_int_equal(machine_tlb.misses, expected_misses);
    machine_tlb.hits = machine_tlb.misses = 0;
}

static uint32_t load(uint32_t va)
{
    uint32_t value;

    assert_true(machine_load32(vaddr(va), false, &value));
    return value;
}

MACHINE_TEST(each_page_misses_once)
{
    assert_counts(0, 0);
    map_pages(64, SMALL);
    for (uint32_t round = 0; round < 3; round++)
        for (uint32_t page = 0; page < 64; page++)
            assert_int_equal(load(BASE + page * PAGE_SIZE), frame_of(page));
    assert_counts(2 * 64, 64);
    assert_true(machine_touch(vaddr(DIRECT_MAP_BASE), false));
    assert_true(machine_touch(vaddr(DIRECT_MAP_BASE + 0x3fffff), false));
    assert_counts(1, 1);
}

MACHINE_TEST(the_first_write_sets_dirty_and_misses)
{
    map_pages(1, SMALL);
    assert_true(machine_touch(vaddr(BASE), false));
    assert_true(machine_touch(vaddr(BASE), false));
    assert_counts(1, 1);
    assert_int_equal(*entry_of(0) & PTE_DIRTY, 0);
    assert_true(machine_touch(vaddr(BASE), true));
    assert_counts(0, 1);
    assert_int_equal(*entry_of(0) & PTE_DIRTY, PTE_DIRTY);
    assert_true(machine_touch(vaddr(BASE), true));
    assert_true(machine_store32(vaddr(BASE), false, 5));
    assert_int_equal(load(BASE), 5);
    assert_counts(3, 0);
}

MACHINE_TEST(the_rights_of_the_entry_hold)
{
    uint8_t byte;

    map_pages(3, PTE_PRESENT | PTE_USER);
    *entry_of(1) = frame_of(1) | SMALL;
    *entry_of(2) = frame_of(2) | SMALL | PTE_USER;
    assert_true(machine_user_touch(vaddr(BASE), false));
    assert_true(machine_touch(vaddr(BASE), false));
    assert_counts(1, 1);
    assert_false(machine_user_touch(vaddr(BASE), true));
    assert_counts(0, 1);
    assert_true(machine_touch(vaddr(BASE + PAGE_SIZE), true));
    assert_false(machine_load8(vaddr(BASE + PAGE_SIZE), true, &byte));
    assert_counts(0, 2);
    assert_true(machine_user_touch(vaddr(BASE + 2 * PAGE_SIZE), true));
    assert_true(machine_load8(vaddr(BASE + 2 * PAGE_SIZE), true, &byte));
    assert_true(machine_store8(vaddr(BASE + 2 * PAGE_SIZE), false, 1));
    assert_counts(2, 1);
}

/* The right is in the table now, and adding it needs no invalidation: the access walks again. */
MACHINE_TEST(a_right_that_is_raised_is_found)
{
    map_pages(1, PTE_PRESENT);
    assert_true(machine_touch(vaddr(BASE), false));
    *entry_of(0) |= PTE_WRITABLE | PTE_USER;
    assert_true(machine_touch(vaddr(BASE), true));
    assert_true(machine_user_touch(vaddr(BASE), true));
    assert_counts(1, 2);
}

MACHINE_TEST(without_wp_the_kernel_writes_to_read_only_pages)
{
    machine_load_cr0(machine_current, CR0_PG);
    map_pages(1, PTE_PRESENT | PTE_USER);
    assert_true(machine_touch(vaddr(BASE), true));
    assert_true(machine_touch(vaddr(BASE), true));
    assert_counts(1, 1);
    assert_false(machine_user_touch(vaddr(BASE), true));
}

MACHINE_TEST(a_stale_entry_stays_until_invlpg)
{
    map_pages(2, SMALL);
    assert_int_equal(load(BASE), frame_of(0));
    *entry_of(0) = frame_of(1) | SMALL;
    assert_int_equal(load(BASE), frame_of(0));
    machine_invlpg(vaddr(BASE + PAGE_SIZE)); /* another page */
    assert_int_equal(load(BASE), frame_of(0));
    machine_invlpg(vaddr(BASE + 0xabc));
    assert_int_equal(load(BASE), frame_of(1));
    assert_counts(2, 2);
}

MACHINE_TEST(invlpg_drops_large_and_global_entries)
{
    map_pages(1, SMALL | PTE_GLOBAL);
    map_large(PTE_GLOBAL);
    load(BASE);
    load(LARGE_BASE);
    assert_counts(0, 2);
    machine_invlpg(vaddr(BASE));
    machine_invlpg(vaddr(LARGE_BASE + 0x312345));
    load(BASE);
    load(LARGE_BASE);
    assert_counts(0, 2);
}

MACHINE_TEST(a_cr3_load_keeps_global_entries)
{
    map_pages(2, SMALL | PTE_GLOBAL);
    *entry_of(1) &= ~PTE_GLOBAL;
    map_large(0);
    load(BASE);
    load(BASE + PAGE_SIZE);
    load(LARGE_BASE);
    load(DIRECT_MAP_BASE);
    machine_load_cr3(machine_read_cr3());
    assert_counts(0, 4);
    load(BASE);
    load(DIRECT_MAP_BASE);
    assert_counts(2, 0);
    load(BASE + PAGE_SIZE);
    load(LARGE_BASE);
    assert_counts(0, 2);

    machine_flush_tlb();
    load(BASE);
    load(DIRECT_MAP_BASE);
    assert_counts(0, 2);
}

MACHINE_TEST(without_pge_a_cr3_load_drops_all)
{
    machine_load_cr4(machine_current, CR4_PSE);
    map_pages(1, SMALL | PTE_GLOBAL);
    load(BASE);
    load(BASE);
    machine_load_cr3(machine_read_cr3());
    load(BASE);
    assert_counts(1, 2);
}

MACHINE_TEST(control_registers_drop_all)
{
    load(DIRECT_MAP_BASE);
    machine_load_cr0(machine_current, CR0_PG | CR0_WP); /* the old value */
    machine_load_cr4(machine_current, CR4_PSE | CR4_PGE);
    load(DIRECT_MAP_BASE);
    assert_counts(1, 1);
    machine_load_cr0(machine_current, CR0_PG);
    load(DIRECT_MAP_BASE);
    machine_load_cr4(machine_current, CR4_PSE);
    load(DIRECT_MAP_BASE);
    assert_counts(0, 2);
    machine_load_cr0(machine_current, 0);
    assert_int_equal(load(0x1000), *memory(0x1000)); /* addresses are physical */
    load(0x1000);
    assert_counts(1, 1);
}

/* Intel SDM vol. 3A, 4.10.4.1. */
MACHINE_TEST(a_page_fault_drops_the_entry_of_its_page)
{
    map_pages(1, PTE_PRESENT);
    load(BASE);
    *entry_of(0) = frame_of(1) | PTE_PRESENT;
    assert_int_equal(load(BASE), frame_of(0));
    assert_counts(1, 1);
    assert_false(machine_touch(vaddr(BASE), true));
    assert_counts(0, 1);
    assert_int_equal(load(BASE), 0);
    assert_counts(0, 1);
}

MACHINE_TEST(an_access_across_a_page_looks_up_twice)
{
    map_pages(2, SMALL);
    assert_true(machine_store32(vaddr(BASE + 0xffe), false, 0x44332211));
    assert_counts(0, 2);
    assert_int_equal(load(BASE + 0xffe), 0x44332211);
    assert_int_equal(load(BASE + 0xffc), 0x22110000);
    assert_counts(3, 0);
}

MACHINE_TEST(the_window_does_not_count)
{
    map_pages(1, SMALL);
    window_write(BASE, 1);
    window_read(DIRECT_MAP_BASE);
    assert_counts(0, 0);
}

TEST(a_machine_has_the_shape_it_is_given)
{
    struct machine_options options = {.tlb = {2, 1, 0, 0}};

    assert_non_null(machine_create(&options));
    map_pages(3, SMALL);
    load(BASE);
    load(BASE + PAGE_SIZE);
    load(BASE);
    load(BASE + 2 * PAGE_SIZE);
    load(BASE);
    assert_counts(1, 4);
    machine_destroy(machine_current);

    options.tlb.ways = 3;
    assert_null(machine_create(&options));
    assert_string_equal(machine_error(),
                        "no machine: the number of ways of a TLB is a power of two from 1 to 64");
    assert_null(machine_current);
}
