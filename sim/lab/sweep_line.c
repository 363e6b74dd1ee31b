#include "lab/sweep_line.h"

#define EMPTY_IS_NULL(text) ((text)[0] != '\0' ? (text) : NULL)

const char *sweep_line_sources(const struct sweep_line *line)
{
    return line->sources[0] != '\0' ? line->sources : "not said";
}

void sweep_least_put(struct json *json, uint64_t least_ram_bytes, const struct sweep_range *range)
{
    json_put_optional(json, "least_ram_bytes", least_ram_bytes != 0, least_ram_bytes);
    if (range->points == 0)
        return;
    json_begin_object(json, "range");
    json_put_u64(json, "from_bytes", range->from_bytes);
    json_put_u64(json, "to_bytes", range->to_bytes);
    json_put_u64(json, "step_bytes", range->step_bytes);
    json_put_u64(json, "points", range->points);
    json_end_object(json);
}

static void put_result(struct json *json, const struct sweep_line *line)
{
    if (line->kind == SWEEP_LEAST) {
        sweep_least_put(json, line->ram_bytes, &line->range);
        return;
    }
    json_put_u64(json, "ram_bytes", line->ram_bytes);
    if (line->kind == SWEEP_TRIAL) {
        json_put_bool(json, "passes", line->failed == 0);
        return;
    }
    json_put_u64(json, "requests", line->requests);
    json_put_u64(json, "failed", line->failed);
    json_put_string(json, "digest", EMPTY_IS_NULL(line->digest));
}

void sweep_line_put(const struct text_out *out, const struct sweep_line *line)
{
    struct json json = json_to(*out);

    json_begin_object(&json, NULL);
    json_put_string(&json, "trace", line->trace);
    json_put_string(&json, "content", EMPTY_IS_NULL(line->content));
    json_put_string(&json, "strategy", line->strategy);
    json_put_string(&json, "sources", EMPTY_IS_NULL(line->sources));
    put_result(&json, line);
    json_end_object(&json);
    text_put(out, "\n");
}
