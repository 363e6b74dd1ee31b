/* Tests the JSON of a whole run. */
#include "replay/run_json.h"
#include "support/test.h"

#include "support/on_machine.h"
#include "support/text_sink.h"

#include <stdio.h>
#include <string.h>

static const char *site_name(void *context, uint32_t site)
{
    assert_int_equal(site, 7);
    return context;
}

static void put_run(const struct replay_result *result, const struct run_names *names)
{
    struct json json = json_to(*sink_fresh());

    run_json_put(&json, result, names);
}

static struct replay_result a_result(void)
{
    struct replay_result result = {
        .events = 100,
        .requests = {10, 20, 30, 40, 50, 60, 70},
        .failures = {1, 2, 3, 4, 5, 6, 7},
        .late_failures = 1,
        .failures_by_cause = {0, 1, 2, 3, 4, 5, 6, 7},
        .failures_while_free = 9,
        .frees_skipped = 8,
        .process_events_skipped = 6,
        .heap_payload_peak_bytes = 750,
        .heap_span_peak_bytes = 1000,
        .heap_spans_peak = 3,
        .heap_left_peak_bytes = 5000,
        .moves = 11,
        .moves_bytes = UINT64_C(1) << 32,
        .moves_wasted = 2,
        .blocks_over_page = 8,
        .blocks_contiguous = 2,
        .contiguous_worst_permille = 125,
        .frames_total = 1000,
        .frames_used_peak = 900,
        .metadata_bytes = 81920,
        .digest = 0x0123456789abcdef,
    };

    result.first_by_cause[MM_BRK_BLOCKED] =
        (struct replay_failure){.event = 55,
                                .request = REQUEST_PAGES,
                                .bytes = 8192,
                                .cause = MM_BRK_BLOCKED,
                                .late = false,
                                .free_bytes = 1ull << 32,
                                .blocker = {.frame = pfn(0x1234),
                                            .owned = true,
                                            .site = 7,
                                            .since_event = 44,
                                            .kind = FRAME_USER,
                                            .frames = 16}};
    result.first_by_cause[MM_NO_FRAMES] = (struct replay_failure){.event = 77,
                                                                  .request = REQUEST_KMALLOC,
                                                                  .bytes = 20000,
                                                                  .cause = MM_NO_FRAMES,
                                                                  .late = true,
                                                                  .free_bytes = 4096,
                                                                  .blocker = {.frame = PFN_NONE}};
    for (int32_t order = 0; order <= (int32_t)ORDER_MAX; order++) {
        result.end.unusable_index[order] = order;
        result.end.fragmentation_index[order] = -1000;
        result.worst.unusable_index[order] = 1000;
        result.worst.fragmentation_index[order] = -order;
    }
    return result;
}

static const char counts[] =
    "\"strategy\": \"brk\", "
    "\"requests\": {\"kmalloc\": 10, \"pages\": 20, \"vmalloc\": 30, \"touch\": 40, "
    "\"process\": 50, \"map\": 60, \"setbrk\": 70}, "
    "\"failures\": {\"kmalloc\": 1, \"pages\": 2, \"vmalloc\": 3, \"touch\": 4, "
    "\"process\": 5, \"map\": 6, \"setbrk\": 7}, "
    "\"late_failures\": 1, \"failures_while_free\": 9, \"frees_skipped\": 8, "
    "\"process_events_skipped\": 6, "
    "\"failures_by_cause\": {\"no_frames\": 1, \"no_run\": 2, \"brk_blocked\": 3, "
    "\"no_address_space\": 4, \"zone\": 5, \"unsupported\": 6, \"bad_access\": 7}, ";

#define BLOCKED                                                                                    \
    "{\"event\": 55, \"request\": \"pages\", \"bytes\": 8192, "                                    \
    "\"cause\": \"brk_blocked\", \"late\": false, \"free_bytes\": 4294967296, "                    \
    "\"process\": null, \"access\": null, "                                                        \
    "\"blocker\": {\"frame\": 4660, \"site\": \"a \\\"site\\\"\", \"process\": null, "             \
    "\"kind\": \"user\", \"frames\": 16, \"since_event\": 44, \"age_events\": 11}}"

/* The first failure of all, and the first for each cause. */
static const char first_failure[] =
    "\"first_failure\": " BLOCKED ", \"first_failure_by_cause\": {"
    "\"no_frames\": {\"event\": 77, \"request\": \"kmalloc\", \"bytes\": 20000, "
    "\"cause\": \"no_frames\", \"late\": true, \"free_bytes\": 4096, \"process\": null, "
    "\"access\": null, \"blocker\": null}, "
    "\"no_run\": null, \"brk_blocked\": " BLOCKED ", \"no_address_space\": null, "
    "\"zone\": null, \"unsupported\": null, \"bad_access\": null}, ";

