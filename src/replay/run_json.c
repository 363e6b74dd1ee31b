#include "run_json.h"

#include <mm/frame_owner.h>

uint32_t ratio_permille(uint64_t a, uint64_t b)
{
    while (((a | b) >> 22) != 0) {
        a >>= 1;
        b >>= 1;
    }
    return b != 0 ? (uint32_t)a * 1000u / (uint32_t)b : 0;
}

static void put_by_request(struct json *json, const char *key, const uint64_t counts[])
{
    json_begin_object(json, key);
    for (uint32_t i = 0; i < REQUEST_COUNT; i++)
        json_put_u64(json, request_name((enum request_class)i), counts[i]);
    json_end_object(json);
}

static void put_by_cause(struct json *json, const uint64_t counts[])
{
    json_begin_object(json, "failures_by_cause");
    for (uint32_t cause = MM_OK + 1u; cause < MM_CAUSE_COUNT; cause++)
        json_put_u64(json, cause_name((enum mm_cause)cause), counts[cause]);
    json_end_object(json);
}

static const char *site_name(const struct run_names *names, uint32_t site)
{
    return site != SITE_NONE && names->site != NULL ? names->site(names->context, site) : NULL;
}

static void put_access(struct json *json, const struct replay_failure *failure)
{
    const struct mm_access *access = &failure->access;

    if (failure->cause != MM_BAD_ACCESS) {
        json_put_null(json, "access");
        return;
    }
    json_begin_object(json, "access");
    json_put_u64(json, "address", access->va.value);
    json_put_u64(json, "error_code", access->error_code);
    json_put_string(json, "why", access_fault_name(access->why));
    json_end_object(json);
}

static void put_blocker(struct json *json, const struct replay_failure *failure,
                        const struct run_names *names)
{
    const struct replay_culprit *blocker = &failure->blocker;

    if (pfn_is_none(blocker->frame)) {
        json_put_null(json, "blocker");
        return;
    }
    json_begin_object(json, "blocker");
    json_put_u64(json, "frame", blocker->frame.value);
    json_put_string(json, "site", site_name(names, blocker->site));
    json_put_optional(json, "process", blocker->process != 0, blocker->process);
    json_put_string(json, "kind", frame_kind_name(blocker->kind));
    json_put_optional(json, "frames", blocker->owned, blocker->frames);
    json_put_optional(json, "since_event", blocker->owned, blocker->since_event);
    json_put_optional(json, "age_events", blocker->owned, replay_age(failure));
    json_end_object(json);
}

void run_json_put_failure(struct json *json, const char *key, const struct replay_failure *failure,
                          const struct run_names *names)
{
    if (failure->event == 0) {
        json_put_null(json, key);
        return;
    }
    json_begin_object(json, key);
    json_put_u64(json, "event", failure->event);
    json_put_string(json, "request", request_name(failure->request));
    json_put_u64(json, "bytes", failure->bytes);
    json_put_string(json, "cause", cause_name(failure->cause));
    json_put_bool(json, "late", failure->late);
    json_put_u64(json, "free_bytes", failure->free_bytes);
    json_put_optional(json, "process", failure->process != 0, failure->process);
    put_access(json, failure);
    put_blocker(json, failure, names);
    json_end_object(json);
}

static void put_first_failures(struct json *json, const struct replay_result *result,
                               const struct run_names *names)
{
    run_json_put_failure(json, "first_failure", replay_first_failure(result), names);
    json_begin_object(json, "first_failure_by_cause");
    for (uint32_t cause = MM_OK + 1u; cause < MM_CAUSE_COUNT; cause++)
        run_json_put_failure(json, cause_name((enum mm_cause)cause), &result->first_by_cause[cause],
                             names);
    json_end_object(json);
}

