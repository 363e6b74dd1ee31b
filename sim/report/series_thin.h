/*
 * Long series made short without loss to the eye. Events fall into buckets of one width, so many
 * that one is about a pixel; of each, the rows stay that have the least or the most of a column:
 *
 *     *         |         *  spikes stay, be they of one row,
 *     |   ______|         |  and as first and last rows stay, too, what is level
 *     |__/      |_________|  between buckets, or steps there, is as it was
 */
#ifndef REPORT_SERIES_THIN_H
#define REPORT_SERIES_THIN_H

#include "report/series_table.h"

/* Twice to thrice as many as a panel has pixels; after thinning there are more than half of them,
   where rows are as dense. A power of two. */
#define SERIES_BUCKETS 1024

/*
 * Thin rows, events ascending, in place: how many are left, at most SERIES_BUCKETS + 1 times
 * 2 * SERIES_VALUES, in their order, the first and the last among them. What is left, and more rows
 * behind it, may be thinned again: that is as if all had been thinned at once, but for which of
 * several equal rows stay. Time O(count).
 */
size_t series_thin(int64_t (*rows)[SERIES_VALUES], size_t count);

#endif
