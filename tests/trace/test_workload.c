/* The allocations of generated traces come from the built-in workload or from a recorded trace. */
#include "support/test.h"
#include "trace/files.h"

#include "trace/generate/workload.h"
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

static void load(struct workload *workload, const char *text)
{
    struct sim_error error = {.text = ""};

    file_put_text("like.mmt", text);
    if (!workload_start_like(workload, "like.mmt", writer, &error))
        fail_msg("%s", error.text);
}

/* The mean of bytes times lifetime is what level_bytes promises. */
TEST(the_workload_has_the_level_that_it_states)
{
    struct workload workload;
    struct random random;
    uint64_t byte_events = 0;

    workload_start(&workload, writer);
    random_seed(&random, 1);
    for (uint32_t i = 0; i < DRAWS; i++) {
        struct allocation allocation;

        workload_draw(&workload, &random, &allocation);
        assert_true(allocation_bytes(&allocation) > 0);
        assert_non_null(site_table_name(&writer->sites, allocation.site));
        byte_events += allocation_bytes(&allocation) * allocation.lifetime;
    }
    assert_true(workload.level_bytes == workload.live_bytes);
    assert_in_range(byte_events / DRAWS / 2, workload.level_bytes * 97 / 100,
                    workload.level_bytes * 103 / 100);
    workload_free(&workload);
}

TEST(lifetimes_grow_with_the_live_bytes)
{
    struct workload plain;
    struct workload scaled;
    struct random a;
    struct random b;

    workload_start(&plain, writer);
    workload_start(&scaled, writer);
    scaled.live_bytes = 3 * scaled.level_bytes;
    random_seed(&a, 1);
    random_seed(&b, 1);
    for (uint32_t i = 0; i < 1000; i++) {
        struct allocation allocation;
        struct allocation longer;

        workload_draw(&plain, &a, &allocation);
        workload_draw(&scaled, &b, &longer);
        assert_int_equal(longer.lifetime, 3 * allocation.lifetime);
    }
    workload_free(&plain);
    workload_free(&scaled);
}

/* Only events that allocate or free count as time. An allocation that is never freed has no known
   lifetime. */
TEST(a_recording_has_the_allocations_of_the_trace)
{
    static const struct {
        struct allocation allocation;
        const char *site;
    } expected[] = {
        {{EVENT_KMALLOC, PAGES_DMA, 0, 100, 0, 6}, "a"},
        {{EVENT_PAGES, PAGES_USER, 2, 0, 0, LIFETIME_UNKNOWN}, "b"},
        {{EVENT_KMALLOC, PAGES_LOW, 0, 50, 0, 1}, NULL},
        {{EVENT_VMALLOC, PAGES_LOW, 0, 5000, 0, 1}, "a"},
    };
    struct workload workload;

    load(&workload, "mmtrace 1\n"
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
    assert_int_equal(workload.recorded.count, 4);
    for (uint32_t i = 0; i < 4; i++) {
        const char *site = site_table_name(&writer->sites, workload.recorded.allocations[i].site);
        const struct allocation *allocation = &workload.recorded.allocations[i];

        assert_int_equal(allocation->kind, expected[i].allocation.kind);
        assert_int_equal(allocation->page_class, expected[i].allocation.page_class);
        assert_int_equal(allocation->order, expected[i].allocation.order);
        assert_int_equal(allocation->bytes, expected[i].allocation.bytes);
        assert_int_equal(allocation->lifetime, expected[i].allocation.lifetime);
        assert_true(site == NULL ? expected[i].site == NULL : strcmp(site, expected[i].site) == 0);
    }
    assert_true(workload.level_bytes == 7 + 16384 + 5000);
    workload_free(&workload);
}

/* Allocation i of the trace asks for i + 1 bytes, and is freed at once. */
static void put_numbered(const char *name, uint32_t allocations)
{
    FILE *file = fopen(name, "w");

    assert_non_null(file);
    fputs("mmtrace 1\n", file);
    for (uint32_t i = 0; i < allocations; i++)
        fprintf(file, "kmalloc %u %u\nkfree %u\n", i + 1, i + 1, i + 1);
    fclose(file);
}

/* A trace with too many allocations keeps every second sequence, then every fourth, and so on. */
TEST(a_long_recording_is_thinned_by_sequences)
{
    enum { MOST = 4 * RECORDED_SEQUENCE };
    struct sim_error error;

    for (uint32_t allocations = 1; allocations < 5 * MOST; allocations += 37) {
        struct workload workload = {.level_bytes = 0};

        put_numbered("long.mmt", allocations);
        assert_true(recorded_load(&workload, "long.mmt", MOST, writer, &error));
        assert_in_range(workload.recorded.count, allocations < MOST ? allocations : MOST / 2, MOST);
        for (uint32_t i = 0; i < workload.recorded.count; i++) {
            uint64_t run = i / RECORDED_SEQUENCE * workload.recorded.stride;

            assert_int_equal(workload.recorded.allocations[i].bytes,
                             run * RECORDED_SEQUENCE + i % RECORDED_SEQUENCE + 1);
            assert_int_equal(workload.recorded.allocations[i].lifetime, 1);
        }
        workload_free(&workload);
    }
}

/* A sequence is drawn whole, from near the place that the trace would have reached. */
TEST(sequences_are_drawn_whole_and_near_their_place)
{
    enum { RUNS = 640 };
    struct sim_error error;
    struct workload workload;
    struct random random;
    uint32_t displaced = 0;

    put_numbered("runs.mmt", RUNS * RECORDED_SEQUENCE);
    assert_true(workload_start_like(&workload, "runs.mmt", writer, &error));
    random_seed(&random, 1);
    for (uint32_t run = 0; run < 2 * RUNS; run++) {
        uint32_t first = 0;
        uint32_t distance;

        for (uint32_t i = 0; i < RECORDED_SEQUENCE; i++) {
            struct allocation allocation;

            recorded_draw(&workload.recorded, &random, &allocation);
            first = i == 0 ? allocation.bytes - 1 : first;
            assert_int_equal(allocation.bytes - 1, first + i);
        }
        assert_int_equal(first % RECORDED_SEQUENCE, 0);
        distance = (first / RECORDED_SEQUENCE + RUNS - run % RUNS) % RUNS;
        assert_true(distance <= RUNS / 32 || distance >= RUNS - RUNS / 32);
        displaced += distance != 0;
    }
    assert_true(displaced > RUNS);
    workload_free(&workload);
}

static void assert_load_fails(const char *text, const char *reason)
{
    struct sim_error error;
    struct workload workload;

    file_put_text("bad.mmt", text);
    assert_false(workload_start_like(&workload, "bad.mmt", writer, &error));
    assert_string_equal(error.text, reason);
    workload_free(&workload);
}

TEST(a_trace_without_allocations_or_with_errors_is_refused)
{
    assert_load_fails("mmtrace 1\n",
                      "bad.mmt: the trace has no allocations to take sizes and lifetimes from");
    assert_load_fails("mmtrace 1\nprocess 1\nexit 1\n",
                      "bad.mmt: the trace has no allocations to take sizes and lifetimes from");
    assert_load_fails("mmtrace 1\nkmalloc 1 1\nkfree 2\n",
                      "bad.mmt:3: kfree: ID 2 is not in use: it was never made, or has ended");
}

TEST_FIXTURES(open_writer, close_writer)

int main(void)
{
    return tests_run(files_setup, files_teardown);
}
