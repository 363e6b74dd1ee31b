/* Tests processes: what they consist of, where their memory is, how they end, and how address
 * spaces lie side by side. */
#include "support/model_heap.h"
#include "support/model_process.h"
#include "support/test.h"
#include <mm/frame_owner.h>

#include <mm/pgtable.h>

#include <string.h>

static struct mm mm;

/* ---- beginning and end ---- */

MM_TEST(a_process_takes_two_frames_and_gives_them_back)
{
    model_start(&mm, strategy, 64 * MIB);
    struct process *process = model_process(&mm, NULL);
    if (!strategy_is(strategy, "primary")) /* a page of primary reaches into the frame before it */
        assert_int_equal(mm.counters.frames_used, mm.metadata_frames + 2);
    assert_int_equal(process->frames, 0);
    assert_int_equal(process->tables, 0);
    assert_ptr_equal(process, machine_pointer(direct_map_frame(process->control)));
    assert_true(zone_of(process->control) != ZONE_HIGH);
    assert_true(zone_of(process->directory) != ZONE_HIGH);
    assert_null(mm.current);
    process_exit(&mm, process);
    assert_true(vaddr_is_none(mm.processes));
    assert_frames_conserved(&mm);
    model_stop(&mm);
}

/* Touches pages all over user space, each with a page table of its own. */
static void touch_everywhere(struct process *process)
{
    process_switch(&mm, process);
    for (uint32_t at = USER_START; at < USER_STACK; at += 16 * MIB) {
        assert_true(process_map(&mm, process, vaddr(at), 3 * PAGE_SIZE, true));
        assert_true(user_write(at, at) && user_write(at + 2 * PAGE_SIZE, at));
    }
    assert_true(user_write(USER_STACK, 1));
    assert_sound(&mm);
}

MM_TEST(page_tables_go_with_the_process)
{
    model_start(&mm, strategy, 64 * MIB);
    struct process *process = model_process(&mm, NULL);
    touch_everywhere(process);
    uint32_t places = mm.user_end / (16 * MIB);
    assert_int_equal(process->tables, places + 1);
    assert_int_equal(process->frames, 2 * places + 1);
    process_exit(&mm, process); /* the current process */
    assert_null(mm.current);
    assert_int_equal(machine_read_cr3().value, mm.directory.value);
    assert_frames_conserved(&mm);
    model_stop(&mm);
}

static uint32_t ring_length(void)
{
    vaddr_t at = mm.processes;
    uint32_t length = 0;

    if (vaddr_is_none(at))
        return 0;
    do {
        at = ((const struct process *)machine_pointer(at))->next;
        length++;
    } while (at.value != mm.processes.value);
    return length;
}

