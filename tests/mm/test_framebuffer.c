/* Tests the linear frame buffer, which maps a device's memory uncached in every address space. */
#include "support/model_mm.h"
#include "support/test.h"

#include <mm/framebuffer.h>
#include <mm/pgtable.h>
#include <mm/process.h>

static struct mm mm;

#define DEVICE      0xfd000000u
#define UNCACHED    (PTE_CACHE_DISABLE | PTE_WRITE_THROUGH)
#define LARGE_BYTES LARGE_PAGE_SIZE

static uint32_t *part_entry(uint32_t part)
{
    return &pgtable_entries(paddr_to_pfn(mm.directory))[FRAMEBUFFER_ENTRY + part];
}

static void map(uint32_t device, uint32_t bytes)
{
    assert_int_equal(framebuffer_map(&mm, paddr(device), bytes).value, FRAMEBUFFER_BASE);
    assert_sound(&mm);
}

/* Fails the test unless the frame buffer's address for `offset` shows the device's byte at
 * `offset`, uncached. */
static void assert_shown(uint32_t device, uint32_t offset, uint32_t page_bytes)
{
    struct mmu_walk walk;

    assert_true(
        mmu_walk(&machine_current->mmu, vaddr(FRAMEBUFFER_BASE + offset), MMU_WRITE, &walk));
    assert_int_equal(walk.pa.value, device + offset);
    assert_int_equal(walk.page_bytes, page_bytes);
    uint32_t entry = page_bytes == PAGE_SIZE ? walk.table_entry : walk.directory_entry;
    assert_int_equal(entry & UNCACHED, UNCACHED);
    assert_false(mmu_walk(&machine_current->mmu, vaddr(FRAMEBUFFER_BASE + offset),
                          MMU_READ | MMU_USER, &walk));
}

static void assert_not_shown(uint32_t offset)
{
    assert_false(machine_touch(vaddr(FRAMEBUFFER_BASE + offset), false));
}

MM_TEST(maps_large_pages)
{
    model_start(&mm, strategy, 64 * MIB);
    struct model_state before = model_state(&mm);
    map(DEVICE, 3 * LARGE_BYTES);
    assert_shown(DEVICE, 0, LARGE_BYTES);
    assert_shown(DEVICE, 3 * LARGE_BYTES - 1, LARGE_BYTES);
    assert_not_shown(3 * LARGE_BYTES);
    assert_same_state(&mm, &before); /* no page table was needed */
    assert_true(machine_touch(vaddr(FRAMEBUFFER_BASE), false));
    framebuffer_unmap(&mm);
    assert_not_shown(0);
    assert_same_state(&mm, &before);
    model_stop(&mm);
}

/* The kernel and the device see what the other one writes. */
MM_TEST(shows_the_devices_memory)
{
    uint32_t *device = arena_pointer(&machine_current->arena, paddr(DEVICE));

    model_start(&mm, strategy, 64 * MIB);
    map(DEVICE, LARGE_BYTES);
    device[1] = 0x12345678;
    assert_int_equal(window_read(FRAMEBUFFER_BASE + 4), 0x12345678);
    window_write(FRAMEBUFFER_BASE + LARGE_BYTES - 4, 0xcafef00d);
    assert_int_equal(device[LARGE_BYTES / 4 - 1], 0xcafef00d);
    model_stop(&mm);
}

/* Whole 4 MiB get large pages, the rest gets a page table. */
MM_TEST(maps_a_rest_by_a_page_table)
{
    model_start(&mm, strategy, 64 * MIB);
    uint32_t used = mm.counters.frames_used;
    map(DEVICE, LARGE_BYTES + PAGE_SIZE + 1);
    assert_shown(DEVICE, LARGE_BYTES - 1, LARGE_BYTES);
    assert_shown(DEVICE, LARGE_BYTES, PAGE_SIZE);
    assert_shown(DEVICE, LARGE_BYTES + 2 * PAGE_SIZE - 1, PAGE_SIZE);
    assert_not_shown(LARGE_BYTES + 2 * PAGE_SIZE);
    assert_true(mm.counters.frames_used > used);
    framebuffer_unmap(&mm);
    assert_frames_conserved(&mm);
    model_stop(&mm);
}

