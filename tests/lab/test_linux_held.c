/*
 * Compares what processes hold with a real Linux. The bundled traces of processes have marks with
 * the kernel's own figures (bench/traces/capture/figures.sh). Each trace is replayed, and the
 * frames of all its processes are compared with the kernel's AnonPages, which the kernel added up
 * between the marks "reading" and "held". What processes held before the trace is left out.
 */
#include "support/lab.h"
#include "support/on_machine.h"
#include "support/test.h"

#include <inttypes.h>
#include <mm/layout.h>
#include <mm/pgtable.h>
#include <mm/process.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RAM_BYTES     (512ull << 20)
#define MARK_BYTES    128u
#define MOMENT_BYTES  16u
#define KIB_PER_FRAME (PAGE_SIZE / 1024u)

/* Frames of all processes. */
struct held {
    int64_t least; /* user pages that were written: Linux maps its one page of zeros for others */
    int64_t most;
    int64_t zeros;  /* user pages that were only read */
    int64_t tables; /* page tables without directories, as Linux counts them */
};

/* The largest differences that are allowed. */
struct comparison {
    const char *trace_path;
    int64_t quiet_pages; /* while no other process runs */
    int64_t busy_pages;
    int64_t tables;       /* Linux needs tables for the pages of files, too */
    uint32_t quiet_marks; /* that the trace has */
    uint32_t busy_marks;
};

/* Do other processes run at this moment? */
static bool is_busy(const char *moment)
{
    return strcmp(moment, "busy") == 0 || strcmp(moment, "asleep") == 0;
}

/* Reads "held MOMENT anonymous KB tables KB"; false: the mark is another one. */
static bool read_mark(const struct event *event, char moment[MOMENT_BYTES], struct held *held)
{
    char text[MARK_BYTES];
    int64_t anonymous_kib;
    int64_t tables_kib;

    snprintf(text, sizeof(text), "%.*s", (int)event->text_bytes, event->text);
    if (sscanf(text, "held %15s anonymous %" SCNd64 " tables %" SCNd64, moment, &anonymous_kib,
               &tables_kib) != 3)
        return false;
    *held = (struct held){.least = anonymous_kib / KIB_PER_FRAME,
                          .most = anonymous_kib / KIB_PER_FRAME,
                          .tables = tables_kib / KIB_PER_FRAME};
    return true;
}

static bool is_reading(const struct event *event)
{
    static const char start[] = "reading ";

    return event->kind == EVENT_MARK && event->text_bytes >= sizeof(start) - 1 &&
           memcmp(event->text, start, sizeof(start) - 1) == 0;
}

/* The pages whose dirty bit is clear. */
static uint32_t pages_only_read(const struct process *process)
{
    const uint32_t *directory = pgtable_entries(process->directory);
    uint32_t pages = 0;

    for (uint32_t i = 0; i < USER_END / LARGE_PAGE_SIZE; i++) {
        const uint32_t *table;

        if ((directory[i] & PTE_PRESENT) == 0)
            continue;
        table = pgtable_entries(pfn(directory[i] / PAGE_SIZE));
        for (uint32_t j = 0; j < LARGE_PAGE_SIZE / PAGE_SIZE; j++)
            pages += (table[j] & (PTE_PRESENT | PTE_DIRTY)) == PTE_PRESENT;
    }
    return pages;
}

static const struct process *process_in(const struct replay *replay, uint32_t slot)
{
    const struct replay_process *process = &replay->processes[slot];

    return process->state == SLOT_LIVE ? machine_pointer(process->control) : NULL;
}

/* Widens [least, most] to what processes hold now, pages that were only read included. */
static void widen(const struct replay *replay, struct held *held)
{
    int64_t pages = 0;

    for (uint32_t i = 0; i < replay->process_count; i++)
        pages += process_in(replay, i) != NULL ? process_in(replay, i)->frames : 0;
    held->least = pages < held->least ? pages : held->least;
    held->most = pages > held->most ? pages : held->most;
}

