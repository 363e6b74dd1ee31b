/* What is special about `migrate`: it moves out of the heap's way what can be moved, whole, once,
 * and tells whoever has it. */
#include "support/checking.h"
#include "support/model_heap.h"
#include "support/model_process.h"

#include <mm/tempmap.h>
#include <stdlib.h>
#include <string.h>

#include "mm/brk_heap.h"
#include "mm/movable.h"

#define HEAP_FRAME RESERVED_END_PFN
#define START      0x10000000u
#define COOKIES    0x8000u

/* The strategy's state, as its source file has it. */
struct migrate_layout {
    struct brk_state brk;
    struct movable movable;
    struct frames_sorted singles;
};

static struct mm mm;

/* What a holder of pages knows: its cookie is an index. */
static struct {
    pfn_t first[COOKIES];
    uint32_t order[COOKIES];
    uint32_t count;
    uint32_t told;
} held;

static void on_move(void *context, uint32_t cookie, pfn_t from, pfn_t to)
{
    assert_ptr_equal(context, &held);
    assert_int_equal(held.first[cookie].value, from.value);
    held.first[cookie] = to;
    held.told++;
}

static void start_on(const struct memmap *map)
{
    memset(&held, 0, sizeof held);
    assert_true(mm_init(&mm, mm_strategy_find("migrate"), map));
    mm.moved = on_move;
    mm.moved_context = &held;
    assert_sound(&mm);
}

static void start(uint64_t ram_bytes)
{
    const struct memmap map = model_map(ram_bytes);

    start_on(&map);
}

static struct migrate_layout *layout(void)
{
    return mm.state;
}

static uint32_t *frame_word(pfn_t frame)
{
    return memory(pfn_to_paddr(frame).value);
}

/* false: there are none. */
static bool hold(uint32_t order, bool movable)
{
    pfn_t first = pages_alloc(&mm, order, PAGES_USER);

    if (pfn_is_none(first))
        return false;
    if (movable)
        pages_set_movable(&mm, first, order, held.count);
    for (uint32_t i = 0; i < 1u << order; i++)
        *frame_word(pfn_add(first, i)) = held.count << 10 | i;
    held.first[held.count] = first;
    held.order[held.count++] = order;
    return true;
}

static void drop(uint32_t cookie)
{
    if (pfn_is_none(held.first[cookie]))
        return;
    for (uint32_t i = 0; i < 1u << held.order[cookie]; i++)
        assert_int_equal(*frame_word(pfn_add(held.first[cookie], i)), cookie << 10 | i);
    pages_free(&mm, held.first[cookie], held.order[cookie]);
    held.first[cookie] = PFN_NONE;
}

static void stop(void)
{
    for (uint32_t cookie = 0; cookie < held.count; cookie++)
        drop(cookie);
    assert_frames_conserved(&mm);
    model_stop(&mm);
}

/* Movable pages in all frames; then only in [first, end). */
static void hold_only(uint32_t first, uint32_t end)
{
    while (hold(0, true))
        continue;
    for (uint32_t cookie = 0; cookie < held.count; cookie++)
        if (held.first[cookie].value < first || held.first[cookie].value >= end)
            drop(cookie);
}

static uint32_t holder_of(uint32_t frame)
{
    for (uint32_t cookie = 0; cookie < held.count; cookie++)
        if (held.first[cookie].value == frame)
            return cookie;
    fail_msg("frame 0x%x has no holder", frame);
    return 0;
}

static uint32_t top_frame(uint64_t ram_bytes)
{
    return (uint32_t)(ram_bytes / PAGE_SIZE) - mm.metadata_frames;
}

/*
 *     400 [X] . . . . . . . . . | metadata |       becomes       | heap . . . . . . [X] | metadata
 * |
 */
MACHINE_TEST(moves_a_page_to_the_other_end)
{
    start(32 * MIB);
    hold_only(HEAP_FRAME, HEAP_FRAME + 1);
    uint32_t cookie = holder_of(HEAP_FRAME);
    uint32_t used = mm.counters.frames_used;
    vaddr_t block = kmalloc(&mm, 100, PAGES_LOW);
    assert_int_equal(block.value, direct_map_frame(pfn(HEAP_FRAME)).value + 8);
    assert_int_equal(held.told, 1);
    assert_int_equal(held.first[cookie].value, top_frame(32 * MIB) - 1);
    assert_int_equal(mm.moves.count, 1);
    assert_int_equal(mm.moves.frames, 1);
    assert_int_equal(mm.moves.wasted, 0);
    assert_int_equal(mm.counters.frames_used, used + 1);
    assert_sound(&mm);
    kfree(&mm, block);
    stop();
}

