#include <string.h>

#include "report/explain_report.h"
#include "report/json_keys.h"
#include "report/text_file.h"

static const char *site_name(void *context, uint32_t site)
{
    return trace_site_name(context, site);
}

static void put_asked(const struct text_out *out, const struct explain_asked *asked,
                      struct trace *trace)
{
    const char *site = asked->site != SITE_NONE ? trace_site_name(trace, asked->site) : NULL;
    bool process = asked->kind > EVENT_VFREE;

    json_put_key(out, ", ", "asked");
    json_put_string(out, "{", "event", event_name((enum event_kind)asked->kind));
    json_put_key(out, ", ", "site");
    if (site != NULL)
        text_put_json_string(out, site, strlen(site));
    else
        text_put(out, "null");
    json_put_string(out, ", ", "class", explain_class_name((enum page_class)asked->page_class));
    json_put_number(out, ", ", "order", asked->order);
    json_put_key(out, ", ", "address");
    if (process && asked->kind != EVENT_PROCESS)
        text_put_u64(out, asked->address);
    else
        text_put(out, "null");
    json_put_bool(out, ", ", "write", asked->write);
    text_put(out, "}");
}

static void put_zone(const struct text_out *out, const struct explain_zone *zone, const char *name)
{
    json_put_string(out, "{", "zone", name);
    json_put_number(out, ", ", "frames", zone->frames);
    json_put_number(out, ", ", "free_frames", zone->free.frames);
    json_put_number(out, ", ", "largest_run_frames", zone->largest_run);
    json_put_number(out, ", ", "largest_run_frame", zone->largest_at);
    json_put_key(out, ", ", "free_blocks");
    for (uint32_t order = 0; order < ORDER_COUNT; order++) {
        text_put(out, order == 0 ? "[" : ", ");
        text_put_u64(out, zone->free.count[order]);
    }
    text_put(out, "]}");
}

/* 0: there is none. */
static void put_frame(const struct text_out *out, const char *key, uint32_t frame)
{
    json_put_key(out, ", ", key);
    if (frame != 0)
        text_put_u64(out, frame);
    else
        text_put(out, "null");
}

static void put_memory(const struct text_out *out, const struct explain_snapshot *snapshot)
{
    json_put_key(out, ", ", "zones");
    for (uint32_t zone = 0; zone < ZONE_COUNT; zone++) {
        text_put(out, zone == 0 ? "[" : ", ");
        put_zone(out, &snapshot->zone[zone], explain_zone_name((enum zone)zone));
    }
    json_put_key(out, "], ", "heap");
    json_put_number(out, "{", "span_bytes", snapshot->heap_span_bytes);
    json_put_number(out, ", ", "most_bytes", snapshot->heap_most_bytes);
    put_frame(out, "first_frame", snapshot->heap_first);
    put_frame(out, "last_frame", snapshot->heap_last);
    json_put_key(out, "}, ", "frames");
    json_put_number(out, "{", "total", snapshot->frames_total);
    for (uint32_t mark = 0; mark < MARK_COUNT; mark++)
        json_put_number(out, ", ", explain_mark_name(mark), snapshot->marks[mark]);
    text_put(out, "}");
}

static void put_picture(const struct text_out *out, const struct explain_picture *picture)
{
    char row[PICTURE_COLUMNS];

    json_put_key(out, ", ", "picture");
    if (picture->per_cell == 0) {
        text_put(out, "null");
        return;
    }
    json_put_number(out, "{", "start_frame", picture->start);
    json_put_number(out, ", ", "frames_per_cell", picture->per_cell);
    json_put_key(out, ", ", "rows");
    for (uint32_t i = 0; i < PICTURE_ROWS; i++) {
        for (uint32_t k = 0; k < PICTURE_COLUMNS; k++)
            row[k] = explain_mark_character(picture->mark[i * PICTURE_COLUMNS + k]);
        text_put(out, i == 0 ? "[" : ", ");
        text_put_json_string(out, row, sizeof row);
    }
    text_put(out, "]}");
}

static void put_trial(const struct text_out *out, const char *before,
                      const struct explain_trial *trial)
{
    static const char *const ends[] = {[TRIAL_PASSED] = "passed",
                                       [TRIAL_FAILED] = "failed",
                                       [TRIAL_SKIPPED] = "skipped",
                                       [TRIAL_LOST] = "lost"};

    json_put_string(out, before, "result", ends[trial->end]);
    json_put_key(out, ", ", "cause");
    if (trial->end == TRIAL_FAILED)
        text_put_json_string(out, cause_name(trial->cause), strlen(cause_name(trial->cause)));
    else
        text_put(out, "null");
    json_put_bool(out, ", ", "verified", trial->end == TRIAL_PASSED);
}

static void put_ram(const struct text_out *out, const struct explain_ram *ram)
{
    json_put_key(out, ", ", "ram");
    if (!ram->tried) {
        text_put(out, "null");
        return;
    }
    json_put_key(out, "{", "least_bytes");
    if (ram->found)
        text_put_u64(out, ram->least_bytes);
    else
        text_put(out, "null");
    json_put_number(out, ", ", "most_bytes", ram->most_bytes);
    json_put_number(out, ", ", "step_bytes", EXPLAIN_RAM_STEP);
    json_put_bool(out, ", ", "verified", ram->found);
    text_put(out, "}");
}

static void put_others(const struct text_out *out, const struct explanation *explanation)
{
    json_put_key(out, ", ", "strategies");
    text_put(out, "[");
    for (uint32_t i = 0; i < explanation->other_count; i++) {
        text_put(out, i == 0 ? "{" : ", {");
        json_put_string(out, "", "strategy", explanation->other[i]->name);
        put_trial(out, ", ", &explanation->other_trial[i]);
        text_put(out, "}");
    }
    text_put(out, "]");
}

static void put_freeing(const struct text_out *out, const struct explain_freeing *freeing)
{
    json_put_key(out, ", ", "freeing");
    json_put_number(out, "{", "owners", freeing->count);
    json_put_bool(out, ", ", "enough", freeing->enough);
    if (freeing->enough)
        put_trial(out, ", ", &freeing->trial);
    else
        text_put(out, ", \"result\": null, \"cause\": null, \"verified\": false");
    text_put(out, "}");
}

static void put_story(const struct text_out *out, const struct explanation *explanation,
                      const struct explain_request *request)
{
    const struct run_names names = {
        .strategy = request->strategy->name, .site = site_name, .context = request->trace};

    run_json_put_failure(out, &explanation->snapshot.failure, &names);
    put_asked(out, &explanation->snapshot.asked, request->trace);
    put_memory(out, &explanation->snapshot);
    put_picture(out, &explanation->snapshot.picture);
    put_ram(out, &explanation->ram);
    put_others(out, explanation);
    put_freeing(out, &explanation->freeing);
}

void explain_print_json(const struct explanation *explanation,
                        const struct explain_request *request, FILE *file)
{
    const struct text_out out = text_out_to_file(file);

    json_put_string(&out, "{", "trace", request->trace->name);
    json_put_number(&out, ", ", "events", request->trace->header.events);
    json_put_number(&out, ", ", "ram_bytes", request->ram_bytes);
    json_put_string(&out, ", ", "strategy", request->strategy->name);
    json_put_number(&out, ", ", "failures", explanation->snapshot.failures);
    json_put_number(&out, ", ", "number", request->failure);
    json_put_key(&out, ", ", "failure");
    if (explanation->snapshot.failures >= request->failure)
        put_story(&out, explanation, request);
    else
        text_put(&out, "null");
    text_put(&out, "}\n");
}