/* The device does not start at a multiple of 4 MiB, and fills the whole window. */
MM_TEST(maps_all_of_a_device_that_is_not_aligned)
{
    model_start(&mm, strategy, 64 * MIB);
    map(0xe0001000, FRAMEBUFFER_SIZE);
    assert_shown(0xe0001000, 0, PAGE_SIZE);
    assert_shown(0xe0001000, FRAMEBUFFER_SIZE - 1, PAGE_SIZE);
    framebuffer_unmap(&mm);
    assert_frames_conserved(&mm);
    model_stop(&mm);
}

/* The device ends at the last byte below 4 GiB. */
MM_TEST(maps_up_to_the_end)
{
    model_start(&mm, strategy, 64 * MIB);
    map(0xffffe000, 2 * PAGE_SIZE);
    assert_shown(0xffffe000, 2 * PAGE_SIZE - 1, PAGE_SIZE);
    framebuffer_unmap(&mm);
    model_stop(&mm);
}

MM_TEST(refuses_devices_that_do_not_fit)
{
    model_start(&mm, strategy, 64 * MIB);
    struct model_state before = model_state(&mm);
    assert_true(vaddr_is_none(framebuffer_map(&mm, paddr(0xe0000000), FRAMEBUFFER_SIZE + 1)));
    assert_int_equal(mm.failure.cause, MM_NO_ADDRESS_SPACE);
    map(DEVICE, PAGE_SIZE << 10);
    assert_true(vaddr_is_none(framebuffer_map(&mm, paddr(DEVICE), PAGE_SIZE)));
    assert_int_equal(mm.failure.cause, MM_NO_ADDRESS_SPACE);
    assert_shown(DEVICE, 0, LARGE_BYTES);
    framebuffer_unmap(&mm);
    framebuffer_unmap(&mm);
    assert_same_state(&mm, &before);
    model_stop(&mm);
}

/* Three page tables are needed. With fewer free frames, the call fails and changes nothing. */
MM_TEST(needs_all_of_its_page_tables)
{
    static pfn_t taken[64 * MIB / PAGE_SIZE];
    uint32_t count = 0;
    uint32_t failed = 0;

    model_start(&mm, strategy, 16 * MIB);
    while (!pfn_is_none(taken[count] = pages_alloc(&mm, 0, PAGES_LOW)))
        count++;
    for (;; pages_free(&mm, taken[--count], 0)) {
        /* Forgets the higher peak of the failed calls. */
        mm.counters.frames_used_peak = mm.counters.frames_used;
        mm.counters.heap_span_peak_bytes = mm.counters.heap_span_bytes;
        struct model_state before = model_state(&mm);
        if (!vaddr_is_none(framebuffer_map(&mm, paddr(0xe0001000), 3 * LARGE_BYTES)))
            break;
        failed++;
        assert_same_state(&mm, &before);
        assert_true(mm.failure.cause == MM_NO_FRAMES ||
                    (strategy_is(strategy, "primary") && mm.failure.cause == MM_NO_RUN));
    }
    assert_true(failed >= 3);
    assert_sound(&mm);
    framebuffer_unmap(&mm);
    while (count > 0)
        pages_free(&mm, taken[--count], 0);
    assert_frames_conserved(&mm);
    model_stop(&mm);
}

/* A process sees it, although the process copied nothing but the directory. */
MM_TEST(is_in_every_address_space)
{
    model_start(&mm, strategy, 64 * MIB);
    map(DEVICE, LARGE_BYTES + PAGE_SIZE);
    struct process *process = process_create(&mm, NULL);
    assert_non_null(process);
    process_switch(&mm, process);
    assert_shown(DEVICE, 0, LARGE_BYTES);
    assert_shown(DEVICE, LARGE_BYTES, PAGE_SIZE);
    assert_false(machine_user_touch(vaddr(FRAMEBUFFER_BASE), false));
    assert_int_equal(mm.failure.access.why, MM_ACCESS_KERNEL);
    process_exit(&mm, process);
    model_stop(&mm);
}

