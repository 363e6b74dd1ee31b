/* Tests replaying the events of processes: what is counted, refused, skipped and blamed; the
 * digest. */
#include "replay/culprit.h"
#include "replay/slots.h"
#include "support/model_process.h"
#include "support/model_replay.h"
#include "support/test.h"

#include <mm/pgtable.h>

#define MAP 0x10000000u

/* ---- counting ---- */

MM_TEST(counts_requests_of_processes)
{
    model_replay_start(strategy, 64 * MIB);
    event_process(0);
    event_map(0, MAP, 5 * PAGE_SIZE, true);
    for (uint32_t page = 0; page < 5; page++)
        event_touch(0, MAP + page * PAGE_SIZE, page % 2 != 0);
    event_touch(0, MAP + 4, true); /* the page exists */
    event_setbrk(0, USER_TEXT + 10 * PAGE_SIZE);
    event_unmap(0, MAP, PAGE_SIZE);
    const struct replay_result *result = &model_replay.result;
    assert_int_equal(result->events, 10);
    assert_int_equal(result->requests[REQUEST_PROCESS], 1);
    assert_int_equal(result->requests[REQUEST_MAP], 2);
    assert_int_equal(result->requests[REQUEST_TOUCH], 6);
    assert_int_equal(result->requests[REQUEST_SETBRK], 1);
    assert_int_equal(replay_first_failure(result)->event, 0);
    assert_int_equal(process_in(0)->frames, 4);
    assert_int_equal(process_in(0)->heap_end.value, USER_TEXT + 10 * PAGE_SIZE);
    assert_int_equal(model_replay.processes[0].id, MODEL_PID(0));
    event_exit(0);
    assert_int_equal(model_replay.processes[0].state, SLOT_EMPTY);
    assert_true(vaddr_is_none(model_mm.processes));
    event_process(0);    /* the slot is free again */
    model_replay_stop(); /* ends the last process */
    assert_true(vaddr_is_none(model_mm.processes));
}

/* Each touch belongs to its process, whichever process the last one belonged to. */
MM_TEST(touches_switch_processes)
{
    model_replay_start(strategy, 64 * MIB);
    for (uint32_t i = 0; i < 3; i++)
        event_process(i);
    for (uint32_t i = 0; i < 12; i++) {
        event_touch(i % 3, USER_STACK + i / 6 * PAGE_SIZE, true);
        assert_ptr_equal(model_mm.current, process_in(i % 3));
    }
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(process_in(i)->frames, 2);
    assert_int_equal(model_replay.result.failures[REQUEST_TOUCH], 0);
    model_replay_stop();
}

/* In `primary` pages are blocks of the heap, and payload while they live. */
MM_TEST(pages_of_processes_are_payload_if_the_heap_serves_them)
{
    model_replay_start(strategy, 64 * MIB);
    event_process(0);
    event_touch(0, USER_STACK, true);
    /* The control page, the directory and a table. */
    uint32_t pages = strategy_is(strategy, "primary") ? 4 : 0;
    assert_int_equal(model_replay.result.heap_payload_peak_bytes, pages * PAGE_SIZE);
    model_replay_stop();
}

/* ---- failures ---- */

