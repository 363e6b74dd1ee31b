/* Tests page faults: how they reach a memory manager, how they end, and the report if nobody
 * resolves them. */
#include "support/on_machine.h"
#include "support/test.h"

#include "machine/pc_memmap.h"
#include <mm/mm.h>
#include <mm/strategy.h>

#include <errno.h>

#define SPARE_PFN 0x1500u

/* A strategy that only takes page faults, and answers as the test chooses. */
enum answer { REFUSE, MAP, MAP_READ_ONLY, LIE, FAULT_AGAIN };

static struct {
    enum answer answer;
    enum mm_cause cause; /* the cause of a refusal */
    uint32_t frame;      /* the frame that the strategy maps */
    uint32_t calls;
    vaddr_t va;
    vaddr_t cr2;
    uint32_t error_code;
} taken;

static struct mm mm;

static uint32_t *window_entry_of(vaddr_t va)
{
    return (uint32_t *)machine_pointer(mm.heap_area_tables) + heap_area_page(va);
}

static bool take_fault(struct mm *manager, vaddr_t va, uint32_t error_code)
{
    taken.calls++;
    taken.va = va;
    taken.cr2 = machine_read_cr2();
    taken.error_code = error_code;
    errno = EDOM;
    switch (taken.answer) {
    case REFUSE:
        mm_fail(manager, taken.cause, PFN_NONE);
        return false;
    case MAP:
        *window_entry_of(va) = taken.frame << PAGE_SHIFT | PTE_PRESENT | PTE_WRITABLE;
        return true;
    case MAP_READ_ONLY:
        *window_entry_of(va) = taken.frame << PAGE_SHIFT | PTE_PRESENT;
        taken.answer = MAP;
        return true;
    case LIE:
        return true;
    case FAULT_AGAIN:
        return window_read(va.value + PAGE_SIZE) != 0;
    }
    return false;
}

static bool init_nothing(struct mm *manager)
{
    (void)manager;
    return true;
}

static const struct strategy fault_taker = {
    .name = "fault_taker", .init = init_nothing, .page_fault = take_fault};

static void start_manager(enum answer answer)
{
    struct pc_memmap ranges;
    struct memmap map;
    char error[256];

    taken.answer = answer;
    taken.cause = MM_BAD_ACCESS;
    taken.calls = 0;
    taken.frame = SPARE_PFN;
    assert_true(pc_memmap_for_ram(&ranges, 64u << 20, error, sizeof error));
    assert_true(memmap_build(&map, ranges.range, ranges.count));
    assert_true(mm_init(&mm, &fault_taker, &map));
}

struct access {
    uint32_t va;
    bool write;
};

static void access_window(void *context)
{
    const struct access *access = context;

    if (access->write)
        window_write(access->va, 1);
    else
        window_read(access->va);
}

static void assert_report(uint32_t va, bool write, const char *expected)
{
    struct access access = {va, write};

    assert_panics(access_window, &access, expected);
}

MACHINE_TEST(the_manager_takes_the_fault_and_the_access_repeats)
{
    start_manager(MAP);
    window_write(HEAP_AREA_BASE + 0x3010, 42);
    assert_int_equal(taken.calls, 1);
    assert_int_equal(taken.va.value, HEAP_AREA_BASE + 0x3010);
    assert_int_equal(taken.cr2.value, HEAP_AREA_BASE + 0x3010);
    assert_int_equal(taken.error_code, FAULT_WRITE);
    assert_int_equal(machine_current->page_faults, 1);

    uint32_t value;
    assert_true(machine_load32(direct_map(paddr((SPARE_PFN << PAGE_SHIFT) + 0x10)), false, &value));
    assert_int_equal(value, 42);
    mm_exit(&mm);
}

/* The handler writes page tables through the direct map, whose pages the window does not hold yet.
 */
MACHINE_TEST(faults_nest_in_the_handler)
{
    start_manager(MAP);
    machine_load_cr4(machine_current, CR4_PSE);
    machine_load_cr4(machine_current, CR4_PSE | CR4_PGE);
    uint64_t fills = machine_current->window.fills;

    window_read(HEAP_AREA_BASE);
    assert_int_equal(taken.calls, 1);
    assert_int_equal(taken.error_code, 0);
    assert_int_equal(machine_current->window.fills, fills + 2);
    assert_int_equal(machine_current->fault_depth, 0);
    mm_exit(&mm);
}

MACHINE_TEST(a_fault_leaves_errno_alone)
{
    start_manager(MAP);
    errno = ERANGE;
    window_read(HEAP_AREA_BASE);
    assert_int_equal(errno, ERANGE);
    assert_int_equal(taken.calls, 1);
    mm_exit(&mm);
}