static const char heap_and_frames[] =
    "\"heap\": {\"peak_payload_bytes\": 750, \"peak_span_bytes\": 1000, "
    "\"peak_spans\": 3, \"peak_left_bytes\": 5000, "
    "\"utilisation\": 0.750, \"contiguous_fraction\": 0.250, "
    "\"contiguous_fraction_worst\": 0.125}, "
    "\"moves\": {\"count\": 11, \"bytes\": 4294967296, \"wasted\": 2}, "
    "\"frames\": {\"total\": 1000, \"peak_used\": 900, \"metadata_bytes\": 81920}, ";

static const char fragmentation[] = "\"fragmentation\": {\"end\": ["
                                    "{\"unusable_index\": 0, \"fragmentation_index\": -1000}, "
                                    "{\"unusable_index\": 1, \"fragmentation_index\": -1000}, "
                                    "{\"unusable_index\": 2, \"fragmentation_index\": -1000}, "
                                    "{\"unusable_index\": 3, \"fragmentation_index\": -1000}, "
                                    "{\"unusable_index\": 4, \"fragmentation_index\": -1000}, "
                                    "{\"unusable_index\": 5, \"fragmentation_index\": -1000}, "
                                    "{\"unusable_index\": 6, \"fragmentation_index\": -1000}, "
                                    "{\"unusable_index\": 7, \"fragmentation_index\": -1000}, "
                                    "{\"unusable_index\": 8, \"fragmentation_index\": -1000}, "
                                    "{\"unusable_index\": 9, \"fragmentation_index\": -1000}, "
                                    "{\"unusable_index\": 10, \"fragmentation_index\": -1000}], "
                                    "\"worst\": ["
                                    "{\"unusable_index\": 1000, \"fragmentation_index\": 0}, "
                                    "{\"unusable_index\": 1000, \"fragmentation_index\": -1}, "
                                    "{\"unusable_index\": 1000, \"fragmentation_index\": -2}, "
                                    "{\"unusable_index\": 1000, \"fragmentation_index\": -3}, "
                                    "{\"unusable_index\": 1000, \"fragmentation_index\": -4}, "
                                    "{\"unusable_index\": 1000, \"fragmentation_index\": -5}, "
                                    "{\"unusable_index\": 1000, \"fragmentation_index\": -6}, "
                                    "{\"unusable_index\": 1000, \"fragmentation_index\": -7}, "
                                    "{\"unusable_index\": 1000, \"fragmentation_index\": -8}, "
                                    "{\"unusable_index\": 1000, \"fragmentation_index\": -9}, "
                                    "{\"unusable_index\": 1000, \"fragmentation_index\": -10}]}, ";

static const char cost_and_digest[] =
    "\"cost\": {\"seconds\": 2.500000, \"events_per_second\": 40, "
    "\"repetitions\": 9, \"seconds_least\": 2.400000, \"seconds_most\": 3.000000, "
    "\"seconds_spread\": 0.100000, "
    "\"tlb\": {\"hits\": 5000000000, \"misses\": 12, \"untranslated\": 34}}, "
    "\"digest\": \"0123456789abcdef\"";

TEST(a_run_is_written_as_json)
{
    struct replay_result result = a_result();
    char site[] = "a \"site\"";
    const struct run_names names = {.strategy = "brk",
                                    .site = site_name,
                                    .context = site,
                                    .microseconds = 2500000,
                                    .events_per_second = 40,
                                    .repetitions = 9,
                                    .microseconds_least = 2400000,
                                    .microseconds_most = 3000000,
                                    .microseconds_spread = 100000,
                                    .tlb_hits = UINT64_C(5000000000),
                                    .tlb_misses = 12,
                                    .untranslated = 34};
    char expected[sizeof sink_text];

    strcpy(expected, counts);
    strcat(expected, first_failure);
    strcat(expected, heap_and_frames);
    strcat(expected, fragmentation);
    strcat(expected, cost_and_digest);
    put_run(&result, &names);
    assert_string_equal(sink_text, expected);
}

static void assert_has(const char *part)
{
    if (strstr(sink_text, part) == NULL)
        fail_msg("\"%s\" is not in: %s", part, sink_text);
}

/* Nothing happened and nothing was measured. */
TEST(an_empty_run_is_written_as_json)
{
    const struct replay_result result = {.contiguous_worst_permille = 1000};
    const struct run_names names = {.strategy = "window", .microseconds = UINT64_MAX};

    put_run(&result, &names);
    assert_has("\"first_failure\": null, \"first_failure_by_cause\": {\"no_frames\": null, "
               "\"no_run\": null, \"brk_blocked\": null, \"no_address_space\": null, "
               "\"zone\": null, \"unsupported\": null, \"bad_access\": null}, \"heap\": ");
    assert_has("\"utilisation\": 0.000, \"contiguous_fraction\": 1.000, ");
    assert_has("\"cost\": {\"seconds\": null, \"events_per_second\": null, \"tlb\": null}, ");
    assert_has("\"digest\": \"0000000000000000\"");
}