/* Each kind of bad access counts as a failed touch, and the first is recorded in full. */
MM_TEST(bad_accesses_are_recorded_as_failed_touches)
{
    static const struct {
        uint32_t address;
        bool write;
        uint32_t error_code;
        enum mm_access_fault why;
    } bad[] = {{MAP, true, 6, MM_ACCESS_RIGHTS},
               {0x10, false, 4, MM_ACCESS_NULL},
               {0xc0100000, true, 7, MM_ACCESS_KERNEL},
               {0x5000, false, 4, MM_ACCESS_NO_REGION}};

    model_replay_start(strategy, 64 * MIB);
    for (uint32_t i = 0; i < 4; i++) {
        struct trace_header header = {.slots = MODEL_SLOTS, .processes = MODEL_PROCESSES};
        replay_init(&model_replay, &model_mm, model_slots, &header);
        event_process(5);
        event_map(5, MAP, 1, false);
        event_touch(5, bad[i].address, bad[i].write);
        event_touch(5, bad[i].address, !bad[i].write || bad[i].why != MM_ACCESS_RIGHTS);
        const struct replay_result *result = &model_replay.result;
        assert_int_equal(result->requests[REQUEST_TOUCH], 2);
        const struct replay_failure *first = replay_first_failure(result);
        assert_int_equal(first->event, 3);
        assert_int_equal(first->request, REQUEST_TOUCH);
        assert_int_equal(first->bytes, PAGE_SIZE);
        assert_int_equal(first->cause, MM_BAD_ACCESS);
        assert_false(first->late);
        assert_int_equal(first->process, MODEL_PID(5));
        assert_true(pfn_is_none(first->blocker.frame));
        assert_int_equal(first->access.va.value, bad[i].address);
        assert_int_equal(first->access.error_code, bad[i].error_code);
        assert_int_equal(first->access.why, bad[i].why);
        assert_int_equal(first->access.region_start, bad[i].why == MM_ACCESS_KERNEL ? 0 : MAP);
        assert_int_equal(result->failures[REQUEST_TOUCH], result->failures_by_cause[MM_BAD_ACCESS]);
        event_exit(5);
    }
    model_replay_stop();
}

/* Maps and heaps fail for lack of address space. The failure records the requested bytes. */
MM_TEST(maps_and_heaps_without_address_space_are_recorded)
{
    model_replay_start(strategy, 64 * MIB);
    event_process(2);
    event_map(2, USER_STACK - PAGE_SIZE, 3 * PAGE_SIZE, true);
    event_setbrk(2, USER_STACK);
    event_setbrk(2, USER_TEXT - 1); /* shrinks the heap, so it requests no bytes */
    const struct replay_result *result = &model_replay.result;
    assert_int_equal(result->failures[REQUEST_MAP], 1);
    assert_int_equal(result->failures[REQUEST_SETBRK], 2);
    assert_int_equal(result->failures_by_cause[MM_NO_ADDRESS_SPACE], 3);
    assert_int_equal(replay_first_failure(result)->event, 2);
    assert_int_equal(replay_first_failure(result)->request, REQUEST_MAP);
    assert_int_equal(replay_first_failure(result)->bytes, 3 * PAGE_SIZE);
    assert_int_equal(replay_first_failure(result)->process, MODEL_PID(2));
    assert_int_equal(result->failures_while_free, 2); /* 3 GiB are not free for a heap */
    model_replay_stop();
}

/* Takes single pages until there are none. */
static uint32_t take_all_pages(void)
{
    uint64_t before = model_replay.result.failures[REQUEST_PAGES];
    uint32_t slot = 0;

    do
        event_pages(slot++, 0, PAGES_USER, SITE_NONE);
    while (model_replay.result.failures[REQUEST_PAGES] == before);
    return slot - 1;
}

/* When frames run out, no process and no page is made. Events of a process that was not made are
 * skipped. */
MM_TEST(events_of_a_process_that_could_not_be_made_are_skipped)
{
    const struct memmap map = {1, {{pfn(0x1000), pfn(0x1100)}}};

    model_replay_start_on(strategy, &map);
    event_process(0);
    event_touch(0, USER_STACK, true);
    uint32_t taken = take_all_pages();
    event_touch(0, USER_STACK + PAGE_SIZE, true);
    event_process(1);
    assert_int_equal(model_replay.processes[1].state, SLOT_FAILED);
    struct model_state before = model_state(&model_mm);
    event_map(1, MAP, 1, true);
    event_unmap(1, MAP, 1);
    event_touch(1, MAP, true);
    event_setbrk(1, USER_TEXT + 1);
    const struct replay_result *result = &model_replay.result;
    assert_int_equal(result->process_events_skipped, 4);
    assert_same_state(&model_mm, &before);
    assert_int_equal(result->failures[REQUEST_PROCESS], 1);
    assert_int_equal(result->failures[REQUEST_TOUCH], 1);
    assert_int_equal(result->failures[REQUEST_MAP], 0);
    assert_int_equal(result->requests[REQUEST_TOUCH], 2); /* a skipped event is no request */
    assert_int_equal(result->failures_by_cause[MM_BAD_ACCESS], 0);
    event_exit(1);
    assert_int_equal(result->process_events_skipped, 5);
    assert_int_equal(model_replay.processes[1].state, SLOT_EMPTY);
    for (uint32_t slot = 0; slot < taken; slot++)
        event_free(EVENT_FREE_PAGES, slot);
    event_process(1);
    assert_int_equal(model_replay.processes[1].state, SLOT_LIVE);
    model_replay_stop();
}

