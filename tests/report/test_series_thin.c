/* Long series thinned: against a naive look at every bucket, no extreme of a column is lost, and
   thinned bit by bit they are as thinned at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report/series_thin.h"
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

/* Walks with a spike now and then, of one row; columns that never change; gaps between events. */
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

/* The width of buckets, the slow way: the least power of two that makes them few. */
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

/* Of the rows of one bucket, from *at on; *at is then behind them. */
static struct extremes extremes_of(row_t *rows, size_t count, size_t *at, int64_t width)
{
    struct extremes found;
    int64_t bucket = rows[*at][SERIES_EVENT] / width;

    memcpy(found.least, rows[*at], sizeof found.least);
    memcpy(found.most, rows[*at], sizeof found.most);
    for (; *at < count && rows[*at][SERIES_EVENT] / width == bucket; ++*at)
        for (uint32_t value = 0; value < SERIES_VALUES; value++) {
            if (rows[*at][value] < found.least[value])
                found.least[value] = rows[*at][value];
            if (rows[*at][value] > found.most[value])
                found.most[value] = rows[*at][value];
        }
    return found;
}

/* Bucket by bucket the same extremes, events among them: the first and the last row. */
static void assert_extremes_survive(uint64_t seed, size_t count, size_t left)
{
    int64_t width = width_of(whole[0][SERIES_EVENT], whole[count - 1u][SERIES_EVENT]);
    size_t in_whole = 0;
    size_t in_thinned = 0;

    while (in_whole < count && in_thinned < left) {
        int64_t event = whole[in_whole][SERIES_EVENT];
        struct extremes expected = extremes_of(whole, count, &in_whole, width);
        struct extremes found = extremes_of(thinned, left, &in_thinned, width);
        if (memcmp(&expected, &found, sizeof found) != 0)
            fail_msg("seed %u: an extreme is lost after event %ld", (unsigned)seed, (long)event);
    }
    assert_int_equal(in_whole, count);
    assert_int_equal(in_thinned, left);
}

/* No row is made up, doubled or moved. */
static void assert_rows_of_the_whole(size_t count, size_t left)
{
    size_t at = 0;

    for (size_t kept = 0; kept < left; kept++) {
        while (at < count && memcmp(whole[at], thinned[kept], sizeof whole[at]) != 0)
            at++;
        assert_true(at++ < count);
    }
}

static void extremes_survive(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 12; seed++) {
        size_t count = make_rows(seed);
        size_t left = series_thin(thinned, count);
        assert_true(left <= LEFT_MAX);
        assert_extremes_survive(seed, count, left);
        assert_rows_of_the_whole(count, left);
    }
}

/* As a series is read: some rows are added, and what there is is thinned. */
static void bit_by_bit(void **state)
{
    (void)state;
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

/* A bucket of every row that is an extreme is left as it is, and so is a series of few rows. */
static void few_rows_stay(void **state)
{
    (void)state;
    memset(thinned, 0, sizeof thinned);
    for (int64_t at = 0; at < SERIES_BUCKETS; at++)
        thinned[at][SERIES_EVENT] = at + 5;
    assert_int_equal(series_thin(thinned, 1), 1);
    assert_int_equal(series_thin(thinned, SERIES_BUCKETS), SERIES_BUCKETS);
}

/* What never changes needs the first row and the last of each bucket. */
static void level_rows_become_two(void **state)
{
    (void)state;
    memset(thinned, 0, sizeof thinned);
    for (int64_t at = 0; at < 16 * SERIES_BUCKETS; at++)
        thinned[at][SERIES_EVENT] = at;
    assert_int_equal(series_thin(thinned, 16 * SERIES_BUCKETS), 2 * SERIES_BUCKETS);
    assert_int_equal(thinned[1][SERIES_EVENT], 15);
    assert_int_equal(thinned[2][SERIES_EVENT], 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(extremes_survive),
        cmocka_unit_test(bit_by_bit),
        cmocka_unit_test(few_rows_stay),
        cmocka_unit_test(level_rows_become_two),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