/* The heap grows page by page over a hundred pages: each moves once, and none twice. */
MACHINE_TEST(moves_no_page_twice)
{
    vaddr_t blocks[200];

    start(32 * MIB);
    hold_only(HEAP_FRAME, HEAP_FRAME + 100);
    for (uint32_t i = 0; i < 200; i++)
        blocks[i] = kmalloc(&mm, PAGE_SIZE - 4, PAGES_LOW);
    assert_int_equal(mm.moves.count, 100);
    assert_sound(&mm);
    for (uint32_t i = 0; i < 200; i++)
        kfree(&mm, blocks[i]);
    stop();
}

/* As one, aligned, and what of them is beyond the heap's new end becomes free. */
MACHINE_TEST(moves_blocks_of_pages_whole)
{
    start(32 * MIB);
    while (hold(3, true))
        continue;
    for (uint32_t cookie = 0; cookie < held.count; cookie++)
        if (held.first[cookie].value != HEAP_FRAME + 8)
            drop(cookie);
    uint32_t cookie = holder_of(HEAP_FRAME + 8);
    vaddr_t block = kmalloc(&mm, 10 * PAGE_SIZE, PAGES_LOW);
    assert_int_equal(mm.counters.heap_span_bytes, 11 * PAGE_SIZE);
    assert_int_equal(mm.moves.count, 1);
    assert_int_equal(mm.moves.frames, 8);
    assert_int_equal(held.first[cookie].value % 8, 0);
    assert_true(held.first[cookie].value > top_frame(32 * MIB) - 16);
    assert_int_equal(mm.strategy->frame_kind(&mm, pfn(HEAP_FRAME + 11)), FRAME_FREE);
    assert_sound(&mm);
    kfree(&mm, block);
    stop();
}

/*
 *     400 . [m] . [P] . [m] . .          P is pinned: it blocks, not the movable ones before it
 */
MACHINE_TEST(names_what_it_cannot_move)
{
    start(32 * MIB);
    hold_only(HEAP_FRAME, HEAP_FRAME + 10);
    drop(holder_of(HEAP_FRAME));
    uint32_t cookie = holder_of(HEAP_FRAME + 3);
    movable_set(&layout()->movable, pfn(HEAP_FRAME + 3), 0, OWNER_NONE);
    frames_sorted_take(&layout()->singles, pfn(HEAP_FRAME + 3), pfn(HEAP_FRAME + 4));
    struct model_state before = model_state(&mm);
    assert_true(vaddr_is_none(kmalloc(&mm, 5 * PAGE_SIZE, PAGES_LOW)));
    assert_int_equal(mm.failure.cause, MM_BRK_BLOCKED);
    assert_int_equal(mm.failure.blocker.value, HEAP_FRAME + 3);
    assert_int_equal(mm.moves.count, 0);
    assert_same_state(&mm, &before);
    vaddr_t block = kmalloc(&mm, 2 * PAGE_SIZE, PAGES_LOW); /* up to there */
    assert_int_equal(mm.moves.count, 2);
    assert_true(vaddr_is_none(krealloc(&mm, block, 20 * PAGE_SIZE)));
    assert_int_equal(mm.failure.blocker.value, HEAP_FRAME + 3);
    drop(cookie);
    assert_int_equal(krealloc(&mm, block, 20 * PAGE_SIZE).value, block.value);
    kfree(&mm, block);
    stop();
}

/* Pages of the kernel, and user pages whose holder did not say that they may be moved. */
MACHINE_TEST(kernel_pages_stay)
{
    start(32 * MIB);
    while (hold(0, false))
        continue;
    for (uint32_t cookie = 0; cookie + 1 < held.count; cookie++)
        drop(cookie);
    assert_true(vaddr_is_none(kmalloc(&mm, 100, PAGES_LOW)));
    assert_int_equal(mm.failure.cause, MM_BRK_BLOCKED);
    assert_int_equal(mm.failure.blocker.value, HEAP_FRAME);
    stop();
}

