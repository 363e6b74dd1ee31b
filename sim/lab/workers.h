/* Runs jobs in processes of their own, so that a job which crashes leaves the others unharmed. */
#ifndef LAB_WORKERS_H
#define LAB_WORKERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WORKERS_LOST_BYTES 96u /* of the reason why a job has no result */

/* A stream of any number of jobs. Each is known by a number, and is asked for when a processor is
 * free. */
struct workers_stream {
    void *context;       /* handed to all functions below */
    size_t result_bytes; /* of plain data, any size */
    uint32_t at_once;    /* jobs; 0: as many as there are processors */
    uint32_t jobs; /* how many jobs there will be, for the display of progress; 0: the display gets
                      that elsewhere */
    bool stops; /* SIGINT, SIGTERM and SIGHUP end the stream; otherwise these signals do what they
                   did before */
    /* In the parent: set *job to the job to start. Returns false if there is none, at least until a
     * running one has ended. */
    bool (*next)(void *context, uint32_t *job);
    /* In the child, which has a copy of the parent's memory: fill in the result, which is zeroed.
     */
    void (*run_job)(void *context, uint32_t job, void *result);
    /* If order_bytes is not 0, a process runs one job after another, and run_job is not used: the
     * child has the memory that the parent had when the stream began. The parent writes an order
     * for each job, plain data, and the child runs it. run_order() returns false if the process
     * should not run another job. The progress of such jobs is not displayed: `jobs` is 0. */
    size_t order_bytes;
    void (*write_order)(void *context, uint32_t job, void *order);
    bool (*run_order)(void *context, const void *order, void *result);
    /* In the parent: a job has ended. The order is any. If it has no result, result is NULL and
     * `lost` says why in one line; otherwise lost is NULL. */
    void (*ended)(void *context, uint32_t job, const void *result, const char *lost);
};

/*
 * Run jobs until there are no more and all have ended. Returns false if a signal stopped the
 * stream. The jobs that were running are then killed, as they are when this process is killed. If
 * no process can be created for a job, it waits until a running one has ended; if none is running,
 * the job is lost.
 */
bool workers_run_stream(const struct workers_stream *stream);

/* The signal that stopped the last stream; 0: none did. */
int workers_stop_signal(void);

/* A list of jobs, 0 to count - 1, whose results are all kept. */
struct workers {
    const void *context; /* handed to run_job() */
    void *results;       /* the result of job i is at i * result_bytes */
    size_t result_bytes;
    /* In the child: fill in the result of job i, plain data, which is zeroed. */
    void (*run_job)(const void *context, uint32_t i, void *result);
    /* In the parent: the job has no result, for this reason in one line. */
    void (*lost)(void *result, const char *reason);
    void (*finished)(uint32_t done, uint32_t count); /* called when a job ends; may be NULL */
};

/* Run the jobs, as many at a time as there are processors, and wait for all. */
void workers_run(const struct workers *workers, uint32_t count);

#endif
