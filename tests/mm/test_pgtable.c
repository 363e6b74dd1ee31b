/* Tests the kernel's page tables. */
#include "support/on_machine.h"
#include "support/test.h"

#include <mm/pgtable.h>

#define FRAMES 0x1000u /* the 17 frames in which the tests build */
#define TABLES direct_map_frame(pfn(FRAMES + 1))

static uint32_t *directory(void)
{
    return machine_pointer(direct_map_frame(pfn(FRAMES)));
}

MACHINE_TEST(builds_the_kernels_directory)
{
    directory()[5] = 1; /* the old content is overwritten */
    *(uint32_t *)machine_pointer(TABLES) = 1;
    pgtable_build_kernel(pfn(FRAMES));
    assert_null(pgtable_check_kernel(pfn(FRAMES), USER_END));
    assert_int_equal(directory()[0], 0);
    assert_int_equal(directory()[5], 0);
    assert_int_equal(directory()[0x2ff], 0);
    assert_int_equal(directory()[0x300], 0x000001e3); /* global, large, D, A, W, P */
    assert_int_equal(directory()[0x3bf], 0x2fc001e3);
    assert_int_equal(directory()[0x3c0], 0x01001003); /* the tables of the heap area */
    assert_int_equal(directory()[0x3cf], 0x01010003);
    assert_int_equal(directory()[0x3d0], 0);
    assert_int_equal(directory()[0x3fe], 0);
    assert_int_equal(directory()[0x3ff], 0x01000003); /* recursive */
    for (uint32_t page = 0; page < HEAP_AREA_PAGES; page++)
        if (heap_area_entry(TABLES, page) != 0)
            fail_msg("page %u of the heap area has an entry", page);
}

MACHINE_TEST(translates_mapped_addresses)
{
    paddr_t pa;

    pgtable_build_kernel(pfn(FRAMES));
    heap_area_map(TABLES, 0x1234, pfn(0xfedcb));
    assert_true(pgtable_translate(pfn_to_paddr(pfn(FRAMES)), vaddr(0xc0000000), &pa));
    assert_int_equal(pa.value, 0);
    assert_true(pgtable_translate(pfn_to_paddr(pfn(FRAMES)), vaddr(0xefffffff), &pa));
    assert_int_equal(pa.value, 0x2fffffff);
    assert_true(pgtable_translate(pfn_to_paddr(pfn(FRAMES)), vaddr(0xf1234567), &pa));
    assert_int_equal(pa.value, 0xfedcb567);
    assert_true(pgtable_translate(pfn_to_paddr(pfn(FRAMES)), vaddr(PAGE_DIRECTORY + 4), &pa));
    assert_int_equal(pa.value, (FRAMES << PAGE_SHIFT) + 4);
    assert_false(pgtable_translate(pfn_to_paddr(pfn(FRAMES)), vaddr(0xf1235000), &pa));
    assert_false(pgtable_translate(pfn_to_paddr(pfn(FRAMES)), vaddr(0), &pa));
    assert_false(pgtable_translate(pfn_to_paddr(pfn(FRAMES)), vaddr(0xbfffffff), &pa));
    assert_false(pgtable_translate(pfn_to_paddr(pfn(FRAMES)), vaddr(0xf4000000), &pa));
}

/* The machine translates by the tables. */
MACHINE_TEST(maps_and_unmaps_a_page_of_the_heap_area)
{
    pgtable_build_kernel(pfn(FRAMES));
    paddr_t boot = machine_read_cr3();
    machine_load_cr3(pfn_to_paddr(pfn(FRAMES)));
    uint32_t *word = machine_pointer(vaddr(HEAP_AREA_BASE + 2 * PAGE_SIZE));

    heap_area_map(TABLES, 2, pfn(0x2000));
    *word = 77;
    assert_int_equal(*(uint32_t *)machine_pointer(direct_map_frame(pfn(0x2000))), 77);
    assert_int_equal(heap_area_page(vaddr(HEAP_AREA_BASE + 2 * PAGE_SIZE + 5)), 2);
    assert_int_equal(heap_area_unmap(TABLES, 2).value, 0x2000);
    assert_int_equal(heap_area_entry(TABLES, 2), 0);
    assert_false(machine_touch(vaddr(HEAP_AREA_BASE + 2 * PAGE_SIZE), false));
    heap_area_map(TABLES, 2, pfn(0x3000)); /* the machine has forgotten the old entry */
    *word = 78;
    assert_int_equal(*(uint32_t *)machine_pointer(direct_map_frame(pfn(0x2000))), 77);
    assert_int_equal(*(uint32_t *)machine_pointer(direct_map_frame(pfn(0x3000))), 78);
    machine_load_cr3(boot);
}

static void run_map_twice(void *context)
{
    (void)context;
    heap_area_map(TABLES, 9, pfn(0x2000));
    heap_area_map(TABLES, 9, pfn(0x2001));
}

static void run_unmap(void *context)
{
    heap_area_unmap(TABLES, *(const uint32_t *)context);
}

MACHINE_TEST(panics_on_unmapping_an_unmapped_page_and_on_mapping_twice)
{
    pgtable_build_kernel(pfn(FRAMES));
    assert_panics(run_unmap, &(uint32_t){8}, "heap_area_unmap: page is not mapped: 0xf0008000");
    assert_panics(run_map_twice, NULL, "heap_area_map: (entry[page] & PTE_PRESENT) == 0");
}

MACHINE_TEST(checker_sees_a_foreign_entry)
{
    static const uint32_t indices[] = {0, 0x300, 0x3bf, 0x3c0, 0x3cf, 0x3d0, 0x3ff};

    for (uint32_t i = 0; i < sizeof indices / sizeof indices[0]; i++) {
        pgtable_build_kernel(pfn(FRAMES));
        directory()[indices[i]] ^= PTE_WRITABLE;
        assert_string_equal(pgtable_check_kernel(pfn(FRAMES), USER_END),
                            "pgtable: a directory entry is not the kernel's");
    }
    pgtable_build_kernel(pfn(FRAMES));
    directory()[0x3c0] |= PTE_ACCESSED | PTE_DIRTY; /* the CPU may set these */
    assert_null(pgtable_check_kernel(pfn(FRAMES), USER_END));
    directory()[0] |= PTE_ACCESSED; /* but not in an entry that is not present */
    assert_non_null(pgtable_check_kernel(pfn(FRAMES), USER_END));
}

/* The directory entries of the machine's segments are not checked; those around them are. */
MACHINE_TEST(checker_leaves_the_segments_to_the_machine)
{
    static const struct {
        uint32_t index;
        bool machines;
    } cases[] = {{0x1ff, false}, {0x200, true}, {0x2ff, true}, {0x300, false}};

    for (uint32_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        pgtable_build_kernel(pfn(FRAMES));
        directory()[cases[i].index] = 0x00400000 | PTE_KERNEL | PTE_LARGE;
        assert_int_equal(pgtable_check_kernel(pfn(FRAMES), KSEG0_BASE) == NULL, cases[i].machines);
        assert_non_null(pgtable_check_kernel(pfn(FRAMES), USER_END));
    }
}
