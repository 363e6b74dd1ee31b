/* Reports of invented facts: each unit, values not measured, and strategies without a result. */
#include "report/thread_claims.h"
#include "report/thread_report.h"
#include "support/json.h"
#include "support/lab.h"
#include "support/printing.h"
#include "support/program.h"
#include "support/test.h"

#include <stdlib.h>
#include <string.h>

enum { COLUMNS = 7 };

static struct thread_facts facts[COLUMNS];
static const struct strategy *strategies[COLUMNS];
static struct trace trace;

/* All values are measured, and have the most digits. */
static void fill_facts(void)
{
    memset(facts, 0, sizeof facts);
    for (uint32_t i = 0; i < COLUMNS; i++) {
        strategies[i] = mm_strategies[i % 3];
        for (uint32_t j = 0; j < THREAD_MEASURE_COUNT; j++)
            facts[i].value[j] = (struct measured){999, 1000};
        facts[i].value[THREAD_LIMIT_CAUSE] = (struct measured){MM_NO_ADDRESS_SPACE, 1};
        facts[i].value[THREAD_LIMIT_1G_CAUSE] = (struct measured){MM_ZONE, 1};
        facts[i].value[THREAD_LIMIT_4G_CAUSE] = (struct measured){MM_OK, 1};
        facts[i].value[THREAD_PAGE_COST] = (struct measured){9999499, 10000};
        facts[i].value[THREAD_PAGE_OVERHEAD] = (struct measured){40960005, 10000};
        facts[i].value[THREAD_TLB_MISSES] = (struct measured){1, 100000};
        facts[i].value[THREAD_LARGEST_KMALLOC] = (struct measured){1023u << 20, 1};
        facts[i].value[THREAD_CONTIGUOUS] = (struct measured){99999, 100000};
    }
}

static char *printed(void (*print)(const struct thread_report *report, FILE *out), uint32_t count)
{
    struct thread_report report = {
        .trace = &trace,
        .ram_bytes = 1u << 26,
        .ram_source = "--ram",
        .count = count,
        .strategies = strategies,
        .facts = facts,
    };
    struct printing printing;

    print(&report, printing_start(&printing));
    return printing_end(&printing);
}

/* The line of the table that begins with the label must end with `end`. */
static void assert_row(const char *text, const char *label, const char *end)
{
    const char *line = strstr(text, label);

    assert_non_null(line);
    const char *stop = strchr(line, '\n');
    if (strncmp(stop - strlen(end), end, strlen(end)) != 0)
        fail_msg("expected %s at the end of: %.*s", end, (int)(stop - line), line);
}

static void open_trace(void)
{
    trace = lab_trace_text("kmalloc 1 8 @first\n");
    fill_facts();
}

TEST(each_unit_has_its_format)
{
    open_trace();
    char *text = printed(thread_print, 1);
    assert_non_null(strstr(text, "RAM 64.0 MiB (--ram)\n"));
    assert_non_null(strstr(text, "\nproxy, of #1: \"slower to allocate pages\"\n"));
    assert_row(text, "  a page, against window's", "  1,000 x");
    assert_row(text, "  a page takes, beyond 4,096 bytes", "  4,096 B");
    assert_row(text, "  metadata for each frame of RAM", "  1.0 B");
    assert_row(text, "  kmallocs of the trace that failed", "  99.9 %");
    assert_row(text, "  blocks > 4 KiB contiguous", "> 99.9 %");
    assert_row(text, "  which is for want of", "  address");
    assert_row(text, "  TLB misses per 1,000 kmallocs", "  < 0.1");
    assert_row(text, "  largest kmalloc, at the end", "  1023 MiB");
    free(text);
    trace_close(&trace);
}

TEST(zero_is_shown_as_0_and_not_measured_as_a_dash)
{
    open_trace();
    facts[0].value[THREAD_BLOCK_COST] = (struct measured){0, 0};
    facts[0].value[THREAD_LIMIT_CAUSE] = (struct measured){0, 0};
    facts[0].value[THREAD_PAGE_OVERHEAD] = (struct measured){0, 8};
    char *text = printed(thread_print, 1);
    assert_row(text, "  64 KiB, against window's page", "  -");
    assert_row(text, "  which is for want of", "  -");
    assert_row(text, "  a page takes, beyond 4,096 bytes", "  0");
    free(text);
    trace_close(&trace);
}

