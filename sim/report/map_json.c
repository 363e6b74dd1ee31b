#include <mm/strategy.h>

#include "replay/run_json.h"
#include "report/explain_report.h"
#include "report/map_report.h"
#include "report/text_file.h"

static void put_frames(struct json *json, uint32_t start, uint32_t end)
{
    json_put_u64(json, "first_frame", start);
    json_put_u64(json, "last_frame", end - 1u);
}

static void put_heap(struct json *json, const struct memory_map *map)
{
    json_begin_object(json, "heap");
    json_put_u64(json, "payload_bytes", map->heap_payload_bytes);
    json_put_u64(json, "span_bytes", map->heap_span_bytes);
    json_put_bool(json, "ends_in_brk", map->ends_in_brk);
    json_begin_list(json, "spans");
    for (uint32_t i = 0; i < map->span_count; i++) {
        json_begin_object(json, NULL);
        put_frames(json, map->spans[i].start.value, map->spans[i].end.value);
        json_end_object(json);
    }
    json_end_list(json);
    json_end_object(json);
}

static void put_zones(struct json *json, const struct memory_map *map)
{
    json_begin_list(json, "zones");
    for (uint32_t i = 0; i < ZONE_COUNT; i++) {
        struct frame_range zone = map->zones[i];
        if (zone.start.value == zone.end.value)
            continue;
        json_begin_object(json, NULL);
        json_put_string(json, "zone", explain_zone_name((enum zone)i));
        put_frames(json, zone.start.value, zone.end.value);
        json_put_u64(json, "free_frames", map->zone_free[i]);
        json_end_object(json);
    }
    json_end_list(json);
}

static void put_counts(struct json *json, const struct memory_map *map)
{
    json_begin_object(json, "frames");
    json_put_u64(json, "total", map->frames_total);
    json_put_u64(json, "used", map->frames_used);
    for (uint32_t kind = 0; kind < FRAME_STATE_COUNT; kind++)
        json_put_u64(json, frame_state_name(kind), map->kind_frames[kind]);
    json_end_object(json);
}

static void put_range(struct json *json, const struct map_range *range, struct trace *trace)
{
    bool named = range->owned && range->owner.site != SITE_NONE;

    json_new_line(json, 2);
    json_begin_object(json, NULL);
    put_frames(json, range->start, range->end);
    json_put_string(json, "kind", frame_state_name(range->kind));
    json_put_string(json, "call", range->owned ? event_name(range->owner.call) : NULL);
    json_put_string(json, "site", named ? trace_site_name(trace, range->owner.site) : NULL);
    json_put_optional(json, "process", range->owner.process != 0, range->owner.process);
    json_put_optional(json, "since_event", range->owned, range->owner.since_event);
    json_put_u64(json, "others", range->others);
    json_end_object(json);
}

static void put_ranges(struct json *json, const struct map_report *report)
{
    json_begin_list(json, "ranges");
    for (uint32_t i = 0; i < report->map->range_count; i++)
        put_range(json, &report->map->ranges[i], report->trace);
    json_new_line(json, 0);
    json_end_list(json);
}

void map_print_json(const struct map_report *report, FILE *out)
{
    const struct memory_map *map = report->map;
    const struct run_names names = {
        .strategy = report->strategy->name, .site = site_name_of, .context = report->trace};
    static const struct replay_failure none;
    struct json json = json_begin_file(out);

    json_put_string(&json, "trace", report->trace->name);
    json_put_u64(&json, "events", report->trace->header.events);
    json_put_u64(&json, "ram_bytes", report->ram_bytes);
    json_put_string(&json, "strategy", report->strategy->name);
    json_put_optional(&json, "before_event", map->event <= report->trace->header.events,
                      map->event);
    run_json_put_failure(&json, "failure", map->failed ? &map->failure : &none, &names);
    json_put_u64(&json, "free_bytes", map->free_bytes);
    put_heap(&json, map);
    put_zones(&json, map);
    put_counts(&json, map);
    put_ranges(&json, report);
    json_end_file(&json);
}
