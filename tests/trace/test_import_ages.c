/* Logs of the kmem events as kernels of all ages print them, and as people pass them on. */
#include "support/test.h"
#include "trace/ftrace_lines.h"
#include "trace/importing.h"

/* A log, and the trace that it becomes. */
struct log_case {
    const char *what;
    const char *format;
    const char *log;
    const char *trace;
};

#define ALLOC                                                                                      \
    "kmalloc: call_site=f+0x1/0x2 ptr=c1000040 bytes_req=8 bytes_alloc=8 gfp_flags=GFP_KERNEL"
#define FREE  "kfree: call_site=f+0x1/0x2 ptr=c1000040"
#define PAIR  "kmalloc 1 8 @f\nkfree 1\n"
#define WHERE "     sh-7     [000] .....     "

static const struct log_case cases[] = {
    {"frees of pages before 3.3", "ftrace",
     WHERE "1.000001: mm_page_alloc: page=c1000000 pfn=100 order=0 migratetype=0 "
           "gfp_flags=GFP_KERNEL\n" WHERE "1.000002: mm_page_free_direct: page=c1000000 pfn=100 "
           "order=0\n" WHERE "1.000003: mm_page_alloc: page=c1000020 pfn=101 order=0 "
           "migratetype=0 gfp_flags=GFP_KERNEL\n" WHERE
           "1.000004: mm_pagevec_free: page=c1000020 pfn=101 cold=0\n" WHERE
           "1.000005: mm_page_free_direct: page=c1000020 pfn=101 order=0\n",
     "pages 1 0 @comm:sh\nfree_pages 1\npages 2 0 @comm:sh\nfree_pages 2\n"},
    {"only batched frees", "ftrace",
     WHERE "1.000001: mm_page_alloc: page=c1000000 pfn=0 order=0 migratetype=0 "
           "gfp_flags=GFP_KERNEL\n" WHERE "1.000002: mm_page_free_batched: page=c1000000 pfn=0 "
           "order=0\n" WHERE "1.000003: mm_page_alloc: page=c1000000 pfn=0 order=0 "
           "migratetype=0 gfp_flags=GFP_KERNEL\n" WHERE
           "1.000004: mm_page_free_batched: page=c1000000 pfn=0 order=0\n",
     "pages 1 0 @comm:sh\nfree_pages 1\npages 2 0 @comm:sh\nfree_pages 2\n"},
    {"movable flags before 4.5", "ftrace",
     WHERE "1.000001: mm_page_alloc: page=c1000000 pfn=100 order=0 migratetype=2 "
           "gfp_flags=GFP_NOFS|GFP_MOVABLE\n" WHERE
           "1.000002: mm_page_alloc: page=c1000020 pfn=101 order=0 migratetype=2 "
           "gfp_flags=GFP_NOFS|__GFP_MOVABLE\n" WHERE
           "1.000003: mm_page_alloc: page=c1000040 pfn=102 order=0 migratetype=2 "
           "gfp_flags=131290\n",
     "pages 1 0 user @comm:sh\npages 2 0 user @comm:sh\npages 3 0 user @comm:sh\n"},
    {"frames above 64 GiB", "ftrace",
     WHERE "1.000001: mm_page_alloc: page=ffffea0040000000 pfn=0x1000000 order=1 migratetype=1 "
           "gfp_flags=GFP_HIGHUSER_MOVABLE\n" WHERE
           "1.000002: mm_page_alloc: page=ffffea0000000000 pfn=0xffffffffff order=0 migratetype=1 "
           "gfp_flags=GFP_HIGHUSER_MOVABLE\n" WHERE
           "1.000003: mm_page_free: page=ffffea0040000000 pfn=0x1000000 order=1\n" WHERE
           "1.000004: mm_page_free: page=ffffea0000000000 pfn=0xffffffffff order=0\n",
     "pages 1 1 user @comm:sh\npages 2 0 user @comm:sh\nfree_pages 1\nfree_pages 2\n"},
    {"the latency format", "ftrace",
     "      sh-7       0d.h1.    1us+: " ALLOC "\n      sh-7       0d.h1.   12us : " FREE "\n",
     PAIR},
    {"no irq-info", "ftrace",
     "     sh-7     [000]  1.000001: " ALLOC "\n     sh-7     [000]  "
     "1.000002: " FREE "\n",
     PAIR},
    {"record-tgid", "ftrace",
     "     sh-7     (      7) [000] ..... 1.000001: " ALLOC "\n     sh-8     (-------) [000] ..... "
     "1.000002: " FREE "\n",
     PAIR},
    {"a counter as clock", "ftrace",
     WHERE "18446744073709: " ALLOC "\n" WHERE "18446744073710: " FREE "\n", PAIR},
    {"a stack behind each event", "ftrace",
     WHERE "1.000001: " ALLOC "\n" WHERE "1.000002: <stack trace>\n => f\n => g+0x1/0x2\n" WHERE
           "1.000003: <user stack trace>\n =>  <b7f00000>\n" WHERE "1.000004: " FREE "\n <= f\n",
     PAIR},
    {"a stack behind each event", "trace-cmd",
     "  sh-7  [000]  1.000001: " ALLOC "\n  sh-7  [000]  1.000002: kernel_stack:         "
     "<stack trace >\n=> f (c1000000)\n  sh-7  [000]  1.000003: " FREE "\n",
     PAIR},
    {"the function tracer", "ftrace",
     WHERE "1.000001: kfree <-f\n" WHERE "1.000002: kmalloc_slab(size=8, flags=0xcc0) <-f\n" WHERE
           "1.000003: " ALLOC "\n" WHERE "1.000004: " FREE "\n",
     PAIR},
    {"the function graph", "ftrace",
     "# tracer: function_graph\n 0)   0.543 us    |  kfree();\n 1)               |  f() {\n"
     " 1)               |  /* " ALLOC " */\n 1)   sh-7    |               |    /* " FREE " */\n"
     " ------------------------------------------\n 0)    sh-7    =>   ls-9\n"
     " 12.345678 |   0)               |  }\n",
     PAIR},
    {"raw fields (options/fields)", "ftrace",
     WHERE
     "1.000001: kmalloc: call_site=0xc0100000 (-1072693248) ptr=0xc1000040 (-1056964544) "
     "bytes_req=0x8 (8) bytes_alloc=0x8 (8) gfp_flags=0xcc0 (3264) node=0xffffffff (-1)\n" WHERE
     "1.000002: kfree: call_site=0xc0100000 (-1072693248) ptr=0xc1000040 (-1)\n" WHERE
     "1.000003: mm_page_alloc: pfn=0x64 (100) order=0x0 (0) gfp_flags=0x100cca (1051850) "
     "migratetype=0x1 (1)\n",
     "kmalloc 1 8 @0xc0100000\nkfree 1\npages 2 0 user @comm:sh\n"},
    {"fields in another order", "ftrace",
     WHERE "1.000001: kmalloc: gfp_flags=GFP_KERNEL bytes_alloc=8 bytes_req=8 ptr=c1000040 "
           "call_site=f+0x1\n" WHERE "1.000002: " FREE "\n",
     PAIR},
    {"other events and trace_printk", "ftrace",
     WHERE "1.000001: my_function: kfree 7\n" WHERE "1.000002: " ALLOC "\n" WHERE
           "1.000003: kfree_skb: skbaddr=c1 protocol=8\n" WHERE "1.000004: " FREE "\n",
     PAIR},
    {"no task", "ftrace", "[002] ....     1.000001: " ALLOC "\n[002]     1.000002: " FREE "\n",
     PAIR},
    {"no head", "ftrace", ALLOC "\n" FREE "\n", PAIR},
    {"tp_printk in a boot log", "ftrace",
     "[    0.000000] Linux version 6.1.0\n[    0.100000] " ALLOC "\n<6>[    0.200000][    T0] " FREE
     "\nNov 30 12:00:00 host kernel: smp: up\n",
     PAIR},
    {"dmesg -T", "ftrace",
     "[Mon Nov 30 12:00:00 2026] " ALLOC "\n[Mon Nov 30 12:00:01 2026] " FREE "\n", PAIR},
    {"journald", "ftrace",
     "Nov 30 12:00:00 my-host-1 kernel: " ALLOC
     "\n2026-11-30T12:00:00+0000 h kernel: [    1.5] " FREE "\n",
     PAIR},
    {"ftrace_dump_on_oops", "ftrace",
     "[    9.000000] Dumping ftrace buffer:\n[    9.000000] ---------------------------------\n"
     "[    9.000001]       sh-7       0.....     1us : mm_page_alloc: page=c1000000 pfn=100 "
     "order=0 "
     "migratetype=0 gfp_flags=GFP_USER\n",
     "pages 1 0 @comm:sh\n"},
    {"wrapped by a mail", "ftrace",
     WHERE "1.000001: kmalloc: call_site=f+0x1/0x2\n[ext4] ptr=c1000040 bytes_req=8 bytes_alloc=8\n"
           "gfp_flags=GFP_KERNEL\n" WHERE "1.000002: kfree:\ncall_site=f+0x1/0x2 ptr=c1000040\n",
     PAIR},
    {"quoted by a mail", "ftrace",
     "> " WHERE "1.000001: mm_page_alloc: page=c1000000 pfn=100 order=0\n> migratetype=0 "
     "gfp_flags=GFP_USER\n>\n>> sh-7 [000] 1.000002: mm_page_free: page=c1000000 pfn=100\n>> "
     "order=0\n",
     "pages 1 0 @comm:sh\nfree_pages 1\n"},
    {"quoted-printable", "ftrace",
     WHERE "1.000001: kmalloc: call_site=3Df+0x1/0x2 ptr=3Dc1000040 bytes_r=\r\neq=3D8 "
           "bytes_alloc=3D8 gfp_flags=3DGFP_KERNEL\r\n" WHERE
           "1.000002: kfree: call_site=3Df+0x1/0x2 ptr=3Dc1=\r\n000040\r\n",
     PAIR},
    {"quoted-printable, behind lines of the function graph tracer", "ftrace",
     ">  24) @ 184015.2 us |  }\n>  24)               |  /* mm_page_alloc: page=3D00000064 "
     "pfn=3D100\n"
     "> order=3D0 migratetype=3D1\n> gfp_flags=3DGFP_HIGHUSER_MOVABLE|__GFP_NOWARN *=\n/\n",
     "pages 1 0 user\n"},
    {"a call chain pasted with blanks", "perf",
     "sh 7 [000] 1.000001: kmem:" ALLOC "\n        c0100000 f+0x10 ([kernel.kallsyms])\n"
     "            c0100000 g (inlined)\n        b7f0 [unknown]\n        h+0x10\n\n"
     "sh 7 [000] 1.000002: kmem:" FREE "\n",
     PAIR},
    {"-F event,trace", "perf", "kmem:" ALLOC "\n                kmem:" FREE "\n", PAIR},
    {"-F time,event,trace", "perf",
     " 1.000002: kmem:" FREE "\n 1.000001: kmem:" ALLOC "\n 1.000001: sched:sched_switch: x=1\n",
     PAIR},
    {"-F comm,event,trace", "perf",
     "my task kmem:mm_page_alloc: page=0x64 pfn=0x64 order=0 migratetype=0 gfp_flags=GFP_USER\n"
     "my task sched:sched_switch: prev_comm=a\n",
     "pages 1 0 @comm:my_task\n"},
    {"-F pid,tid,cpu,time,event,trace", "perf",
     "    7/7     [000] 1.000001: kmem:" ALLOC "\n    7/8     [000] 1.000002: kmem:" FREE "\n",
     PAIR},
    {"-F comm,tid,time,period,event,trace", "perf",
     "sh     7  1.000001:          1 kmem:mm_page_alloc: page=0x64 pfn=0x64 order=0 migratetype=0 "
     "gfp_flags=GFP_USER\n",
     "pages 1 0 @comm:sh\n"},
};

