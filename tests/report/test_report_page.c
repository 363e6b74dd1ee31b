/* The page of `mmsim report`: its data are those of the histories, its numbers those of the runs,
   and no name can leave the element that it stands in. Its notes are tested in
   test_report_page_notes.c. */
#include "report/made_page.h"
#include "support/naive_runs.h"
#include "support/scratch.h"
#include "trace/trace_writer.h"

TEST_FIXTURES(NULL, release)

int main(void)
{
    return made_page_tests();
}

/* ---- data ---- */

TEST(kinds_and_owners_are_those_of_the_history)
{
    make_usual();
    for (uint32_t i = 0; i < 2; i++) {
        const struct history *history = &evidence.run[i].history;
        assert_data("kinds", i, history->kinds, history->counts.kinds_bytes);
        assert_data("owners", i, history->owners, history->counts.owner_bytes);
    }
}

/* The sum of the first `count` differences at a path, which may be negative. */
static int64_t sum_at(const char *series, const char *path, uint32_t count)
{
    int64_t sum = 0;

    for (uint32_t i = 0; i < count; i++) {
        char element[64];
        size_t bytes;
        snprintf(element, sizeof element, "%s[%" PRIu32 "]", path, i);
        const char *number = json_find(series, element, &bytes);
        assert_non_null(number);
        sum += strtoll(number, NULL, 10);
    }
    return sum;
}

static uint64_t failures_of(const struct history_sample *sample)
{
    uint64_t failures = 0;

    for (uint32_t cause = 0; cause < MM_CAUSE_COUNT; cause++)
        failures += sample->failures_by_cause[cause];
    return failures;
}

static void assert_series(const char *series, const struct history *history)
{
    for (uint32_t i = 0; i < history->counts.samples; i++) {
        const struct history_sample *sample = &history->samples[i];
        const struct {
            const char *path;
            uint64_t value;
        } values[] = {
            {"event", sample->event},
            {"failing", sample->failing},
            {"failures", failures_of(sample)},
            {"requests", sample->requests},
            {"live_bytes", sample->live_bytes},
            {"heap_payload_bytes", sample->heap_payload_bytes},
            {"heap_span_bytes", sample->heap_span_bytes},
            {"frames_used", sample->frames_used},
            {"free_bytes", sample->free_bytes},
            {"free_frames[0]", sample->zone_free_frames[0]},
            {"free_frames[1]", sample->zone_free_frames[1]},
            {"free_frames[2]", sample->zone_free_frames[2]},
            {"largest_run_frames", sample->largest_run_frames},
            {"unusable[10]", (uint64_t)sample->unusable_index[10]},
            {"tlb_hits", sample->tlb_hits},
            {"tlb_misses", sample->tlb_misses},
            {"moves", sample->moves},
            {"kinds_at", i > 0 ? sample[-1].kinds_end : 0},
            {"owners_at", i > 0 ? sample[-1].owners_end : 0},
        };
        for (size_t k = 0; k < sizeof values / sizeof values[0]; k++)
            assert_int_equal(sum_at(series, values[k].path, i + 1u), values[k].value);
    }
}

TEST(series_add_up_to_the_samples)
{
    make_usual();
    for (uint32_t i = 0; i < 2; i++) {
        size_t bytes;
        char *series = (char *)data_of("series", i, &bytes);
        assert_null(json_error(series));
        assert_series(series, &evidence.run[i].history);
        free(series);
    }
}

TEST(each_owner_has_its_site_its_call_and_its_event)
{
    make_usual();
    const struct history *history = &evidence.run[0].history;
    size_t bytes;
    char *list = (char *)data_of("owner-list", 0, &bytes);

    assert_null(json_error(list));
    for (uint32_t i = 0; i < history->counts.owners; i++) {
        const struct owner_facts *facts = &history->owner[i];
        char path[64];
        char site[64];
        snprintf(path, sizeof path, "bytes[%" PRIu32 "]", i + 1u);
        assert_int_equal(json_u64(list, path), facts->bytes);
        assert_int_equal(sum_at(list, "since", i + 2u), facts->since_event);
        snprintf(path, sizeof path, "site[%" PRIu32 "]", i + 1u);
        snprintf(path, sizeof path, "sites[%" PRIu64 "]", json_u64(list, path));
        snprintf(site, sizeof site, "\"%s\"", trace_site_name(&trace, facts->site));
        assert_true(json_equals(list, path, site));
    }
    assert_int_equal(json_type(list, "sites[0]"), 'n');
    free(list);
}

TEST(marks_are_the_failures)
{
    make_usual();
    report_page_free(&page);
    evidence.run[0].history.marks[0].late = true;
    report_page_make(&page, &report);
    put();
    const struct history *history = &evidence.run[0].history;
    struct naive_bytes bytes = {NULL, 0, 0};
    uint8_t *data = data_of("marks", 0, &bytes.end);
    uint64_t event = 0;

    bytes.data = data;
    assert_int_equal(history->marks[history->counts.marks - 1u].request, REQUEST_VMALLOC);
    assert_true(history->counts.marks > 0);
    for (uint32_t i = 0; i < history->counts.marks; i++) {
        const struct history_mark *mark = &history->marks[i];
        event += naive_number(&bytes);
        assert_int_equal(event, mark->event);
        assert_int_equal(data[bytes.at] & 15, mark->cause);
        assert_int_equal(data[bytes.at] >> 4 & 7, mark->request);
        assert_int_equal(data[bytes.at++] >> 7, mark->late);
    }
    assert_int_equal(bytes.at, bytes.end);
    free(data);
}

/* ---- the head ---- */

