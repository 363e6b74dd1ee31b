/* What ordinary traffic is drawn from: the built-in mix, and a trace's births. */
#include "trace/files.h"

#include "trace/generate/mix.h"
#include "trace/live_set.h"

#define DRAWS 200000u

static struct trace_writer *writer;

static int open_writer(void **state)
{
    struct sim_error error;

    (void)state;
    writer = trace_writer_open(&error);
    return writer == NULL;
}

static int close_writer(void **state)
{
    (void)state;
    trace_writer_close(writer);
    return 0;
}

static void load(struct mix *mix, const char *text)
{
    struct sim_error error = {.text = ""};

    file_put_text("like.mmt", text);
    if (!mix_start_like(mix, "like.mmt", writer, &error))
        fail_msg("%s", error.text);
}

/* What was asked for, times how long it lived, is what the level promises. */
static void test_kernel_level(void **state)
{
    struct mix mix;
    struct random random;
    uint64_t byte_events = 0;

    (void)state;
    mix_start(&mix, writer);
    random_seed(&random, 1);
    for (uint32_t i = 0; i < DRAWS; i++) {
        struct birth birth;

        mix_draw(&mix, &random, &birth);
        assert_true(birth_bytes(&birth) > 0);
        assert_non_null(site_table_name(&writer->sites, birth.site));
        byte_events += birth_bytes(&birth) * birth.lifetime;
    }
    assert_true(mix.level_bytes == mix.live_bytes);
    assert_in_range(byte_events / DRAWS / 2, mix.level_bytes * 97 / 100,
                    mix.level_bytes * 103 / 100);
    mix_free(&mix);
}

static void test_scaled_lifetimes(void **state)
{
    struct mix plain;
    struct mix scaled;
    struct random a;
    struct random b;

    (void)state;
    mix_start(&plain, writer);
    mix_start(&scaled, writer);
    scaled.live_bytes = 3 * scaled.level_bytes;
    random_seed(&a, 1);
    random_seed(&b, 1);
    for (uint32_t i = 0; i < 1000; i++) {
        struct birth birth;
        struct birth longer;

        mix_draw(&plain, &a, &birth);
        mix_draw(&scaled, &b, &longer);
        assert_int_equal(longer.lifetime, 3 * birth.lifetime);
    }
    mix_free(&plain);
    mix_free(&scaled);
}

/* Time counts what makes and frees: neither marks, nor kreallocs, nor processes. What is never
   freed lives as long as the trace. */
static void test_recorded_births(void **state)
{
    static const struct {
        struct birth birth;
        const char *site;
    } expected[] = {
        {{EVENT_KMALLOC, PAGES_DMA, 0, 100, 0, 6}, "a"},
        {{EVENT_PAGES, PAGES_USER, 2, 0, 0, LIFE_UNKNOWN}, "b"},
        {{EVENT_KMALLOC, PAGES_LOW, 0, 50, 0, 1}, NULL},
        {{EVENT_VMALLOC, PAGES_LOW, 0, 5000, 0, 1}, "a"},
    };
    struct mix mix;

    (void)state;
    load(&mix, "mmtrace 1\n"
               "kmalloc 1 100 dma @a\n"
               "mark x\n"
               "pages 2 2 user @b\n"
               "krealloc 1 7\n"
               "process 9\n"
               "kmalloc 3 50\n"
               "kfree 3\n"
               "exit 9\n"
               "vmalloc 4 5000 @a\n"
               "vfree 4\n"
               "kfree 1\n");
    assert_int_equal(mix.recorded.count, 4);
    for (uint32_t i = 0; i < 4; i++) {
        const char *site = site_table_name(&writer->sites, mix.recorded.births[i].site);
        const struct birth *birth = &mix.recorded.births[i];

        assert_int_equal(birth->kind, expected[i].birth.kind);
        assert_int_equal(birth->page_class, expected[i].birth.page_class);
        assert_int_equal(birth->order, expected[i].birth.order);
        assert_int_equal(birth->bytes, expected[i].birth.bytes);
        assert_int_equal(birth->lifetime, expected[i].birth.lifetime);
        assert_true(site == NULL ? expected[i].site == NULL : strcmp(site, expected[i].site) == 0);
    }
    assert_true(mix.level_bytes == 7 + 16384 + 5000);
    mix_free(&mix);
}

