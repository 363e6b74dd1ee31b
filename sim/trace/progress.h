/*
 * How far a long run has come. Who reads, writes or runs jobs says so, once for each block of some
 * 64 KiB or each job, never for an event; who shows it (report/progress_bar.h) is told. Where
 * nobody shows it, a call is one comparison.
 *
 * At any time there is one step of work, which has an owner; what others say meanwhile is ignored.
 * A worker's process passes on how far its own steps are, in memory that it shares.
 */
#ifndef TRACE_PROGRESS_H
#define TRACE_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#define PROGRESS_OF_JOB 1000000u /* parts that a job's work is counted in */
#define PROGRESS_BYTES  "B"

struct progress {
    uint64_t done;
    uint64_t total;   /* 0: nobody knows */
    uint64_t amount;  /* the same work in units that people know; 0: `done` is in them */
    const char *unit; /* "events", "replays"; PROGRESS_BYTES */
    uint64_t counted; /* of them, so far */
};

/* Called when a step begins, when it has advanced (`ended` is false), and when it ends. NULL: no
   progress is shown. */
extern void (*progress_shown)(const struct progress *progress, bool ended);

/* Make progress known to `shown` from now on, that of workers' processes included. */
void progress_enable(void (*shown)(const struct progress *progress, bool ended));

/* Begin a step of so many units, 0: nobody knows. It is ignored where one has begun. */
void progress_begin(const void *owner, uint64_t total, const char *unit);

/* There is more to do, or less, than was said. */
void progress_resize(const void *owner, uint64_t total);

/* The owner's step is so many events, for people. */
void progress_count_events(const void *owner, uint64_t events);

/* The owner has done so much of it. */
void progress_say(const void *owner, uint64_t done);

static inline void progress_at(const void *owner, uint64_t done)
{
    if (__builtin_expect(progress_shown != 0, 0))
        progress_say(owner, done);
}

/* The owner's step is over; nothing happens where it has none. */
void progress_end(const void *owner);

/* ---- jobs in processes of their own ---- */

/* Begin a step of so many jobs; progress_look() says how far their processes are. */
void progress_begin_jobs(const void *owner, uint32_t jobs);
void progress_look(const void *owner);

/* In a job's process, when it starts: its progress goes to the process that made it. */
void progress_enter_job(void);

/* In a job's process: it has about so many steps, which take about as long; 1 without this. */
void progress_job_steps(uint32_t steps);

/* In a job's process: one step that no stream of a trace tells of is done. */
void progress_job_step(void);

/* In a job's process, when it ends: all of it is done. */
void progress_leave_job(void);

#endif
