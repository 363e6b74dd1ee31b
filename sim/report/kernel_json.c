#include "report/kernel_json.h"

#include "kernel/kernel_failure.h"
#include "report/text_file.h"

#define MICROSECONDS 1e6

/* null for an empty text. */
static void put_text(struct json *json, const char *key, const char *text)
{
    json_put_string(json, key, text != NULL && text[0] != '\0' ? text : NULL);
}

/* What failed, in one line, with the exceptions in whose handlers it failed. */
static void put_what(struct json *json, const struct kernel_failure *failure)
{
    const char *const parts[] = {failure->what, failure->exception, failure->first_exception};
    char text[3u * (FAILURE_TEXT_BYTES + 2u)] = "";

    for (size_t i = 0, used = 0; i < 3 && parts[i][0] != '\0'; i++)
        used +=
            (size_t)snprintf(text + used, sizeof text - used, "%s%s", i > 0 ? "; " : "", parts[i]);
    put_text(json, "what", text);
}

static void put_failure(struct json *json, const struct kernel_failure *failure)
{
    json_begin_object(json, NULL);
    json_put_string(json, "kind", failure->kind);
    json_put_optional(json, "address", failure->has_address, failure->address);
    put_text(json, "access", failure->access);
    put_text(json, "where", failure->where);
    put_text(json, "changed_at", failure->changed_at);
    put_text(json, "missing", failure->missing);
    put_what(json, failure);
    json_end_object(json);
}

static void put_counters(struct json *json, const struct kernel_counters *counters)
{
    json_new_line(json, 0);
    json_put_u64(json, "faults", counters->faults);
    json_put_u64(json, "fills", counters->fills);
    json_put_u64(json, "traps", counters->traps);
    json_put_u64(json, "interrupts", counters->interrupts);
    json_put_u64(json, "unknown_ports", counters->unknown_ports);
    json_put_millionths(json, "seconds", (uint64_t)(counters->seconds * MICROSECONDS));
}

void kernel_print_json(const struct kernel_json *run, FILE *file)
{
    struct json json = json_begin_file(file);
    const struct kernel_counters counters = kernel_counters(run->kernel);
    const struct kernel_failure *failure = kernel_last_failure(run->kernel);
    enum kernel_outcome ended = kernel_ended(run->kernel);

    json_put_string(&json, "ended", kernel_outcome_name(ended));
    json_new_line(&json, 0);
    json_put_optional(&json, "exit_value", ended == KERNEL_EXIT, kernel_exit_value(run->kernel));
    json_new_line(&json, 0);
    json_put_optional(&json, "result", run->has_result, run->result);
    put_counters(&json, &counters);
    json_new_line(&json, 0);
    json_begin_list(&json, "reports");
    if (failure != NULL)
        put_failure(&json, failure);
    json_end_list(&json);
    json_new_line(&json, 0);
    json_put_text(&json, "output", kernel_output(run->kernel), kernel_output_bytes(run->kernel));
    json_end_file(&json);
}
