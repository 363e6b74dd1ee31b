#include "report/perfetto.h"

#include <mm/strategy.h>

#include "report/explain_report.h"

/* The members that every event has: `ph` is C for a counter, i for an instant, M for a name. */
static void begin_event(struct json *json, const char *name, const char *phase, uint32_t process,
                        uint64_t event)
{
    json_new_line(json, 1);
    json_begin_object(json, NULL);
    json_put_string(json, "name", name);
    json_put_string(json, "ph", phase);
    json_put_u64(json, "pid", process);
    json_put_u64(json, "tid", 0);
    json_put_u64(json, "ts", event);
}

static void end_event(struct json *json)
{
    json_end_object(json); /* args */
    json_end_object(json);
}

static void put_name(struct json *json, uint32_t process, const char *strategy)
{
    begin_event(json, "process_name", "M", process, 0);
    json_begin_object(json, "args");
    json_put_string(json, "name", strategy);
    end_event(json);
}

static uint64_t failures_of(const struct history_sample *sample)
{
    uint64_t failures = 0;

    for (uint32_t cause = MM_OK + 1u; cause < MM_CAUSE_COUNT; cause++)
        failures += sample->failures_by_cause[cause];
    return failures;
}

static void put_sample(struct json *json, uint32_t process, const struct history_sample *sample)
{
    begin_event(json, "free bytes", "C", process, sample->event);
    json_begin_object(json, "args");
    for (uint32_t zone = 0; zone < ZONE_COUNT; zone++)
        json_put_u64(json, explain_zone_name((enum zone)zone),
                     (uint64_t)sample->zone_free_frames[zone] << PAGE_SHIFT);
    end_event(json);
    begin_event(json, "heap span in bytes", "C", process, sample->event);
    json_begin_object(json, "args");
    json_put_u64(json, "span", sample->heap_span_bytes);
    end_event(json);
    begin_event(json, "heap payload in bytes", "C", process, sample->event);
    json_begin_object(json, "args");
    json_put_u64(json, "payload", sample->heap_payload_bytes);
    end_event(json);
    begin_event(json, "failures", "C", process, sample->event);
    json_begin_object(json, "args");
    json_put_u64(json, "failures", failures_of(sample));
    end_event(json);
}

static void put_mark(struct json *json, uint32_t process, const struct history_mark *mark)
{
    begin_event(json, cause_name((enum mm_cause)mark->cause), "i", process, mark->event);
    json_put_string(json, "s", "p"); /* it concerns the process */
    json_begin_object(json, "args");
    json_put_string(json, "request", request_name((enum request_class)mark->request));
    json_put_bool(json, "late", mark->late);
    end_event(json);
}

static void put_run(struct json *json, uint32_t process, const struct history *history)
{
    for (uint32_t i = 0; i < history->counts.samples; i++)
        put_sample(json, process, &history->samples[i]);
    for (uint32_t i = 0; i < history->counts.marks; i++)
        put_mark(json, process, &history->marks[i]);
}

void perfetto_put(const struct evidence *evidence, const struct text_out *out)
{
    const struct finding_request *request = &evidence->request;
    struct json json = json_to(*out);

    json_begin_object(&json, NULL);
    json_put_string(&json, "displayTimeUnit", "ms");
    json_begin_object(&json, "otherData");
    json_put_string(&json, "trace", request->trace->name);
    json_put_u64(&json, "ram_bytes", request->ram_bytes);
    json_put_string(&json, "time", "an event of the trace takes one microsecond");
    json_end_object(&json);
    json_begin_list(&json, "traceEvents");
    for (uint32_t i = 0; i < request->count; i++) {
        put_name(&json, i + 1u, request->strategies[i]->name);
        if (evidence->run[i].has_history)
            put_run(&json, i + 1u, &evidence->run[i].history);
    }
    json_end_list(&json);
    json_end_object(&json);
    text_put(out, "\n");
}
