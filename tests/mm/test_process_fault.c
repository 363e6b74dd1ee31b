/* Tests touches by processes: the first touch of a page, and those that are refused. */
#include "support/model_process.h"
#include "support/test.h"

#include <mm/pgtable.h>

static struct mm mm;
static struct process *process;

#define MAP  0x10000000u /* two writable pages */
#define READ 0x10004000u /* one read-only page */

static void start(const struct strategy *strategy)
{
    const struct memmap map = model_map_zones(0);

    assert_true(mm_init(&mm, strategy, &map));
    process = model_process(&mm, NULL);
    assert_true(process_map(&mm, process, vaddr(MAP), 2 * PAGE_SIZE, true));
    assert_true(process_map(&mm, process, vaddr(READ), PAGE_SIZE, false));
    process_switch(&mm, process);
}

static void assert_page_is_zero(uint32_t va)
{
    for (uint32_t at = 0; at < PAGE_SIZE; at += 4)
        assert_int_equal(user_word(va + at), 0);
}

/* ---- served ---- */

/* Every frame held junk. A read is a touch, too. */
MM_TEST(the_first_touch_finds_zeros)
{
    start(strategy);
    model_dirty_free_frames(&mm);
    assert_int_equal(process->frames, 0);
    assert_page_is_zero(MAP);
    assert_page_is_zero(READ);
    assert_page_is_zero(USER_STACK);
    assert_int_equal(process->frames, 3);
    assert_int_equal(process->tables, 2);
    assert_true(user_write(MAP + PAGE_SIZE, 5));
    assert_int_equal(user_word(MAP + PAGE_SIZE + 4), 0);
    model_process_stop(&mm, process);
}

/* A page gets one frame, however often it is touched. */
MM_TEST(later_touches_take_nothing)
{
    start(strategy);
    uint32_t faults = mm.user_faults;
    assert_true(user_write(MAP + 4, 1));
    assert_int_equal(mm.user_faults, faults + 1);
    assert_int_equal(mm.user_fault_frame.value, user_frame(process, MAP).value);
    uint32_t used = mm.counters.frames_used;
    assert_true(user_write(MAP + 8, 2) && user_word(MAP + 4) == 1);
    assert_true(machine_user_touch(vaddr(MAP), true) && machine_touch(vaddr(MAP), true));
    assert_int_equal(mm.user_faults, faults + 1);
    assert_int_equal(mm.counters.frames_used, used);
    assert_true(user_write(MAP + PAGE_SIZE - 2, 0x01020304)); /* across the edge of two pages */
    assert_int_equal(mm.user_faults, faults + 2);
    assert_int_equal(mm.user_fault_frame.value, user_frame(process, MAP + PAGE_SIZE).value);
    assert_int_equal(process->frames, 2);
    assert_int_equal(process->tables, 1);
    model_process_stop(&mm, process);
}

/* The kernel touches memory of the current process. The page then belongs to the process. */
MM_TEST(the_kernel_may_touch_a_page_first)
{
    start(strategy);
    window_write(MAP, 77);
    assert_int_equal(user_word(MAP), 77);
    assert_true(machine_touch(vaddr(USER_STACK), false));
    assert_int_equal(process->frames, 2);
    assert_true(user_write(USER_STACK, 1));
    assert_false(machine_touch(vaddr(READ), true)); /* CR0.WP forbids it to the kernel, too */
    assert_bad_access(&mm, READ, FAULT_WRITE, MM_ACCESS_RIGHTS);
    model_process_stop(&mm, process);
}

/* The rights in a page's entry are those of its region. */
MM_TEST(entries_have_the_regions_rights)
{
    const uint32_t rights = PTE_PRESENT | PTE_USER | PTE_WRITABLE;

    start(strategy);
    user_word(MAP);
    user_word(READ);
    assert_int_equal(user_entry_value(process, MAP) & rights, rights);
    assert_int_equal(user_entry_value(process, READ) & rights, PTE_PRESENT | PTE_USER);
    assert_int_equal(user_entry_value(process, MAP) & PTE_GLOBAL, 0);
    model_process_stop(&mm, process);
}

/* The stack's ends are tested to the byte. */
MM_TEST(the_stack_has_three_pages)
{
    start(strategy);
    assert_true(machine_store8(vaddr(MODEL_USER_END - 1), true, 1));
    assert_true(machine_store8(vaddr(MODEL_USER_END - 0x1001), true, 1));
    assert_true(machine_store8(vaddr(MODEL_USER_END - 0x3000), true, 1));
    assert_int_equal(process->frames, 3);
    assert_false(machine_store8(vaddr(MODEL_USER_END - 0x3001), true, 1));
    assert_bad_access(&mm, MODEL_USER_END - 0x3001, FAULT_USER | FAULT_WRITE, MM_ACCESS_NO_REGION);
    assert_names_region(&mm, USER_STACK, MODEL_USER_END, REGION_STACK);
    assert_false(machine_store8(vaddr(MODEL_USER_END), true, 1));
    assert_bad_access(&mm, MODEL_USER_END, FAULT_USER | FAULT_WRITE | FAULT_PRESENT,
                      MM_ACCESS_KERNEL);
    assert_names_region(&mm, 0, 0, REGION_TEXT);
    assert_int_equal(process->frames, 3);
    model_process_stop(&mm, process);
}

