/* Thins long series. A naive scan of every bucket finds the same extremes of each column, whether a
   series is thinned at once or while it is read. */
#include "report/series_thin.h"
#include "support/test.h"
#include "trace/generate/random.h"

#include <stdlib.h>
#include <string.h>

#define ROWS_MAX 40000u
#define LEFT_MAX ((SERIES_BUCKETS + 1u) * 2u * SERIES_VALUES)

typedef int64_t row_t[SERIES_VALUES];

static row_t whole[ROWS_MAX];
static row_t thinned[ROWS_MAX];

static struct random numbers;

static uint32_t below(uint32_t bound)
{
    return random_below(&numbers, bound);
}

/* Makes random walks with occasional spikes of one row, columns that never change, and gaps between
   events. */
static size_t make_rows(uint64_t seed)
{
    random_seed(&numbers, seed);
    size_t count = 1u + below(ROWS_MAX - 1u);
    uint32_t gap = 1u + below(3u) * below(300u);
    int64_t event = below(1000000u);
    row_t level = {0};

    for (size_t at = 0; at < count; at++) {
        event += 1 + below(gap);
        for (uint32_t value = 1; value < SERIES_VALUES; value++) {
            level[value] += value % 5u != 0 ? (int64_t)below(5u) - 2 : 0;
            whole[at][value] = level[value];
        }
        if (below(500u) == 0)
            whole[at][1u + below(SERIES_VALUES - 1u)] += below(2u) != 0 ? 9999 : -9999;
        whole[at][SERIES_EVENT] = event;
    }
    memcpy(thinned, whole, count * sizeof whole[0]);
    return count;
}

/* Returns the least power of two that gives at most SERIES_BUCKETS buckets. */
static int64_t width_of(int64_t first, int64_t last)
{
    for (int shift = 0;; shift++)
        if ((last >> shift) - (first >> shift) < SERIES_BUCKETS)
            return (int64_t)1 << shift;
}

struct extremes {
    row_t least;
    row_t most;
};

/* Returns the extremes of the bucket that starts at row *at, and moves *at behind the bucket. */
static struct extremes extremes_of(row_t *rows, size_t count, size_t *at, int64_t width)
{
    struct extremes extremes;
    int64_t bucket = rows[*at][SERIES_EVENT] / width;

    memcpy(extremes.least, rows[*at], sizeof extremes.least);
    memcpy(extremes.most, rows[*at], sizeof extremes.most);
    for (; *at < count && rows[*at][SERIES_EVENT] / width == bucket; ++*at)
        for (uint32_t value = 0; value < SERIES_VALUES; value++) {
            if (rows[*at][value] < extremes.least[value])
                extremes.least[value] = rows[*at][value];
            if (rows[*at][value] > extremes.most[value])
                extremes.most[value] = rows[*at][value];
        }
    return extremes;
}

/* Each bucket has the same extremes. Those of the event column are its first and its last row. */
static void assert_extremes_survive(uint64_t seed, size_t count, size_t left)
{
    int64_t width = width_of(whole[0][SERIES_EVENT], whole[count - 1u][SERIES_EVENT]);
    size_t in_whole = 0;
    size_t in_thinned = 0;

    while (in_whole < count && in_thinned < left) {
        int64_t event = whole[in_whole][SERIES_EVENT];
        struct extremes expected = extremes_of(whole, count, &in_whole, width);
        struct extremes extremes = extremes_of(thinned, left, &in_thinned, width);
        if (memcmp(&expected, &extremes, sizeof extremes) != 0)
            fail_msg("seed %u: an extreme is lost after event %ld", (unsigned)seed, (long)event);
    }
    assert_int_equal(in_whole, count);
    assert_int_equal(in_thinned, left);
}

/* No row is invented, repeated or moved. */
static void assert_rows_of_the_whole(size_t count, size_t left)
{
    size_t at = 0;

    for (size_t kept = 0; kept < left; kept++) {
        while (at < count && memcmp(whole[at], thinned[kept], sizeof whole[at]) != 0)
            at++;
        assert_true(at++ < count);
    }
}

TEST(thinning_keeps_all_extremes)
{
    for (uint64_t seed = 1; seed <= 12; seed++) {
        size_t count = make_rows(seed);
        size_t left = series_thin(thinned, count);
        assert_true(left <= LEFT_MAX);
        assert_extremes_survive(seed, count, left);
        assert_rows_of_the_whole(count, left);
    }
}

/* Rows are added in parts, and thinned after each part, as when a series is read. */
TEST(thinning_in_parts_keeps_all_extremes)
{
    for (uint64_t seed = 21; seed <= 28; seed++) {
        size_t count = make_rows(seed);
        size_t left = 0;
        for (size_t from = 0; from < count;) {
            size_t more = 1u + below(9000u);
            more = more < count - from ? more : count - from;
            memcpy(thinned[left], whole[from], more * sizeof whole[0]);
            from += more;
            left = series_thin(thinned, left + more);
        }
        assert_extremes_survive(seed, count, left);
        assert_rows_of_the_whole(count, left);
    }
}

/* Each bucket has one row here, which is an extreme. */
TEST(a_series_of_few_rows_is_not_changed)
{
    memset(thinned, 0, sizeof thinned);
    for (int64_t at = 0; at < SERIES_BUCKETS; at++)
        thinned[at][SERIES_EVENT] = at + 5;
    assert_int_equal(series_thin(thinned, 1), 1);
    assert_int_equal(series_thin(thinned, SERIES_BUCKETS), SERIES_BUCKETS);
}

/* If no value changes, each bucket keeps its first and its last row. */
TEST(constant_rows_become_two_per_bucket)
{
    memset(thinned, 0, sizeof thinned);
    for (int64_t at = 0; at < 16 * SERIES_BUCKETS; at++)
        thinned[at][SERIES_EVENT] = at;
    assert_int_equal(series_thin(thinned, 16 * SERIES_BUCKETS), 2 * SERIES_BUCKETS);
    assert_int_equal(thinned[1][SERIES_EVENT], 15);
    assert_int_equal(thinned[2][SERIES_EVENT], 16);
}
