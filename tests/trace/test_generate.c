/* Generated traces are the same on every machine, valid, and of the requested size. */
#include "support/test.h"
#include "trace/files.h"

#include "replay/crc32.h"
#include "trace/convert.h"
#include "trace/generate/generate.h"
#include "trace/info.h"

#define MIB      UINT64_C(0x100000)
#define PROFILES 7u

static void generate(const struct generate_request *request)
{
    struct sim_error error = {.text = ""};

    if (!trace_generate(request, &error))
        fail_msg("%s: %s", request->profile, error.text);
}

static uint64_t verified_events(const char *name)
{
    struct sim_error error = {.text = ""};
    struct trace trace;
    uint64_t events;

    if (!trace_open(&trace, name, &error) || !trace_verify(&trace, &error))
        fail_msg("%s", error.text);
    events = trace.header.events;
    trace_close(&trace);
    return events;
}

static struct trace_info info_of(const char *name)
{
    struct sim_error error = {.text = ""};
    struct trace trace;
    struct trace_info info = {0};

    if (!trace_open(&trace, name, &error) || !trace_info_collect(&trace, &info, &error))
        fail_msg("%s", error.text);
    trace_close(&trace);
    return info;
}

/* The checksum of 10,000 events with seed 1. Every profile reaches all its phases in them. Another
   checksum means that all generated traces have changed. */
TEST(the_events_of_each_profile_are_fixed)
{
    static const struct {
        const char *profile;
        uint32_t crc;
    } expected[PROFILES] = {
        {"churn", 0x9d42dacf},
        {"phases", 0x12e3b6d2},
        {"leak", 0xb4601135},
        {"fork-storm", 0x04377bec},
        {"page-in-the-way", 0xadfb73de},
        {"power-of-two", 0xc429bef5},
        {"window-filler", 0x8cb6b3de},
    };

    for (uint32_t i = 0; i < PROFILES; i++) {
        size_t bytes;
        char *text;
        uint32_t crc;

        generate(&(struct generate_request){.profile = expected[i].profile,
                                            .events = 10000,
                                            .seed = 1,
                                            .live_bytes = MIB,
                                            .out = "digest.mmt"});
        text = file_get("digest.mmt", &bytes);
        crc = crc32(0, text, bytes);
        free(text);
        if (crc != expected[i].crc)
            fail_msg("%s: expected checksum 0x%08x, got 0x%08x", expected[i].profile,
                     expected[i].crc, crc);
    }
}

TEST(every_seed_gives_a_valid_trace_of_the_requested_length)
{
    static const uint64_t counts[] = {1, 2, 3, 17, 250, 2099};

    for (const struct profile *profile = profiles; profile->name != NULL; profile++)
        for (uint64_t seed = 0; seed < 24; seed++) {
            uint64_t events = counts[seed % 6];

            generate(&(struct generate_request){.profile = profile->name,
                                                .events = events,
                                                .seed = seed,
                                                .live_bytes = (1 + seed / 6) * MIB,
                                                .out = "sound.mmb"});
            assert_true(verified_events("sound.mmb") == events);
        }
}

TEST(a_longer_trace_begins_like_a_shorter_one)
{
    for (const struct profile *profile = profiles; profile->name != NULL; profile++) {
        struct generate_request request = {
            .profile = profile->name, .events = 3000, .seed = 5, .out = "short.mmt"};
        size_t shorter;
        size_t longer;
        char *a;
        char *b;

        generate(&request);
        request.events = 3500;
        request.out = "long.mmt";
        generate(&request);
        a = file_get("short.mmt", &shorter);
        b = file_get("long.mmt", &longer);
        assert_true(shorter < longer);
        assert_memory_equal(a, b, shorter);
        free(a);
        free(b);
    }
}

TEST(other_seeds_give_other_traces)
{
    for (const struct profile *profile = profiles; profile->name != NULL; profile++) {
        struct generate_request request = {
            .profile = profile->name, .events = 1500, .seed = 1, .out = "a.mmt"};
        size_t a_bytes;
        size_t b_bytes;
        char *a;
        char *b;

        request.live_bytes = MIB;
        generate(&request);
        request.seed = 2;
        request.out = "b.mmt";
        generate(&request);
        a = file_get("a.mmt", &a_bytes);
        b = file_get("b.mmt", &b_bytes);
        assert_true(a_bytes != b_bytes || memcmp(a, b, a_bytes) != 0);
        free(a);
        free(b);
    }
}

