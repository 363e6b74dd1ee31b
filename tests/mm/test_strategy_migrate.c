/* Tests what only `migrate` does: it moves movable blocks out of the heap's way, whole and once,
 * and tells their holder. Pages of the kernel are tested in test_strategy_migrate_kernel.c. */
#include "support/checking.h"
#include "support/holder.h"
#include "support/model_heap.h"
#include "support/model_process.h"
#include "support/test.h"

#include <mm/tempmap.h>

#include "mm/brk_heap.h"
#include "mm/movable.h"

#define HEAP_FRAME RESERVED_END_PFN
#define START      0x10000000u

/* The strategy's state, laid out as in its source file. */
struct migrate_layout {
    struct brk_state brk;
    struct movable movable;
    struct frames_sorted singles;
};

static struct migrate_layout *layout(void)
{
    return subject.state;
}

static uint32_t top_frame(uint64_t ram_bytes)
{
    return (uint32_t)(ram_bytes / PAGE_SIZE) - subject.metadata_frames;
}

/*
 *     400 [X] . . . . . . . . . | metadata |       becomes       | heap . . . . . . [X] | metadata
 * |
 */
MACHINE_TEST(moves_a_page_to_the_other_end)
{
    holder_start(32 * MIB);
    holder_take_only(HEAP_FRAME, HEAP_FRAME + 1);
    uint32_t cookie = holder_cookie_of(HEAP_FRAME);
    uint32_t used = subject.counters.frames_used;
    vaddr_t block = kmalloc(&subject, 100, PAGES_LOW);
    assert_int_equal(block.value, direct_map_frame(pfn(HEAP_FRAME)).value + 8);
    assert_int_equal(holder.moves, 1);
    assert_int_equal(holder.first[cookie].value, top_frame(32 * MIB) - 1);
    assert_int_equal(subject.moves.count, 1);
    assert_int_equal(subject.moves.frames, 1);
    assert_int_equal(subject.moves.wasted, 0);
    assert_int_equal(subject.counters.frames_used, used + 1);
    assert_sound(&subject);
    kfree(&subject, block);
    holder_stop();
}

/* The heap grows page by page over a hundred pages. Each of them moves once. */
MACHINE_TEST(moves_no_page_twice)
{
    vaddr_t blocks[200];

    holder_start(32 * MIB);
    holder_take_only(HEAP_FRAME, HEAP_FRAME + 100);
    for (uint32_t i = 0; i < 200; i++)
        blocks[i] = kmalloc(&subject, PAGE_SIZE - 4, PAGES_LOW);
    assert_int_equal(subject.moves.count, 100);
    assert_sound(&subject);
    for (uint32_t i = 0; i < 200; i++)
        kfree(&subject, blocks[i]);
    holder_stop();
}

/* A block moves as a whole and stays aligned. Its frames beyond the heap's new end become free. */
MACHINE_TEST(moves_blocks_of_pages_whole)
{
    holder_start(32 * MIB);
    while (holder_take(3, true))
        continue;
    for (uint32_t cookie = 0; cookie < holder.count; cookie++)
        if (holder.first[cookie].value != HEAP_FRAME + 8)
            holder_free(cookie);
    uint32_t cookie = holder_cookie_of(HEAP_FRAME + 8);
    vaddr_t block = kmalloc(&subject, 10 * PAGE_SIZE, PAGES_LOW);
    assert_int_equal(subject.counters.heap_span_bytes, 11 * PAGE_SIZE);
    assert_int_equal(subject.moves.count, 1);
    assert_int_equal(subject.moves.frames, 8);
    assert_int_equal(holder.first[cookie].value % 8, 0);
    assert_true(holder.first[cookie].value > top_frame(32 * MIB) - 16);
    assert_int_equal(mm_frame_kind(&subject, pfn(HEAP_FRAME + 11)), FRAME_FREE);
    assert_sound(&subject);
    kfree(&subject, block);
    holder_stop();
}

/* 400 . [m] . [P] . [m] . .          P is pinned. P is named, not the movable page before it */
MACHINE_TEST(names_the_page_that_cannot_be_moved)
{
    holder_start(32 * MIB);
    holder_take_only(HEAP_FRAME, HEAP_FRAME + 10);
    holder_free(holder_cookie_of(HEAP_FRAME));
    uint32_t cookie = holder_cookie_of(HEAP_FRAME + 3);
    movable_set(&layout()->movable, pfn(HEAP_FRAME + 3), HOLDER_NONE);
    frames_sorted_take(&layout()->singles, pfn(HEAP_FRAME + 3), pfn(HEAP_FRAME + 4));
    struct model_state before = model_state(&subject);
    assert_blocked(kmalloc(&subject, 5 * PAGE_SIZE, PAGES_LOW), HEAP_FRAME + 3);
    assert_int_equal(subject.moves.count, 0);
    assert_same_state(&subject, &before);
    vaddr_t block = kmalloc(&subject, 2 * PAGE_SIZE, PAGES_LOW); /* reaches up to P */
    assert_int_equal(subject.moves.count, 2);
    assert_true(vaddr_is_none(krealloc(&subject, block, 20 * PAGE_SIZE)));
    assert_int_equal(subject.failure.blocker.value, HEAP_FRAME + 3);
    holder_free(cookie);
    assert_int_equal(krealloc(&subject, block, 20 * PAGE_SIZE).value, block.value);
    kfree(&subject, block);
    holder_stop();
}