/* ---- refused ---- */

/* An access that is refused: the error code of the CPU and what the memory manager reports. */
struct refusal {
    uint32_t va;
    bool write;
    uint32_t error_code;
    enum mm_access_fault why;
    uint32_t start; /* of the region that is named, and its end */
    uint32_t end;
    enum region_kind kind;
};

#define STACK 0, 0, REGION_STACK /* wherever the stack is */
#define NONE  0, 0, REGION_TEXT

static const struct refusal refusals[] = {
    {0, false, 4, MM_ACCESS_NULL, MAP, MAP + 0x2000, REGION_ANONYMOUS},
    {0, true, 6, MM_ACCESS_NULL, MAP, MAP + 0x2000, REGION_ANONYMOUS},
    {0xfff, true, 6, MM_ACCESS_NULL, MAP, MAP + 0x2000, REGION_ANONYMOUS},
    {0x1000, false, 4, MM_ACCESS_NO_REGION, MAP, MAP + 0x2000, REGION_ANONYMOUS},
    {MAP - 1, true, 6, MM_ACCESS_NO_REGION, MAP, MAP + 0x2000, REGION_ANONYMOUS},
    {MAP + 0x2000, true, 6, MM_ACCESS_NO_REGION, READ, READ + 0x1000, REGION_ANONYMOUS},
    {READ, true, 6, MM_ACCESS_RIGHTS, READ, READ + 0x1000, REGION_ANONYMOUS},
    {READ + 0x1000, false, 4, MM_ACCESS_NO_REGION, STACK},
    {0xc0000000, false, 5, MM_ACCESS_KERNEL, NONE},
    {0xc0100000, true, 7, MM_ACCESS_KERNEL, NONE},
    {0xefffffff, false, 5, MM_ACCESS_KERNEL, NONE},
    {0xf0000000, true, 6, MM_ACCESS_KERNEL, NONE},
    {0xf3ffffff, false, 4, MM_ACCESS_KERNEL, NONE},
    {FRAMEBUFFER_BASE, true, 6, MM_ACCESS_KERNEL, NONE},
    {TEMPMAP_BASE, false, 4, MM_ACCESS_KERNEL, NONE},
    {PAGE_TABLES, true, 6, MM_ACCESS_KERNEL, NONE},
    {PAGE_DIRECTORY, false, 5, MM_ACCESS_KERNEL, NONE},
    {0xffffffff, true, 7, MM_ACCESS_KERNEL, NONE},
};

MM_TEST(refusals_say_where_how_and_why)
{
    start(strategy);
    struct model_state before = model_state(&mm);
    for (uint32_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        const struct refusal *refusal = &refusals[i];
        assert_false(machine_user_touch(vaddr(refusal->va), refusal->write));
        assert_bad_access(&mm, refusal->va, refusal->error_code, refusal->why);
        if (refusal->kind == REGION_STACK)
            assert_names_region(&mm, USER_STACK, MODEL_USER_END, REGION_STACK);
        else
            assert_names_region(&mm, refusal->start, refusal->end, refusal->kind);
        assert_int_equal(machine_read_cr2().value, refusal->va);
        assert_same_state(&mm, &before);
    }
    user_word(READ);
    assert_false(user_write(READ, 1)); /* also when the page is present: then a right is missing */
    assert_bad_access(&mm, READ, FAULT_USER | FAULT_WRITE | FAULT_PRESENT, MM_ACCESS_RIGHTS);
    model_process_stop(&mm, process);
}

/* No region is above the address, so none is named. */
MM_TEST(the_last_region_may_be_below)
{
    start(strategy);
    assert_true(process_unmap(&mm, process, vaddr(READ), MODEL_USER_END - READ));
    assert_false(user_write(READ, 1));
    assert_bad_access(&mm, READ, FAULT_USER | FAULT_WRITE, MM_ACCESS_NO_REGION);
    assert_names_region(&mm, 0, 0, REGION_TEXT);
    model_process_stop(&mm, process);
}

/* Pages of `window`'s heap that come at the first touch come only for the kernel. */
MM_TEST(a_process_does_not_get_the_heaps_pages)
{
    start(strategy);
    vaddr_t block = vmalloc(&mm, 4 * PAGE_SIZE);
    uint32_t present =
        strategy_is(strategy, "window") ? 0 : FAULT_PRESENT; /* others map it at once */
    uint32_t used = mm.counters.frames_used;
    assert_false(user_write(block.value + 2 * PAGE_SIZE, 1));
    assert_bad_access(&mm, block.value + 2 * PAGE_SIZE, FAULT_USER | FAULT_WRITE | present,
                      MM_ACCESS_KERNEL);
    assert_int_equal(mm.counters.frames_used, used);
    window_write(block.value + 2 * PAGE_SIZE, 1);
    assert_false(user_write(block.value + 2 * PAGE_SIZE, 1));
    assert_bad_access(&mm, block.value + 2 * PAGE_SIZE, FAULT_USER | FAULT_WRITE | FAULT_PRESENT,
                      MM_ACCESS_KERNEL);
    assert_false(user_read(block.value, &(uint32_t){0}));
    vfree(&mm, block);
    model_process_stop(&mm, process);
}