/* Completes what widen() has begun. */
static void complete(const struct replay *replay, struct held *held)
{
    for (uint32_t i = 0; i < replay->process_count; i++) {
        const struct process *process = process_in(replay, i);

        held->zeros += process != NULL ? pages_only_read(process) : 0;
        held->tables += process != NULL ? process->tables : 0;
    }
    held->least -= held->zeros;
    held->most -= held->zeros;
}

static int64_t distance(int64_t pages, const struct held *held)
{
    if (pages < held->least)
        return held->least - pages;
    return pages > held->most ? pages - held->most : 0;
}

static void assert_near(const struct comparison *with, const char *moment, int64_t pages,
                        int64_t tables, const struct held *ours)
{
    print_message("%-8s pages: Linux %5" PRId64 ", here %5" PRId64 " to %5" PRId64 " and %3" PRId64
                  " only read; page tables: Linux %4" PRId64 ", here %4" PRId64 "\n",
                  moment, pages, ours->least, ours->most, ours->zeros, tables, ours->tables);
    assert_in_range(distance(pages, ours), 0,
                    is_busy(moment) ? with->busy_pages : with->quiet_pages);
    assert_in_range(llabs(tables - ours->tables), 0, with->tables);
}

/* What the marks of a trace have shown so far. */
struct marks {
    struct held ours;  /* since the mark "reading" */
    struct held older; /* Linux held at the first mark and the trace does not */
    uint32_t quiet;
    uint32_t busy;
};

static const struct held nothing_read = {.least = INT64_MAX};

/* Follows the marks, after an event has been replayed. */
static void follow(const struct comparison *with, const struct replay *replay,
                   const struct event *event, struct marks *marks)
{
    char moment[MOMENT_BYTES];
    struct held theirs;

    if (is_reading(event))
        marks->ours = nothing_read;
    if (event_is_of_process(event) || is_reading(event))
        widen(replay, &marks->ours);
    if (event->kind != EVENT_MARK || !read_mark(event, moment, &theirs))
        return;
    complete(replay, &marks->ours);
    if (marks->quiet + marks->busy == 0)
        marks->older = (struct held){.most = theirs.most - marks->ours.most,
                                     .tables = theirs.tables - marks->ours.tables};
    assert_near(with, moment, theirs.most - marks->older.most, theirs.tables - marks->older.tables,
                &marks->ours);
    *(is_busy(moment) ? &marks->busy : &marks->quiet) += 1;
}

static void compare(const struct comparison *with)
{
    struct trace trace = lab_trace(with->trace_path);
    struct replay_slot *slots = calloc(1, replay_slots_bytes(&trace.header));
    struct memmap map = lab_map(RAM_BYTES);
    struct marks marks = {.ours = nothing_read};
    struct trace_reader reader;
    struct replay replay;
    struct event event;
    struct mm mm;

    assert_non_null(slots);
    assert_true(mm_init(&mm, mm_strategy_find("zoned"), &map));
    trace_read(&trace, &reader);
    replay_init(&replay, &mm, slots, &trace.header);
    while (trace_reader_next(&reader, &event) == TRACE_EVENT) {
        assert_true(replay_event(&replay, &event));
        follow(with, &replay, &event, &marks);
    }
    assert_int_equal(replay_first_failure(&replay.result)->event, 0);
    assert_int_equal(marks.quiet, with->quiet_marks);
    assert_int_equal(marks.busy, with->busy_marks);
    mm_exit(&mm);
    free(slots);
    trace_close(&trace);
}

MACHINE_TEST(a_build_holds_what_it_held_in_linux)
{
    compare(&(struct comparison){"bench/traces/build_1024.mmb.zst", 0, 1, 18, 3, 46});
}

MACHINE_TEST(a_shell_that_forks_holds_what_it_held_in_linux)
{
    compare(&(struct comparison){"bench/traces/jobs_1024.mmb.zst", 0, 0, 3, 4, 2});
}
