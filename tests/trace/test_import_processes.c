/* Excerpts of ftrace's text with what processes do: faults, calls, forks, exits. */
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

static void assert_cases(const struct processes_case cases[], size_t count)
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

TEST(a_first_access_is_a_touch)
{
    static const struct processes_case cases[] = {
        {"a write", TWO_PAGES SH FAULT("b7f00123", "6"), HAS_TWO "touch 77 0x77f00123 w\n", NULL,
         0},
        {"a read", TWO_PAGES SH FAULT("b7f01000", "4"), HAS_TWO "touch 77 0x77f01000 r\n", ZEROS,
         1},
        {"a write after a read", TWO_PAGES SH FAULT("b7f01000", "4") SH FAULT("b7f01008", "7"),
         HAS_TWO "touch 77 0x77f01000 r\ntouch 77 0x77f01000 w\n", ZEROS, 1},
        {"a second fault", TWO_PAGES SH FAULT("b7f00123", "6") SH FAULT("b7f00124", "7"),
         HAS_TWO "touch 77 0x77f00123 w\n", AGAIN, 1},
        {"an access by the kernel", TWO_PAGES SH KERNEL_FAULT("b7f01ffc", "2"),
         HAS_TWO "touch 77 0x77f01ffc w\n", NULL, 0},
        {"a fault of the kernel's own",
         TWO_PAGES SH KERNEL_FAULT("f7f01ffc", "2") SH
         "page_fault_kernel: address=vmalloc_area ip=f error_code=0x0\n",
         HAS_TWO, "line of another event", 2},
        {"a write of an unknown region", SH FAULT("09b09828", "7") SH FAULT("09b09900", "6"),
         "process 77\nmap 77 0x01b09000 4096 rw\ntouch 77 0x01b09828 w\n", OUTSIDE, 1},
        {"a read of an unknown region", TWO_PAGES SH FAULT("b7fcc559", "4"), HAS_TWO, OUTSIDE_R, 1},
        {"an address that a trace cannot have",
         TWO_PAGES SH FAULT("00000010", "6") SH FAULT("ffff9c8003000000", "6"), HAS_TWO, NO_PLACE,
         2},
    };
    ASSERT_CASES(cases);
}

/* MAP_SHARED, MAP_PRIVATE, MAP_FIXED, MAP_ANONYMOUS, MAP_GROWSDOWN, MAP_POPULATE: 1, 2, 10, 20,
   100, 8000. */
TEST(a_page_of_a_file_is_the_processs_own_once_it_is_written)
{
    static const struct processes_case cases[] = {
        {"read",
         SH MMAP("0", "1000", "3", "2", "3") SH MAPPED("b7f00000") SH FAULT("b7f00000", "4"),
         "process 77\nmap 77 0x77f00000 4096 rw\n", FILE_COUNT, 1},
        {"written",
         SH MMAP("0", "1000", "3", "2", "3") SH MAPPED("b7f00000") SH FAULT("b7f00000", "4")
             SH FAULT("b7f00000", "7"),
         "process 77\nmap 77 0x77f00000 4096 rw\ntouch 77 0x77f00000 w\n", FILE_COUNT, 1},
        {"shared",
         SH MMAP("0", "1000", "3", "1", "3") SH MAPPED("b7f00000") SH FAULT("b7f00000", "6"),
         "process 77\nmap 77 0x77f00000 4096 rw\n", FILE_COUNT, 1},
        {"shared anonymous memory",
         SH MMAP("0", "1000", "3", "21", "ffffffff") SH MAPPED("b7f00000")
             SH FAULT("b7f00000", "6"),
         "process 77\nmap 77 0x77f00000 4096 rw\n", FILE_COUNT, 1},
    };
    ASSERT_CASES(cases);
}

