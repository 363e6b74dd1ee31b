/* Makes traces of logs that other programs wrote: `mmsim import`. */
#ifndef TRACE_IMPORT_H
#define TRACE_IMPORT_H

#include "trace/stream_in.h"
#include "trace/trace_writer.h"

#define IMPORT_COUNTS_MAX    48u
#define IMPORT_SKIPPED_BYTES 400u
#define IMPORT_NOTES_BYTES   4096u

/* What every importer calls the lines that import_options.lenient skips. */
#define IMPORT_SKIPPED "line that makes no sense: skipped"

struct state_machine;

struct import_options {
    bool lenient; /* a bad line is not an error, but is counted as IMPORT_SKIPPED; neither is it an
                     error to keep little */
    /* ---- of the format "oom" ---- */
    const struct state_machine *machine; /* that the state is made for */
    uint64_t report;                     /* the number of the report, from 1; 0: the first */
    uint32_t order;                      /* of the request that follows; UINT32_MAX: not given */
    const char *gfp;                     /* its flags; NULL: not given */
    bool oom_only;                       /* the format must be "oom": an option of it was given */
};

/* A kind of line that did not become an event as it stood. */
struct import_count {
    const char *what; /* "kfree of NULL", ... */
    uint64_t count;   /* > 0 */
};

struct import_counts {
    const char *format;   /* the importer's name */
    bool whole;           /* the log was read to its end */
    uint64_t lines;       /* read */
    uint64_t events;      /* written */
    uint64_t allocations; /* calls and lines that name one */
    uint64_t kept;        /* of those, in the trace */
    uint32_t count;
    struct import_count list[IMPORT_COUNTS_MAX];
    char skipped[IMPORT_SKIPPED_BYTES]; /* the first line that was skipped, and why; "": none was */
    char notes[IMPORT_NOTES_BYTES];     /* what else is to be said: lines, each with a newline */
};

/* Was the log read to its end, but nothing became an event, or less than half of the allocations
   did? */
bool import_keeps_little(const struct import_counts *counts);

/* Appends a count, unless it is 0. */
void import_count(struct import_counts *counts, const char *what, uint64_t count);

/* The name of the format that stands for the one that the log's first lines show. */
#define IMPORT_AUTO "auto"

struct importer {
    const char *name;
    const char *file;    /* what it reads, in messages: "a log of ftrace" */
    const char *summary; /* what it reads, in one line */
    const char *recipe;  /* the commands that record such a log, one a line, each with a newline */
    /* Writes the events of a log into writer. false: the error names file, line and reason. Memory
       grows with what is live, not with the length of the log. */
    bool (*import)(struct stream_in *in, struct trace_writer *writer,
                   const struct import_options *options, struct import_counts *counts,
                   struct sim_error *error);
};

/* All importers; the last one has no name. */
extern const struct importer importers[];

/* Finds an importer by its name; NULL: there is none. */
const struct importer *importer_find(const char *name);

/*
 * Import `in` (a path or "-", compressed or not) and write the binary trace to `out` (.mmb,
 * .mmb.zst, .mmb.xz, or "-"), whole or not at all. false: unknown format, a bad name, bad input, or
 * an import that keeps little; see error.
 */
bool trace_import(const char *format, const char *in, const char *out,
                  const struct import_options *options, struct import_counts *counts,
                  struct sim_error *error);

/* Linux's ftrace text: trace, or trace_pipe, of the kmem events. */
bool import_ftrace(struct stream_in *in, struct trace_writer *writer,
                   const struct import_options *options, struct import_counts *counts,
                   struct sim_error *error);

/* Reports of Linux about its memory: a failed request, the oom-killer, /proc/buddyinfo. */
bool import_oom(struct stream_in *in, struct trace_writer *writer,
                const struct import_options *options, struct import_counts *counts,
                struct sim_error *error);

/* Text of perf script. */
bool import_perf(struct stream_in *in, struct trace_writer *writer,
                 const struct import_options *options, struct import_counts *counts,
                 struct sim_error *error);

/* Text of trace-cmd report. */
bool import_trace_cmd(struct stream_in *in, struct trace_writer *writer,
                      const struct import_options *options, struct import_counts *counts,
                      struct sim_error *error);
/* Allocation traces of the malloc lab (R. Bryant, D. O'Hallaron, "Computer Systems"). */
bool import_mdriver(struct stream_in *in, struct trace_writer *writer,
                    const struct import_options *options, struct import_counts *counts,
                    struct sim_error *error);

/* What glibc's mtrace() writes. */
bool import_mtrace(struct stream_in *in, struct trace_writer *writer,
                   const struct import_options *options, struct import_counts *counts,
                   struct sim_error *error);

/* The calls that ltrace, uftrace, kdump, gef, pwndbg and our script of bpftrace print. */
bool import_calls(struct stream_in *in, struct trace_writer *writer,
                  const struct import_options *options, struct import_counts *counts,
                  struct sim_error *error);

/* The data of heaptrack, interpreted or not. */
bool import_heaptrack(struct stream_in *in, struct trace_writer *writer,
                      const struct import_options *options, struct import_counts *counts,
                      struct sim_error *error);

/* What ESP-IDF prints of the heap. */
bool import_esp(struct stream_in *in, struct trace_writer *writer,
                const struct import_options *options, struct import_counts *counts,
                struct sim_error *error);

/* What Valgrind's --trace-malloc=yes writes, among its own and the program's output. */
bool import_valgrind(struct stream_in *in, struct trace_writer *writer,
                     const struct import_options *options, struct import_counts *counts,
                     struct sim_error *error);

#endif
