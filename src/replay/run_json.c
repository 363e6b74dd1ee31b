#include "run_json.h"

#include <mm/frame_owner.h>

static void put_key(const struct text_out *out, const char *key)
{
    text_put(out, "\"");
    text_put(out, key);
    text_put(out, "\": ");
}

static void put_key_u64(const struct text_out *out, const char *key, uint64_t value,
                        const char *after)
{
    put_key(out, key);
    text_put_u64(out, value);
    text_put(out, after);
}

static void put_by_request(const struct text_out *out, const char *key, const uint64_t counts[])
{
    put_key(out, key);
    text_put(out, "{");
    for (uint32_t i = 0; i < REQUEST_COUNT; i++)
        put_key_u64(out, request_name((enum request_class)i), counts[i],
                    i + 1u < REQUEST_COUNT ? ", " : "}, ");
}

static void put_by_cause(const struct text_out *out, const uint64_t counts[])
{
    put_key(out, "failures_by_cause");
    text_put(out, "{");
    for (uint32_t cause = MM_OK + 1u; cause < MM_CAUSE_COUNT; cause++)
        put_key_u64(out, cause_name((enum mm_cause)cause), counts[cause],
                    cause + 1u < MM_CAUSE_COUNT ? ", " : "}, ");
}

static size_t text_length(const char *text)
{
    size_t length = 0;

    while (text[length] != '\0')
        length++;
    return length;
}

static void put_site(const struct text_out *out, const struct run_names *names, uint32_t site)
{
    const char *name =
        site != SITE_NONE && names->site != NULL ? names->site(names->context, site) : NULL;

    if (name == NULL)
        text_put(out, "null");
    else
        text_put_json_string(out, name, text_length(name));
}

/* The PID of a process; 0: none. */
static void put_id(const struct text_out *out, const char *key, uint64_t id)
{
    if (id != 0) {
        put_key_u64(out, key, id, ", ");
        return;
    }
    put_key(out, key);
    text_put(out, "null, ");
}

static void put_access(const struct text_out *out, const struct replay_failure *failure)
{
    const struct mm_access *access = &failure->access;

    put_key(out, "access");
    if (failure->cause != MM_BAD_ACCESS) {
        text_put(out, "null, ");
        return;
    }
    text_put(out, "{");
    put_key_u64(out, "address", access->va.value, ", ");
    put_key_u64(out, "error_code", access->error_code, ", ");
    put_key(out, "why");
    text_put(out, "\"");
    text_put(out, access_fault_name(access->why));
    text_put(out, "\"}, ");
}

static void put_blocker(const struct text_out *out, const struct replay_failure *failure,
                        const struct run_names *names)
{
    const struct replay_culprit *blocker = &failure->blocker;

    put_key(out, "blocker");
    if (pfn_is_none(blocker->frame)) {
        text_put(out, "null");
        return;
    }
    text_put(out, "{");
    put_key_u64(out, "frame", blocker->frame.value, ", ");
    put_key(out, "site");
    put_site(out, names, blocker->site);
    text_put(out, ", ");
    put_id(out, "process", blocker->process);
    put_key(out, "kind");
    text_put(out, "\"");
    text_put(out, frame_kind_name(blocker->kind));
    text_put(out, "\", ");
    if (blocker->owned) {
        put_key_u64(out, "frames", blocker->frames, ", ");
        put_key_u64(out, "since_event", blocker->since_event, ", ");
        put_key_u64(out, "age_events", replay_age(failure), "}");
    } else {
        text_put(out, "\"frames\": null, \"since_event\": null, \"age_events\": null}");
    }
}

void run_json_put_failure(const struct text_out *out, const struct replay_failure *failure,
                          const struct run_names *names)
{
    if (failure->event == 0) {
        text_put(out, "null");
        return;
    }
    text_put(out, "{");
    put_key_u64(out, "event", failure->event, ", ");
    put_key(out, "request");
    text_put(out, "\"");
    text_put(out, request_name(failure->request));
    text_put(out, "\", ");
    put_key_u64(out, "bytes", failure->bytes, ", ");
    put_key(out, "cause");
    text_put(out, "\"");
    text_put(out, cause_name(failure->cause));
    text_put(out, "\", ");
    put_key(out, "late");
    text_put(out, failure->late ? "true, " : "false, ");
    put_key_u64(out, "free_bytes", failure->free_bytes, ", ");
    put_id(out, "process", failure->process);
    put_access(out, failure);
    put_blocker(out, failure, names);
    text_put(out, "}");
}

static void put_first_failures(const struct text_out *out, const struct replay_result *result,
                               const struct run_names *names)
{
    put_key(out, "first_failure");
    run_json_put_failure(out, replay_first_failure(result), names);
    text_put(out, ", ");
    put_key(out, "first_failure_by_cause");
    text_put(out, "{");
    for (uint32_t cause = MM_OK + 1u; cause < MM_CAUSE_COUNT; cause++) {
        put_key(out, cause_name((enum mm_cause)cause));
        run_json_put_failure(out, &result->first_by_cause[cause], names);
        text_put(out, cause + 1u < MM_CAUSE_COUNT ? ", " : "}, ");
    }
}