TEST(every_form_has_the_same_events)
{
    struct generate_request request = {.profile = "fork-storm", .events = 2000, .seed = 1};
    struct sim_error error;

    request.out = "form.mmt";
    generate(&request);
    request.out = "form.mmb.zst";
    generate(&request);
    assert_true(trace_convert("form.mmb.zst", "back.mmt", &error));
    assert_files_equal("form.mmt", "back.mmt");
}

TEST(the_live_bytes_are_near_the_requested_number)
{
    static const struct {
        const char *profile;
        uint64_t live_bytes;
        uint64_t events;
        uint32_t least_percent;
        uint32_t most_percent;
    } rows[] = {
        {"churn", MIB, 50000, 100, 140},         {"phases", 2 * MIB, 30000, 75, 100},
        {"fork-storm", 4 * MIB, 30000, 80, 110}, {"page-in-the-way", 8 * MIB, 8000, 100, 101},
        {"power-of-two", MIB, 50000, 100, 140},  {"window-filler", 24 * MIB, 4000, 100, 102},
    };

    for (uint32_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct trace_info info;

        generate(&(struct generate_request){.profile = rows[i].profile,
                                            .events = rows[i].events,
                                            .seed = 1,
                                            .live_bytes = rows[i].live_bytes,
                                            .out = "live.mmb"});
        info = info_of("live.mmb");
        if (info.peak_live_bytes < rows[i].live_bytes * rows[i].least_percent / 100 ||
            info.peak_live_bytes > rows[i].live_bytes * rows[i].most_percent / 100)
            fail_msg("%s: %llu bytes live", rows[i].profile,
                     (unsigned long long)info.peak_live_bytes);
        trace_info_free(&info);
    }
}

TEST(leak_leaks_one_kib_in_sixteen_events)
{
    struct trace_info info;

    generate(&(struct generate_request){
        .profile = "leak", .events = 64000, .seed = 1, .live_bytes = MIB, .out = "leak.mmb"});
    info = info_of("leak.mmb");
    /* one event in sixteen leaks a KiB */
    assert_in_range(info.top_sites[0].live_bytes, 3600 * 1024, 4000 * 1024);
    assert_true(info.top_sites[0].live_bytes == info.top_sites[0].bytes);
    trace_info_free(&info);
}

TEST(fork_storm_has_every_event_of_processes)
{
    struct trace_info info;

    generate(&(struct generate_request){.profile = "fork-storm",
                                        .events = 20000,
                                        .seed = 1,
                                        .live_bytes = 4 * MIB,
                                        .out = "fork.mmb"});
    info = info_of("fork.mmb");
    for (uint32_t kind = EVENT_PROCESS; kind <= EVENT_EXIT; kind++)
        assert_true(info.by_kind[kind] > 0);
    assert_true(info.by_kind[EVENT_EXIT] > 100);
    trace_info_free(&info);
}

/* ---- traces that imitate another ---- */

/* The shares of the two histograms may differ by at most permille in total. */
static void assert_alike(const uint64_t *a, const uint64_t *b, uint32_t count, uint32_t permille)
{
    uint64_t a_sum = 0;
    uint64_t b_sum = 0;
    uint64_t difference = 0;

    for (uint32_t i = 0; i < count; i++) {
        a_sum += a[i];
        b_sum += b[i];
    }
    for (uint32_t i = 0; i < count; i++) {
        uint64_t x = a[i] * b_sum;
        uint64_t y = b[i] * a_sum;

        difference += x > y ? x - y : y - x;
    }
    assert_true(difference / 2 * 1000 <= a_sum * b_sum * permille);
}

#define WINDOWS 8u

/* The mean live bytes in each eighth of a trace. */
struct levels {
    struct live_set live;
    uint64_t events;
    uint64_t sum[WINDOWS];
};

static const char *add_level(void *context, const struct event *event)
{
    struct levels *levels = context;
    const char *reason = live_set_apply(&levels->live, event);

    if (reason == NULL)
        levels->sum[(levels->live.events - 1) * WINDOWS / levels->events] +=
            levels->live.total_bytes;
    return reason;
}

static struct levels levels_of(const char *name)
{
    struct sim_error error = {.text = ""};
    struct levels levels = {.events = 0};
    struct trace trace;

