/* Tests replaying events: what is counted, refused, and recorded as a failure; and whole traces. */
#include <mm/strategy.h>

#include "replay/slots.h"
#include "support/model_mm.h"
#include "support/model_replay.h"
#include "support/raw_trace.h"
#include "support/test.h"

#include <string.h>

/* ---- counting ---- */

TEST(slots_take_16_bytes_and_processes_24)
{
    assert_int_equal(replay_slots_bytes(&(struct trace_header){.slots = 3}), 48);
    assert_true(replay_slots_bytes(&(struct trace_header){.slots = UINT32_MAX}) == 0xffffffff0ull);
    assert_int_equal(replay_slots_bytes(&(struct trace_header){.slots = 1, .processes = 2}), 64);
    assert_true(replay_slots_bytes(&(struct trace_header){.processes = UINT32_MAX}) ==
                24 * 0xffffffffull);
}

MM_TEST(counts_each_kind_of_event)
{
    model_replay_start(strategy, 64 * MIB);
    event_kmalloc(0, 100);
    event_krealloc(0, 5000);
    event_vmalloc(1, 10000);
    event_pages(2, 0, PAGES_USER, SITE_NONE);
    replay_one(event_of(EVENT_MARK, 0, 0));
    event_process(3);
    event_map(3, 0x10000000, 8192, true);
    event_touch(3, 0x10000000, true);
    event_touch(3, 0x10000004, true); /* the page exists */
    event_unmap(3, 0x10001000, 4096);
    event_setbrk(3, USER_TEXT + 100);
    event_exit(3);
    assert_true(slot_is_live(0) && slot_is_live(1) && slot_is_live(2));
    assert_int_equal(model_slots[0].bytes, 5000);
    assert_int_equal(model_slots[0].event, 1);
    assert_int_equal(model_replay.heap_payload_bytes, strategy->vmalloc_in_heap ? 15000 : 5000);
    event_free(EVENT_KFREE, 0);
    event_free(EVENT_VFREE, 1);
    event_free(EVENT_FREE_PAGES, 2);
    assert_false(slot_is_live(0) || slot_is_live(1) || slot_is_live(2));
    const struct replay_result *result = model_replay_finish();
    assert_int_equal(result->events, 15);
    assert_int_equal(result->requests[REQUEST_KMALLOC], 2);
    assert_int_equal(result->requests[REQUEST_VMALLOC], 1);
    assert_int_equal(result->requests[REQUEST_PAGES], 1);
    assert_int_equal(result->requests[REQUEST_TOUCH], 2);
    assert_int_equal(result->requests[REQUEST_PROCESS], 1);
    assert_int_equal(result->requests[REQUEST_MAP], 2);
    assert_int_equal(result->requests[REQUEST_SETBRK], 1);
    for (enum request_class request = 0; request < REQUEST_COUNT; request++)
        assert_int_equal(result->failures[request], 0);
    assert_int_equal(result->process_events_skipped, 0);
    assert_int_equal(result->frames_total, model_mm.frames_total);
    assert_int_equal(result->metadata_bytes, model_mm.metadata_frames * PAGE_SIZE);
    assert_int_equal(result->frames_used_peak, model_mm.counters.frames_used_peak);
    assert_int_equal(result->heap_span_peak_bytes, model_mm.counters.heap_span_peak_bytes);
    model_replay_stop();
}

/* Tests the payload's peak: blocks, and also pages in strategies whose heap serves them. */
MM_TEST(payload_is_the_sum_of_requested_bytes)
{
    model_replay_start(strategy, 64 * MIB);
    event_kmalloc(0, 1000);
    event_kmalloc(1, 500);
    event_free(EVENT_KFREE, 0);
    event_kmalloc(0, 100);
    event_pages(2, 0, PAGES_LOW, SITE_NONE);
    uint32_t pages = strategy_is(strategy, "primary") ? PAGE_SIZE : 0;
    assert_int_equal(model_replay_finish()->heap_payload_peak_bytes,
                     pages != 0 ? pages + 600 : 1500);
    model_replay_stop();
}

/* ---- refusals: nothing changes ---- */

