/*
 * The finding in words, for real results: traces are generated and replayed, and every number in
 * the words is one of the results.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <mm/strategy.h>

#include "lab/finding_runs.h"
#include "report/phrases.h"
#include "report/story.h"
#include "support/lab.h"
#include "support/model_effort.h"
#include "support/prose_checks.h"
#include "support/scratch.h"
#include "trace/generate/generate.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define MIB UINT64_C(0x100000)

/* ---- the numbers that the results have ---- */

#define NUMBERS_MAX 4096u

static struct number_text known[NUMBERS_MAX];
static uint32_t known_count;

static void know_text(struct number_text text)
{
    assert_true(known_count < NUMBERS_MAX);
    known[known_count++] = text;
}

static void know(uint64_t number)
{
    know_text(number_grouped(number));
}

static void know_size(uint64_t bytes)
{
    know_text(phrase_size_text(bytes));
}

static void know_share(uint64_t part, uint64_t whole)
{
    if (whole != 0 && part <= whole)
        know_text(phrase_share_text(part, whole));
}

static void know_group(const struct failure_group *group)
{
    const struct replay_failure *first = &group->first;

    know(first->event);
    know(first->process);
    know(replay_age(first));
    know(group->bytes_least >> PAGE_SHIFT);
    know(group->bytes_most >> PAGE_SHIFT);
    know_size(first->bytes);
    know_size(group->bytes_least);
    know_size(group->bytes_most);
    know_size(first->free_bytes);
    know_size(group->heap_span_bytes);
    know_size((uint64_t)first->blocker.frames << PAGE_SHIFT);
    know(first->blocker.process);
}

static void know_explanation(const struct explanation *explanation, uint64_t ram_bytes)
{
    const struct explain_snapshot *snapshot = &explanation->snapshot;
    uint64_t free_frames = 0;

    know(explanation->freeing.count);
    know_size((uint64_t)explanation->freeing.frames << PAGE_SHIFT);
    know_size(explanation->ram.least_bytes - ram_bytes);
    know_size(EXPLAIN_RAM_STEP);
    know_size(snapshot->heap_span_bytes);
    know_size(snapshot->heap_most_bytes);
    for (uint32_t zone = 0; zone < ZONE_COUNT; zone++) {
        know_size((uint64_t)snapshot->zone[zone].largest_run << PAGE_SHIFT);
        free_frames += snapshot->zone[zone].free.frames;
        know_size(free_frames << PAGE_SHIFT);
    }
}

static void know_run(const struct finding_run *run)
{
    const struct replay_result *result = &run->outcome->result;
    const struct finding_reasons reasons = finding_reasons(run);

    know(finding_requests(run));
    know(finding_failed(run));
    know_share(finding_failed(run), finding_requests(run));
    for (uint32_t reason = 0; reason < REASON_COUNT; reason++)
        know(reasons.failed[reason]);
    know(result->late_failures);
    know(result->moves);
    know(result->moves_wasted);
    know_size(result->moves_bytes);
    know_size(result->heap_left_peak_bytes);
    for (uint32_t i = 0; i < run->groups->count; i++)
        know_group(&run->groups->group[i]);
    assert_int_equal(run->groups->failures, finding_failed(run));
}

static void know_all(const struct finding_runs *runs)
{
    uint64_t failed = 0;
    uint64_t used_up = 0;

    known_count = 0;
    know_text((struct number_text){"1/64"});
    know_text((struct number_text){"0.5"});
    know_text((struct number_text){"0x00000000"});
    know_size(runs->facts.ram_bytes);
    know_size(runs->facts.trace->header.peak_live_bytes);
    for (uint32_t i = 0; i < runs->facts.count; i++) {
        know_run(&runs->runs[i]);
        failed += finding_failed(&runs->runs[i]);
        used_up += finding_reasons(&runs->runs[i]).failed[REASON_USED_UP];
    }
    know_share(used_up, failed);
    if (runs->explanation != NULL)
        know_explanation(runs->explanation, runs->facts.ram_bytes);
}

/* ---- the numbers in the words ---- */

/* Whether one of the known numbers stands at this place, whole. */
static bool is_known(const char *at, size_t bytes)
{
    for (uint32_t i = 0; i < known_count; i++) {
        const char *digits = strpbrk(known[i].text, "0123456789"); /* after "less than" */
        size_t length = digits != NULL ? strlen(digits) : 0;
        if (length >= bytes && strncmp(at, digits, length) == 0 &&
            !isalnum((unsigned char)at[length]))
            return true;
    }
    return false;
}

static size_t number_bytes(const char *at)
{
    size_t bytes = strspn(at, "0123456789abcdefx/,.");

    while (bytes > 1 && (at[bytes - 1u] == ',' || at[bytes - 1u] == '.'))
        bytes--;
    return bytes;
}

/* A digit inside a word, such as kseg0 or a site, begins no number. */
static void assert_numbers_are_known(const char *text)
{
    for (const char *at = text; *at != '\0'; at++) {
        if (!isdigit((unsigned char)*at) ||
            (at != text && (isalnum((unsigned char)at[-1]) || at[-1] == '_')))
            continue;
        size_t bytes = number_bytes(at);
        if (!is_known(at, bytes))
            fail_msg("%.*s is not in the results: %s", (int)bytes, at, text);
        at += bytes - 1u;
    }
}

/* ---- stories of real results ---- */

static struct finding_runs runs;
static struct story story;
static struct trace trace;

