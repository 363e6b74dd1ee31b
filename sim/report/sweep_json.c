#include "report/sweep_report.h"
#include "report/text_file.h"

static void put_points(struct json *json, const struct sweep_result *result)
{
    json_begin_list(json, "points");
    for (uint32_t i = 0; i < result->count; i++) {
        json_begin_object(json, NULL);
        json_put_u64(json, "ram_bytes", result->points[i].ram_bytes);
        json_put_u64(json, "requests", result->points[i].requests);
        json_put_u64(json, "failed", result->points[i].failed);
        json_end_object(json);
    }
    json_end_list(json);
}

void sweep_print_json(const struct sweep_results *results, FILE *file)
{
    struct json json = json_begin_file(file);

    if (results->sources[0] != '\0')
        json_put_string(&json, "sources", results->sources);
    json_begin_list(&json, "results");
    for (uint32_t i = 0; i < results->count; i++) {
        const struct sweep_result *result = &results->list[i];
        json_new_line(&json, 1);
        json_begin_object(&json, NULL);
        json_put_string(&json, "trace", result->trace);
        json_put_string(&json, "strategy", result->strategy);
        if (result->least_known)
            sweep_least_put(&json, result->least_ram_bytes, &result->range);
        put_points(&json, result);
        json_end_object(&json);
    }
    json_new_line(&json, 0);
    json_end_list(&json);
    json_end_file(&json);
}
