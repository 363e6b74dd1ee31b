/* The measures, the owners and the failures of a history, as the page wants them. */
#include <stdlib.h>

#include "report/report_page.h"
#include "trace/memory.h"

/* ---- measures ---- */

/* A measure of a sample. */
typedef int64_t measure(const struct history_sample *sample, uint32_t i);

/* The first value, then differences: they are small, and pack well. */
static void put_deltas(struct json *json, const char *key, const struct history *history,
                       measure *value, uint32_t i)
{
    int64_t before = 0;

    json_begin_list(json, key);
    for (uint32_t k = 0; k < history->counts.samples; k++) {
        int64_t now = value(&history->samples[k], i);
        json_put_i64(json, NULL, now - before);
        before = now;
    }
    json_end_list(json);
}

static void put_delta_lists(struct json *json, const char *key, const struct history *history,
                            measure *value, uint32_t count)
{
    json_begin_list(json, key);
    for (uint32_t i = 0; i < count; i++)
        put_deltas(json, NULL, history, value, i);
    json_end_list(json);
}

static int64_t failures_of(const struct history_sample *sample, uint32_t i)
{
    int64_t failures = 0;

    (void)i;
    for (uint32_t cause = MM_OK + 1u; cause < MM_CAUSE_COUNT; cause++)
        failures += (int64_t)sample->failures_by_cause[cause];
    return failures;
}

/* A function for each member that is one number. */
#define MEMBERS(MEMBER)                                                                            \
    MEMBER(event)                                                                                  \
    MEMBER(failing)                                                                                \
    MEMBER(requests)                                                                               \
    MEMBER(live_bytes)                                                                             \
    MEMBER(heap_payload_bytes)                                                                     \
    MEMBER(heap_span_bytes)                                                                        \
    MEMBER(frames_used)                                                                            \
    MEMBER(free_bytes)                                                                             \
    MEMBER(largest_run_frames)                                                                     \
    MEMBER(tlb_hits)                                                                               \
    MEMBER(tlb_misses)                                                                             \
    MEMBER(moves)

#define MEMBER_FUNCTION(name)                                                                      \
    static int64_t name##_of(const struct history_sample *sample, uint32_t i)                      \
    {                                                                                              \
        (void)i;                                                                                   \
        return (int64_t)sample->name;                                                              \
    }
MEMBERS(MEMBER_FUNCTION)

static int64_t free_frames_of(const struct history_sample *sample, uint32_t zone)
{
    return sample->zone_free_frames[zone];
}

static int64_t unusable_of(const struct history_sample *sample, uint32_t order)
{
    return sample->unusable_index[order];
}

static int64_t cause_of(const struct history_sample *sample, uint32_t cause)
{
    return (int64_t)sample->failures_by_cause[cause];
}

static void put_spans(struct json *json, const struct history *history)
{
    uint64_t i = 0;

    json_begin_list(json, "heap_spans");
    for (uint32_t k = 0; k < history->counts.samples; k++) {
        json_begin_list(json, NULL);
        for (uint64_t next = history->samples[k].spans_end; next > i; next--) {
            json_put_u64(json, NULL, history->spans[next - 1u].start.value);
            json_put_u64(json, NULL, history->spans[next - 1u].end.value);
        }
        i = history->samples[k].spans_end;
        json_end_list(json);
    }
    json_end_list(json);
}

/* Where the runs of each sample begin. */
static void put_starts(struct json *json, const char *key, const struct history *history,
                       uint64_t (*end)(const struct history_sample *sample))
{
    uint64_t start = 0;
    uint64_t before = 0;

    json_begin_list(json, key);
    for (uint32_t k = 0; k < history->counts.samples; k++) {
        json_put_u64(json, NULL, start - before);
        before = start;
        start = end(&history->samples[k]);
    }
    json_end_list(json);
}

static uint64_t kinds_end(const struct history_sample *sample)
{
    return sample->kinds_end;
}

static uint64_t owners_end(const struct history_sample *sample)
{
    return sample->owners_end;
}

void report_series_put(const struct history *history, bool owners, const struct text_out *out)
{
    struct json json = json_to(*out);

    json_begin_object(&json, NULL);
#define MEMBER_PUT(name) put_deltas(&json, #name, history, name##_of, 0);
    MEMBERS(MEMBER_PUT)
    put_deltas(&json, "failures", history, failures_of, 0);
    put_delta_lists(&json, "failures_by_cause", history, cause_of, MM_CAUSE_COUNT);
    put_delta_lists(&json, "free_frames", history, free_frames_of, ZONE_COUNT);
    put_delta_lists(&json, "unusable", history, unusable_of, ORDER_COUNT);
    put_spans(&json, history);
    put_starts(&json, "kinds_at", history, kinds_end);
    if (owners)
        put_starts(&json, "owners_at", history, owners_end);
    json_end_object(&json);
}