/* names: strategies, ended by NULL */
static void tell(uint64_t ram_bytes, const char *const names[])
{
    const struct strategy *strategies[COMPARE_MAX];
    struct memmap map = lab_map(ram_bytes);
    uint32_t count = 0;

    for (; names[count] != NULL; count++)
        strategies[count] = mm_strategy_find(names[count]);
    const struct finding_request request = {.trace = &trace,
                                            .strategies = strategies,
                                            .count = count,
                                            .map = &map,
                                            .ram_bytes = ram_bytes};
    finding_runs_make(&runs, &request);
    story_make(&story, &runs.facts);
    assert_prose_is_well_formed(&story.headline, false);
    assert_prose_is_well_formed(&story.text, true);
    know_all(&runs);
    assert_numbers_are_known(prose_whole_text(&story.text));
}

static void end_story(void)
{
    story_free(&story);
    finding_runs_free(&runs);
    trace_close(&trace);
}

static void assert_headline(const char *expected)
{
    const char *headline = prose_paragraph_text(&story.headline, 0);

    if (strstr(headline, expected) == NULL)
        fail_msg("\"%s\" is not in: %s", expected, headline);
    assert_numbers_are_known(headline);
}

/* Valgrind takes the first of the cases only. */
#define CASES_STEP (RUNNING_ON_VALGRIND ? 100u : 1u)

struct generated_case {
    const char *profile;
    uint64_t events;
    uint64_t live_bytes; /* 0: the profile chooses */
    uint64_t ram_bytes;
    const char *strategies[5];
    const char *headline; /* a part of it */
};

static const struct generated_case generated_cases[] = {
    {"page-in-the-way", 16000, 16 * MIB, 24 * MIB, {"brk", "migrate", "jump"}, " will not go away"},
    {"churn", 6000, 0, 32 * MIB, {"brk", "zoned"}, "nothing fails: choose by what else matters"},
    {"churn", 6000, 0, 32 * MIB, {"window", "zoned"}, "window can't serve requests for "},
    {"leak", 30000, 0, 12 * MIB, {"brk", "zoned"}, "MiB is too little for generated"},
    {"window-filler", 20000, 0, 256 * MIB, {"window", "brk"}, "window "},
    {"fork-storm", 8000, 0, 12 * MIB, {"window", "brk", "jump"}, "12 MiB is too little"},
    {"phases", 20000, 0, 15 * MIB, {"primary", "zoned"}, ""},
};

static void generate(const struct generated_case *of)
{
    const char *path = scratch_path("generated.mmb");
    const struct generate_request request = {.profile = of->profile,
                                             .events = of->events,
                                             .seed = 1,
                                             .live_bytes = of->live_bytes,
                                             .out = path};
    struct sim_error error;

    if (!trace_generate(&request, &error))
        fail_msg("%s", error.text);
    trace = lab_trace(path);
}

static void every_number_about_a_generated_trace_is_one_of_the_results(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof generated_cases / sizeof generated_cases[0]; i += CASES_STEP) {
        generate(&generated_cases[i]);
        tell(generated_cases[i].ram_bytes, generated_cases[i].strategies);
        assert_headline(generated_cases[i].headline);
        end_story();
    }
}

struct written_case {
    const char *events;
    uint64_t ram_bytes;
    const char *strategies[4];
    const char *headline;
};

/* With 32 MiB, the blocks of order 10 are given in this order: 1800, 1400, 1000. */
static const struct written_case written_cases[] = {
    {"pages 1 10 @a\npages 2 10 @b\npages 3 10 @c\nfree_pages 1\nfree_pages 2\n"
     "kmalloc 4 13631488 @module\n",
     32 * MIB,
     {"brk", "window"},
     "brk fails with 23.8 MiB free, because one block of 4 MiB will not go away"},
    {"kmalloc 1 83886080 @big\n",
     128 * MIB,
     {"window", "brk"},
     "because its heap may not span more than "},
    {"pages 1 1 @pair\n", 32 * MIB, {"window"}, "window can't serve requests for 2 contiguous"},
    {"kmalloc 2 41943040 @big\n",
     32 * MIB,
     {"window"},
     "32 MiB is too little for lab under window"},
    {"process 1\ntouch 1 0 r\n",
     32 * MIB,
     {"brk", "zoned"},
     "Processes of lab make accesses that no region allows, whatever the strategy"},
    {"kmalloc 1 13631488 dma @d\n", 64 * MIB, {"zoned", "brk"}, ""},
    {"kmalloc 1 64 @d\n", 32 * MIB, {"zoned"}, "With 32 MiB nothing fails under zoned"},
    {"kmalloc 1 64 @d\n", 8 * MIB, {"zoned", "brk"}, ""},
};

static void every_number_about_a_written_trace_is_one_of_the_results(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof written_cases / sizeof written_cases[0]; i += CASES_STEP) {
        trace = lab_trace_text(written_cases[i].events);
        tell(written_cases[i].ram_bytes, written_cases[i].strategies);
        assert_headline(written_cases[i].headline);
        end_story();
    }
}

/* The check itself says no. */
static void a_wrong_number_is_noticed(void **state)
{
    (void)state;
    known_count = 0;
    know(12345);
    know_size(62 * MIB + MIB / 2u);
    assert_true(is_known("12,345 requests", number_bytes("12,345 requests")));
    assert_false(is_known("12,346 requests", number_bytes("12,346 requests")));
    assert_true(is_known("62.5 MiB free", number_bytes("62.5 MiB free")));
    assert_false(is_known("62.5 KiB free", number_bytes("62.5 KiB free")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_number_about_a_generated_trace_is_one_of_the_results),
        cmocka_unit_test(every_number_about_a_written_trace_is_one_of_the_results),
        cmocka_unit_test(a_wrong_number_is_noticed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