MACHINE_TEST(one_access_may_need_two_faults)
{
    start_manager(MAP_READ_ONLY);
    window_write(HEAP_AREA_BASE, 1);
    assert_int_equal(taken.calls, 2);
    assert_int_equal(taken.error_code, FAULT_WRITE | FAULT_PRESENT);
    mm_exit(&mm);
}

MACHINE_TEST(the_window_holds_no_absent_entries)
{
    start_manager(REFUSE);
    assert_report(HEAP_AREA_BASE, false, "the page is not present");
    taken.answer = MAP;
    window_read(HEAP_AREA_BASE);
    assert_int_equal(taken.calls, 2);
    mm_exit(&mm);
}

/* Intel SDM vol. 3A, 4.10.4.1: a page fault drops the entry of its page. */
MACHINE_TEST(a_fault_drops_the_stale_entry)
{
    start_manager(MAP);
    window_read(HEAP_AREA_BASE);
    *window_entry_of(vaddr(HEAP_AREA_BASE)) = 0;
    window_read(HEAP_AREA_BASE);
    assert_int_equal(taken.calls, 1);
    window_write(HEAP_AREA_BASE, 1); /* not dirty yet, so the access walks, and faults */
    assert_int_equal(taken.calls, 2);

    *window_entry_of(vaddr(HEAP_AREA_BASE)) = 0;
    taken.frame = SPARE_PFN + 1;
    assert_int_equal(window_read(HEAP_AREA_BASE), 1);
    assert_true(machine_touch(vaddr(HEAP_AREA_BASE), false));
    assert_int_equal(taken.calls, 3);
    assert_int_equal(window_read(HEAP_AREA_BASE), 0);
    mm_exit(&mm);
}

MACHINE_TEST(a_touch_is_resolved_or_refused)
{
    start_manager(MAP);
    vaddr_t va = vaddr(HEAP_AREA_BASE + 0x5123);
    uint64_t fills = machine_current->window.fills;
    assert_true(machine_touch(va, false));
    assert_int_equal(taken.calls, 1);
    assert_int_equal(taken.va.value, va.value);
    assert_int_equal(taken.error_code, 0);
    assert_int_equal(*window_entry_of(va), SPARE_PFN << PAGE_SHIFT | 0x23);
    assert_true(machine_touch(va, true));
    assert_int_equal(*window_entry_of(va), SPARE_PFN << PAGE_SHIFT | 0x63);
    assert_int_equal(taken.calls, 1);
    assert_int_equal(machine_current->window.fills, fills); /* no signal came */

    taken.answer = REFUSE;
    assert_false(machine_touch(vaddr(HEAP_AREA_BASE), true));
    assert_int_equal(taken.error_code, FAULT_WRITE);
    mm_exit(&mm);
}

MACHINE_TEST(loads_and_stores_have_the_rights_of_their_ring)
{
    uint32_t value = 0;
    uint8_t byte = 0;
    vaddr_t va = vaddr(HEAP_AREA_BASE + 0xffe);

    start_manager(MAP);
    assert_true(machine_store32(va, false, 0x44332211));
    assert_int_equal(taken.calls, 2); /* the access crosses a page */
    assert_int_equal(taken.va.value, HEAP_AREA_BASE + 0x1000);
    assert_true(machine_load32(va, false, &value));
    assert_int_equal(value, 0x44332211);
    assert_true(machine_load8(vaddr_add(va, 2), false, &byte));
    assert_int_equal(byte, 0x33);
    assert_true(machine_store8(vaddr_add(va, 2), false, 0x55));
    assert_true(machine_load32(va, false, &value));
    assert_int_equal(value, 0x44552211);

    taken.answer = REFUSE; /* the strategy is not asked: kernel space is closed to ring 3 */
    assert_false(machine_load8(va, true, &byte));
    assert_int_equal(mm.failure.access.error_code, FAULT_PRESENT | FAULT_USER);
    assert_int_equal(mm.failure.access.va.value, va.value);
    assert_false(machine_store8(va, true, 1));
    assert_int_equal(mm.failure.access.error_code, FAULT_PRESENT | FAULT_USER | FAULT_WRITE);
    assert_int_equal(mm.failure.cause, MM_BAD_ACCESS);
    assert_int_equal(mm.failure.access.why, MM_ACCESS_KERNEL);
    assert_int_equal(taken.calls, 2);
    assert_false(machine_store32(vaddr(DIRECT_MAP_BASE - 2), false, 1));
    assert_false(machine_load32(vaddr(HEAP_AREA_BASE + 0x1ffe), false, &value));
    assert_int_equal(taken.va.value, HEAP_AREA_BASE + 0x2000);
    mm_exit(&mm);
}

