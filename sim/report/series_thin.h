/*
 * Makes long series short without a visible loss. Events are divided into buckets of one width,
 * about as many as there are pixels. Of each bucket the rows are kept that have the least or the
 * most of a column:
 *
 *     *         |         *  A spike of a single row is kept.
 *     |   ______|         |  The first and the last row of a bucket are kept, so that a curve is
 *     |__/      |_________|  level, or steps, between buckets as it did before.
 */
#ifndef REPORT_SERIES_THIN_H
#define REPORT_SERIES_THIN_H

#include "report/series_table.h"

/* Twice to three times as many as a panel has pixels. After thinning, more than half of the buckets
 * are in use if the rows were as dense. A power of two. */
#define SERIES_BUCKETS 1024

/*
 * Thin rows, whose events ascend, in place. Returns how many are left, at most SERIES_BUCKETS + 1
 * times 2 * SERIES_VALUES, in their order, with the first and the last. The result, followed by
 * more rows, may be thinned again. That gives the same as thinning all at once, except for the
 * choice among equal rows. O(count)
 */
size_t series_thin(int64_t (*rows)[SERIES_VALUES], size_t count);

#endif
