/* Excerpts of ftrace's text with processes that come and go: forks, threads, execve, exits, and the
   frames of their pages. */
#include "trace/process_lines.h"

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

int main(void)
{
    import_format = "ftrace";
    return tests_run(importing_setup, files_teardown);
}
