#include "lab/sweep_line.h"

#include "report/json_keys.h"

const char *sweep_line_sources(const struct sweep_line *line)
{
    return line->sources[0] != '\0' ? line->sources : "not said";
}

/* "key": "text", or null where it is empty. */
static void put_hex(const struct text_out *out, const char *key, const char *text)
{
    if (text[0] != '\0') {
        json_put_string(out, ", ", key, text);
        return;
    }
    json_put_key(out, ", ", key);
    text_put(out, "null");
}

static void put_point(const struct text_out *out, const struct sweep_line *line)
{
    json_put_number(out, ", ", "ram_bytes", line->ram_bytes);
    json_put_number(out, ", ", "requests", line->requests);
    json_put_number(out, ", ", "failed", line->failed);
    put_hex(out, "digest", line->digest);
}

static void put_trial(const struct text_out *out, const struct sweep_line *line)
{
    json_put_number(out, ", ", "ram_bytes", line->ram_bytes);
    json_put_bool(out, ", ", "passes", line->failed == 0);
}

static void put_range(const struct text_out *out, const struct sweep_range *range)
{
    json_put_key(out, ", ", "range");
    json_put_number(out, "{", "from_bytes", range->from_bytes);
    json_put_number(out, ", ", "to_bytes", range->to_bytes);
    json_put_number(out, ", ", "step_bytes", range->step_bytes);
    json_put_number(out, ", ", "points", range->points);
    text_put(out, "}");
}

void sweep_least_put(const struct text_out *out, uint64_t least_ram_bytes,
                     const struct sweep_range *range)
{
    json_put_key(out, ", ", "least_ram_bytes");
    if (least_ram_bytes != 0)
        text_put_u64(out, least_ram_bytes);
    else
        text_put(out, "null");
    if (range->points != 0)
        put_range(out, range);
}

void sweep_line_put(const struct text_out *out, const struct sweep_line *line)
{
    json_put_string(out, "{", "trace", line->trace);
    put_hex(out, "content", line->content);
    json_put_string(out, ", ", "strategy", line->strategy);
    put_hex(out, "sources", line->sources);
    if (line->kind == SWEEP_POINT)
        put_point(out, line);
    else if (line->kind == SWEEP_TRIAL)
        put_trial(out, line);
    else
        sweep_least_put(out, line->ram_bytes, &line->range);
    text_put(out, "}\n");
}
