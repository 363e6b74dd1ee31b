/* Tests the window: when a page is mapped into it, and what removes the page. */
#include "replay/random.h"
#include "support/on_machine.h"
#include "support/test.h"

#include <string.h>

/* The tests' page table, and the 4 MiB of virtual memory under it. */
#define TABLE 0x2000u
#define BASE  0x40000000u

#define SMALL (PTE_PRESENT | PTE_WRITABLE)
#define LARGE (PTE_PRESENT | PTE_WRITABLE | PTE_LARGE)

/* The frame of the first page of BASE. Every second frame is used, so that the host cannot merge
 * the mappings. */
#define FRAMES 0x4000000u

static uint32_t *memory(uint32_t pa)
{
    return arena_pointer(&machine_current->arena, paddr(pa));
}

static uint32_t *directory_entry(uint32_t va)
{
    return memory(machine_current->mmu.cr3) + (va >> LARGE_PAGE_SHIFT);
}

static uint32_t frame_of(uint32_t page)
{
    return FRAMES + page * 2 * PAGE_SIZE;
}

static uint32_t *entry_of(uint32_t page)
{
    return memory(TABLE) + page;
}

static uint32_t va_of(uint32_t page)
{
    return BASE + page * PAGE_SIZE;
}

/* Maps pages [0, pages) of BASE. The first word of each frame is its physical address. */
static void map_pages(uint32_t pages, uint32_t flags)
{
    *directory_entry(BASE) = TABLE | SMALL;
    for (uint32_t page = 0; page < pages; page++) {
        *entry_of(page) = frame_of(page) | flags;
        *memory(frame_of(page)) = frame_of(page);
    }
}

/* Changes the frame of a page without an invalidation. */
static void remap_page(uint32_t page, uint32_t frame)
{
    *entry_of(page) = frame | (*entry_of(page) & PAGE_OFFSET_MASK);
    *memory(frame) = frame;
}

static uint32_t entries(void)
{
    return machine_current->window.entries.count;
}

static void smaller_window(uint32_t bound)
{
    struct machine_options options = {.window_entries = bound};

    machine_destroy(machine_current);
    assert_non_null(machine_create(&options));
}

MACHINE_TEST(the_direct_map_is_physical_memory)
{
    *memory(0x123458) = 0xfeedface;
    assert_int_equal(window_read(DIRECT_MAP_BASE + 0x123458), 0xfeedface);
    window_write(DIRECT_MAP_BASE + DIRECT_MAP_SIZE - 4, 0xc0ffee);
    assert_int_equal(*memory(DIRECT_MAP_SIZE - 4), 0xc0ffee);
    assert_int_equal(entries(), 2);
}

MACHINE_TEST(a_touch_fills_one_page_once)
{
    map_pages(2, SMALL);
    assert_int_equal(window_read(BASE), frame_of(0));
    assert_int_equal(window_read(BASE + 4), 0);
    assert_int_equal(machine_current->window.fills, 1);
    assert_int_equal(window_read(va_of(1)), frame_of(1));
    assert_int_equal(machine_current->window.fills, 2);
}

MACHINE_TEST(a_large_page_is_one_entry)
{
    *directory_entry(BASE) = 0x8000000 | LARGE;
    for (uint32_t offset = 0; offset < LARGE_PAGE_SIZE; offset += PAGE_SIZE)
        window_write(BASE + offset, offset + 1);
    assert_int_equal(entries(), 1);
    assert_int_equal(machine_current->window.fills, 1);
    for (uint32_t offset = 0; offset < LARGE_PAGE_SIZE; offset += PAGE_SIZE)
        assert_int_equal(*memory(0x8000000 + offset), offset + 1);
}

MACHINE_TEST(the_first_write_after_a_read_sets_dirty)
{
    map_pages(1, SMALL);
    assert_int_equal(window_read(BASE), frame_of(0));
    assert_int_equal(*entry_of(0), frame_of(0) | SMALL | PTE_ACCESSED);
    window_write(BASE, 1);
    assert_int_equal(*entry_of(0), frame_of(0) | SMALL | PTE_ACCESSED | PTE_DIRTY);
    assert_int_equal(*memory(frame_of(0)), 1);
    assert_int_equal(entries(), 1);

    *directory_entry(BASE) = 0x8000000 | LARGE;
    machine_invlpg(vaddr(BASE));
    window_read(BASE);
    assert_int_equal(*directory_entry(BASE), 0x8000000 | LARGE | PTE_ACCESSED);
    window_write(BASE, 1);
    assert_int_equal(*directory_entry(BASE), 0x8000000 | LARGE | PTE_ACCESSED | PTE_DIRTY);
}

MACHINE_TEST(an_entry_stays_until_invlpg)
{
    map_pages(2, SMALL);
    window_read(va_of(0));
    window_read(va_of(1));
    remap_page(0, 0x9000000);
    remap_page(1, 0x9001000);
    assert_int_equal(window_read(va_of(0)), frame_of(0));
    machine_invlpg(vaddr(va_of(0) + 0x123));
    assert_int_equal(window_read(va_of(0)), 0x9000000);
    assert_int_equal(window_read(va_of(1)), frame_of(1));

    /* If the page has no entry, this changes nothing. */
    machine_invlpg(vaddr(0x12345678));
    assert_int_equal(entries(), 2);
}

