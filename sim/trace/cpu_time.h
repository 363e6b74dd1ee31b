/* The CPU time of the calling thread, which does not depend on what else the host runs. */
#ifndef TRACE_CPU_TIME_H
#define TRACE_CPU_TIME_H

#include <stdint.h>
#include <time.h>

static inline uint64_t cpu_time_nanoseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

#endif
