/* The tables that are measured, in the order in which they are shown. */
#ifndef BENCH_TABLES_H
#define BENCH_TABLES_H

#include "harness.h"

enum bench_table_index {
    TABLE_FRAMES,
    TABLE_HEAP,
    TABLE_REPLAY,
    TABLE_START,
    TABLE_MMU,
    TABLE_PROCESS,
    TABLE_CHECK,
    TABLE_HARDENING,
    TABLE_KERNEL,
    TABLE_LATENCY_10K,
    TABLE_LATENCY_100K,
    TABLE_REP_USED,
    TABLE_REP_SPEED,
    TABLE_COUNT
};

enum frames_subject {
    FRAMES_ARRAY,
    FRAMES_BITMAP,
    FRAMES_STACK,
    FRAMES_SORTED,
    FRAMES_BUDDY,
    FRAMES_BUDDY_ONE_ZONE,
    FRAMES_LINUX
};
enum frames_column {
    FRAMES_BYTES,
    FRAMES_START_COLD,
    FRAMES_START,
    FRAMES_PAIR,
    FRAMES_ALL,
    FRAMES_FREE,
    FRAMES_CHURN_50,
    FRAMES_CHURN_90,
    FRAMES_MIXED_90,
    FRAMES_FAILED_90_LARGE,
    FRAMES_FAILED_90_LARGEST,
    FRAMES_MIXED_97,
    FRAMES_FAILED_97_LARGE,
    FRAMES_FAILED_97_LARGEST,
    FRAMES_TAKE,
    FRAMES_BRK
};
extern const struct bench_table bench_frames;

enum heap_subject {
    HEAP_DIRECT,
    HEAP_WINDOW,
    HEAP_PRIMARY,
    HEAP_BRK,
    HEAP_ZONED,
    HEAP_KSEG0,
    HEAP_JUMP,
    HEAP_MIGRATE,
    HEAP_GLIBC,
    HEAP_JEMALLOC,
    HEAP_MIMALLOC,
    HEAP_CLASS_LISTS,
    HEAP_SUBJECTS
};
enum heap_column {
    HEAP_PAIR_16,
    HEAP_PAIR_64,
    HEAP_PAIR_256,
    HEAP_PAIR_4096,
    HEAP_PAIR_64_USED,
    HEAP_PAIR_LIVE,
    HEAP_MIX_10K,
    HEAP_MIX_100K,
    HEAP_TORTURE,
    HEAP_USE_10K,
    HEAP_USE_100K,
    HEAP_USE_TORTURE,
    HEAP_LEAST_10K,
    HEAP_LEAST_100K,
    HEAP_LEAST_TORTURE
};
extern struct bench_table bench_heap;

enum latency_column {
    LATENCY_ALLOC_MEDIAN,
    LATENCY_ALLOC_99,
    LATENCY_ALLOC_999,
    LATENCY_ALLOC_9999,
    LATENCY_ALLOC_MOST,
    LATENCY_FREE_MEDIAN,
    LATENCY_FREE_99,
    LATENCY_FREE_999,
    LATENCY_FREE_9999,
    LATENCY_FREE_MOST,
    LATENCY_COLUMN_COUNT
};
extern struct bench_table bench_latency_10k;
extern struct bench_table bench_latency_100k;

/* The columns are files of the malloc lab, and their mean. */
extern struct bench_table bench_rep_used;
extern struct bench_table bench_rep_speed;

/* These give the tables about heaps their rows, once all heaps of --heap are loaded. */
void bench_heap_load(void);
void bench_latency_load(void);

/* Also reads the files. One that cannot be read ends the program with a message. */
void bench_rep_load(char *const *paths, int count);

/* The columns are the traces. */
extern struct bench_table bench_replay;

/* Open the traces that replay is measured on, and generate the others. They stay open. */
void bench_replay_load(char *const *paths, int count);

extern const struct bench_table bench_start;

enum mmu_subject { MMU_PLAIN, MMU_HIT, MMU_LAST_WAY, MMU_MISS, MMU_WALK, MMU_TOUCH };
enum mmu_column { MMU_SMALL, MMU_LARGE };
extern const struct bench_table bench_mmu;

extern const struct bench_table bench_process;

enum check_column {
    CHECK_16_MIB,
    CHECK_256_MIB,
    CHECK_3_GIB,
    CHECK_SPANS,
    CHECK_KIND,
    CHECK_PAGE,
    CHECK_BLOCK,
    CHECK_COLUMNS
};
extern const struct bench_table bench_check;
extern const struct bench_table bench_hardening;

enum kernel_subject { KERNEL_TWO_CORES, KERNEL_ONE_CORE };
enum kernel_column { KERNEL_CALL, KERNEL_TRAP, KERNEL_FILL };
extern const struct bench_table bench_kernel;

/* After bench_kernel was measured: whether this host cannot execute 32-bit code, so that the
   figures are the interpreter's. */
extern bool bench_kernel_is_interpreted;

#endif