/* Kernel pages are not moved, nor user pages whose holder did not allow it. */
MACHINE_TEST(pages_that_are_not_movable_stay)
{
    holder_start(32 * MIB);
    while (holder_take(0, false))
        continue;
    for (uint32_t cookie = 0; cookie + 1 < holder.count; cookie++)
        holder_free(cookie);
    assert_blocked(kmalloc(&subject, 100, PAGES_LOW), HEAP_FRAME);
    holder_stop();
}

/* All free frames lie in the way, and the request is larger than that: nothing moves. */
MACHINE_TEST(moves_nothing_if_the_request_cannot_succeed)
{
    holder_start(32 * MIB);
    while (holder_take(0, true))
        continue;
    holder_free(holder_cookie_of(HEAP_FRAME + 1));
    holder_free(holder_cookie_of(HEAP_FRAME + 3));
    struct model_state before = model_state(&subject);
    assert_no_block(kmalloc(&subject, 2 * PAGE_SIZE, PAGES_LOW), MM_NO_FRAMES);
    assert_int_equal(subject.moves.count, 0);
    assert_same_state(&subject, &before);
    vaddr_t block =
        kmalloc(&subject, 2 * PAGE_SIZE - 12, PAGES_LOW); /* 400 moves to 403; 401 is free */
    assert_int_equal(subject.counters.heap_span_bytes, 2 * PAGE_SIZE);
    assert_int_equal(subject.moves.count, 1);
    kfree(&subject, block);
    holder_stop();
}

/*
 * 400 [m] . . . . . . . [8 pages] . .|all in use|    8 frames are free elsewhere, but not in a row
 *
 * This shows only when the block is to move: by then the page before it has moved for nothing.
 */
MACHINE_TEST(counts_pages_moved_for_nothing)
{
    holder_start(32 * MIB);
    while (holder_take(0, true))
        continue;
    for (uint32_t i = 1; i < 16; i++)
        holder_free(holder_cookie_of(HEAP_FRAME + i));
    assert_true(holder_take(3, true));
    for (uint32_t i = 0; i < 9; i++)
        holder_free(holder_cookie_of(0x1100 + 2 * i));
    uint32_t moved = holder_cookie_of(HEAP_FRAME);
    assert_blocked(kmalloc(&subject, 9 * PAGE_SIZE, PAGES_LOW), HEAP_FRAME + 8);
    assert_int_equal(subject.moves.count, 1);
    assert_int_equal(subject.moves.wasted, 1);
    assert_int_equal(holder.first[moved].value, 0x1110);
    assert_sound(&subject);
    holder_stop();
}

/* Pages lie in LOW because HIGH is full. Then some of HIGH becomes free, and pages move there
 * through temporary mappings. */
MACHINE_TEST(moves_to_high_by_temporary_mappings)
{
    const struct memmap map = model_map_zones(64);
    vaddr_t claimed[TEMPMAP_PAGES];

    holder_start_on(&map);
    while (holder_take(0, true))
        continue;
    for (uint32_t cookie = 0; cookie < 10; cookie++)
        holder_free(cookie);
    for (uint32_t i = 0; i < TEMPMAP_PAGES; i++)
        claimed[i] = tempmap_claim(&subject, holder.first[20]);
    assert_no_block(kmalloc(&subject, 100, PAGES_LOW), MM_ZONE);
    assert_int_equal(subject.moves.count, 0);
    tempmap_release(&subject, claimed[0]);
    vaddr_t block = kmalloc(&subject, 100, PAGES_LOW);
    assert_false(vaddr_is_none(block));
    assert_int_equal(subject.moves.count, 1);
    for (uint32_t i = 1; i < TEMPMAP_PAGES; i++)
        tempmap_release(&subject, claimed[i]);
    kfree(&subject, block);
    holder_stop();
}

/* After a page of a process has moved, the next access finds it in its new frame. */
MACHINE_TEST(moves_pages_of_processes)
{
    holder_start(32 * MIB);
    struct process *process = model_process(&subject, NULL);
    process_switch(&subject, process);
    assert_true(process_map(&subject, process, vaddr(START), 4 * PAGE_SIZE, true));
    assert_true(user_write(START, 0xabcd)); /* takes its page table before memory is full */
    while (holder_take(0, true))
        continue;
    for (uint32_t i = 0; i < 3; i++)
        holder_free(holder_cookie_of(HEAP_FRAME + i));
    for (uint32_t i = 1; i < 4; i++)
        assert_true(user_write(START + i * PAGE_SIZE, 0x1000 + i));
    assert_int_equal(user_frame(process, START + 3 * PAGE_SIZE).value, HEAP_FRAME);
    for (uint32_t cookie = 0; cookie < 20; cookie++)
        holder_free(cookie);
    vaddr_t block = kmalloc(&subject, 2 * PAGE_SIZE, PAGES_LOW);
    assert_int_equal(subject.moves.count, 3);
    assert_int_equal(holder.moves, 0);
    for (uint32_t i = 1; i < 4; i++) {
        assert_true(user_frame(process, START + i * PAGE_SIZE).value > HEAP_FRAME + 3);
        assert_int_equal(user_word(START + i * PAGE_SIZE), 0x1000 + i);
    }
    assert_int_equal(user_word(START), 0xabcd);
    assert_true(user_write(START + PAGE_SIZE, 5));
    assert_int_equal(user_word(START + PAGE_SIZE), 5);
    assert_sound(&subject);
    kfree(&subject, block);
    process_exit(&subject, process);
    holder_stop();
}