/* ---- owners ---- */

static const uint8_t calls[] = {EVENT_KMALLOC, EVENT_PAGES, EVENT_VMALLOC, EVENT_PROCESS};
#define CALLS (sizeof calls / sizeof calls[0])

static int64_t call_of(const struct owner_facts *facts)
{
    int64_t i = 0;

    while (calls[i] != facts->call)
        i++;
    return i;
}

static int64_t bytes_of(const struct owner_facts *facts)
{
    return (int64_t)facts->bytes;
}

static int64_t order_of(const struct owner_facts *facts)
{
    return facts->order;
}

static int64_t process_of(const struct owner_facts *facts)
{
    return (int64_t)facts->process;
}

static int64_t since_of(const struct owner_facts *facts)
{
    return (int64_t)facts->since_event;
}

static void put_column(struct json *json, const char *key, const struct history *history,
                       int64_t (*value)(const struct owner_facts *facts), bool deltas)
{
    int64_t before = 0;

    json_begin_list(json, key);
    json_put_i64(json, NULL, 0);
    for (uint32_t i = 0; i < history->counts.owners; i++) {
        int64_t now = value(&history->owner[i]);
        json_put_i64(json, NULL, now - before);
        before = deltas ? now : 0;
    }
    json_end_list(json);
}

/* The sites that occur, in the order in which they do. */
struct site_numbers {
    uint32_t *index; /* of each site in the list; 0: it did not occur; SITE_NONE is index 0 */
    size_t index_room;
    uint32_t count;
};

static uint32_t site_index(struct site_numbers *table, uint32_t site, bool *is_new)
{
    table->index = memory_reach(table->index, &table->index_room, site, sizeof table->index[0]);
    *is_new = site != SITE_NONE && table->index[site] == 0;
    if (*is_new)
        table->index[site] = ++table->count;
    return table->index[site];
}

static void put_sites(struct json *json, const struct history *history, struct trace *trace)
{
    struct site_numbers table = {NULL, 0, 0};
    bool is_new;

    json_begin_list(json, "sites");
    json_put_null(json, NULL);
    for (uint32_t i = 0; i < history->counts.owners; i++) {
        (void)site_index(&table, history->owner[i].site, &is_new);
        if (is_new)
            json_put_string(json, NULL, trace_site_name(trace, history->owner[i].site));
    }
    json_end_list(json);
    json_begin_list(json, "site");
    json_put_u64(json, NULL, 0);
    for (uint32_t i = 0; i < history->counts.owners; i++)
        json_put_u64(json, NULL, site_index(&table, history->owner[i].site, &is_new));
    json_end_list(json);
    free(table.index);
}

void report_owners_put(const struct history *history, struct trace *trace,
                       const struct text_out *out)
{
    struct json json = json_to(*out);

    json_begin_object(&json, NULL);
    put_sites(&json, history, trace);
    json_begin_list(&json, "calls");
    for (size_t i = 0; i < CALLS; i++)
        json_put_string(&json, NULL, event_name((enum event_kind)calls[i]));
    json_end_list(&json);
    put_column(&json, "call", history, call_of, false);
    put_column(&json, "bytes", history, bytes_of, false);
    put_column(&json, "order", history, order_of, false);
    put_column(&json, "process", history, process_of, false);
    put_column(&json, "since", history, since_of, true);
    json_end_object(&json);
}

/* ---- failures ---- */

/* The byte of a mark: the cause in bits 0-3, the request in 4-6, late in 7. */
_Static_assert(MM_CAUSE_COUNT <= 16 && REQUEST_COUNT <= 8, "they fit");

void report_marks_put(const struct history *history, struct byte_list *list)
{
    uint64_t before = 0;

    for (uint32_t i = 0; i < history->counts.marks; i++) {
        const struct history_mark *mark = &history->marks[i];
        uint32_t byte = mark->cause | (uint32_t)mark->request << 4 | (mark->late ? 0x80u : 0);
        byte_list_put(list, mark->event - before);
        list->data[list->count++] = (uint8_t)byte;
        before = mark->event;
    }
}