TEST(maps_appear_and_go)
{
    static const struct processes_case cases[] = {
        {"a length that is no multiple of a page, without the right to write",
         SH MMAP("0", "1001", "5", "2", "3") SH MAPPED("b7f00000"),
         "process 77\nmap 77 0x77f00000 8192 r\n", NULL, 0},
        {"in place of a part of another",
         TWO_PAGES SH FAULT("b7f01000", "6") SH MMAP("b7f01000", "1000", "3", "32", "ffffffff")
             SH MAPPED("b7f01000") SH FAULT("b7f01004", "6"),
         HAS_TWO "touch 77 0x77f01000 w\nunmap 77 0x77f01000 4096\nmap 77 0x77f01000 4096 rw\n"
                 "touch 77 0x77f01004 w\n",
         NULL, 0},
        {"unmapped in part, and mapped again",
         TWO_PAGES SH "sys_munmap(addr: b7f00000, len: 1000)\n" SH "sys_munmap -> 0x0\n" SH MMAP(
             "0", "1000", "1", "22", "ffffffff") SH MAPPED("b7f00000"),
         HAS_TWO "unmap 77 0x77f00000 4096\nmap 77 0x77f00000 4096 r\n", NULL, 0},
        {"unmapped where nothing is known",
         TWO_PAGES SH "sys_munmap(addr: b7e00000, len: 1000)\n" SH "sys_munmap -> 0x0\n", HAS_TWO,
         NULL, 0},
        {"failed", TWO_PAGES SH MMAP("0", "2000", "3", "22", "ffffffff") SH MAPPED("fffffff4"),
         HAS_TWO, FAILED, 1},
        {"with all pages at once",
         SH MMAP("0", "2000", "3", "8022", "ffffffff") SH PAGE(
             "f5000100", "0x2008", "0", "GFP_HIGHUSER_MOVABLE|__GFP_ZERO") SH MAPPED("b7f00000"),
         HAS_TWO "touch 77 0x77f00000 w\ntouch 77 0x77f01000 w\n",
         "page of a process: its touch stands for it", 1},
        {"a start that the log does not have", TWO_PAGES SH MAPPED("b7e00000"), HAS_TWO, HALF, 1},
        {"a start before lost lines",
         TWO_PAGES SH MMAP("0", "2000", "3", "22",
                           "ffffffff") "CPU:0 [LOST 5 EVENTS]\n" SH MAPPED("b7e00000"),
         HAS_TWO, HALF, 1},
        {"across the border of moved addresses",
         TWO_PAGES SH MMAP("7ffff000", "2000", "3", "32", "ffffffff") SH MAPPED("7ffff000"),
         HAS_TWO, NO_PLACE, 1},
        {"where a moved region is",
         TWO_PAGES SH MMAP("77f01000", "1000", "3", "32", "ffffffff") SH MAPPED("77f01000")
             SH FAULT("77f01000", "6"),
         HAS_TWO, NO_PLACE, 2},
        {"over the stack that a process of a trace begins with",
         SH MMAP("0", "2000", "3", "22", "ffffffff") SH MAPPED("bfffd000"),
         "process 77\nunmap 77 0x7fffd000 12288\nmap 77 0x7fffd000 8192 rw\n", NULL, 0},
    };
    ASSERT_CASES(cases);
}

#define PROTECT(address, bytes, rights)                                                            \
    SH "sys_mprotect(start: " address ", len: " bytes ", prot: " rights ")\n" SH                   \
       "sys_mprotect -> 0x0\n"

TEST(mprotect_gives_rights_and_never_takes_them)
{
    static const struct processes_case cases[] = {
        {"a right to write",
         SH MMAP("0", "3000", "0", "22", "ffffffff") SH MAPPED("b7f00000")
             PROTECT("b7f01000", "1000", "3") SH FAULT("b7f01000", "6"),
         "process 77\nmap 77 0x77f00000 12288 r\nunmap 77 0x77f01000 4096\n"
         "map 77 0x77f01000 4096 rw\ntouch 77 0x77f01000 w\n",
         NULL, 0},
        {"where the process has pages",
         SH MMAP("0", "1000", "1", "22", "ffffffff") SH MAPPED("b7f00000") SH FAULT("b7f00000", "4")
             PROTECT("b7f00000", "1000", "3") SH FAULT("b7f00000", "7"),
         "process 77\nmap 77 0x77f00000 4096 r\ntouch 77 0x77f00000 r\nunmap 77 0x77f00000 4096\n"
         "map 77 0x77f00000 4096 rw\ntouch 77 0x77f00000 r\ntouch 77 0x77f00000 w\n",
         NULL, 0},
        {"a right is taken", TWO_PAGES PROTECT("b7f00000", "2000", "1") SH FAULT("b7f00000", "6"),
         HAS_TWO "touch 77 0x77f00000 w\n", RIGHTS, 1},
        {"a write that only a right missing from the log allows",
         SH MMAP("0", "2000", "1", "22", "ffffffff") SH MAPPED("b7f00000")
             SH FAULT("b7f01000", "6"),
         "process 77\nmap 77 0x77f00000 8192 r\nunmap 77 0x77f01000 4096\n"
         "map 77 0x77f01000 4096 rw\ntouch 77 0x77f01000 w\n",
         OUTSIDE, 1},
    };
    ASSERT_CASES(cases);
}

