/* How much memory a heap needs for a sequence of requests. */
#ifndef BENCH_HEAP_SPAN_H
#define BENCH_HEAP_SPAN_H

#include "heap_subjects.h"
#include "requests.h"

/* Returns the most live bytes of a sequence in percent of the largest span that the heap took for
   it. Each block is filled and verified; a heap whose blocks overlap or are misaligned ends the
   program. The heap is open and has not been used. */
double heap_used_percent(const struct heap_ops *ops, const struct requests *requests);

/* Returns the most live bytes of a sequence in percent of the smallest region in which no request
   fails, found by bisection to 0.1 %, and of the heap's data outside it. NAN: the heap is not over
   one region, or 512 MiB are too few. */
double heap_least_percent(const struct heap_ops *ops, const struct requests *requests);

#endif
