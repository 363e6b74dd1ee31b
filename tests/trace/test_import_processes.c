/* Excerpts of ftrace's text with what a process does to its memory: faults and calls. Forks, execve
   and exits are tested in test_import_process_spaces.c. */
#include "trace/process_lines.h"

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