TEST(numbers_of_the_head_are_those_of_the_runs)
{
    make_usual();
    assert_head("ram_bytes", 32 * MIB);
    assert_head("frames", memmap_end(&map).value);
    assert_head("trace.events", trace.header.events);
    for (uint32_t i = 0; i < 2; i++) {
        const struct replay_result *result = &evidence.runs.runs[i].outcome->result;
        const struct failure_groups *groups = evidence.runs.runs[i].groups;
        char path[64];
        snprintf(path, sizeof path, "strategies[%" PRIu32 "].result.requests.kmalloc", i);
        assert_head(path, result->requests[REQUEST_KMALLOC]);
        snprintf(path, sizeof path, "strategies[%" PRIu32 "].result.failures.kmalloc", i);
        assert_head(path, result->failures[REQUEST_KMALLOC]);
        snprintf(path, sizeof path, "strategies[%" PRIu32 "].failures_all", i);
        assert_head(path, groups->failures);
        snprintf(path, sizeof path, "strategies[%" PRIu32 "].samples", i);
        assert_head(path, evidence.moments.count);
    }
}

TEST(a_group_leads_to_its_sample_and_its_blocker)
{
    make_usual();
    const struct failure_group *group = &evidence.runs.runs[0].groups->group[0];

    assert_head("strategies[0].groups[0].first", 6);
    assert_head("strategies[0].groups[0].sample", group->sample);
    assert_int_equal(evidence.run[0].history.samples[group->sample].failing, 6);
    assert_head("strategies[0].groups[0].blocker.frame", group->first.blocker.frame.value);
    assert_true(json_equals(head, "strategies[0].groups[0].blocker.site", "\"c\""));
    assert_true(json_equals(head, "strategies[0].groups[0].blocker.way", "true"));
    assert_true(json_equals(head, "strategies[0].brk", "true"));
}

/* ---- size ---- */

static size_t bytes_of_head(void)
{
    return strlen("<script type=\"application/json\" id=\"report\">") + strlen(head) +
           strlen("</script>\n");
}

TEST(the_size_is_known_before_the_page_is_written)
{
    make_usual();
    assert_int_equal(report_page_bytes(&page), text.count - 1u - bytes_of_head());
    repack(HISTORY_OWNERS_NONE);
    assert_int_equal(report_page_bytes(&page), text.count - 1u - bytes_of_head());
}

/* ---- names ---- */

#define HOSTILE "</script><script>alert(1)</script><!--<![CDATA[\x1b[31m\x9b\xff\r\n\"'\\&]]>-->"

/* The site of each block has the hostile name. */
static void make_hostile_trace(void)
{
    struct sim_error error;
    struct trace_writer *writer = trace_writer_open(&error);
    uint32_t site = trace_writer_site(writer, HOSTILE, strlen(HOSTILE));
    const char *path = scratch_path("hostile.mmb");

    for (uint32_t i = 0; i < 9; i++)
        assert_null(trace_writer_event(
            writer,
            &(struct event){
                .kind = EVENT_KMALLOC, .slot = i, .id = i + 1u, .bytes = 9u << 20, .site = site}));
    assert_true(trace_writer_finish(writer, &error) && trace_writer_save(writer, path, &error));
    trace_writer_close(writer);
    trace = lab_trace(path);
}

static uint32_t occurrences(const char *piece)
{
    uint32_t times = 0;

    for (const char *at = (const char *)text.data; (at = strstr(at, piece)) != NULL; at++)
        times++;
    return times;
}

TEST(hostile_names_do_not_leave_their_element)
{
    struct strategy hostile = *mm_strategy_find("brk");
    const struct strategy *strategies[] = {&hostile};

    make_usual();
    uint32_t ends = occurrences("</script") - page.block_count;
    uint32_t comments = occurrences("<!--");
    (void)release(NULL);
    hostile.name = HOSTILE;
    make_hostile_trace();
    char *name = trace.name;
    char hostile_path[] = HOSTILE;
    trace.name = hostile_path;
    make(strategies, 1);
    report.sweep_file = HOSTILE;
    put();
    trace.name = name;
    assert_int_equal(occurrences("</script"), ends + page.block_count);
    assert_int_equal(occurrences("<!--"), comments);
    assert_int_equal(occurrences("alert(1)<"), 0);
    assert_true(strstr(head, "alert(1)") != NULL);
    for (const char *at = head; *at != '\0'; at++)
        if (*at == '<' || (unsigned char)*at < 0x20 || *at == 0x7f)
            fail_msg("byte 0x%02x is in the head: %.60s", (unsigned)(unsigned char)*at, at);
    assert_null(json_error(head));
}

/* ---- a strategy without a result ---- */

static vaddr_t kmalloc_panics(struct mm *mm, uint32_t bytes, enum page_class page_class)
{
    (void)bytes;
    (void)page_class;
    (void)mm;
    machine_panic("kmalloc_panics", "was told to panic", 0);
}

TEST(a_strategy_without_a_result_has_an_error_and_no_data)
{
    struct strategy bad = *mm_strategy_find("brk");
    const struct strategy *strategies[] = {&bad, mm_strategy_find("zoned")};
    size_t bytes;

    bad.name = "bad";
    bad.kmalloc = kmalloc_panics;
    trace = lab_trace_text(EVENTS);
    make(strategies, 2);
    assert_true(json_equals(head, "strategies[0].name", "\"bad\""));
    assert_int_equal(json_type(head, "strategies[0].error"), '"');
    assert_int_equal(json_type(head, "strategies[0].result"), 0);
    assert_int_equal(json_type(head, "strategies[1].error"), 0);
    assert_int_equal(json_type(head, "strategies[1].result"), '{');
    assert_null(data_of("series", 0, &bytes));
    assert_data("kinds", 1, evidence.run[1].history.kinds,
                evidence.run[1].history.counts.kinds_bytes);
}