static void put_failure(enum mm_cause cause, bool late, struct replay_culprit blocker,
                        const struct run_names *names)
{
    struct replay_result result = a_result();
    struct replay_failure failure = result.first_by_cause[MM_BRK_BLOCKED];

    memset(result.first_by_cause, 0, sizeof result.first_by_cause);
    failure.cause = cause;
    failure.late = late;
    failure.blocker = blocker;
    result.first_by_cause[cause] = failure;
    put_run(&result, names);
}

#define BLOCKED_BY(...)                                                                            \
    (struct replay_culprit)                                                                        \
    {                                                                                              \
        .frame = pfn(5), .owned = true, .since_event = 3, .kind = FRAME_SLAB, .frames = 9,         \
        __VA_ARGS__                                                                                \
    }

/* No culprit, a culprit without an owner, one without a site, one whose site has no name, and a
 * process. */
TEST(culprits_are_written_as_json)
{
    const struct run_names unnamed = {.strategy = "brk"};
    const struct run_names nameless = {.strategy = "brk", .site = site_name};
    static const char siteless[] =
        "\"blocker\": {\"frame\": 5, \"site\": null, \"process\": null, \"kind\": \"slab\", "
        "\"frames\": 9, \"since_event\": 3, \"age_events\": 52}}, ";

    put_failure(MM_NO_FRAMES, true, (struct replay_culprit){.frame = PFN_NONE}, &unnamed);
    assert_has("\"cause\": \"no_frames\", \"late\": true, ");
    assert_has("\"blocker\": null}, ");
    put_failure(MM_BRK_BLOCKED, false,
                (struct replay_culprit){.frame = pfn(0), .kind = FRAME_DEVICE}, &unnamed);
    assert_has(
        "\"blocker\": {\"frame\": 0, \"site\": null, \"process\": null, \"kind\": \"device\", "
        "\"frames\": null, \"since_event\": null, \"age_events\": null}}, ");
    put_failure(MM_BRK_BLOCKED, false, BLOCKED_BY(.site = 7), &unnamed);
    assert_has(siteless);
    put_failure(MM_BRK_BLOCKED, false, BLOCKED_BY(.site = SITE_NONE), &nameless);
    assert_has(siteless);
    put_failure(MM_BRK_BLOCKED, false, BLOCKED_BY(.site = 7), &nameless);
    assert_has(siteless);
    put_failure(MM_BRK_BLOCKED, false, BLOCKED_BY(.process = UINT64_MAX), &unnamed);
    assert_has("\"blocker\": {\"frame\": 5, \"site\": null, \"process\": 18446744073709551615, "
               "\"kind\": \"slab\", \"frames\": 9, \"since_event\": 3, \"age_events\": 52}}, ");
}

static void put_access(enum mm_cause cause, enum mm_access_fault why)
{
    const struct run_names names = {.strategy = "brk"};
    struct replay_result result = {0};

    result.first_by_cause[cause] = (struct replay_failure){
        .event = 1,
        .request = REQUEST_TOUCH,
        .cause = cause,
        .blocker = {.frame = PFN_NONE},
        .process = 1234,
        .access = {.va = vaddr(0xfffffffc), .error_code = 7, .why = why},
    };
    put_run(&result, &names);
}

/* A bad access names the process, the address and the reason. Failures for other causes have no
 * access. */
TEST(bad_accesses_are_written_as_json)
{
    static const char *const names[MM_ACCESS_FAULT_COUNT] = {"null_page", "kernel_space",
                                                             "no_region", "rights"};
    char expected[200];

    for (enum mm_access_fault why = MM_ACCESS_NULL; why < MM_ACCESS_FAULT_COUNT; why++) {
        put_access(MM_BAD_ACCESS, why);
        snprintf(expected, sizeof expected,
                 "\"process\": 1234, \"access\": {\"address\": 4294967292, \"error_code\": 7, "
                 "\"why\": \"%s\"}, \"blocker\": null}, ",
                 names[why]);
        assert_has(expected);
    }
    put_access(MM_ZONE, MM_ACCESS_RIGHTS);
    assert_has("\"process\": 1234, \"access\": null, \"blocker\": null}, ");
}

TEST(a_map_is_written_in_linuxs_lines)
{
    static const struct memmap_range ranges[] = {
        {0, 0x9fbff, true}, {0x9fc00, 0x9ffff, false}, {0x100000000, UINT64_MAX, true}};

    memmap_text_put(sink_fresh(), ranges, 3);
    assert_string_equal(sink_text,
                        "BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff] usable\n"
                        "BIOS-e820: [mem 0x000000000009fc00-0x000000000009ffff] reserved\n"
                        "BIOS-e820: [mem 0x0000000100000000-0xffffffffffffffff] usable\n");
}