#define REMAP(from, old, new, flags, to)                                                           \
    SH "sys_mremap(addr: " from ", old_len: " old                                                  \
       ", new_len: " new ", flags: " flags ", new_addr: 0)\n" SH "sys_mremap -> 0x" to "\n"
#define TOUCHED     TWO_PAGES SH FAULT("b7f00000", "6") SH FAULT("b7f01000", "6")
#define HAS_TOUCHED HAS_TWO "touch 77 0x77f00000 w\ntouch 77 0x77f01000 w\n"

TEST(mremap_moves_pages)
{
    static const struct processes_case cases[] = {
        {"grows in place", TOUCHED REMAP("b7f00000", "2000", "3000", "1", "b7f00000"),
         HAS_TOUCHED "map 77 0x77f02000 4096 rw\n", NULL, 0},
        {"shrinks in place", TOUCHED REMAP("b7f00000", "2000", "1000", "1", "b7f00000"),
         HAS_TOUCHED "unmap 77 0x77f01000 4096\n", NULL, 0},
        {"moves and grows", TOUCHED REMAP("b7f00000", "2000", "3000", "1", "b7e00000"),
         HAS_TOUCHED "unmap 77 0x77f00000 8192\nmap 77 0x77e00000 12288 rw\n"
                     "touch 77 0x77e00000 w\ntouch 77 0x77e01000 w\n",
         NULL, 0},
        {"leaves the old range mapped", TOUCHED REMAP("b7f00000", "2000", "2000", "5", "b7e00000"),
         HAS_TOUCHED "unmap 77 0x77f00000 8192\nmap 77 0x77e00000 8192 rw\n"
                     "touch 77 0x77e00000 w\ntouch 77 0x77e01000 w\nmap 77 0x77f00000 8192 rw\n",
         NULL, 0},
        {"is as before", TOUCHED REMAP("b7f00000", "2000", "1800", "1", "b7f00000"), HAS_TOUCHED,
         NULL, 0},
        {"of an unknown region", TWO_PAGES REMAP("b7d00000", "1000", "1000", "1", "b7e00000"),
         HAS_TWO "map 77 0x77e00000 4096 rw\n", NULL, 0},
        {"onto itself, which no kernel does",
         TOUCHED REMAP("b7f00000", "2000", "2000", "1", "b7f01000"), HAS_TOUCHED, NO_PLACE, 1},
    };
    ASSERT_CASES(cases);
}

#define ADVISE(address, bytes, advice)                                                             \
    SH "sys_madvise(start: " address ", len_in: " bytes ", behavior: " advice ")\n" SH             \
       "sys_madvise -> 0x0\n"

TEST(madvise_gives_pages_back)
{
    static const struct processes_case cases[] = {
        {"MADV_DONTNEED", TOUCHED ADVISE("b7f00000", "1000", "4") SH FAULT("b7f00000", "6"),
         HAS_TOUCHED "unmap 77 0x77f00000 4096\nmap 77 0x77f00000 4096 rw\n"
                     "touch 77 0x77f00000 w\n",
         NULL, 0},
        {"MADV_FREE", TOUCHED ADVISE("b7f00000", "1000", "8"), HAS_TOUCHED, ADVICE, 1},
        {"of the heap",
         SH BRK("0", "1f3c000") SH BRK("1f3d000", "1f3d000") ADVISE("1f3c000", "1000", "4"),
         "process 77\nsetbrk 77 0x08049000\n", ADVICE, 1},
        {"other advice", TOUCHED ADVISE("b7f00000", "1000", "3"), HAS_TOUCHED, NULL, 0},
    };
    ASSERT_CASES(cases);
}