/* Processes leave in any order, and the ring stays closed. */
MM_TEST(processes_are_a_ring)
{
    static const uint32_t orders[][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                         {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};

    model_start(&mm, strategy, 64 * MIB);
    for (uint32_t order = 0; order < 6; order++) {
        struct process *process[3];
        for (uint32_t i = 0; i < 3; i++)
            process[i] = model_process(&mm, NULL);
        for (uint32_t i = 0; i < 3; i++) {
            process_exit(&mm, process[orders[order][i]]);
            assert_sound(&mm);
            assert_int_equal(ring_length(), 2 - i);
        }
        assert_true(vaddr_is_none(mm.processes));
    }
    assert_frames_conserved(&mm);
    model_stop(&mm);
}

MM_TEST(a_process_that_does_not_run_may_end)
{
    model_start(&mm, strategy, 64 * MIB);
    struct process *one = model_process(&mm, NULL);
    struct process *other = model_process(&mm, NULL);
    process_switch(&mm, one);
    assert_true(user_write(USER_STACK, 1));
    process_switch(&mm, other);
    assert_true(user_write(USER_STACK, 2));
    process_exit(&mm, one);
    assert_ptr_equal(mm.current, other);
    assert_int_equal(machine_read_cr3().value, pfn_to_paddr(other->directory).value);
    assert_int_equal(user_word(USER_STACK), 2);
    process_exit(&mm, other);
    assert_frames_conserved(&mm);
    model_stop(&mm);
}

/* ---- images ---- */

static const char text[2 * PAGE_SIZE + 5] = "push mov ret";
static const char data[PAGE_SIZE] = "names and numbers";

/* 08048000   0804b000   0804c000                    0804d000
 *  | .text    | .data    | .bss                       | heap, empty */
static const struct process_image image = {text, sizeof text, data, sizeof data, 100};

MM_TEST(an_image_is_mapped_at_its_addresses)
{
    const struct memmap map = model_map_zones(0);
    char copy[sizeof text];

    assert_true(mm_init(&mm, strategy, &map));
    model_dirty_free_frames(&mm);
    struct process *process = model_process(&mm, &image);
    assert_int_equal(process->frames, 4); /* the pages that have contents */
    assert_int_equal(process->tables, 1);
    assert_int_equal(process->heap_start.value, 0x0804d000);
    assert_int_equal(process->heap_end.value, 0x0804d000);
    assert_true(process_copy_out(&mm, process, copy, vaddr(0x08048000), sizeof text));
    assert_memory_equal(copy, text, sizeof text);
    assert_true(process_copy_out(&mm, process, copy, vaddr(0x0804b000), sizeof data));
    assert_memory_equal(copy, data, sizeof data);
    process_switch(&mm, process);
    assert_int_equal(user_word(0x0804a008), 0); /* behind .text's last byte there are zeros */
    for (uint32_t at = 0; at < PAGE_SIZE; at += 4)
        assert_int_equal(user_word(0x0804c000 + at), 0);
    process_exit(&mm, process);
    assert_frames_conserved(&mm);
    model_stop(&mm);
}

MM_TEST(an_image_has_its_rights)
{
    model_start(&mm, strategy, 64 * MIB);
    struct process *process = model_process(&mm, &image);
    process_switch(&mm, process);
    assert_false(user_write(0x08048000, 1));
    assert_bad_access(&mm, 0x08048000, FAULT_USER | FAULT_WRITE | FAULT_PRESENT, MM_ACCESS_RIGHTS);
    assert_names_region(&mm, 0x08048000, 0x0804b000, REGION_TEXT);
    assert_true(user_write(0x0804b000, 1));
    assert_true(user_write(0x0804c064, 1)); /* .bss consists of whole pages */
    assert_false(user_read(0x0804d000, &(uint32_t){0}));
    assert_bad_access(&mm, 0x0804d000, FAULT_USER, MM_ACCESS_NO_REGION);
    assert_names_region(&mm, USER_STACK, MODEL_USER_END, REGION_STACK);
    assert_false(user_read(0x08047ffc, &(uint32_t){0}));
    assert_names_region(&mm, 0x08048000, 0x0804b000, REGION_TEXT);
    assert_sound(&mm);
    process_exit(&mm, process);
    assert_frames_conserved(&mm);
    model_stop(&mm);
}

/* The image has one part only, or none. */
MM_TEST(an_image_may_lack_parts)
{
    static const struct {
        struct process_image image;
        enum region_kind kind;
    } parts[] = {{{text, 1, NULL, 0, 0}, REGION_TEXT},
                 {{NULL, 0, data, 1, 0}, REGION_DATA},
                 {{NULL, 0, NULL, 0, 1}, REGION_BSS}};

    model_start(&mm, strategy, 64 * MIB);
    for (uint32_t i = 0; i < 3; i++) {
        struct process *process = model_process(&mm, &parts[i].image);
        const struct region *region = region_find(&process->regions, 0);
        assert_int_equal(region->start, USER_TEXT);
        assert_int_equal(region->end, USER_TEXT + PAGE_SIZE);
        assert_int_equal(region->kind, parts[i].kind);
        assert_int_equal(process->heap_start.value, USER_TEXT + PAGE_SIZE);
        assert_int_equal(process->regions.count, 2);
        process_exit(&mm, process);
    }
    struct process *process = model_process(&mm, &(struct process_image){0});
    assert_int_equal(process->heap_start.value, USER_TEXT);
    assert_int_equal(process->regions.count, 1);
    process_exit(&mm, process);
    assert_frames_conserved(&mm);
    model_stop(&mm);
}

/* At least one page below the stack belongs to nobody. Tests the largest image that fits, to the
 * page. */
MM_TEST(an_image_that_does_not_fit_is_refused)
{
    model_start(&mm, strategy, 64 * MIB);
    const uint32_t room = USER_STACK - USER_TEXT - PAGE_SIZE;
    const struct process_image fits = {.bss_bytes = room};
    const struct process_image too_large[] = {
        {.bss_bytes = room + 1},
        {.bss_bytes = UINT32_MAX},
        {text, PAGE_SIZE, NULL, 0, room - PAGE_SIZE + 1},
        {text, PAGE_SIZE, data, 1, room - 2 * PAGE_SIZE + 1},
        {text, UINT32_MAX, NULL, 0, 0},
        {text, PAGE_SIZE, data, UINT32_MAX, 0},
    };
    struct model_state before = model_state(&mm);
    for (uint32_t i = 0; i < sizeof too_large / sizeof too_large[0]; i++) {
        assert_null(process_create(&mm, &too_large[i]));
        assert_int_equal(mm.failure.cause, MM_NO_ADDRESS_SPACE);
        assert_same_state(&mm, &before);
    }
    process_exit(&mm, model_process(&mm, &fits));
    assert_frames_conserved(&mm);
    model_stop(&mm);
}

/* Contents of more than 4 MiB need more than one page table. */
MM_TEST(a_large_image_has_several_page_tables)
{
    static char large[5 * MIB];

    model_start(&mm, strategy, 64 * MIB);
    memset(large, 0x5a, sizeof large);
    struct process *process =
        model_process(&mm, &(struct process_image){large, sizeof large, large, 1, 0});
    assert_int_equal(process->frames, 5 * MIB / PAGE_SIZE + 1);
    assert_int_equal(process->tables, 2);
    process_switch(&mm, process);
    assert_int_equal(user_word(USER_TEXT + 5 * MIB - 4), 0x5a5a5a5a);
    assert_int_equal(user_word(USER_TEXT + 5 * MIB), 0x5a);
    process_exit(&mm, process);
    assert_frames_conserved(&mm);
    model_stop(&mm);
}

/* ---- its frames ---- */

static uint32_t visits[0x4000]; /* visits of each frame, a decimal digit for each kind */

static void note_visit(void *context, pfn_t frame)
{
    enum frame_kind kind = mm_frame_kind(&mm, frame);

    assert_ptr_equal(context, visits);
    assert_true(kind == FRAME_USER || kind == FRAME_PAGE_TABLE);
    visits[frame.value] += kind == FRAME_USER ? 1 : 10;
}

MM_TEST(a_process_has_its_frames_and_no_others)
{
    model_start(&mm, strategy, 64 * MIB);
    struct process *process = model_process(&mm, &image);
    struct process *other = model_process(&mm, NULL);
    for (uint32_t i = 0; i < 500; i++) /* more regions than the control page can hold */
        assert_true(process_map(&mm, process, vaddr(0x20000000 + i * 0x2000), 1, true));
    assert_false(vaddr_is_none(process->regions.pages));
    pfn_t page = pages_alloc(&mm, 0, PAGES_USER);
    uint32_t seen[11] = {0};
    memset(visits, 0, sizeof visits);
    process_for_each_frame(process, note_visit, visits);
    for (uint32_t frame = 0; frame < 0x4000; frame++)
        seen[visits[frame] <= 10 ? visits[frame] : 2]++;
    assert_int_equal(seen[1], 4);          /* pages with contents */
    assert_int_equal(seen[10], 2 + 1 + 2); /* tables of these pages and two frames of regions */
    assert_int_equal(seen[0] + seen[1] + seen[10], 0x4000); /* no frame is visited twice */
    assert_int_equal(visits[process->control.value], 10);
    assert_int_equal(visits[process->directory.value], 10);
    assert_int_equal(visits[user_frame(process, 0x0804a000).value], 1);
    assert_int_equal(visits[paddr_to_pfn(direct_map_inverse(process->regions.pages)).value], 10);
    assert_int_equal(visits[page.value], 0);
    assert_int_equal(visits[other->control.value], 0);
    assert_int_equal(visits[paddr_to_pfn(mm.directory).value], 0);
    pages_free(&mm, page, 0);
    process_exit(&mm, other);
    process_exit(&mm, process);
    assert_frames_conserved(&mm);
    model_stop(&mm);
}

/* ---- address spaces side by side ---- */

MM_TEST(each_sees_its_own_memory_at_the_same_address)
{
    struct process *process[4];

    model_start(&mm, strategy, 64 * MIB);
    for (uint32_t i = 0; i < 4; i++) {
        process[i] = model_process(&mm, NULL);
        assert_true(process_map(&mm, process[i], vaddr(0x10000000), PAGE_SIZE, true));
        process_switch(&mm, process[i]);
        assert_true(user_write(0x10000000, i + 1));
        assert_true(user_write(MODEL_USER_END - 4, ~i));
    }
    for (uint32_t round = 0; round < 8; round++) {
        uint32_t i = round * 3 % 4;
        process_switch(&mm, process[i]);
        assert_int_equal(user_word(0x10000000), i + 1);
        assert_int_equal(user_word(MODEL_USER_END - 4), ~i);
        assert_int_equal(window_read(0x10000000), i + 1); /* the kernel reads the process's page */
    }
    process_switch(&mm, NULL);
    assert_false(user_read(0x10000000, &(uint32_t){0}));
    assert_bad_access(&mm, 0x10000000, FAULT_USER, MM_ACCESS_NO_REGION);
    assert_names_region(&mm, 0, 0, REGION_TEXT);
    for (uint32_t i = 0; i < 4; i++)
        process_exit(&mm, process[i]);
    assert_frames_conserved(&mm);
    model_stop(&mm);
}

/* A kernel mapping made under one process exists under all others. */
MM_TEST(the_kernel_is_the_same_everywhere)
{
    model_start(&mm, strategy, 64 * MIB);
    struct process *one = model_process(&mm, NULL);
    struct process *other = model_process(&mm, NULL);
    uint64_t before = model_processes_hash(&mm);
    static uint32_t directory[PAGE_TABLE_ENTRIES];
    memcpy(directory, pgtable_entries(other->directory), sizeof directory);

    process_switch(&mm, one);
    vaddr_t block = kmalloc(&mm, 50000, PAGES_LOW);
    vaddr_t area = vmalloc(&mm, 100000);
    model_fill(block, 50000, 1); /* in `window` the frames come here */
    model_fill(area, 100000, 2);
    process_switch(&mm, other);
    assert_true(model_holds(block, 50000, 1) && model_holds(area, 100000, 2));
    for (uint32_t i = 0; i < PAGE_TABLE_ENTRIES; i++)
        assert_int_equal(
            (directory[i] ^ pgtable_entries(other->directory)[i]) & ~(PTE_ACCESSED | PTE_DIRTY), 0);
    vfree(&mm, area); /* the unmapped pages are gone in all of them, too */
    kfree(&mm, block);
    process_switch(&mm, one);
    assert_false(machine_touch(vaddr_add(area, 2 * PAGE_SIZE), false));
    process_switch(&mm, NULL);
    assert_true(model_processes_hash(&mm) == before);
    process_exit(&mm, one);
    process_exit(&mm, other);
    assert_frames_conserved(&mm);
    model_stop(&mm);
}

/* Each process sees its own page tables in the recursive slot. */
MM_TEST(the_recursive_slot_shows_a_processs_own_tables)
{
    model_start(&mm, strategy, 64 * MIB);
    const uint32_t entry_of_stack = PAGE_TABLES + (USER_STACK >> PAGE_SHIFT) * 4;
    struct process *process[2];
    for (uint32_t i = 0; i < 2; i++) {
        process[i] = model_process(&mm, NULL);
        process_switch(&mm, process[i]);
        assert_true(user_write(USER_STACK, i));
    }
    for (uint32_t i = 0; i < 2; i++) {
        uint32_t directory = pfn_to_paddr(process[i]->directory).value;
        process_switch(&mm, process[i]);
        assert_int_equal(window_read(entry_of_stack), user_entry_value(process[i], USER_STACK));
        assert_int_equal(window_read(entry_of_stack) >> PAGE_SHIFT,
                         user_frame(process[i], USER_STACK).value);
        assert_int_equal(window_read(PAGE_DIRECTORY + 4 * RECURSIVE_ENTRY) & PTE_FRAME_MASK,
                         directory);
        assert_int_equal(window_read(PAGE_DIRECTORY + 4 * 0x300), 0x1e3); /* the direct map */
        assert_int_equal(window_read(PAGE_DIRECTORY), 0);
    }
    process_switch(&mm, NULL);
    assert_int_equal(window_read(PAGE_DIRECTORY + 4 * RECURSIVE_ENTRY) & PTE_FRAME_MASK,
                     mm.directory.value);
    process_exit(&mm, process[0]);
    process_exit(&mm, process[1]);
    assert_frames_conserved(&mm);
    model_stop(&mm);
}
