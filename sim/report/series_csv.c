#include "report/series_csv.h"

#include <inttypes.h>
#include <string.h>

#include "replay/text_out.h"
#include "report/trace_name.h"

/* A column, and its value in a sample. */
typedef void column_visit(FILE *out, const char *name, int64_t value);

struct visitor {
    FILE *out;
    column_visit *visit;
};

static void column(const struct visitor *visitor, const char *name, uint64_t value)
{
    visitor->visit(visitor->out, name, (int64_t)value);
}

static void column_of(const struct visitor *visitor, const char *before, const char *name,
                      uint64_t value)
{
    char whole[48];

    snprintf(whole, sizeof whole, "%s%s", before, name);
    column(visitor, whole, value);
}

static void indices(const struct visitor *visitor, const char *name,
                    const int32_t index[ORDER_COUNT])
{
    char whole[48];

    for (uint32_t order = 0; order <= ORDER_MAX; order++) {
        snprintf(whole, sizeof whole, "%s%" PRIu32, name, order);
        visitor->visit(visitor->out, whole, index[order]);
    }
}

static void memory(const struct visitor *visitor, const struct series_sample *sample)
{
    column(visitor, "live_blocks", sample->live_blocks);
    column(visitor, "live_bytes", sample->live_bytes);
    column(visitor, "heap_payload_bytes", sample->heap_payload_bytes);
    column(visitor, "heap_span_bytes", sample->heap_span_bytes);
    column(visitor, "total_frames", sample->frames_total);
    column(visitor, "used_frames", sample->frames_used);
    column(visitor, "free_bytes", sample->free_bytes);
    column(visitor, "free_dma_frames", sample->zone_free_frames[ZONE_DMA]);
    column(visitor, "free_low_frames", sample->zone_free_frames[ZONE_LOW]);
    column(visitor, "free_high_frames", sample->zone_free_frames[ZONE_HIGH]);
    column(visitor, "largest_free_run_frames", sample->largest_run_frames);
    indices(visitor, "unusable_index_", sample->indices.unusable_index);
    indices(visitor, "fragmentation_index_", sample->indices.fragmentation_index);
}

static void failures(const struct visitor *visitor, const struct series_sample *sample)
{
    const struct replay_result *result = sample->result;
    uint64_t failures = 0;

    for (uint32_t request = 0; request < REQUEST_COUNT; request++)
        failures += result->failures[request];
    column(visitor, "requests", sample->requests);
    column(visitor, "failures", failures);
    for (uint32_t request = 0; request < REQUEST_COUNT; request++)
        column_of(visitor, "failures_", request_name((enum request_class)request),
                  result->failures[request]);
    for (uint32_t cause = MM_OK + 1u; cause < MM_CAUSE_COUNT; cause++)
        column_of(visitor, "failures_", cause_name((enum mm_cause)cause),
                  result->failures_by_cause[cause]);
    column(visitor, "late_failures", result->late_failures);
    column(visitor, "failures_while_free", result->failures_while_free);
}

/* Visit every column of numbers except the event, in order. Names and values come from this one
 * function, so that they agree. */
static void columns(const struct visitor *visitor, const struct series_sample *sample)
{
    memory(visitor, sample);
    failures(visitor, sample);
}

static void put_name(FILE *out, const char *name, int64_t value)
{
    (void)value;
    fprintf(out, ",%s", name);
}

static void put_value(FILE *out, const char *name, int64_t value)
{
    (void)name;
    fprintf(out, ",%" PRId64, value);
}

void series_csv_put_header(FILE *out)
{
    static const struct replay_result none;
    const struct series_sample sample = {.result = &none};

    fputs("strategy,event", out);
    columns(&(struct visitor){out, put_name}, &sample);
    fputs(",trace\n", out);
}

/* Replace characters that would end a value or need quotes, because not every reader of CSV knows
 * quotes. */
static bool is_plain(const char *character, size_t bytes)
{
    const unsigned char first = (unsigned char)*character;

    return bytes != 0 && first >= ' ' && first != 0x7f && first != ',' && first != '"' &&
           !(first == 0xc2u && (unsigned char)character[1] < 0xa0u);
}

/* The last column: the name of the file, without its path. */
static void put_trace(FILE *out, const char *path)
{
    const char *name = file_name(path);
    size_t bytes = strlen(name);
    size_t length;

    fputc(',', out);
    for (size_t i = 0; i < bytes; i += length) {
        size_t valid = text_utf8_sequence(&name[i], bytes - i);
        length = valid != 0 ? valid : 1u;
        if (is_plain(&name[i], valid))
            fwrite(&name[i], 1, length, out);
        else
            fputc('_', out);
    }
}

void series_csv_put(FILE *out, const char *strategy, const char *trace,
                    const struct series_sample *sample)
{
    fprintf(out, "%s,%" PRIu64, strategy, sample->result->events);
    columns(&(struct visitor){out, put_value}, sample);
    put_trace(out, trace);
    fputc('\n', out);
}
