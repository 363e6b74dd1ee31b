/*
 * The worst operation of an allocator: the most instructions that a single call took in sequences
 * that were made to be bad for it.
 *
 * One process runs all sequences of one subject with one size of memory, under callgrind. After
 * each call that counts, it asks callgrind for its sum, so every call has its own count. Calls that
 * only prepare a state do not count, and run faster.
 */
#ifndef BENCH_WORST_H
#define BENCH_WORST_H

#include "harness.h"

enum worst_kind { WORST_ALLOC, WORST_FREE, WORST_OTHER, WORST_KINDS };
enum worst_size { WORST_16_MIB, WORST_256_MIB, WORST_3_GIB, WORST_SIZES };

/* ---- the table ---- */

/* Its columns are each kind at each size. bench_measure() cannot measure it. */
extern const struct bench_table bench_worst;

/* Measures the table: `program --worst SUBJECT SIZE` is run under callgrind for each subject and
   size, and must call worst_run(). Returns false if Valgrind is not installed; standard error then
   names the package. */
bool worst_measure(const char *program, struct bench_figures *figures);

/* Prints the sequence, and the size or order, of each figure that worst_measure() found. */
void worst_print_calls(const struct bench_figures *figures);

/* Runs all sequences of a subject, for callgrind around this process. */
void worst_run(uint32_t subject, enum worst_size size);

/* ---- for the sequences ---- */

/* A call to count: what it returns, and its two arguments, are for the subject to define. */
typedef uint64_t worst_operation(uint64_t a, uint64_t b);

/* Begins a sequence. Names have no space. */
void worst_sequence(const char *name);

/* Makes a call and returns its result. It counts as one of `kind`; `detail`, a size or an order, is
   shown beside the count. */
uint64_t worst_count(enum worst_kind kind, uint64_t detail, worst_operation *operation, uint64_t a,
                     uint64_t b);

uint64_t worst_memory_bytes(enum worst_size size);

/* The sequences. */
void worst_run_heap(enum worst_size size);
void worst_run_kmalloc(const char *strategy, enum worst_size size);
void worst_run_sorted(enum worst_size size);
void worst_run_buddy(enum worst_size size);

#endif
