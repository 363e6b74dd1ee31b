/*
 * Reports how far a long command has come. Code that reads, writes or runs jobs reports after each
 * block of about 64 KiB or each job, never for an event. A callback shows the progress
 * (report/progress_bar.h). If there is none, a report is one comparison.
 *
 * At any time there is at most one step of work, which has an owner; reports of others are ignored.
 * The process of a worker reports its own steps through shared memory.
 */
#ifndef TRACE_PROGRESS_H
#define TRACE_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#define PROGRESS_OF_JOB 1000000u /* parts of the work of one job */
#define PROGRESS_BYTES  "B"

struct progress {
    uint64_t done;
    uint64_t total;   /* 0: unknown */
    uint64_t amount;  /* the whole work in `unit`; 0: `total` is in that unit */
    const char *unit; /* for people: "events", "replays"; PROGRESS_BYTES */
    uint64_t counted; /* the work that is done, in `unit` */
};

/* Called when a step begins or has advanced (`ended` is false), and when it ends. NULL: no progress
   is shown. */
extern void (*progress_shown)(const struct progress *progress, bool ended);

/* Shows progress by `shown` from now on, also that of workers' processes. */
void progress_enable(void (*shown)(const struct progress *progress, bool ended));

/* Begins a step of `total` units, 0: unknown. It is ignored while another step goes on. */
void progress_begin(const void *owner, uint64_t total, const char *unit);

/* Changes the total of the step. */
void progress_resize(const void *owner, uint64_t total);

/* Shows the step in events: it has so many. */
void progress_count_events(const void *owner, uint64_t events);

/* Reports how much of the step is done. */
void progress_say(const void *owner, uint64_t done);

static inline void progress_at(const void *owner, uint64_t done)
{
    if (__builtin_expect(progress_shown != 0, 0))
        progress_say(owner, done);
}

/* Ends the owner's step, if it has one. */
void progress_end(const void *owner);

/* ---- jobs in processes of their own ---- */

/* Begins a step of so many jobs. progress_look() reports how far their processes are. */
void progress_begin_jobs(const void *owner, uint32_t jobs);
void progress_look(const void *owner);

/* Called in the process of a job when it starts: its progress is reported to its parent. */
void progress_enter_job(void);

/* Called in the process of a job: it has so many steps of about equal length. The default is 1. */
void progress_job_steps(uint32_t steps);

/* Called in the process of a job: a step is done that reads no stream. */
void progress_job_step(void);

/* Called in the process of a job when it ends: all of its work is done. */
void progress_leave_job(void);

#endif
