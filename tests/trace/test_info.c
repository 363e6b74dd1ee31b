/* Collects the statistics of a trace that has every kind of event. */
#include "support/test.h"
#include "trace/files.h"

#include "trace/convert.h"
#include "trace/info.h"

static void collect(const char *text, struct trace *trace, struct trace_info *info)
{
    struct sim_error error = {.text = ""};

    file_put_text("in.mmt", text);
    if (!trace_open(trace, "in.mmt", &error) || !trace_info_collect(trace, info, &error))
        fail_msg("%s", error.text);
}

static const char text[] = "mmtrace 1\n"
                           "kmalloc 1 1 @a\n"
                           "kmalloc 2 64 @b\n"
                           "kmalloc 3 65 @a\n"
                           "kmalloc 4 4294967295 dma\n"
                           "kfree 4\n"
                           "krealloc 3 1000\n"
                           "pages 4 0 @p\n"
                           "pages 5 10 user @p\n"
                           "free_pages 5\n"
                           "pages 6 1 dma\n"
                           "vmalloc 7 5000 @b\n"
                           "process 9\n"
                           "map 9 0x1000 8192 rw\n"
                           "unmap 9 0x1000 4096\n"
                           "unmap 9 0x1000 40960\n"
                           "map 9 0x1000 12288 r\n"
                           "touch 9 0x1000 r\n"
                           "setbrk 9 0x2000\n"
                           "exit 9\n"
                           "mark end\n"
                           "vfree 7\n"
                           "kfree 3\n";

TEST(events_are_counted_by_kind_and_size)
{
    static const uint64_t by_kind[EVENT_KIND_COUNT] = {0, 4, 1, 2, 3, 1, 1, 1, 1, 2, 2, 1, 1, 1, 1};
    struct trace trace;
    struct trace_info info;

    collect(text, &trace, &info);
    assert_true(info.events == 22);
    assert_memory_equal(info.by_kind, by_kind, sizeof(by_kind));
    assert_int_equal(info.slots, 6);
    assert_int_equal(info.live_allocations, 4);
    assert_int_equal(info.live_processes, 0);
    assert_true(info.orders[0] == 1 && info.orders[1] == 1 && info.orders[10] == 1);
    assert_true(info.classes[PAGES_LOW] == 1 && info.classes[PAGES_DMA] == 1 &&
                info.classes[PAGES_USER] == 1);
    assert_true(info.kmalloc_sizes.count[0] == 1);  /* 1 */
    assert_true(info.kmalloc_sizes.count[6] == 1);  /* 64 */
    assert_true(info.kmalloc_sizes.count[7] == 1);  /* 65 */
    assert_true(info.kmalloc_sizes.count[10] == 1); /* 1000 */
    assert_true(info.kmalloc_sizes.count[32] == 1);
    trace_info_free(&info);
    trace_close(&trace);
}

TEST(peaks_and_final_bytes_are_counted_by_class)
{
    struct trace trace;
    struct trace_info info;

    collect(text, &trace, &info);
    assert_true(info.peak_live_bytes == 1 + 64 + 65 + 4294967295ull);
    assert_true(info.peak_live_bytes == trace.header.peak_live_bytes);
    assert_true(info.peak_bytes[LIVE_KMALLOC] == info.peak_live_bytes);
    assert_true(info.peak_bytes[LIVE_PAGES] == 4096 + (4096u << 10));
    assert_true(info.peak_bytes[LIVE_VMALLOC] == 5000);
    assert_true(info.peak_bytes[LIVE_MAPPED] == 12288);
    assert_true(info.end_bytes[LIVE_KMALLOC] == 1 + 64);
    assert_true(info.end_bytes[LIVE_PAGES] == 4096 + 8192);
    assert_true(info.end_bytes[LIVE_VMALLOC] == 0);
    assert_true(info.end_bytes[LIVE_MAPPED] == 0);
    trace_info_free(&info);
    trace_close(&trace);
}

struct expected_site {
    const char *name;
    struct site_info info;
};

TEST(sites_are_counted_and_ranked_by_bytes)
{
    static const struct expected_site expected[] = {
        {NULL, {0, 2, 4294967295u + 8192ull, 8192, 4294967295u, 1}},
        {"p", {3, 2, 4096 + (4096u << 10), 4096, 4096 + (4096u << 10), 1}},
        {"b", {2, 2, 5064, 64, 5064, 1}},
        {"a", {1, 2, 66, 1, 1001, 1}},
    };
    struct trace trace;
    struct trace_info info;

    collect(text, &trace, &info);
    assert_int_equal(info.sites, 3);
    assert_int_equal(info.top_site_count, 4);
    for (uint32_t i = 0; i < 4; i++) {
        const struct site_info *site = &info.top_sites[i];
        const char *name = trace_site_name(&trace, site->site);

        assert_int_equal(name == NULL, expected[i].name == NULL);
        if (name != NULL)
            assert_string_equal(name, expected[i].name);
        assert_int_equal(site->site, expected[i].info.site);
        assert_true(site->allocations == expected[i].info.allocations);
        assert_true(site->bytes == expected[i].info.bytes);
        assert_true(site->live_bytes == expected[i].info.live_bytes);
        assert_true(site->peak_bytes == expected[i].info.peak_bytes);
        assert_true(site->live_allocations == expected[i].info.live_allocations);
    }
    trace_info_free(&info);
    trace_close(&trace);
}

TEST(lifetimes_are_counted_in_events)
{
    struct trace trace;
    struct trace_info info;

    collect(text, &trace, &info);
    assert_true(info.lifetimes[LIVE_KMALLOC].count == 2); /* of 1 and 19 events */
    assert_true(info.lifetimes[LIVE_KMALLOC].by_log2[0] == 1);
    assert_true(info.lifetimes[LIVE_KMALLOC].by_log2[5] == 1);
    assert_true(lifetimes_quantile(&info.lifetimes[LIVE_KMALLOC], 1000) == 19);
    assert_true(lifetimes_quantile(&info.lifetimes[LIVE_MAPPED], 500) == 7);
    assert_true(info.end_count[LIVE_KMALLOC] == 2 && info.end_count[LIVE_PAGES] == 2);
    assert_true(info.end_count[LIVE_VMALLOC] == 0 && info.end_count[LIVE_MAPPED] == 0);
    trace_info_free(&info);
    trace_close(&trace);
}

TEST(a_trace_without_allocations_has_no_sites)
{
    struct trace trace;
    struct trace_info info;

    collect("mmtrace 1\n", &trace, &info);
    assert_true(info.events == 0);
    assert_int_equal(info.top_site_count, 0);
    trace_info_free(&info);
    trace_close(&trace);
    collect("mmtrace 1\nmark x\n", &trace, &info);
    assert_true(info.events == 1);
    assert_int_equal(info.top_site_count, 0);
    trace_info_free(&info);
    trace_close(&trace);
}

TEST(a_damaged_trace_is_refused)
{
    struct sim_error error;
    struct trace trace;
    struct trace_info info;
    char *data;
    size_t bytes;

    file_put_text("in.mmt", text);
    assert_true(trace_convert("in.mmt", "bad.mmb", &error));
    data = file_get("bad.mmb", &bytes);
    data[bytes - 1] ^= 1;
    file_put("bad.mmb", data, bytes);
    free(data);
    assert_true(trace_open(&trace, "bad.mmb", &error));
    assert_false(trace_info_collect(&trace, &info, &error));
    assert_int_equal(strncmp(error.text, "bad.mmb: offset ", 16), 0);
    trace_close(&trace);
}

int main(void)
{
    return tests_run(files_setup, files_teardown);
}