MACHINE_TEST(invlpg_drops_a_large_page_and_a_global_one)
{
    *directory_entry(BASE) = 0x8000000 | LARGE | PTE_GLOBAL;
    window_write(BASE, 1);
    *directory_entry(BASE) = 0x8400000 | LARGE | PTE_GLOBAL;
    *memory(0x8400000) = 2;
    assert_int_equal(window_read(BASE), 1);
    machine_invlpg(vaddr(BASE + 0x234567));
    assert_int_equal(window_read(BASE), 2);
}

/* Page 3 has no entry. The pages around the range keep theirs. */
MACHINE_TEST(invlpg_of_several_pages_drops_each_of_them)
{
    map_pages(7, SMALL);
    for (uint32_t page = 0; page < 7; page++)
        if (page != 3)
            window_read(va_of(page));
    for (uint32_t page = 0; page < 7; page++)
        remap_page(page, 0x9000000 + page * PAGE_SIZE);
    machine_invlpg_pages(vaddr(va_of(1)), 5);
    assert_int_equal(entries(), 2);
    for (uint32_t page = 1; page < 6; page++)
        assert_int_equal(window_read(va_of(page)), 0x9000000 + page * PAGE_SIZE);
    assert_int_equal(window_read(va_of(0)), frame_of(0));
    assert_int_equal(window_read(va_of(6)), frame_of(6));
}

MACHINE_TEST(invlpg_of_several_pages_drops_a_large_page_that_has_one_of_them)
{
    *directory_entry(BASE) = 0x8000000 | LARGE;
    window_write(BASE, 1);
    *directory_entry(BASE) = 0x8400000 | LARGE;
    *memory(0x8400000) = 2;
    machine_invlpg_pages(vaddr(BASE + LARGE_PAGE_SIZE - PAGE_SIZE), 2);
    assert_int_equal(window_read(BASE), 2);
}

/* Page 1 is not present. No fault is delivered for it before it is accessed. */
MACHINE_TEST(pages_that_will_be_written_need_no_trap)
{
    map_pages(3, SMALL);
    *entry_of(1) = 0;
    window_read(va_of(2));
    machine_will_write(vaddr(BASE), 3 * PAGE_SIZE);
    assert_int_equal(entries(), 2);
    assert_int_equal(*entry_of(0), frame_of(0) | SMALL | PTE_ACCESSED | PTE_DIRTY);
    assert_int_equal(*entry_of(1), 0);
    assert_int_equal(*entry_of(2), frame_of(2) | SMALL | PTE_ACCESSED);
    window_write(va_of(0), 5);
    assert_int_equal(machine_current->window.fills, 2);
    assert_int_equal(*memory(frame_of(0)), 5);
    assert_int_equal(machine_current->page_faults, 0);
}

MACHINE_TEST(a_cr3_load_keeps_global_pages)
{
    map_pages(2, SMALL);
    *entry_of(1) |= PTE_GLOBAL;
    window_read(va_of(0));
    window_read(va_of(1));
    remap_page(0, 0x9000000);
    remap_page(1, 0x9001000);
    machine_load_cr3(paddr(MACHINE_BOOT_DIRECTORY));
    assert_int_equal(window_read(va_of(0)), 0x9000000);
    assert_int_equal(window_read(va_of(1)), frame_of(1));
}

MACHINE_TEST(without_pge_nothing_is_global)
{
    machine_load_cr4(machine_current, CR4_PSE);
    map_pages(1, SMALL | PTE_GLOBAL);
    window_read(BASE);
    remap_page(0, 0x9000000);
    machine_load_cr3(paddr(MACHINE_BOOT_DIRECTORY));
    assert_int_equal(window_read(BASE), 0x9000000);
}

MACHINE_TEST(control_registers_drop_all_entries)
{
    map_pages(1, SMALL | PTE_GLOBAL);
    window_read(BASE);
    machine_load_cr4(machine_current, CR4_PSE | CR4_PGE);
    machine_load_cr0(machine_current, CR0_PG | CR0_WP);
    assert_int_equal(entries(), 1);
    machine_load_cr4(machine_current, CR4_PSE);
    assert_int_equal(entries(), 0);
    window_read(BASE);
    machine_load_cr0(machine_current, CR0_PG);
    assert_int_equal(entries(), 0);
}

MACHINE_TEST(write_protection_of_the_kernel_is_wp)
{
    map_pages(1, PTE_PRESENT);
    machine_load_cr0(machine_current, CR0_PG);
    window_write(BASE, 5);
    assert_int_equal(*memory(frame_of(0)), 5);
    assert_int_equal(*entry_of(0), frame_of(0) | PTE_PRESENT | PTE_ACCESSED | PTE_DIRTY);
}

MACHINE_TEST(without_paging_the_window_is_physical)
{
    machine_load_cr0(machine_current, 0);
    window_write(0x10, 77);
    assert_int_equal(*memory(0x10), 77);
    window_write(0xfffffffc, 78);
    assert_int_equal(*memory(0xfffffffc), 78);
}