MACHINE_TEST(moves_vmalloc_pages)
{
    holder_start(32 * MIB);
    while (holder_take(0, true))
        continue;
    for (uint32_t i = 0; i < 3; i++)
        holder_free(holder_cookie_of(HEAP_FRAME + i));
    vaddr_t area = vmalloc(&subject, 3 * PAGE_SIZE);
    model_fill(area, 3 * PAGE_SIZE, 9);
    for (uint32_t cookie = 0; cookie < 20; cookie++)
        holder_free(cookie);
    vaddr_t block = kmalloc(&subject, 2 * PAGE_SIZE, PAGES_LOW);
    assert_int_equal(subject.moves.count, 3);
    assert_true(model_holds(area, 3 * PAGE_SIZE, 9));
    vfree(&subject, area);
    kfree(&subject, block);
    holder_stop();
}

static void run_set_movable(void *context)
{
    pages_set_movable(&subject, holder.first[0], 0, *(const uint32_t *)context);
}

MACHINE_TEST(panics_without_a_holder_to_tell)
{
    holder_start(32 * MIB);
    assert_true(holder_take(0, true));
    assert_panics(run_set_movable, &(uint32_t){PAGES_COOKIES},
                  "pages_set_movable: mm->moved != NULL && cookie < PAGES_COOKIES");
    pages_set_movable(&subject, holder.first[0], 0, PAGES_COOKIES - 1);
    subject.moved = NULL;
    assert_panics(run_set_movable, &(uint32_t){0}, "pages_set_movable: mm->moved != NULL");
    holder_stop();
}

MACHINE_TEST(checker_names_each_rule)
{
    holder_start(32 * MIB);
    struct movable *movable = &layout()->movable;
    struct process *process = model_process(&subject, NULL);
    process_switch(&subject, process);
    assert_true(process_map(&subject, process, vaddr(START), PAGE_SIZE, true));
    assert_true(user_write(START, 1));
    pfn_t page = user_frame(process, START);
    pfn_t kernel = pages_alloc(&subject, 0, PAGES_LOW);
    uint32_t entry = movable_holder(movable, page);
    assert_true(holder_take(1, true));

    movable_set(movable, page, entry + 4);
    assert_string_equal(mm_check(&subject),
                        "movable: a page is mapped by another entry than its holder");
    movable_set(movable, page, entry);

    movable_set(movable, kernel, entry);
    assert_string_equal(mm_check(&subject),
                        "movable: a frame that no page table may map has an entry for its holder");
    movable_set(movable, kernel, holder_of_cookie(5));
    assert_string_equal(mm_check(&subject), "movable: a frame with a cookie begins no user pages");
    movable_set(movable, kernel, HOLDER_NONE);

    movable_set(movable, pfn_add(holder.first[0], 1), holder_of_cookie(77));
    assert_string_equal(mm_check(&subject), "movable: a frame with a cookie begins no user pages");
    movable_set(movable, pfn_add(holder.first[0], 1), HOLDER_NONE);

    pfn_t nobodys = mm_pages_take(&subject, 0, PAGES_LOW, OWNER_USER);
    movable_set(movable, nobodys, entry);
    assert_string_equal(movable_check(&subject, movable),
                        "movable: a page's holder is an entry that does not map it");
    movable_set(movable, nobodys, HOLDER_NONE);
    mm_pages_give(&subject, nobodys, 0);

    frames_sorted_take(&layout()->singles, page, pfn_add(page, 1));
    assert_string_equal(mm_check(&subject),
                        "migrate: the single pages are not those that have a holder");
    frames_sorted_free(&layout()->singles, page);
    layout()->singles.free_to[ZONE_LOW]++;
    assert_string_equal(mm_check(&subject), "frames_sorted: free_to disagrees with the free bits");
    layout()->singles.free_to[ZONE_LOW]--;

    vaddr_t area = vmalloc(&subject, 1);
    uint32_t place = direct_map_inverse(subject.heap_area_tables).value;
    pfn_t behind = paddr_to_pfn(paddr(*memory(place)));
    movable_set(movable, behind, HOLDER_NONE);
    assert_string_equal(mm_check(&subject),
                        "movable: a page is mapped by another entry than its holder");
    movable_set(movable, behind, place);
    vfree(&subject, area);

    pages_free(&subject, kernel, 0);
    process_exit(&subject, process);
    holder_stop();
}
