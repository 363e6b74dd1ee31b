#include <string.h>

#include <mm/strategy.h>

#include "replay/run_json.h"
#include "report/explain_report.h"
#include "report/frame_colours.h"
#include "report/text_file.h"

static void put_asked(struct json *json, const struct explain_asked *asked, struct trace *trace)
{
    bool has_address = asked->kind > EVENT_VFREE && asked->kind != EVENT_PROCESS;

    json_begin_object(json, "asked");
    json_put_string(json, "event", event_name((enum event_kind)asked->kind));
    json_put_string(json, "site",
                    asked->site != SITE_NONE ? trace_site_name(trace, asked->site) : NULL);
    json_put_string(json, "class", explain_class_name((enum page_class)asked->page_class));
    json_put_u64(json, "order", asked->order);
    json_put_optional(json, "address", has_address, asked->address);
    json_put_bool(json, "write", asked->write);
    json_end_object(json);
}

static void put_zone(struct json *json, const struct explain_zone *zone, const char *name)
{
    json_begin_object(json, NULL);
    json_put_string(json, "zone", name);
    json_put_u64(json, "frames", zone->frames);
    json_put_u64(json, "free_frames", zone->free.frames);
    json_put_u64(json, "largest_run_frames", zone->largest_run);
    json_put_u64(json, "largest_run_frame", zone->largest_at);
    json_put_u32_list(json, "free_blocks", zone->free.count, ORDER_COUNT);
    json_end_object(json);
}

static void put_memory(struct json *json, const struct explain_snapshot *snapshot)
{
    json_begin_list(json, "zones");
    for (uint32_t zone = 0; zone < ZONE_COUNT; zone++)
        put_zone(json, &snapshot->zone[zone], explain_zone_name((enum zone)zone));
    json_end_list(json);
    json_begin_object(json, "heap");
    json_put_u64(json, "span_bytes", snapshot->heap_span_bytes);
    json_put_u64(json, "most_bytes", snapshot->heap_most_bytes);
    json_put_optional(json, "first_frame", snapshot->heap_first != 0, snapshot->heap_first);
    json_put_optional(json, "last_frame", snapshot->heap_last != 0, snapshot->heap_last);
    json_end_object(json);
    json_begin_object(json, "frames");
    json_put_u64(json, "total", snapshot->frames_total);
    for (uint32_t mark = 0; mark < FRAME_STATE_COUNT; mark++)
        json_put_u64(json, frame_state_name(mark), snapshot->marks[mark]);
    json_end_object(json);
}

static void put_picture(struct json *json, const struct explain_picture *picture)
{
    char row[PICTURE_COLUMNS];

    if (picture->per_cell == 0) {
        json_put_null(json, "picture");
        return;
    }
    json_begin_object(json, "picture");
    json_put_u64(json, "start_frame", picture->start);
    json_put_u64(json, "frames_per_cell", picture->per_cell);
    json_begin_list(json, "rows");
    for (uint32_t i = 0; i < PICTURE_ROWS; i++) {
        for (uint32_t k = 0; k < PICTURE_COLUMNS; k++)
            row[k] = frame_looks[picture->mark[i * PICTURE_COLUMNS + k]].letter;
        json_put_text(json, NULL, row, sizeof row);
    }
    json_end_list(json);
    json_end_object(json);
}

/* Put the members of a trial into the object that is open. NULL: there was no trial. */
static void put_trial(struct json *json, const struct explain_trial *trial)
{
    static const char *const ends[] = {[TRIAL_PASSED] = "passed",
                                       [TRIAL_FAILED] = "failed",
                                       [TRIAL_SKIPPED] = "skipped",
                                       [TRIAL_LOST] = "lost"};
    bool failed = trial != NULL && trial->end == TRIAL_FAILED;

    json_put_string(json, "result", trial != NULL ? ends[trial->end] : NULL);
    json_put_string(json, "cause", failed ? cause_name(trial->cause) : NULL);
    json_put_bool(json, "verified", trial != NULL && trial->end == TRIAL_PASSED);
}

static void put_ram(struct json *json, const struct explain_ram *ram)
{
    if (!ram->tried) {
        json_put_null(json, "ram");
        return;
    }
    json_begin_object(json, "ram");
    json_put_optional(json, "least_bytes", ram->found, ram->least_bytes);
    json_put_u64(json, "most_bytes", ram->most_bytes);
    json_put_u64(json, "step_bytes", EXPLAIN_RAM_STEP);
    json_put_bool(json, "verified", ram->found);
    json_end_object(json);
}

static void put_others(struct json *json, const struct explanation *explanation)
{
    json_begin_list(json, "strategies");
    for (uint32_t i = 0; i < explanation->other_count; i++) {
        json_begin_object(json, NULL);
        json_put_string(json, "strategy", explanation->other[i]->name);
        put_trial(json, &explanation->other_trial[i]);
        json_end_object(json);
    }
    json_end_list(json);
}

static void put_freeing(struct json *json, const struct explain_freeing *freeing)
{
    json_begin_object(json, "freeing");
    json_put_u64(json, "owners", freeing->count);
    json_put_bool(json, "enough", freeing->enough);
    put_trial(json, freeing->enough ? &freeing->trial : NULL);
    json_end_object(json);
}

static void put_explanation(struct json *json, const struct explanation *explanation,
                            const struct explain_request *request)
{
    const struct run_names names = {
        .strategy = request->strategy->name, .site = site_name_of, .context = request->trace};

    if (explanation->snapshot.failures < request->failure) {
        json_put_null(json, "failure");
        return;
    }
    run_json_put_failure(json, "failure", &explanation->snapshot.failure, &names);
    put_asked(json, &explanation->snapshot.asked, request->trace);
    put_memory(json, &explanation->snapshot);
    put_picture(json, &explanation->snapshot.picture);
    put_ram(json, &explanation->ram);
    put_others(json, explanation);
    put_freeing(json, &explanation->freeing);
}

void explain_print_json(const struct explanation *explanation,
                        const struct explain_request *request, FILE *file)
{
    struct json json = json_begin_file(file);

    json_put_string(&json, "trace", request->trace->name);
    json_put_u64(&json, "events", request->trace->header.events);
    json_put_u64(&json, "ram_bytes", request->ram_bytes);
    json_put_string(&json, "strategy", request->strategy->name);
    json_put_u64(&json, "failures", explanation->snapshot.failures);
    json_put_u64(&json, "number", request->failure);
    put_explanation(&json, explanation, request);
    json_end_file(&json);
}
