#include "report/series_thin.h"

#include <stdlib.h>
#include <string.h>

#include "trace/memory.h"

/* The width of a bucket. It is a power of two, so that a wider bucket consists of whole narrower
 * ones. */
static int64_t bucket_width(int64_t first, int64_t last)
{
    int64_t width = 1;

    while (last / width - first / width >= SERIES_BUCKETS)
        width *= 2;
    return width;
}

/* Mark the rows of [from, end) that have the least or the most of a column. For the events, which
 * ascend, these are the first and the last row. */
static void mark_extremes(int64_t (*rows)[SERIES_VALUES], size_t from, size_t end, bool *marked)
{
    for (uint32_t value = 0; value < SERIES_VALUES; value++) {
        size_t least = from;
        size_t most = from;
        for (size_t at = from + 1u; at < end; at++) {
            if (rows[at][value] < rows[least][value])
                least = at;
            if (rows[at][value] > rows[most][value])
                most = at;
        }
        marked[least] = true;
        marked[most] = true;
    }
}

static size_t keep_marked(int64_t (*rows)[SERIES_VALUES], size_t count, const bool *marked)
{
    size_t kept = 0;

    for (size_t at = 0; at < count; at++)
        if (marked[at])
            memmove(rows[kept++], rows[at], sizeof rows[at]);
    return kept;
}

size_t series_thin(int64_t (*rows)[SERIES_VALUES], size_t count)
{
    int64_t width = bucket_width(rows[0][SERIES_EVENT], rows[count - 1u][SERIES_EVENT]);
    bool *marked = memory_zeroed(count, sizeof marked[0]);
    size_t end;

    for (size_t from = 0; from < count; from = end) {
        int64_t bucket = rows[from][SERIES_EVENT] / width;
        end = from + 1u;
        while (end < count && rows[end][SERIES_EVENT] / width == bucket)
            end++;
        mark_extremes(rows, from, end, marked);
    }
    size_t kept = keep_marked(rows, count, marked);
    free(marked);
    return kept;
}