/* ---- refusals: nothing changes ---- */

MACHINE_TEST(refuses_events_that_make_no_sense)
{
    static const char beyond[] = "process is beyond the processes that the header declares";
    static const char in_use[] = "process in a slot that is in use";
    static const char empty[] = "slot holds no process";

    model_replay_start(mm_strategy_find("brk"), 64 * MIB);
    event_process(3);
    model_replay.processes[4].state = SLOT_FAILED;
    for (enum event_kind kind = EVENT_PROCESS; kind <= EVENT_EXIT; kind++) {
        assert_refused(event_of(kind, MODEL_PROCESSES, 1), beyond);
        assert_refused(event_of(kind, UINT32_MAX, 1), beyond);
        if (kind != EVENT_PROCESS)
            assert_refused(event_of(kind, 2, 1), empty);
    }
    assert_refused(event_of(EVENT_PROCESS, 3, 0), in_use);
    assert_refused(event_of(EVENT_PROCESS, 4, 0), in_use);
    model_replay_stop();
}

/* ---- culprits ---- */

static void assert_blames_process(pfn_t frame, uint32_t slot, uint64_t since_event)
{
    struct replay_culprit culprit = culprit_find(&model_replay, frame);

    assert_int_equal(culprit.frame.value, frame.value);
    assert_true(culprit.owned);
    assert_int_equal(culprit.process, MODEL_PID(slot));
    assert_int_equal(culprit.since_event, since_event);
    assert_int_equal(culprit.site, SITE_NONE);
}

/* The process owns each kind of its frames: control page, directory, page table, page, and regions
 * in frames of their own. */
MM_TEST(a_process_is_blamed_for_each_of_its_frames)
{
    model_replay_start(strategy, 64 * MIB);
    event_pages(7, 0, PAGES_LOW, 1);
    event_process(0);
    event_process(1);
    model_replay.processes[2].state = SLOT_FAILED; /* a failed process is not searched */
    for (uint32_t slot = 0; slot < 2; slot++)
        event_touch(slot, USER_STACK, true);
    for (uint32_t i = 0; i < 300; i++)
        event_map(1, MAP + i * 2 * PAGE_SIZE, 1, true);
    for (uint32_t slot = 0; slot < 2; slot++) {
        const struct process *process = process_in(slot);
        assert_blames_process(process->control, slot, 2 + slot);
        assert_blames_process(process->directory, slot, 2 + slot);
        assert_blames_process(user_frame(process, USER_STACK), slot, 2 + slot);
        uint32_t table = pgtable_entries(process->directory)[directory_index(vaddr(USER_STACK))];
        assert_blames_process(paddr_to_pfn(paddr(table)), slot, 2 + slot);
    }
    assert_blames_process(paddr_to_pfn(direct_map_inverse(process_in(1)->regions.pages)), 1, 3);
    assert_int_equal(culprit_find(&model_replay, pfn(model_slots[7].where)).process, 0);
    assert_false(culprit_find(&model_replay, paddr_to_pfn(model_mm.directory)).owned);
    model_replay.processes[2].state = SLOT_EMPTY;
    model_replay_stop();
}