/* The heap of a trace begins at 08048000, wherever that of the log does. */
TEST(the_heap_is_moved)
{
    static const struct processes_case cases[] = {
        {"grows, is touched, and shrinks",
         SH BRK("0", "1f3c000") SH BRK("1f5d010", "1f5d010") SH FAULT("01f5d000", "6")
             SH BRK("1f3d000", "1f3d000") SH BRK("1f5d000", "1f5d000") SH FAULT("01f5c004", "6"),
         "process 77\nsetbrk 77 0x08069010\ntouch 77 0x08069000 w\nsetbrk 77 0x08049000\n"
         "setbrk 77 0x08069000\ntouch 77 0x08068004 w\n",
         NULL, 0},
        {"is as before when it cannot grow",
         SH BRK("0", "9b09000") SH BRK("9b2a000", "9b09000") TWO_PAGES, HAS_TWO, NULL, 0},
        {"begins in the middle of a page", SH BRK("0", "804b123") SH BRK("804d000", "804d000"),
         "process 77\nsetbrk 77 0x08049000\n", NULL, 0},
        {"meets another region",
         SH MMAP("10050000", "1000", "3", "32", "ffffffff") SH MAPPED("10050000")
             SH BRK("0", "1f3c000") SH BRK("1f5d000", "1f5d000"),
         "process 77\nmap 77 0x08050000 4096 rw\n", NO_PLACE, 1},
    };
    ASSERT_CASES(cases);
}

TEST(a_stack_grows_down_to_an_access)
{
    static const struct processes_case cases[] = {
        {"with the probe",
         SH "map_stack: (expand_stack_locked+0x0/0x2f0) low=0xbf943000 end=0xbf964000\n" SH FAULT(
             "bf963ffc", "6"),
         "process 77\nmap 77 0x7f943000 135168 rw\ntouch 77 0x7f963ffc w\n", NULL, 0},
        {"without it, in steps",
         SH "map_stack: (expand_stack_locked+0x0/0x2f0) low=0xbf960000 end=0xbf964000\n" SH FAULT(
             "bf95fffc", "6") SH FAULT("bf93fffc", "6"),
         "process 77\nmap 77 0x7f960000 16384 rw\nmap 77 0x7f940000 131072 rw\n"
         "touch 77 0x7f95fffc w\nmap 77 0x7f920000 131072 rw\ntouch 77 0x7f93fffc w\n",
         NULL, 0},
        {"no further than the next region",
         SH MMAP("0", "1000", "3", "122", "ffffffff") SH MAPPED("b7f10000") SH MMAP(
             "0", "1000", "3", "22", "ffffffff") SH MAPPED("b7f0d000") SH FAULT("b7f0f000", "6"),
         "process 77\nmap 77 0x77f10000 4096 rw\nmap 77 0x77f0d000 4096 rw\n"
         "map 77 0x77f0e000 8192 rw\ntouch 77 0x77f0f000 w\n",
         NULL, 0},
        {"not over 8 MiB",
         SH MMAP("0", "1000", "3", "122", "ffffffff") SH MAPPED("b7f10000")
             SH FAULT("b7700000", "6"),
         "process 77\nmap 77 0x77f10000 4096 rw\nmap 77 0x77700000 4096 rw\ntouch 77 0x77700000 "
         "w\n",
         OUTSIDE, 1},
    };
    ASSERT_CASES(cases);
}

#define HAS_CHILD "process 78\nmap 78 0x77f00000 8192 rw\n"