static void put_heap(const struct text_out *out, const struct replay_result *result)
{
    uint32_t contiguous = result->blocks_over_page == 0
                              ? 1000u
                              : ratio_permille(result->blocks_contiguous, result->blocks_over_page);

    put_key(out, "heap");
    text_put(out, "{");
    put_key_u64(out, "peak_payload_bytes", result->heap_payload_peak_bytes, ", ");
    put_key_u64(out, "peak_span_bytes", result->heap_span_peak_bytes, ", ");
    put_key_u64(out, "peak_spans", result->heap_spans_peak, ", ");
    put_key_u64(out, "peak_left_bytes", result->heap_left_peak_bytes, ", ");
    put_key(out, "utilisation");
    text_put_permille(
        out, ratio_permille(result->heap_payload_peak_bytes, result->heap_span_peak_bytes));
    text_put(out, ", ");
    put_key(out, "contiguous_fraction");
    text_put_permille(out, contiguous);
    text_put(out, ", ");
    put_key(out, "contiguous_fraction_worst");
    text_put_permille(out, result->contiguous_worst_permille);
    text_put(out, "}, ");
}

static void put_moves(const struct text_out *out, const struct replay_result *result)
{
    put_key(out, "moves");
    text_put(out, "{");
    put_key_u64(out, "count", result->moves, ", ");
    put_key_u64(out, "bytes", result->moves_bytes, ", ");
    put_key_u64(out, "wasted", result->moves_wasted, "}, ");
}

static void put_indices(const struct text_out *out, const char *key,
                        const struct replay_fragmentation *indices, const char *after)
{
    put_key(out, key);
    text_put(out, "[");
    for (uint32_t order = 0; order <= ORDER_MAX; order++) {
        text_put(out, "{");
        put_key(out, "unusable_index");
        text_put_i32(out, indices->unusable_index[order]);
        text_put(out, ", ");
        put_key(out, "fragmentation_index");
        text_put_i32(out, indices->fragmentation_index[order]);
        text_put(out, order < ORDER_MAX ? "}, " : "}");
    }
    text_put(out, after);
}

static void put_seconds(const struct text_out *out, const char *key, uint64_t microseconds)
{
    put_key(out, key);
    text_put_millionths(out, microseconds);
    text_put(out, ", ");
}

static void put_cost(const struct text_out *out, const struct run_names *names)
{
    put_key(out, "cost");
    if (names->microseconds == UINT64_MAX) {
        text_put(out, "{\"seconds\": null, \"events_per_second\": null, \"tlb\": null}, ");
        return;
    }
    text_put(out, "{");
    put_seconds(out, "seconds", names->microseconds);
    put_key_u64(out, "events_per_second", names->events_per_second, ", ");
    put_key_u64(out, "repetitions", names->repetitions, ", ");
    put_seconds(out, "seconds_least", names->microseconds_least);
    put_seconds(out, "seconds_most", names->microseconds_most);
    put_seconds(out, "seconds_spread", names->microseconds_spread);
    put_key(out, "tlb");
    text_put(out, "{");
    put_key_u64(out, "hits", names->tlb_hits, ", ");
    put_key_u64(out, "misses", names->tlb_misses, ", ");
    put_key_u64(out, "untranslated", names->untranslated, "}}, ");
}

void run_json_put(const struct text_out *out, const struct replay_result *result,
                  const struct run_names *names)
{
    put_key(out, "strategy");
    text_put_json_string(out, names->strategy, text_length(names->strategy));
    text_put(out, ", ");
    put_by_request(out, "requests", result->requests);
    put_by_request(out, "failures", result->failures);
    put_key_u64(out, "late_failures", result->late_failures, ", ");
    put_key_u64(out, "failures_while_free", result->failures_while_free, ", ");
    put_key_u64(out, "frees_skipped", result->frees_skipped, ", ");
    put_key_u64(out, "process_events_skipped", result->process_events_skipped, ", ");
    put_by_cause(out, result->failures_by_cause);
    put_first_failures(out, result, names);
    put_heap(out, result);
    put_moves(out, result);
    put_key(out, "frames");
    text_put(out, "{");
    put_key_u64(out, "total", result->frames_total, ", ");
    put_key_u64(out, "peak_used", result->frames_used_peak, ", ");
    put_key_u64(out, "metadata_bytes", result->metadata_bytes, "}, ");
    put_key(out, "fragmentation");
    text_put(out, "{");
    put_indices(out, "end", &result->end, "], ");
    put_indices(out, "worst", &result->worst, "]}, ");
    put_cost(out, names);
    put_key(out, "digest");
    text_put(out, "\"");
    text_put_hex(out, result->digest, 16);
    text_put(out, "\"");
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
