/* Series as CSV: the names of the columns do not change, and each value is in its own column. */
#include "report/series_csv.h"
#include "support/test.h"

#include <stdlib.h>
#include <string.h>

/* Returns the text that `put` writes. It is valid until the next call. */
static const char *written(void (*put)(FILE *out))
{
    static char text[4096];
    FILE *out = fmemopen(text, sizeof text, "w");

    put(out);
    fclose(out);
    return text;
}

TEST(names_are_stable)
{
    assert_string_equal(
        written(series_csv_put_header),
        "strategy,event,live_blocks,live_bytes,heap_payload_bytes,heap_span_bytes,total_frames,"
        "used_frames,free_bytes,free_dma_frames,free_low_frames,free_high_frames,"
        "largest_free_run_frames,unusable_index_0,unusable_index_1,unusable_index_2,"
        "unusable_index_3,unusable_index_4,unusable_index_5,unusable_index_6,unusable_index_7,"
        "unusable_index_8,unusable_index_9,unusable_index_10,fragmentation_index_0,"
        "fragmentation_index_1,fragmentation_index_2,fragmentation_index_3,fragmentation_index_4,"
        "fragmentation_index_5,fragmentation_index_6,fragmentation_index_7,fragmentation_index_8,"
        "fragmentation_index_9,fragmentation_index_10,requests,failures,failures_kmalloc,"
        "failures_pages,failures_vmalloc,failures_touch,failures_process,failures_map,"
        "failures_setbrk,failures_no_frames,failures_no_run,failures_brk_blocked,"
        "failures_no_address_space,failures_zone,failures_unsupported,failures_bad_access,"
        "late_failures,failures_while_free,trace\n");
}

/* All values differ. They include very large and negative ones. */
static void put_sample(FILE *out)
{
    static struct replay_result result = {.events = 1,
                                          .failures = {60, 61, 62, 63, 64, 65, 66},
                                          .failures_by_cause = {0, 71, 72, 73, 74, 75, 76, 77},
                                          .late_failures = 80,
                                          .failures_while_free = 81};
    struct series_sample sample = {.requests = 50,
                                   .result = &result,
                                   .live_blocks = 2,
                                   .live_bytes = 3,
                                   .heap_payload_bytes = 1ull << 52,
                                   .heap_span_bytes = UINT32_MAX,
                                   .frames_used = 7,
                                   .frames_total = 6,
                                   .free_bytes = 8,
                                   .zone_free_frames = {9, 10, 11},
                                   .largest_run_frames = 12};

    for (int32_t order = 0; order <= (int32_t)ORDER_MAX; order++) {
        sample.indices.unusable_index[order] = 20 + order;
        sample.indices.fragmentation_index[order] = -1000 + order;
    }
    series_csv_put(out, "brk", "bench/a,\"\x1b\xff\xc2\x9b\xc3\xa9.mmb", &sample);
}

TEST(each_value_has_its_column)
{
    assert_string_equal(
        written(put_sample),
        "brk,1,2,3,4503599627370496,4294967295,6,7,8,9,10,11,12,"
        "20,21,22,23,24,25,26,27,28,29,30,"
        "-1000,-999,-998,-997,-996,-995,-994,-993,-992,-991,-990,"
        "50,441,60,61,62,63,64,65,66,71,72,73,74,75,76,77,80,81,a_____\xc3\xa9.mmb\n");
}