/* The kernel's own faults outside of a heap belong to nobody, with and without a process. */
MM_TEST(faults_of_the_kernel_report_their_address)
{
    start(strategy);
    for (uint32_t round = 0; round < 2; round++) {
        assert_false(machine_touch(vaddr(HEAP_AREA_BASE + 5), true));
        assert_bad_access(&mm, HEAP_AREA_BASE + 5, FAULT_WRITE, MM_ACCESS_KERNEL);
        assert_false(machine_touch(vaddr(MACHINE_PAGE), false));
        assert_bad_access(&mm, MACHINE_PAGE, 0, MM_ACCESS_KERNEL);
        assert_false(machine_touch(vaddr(4), false));
        assert_bad_access(&mm, 4, 0, MM_ACCESS_NULL);
        assert_false(machine_touch(vaddr(0x1000), false));
        assert_bad_access(&mm, 0x1000, 0, MM_ACCESS_NO_REGION);
        process_switch(&mm, NULL);
    }
    model_process_stop(&mm, process);
}

/* ---- the TLB ---- */

static void run_window_read(void *context)
{
    (void)window_read(*(const uint32_t *)context);
}

/* A page that is unmapped is gone at once, for the process and for the kernel's pointers. */
MM_TEST(no_access_outlives_its_page)
{
    start(strategy);
    assert_true(user_write(MAP, 1));
    assert_int_equal(window_read(MAP), 1);
    assert_true(process_unmap(&mm, process, vaddr(MAP), PAGE_SIZE));
    assert_false(user_read(MAP, &(uint32_t){0}));
    assert_bad_access(&mm, MAP, FAULT_USER, MM_ACCESS_NO_REGION);
    assert_panics(run_window_read, &(uint32_t){MAP}, "10000000");
    assert_true(process_map(&mm, process, vaddr(MAP), PAGE_SIZE, true));
    assert_int_equal(window_read(MAP), 0); /* the old content is gone */
    assert_int_equal(user_word(MAP), 0);
    model_process_stop(&mm, process);
}

/* So many pages that the whole TLB is flushed, and also under a second page table, which is freed.
 */
MM_TEST(no_access_outlives_its_page_when_many_are_unmapped)
{
    start(strategy);
    for (uint32_t pages = 30; pages < 40; pages++) {
        uint32_t at = 0x20000000 + (pages - 30) * LARGE_PAGE_SIZE;
        assert_true(process_map(&mm, process, vaddr(at), pages * PAGE_SIZE, true));
        for (uint32_t page = 0; page < pages; page++)
            window_write(at + page * PAGE_SIZE, user_word(at + page * PAGE_SIZE) + page);
        assert_true(process_unmap(&mm, process, vaddr(at), pages * PAGE_SIZE));
        for (uint32_t page = 0; page < pages; page++) {
            assert_false(machine_user_touch(vaddr(at + page * PAGE_SIZE), false));
            assert_false(machine_touch(vaddr(at + page * PAGE_SIZE), false));
        }
        assert_panics(run_window_read, &at, "");
    }
    model_process_stop(&mm, process);
}

/* The page belonged to a heap that shrinks. */
MM_TEST(no_access_outlives_the_heap)
{
    start(strategy);
    assert_true(process_setbrk(&mm, process, vaddr(USER_TEXT + 2 * PAGE_SIZE)));
    assert_true(user_write(USER_TEXT + PAGE_SIZE, 9));
    assert_true(process_setbrk(&mm, process, vaddr(USER_TEXT + 1)));
    assert_false(user_read(USER_TEXT + PAGE_SIZE, &(uint32_t){0}));
    assert_true(process_setbrk(&mm, process, vaddr(USER_TEXT + 2 * PAGE_SIZE)));
    assert_int_equal(user_word(USER_TEXT + PAGE_SIZE), 0);
    model_process_stop(&mm, process);
}

/* A new process sees nothing of the one before, whose frames it may have. */
MM_TEST(no_access_outlives_the_process)
{
    start(strategy);
    model_dirty_free_frames(&mm);
    assert_true(user_write(USER_STACK, 9) && user_write(MAP, 8));
    window_write(MAP + 4, 7);
    process_exit(&mm, process);
    assert_false(machine_touch(vaddr(MAP), false));
    process = model_process(&mm, NULL);
    process_switch(&mm, process);
    assert_false(machine_user_touch(vaddr(MAP), false));
    assert_page_is_zero(USER_STACK);
    model_process_stop(&mm, process);
}