MACHINE_TEST(a_store_that_faults_half_way_writes_nothing)
{
    uint32_t value;

    start_manager(MAP);
    assert_true(machine_store32(vaddr(HEAP_AREA_BASE + 0xffc), false, 0x1111));
    taken.answer = REFUSE;
    assert_false(machine_store32(vaddr(HEAP_AREA_BASE + 0xffd), false, 0xffffffff));
    assert_true(machine_load32(vaddr(HEAP_AREA_BASE + 0xffc), false, &value));
    assert_int_equal(value, 0x1111);
    mm_exit(&mm);
}

MACHINE_TEST(accesses_reach_the_last_byte_and_no_further)
{
    uint32_t value;
    uint8_t byte;

    start_manager(REFUSE);
    /* Overwrites the recursive entry. */
    ((uint32_t *)machine_pointer(direct_map(mm.directory)))[1023] =
        0x2000000 | PTE_PRESENT | PTE_WRITABLE | PTE_LARGE;
    assert_true(machine_store8(vaddr(UINT32_MAX), false, 9));
    assert_true(machine_load8(vaddr(UINT32_MAX), false, &byte));
    assert_int_equal(byte, 9);
    assert_true(machine_load32(vaddr(UINT32_MAX - 3), false, &value));
    assert_false(machine_load32(vaddr(UINT32_MAX - 2), false, &value));
    assert_int_equal(taken.calls, 0);
    mm_exit(&mm);
}

MACHINE_TEST(a_null_dereference_is_reported_as_one)
{
    assert_report(0x10, false,
                  "panic: kernel read at 0x00000010: null dereference: directory entry 0 is "
                  "0x00000000 (not present), no table entry; error code 0x0 (not present, read, "
                  "supervisor); the memory manager is not active");
    assert_report(0xffc, true, "panic: kernel write at 0x00000ffc: null dereference: ");
    assert_report(0x1000, false, "panic: kernel read at 0x00001000: no page table is present: ");
}

MACHINE_TEST(a_report_has_the_page_table_entries)
{
    start_manager(REFUSE);
    assert_report(HEAP_AREA_BASE + 0x5004, true,
                  "panic: kernel write at 0xf0005004: the page is not present: directory entry 960 "
                  "is 0x03fcf003 (frame 0x03fcf, writable, supervisor), table entry 5 is "
                  "0x00000000 (not present); error code 0x2 (not present, write, supervisor); the "
                  "memory manager has given this address to no one");
    *window_entry_of(vaddr(HEAP_AREA_BASE)) = 0x1234000 | PTE_PRESENT | PTE_USER;
    assert_report(HEAP_AREA_BASE, true,
                  "the page is read-only: directory entry 960 is 0x03fcf023 (frame 0x03fcf, "
                  "writable, supervisor), table entry 0 is 0x01234005 (frame 0x01234, read-only, "
                  "user); error code 0x3 (protection, write, supervisor)");
    ((uint32_t *)machine_pointer(direct_map(mm.directory)))[0x100] = 0x2003 | PTE_LARGE;
    assert_report(0x40000000, false,
                  "a reserved bit is set in the directory entry: directory entry 256 is "
                  "0x00002083 (frame 0x00002, writable, supervisor), no table entry; error code "
                  "0x9 (protection, read, supervisor)");
    mm_exit(&mm);
}

MACHINE_TEST(a_report_says_why_the_manager_refused)
{
    start_manager(REFUSE);
    taken.cause = MM_NO_FRAMES;
    assert_report(HEAP_AREA_BASE, true, "; the memory manager had no free frame for it");
    taken.cause = MM_ZONE;
    assert_report(HEAP_AREA_BASE, true, "had no free frame for it in the zones that serve it");
    mm_exit(&mm);
}

MACHINE_TEST(accesses_may_not_pass_the_end_of_virtual_memory)
{
    struct access access = {UINT32_MAX - 3, true};

    machine_window += 0x1000;
    assert_panics(access_window, &access, "kernel write past an end of virtual memory");
    machine_window -= 0x3000;
    access.va = 0;
    assert_panics(access_window, &access, "kernel write past an end of virtual memory");
    machine_window += 0x2000;
}

MACHINE_TEST(a_handler_that_resolves_nothing_is_caught)
{
    start_manager(LIE);
    assert_report(HEAP_AREA_BASE, false,
                  "panic: mm_page_fault: calls a fault resolved that the page tables still give, "
                  "at: 0xf0000000");
    mm_exit(&mm);
}

MACHINE_TEST(a_handler_that_faults_for_ever_is_caught)
{
    start_manager(FAULT_AGAIN);
    assert_report(HEAP_AREA_BASE, false,
                  "panic: mm_page_fault: faults again and again while it handles a fault, last at: "
                  "0xf0008000");
    assert_int_equal(machine_current->fault_depth, 0);
    taken.answer = MAP;
    assert_true(machine_touch(vaddr(HEAP_AREA_BASE), true));
    mm_exit(&mm);
}
