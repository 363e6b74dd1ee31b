#include "report/kernel_json.h"

#include "kernel/kernel_failure.h"
#include "report/json_keys.h"
#include "report/text_file.h"

#define MICROSECONDS 1e6

/* A number, or null. */
static void put_optional(const struct text_out *out, const char *key, bool present, uint32_t value)
{
    if (present) {
        json_put_number(out, ",\n", key, value);
        return;
    }
    json_put_key(out, ",\n", key);
    text_put(out, "null");
}

/* A text, or null for an empty one. */
static void put_text(const struct text_out *out, const char *key, const char *value)
{
    if (value != NULL && value[0] != '\0') {
        json_put_string(out, ", ", key, value);
        return;
    }
    json_put_key(out, ", ", key);
    text_put(out, "null");
}

static void put_failure(const struct text_out *out, const struct kernel_failure *failure)
{
    json_put_string(out, "{", "kind", failure->kind);
    json_put_key(out, ", ", "address");
    if (failure->has_address)
        text_put_u64(out, failure->address);
    else
        text_put(out, "null");
    put_text(out, "access", failure->access);
    put_text(out, "where", failure->where);
    put_text(out, "changed_at", failure->changed_at);
    put_text(out, "missing", failure->missing);
    put_text(out, "what", failure->what);
    text_put(out, "}");
}

static void put_counters(const struct text_out *out, const struct kernel_counters *counters)
{
    json_put_number(out, ",\n", "faults", counters->faults);
    json_put_number(out, ", ", "fills", counters->fills);
    json_put_number(out, ", ", "traps", counters->traps);
    json_put_number(out, ", ", "interrupts", counters->interrupts);
    json_put_number(out, ", ", "unknown_ports", counters->unknown_ports);
    json_put_key(out, ", ", "seconds");
    text_put_millionths(out, (uint64_t)(counters->seconds * MICROSECONDS));
}

void kernel_print_json(const struct kernel_json *run, FILE *file)
{
    struct text_out out = text_out_to_file(file);
    const struct kernel_counters counters = kernel_counters(run->kernel);
    const struct kernel_failure *failure = kernel_last_failure(run->kernel);
    enum kernel_outcome ended = kernel_ended(run->kernel);

    json_put_string(&out, "{", "ended", kernel_outcome_name(ended));
    put_optional(&out, "exit_value", ended == KERNEL_EXIT, kernel_exit_value(run->kernel));
    put_optional(&out, "result", run->has_result, run->result);
    put_counters(&out, &counters);
    json_put_key(&out, ",\n", "reports");
    text_put(&out, "[");
    if (failure != NULL)
        put_failure(&out, failure);
    text_put(&out, "]");
    json_put_key(&out, ",\n", "output");
    text_put_json_string(&out, kernel_output(run->kernel), kernel_output_bytes(run->kernel));
    text_put(&out, "}\n");
}