static void put_heap(struct json *json, const struct replay_result *result)
{
    uint32_t contiguous = result->blocks_over_page == 0
                              ? 1000u
                              : ratio_permille(result->blocks_contiguous, result->blocks_over_page);

    json_begin_object(json, "heap");
    json_put_u64(json, "peak_payload_bytes", result->heap_payload_peak_bytes);
    json_put_u64(json, "peak_span_bytes", result->heap_span_peak_bytes);
    json_put_u64(json, "peak_spans", result->heap_spans_peak);
    json_put_u64(json, "peak_left_bytes", result->heap_left_peak_bytes);
    json_put_permille(
        json, "utilisation",
        ratio_permille(result->heap_payload_peak_bytes, result->heap_span_peak_bytes));
    json_put_permille(json, "contiguous_fraction", contiguous);
    json_put_permille(json, "contiguous_fraction_worst", result->contiguous_worst_permille);
    json_end_object(json);
}

static void put_moves(struct json *json, const struct replay_result *result)
{
    json_begin_object(json, "moves");
    json_put_u64(json, "count", result->moves);
    json_put_u64(json, "bytes", result->moves_bytes);
    json_put_u64(json, "wasted", result->moves_wasted);
    json_end_object(json);
}

static void put_frames(struct json *json, const struct replay_result *result)
{
    json_begin_object(json, "frames");
    json_put_u64(json, "total", result->frames_total);
    json_put_u64(json, "peak_used", result->frames_used_peak);
    json_put_u64(json, "metadata_bytes", result->metadata_bytes);
    json_end_object(json);
}

static void put_indices(struct json *json, const char *key,
                        const struct replay_fragmentation *indices)
{
    json_begin_list(json, key);
    for (uint32_t order = 0; order <= ORDER_MAX; order++) {
        json_begin_object(json, NULL);
        json_put_i64(json, "unusable_index", indices->unusable_index[order]);
        json_put_i64(json, "fragmentation_index", indices->fragmentation_index[order]);
        json_end_object(json);
    }
    json_end_list(json);
}

static void put_fragmentation(struct json *json, const struct replay_result *result)
{
    json_begin_object(json, "fragmentation");
    put_indices(json, "end", &result->end);
    put_indices(json, "worst", &result->worst);
    json_end_object(json);
}

static void put_cost(struct json *json, const struct run_names *names)
{
    json_begin_object(json, "cost");
    if (names->microseconds == UINT64_MAX) {
        json_put_null(json, "seconds");
        json_put_null(json, "events_per_second");
        json_put_null(json, "tlb");
        json_end_object(json);
        return;
    }
    json_put_millionths(json, "seconds", names->microseconds);
    json_put_u64(json, "events_per_second", names->events_per_second);
    json_put_u64(json, "repetitions", names->repetitions);
    json_put_millionths(json, "seconds_least", names->microseconds_least);
    json_put_millionths(json, "seconds_most", names->microseconds_most);
    json_put_millionths(json, "seconds_spread", names->microseconds_spread);
    json_begin_object(json, "tlb");
    json_put_u64(json, "hits", names->tlb_hits);
    json_put_u64(json, "misses", names->tlb_misses);
    json_put_u64(json, "untranslated", names->untranslated);
    json_end_object(json);
    json_end_object(json);
}

void run_json_put(struct json *json, const struct replay_result *result,
                  const struct run_names *names)
{
    json_put_string(json, "strategy", names->strategy);
    put_by_request(json, "requests", result->requests);
    put_by_request(json, "failures", result->failures);
    json_put_u64(json, "late_failures", result->late_failures);
    json_put_u64(json, "failures_while_free", result->failures_while_free);
    json_put_u64(json, "frees_skipped", result->frees_skipped);
    json_put_u64(json, "process_events_skipped", result->process_events_skipped);
    put_by_cause(json, result->failures_by_cause);
    put_first_failures(json, result, names);
    put_heap(json, result);
    put_moves(json, result);
    put_frames(json, result);
    put_fragmentation(json, result);
    put_cost(json, names);
    json_put_hex(json, "digest", result->digest, 16);
}

void memmap_text_put(const struct text_out *out, const struct memmap_range *ranges, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        text_put(out, "BIOS-e820: [mem 0x");
        text_put_hex(out, ranges[i].first, 16);
        text_put(out, "-0x");
        text_put_hex(out, ranges[i].last, 16);
        text_put(out, ranges[i].usable ? "] usable\n" : "] reserved\n");
    }
}