/* All that is free lies in the way, and more is asked for than is free: nothing moves. */
MACHINE_TEST(does_not_start_what_it_cannot_end)
{
    start(32 * MIB);
    while (hold(0, true))
        continue;
    drop(holder_of(HEAP_FRAME + 1));
    drop(holder_of(HEAP_FRAME + 3));
    struct model_state before = model_state(&mm);
    assert_true(vaddr_is_none(kmalloc(&mm, 2 * PAGE_SIZE, PAGES_LOW)));
    assert_int_equal(mm.failure.cause, MM_NO_FRAMES);
    assert_int_equal(mm.moves.count, 0);
    assert_same_state(&mm, &before);
    vaddr_t block = kmalloc(&mm, 2 * PAGE_SIZE - 12, PAGES_LOW); /* 400 moves to 403, 401 is free */
    assert_int_equal(mm.counters.heap_span_bytes, 2 * PAGE_SIZE);
    assert_int_equal(mm.moves.count, 1);
    kfree(&mm, block);
    stop();
}

/*
 *     400 [m] . . . . . . . [8 pages] . .|all in use|    8 are free, but not in a row elsewhere
 *
 * That is known only when it comes to the block: the page before it has moved for nothing.
 */
MACHINE_TEST(counts_what_it_moved_for_nothing)
{
    start(32 * MIB);
    while (hold(0, true))
        continue;
    for (uint32_t i = 1; i < 16; i++)
        drop(holder_of(HEAP_FRAME + i));
    assert_true(hold(3, true));
    for (uint32_t i = 0; i < 9; i++)
        drop(holder_of(0x1100 + 2 * i));
    uint32_t moved = holder_of(HEAP_FRAME);
    assert_true(vaddr_is_none(kmalloc(&mm, 9 * PAGE_SIZE, PAGES_LOW)));
    assert_int_equal(mm.failure.cause, MM_BRK_BLOCKED);
    assert_int_equal(mm.failure.blocker.value, HEAP_FRAME + 8);
    assert_int_equal(mm.moves.count, 1);
    assert_int_equal(mm.moves.wasted, 1);
    assert_int_equal(held.first[moved].value, 0x1110);
    assert_sound(&mm);
    stop();
}

/* HIGH is full, so that pages lie in LOW; then some of HIGH becomes free: moved by a mapping. */
MACHINE_TEST(moves_to_high_by_temporary_mappings)
{
    const struct memmap map = model_map_zones(64);
    vaddr_t claimed[TEMPMAP_PAGES];

    start_on(&map);
    while (hold(0, true))
        continue;
    for (uint32_t cookie = 0; cookie < 10; cookie++)
        drop(cookie);
    for (uint32_t i = 0; i < TEMPMAP_PAGES; i++)
        claimed[i] = tempmap_claim(&mm, held.first[20]);
    assert_true(vaddr_is_none(kmalloc(&mm, 100, PAGES_LOW)));
    assert_int_equal(mm.failure.cause, MM_ZONE);
    assert_int_equal(mm.moves.count, 0);
    tempmap_release(&mm, claimed[0]);
    vaddr_t block = kmalloc(&mm, 100, PAGES_LOW);
    assert_false(vaddr_is_none(block));
    assert_int_equal(mm.moves.count, 1);
    for (uint32_t i = 1; i < TEMPMAP_PAGES; i++)
        tempmap_release(&mm, claimed[i]);
    kfree(&mm, block);
    stop();
}

/* A page of a process: the next access finds it where it is now. */
MACHINE_TEST(moves_pages_of_processes)
{
    start(32 * MIB);
    struct process *process = model_process(&mm, NULL);
    process_switch(&mm, process);
    assert_true(process_map(&mm, process, vaddr(START), 4 * PAGE_SIZE, true));
    assert_true(user_write(START, 0xabcd)); /* its page table, before memory is full */
    while (hold(0, true))
        continue;
    for (uint32_t i = 0; i < 3; i++)
        drop(holder_of(HEAP_FRAME + i));
    for (uint32_t i = 1; i < 4; i++)
        assert_true(user_write(START + i * PAGE_SIZE, 0x1000 + i));
    assert_int_equal(user_frame(process, START + 3 * PAGE_SIZE).value, HEAP_FRAME);
    for (uint32_t cookie = 0; cookie < 20; cookie++)
        drop(cookie);
    vaddr_t block = kmalloc(&mm, 2 * PAGE_SIZE, PAGES_LOW);
    assert_int_equal(mm.moves.count, 3);
    assert_int_equal(held.told, 0);
    for (uint32_t i = 1; i < 4; i++) {
        assert_true(user_frame(process, START + i * PAGE_SIZE).value > HEAP_FRAME + 3);
        assert_int_equal(user_word(START + i * PAGE_SIZE), 0x1000 + i);
    }
    assert_int_equal(user_word(START), 0xabcd);
    assert_true(user_write(START + PAGE_SIZE, 5));
    assert_int_equal(user_word(START + PAGE_SIZE), 5);
    assert_sound(&mm);
    kfree(&mm, block);
    process_exit(&mm, process);
    stop();
}