TEST(every_form_becomes_the_same_events)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        import_format = cases[i].format;
        import_case = cases[i].what;
        assert_import(cases[i].log, cases[i].trace);
    }
    import_format = "ftrace";
    import_case = "";
}

TEST(what_is_no_event_is_counted)
{
    assert_import(WHERE "1.000001: <stack trace>\n => f\n" WHERE "1.000002: kfree <-f\n" WHERE
                        "1.000003: " ALLOC "\n[    0.100000] smp: up\n",
                  "kmalloc 1 8 @f\n");
    assert_true(count_of("line of a stack") == 2);
    assert_true(count_of("line of the function tracer") == 1);
    assert_true(count_of("line of another kind") == 1);
    assert_true(count_of_all() == 4);
}

TEST(an_unknown_event_of_the_family_is_refused)
{
    assert_bad_line(WHERE "1.000001: " ALLOC "\n" WHERE "1.000002: kfree_bulk: ptr=c1000040\n",
                    "in.txt:2: unknown event 'kfree_bulk' of the kmem family", "kmalloc 1 8 @f\n");
    assert_string_equal(import_counts.skipped,
                        "line 2: unknown event 'kfree_bulk' of the kmem family");
    assert_import_fails(WHERE "1.000001: mm_page_free_later: page=c1 pfn=1\n",
                        "in.txt:1: unknown event 'mm_page_free_later' of the kmem family");
    assert_import_fails("# tracer: nop\n[    0.1] kfree: call_site=f ptr=(____ptrval____)\n",
                        "in.txt:2: kfree: the kernel has hidden the address: boot it with "
                        "no_hash_pointers");
}

TEST(an_import_that_keeps_little_is_refused)
{
    assert_import_fails(WHERE "1.000001: " FREE "\n",
                        "in.txt: none of its 1 lines became an event of a trace; --lenient makes "
                        "an empty one");
    assert_true(import_keeps_little(&import_counts));
    assert_import_fails(
        WHERE "1.000001: " ALLOC "\n" WHERE
              "1.000002: mm_page_alloc: page=(null) pfn=0 order=0 gfp_flags=GFP_USER\n" WHERE
              "1.000003: mm_page_alloc: page=(null) pfn=0 order=0 gfp_flags=GFP_USER\n",
        "in.txt: only 1 of its 3 allocations can be kept; --lenient makes a trace of them");
    assert_import(WHERE "1.000001: " ALLOC "\n" WHERE
                        "1.000002: mm_page_alloc: page=(null) pfn=0 order=0 gfp_flags=GFP_USER\n",
                  "kmalloc 1 8 @f\n");
    assert_false(import_keeps_little(&import_counts));
}

int main(void)
{
    import_format = "ftrace";
    return tests_run(importing_setup, files_teardown);
}