/* One process of those that share a frame holds it in the trace. */
TEST(a_fork_shares_frames_until_one_writes)
{
    static const struct processes_case cases[] = {
        {"the child writes", TOUCHED FORK("1200000") LS FAULT("b7f00008", "7"),
         HAS_TOUCHED HAS_CHILD "touch 78 0x77f00000 w\n", KEPT, 0},
        {"the parent writes, and the child keeps the frame",
         TOUCHED FORK("1200000") SH FAULT("b7f00008", "7") LS FAULT("b7f00000", "7"),
         HAS_TOUCHED HAS_CHILD "touch 78 0x77f00000 w\n", KEPT, 1},
        {"the parent ends", TOUCHED FORK("1200000") LS FAULT("b7f00000", "7") SH EXIT("77"),
         HAS_TOUCHED HAS_CHILD "touch 78 0x77f00000 w\nexit 77\ntouch 78 0x77f01000 w\n", KEPT, 1},
        {"the child ends", TOUCHED FORK("1200000") LS EXIT("78") SH FAULT("b7f00000", "7"),
         HAS_TOUCHED HAS_CHILD "exit 78\n", KEPT, 0},
        {"the parent unmaps",
         TOUCHED FORK("1200000") SH "sys_munmap(addr: b7f00000, len: 1000)\n" SH
                                    "sys_munmap -> 0x0\n",
         HAS_TOUCHED HAS_CHILD "unmap 77 0x77f00000 4096\ntouch 78 0x77f00000 w\n", KEPT, 1},
        {"a page of its own",
         TOUCHED FORK("1200000") LS FAULT("b7f00000", "7") LS FAULT("b7f00000", "7"),
         HAS_TOUCHED HAS_CHILD "touch 78 0x77f00000 w\n", AGAIN, 1},
        {"the heap with a hole, and regions of each kind",
         SH BRK("0", "1f3c000") SH BRK("1f40000", "1f40000") SH
         "sys_munmap(addr: 1f3d000, len: 1000)\n" SH "sys_munmap -> 0x0\n" SH MMAP(
             "0", "1000", "5", "2", "3") SH MAPPED("b7f00000") FORK("1200000"),
         "process 77\nsetbrk 77 0x0804c000\nunmap 77 0x08049000 4096\nmap 77 0x77f00000 4096 r\n"
         "process 78\nsetbrk 78 0x0804c000\nunmap 78 0x08049000 4096\nmap 78 0x77f00000 4096 r\n",
         NULL, 0},
    };
    ASSERT_CASES(cases);
}

/* CLONE_VM is 100. Without task_newtask, the call tells. */
TEST(threads_share_the_space_of_their_process)
{
    static const struct processes_case cases[] = {
        {"a thread",
         TWO_PAGES FORK("3d0f00") LS FAULT("b7f00000", "6") SH EXIT("77") LS FAULT("b7f01000", "6")
             LS EXIT("78"),
         HAS_TWO "touch 77 0x77f00000 w\ntouch 77 0x77f01000 w\nexit 77\n", NULL, 0},
        {"vfork, known from its call",
         TWO_PAGES SH "sys_vfork()\n" SH
                      "sched_process_fork: comm=sh pid=77 child_comm=sh child_pid=78\n" LS FAULT(
                          "b7f00000", "6") LS EXIT("78") SH "sys_vfork -> 0x4e\n",
         HAS_TWO "touch 77 0x77f00000 w\n", HALF, 0},
        {"clone3, known from its call",
         TWO_PAGES SH "sys_clone3(uargs: bf8d1a00, size: 58)\n" SH
                      "sched_process_fork: comm=sh pid=77 child_comm=sh child_pid=78\n" LS FAULT(
                          "b7f00000", "6"),
         HAS_TWO "touch 77 0x77f00000 w\n", NULL, 0},
        {"clone without CLONE_VM",
         TWO_PAGES SH "sys_clone(clone_flags: 1200011, newsp: 0, parent_tidptr: 0, tls: 0)\n" SH
                      "sched_process_fork: comm=sh pid=77 child_comm=sh child_pid=78\n" SH
                      "sys_clone -> 0x4e\n" LS "sys_clone -> 0x0\n",
         HAS_TWO HAS_CHILD, HALF, 0},
        {"nothing known of the call",
         TWO_PAGES SH "sched_process_fork: comm=sh pid=77 child_comm=sh child_pid=78\n",
         HAS_TWO HAS_CHILD, NULL, 0},
        {"an unknown parent",
         SH
         "task_newtask: pid=78 comm=sh clone_flags=0 oom_score_adj=0\n" LS FAULT("b7f00000", "6"),
         "process 78\nmap 78 0x77f00000 4096 rw\ntouch 78 0x77f00000 w\n", OUTSIDE, 1},
        {"a space that outlives its PID",
         TWO_PAGES FORK("3d0f00") SH EXIT("77") SH BRK("0", "1f3c000") SH FAULT("b7f00000", "6"),
         HAS_TWO "process 4194381\nmap 4194381 0x77f00000 4096 rw\ntouch 4194381 0x77f00000 w\n",
         NULL, 0},
    };
    ASSERT_CASES(cases);
}