MACHINE_TEST(moves_vmalloc_pages)
{
    start(32 * MIB);
    while (hold(0, true))
        continue;
    for (uint32_t i = 0; i < 3; i++)
        drop(holder_of(HEAP_FRAME + i));
    vaddr_t area = vmalloc(&mm, 3 * PAGE_SIZE);
    model_fill(area, 3 * PAGE_SIZE, 9);
    for (uint32_t cookie = 0; cookie < 20; cookie++)
        drop(cookie);
    vaddr_t block = kmalloc(&mm, 2 * PAGE_SIZE, PAGES_LOW);
    assert_int_equal(mm.moves.count, 3);
    assert_true(model_holds(area, 3 * PAGE_SIZE, 9));
    vfree(&mm, area);
    kfree(&mm, block);
    stop();
}

/*
 *     400 . [m] [m] ... [m] | metadata |      a page for the kernel: not 400, but the highest
 */
MACHINE_TEST(kernel_pages_change_places)
{
    start(32 * MIB);
    while (hold(0, true))
        continue;
    drop(holder_of(HEAP_FRAME));
    uint32_t highest = top_frame(32 * MIB) - 1;
    uint32_t cookie = holder_of(highest);
    uint32_t used = mm.counters.frames_used;
    pfn_t page = pages_alloc(&mm, 0, PAGES_LOW);
    assert_int_equal(page.value, highest);
    assert_int_equal(held.first[cookie].value, HEAP_FRAME);
    assert_int_equal(mm.moves.count, 1);
    assert_int_equal(mm.counters.frames_used, used + 1);
    assert_sound(&mm);
    drop(cookie);
    assert_int_equal(pages_alloc(&mm, 0, PAGES_DMA).value, DMA_END_PFN - 1); /* in its zone */
    assert_int_equal(mm.moves.count, 2);
    for (uint32_t i = 0; i < held.count; i++)
        drop(i);
    vaddr_t block = kmalloc(&mm, 11 * MIB, PAGES_LOW); /* neither is in the way */
    assert_false(vaddr_is_none(block));
    kfree(&mm, block);
    pages_free(&mm, page, 0);
    pages_free(&mm, pfn(DMA_END_PFN - 1), 0);
    stop();
}

/* Where no page that can be moved lies higher, or brk is far away, nothing moves. */
MACHINE_TEST(kernel_pages_stay_where_that_helps_not)
{
    start(32 * MIB);
    pfn_t high = pages_alloc(&mm, 0, PAGES_LOW);
    assert_true(hold(0, true));
    pfn_t far = pages_alloc(&mm, 0, PAGES_LOW);
    assert_int_equal(far.value, high.value - 2);
    while (hold(0, false))
        continue;
    drop(0);
    drop(holder_of(HEAP_FRAME + 1));
    assert_true(hold(0, false)); /* in the place of the first */
    pfn_t near = pages_alloc(&mm, 0, PAGES_LOW);
    assert_int_equal(near.value, HEAP_FRAME + 1);
    pages_free(&mm, near, 0);
    drop(holder_of(HEAP_FRAME));
    pfn_t higher = pages_alloc(&mm, 0, PAGES_LOW);
    assert_int_equal(higher.value, HEAP_FRAME + 1);
    assert_true(hold(0, true)); /* below it */
    assert_int_equal(mm.moves.count, 0);
    pages_free(&mm, higher, 0);
    higher = pages_alloc(&mm, 0, PAGES_LOW);
    assert_int_equal(higher.value, HEAP_FRAME + 1);
    assert_int_equal(mm.moves.count, 0);
    pages_free(&mm, higher, 0);
    pages_free(&mm, far, 0);
    pages_free(&mm, high, 0);
    stop();
}