TEST(seven_columns_fit_the_page)
{
    open_trace();
    char *text = printed(thread_print, COLUMNS);
    assert_true(text_columns(text) <= 110);
    free(text);
    trace_close(&trace);
}

TEST(labels_fit_and_every_measure_is_shown)
{
    bool shown[THREAD_MEASURE_COUNT] = {false};

    for (const struct thread_claim *claim = thread_claims; claim->name != NULL; claim++) {
        assert_non_null(claim->rows[0].label);
        assert_null(claim->rows[THREAD_ROWS_OF_CLAIM - 1u].label);
        for (const struct thread_row *row = claim->rows; row->label != NULL; row++) {
            assert_in_range(strlen(row->label), 1, 37);
            assert_int_equal(row->how[strlen(row->how) - 1u], '.');
            shown[row->measure] = true;
        }
    }
    for (uint32_t i = 0; i < THREAD_MEASURE_COUNT; i++)
        assert_true(shown[i]);
}

TEST(a_strategy_without_a_result_is_shown_with_its_reason)
{
    open_trace();
    facts[1] = (struct thread_facts){.status = RUN_FAILED, .reason = "crashed: \"so\""};
    char *text = printed(thread_print, 2);
    assert_row(text, "  metadata for each frame of RAM", "   1.0 B        -");
    assert_non_null(strstr(text, "\nprimary  NO RESULT: crashed: \"so\"\n"));
    free(text);
    text = printed(thread_print_json, 2);
    assert_null(json_error(text));
    assert_true(json_equals(text, "claims[0].by_strategy.primary", "null"));
    assert_true(json_equals(text, "errors[0].strategy", "\"primary\""));
    assert_true(json_equals(text, "errors[0].error", "\"crashed: \\\"so\\\"\""));
    assert_int_equal(json_type(text, "errors[1]"), 0);
    free(text);
    trace_close(&trace);
}

/* Returns the JSON path of a key of the measure's claim. */
static char *claim_path(char path[64], enum thread_measure measure, const char *key)
{
    uint32_t i = 0;

    for (const struct thread_claim *claim = thread_claims; claim->name != NULL; claim++)
        for (const struct thread_row *row = claim->rows; row->label != NULL; row++, i++)
            if (row->measure == measure) {
                snprintf(path, 64, "claims[%u].%s", (unsigned)i, key);
                return path;
            }
    fail_msg("measure %u is in no claim", (unsigned)measure);
    return path;
}

TEST(json_has_numbers_in_the_unit)
{
    static const struct {
        enum thread_measure measure;
        const char *unit;
        const char *value;
    } table[] = {
        {THREAD_PAGE_COST, "\"ratio\"", "999.949900"},
        {THREAD_PAGE_OVERHEAD, "\"bytes each\"", "4096.000500"},
        {THREAD_KMALLOC_FAILED, "\"share\"", "0.999000"},
        {THREAD_LIMIT_CAUSE, "\"cause\"", "\"no_address_space\""},
        {THREAD_TLB_MISSES, "\"per 1000\"", "0.010000"},
        {THREAD_LARGEST_KMALLOC, "\"bytes\"", "1072693248"},
    };
    char path[64];

    open_trace();
    char *text = printed(thread_print_json, 4); /* the fourth is the same strategy as the first */
    assert_null(json_error(text));
    assert_int_equal(json_u64(text, "events"), 1);
    assert_int_equal(json_u64(text, "ram_bytes"), 1u << 26);
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        assert_true(json_equals(text, claim_path(path, table[i].measure, "unit"), table[i].unit));
        if (!json_equals(text, claim_path(path, table[i].measure, "by_strategy.brk"),
                         table[i].value))
            fail_msg("expected %s at %s in %s", table[i].value, path, text);
    }
    assert_true(json_equals(text, "claims[0].claim", "\"page_cost\""));
    assert_true(json_equals(text, "claims[0].quote", "\"slower to allocate pages\""));
    assert_int_equal(json_type(text, "claims[0].measure"), '"');
    assert_true(json_equals(text, "errors", "[]"));
    free(text);
    trace_close(&trace);
}