TEST(a_pid_is_used_again)
{
    static const struct processes_case cases[] = {
        {"after its exit", TWO_PAGES SH EXIT("77") TWO_PAGES, HAS_TWO "exit 77\n" HAS_TWO, NULL, 0},
        {"without its exit", TWO_PAGES FORK("0") FORK("0"), HAS_TWO HAS_CHILD "exit 78\n" HAS_CHILD,
         MISSED_EXIT, 1},
        {"an exit of nobody", SH EXIT("99") TWO_PAGES, HAS_TWO, NULL, 0},
    };
    ASSERT_CASES(cases);
}

#define EXECVE SH "sys_execve(filename: 93b81ac, argv: 93b81c8, envp: 93b81d4)\n"
#define LOADER                                                                                     \
    SH "map_stack: (expand_stack_locked+0x0/0x2f0) low=0xbf943000 end=0xbf964000\n" SH             \
       "map_region: (mmap_region+0x0/0x610) file=0xc71f addr=0x8048000 len=0x1000 flags=0x75\n" SH \
       "map_region: (mmap_region+0x0/0x610) file=0xc71f addr=0x8049000 len=0x1000 flags=0x73\n" SH \
       "map_bss: (vm_brk_flags+0x0/0x200) addr=0x804a000 len=0x2000\n"
#define LOADED "map 77 0x00048000 4096 r\nmap 77 0x00049000 4096 rw\nmap 77 0x0004a000 8192 rw\n"
#define EXECED                                                                                     \
    SH "sched_process_exec: filename=/bin/ls pid=77 old_pid=77\n" SH "sys_execve -> 0x0\n"
#define ARGUMENT PAGE("f5000100", "0x2008", "0", "GFP_HIGHUSER_MOVABLE|__GFP_COMP|__GFP_ZERO")

TEST(execve_begins_a_new_space)
{
    static const struct processes_case cases[] = {
        {"with the probes",
         TWO_PAGES EXECVE SH ARGUMENT LOADER SH KERNEL_FAULT("0804a010", "2")
             EXECED SH FREE_PAGE("f5000100", "0x2008", "0"),
         HAS_TWO "exit 77\nprocess 77\nmap 77 0x7f943000 135168 rw\ntouch 77 0x7f963000 w\n" LOADED
                 "touch 77 0x0004a010 w\n",
         "free of a page or a page table of a process", 1},
        {"without them",
         TWO_PAGES EXECVE SH KERNEL_FAULT("0804a010", "2")
             EXECED SH MMAP("0", "1000", "3", "22", "ffffffff") SH MAPPED("b7f00000"),
         HAS_TWO "exit 77\nprocess 77\nmap 77 0x0004a000 4096 rw\ntouch 77 0x0004a010 w\n"
                 "map 77 0x77f00000 4096 rw\n",
         OUTSIDE, 1},
        {"a call that fails",
         TWO_PAGES EXECVE SH KERNEL_FAULT("b7f00000", "0") SH
         "sys_execve -> 0xfffffffe\n" SH FAULT("b7f01000", "6"),
         HAS_TWO "touch 77 0x77f00000 r\ntouch 77 0x77f01000 w\n", FAILED, 1},
        {"after vfork, the parent's space stays",
         TWO_PAGES FORK("4111") LS
         "sys_execve(filename: 93b81ac, argv: 93b81c8, envp: 0)\n" LS
         "sched_process_exec: filename=/bin/ls pid=78 old_pid=78\n" LS FAULT("b7e00000", "6")
             SH FAULT("b7f00000", "6"),
         HAS_TWO "process 78\nmap 78 0x77e00000 4096 rw\ntouch 78 0x77e00000 w\n"
                 "touch 77 0x77f00000 w\n",
         NULL, 0},
        {"by a thread, which gets the PID of the first task",
         TWO_PAGES FORK("3d0f00") LS
         "sys_execve(filename: 93b81ac, argv: 93b81c8, envp: 0)\n" SH EXIT("77") LOADER SH
         "sched_process_exec: filename=/bin/ls pid=77 old_pid=78\n" SH
         "sys_execve -> 0x0\n" SH FAULT("0804a010", "6"),
         HAS_TWO
         "process 4194381\nmap 4194381 0x7f943000 135168 rw\nmap 4194381 0x00048000 4096 r\n"
         "map 4194381 0x00049000 4096 rw\nmap 4194381 0x0004a000 8192 rw\nexit 77\n"
         "touch 4194381 0x0004a010 w\n",
         NULL, 0},
    };
    ASSERT_CASES(cases);
}