static void run_set_movable(void *context)
{
    pages_set_movable(&mm, held.first[0], 0, *(const uint32_t *)context);
}

MACHINE_TEST(wants_someone_to_tell)
{
    start(32 * MIB);
    assert_true(hold(0, true));
    assert_panics(run_set_movable, &(uint32_t){PAGES_COOKIES},
                  "pages_set_movable: mm->moved != NULL && cookie < PAGES_COOKIES");
    pages_set_movable(&mm, held.first[0], 0, PAGES_COOKIES - 1);
    mm.moved = NULL;
    assert_panics(run_set_movable, &(uint32_t){0}, "pages_set_movable: mm->moved != NULL");
    stop();
}

MACHINE_TEST(checker_names_each_rule)
{
    start(32 * MIB);
    const struct movable *movable = &layout()->movable;
    struct process *process = model_process(&mm, NULL);
    process_switch(&mm, process);
    assert_true(process_map(&mm, process, vaddr(START), PAGE_SIZE, true));
    assert_true(user_write(START, 1));
    pfn_t page = user_frame(process, START);
    pfn_t kernel = pages_alloc(&mm, 0, PAGES_LOW);
    uint32_t entry = movable_owner(movable, page);
    assert_true(hold(1, true));

    movable_set(movable, page, 0, entry + 4);
    assert_string_equal(mm_check(&mm), "movable: a page is mapped by another entry than its owner");
    movable_set(movable, page, 0, entry);

    movable_set(movable, kernel, 0, entry);
    assert_string_equal(mm_check(&mm), "movable: a page's owner is an entry that does not map it");
    movable_set(movable, kernel, 0, OWNER_NONE);

    movable_set(movable, pfn_add(held.first[0], 1), 0, owner_holder(1, 77));
    assert_string_equal(mm_check(&mm), "movable: a block's pages have not one owner");
    movable_set(movable, held.first[0], 1, owner_holder(1, 0));

    movable_set(movable, pfn(HEAP_FRAME), 0, owner_holder(0, 5));
    assert_string_equal(mm_check(&mm), "migrate: a frame has an owner, and is nobody's page");
    movable_set(movable, pfn(HEAP_FRAME), 0, OWNER_NONE);

    frames_sorted_take(&layout()->singles, page, pfn_add(page, 1));
    assert_string_equal(mm_check(&mm),
                        "migrate: the single pages are not those that have an owner");
    frames_sorted_free(&layout()->singles, page);
    layout()->singles.free_frames[ZONE_LOW]++;
    assert_string_equal(mm_check(&mm), "frames_sorted: free_frames disagrees with the free bits");
    layout()->singles.free_frames[ZONE_LOW]--;

    vaddr_t area = vmalloc(&mm, 1);
    uint32_t place = direct_map_inverse(mm.window_tables).value;
    pfn_t behind = paddr_to_pfn(paddr(*memory(place)));
    movable_set(movable, behind, 0, OWNER_NONE);
    assert_string_equal(mm_check(&mm), "movable: a page is mapped by another entry than its owner");
    movable_set(movable, behind, 0, place);
    vfree(&mm, area);

    pages_free(&mm, kernel, 0);
    process_exit(&mm, process);
    stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moves_a_page_to_the_other_end),
        cmocka_unit_test(moves_no_page_twice),
        cmocka_unit_test(moves_blocks_of_pages_whole),
        cmocka_unit_test(names_what_it_cannot_move),
        cmocka_unit_test(kernel_pages_stay),
        cmocka_unit_test(does_not_start_what_it_cannot_end),
        cmocka_unit_test(counts_what_it_moved_for_nothing),
        cmocka_unit_test(moves_to_high_by_temporary_mappings),
        cmocka_unit_test(moves_pages_of_processes),
        cmocka_unit_test(moves_vmalloc_pages),
        cmocka_unit_test(kernel_pages_change_places),
        cmocka_unit_test(kernel_pages_stay_where_that_helps_not),
        cmocka_unit_test(wants_someone_to_tell),
        cmocka_unit_test(checker_names_each_rule),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
