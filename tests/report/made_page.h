/* Makes a page of `mmsim report` in memory, and reads it. */
#ifndef TESTS_REPORT_MADE_PAGE_H
#define TESTS_REPORT_MADE_PAGE_H

#include "replay/run_json.h"
#include "report/report_page.h"
#include "support/json.h"
#include "support/lab.h"
#include "support/page_elements.h"
#include "support/test.h"

#include <mm/strategy.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MIB UINT64_C(0x100000)

/* The page at c is in brk's way. */
#define EVENTS                                                                                     \
    "pages 1 10 @a\n"                                                                              \
    "pages 2 10 @b\n"                                                                              \
    "pages 3 10 @c\n"                                                                              \
    "free_pages 1\n"                                                                               \
    "free_pages 2\n"                                                                               \
    "kmalloc 4 13631488 @module\n"                                                                 \
    "kmalloc 5 1000 @module\n"                                                                     \
    "kmalloc 6 13631488 @module\n"                                                                 \
    "vmalloc 7 3000000000 @module\n"

static struct trace trace;
static struct memmap map;
static struct evidence evidence;
static struct report report;
static struct report_page page;
static struct byte_list text; /* the page */
static char *head;

static inline void gather(const struct strategy *const strategies[], uint32_t count, bool quick)
{
    const struct evidence_request request = {.runs = {.trace = &trace,
                                                      .strategies = strategies,
                                                      .count = count,
                                                      .map = &map,
                                                      .ram_bytes = 32 * MIB},
                                             .quick = quick};

    map = lab_map(32 * MIB);
    evidence_gather(&evidence, &request);
    report = (struct report){
        .evidence = &evidence, .ram_from = "--ram", .quick = quick, .moments_wanted = 300};
}

static inline void pack(uint32_t even, enum history_owners owners)
{
    struct sim_error error;

    assert_true(evidence_record(&evidence, even, owners, &error));
    report_page_make(&page, &report);
}

static inline void put(void)
{
    const struct text_out out = text_out_to_bytes(&text);

    free(head);
    text.count = 0;
    report_page_put(&page, &out);
    out.put(out.context, "", 1);
    head = page_element((const char *)text.data, "report");
    assert_non_null(head);
    if (json_error(head) != NULL)
        fail_msg("%s", json_error(head));
}

/* Records again, with the owners told apart in this way. */
static inline void repack(enum history_owners owners)
{
    report_page_free(&page);
    pack(300, owners);
    put();
}

/* A quick page of these strategies. */
static inline void make(const struct strategy *const strategies[], uint32_t count)
{
    gather(strategies, count, true);
    pack(300, HISTORY_OWNERS_EACH);
    put();
}

static inline void make_usual(void)
{
    static const struct strategy *strategies[2];

    strategies[0] = mm_strategy_find("brk");
    strategies[1] = mm_strategy_find("zoned");
    trace = lab_trace_text(EVENTS);
    make(strategies, 2);
}

static inline int release(void **state)
{
    (void)state;
    report_page_free(&page);
    evidence_free(&evidence);
    evidence = (struct evidence){.request = {.count = 0}};
    if (trace.name != NULL)
        trace_close(&trace);
    trace = (struct trace){.name = NULL};
    byte_list_free(&text);
    free(head);
    head = NULL;
    return 0;
}

/* Runs the tests of the file, which need what a page is packed with. */
static inline int made_page_tests(void)
{
    if (page_block_missing() == NULL)
        return tests_run(NULL, NULL);
    printf("skipped: %s\n", page_block_missing());
    return 0;
}

static inline uint8_t *data_of(const char *name, uint32_t run, size_t *bytes)
{
    char id[32];

    snprintf(id, sizeof id, "%s-%" PRIu32, name, run);
    return page_data((const char *)text.data, id, bytes);
}

static inline void assert_data(const char *name, uint32_t run, const uint8_t *expected,
                               size_t expected_bytes)
{
    size_t bytes = 0;
    uint8_t *data = data_of(name, run, &bytes);

    assert_non_null(data);
    assert_int_equal(bytes, expected_bytes);
    if (bytes > 0)
        assert_memory_equal(data, expected, bytes);
    free(data);
}

static inline void assert_head(const char *path, uint64_t value)
{
    if (json_u64(head, path) != value)
        fail_msg("%s is %" PRIu64 ", not %" PRIu64, path, json_u64(head, path), value);
}

#endif