/* Birth i of the trace asks for i + 1 bytes; each is freed right away. */
static void put_numbered(const char *name, uint32_t births)
{
    FILE *file = fopen(name, "w");

    assert_non_null(file);
    fputs("mmtrace 1\n", file);
    for (uint32_t i = 0; i < births; i++)
        fprintf(file, "kmalloc %u %u\nkfree %u\n", i + 1, i + 1, i + 1);
    fclose(file);
}

/* Of a trace with more births than are kept, every other run stays, then every fourth, whole. */
static void test_thinned_out(void **state)
{
    enum { MOST = 4 * RECORDED_RUN };
    struct sim_error error;

    (void)state;
    for (uint32_t births = 1; births < 5 * MOST; births += 37) {
        struct mix mix = {.level_bytes = 0};

        put_numbered("long.mmt", births);
        assert_true(recorded_load(&mix, "long.mmt", MOST, writer, &error));
        assert_in_range(mix.recorded.count, births < MOST ? births : MOST / 2, MOST);
        for (uint32_t i = 0; i < mix.recorded.count; i++) {
            uint64_t run = i / RECORDED_RUN * mix.recorded.stride;

            assert_int_equal(mix.recorded.births[i].bytes,
                             run * RECORDED_RUN + i % RECORDED_RUN + 1);
            assert_int_equal(mix.recorded.births[i].lifetime, 1);
        }
        mix_free(&mix);
    }
}

/* Runs stay whole, and come from near the place that the trace would have come to. */
static void test_runs(void **state)
{
    enum { RUNS = 640 };
    struct sim_error error;
    struct mix mix;
    struct random random;
    uint32_t elsewhere = 0;

    (void)state;
    put_numbered("runs.mmt", RUNS * RECORDED_RUN);
    assert_true(mix_start_like(&mix, "runs.mmt", writer, &error));
    random_seed(&random, 1);
    for (uint32_t run = 0; run < 2 * RUNS; run++) {
        uint32_t first = 0;
        uint32_t off;

        for (uint32_t i = 0; i < RECORDED_RUN; i++) {
            struct birth birth;

            recorded_draw(&mix.recorded, &random, &birth);
            first = i == 0 ? birth.bytes - 1 : first;
            assert_int_equal(birth.bytes - 1, first + i);
        }
        assert_int_equal(first % RECORDED_RUN, 0);
        off = (first / RECORDED_RUN + RUNS - run % RUNS) % RUNS;
        assert_true(off <= RUNS / 32 || off >= RUNS - RUNS / 32);
        elsewhere += off != 0;
    }
    assert_true(elsewhere > RUNS);
    mix_free(&mix);
}

static void assert_load_fails(const char *text, const char *reason)
{
    struct sim_error error;
    struct mix mix;

    file_put_text("bad.mmt", text);
    assert_false(mix_start_like(&mix, "bad.mmt", writer, &error));
    assert_string_equal(error.text, reason);
    mix_free(&mix);
}

static void test_bad_traces(void **state)
{
    (void)state;
    assert_load_fails("mmtrace 1\n",
                      "bad.mmt: the trace has no allocations to take sizes and lifetimes from");
    assert_load_fails("mmtrace 1\nprocess 1\nexit 1\n",
                      "bad.mmt: the trace has no allocations to take sizes and lifetimes from");
    assert_load_fails("mmtrace 1\nkmalloc 1 1\nkfree 2\n",
                      "bad.mmt:3: kfree: ID 2 is not in use: it was never made, or has ended");
}

#define ON_WRITER(test) cmocka_unit_test_setup_teardown(test, open_writer, close_writer)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_WRITER(test_kernel_level),
        ON_WRITER(test_scaled_lifetimes),
        ON_WRITER(test_recorded_births),
        ON_WRITER(test_thinned_out),
        ON_WRITER(test_runs),
        ON_WRITER(test_bad_traces),
    };

    return cmocka_run_group_tests(tests, files_setup, files_teardown);
}