    if (!trace_open(&trace, name, &error))
        fail_msg("%s", error.text);
    levels.events = trace.header.events;
    if (!trace_walk(&trace, add_level, &levels, &error))
        fail_msg("%s", error.text);
    for (uint32_t i = 0; i < WINDOWS; i++)
        levels.sum[i] /= levels.events / WINDOWS;
    live_set_free(&levels.live);
    trace_close(&trace);
    return levels;
}

/* Makes a trace to imitate. Its live bytes rise, and then stay level. */
static void put_source(void)
{
    generate(&(struct generate_request){
        .profile = "churn", .events = 30000, .seed = 9, .live_bytes = MIB, .out = "src.mmb"});
}

TEST(an_imitation_has_the_sizes_and_levels_of_its_source)
{
    struct trace_info source;
    struct trace_info copy;
    struct levels a;
    struct levels b;

    put_source();
    generate(&(struct generate_request){
        .profile = "churn", .events = 30000, .seed = 1, .like = "src.mmb", .out = "copy.mmb"});
    source = info_of("src.mmb");
    copy = info_of("copy.mmb");
    assert_alike(source.kmalloc_sizes.count, copy.kmalloc_sizes.count, SIZE_CLASSES, 30);
    assert_alike(source.orders, copy.orders, ORDER_COUNT, 30);
    assert_alike(source.classes, copy.classes, 3, 30);
    assert_int_equal(source.sites, copy.sites);
    trace_info_free(&source);
    trace_info_free(&copy);
    a = levels_of("src.mmb");
    b = levels_of("copy.mmb");
    for (uint32_t i = 0; i < WINDOWS; i++)
        assert_in_range(b.sum[i], a.sum[i] * 17 / 20, a.sum[i] * 20 / 17);
}

TEST(a_longer_imitation_keeps_the_level_of_its_source)
{
    struct trace_info source;
    struct trace_info copy;
    struct levels b;

    put_source();
    generate(&(struct generate_request){
        .profile = "churn", .events = 120000, .seed = 1, .like = "src.mmb", .out = "copy.mmb"});
    source = info_of("src.mmb");
    copy = info_of("copy.mmb");
    assert_alike(source.kmalloc_sizes.count, copy.kmalloc_sizes.count, SIZE_CLASSES, 30);
    assert_true(copy.peak_live_bytes < source.peak_live_bytes * 3 / 2);
    trace_info_free(&source);
    trace_info_free(&copy);
    b = levels_of("copy.mmb");
    for (uint32_t i = 2; i < WINDOWS; i++)
        assert_in_range(b.sum[i], b.sum[1] * 3 / 4, b.sum[1] * 4 / 3);
}

TEST(every_profile_can_imitate_a_trace)
{
    put_source();
    for (const struct profile *profile = profiles; profile->name != NULL; profile++) {
        generate(&(struct generate_request){.profile = profile->name,
                                            .events = 5000,
                                            .seed = 1,
                                            .live_bytes = 2 * MIB,
                                            .like = "src.mmb",
                                            .out = "as.mmb"});
        assert_true(verified_events("as.mmb") == 5000);
    }
}

/* ---- errors ---- */

static void assert_fails(const struct generate_request *request, const char *reason)
{
    struct sim_error error = {.text = ""};

    assert_false(trace_generate(request, &error));
    assert_string_equal(error.text, reason);
}

TEST(bad_requests_are_refused)
{
    struct generate_request request = {.profile = "chrn", .events = 10, .seed = 1, .out = "x.mmb"};

    assert_fails(&request, "no profile 'chrn' (did you mean 'churn'?); the profiles are churn, "
                           "phases, leak, fork-storm, "
                           "page-in-the-way, power-of-two, window-filler, fragmented");
    request.profile = "churn";
    request.out = "x.txt";
    assert_fails(&request, "x.txt: the name must end in .mmt (text) or .mmb (binary), and .zst or "
                           ".xz may follow");
    request.out = "no/such/place.mmb";
    assert_fails(&request, "no/such/place.mmb: cannot create: No such file or directory");
    request.out = "x.mmb";
    request.like = "absent.mmb";
    assert_fails(&request, "absent.mmb: cannot open: No such file or directory");
    assert_int_not_equal(access("x.mmb", F_OK), 0);
}

int main(void)
{
    return tests_run(files_setup, files_teardown);
}
