/* Recognises the log of a tool by its first lines. */
#ifndef TRACE_LOG_KIND_H
#define TRACE_LOG_KIND_H

#include <stdbool.h>

/* Is this the head of such a log? The head is terminated, and its last line may be cut short. */
typedef bool log_test(const char *head);

log_test log_is_perf, log_is_trace_cmd, log_is_ftrace, log_is_perf_kmem_report;
log_test log_is_mdriver, log_is_mtrace, log_is_mtrace_report;
log_test log_is_valgrind, log_is_valgrind_report;
log_test log_is_oom, log_is_kernel;
log_test log_is_heaptrack, log_is_esp;
log_test log_is_ltrace, log_is_uftrace, log_is_bpftrace, log_is_utrace, log_is_gdb;

#endif