/* Many entries are dropped by a single mapping over all of them, few are dropped one by one. Both
 * ways keep global entries. */
MACHINE_TEST(a_cr3_load_drops_any_number_of_entries)
{
    static const uint32_t counts[] = {1, 2, 63, 64, 65, 66, 67, 300, 1024};

    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        map_pages(1024, SMALL);
        *entry_of(0) |= PTE_GLOBAL;
        machine_invlpg(vaddr(BASE));
        for (uint32_t page = 0; page < counts[i]; page++)
            window_write(va_of(page), window_read(va_of(page)) + 1);
        assert_int_equal(entries(), counts[i]);
        remap_page(0, 0x9000000);
        machine_load_cr3(paddr(MACHINE_BOOT_DIRECTORY));
        assert_int_equal(entries(), 1);
        assert_int_equal(window_read(BASE), frame_of(0) + 1);
        for (uint32_t page = 1; page < counts[i]; page++)
            assert_int_equal(window_read(va_of(page)), frame_of(page) + 1);
        machine_load_cr3(paddr(MACHINE_BOOT_DIRECTORY));
    }
}

MACHINE_TEST(a_full_window_evicts_the_oldest)
{
    smaller_window(8);
    map_pages(20, SMALL);
    for (uint32_t page = 0; page < 8; page++)
        window_read(va_of(page));
    for (uint32_t page = 0; page < 8; page++)
        remap_page(page, 0x9000000 + page * PAGE_SIZE);

    assert_int_equal(window_read(va_of(8)), frame_of(8));
    assert_int_equal(entries(), 8);
    assert_int_equal(machine_current->window.evictions, 1);
    for (uint32_t page = 1; page < 8; page++)
        assert_int_equal(window_read(va_of(page)), frame_of(page));
    assert_int_equal(window_read(va_of(0)), 0x9000000);
    assert_int_equal(machine_current->window.evictions, 2);
    assert_int_equal(window_read(va_of(1)), 0x9001000);
}

MACHINE_TEST(data_survive_eviction)
{
    uint32_t seed = 7;
    uint32_t expected[64];

    smaller_window(1); /* raised to WINDOW_ENTRIES_MIN */
    map_pages(64, SMALL);
    for (uint32_t page = 0; page < 64; page++)
        expected[page] = frame_of(page);
    for (uint32_t i = 0; i < 2000; i++) {
        uint32_t page = random32(&seed) % 64;
        assert_int_equal(window_read(va_of(page)), expected[page]);
        expected[page] = random32(&seed);
        window_write(va_of(page), expected[page]);
        if (seed % 16 == 0)
            machine_invlpg(vaddr(va_of(seed % 64)));
        assert_in_range(entries(), 1, WINDOW_ENTRIES_MIN);
    }
}

MACHINE_TEST(an_access_may_cross_a_page)
{
    unsigned char *bytes = machine_pointer(vaddr(va_of(1) - 2));
    uint32_t value = 0x44332211;

    map_pages(2, SMALL);
    memcpy(bytes, &value, sizeof value);
    assert_int_equal(*memory(frame_of(0) + 0xffc) >> 16, 0x2211);
    assert_int_equal(*memory(frame_of(1)) & 0xffff, 0x4433);
}

/* The page size changes without an invalidation: the entry of a fill replaces the entries that it
 * overlaps. */
MACHINE_TEST(a_large_page_replaces_small_ones_and_back)
{
    map_pages(3, SMALL);
    for (uint32_t page = 0; page < 3; page++)
        window_read(va_of(page));
    *directory_entry(BASE) = 0x8000000 | LARGE;
    *memory(0x8000000) = 11;
    *memory(0x8003000) = 12;
    assert_int_equal(window_read(va_of(0)), frame_of(0));
    assert_int_equal(window_read(va_of(3)), 12);
    assert_int_equal(entries(), 1);
    assert_int_equal(window_read(va_of(0)), 11);

    *directory_entry(BASE) = TABLE | SMALL;
    window_write(va_of(1), 13); /* the large entry is not dirty, so this write walks */
    assert_int_equal(entries(), 1);
    assert_int_equal(*memory(frame_of(1)), 13);
    assert_int_equal(window_read(va_of(0)), frame_of(0));
}

MACHINE_TEST(every_page_of_the_heap_window_may_have_an_entry)
{
    smaller_window(4000);
    for (uint32_t region = 0; region < 5; region++) {
        *directory_entry(BASE + region * LARGE_PAGE_SIZE) = (TABLE + region * PAGE_SIZE) | SMALL;
        for (uint32_t page = 0; page < 1024; page++)
            memory(TABLE + region * PAGE_SIZE)[page] = (FRAMES + (page ^ 1) * PAGE_SIZE) | SMALL;
    }
    for (uint32_t page = 0; page < 5 * 1024; page += 1)
        window_write(va_of(page), page);
    assert_int_equal(entries(), 4000);
    assert_int_equal(machine_current->window.evictions, 1120);
}
