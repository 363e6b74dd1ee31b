/* Jobs in processes of their own: one that crashes leaves the others unharmed. */
#ifndef LAB_WORKERS_H
#define LAB_WORKERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WORKERS_LOST_BYTES 96u /* of the reason why a job has no result */

/* Any number of jobs, each known by a number, taken from a source as processors become free. */
struct workers_stream {
    void *context;       /* handed to all of these */
    size_t result_bytes; /* of plain data, any size */
    uint32_t at_once;    /* jobs; 0: as many as there are processors */
    uint32_t jobs;       /* so many there will be, for those who watch progress; 0: they are told
                            otherwise */
    bool stops;          /* SIGINT, SIGTERM and SIGHUP end it; else they do what they did before */
    /* In the parent: *job is to be started. false: there is none, at least until one that runs has
       ended. */
    bool (*next)(void *context, uint32_t *job);
    /* In the child, which has all of the parent's memory: fill in the result, which is 0. */
    void (*run)(void *context, uint32_t job, void *result);
    /* In the parent, as each ends, in any order. result NULL: there is none, for the reason `lost`,
       one line; else lost is NULL. */
    void (*ended)(void *context, uint32_t job, const void *result, const char *lost);
};

/*
 * Run jobs until there are no more and all have ended. false: a signal stopped it; jobs that ran
 * are gone without a trace, as they are when this process is killed. A job that no process can be
 * made for waits until one that runs has ended; where none runs it is lost.
 */
bool workers_run_stream(const struct workers_stream *stream);

/* The signal that stopped the last stream; 0: none did. */
int workers_stop_signal(void);

/* A list of jobs, 0 to count - 1, all results kept. */
struct workers {
    const void *context; /* handed to run() */
    void *results;       /* the i-th job's is at i * result_bytes */
    size_t result_bytes;
    /* In the child: fill in the i-th job's result, plain data, which is 0. */
    void (*run)(const void *context, uint32_t i, void *result);
    /* In the parent: the job has no result, for this reason, one line. */
    void (*lost)(void *result, const char *reason);
    void (*finished)(uint32_t done, uint32_t count); /* as jobs end; may be NULL */
};

/* Run them, as many at a time as there are processors, and wait for all. */
void workers_run(const struct workers *workers, uint32_t count);

#endif