/*
 * Pages come from the high end. The process gets the last one; then the others are freed. Nearly
 * all memory is free, but brk cannot move:
 *
 *     |1000: the process's |   free ...            | its other frames | metadata |
 */
MACHINE_TEST(a_page_of_a_process_blocks_brk)
{
    const struct memmap map = {1, {{pfn(0x1000), pfn(0x1400)}}};

    model_replay_start_on(mm_strategy_find("brk"), &map);
    event_process(3);
    event_touch(3, USER_STACK, true);
    uint32_t pages = (uint32_t)(mm_free_bytes(&model_mm) >> PAGE_SHIFT) - 1;
    for (uint32_t slot = 0; slot < pages; slot++)
        event_pages(slot, 0, PAGES_USER, 5);
    event_touch(3, USER_STACK + PAGE_SIZE, true);
    for (uint32_t slot = 0; slot < pages; slot++)
        event_free(EVENT_FREE_PAGES, slot);
    event_kmalloc(0, 1);
    const struct replay_failure *first = replay_first_failure(&model_replay.result);
    assert_int_equal(first->cause, MM_BRK_BLOCKED);
    assert_int_equal(first->event, 2 + pages + 1 + pages + 1);
    assert_int_equal(first->process, 0); /* the kernel requested it */
    assert_int_equal(first->blocker.frame.value, 0x1000);
    assert_int_equal(user_frame(process_in(3), USER_STACK + PAGE_SIZE).value, 0x1000);
    assert_true(first->blocker.owned);
    assert_int_equal(first->blocker.process, MODEL_PID(3));
    assert_int_equal(first->blocker.since_event, 1);
    assert_int_equal(first->blocker.site, SITE_NONE);
    event_exit(3);
    event_kmalloc(1, 1);
    assert_true(slot_is_live(1));
    model_replay_stop();
}

/* ---- the digest ---- */

static uint64_t digest_of(const struct strategy *strategy, uint32_t order, uint32_t touched,
                          uint32_t end)
{
    model_replay_start(strategy, 64 * MIB);
    event_process(order);
    event_process(1 - order);
    event_map(0, MAP, 0x10000, true);
    event_touch(0, MAP + touched, true);
    event_touch(1, USER_STACK, true);
    event_setbrk(1, end);
    event_exit(1);
    uint64_t digest = model_replay_finish()->digest;
    model_replay_stop();
    return digest;
}

/* The digest includes the frames of the pages and of the process itself, and nothing that has no
 * frame. */
MM_TEST(the_digest_tells_where_frames_are)
{
    uint64_t digest = digest_of(strategy, 0, 0, USER_TEXT + 1);

    assert_true(digest == digest_of(strategy, 0, 0, USER_TEXT + 1));
    /* The frames are the same. */
    assert_true(digest == digest_of(strategy, 0, 0x3000, USER_TEXT + 1));
    assert_true(digest == digest_of(strategy, 0, 0, USER_TEXT + 0x1000));
    /* The touch fails. */
    assert_true(digest != digest_of(strategy, 0, LARGE_PAGE_SIZE, USER_TEXT + 1));
    assert_true(digest != digest_of(strategy, 0, 0, USER_TEXT - 1));
}

static uint64_t digest_with_pages(const struct strategy *strategy, bool pages_first)
{
    model_replay_start(strategy, 64 * MIB);
    event_process(0);
    if (pages_first)
        event_pages(0, 0, PAGES_USER, SITE_NONE);
    event_touch(0, USER_STACK, true);
    if (!pages_first)
        event_pages(0, 0, PAGES_USER, SITE_NONE);
    uint64_t digest = model_replay_finish()->digest;
    model_replay_stop();
    return digest;
}

/* The same events in another order place pages in other frames. */
MM_TEST(the_digest_differs_with_placement)
{
    assert_true(digest_with_pages(strategy, true) == digest_with_pages(strategy, true));
    assert_true(digest_with_pages(strategy, true) != digest_with_pages(strategy, false));
}