MM_TEST(refuses_events_that_make_no_sense)
{
    static const char beyond[] = "slot is beyond the slots that the header declares";
    static const char in_use[] = "allocation into a slot that is in use";
    static const char empty[] = "slot holds no allocation";
    static const char other[] = "slot holds another kind of allocation";

    model_replay_start(strategy, 64 * MIB);
    event_kmalloc(0, 100);
    event_pages(1, 0, PAGES_LOW, SITE_NONE);
    event_vmalloc(2, 100);
    for (enum event_kind kind = EVENT_KMALLOC; kind <= EVENT_VFREE; kind++) {
        assert_refused(event_of(kind, MODEL_SLOTS, 1), beyond);
        assert_refused(event_of(kind, UINT32_MAX, 1), beyond);
    }
    for (uint32_t slot = 0; slot < 3; slot++) {
        assert_refused(event_of(EVENT_KMALLOC, slot, 1), in_use);
        assert_refused(event_of(EVENT_PAGES, slot, 1), in_use);
        assert_refused(event_of(EVENT_VMALLOC, slot, 1), in_use);
    }
    assert_refused(event_of(EVENT_KFREE, 3, 0), empty);
    assert_refused(event_of(EVENT_KREALLOC, 3, 1), empty);
    assert_refused(event_of(EVENT_FREE_PAGES, 3, 0), empty);
    assert_refused(event_of(EVENT_VFREE, 3, 0), empty);
    assert_refused(event_of(EVENT_KFREE, 1, 0), other);
    assert_refused(event_of(EVENT_KREALLOC, 2, 1), other);
    assert_refused(event_of(EVENT_FREE_PAGES, 0, 0), other);
    assert_refused(event_of(EVENT_VFREE, 0, 0), other);
    model_replay_stop();
}

/* ---- failures ---- */

MM_TEST(frees_of_failed_allocations_are_skipped)
{
    model_replay_start(strategy, 64 * MIB);
    event_kmalloc(0, UINT32_MAX);
    event_vmalloc(1, UINT32_MAX);
    assert_int_equal(slot_state(&model_slots[0]), SLOT_FAILED);
    assert_refused(event_of(EVENT_KMALLOC, 0, 1), "allocation into a slot that is in use");
    event_free(EVENT_KFREE, 0);
    event_free(EVENT_VFREE, 1);
    assert_int_equal(slot_state(&model_slots[0]), SLOT_EMPTY);
    event_kmalloc(0, 1);
    const struct replay_result *result = model_replay_finish();
    assert_int_equal(result->frees_skipped, 2);
    assert_int_equal(result->failures[REQUEST_KMALLOC], 1);
    assert_int_equal(result->failures[REQUEST_VMALLOC], 1);
    assert_int_equal(result->failures_by_cause[MM_NO_ADDRESS_SPACE] +
                         result->failures_by_cause[MM_UNSUPPORTED],
                     2);
    assert_int_equal(result->failures_while_free, 0);
    assert_int_equal(replay_first_failure(result)->event, 1);
    assert_int_equal(replay_first_failure(result)->bytes, UINT32_MAX);
    model_replay_stop();
}

/* krealloc() allocates if the first allocation has failed. If krealloc() of a live block fails, the
 * block stays. */
MM_TEST(krealloc_allocates_after_a_failure)
{
    model_replay_start(strategy, 64 * MIB);
    event_kmalloc(0, UINT32_MAX);
    event_krealloc(0, UINT32_MAX);
    assert_int_equal(slot_state(&model_slots[0]), SLOT_FAILED);
    event_krealloc(0, 100);
    assert_true(slot_is_live(0));
    assert_int_equal(model_slots[0].event, 3);
    assert_int_equal(model_replay.heap_payload_bytes, 100);
    uint32_t where = model_slots[0].where;
    event_krealloc(0, UINT32_MAX);
    assert_true(slot_is_live(0));
    assert_int_equal(model_slots[0].where, where);
    assert_int_equal(model_slots[0].bytes, 100);
    assert_int_equal(model_replay_finish()->failures[REQUEST_KMALLOC], 3);
    model_replay_stop();
}

MM_TEST(counts_failed_pages)
{
    const struct memmap map = {1, {{pfn(0x1000), pfn(0x1040)}}};

    model_replay_start_on(strategy, &map);
    for (uint32_t slot = 0; slot < 64; slot++)
        event_pages(slot, 0, PAGES_LOW, SITE_NONE);
    event_pages(100, 10, PAGES_LOW, SITE_NONE);
    const struct replay_result *result = model_replay_finish();
    assert_int_equal(result->requests[REQUEST_PAGES], 65);
    assert_true(result->failures[REQUEST_PAGES] >= 10);
    assert_int_equal(replay_first_failure(result)->request, REQUEST_PAGES);
    assert_int_equal(replay_first_failure(result)->bytes, PAGE_SIZE);
    assert_int_equal(model_slots[100].bytes, 10);
    for (uint32_t slot = 0; slot < 64; slot++)
        event_free(EVENT_FREE_PAGES, slot);
    assert_int_equal(model_replay.result.frees_skipped, result->failures[REQUEST_PAGES] - 1);
    model_replay_stop();
}

