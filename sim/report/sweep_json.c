#include "report/json_keys.h"
#include "report/sweep_report.h"
#include "report/text_file.h"

static void put_points(const struct text_out *out, const struct sweep_result *result)
{
    json_put_key(out, ", ", "points");
    text_put(out, "[");
    for (uint32_t i = 0; i < result->count; i++) {
        const struct sweep_point *point = &result->points[i];
        json_put_number(out, i == 0 ? "{" : ", {", "ram_bytes", point->ram_bytes);
        json_put_number(out, ", ", "requests", point->requests);
        json_put_number(out, ", ", "failed", point->failed);
        text_put(out, "}");
    }
    text_put(out, "]");
}

void sweep_print_json(const struct sweep_results *results, FILE *file)
{
    struct text_out out = text_out_to_file(file);
    bool sources_said = results->sources[0] != '\0';

    if (sources_said)
        json_put_string(&out, "{", "sources", results->sources);
    json_put_key(&out, sources_said ? ", " : "{", "results");
    text_put(&out, "[");
    for (uint32_t i = 0; i < results->count; i++) {
        const struct sweep_result *result = &results->list[i];
        json_put_string(&out, i == 0 ? "\n {" : ",\n {", "trace", result->trace);
        json_put_string(&out, ", ", "strategy", result->strategy);
        if (result->least_known)
            sweep_least_put(&out, result->least_ram_bytes, &result->range);
        put_points(&out, result);
        text_put(&out, "}");
    }
    text_put(&out, "\n]}\n");
}