static void map_ram(void *context)
{
    (void)context;
    (void)framebuffer_map(&mm, paddr(64 * MIB - PAGE_SIZE), 2 * PAGE_SIZE);
}

static void map_bios(void *context)
{
    (void)context;
    (void)framebuffer_map(&mm, paddr(0xb8000), PAGE_SIZE);
}

static void map_crooked(void *context)
{
    (void)context;
    (void)framebuffer_map(&mm, paddr(DEVICE + 1), PAGE_SIZE);
}

static void map_late(void *context)
{
    (void)context;
    (void)framebuffer_map(&mm, paddr(DEVICE), PAGE_SIZE);
}

static void map_over_the_end(void *context)
{
    (void)context;
    (void)framebuffer_map(&mm, paddr(0xffffe000), 2 * PAGE_SIZE + 1);
}

static void unmap_late(void *context)
{
    (void)context;
    framebuffer_unmap(&mm);
}

MM_TEST(panics_on_a_callers_bug)
{
    const struct memmap_range ranges[] = {{4 * MIB, 32 * MIB - 1, true},
                                          {48 * MIB, 64 * MIB - 1, true}};
    struct memmap map_of_two;

    assert_true(memmap_build(&map_of_two, ranges, 2));
    assert_true(mm_init(&mm, strategy, &map_of_two));
    mm.map.range[mm.map.count - 1u].end = pfn(64 * MIB >> PAGE_SHIFT);
    assert_panics(map_ram, NULL, "panic: framebuffer_map: frame 0x03fff is ");
    assert_panics(map_bios, NULL, "panic: framebuffer_map: frame 0x000b8 is reserved");
    assert_panics(map_crooked, NULL, "panic: framebuffer_map: ");
    assert_panics(map_over_the_end, NULL, "panic: framebuffer_map: ");
    assert_non_null(process_create(&mm, NULL));
    assert_panics(map_late, NULL, "panic: framebuffer_map: there are processes");
    assert_panics(unmap_late, NULL, "panic: framebuffer_unmap: there are processes");
    mm_exit(&mm);
}

static void assert_broken(const char *rule)
{
    assert_string_equal(framebuffer_check(&mm), rule);
    assert_string_equal(mm_check(&mm), rule);
}

/* Changes an entry, expects the checker to name the rule, and restores the entry. */
static void break_entry(uint32_t *entry, uint32_t value, const char *rule)
{
    uint32_t good = *entry;

    *entry = value;
    assert_broken(rule);
    *entry = good;
    assert_null(framebuffer_check(&mm));
}

MM_TEST(checker_names_each_rule)
{
    static const char beyond[] = "framebuffer: a page behind the frame buffer is mapped";
    static const char wrong[] = "framebuffer: a page is not of the device, or is cached";

    model_start(&mm, strategy, 64 * MIB);
    map(DEVICE, LARGE_BYTES + 5 * PAGE_SIZE);
    uint32_t *page = pgtable_entries(paddr_to_pfn(paddr(*part_entry(1))));
    break_entry(part_entry(2), *part_entry(0), beyond);
    break_entry(part_entry(31), *part_entry(0), beyond);
    break_entry(part_entry(0), *part_entry(0) & ~PTE_CACHE_DISABLE, wrong);
    break_entry(part_entry(0), *part_entry(0) + LARGE_BYTES, wrong);
    break_entry(part_entry(1), *part_entry(1) & ~PTE_PRESENT, wrong);
    break_entry(part_entry(1), *part_entry(1) | PTE_USER, wrong);
    break_entry(&page[4], page[4] & ~PTE_WRITE_THROUGH, wrong);
    break_entry(&page[4], page[3], wrong);
    break_entry(&page[5], page[4] + PAGE_SIZE, wrong);
    model_stop(&mm);
}