/* The touch finds no frame. The failure is recorded as it is then, before the block is freed. */
MACHINE_TEST(a_late_failure_is_recorded_where_it_strikes)
{
    model_replay_start(mm_strategy_find("window"), 16 * MIB);
    event_kmalloc(0, 20 * MIB);
    const struct replay_result *result = &model_replay.result;
    assert_int_equal(result->failures[REQUEST_KMALLOC], 1);
    assert_int_equal(result->late_failures, 1);
    assert_int_equal(result->failures_while_free, 0);
    assert_int_equal(result->failures_by_cause[MM_NO_FRAMES], 1);
    assert_true(replay_first_failure(result)->late);
    assert_int_equal(replay_first_failure(result)->event, 1);
    assert_int_equal(replay_first_failure(result)->free_bytes, 0);
    assert_int_equal(replay_first_failure(result)->blocker.frame.value, UINT32_MAX);
    assert_int_equal(slot_state(&model_slots[0]), SLOT_FAILED);
    assert_true(mm_free_bytes(&model_mm) > 11 * MIB); /* the block is freed */
    event_vmalloc(1, 20 * MIB);
    assert_int_equal(result->failures[REQUEST_VMALLOC], 1);
    assert_int_equal(result->late_failures, 2);
    event_kmalloc(2, 1000);
    event_krealloc(2, 20 * MIB);
    assert_int_equal(result->late_failures, 3);
    assert_int_equal(slot_state(&model_slots[2]), SLOT_FAILED);
    assert_int_equal(model_replay.heap_payload_bytes, 0);
    event_free(EVENT_KFREE, 2);
    assert_int_equal(result->frees_skipped, 1);
    model_replay_stop();
}

/* ---- a whole trace ---- */

/* kmalloc slot 0, kmalloc slot 1, kfree slot 0, krealloc slot 1 */
static const uint8_t good[] = {0x01, 0, 100, 0x01, 1, 50, 0x03, 0, 0x02, 1, 120};

/* ... and a kfree of the slot that is empty by then, and one more event */
static const uint8_t bad[] = {0x01, 0, 100, 0x01, 1, 50, 0x03, 0, 0x03, 0, 0x03, 1};

static uint8_t trace[RAW_TRACE_BYTES(sizeof bad)];

static bool run_trace(const uint8_t *payload, uint32_t payload_bytes, uint32_t events,
                      uint32_t flip, const char **error, size_t *offset)
{
    const struct trace_header header = {.slots = 2, .events = events};
    struct trace_reader reader;
    size_t bytes = raw_trace_make(trace, header, payload, payload_bytes);

    trace[RAW_TRACE_PAYLOAD] ^= (uint8_t)flip;
    assert_true(trace_reader_init(&reader, trace, bytes));
    model_start(&model_mm, mm_strategy_find("brk"), 64 * MIB);
    replay_init(&model_replay, &model_mm, model_slots, &reader.header);
    return replay_run(&model_replay, &reader, error, offset);
}

MACHINE_TEST(runs_a_trace)
{
    const char *error = NULL;
    size_t offset = 0;

    assert_true(run_trace(good, sizeof good, 4, 0, &error, &offset));
    assert_int_equal(model_replay.result.events, 4);
    assert_int_equal(model_replay.result.requests[REQUEST_KMALLOC], 3);
    assert_int_equal(model_replay.heap_payload_bytes, 120);
    assert_int_equal(model_replay.result.frames_total,
                     model_mm.frames_total); /* the result is complete */
    assert_null(error);
    model_replay_stop();
}

MACHINE_TEST(stops_at_an_event_that_makes_no_sense)
{
    const char *error = NULL;
    size_t offset = 0;

    assert_false(run_trace(bad, sizeof bad, 5, 0, &error, &offset));
    assert_string_equal(error, "slot holds no allocation");
    assert_int_equal(offset, RAW_TRACE_PAYLOAD + 10); /* the end of the wrong record */
    assert_int_equal(model_replay.result.events, 3);
    model_replay_stop();
}

MACHINE_TEST(stops_at_a_damaged_block)
{
    const char *error = NULL;
    size_t offset = 0;

    assert_false(run_trace(good, sizeof good, 4, 1, &error, &offset));
    assert_string_equal(error, "the checksum of a block is wrong");
    assert_int_equal(offset, sizeof(struct trace_header));
    assert_int_equal(model_replay.result.events, 0);
    model_replay_stop();
}

TEST(names_are_those_of_the_contract)
{
    static const char *const requests[] = {"kmalloc", "pages", "vmalloc", "touch",
                                           "process", "map",   "setbrk"};
    static const char *const causes[] = {"none",        "no_frames",        "no_run",
                                         "brk_blocked", "no_address_space", "zone",
                                         "unsupported", "bad_access"};
    static const char *const faults[] = {"null_page", "kernel_space", "no_region", "rights"};

    for (enum request_class request = REQUEST_KMALLOC; request < REQUEST_COUNT; request++)
        assert_string_equal(request_name(request), requests[request]);
    for (enum mm_cause cause = MM_OK; cause < MM_CAUSE_COUNT; cause++)
        assert_string_equal(cause_name(cause), causes[cause]);
    for (enum mm_access_fault why = MM_ACCESS_NULL; why < MM_ACCESS_FAULT_COUNT; why++)
        assert_string_equal(access_fault_name(why), faults[why]);
    assert_string_equal(event_name(EVENT_KMALLOC), "kmalloc");
    assert_string_equal(event_name(EVENT_MARK), "mark");
}