#define USER_PAGE(pfn) PAGE("f5000200", pfn, "0", "GFP_HIGHUSER_MOVABLE|__GFP_COMP")
#define TABLE(pfn)     PAGE("f5000300", pfn, "0", "GFP_KERNEL_ACCOUNT|__GFP_HIGHMEM|__GFP_ZERO")

/* The frame of a touch is not counted a second time. */
TEST(the_frame_of_a_fault_is_no_pages_event)
{
    static const struct processes_case cases[] = {
        {"of the same task, once",
         TWO_PAGES SH FAULT("b7f00000", "6") SOFT USER_PAGE("0x3000") SH USER_PAGE("0x3001")
             SH USER_PAGE("0x3002") SH FREE_PAGE("f5000200", "0x3001", "0"),
         HAS_TWO "touch 77 0x77f00000 w\npages 1 0 user @comm:sh\npages 2 0 user @comm:sh\n",
         "page of a process: its touch stands for it", 1},
        {"not of another task, nor after a call",
         TWO_PAGES SH FAULT("b7f00000", "6") LS USER_PAGE("0x3000") SH
         "sys_munmap(addr: b7e00000, len: 1000)\n" SH USER_PAGE("0x3001"),
         HAS_TWO "touch 77 0x77f00000 w\npages 1 0 user @comm:ls\npages 2 0 user @comm:sh\n",
         "page of a process: its touch stands for it", 0},
        {"not that of a file",
         SH MMAP("0", "1000", "1", "2", "3") SH MAPPED("b7f00000") SH FAULT("b7f00000", "4")
             SH USER_PAGE("0x3000"),
         "process 77\nmap 77 0x77f00000 4096 r\npages 1 0 user @comm:sh\n",
         "page of a process: its touch stands for it", 0},
        {"a page table",
         TWO_PAGES SH FAULT("b7f00000", "6") SH TABLE("0x3000")
             SH FREE_PAGE("f5000300", "0x3000", "0"),
         HAS_TWO "touch 77 0x77f00000 w\n",
         "page table of a process: the process of the trace has its own", 1},
        {"nor a kernel stack, which has the same flags",
         TWO_PAGES SH PAGE("f5000300", "0x3000", "1", "GFP_KERNEL_ACCOUNT|__GFP_ZERO"),
         HAS_TWO "pages 1 1 @comm:sh\n",
         "page table of a process: the process of the trace has its own", 0},
        {"a large page gives the pages around",
         SH MMAP("0", "3000", "3", "22", "ffffffff") SH MAPPED("b7ffe000") SH FAULT("b8000000", "6")
             SH PAGE("f5000200", "0x4000", "1", "GFP_TRANSHUGE"),
         "process 77\nmap 77 0x77ffe000 12288 rw\ntouch 77 0x78000000 w\n",
         "page of a process: its touch stands for it", 1},
        {"without events of processes, every page counts",
         SH USER_PAGE("0x3000") SH TABLE("0x3001"),
         "pages 1 0 user @comm:sh\npages 2 0 user @comm:sh\n", NULL, 0},
    };
    ASSERT_CASES(cases);
}

/* The kernel counts the pages before the fault at whose beginning it prints the line. */
TEST(the_kernels_count_of_pages_is_compared)
{
    assert_import(EXECVE LOADER EXECED SH FAULT("0804a000", "6") SH FAULT("0804b000", "4")
                      SH FAULT("bf963000", "6") SH
                  "rss_stat: mm_id=0 curr=1 type=MM_ANONPAGES size=4096B\n" SH
                  "rss_stat: mm_id=0 curr=1 member=1 size=4096\n" SH "rss_stat: mm_id=0 curr=1\n" SH
                  "rss_stat: mm_id=0 curr=0 type=MM_ANONPAGES size=40960B\n" SH
                  "rss_stat: mm_id=0 curr=1 type=MM_FILEPAGES size=40960B\n",
                  "process 77\nmap 77 0x7f943000 135168 rw\n" LOADED
                  "touch 77 0x0004a000 w\ntouch 77 0x0004b000 r\ntouch 77 0x7f963000 w\n");
    assert_true(count_of("pages of processes at the lines rss_stat, by the kernel's count") == 2);
    assert_true(count_of("pages of processes at the lines rss_stat, by this import's count") == 2);
}

