/* Lines of ftrace's text about processes, and the table of excerpts that are imported. */
#ifndef TESTS_TRACE_PROCESS_LINES_H
#define TESTS_TRACE_PROCESS_LINES_H

#include "support/test.h"
#include "trace/ftrace_lines.h"
#include "trace/importing.h"

#include <inttypes.h>

/* A task with the PID 77, its child 78, and a second CPU. */
#define SH   "              sh-77      [000] .....     1.000001: "
#define LS   "              ls-78      [000] .....     1.000001: "
#define TWO  "              sh-77      [001] .....     1.000001: "
#define SOFT "              sh-77      [000] ..s..     1.000001: "

#define FAULT(address, code)                                                                       \
    "page_fault_user: address=0x" address " ip=0x8049000 error_code=0x" code "\n"
#define KERNEL_FAULT(address, code)                                                                \
    "page_fault_kernel: address=0x" address " ip=__put_user_4 error_code=0x" code "\n"
#define MMAP(address, bytes, rights, flags, file)                                                  \
    "sys_mmap_pgoff(addr: " address ", len: " bytes ", prot: " rights ", flags: " flags            \
    ", fd: " file ", pgoff: 0)\n"
#define MAPPED(address)      "sys_mmap_pgoff -> 0x" address "\n"
#define BRK(address, result) "sys_brk(brk: " address ")\n" SH "sys_brk -> 0x" result "\n"

/* Two pages of anonymous memory. */
#define TWO_PAGES SH MMAP("0", "2000", "3", "22", "ffffffff") SH MAPPED("b7f00000")
#define HAS_TWO   "process 77\nmap 77 0x77f00000 8192 rw\n"

/* Both pages written. */
#define TOUCHED     TWO_PAGES SH FAULT("b7f00000", "6") SH FAULT("b7f01000", "6")
#define HAS_TOUCHED HAS_TWO "touch 77 0x77f00000 w\ntouch 77 0x77f01000 w\n"

#define FORK(flags)                                                                                \
    SH "task_newtask: pid=78 comm=sh clone_flags=" flags " oom_score_adj=0\n" SH                   \
       "sched_process_fork: comm=sh pid=77 child_comm=sh child_pid=78\n"
#define EXIT(pid) "sched_process_exit: comm=sh pid=" pid " prio=120\n"

#define FILE_COUNT  "access to a page of a file or of shared memory: the page cache has it"
#define AGAIN       "fault at a page that the process has"
#define ZEROS       "first read of a page: Linux maps its page of zeros, the trace takes a frame"
#define KEPT        "frame of a fork that another process keeps: touched by that one"
#define OUTSIDE     "write outside the regions that the log shows: mapped first"
#define OUTSIDE_R   "read outside the regions that the log shows: left out"
#define NO_PLACE    "range of a process that has no place in a trace: left out"
#define RIGHTS      "mprotect that takes a right away: the region keeps it"
#define ADVICE      "madvise that need not free pages, or of the heap: the pages stay"
#define FAILED      "call of a process that failed"
#define HALF        "return of a call whose start the log does not have: left out"
#define MISSED_EXIT "process whose PID begins again without an exit: ended first"

/* A log, the trace that it becomes, and something that it counts. */
struct processes_case {
    const char *name;
    const char *log;
    const char *trace;
    const char *what; /* NULL: nothing */
    uint64_t count;
};

static inline void assert_cases(const struct processes_case cases[], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        import_case = cases[i].name;
        assert_import(cases[i].log, cases[i].trace);
        if (cases[i].what != NULL && count_of(cases[i].what) != cases[i].count)
            fail_msg("%s: '%s' counts %" PRIu64, import_case, cases[i].what,
                     count_of(cases[i].what));
    }
    import_case = "";
}

#define ASSERT_CASES(cases) assert_cases(cases, sizeof(cases) / sizeof((cases)[0]))

#endif
