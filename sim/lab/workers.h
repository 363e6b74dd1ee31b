/* Jobs in processes of their own: one that crashes leaves the others unharmed. */
#ifndef LAB_WORKERS_H
#define LAB_WORKERS_H

#include <stddef.h>
#include <stdint.h>

/* As many jobs as there are names for in a table; more than there will ever be strategies. */
#define WORKERS_MAX 32u

/* The smallest pipe: a result fits it, so that no worker waits for its reader. */
#define WORKERS_RESULT_MAX 4096u

struct workers {
    const void *context; /* handed to run() */
    void *results;       /* the i-th job's is at i * result_bytes */
    size_t result_bytes; /* at most WORKERS_RESULT_MAX */
    /* In the child: fill in the i-th job's result, plain data. */
    void (*run)(const void *context, uint32_t i, void *result);
    /* In the parent: the job has no result, for this reason, two pieces of one line. */
    void (*lost)(void *result, const char *what, const char *detail);
    void (*finished)(uint32_t done, uint32_t count); /* as jobs end; may be NULL */
};

/* Run `count` <= WORKERS_MAX jobs, as many at a time as there are processors, and wait for all. */
void workers_run(const struct workers *workers, uint32_t count);

#endif