/* perf and trace-cmd, and raw_syscalls, whose results are decimal numbers. */
TEST(calls_have_several_forms)
{
    static const struct processes_case cases[] = {
        {"by name",
         SH "sys_enter_mmap_pgoff: addr: 0x00000000, len: 0x00002000, prot: 0x00000003, flags: "
            "0x00000022, fd: 0xffffffff, pgoff: 0x00000000\n" SH
            "sys_exit_mmap_pgoff: 0xb7f00000\n",
         HAS_TWO, NULL, 0},
        {"by number",
         SH "sys_enter: NR 192 (0, 2000, 3, 22, ffffffff, 0)\n" SH
            "sys_exit: NR 192 = -1209008128\n" SH
            "sys_enter: NR 192 (0, 2000, 3, 22, ffffffff, 0)\n" SH "sys_exit: NR 192 = -12\n",
         HAS_TWO, FAILED, 1},
        {"of other calls",
         TWO_PAGES SH "sys_enter: NR 4 (1, 93b81c8, 5, 0, 0, 0)\n" SH "sys_exit: NR 4 = 5\n" SH
                      "sys_write(fd: 1, buf: 93b81c8, count: 5)\n" SH "sys_enter_write: fd: 1\n",
         HAS_TWO, "line of another event", 4},
    };
    ASSERT_CASES(cases);
}

/* Lines of several CPUs are put in order by their times before anything is made of them. */
TEST(lines_of_several_cpus_are_sorted)
{
    assert_import("              sh-77      [000] .....     1.000001: " MMAP(
                      "0", "2000", "3", "22",
                      "ffffffff") "              sh-77      [001] .....     "
                                  "1.000003: " FAULT("b7f00000", "6") "              sh-77      "
                                                                      "[000] .....     "
                                                                      "1.000002: " MAPPED("b7f000"
                                                                                          "00"),
                  HAS_TWO "touch 77 0x77f00000 w\n");
    assert_true(count_of("line earlier than the one before it: put in its place") == 1);
}

TEST(malformed_lines_are_errors)
{
    static const struct {
        const char *line;
        const char *error;
    } cases[] = {
        {"page_fault_user: ip=0x8049000 error_code=0x6", "page_fault_user without address="},
        {"page_fault_user: address=0x1000 ip=0x8049000", "page_fault_user without error_code="},
        {"page_fault_user: address=0x1000 error_code=six",
         "page_fault_user: error_code= is followed by 'six': expected a hexadecimal number"},
        {"task_newtask: pid=78 comm=sh", "task_newtask without clone_flags="},
        {"task_newtask: pid=4294967296 comm=sh clone_flags=0",
         "task_newtask: pid= is followed by '4294967296': expected a number up to 4294967295"},
        {"sched_process_fork: comm=sh pid=77 child_comm=sh",
         "sched_process_fork without child_pid="},
        {"sched_process_exec: filename=/bin/ls pid=77", "sched_process_exec without old_pid="},
        {"sched_process_exit: comm=sh", "sched_process_exit without pid="},
        {"map_region: (f+0x0/0x1) file=0x0 addr=0x1000", "map_region without len="},
        {"map_bss: (f+0x0/0x1) addr=0x1000", "map_bss without len="},
        {"map_stack: (f+0x0/0x1) low=0x1000", "map_stack without end="},
        {"sys_brk(brk: here)", "sys_brk(brk: an argument is no hexadecimal number"},
        {"sys_brk -> no", "sys_brk: the result is no hexadecimal number"},
        {"sys_enter: 45 (0)", "sys_enter: expected 'NR' and the number of a call"},
        {"sys_exit: NR 45 = none", "sys_exit: the result is no number"},
    };
    char text[512];
    char error[512];

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        import_case = cases[i].line;
        snprintf(text, sizeof(text), "%s%s%s\n", TWO_PAGES, SH, cases[i].line);
        snprintf(error, sizeof(error), "in.txt:3: %s", cases[i].error);
        assert_bad_line(text, error, HAS_TWO);
    }
    import_case = "";
}

TEST(a_line_cut_anywhere_is_read_or_refused)
{
    assert_cut_anywhere(SH KFREE("c1000040"), SH MMAP("0", "2000", "3", "22", "ffffffff"));
    assert_cut_anywhere(SH KFREE("c1000040"), SH FAULT("b7f00000", "6"));
}

int main(void)
{
    import_format = "ftrace";
    return tests_run(importing_setup, files_teardown);
}
