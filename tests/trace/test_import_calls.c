/* Imports the calls of malloc that tools print, in all their forms. */
#include "support/test.h"
#include "trace/importing.h"

/* A log, and the trace that it becomes. */
static const struct {
    const char *format;
    const char *log;
    const char *trace;
} cases[] = {
    {"ltrace",
     "malloc(24)                                       = 0x55d0c2a0\n"
     "puts(\"malloc\")                                   = 7\n"
     "realloc(0x55d0c2a0, 40)                          = 0x55d0c2d0\n"
     "calloc(4, 8)                                     = 0x55d0c300\n"
     "free(0x55d0c2d0)                                 = <void>\n"
     "free(nil)                                        = <void>\n"
     "+++ exited (status 0) +++\n",
     "kmalloc 1 24 @malloc\nkrealloc 1 40\nkmalloc 2 32 @calloc\nkfree 1\n"},
    {"ltrace",
     "[pid 12] malloc(24 <unfinished ...>\n[pid 13] prog->calloc(1, 8 <unfinished ...>\n"
     "[pid 12] SYS_brk(0)  = 0x55d0c000\n[pid 13] <... calloc resumed> )  = 0x20\n"
     "[pid 12] <... malloc resumed> )  = 0x10\n[pid 13] free(0x10) = <void>\n",
     "kmalloc 1 8 @calloc\nkmalloc 2 24 @malloc\nkfree 2\n"},
    {"ltrace",
     "12 13:00:01.5 malloc@libc.so.6(24) = 0x10\n12 _Znwm(8, 0x7ffe, 0) = 0x20\n"
     "12 operator new[](unsigned long)(16, 3) = 0x30\n12 operator delete(void*)(0x20) = 1\n"
     "12 realloc(NULL, 5) = 0x40\n12 realloc(0x40, 0) = 0\n12 malloc(7) = nil\n",
     "kmalloc 1 24 @malloc\nkmalloc 2 8 @new\nkmalloc 3 16 @new[]\nkfree 2\nkmalloc 4 5 @realloc\n"
     "kfree 4\n"},
    {"ltrace",
     "13:59:59.9 malloc@libc.so.6(24 <unfinished ...>\n14:00:00.1 SYS_brk(0) = 0x8000\n"
     "14:00:00.2 <... malloc resumed> )  = 0x10 <0.000432>\n[0x403db8] free(0x10)  = <void>\n",
     "kmalloc 1 24 @malloc\nkfree 1\n"},
    {"uftrace",
     "# DURATION     TID     FUNCTION\n            [ 28141] | main() {\n"
     "   1.280 us [ 28141] |   malloc(24) = 0x10;\n            [ 28141] |   calloc(1, 8) {\n"
     "            [ 28142] |   malloc(5) {\n   0.9 us [ 28141] |   } = 0x20; /* calloc */\n"
     "   0.9 us [ 28142] |   } = 0x30; /* malloc */\n   0.8 us [ 28141] |   free(0x10);\n"
     "   9.9 us [ 28141] | } = 0; /* main */\n",
     "kmalloc 1 24 @malloc\nkmalloc 2 8 @calloc\nkmalloc 3 5 @malloc\nkfree 1\n"},
    {"uftrace",
     "#   TID      ADDRESS        TIMESTAMP       FUNCTION\n"
     " [ 16761] 5632e87430d0    41821.428404186 |   malloc(24) {\n"
     " [ 16762] 5632e87430d0    41821.428404190 |   malloc(5) {\n"
     " [ 16761] 5632e87430d0    41821.428404200 |   } = 0x20; /* malloc */\n"
     " [ 16762] 5632e87430d0    41821.428404207 |   } = 0x30; /* malloc */\n",
     "kmalloc 1 24 @malloc\nkmalloc 2 5 @malloc\n"},
    {"utrace",
     "  1234 ls       USER  malloc_init()\n  1234 ls       USER  0x10 = malloc(24)\n"
     "  1234 ls       USER  0x20 = realloc(0x10, 48)\n  1234 ls       USER  free(0x20)\n",
     "kmalloc 1 24 @malloc\nkrealloc 1 48\nkfree 1\n"},
    {"gdb",
     "[+] Heap-Analysis - __libc_malloc(24)=0x10\n[+] Heap-Analysis - __libc_realloc(0x10, "
     "48)=0x20\n"
     "[+] Heap-Analysis - __libc_free(0x20)\n",
     "kmalloc 1 24 @malloc\nkrealloc 1 48\nkfree 1\n"},
    {"gdb",
     "[*] malloc(0x18) -> 0x10, 32 bytes real size\n[*] realloc(0x10, 0x30) -> 0x20, 64 bytes real "
     "size\n[*] free(0x20)\n",
     "kmalloc 1 24 @malloc\nkrealloc 1 48\nkfree 1\n"},
    {"gdb",
     "\033[32m[+]\033[0m \033[1;33mHeap-Analysis\033[0m - __libc_malloc(24)=\033[36m0x10\033[0m\n"
     "\033[32m[+]\033[0m \033[1;33mHeap-Analysis\033[0m - __libc_free(\033[36m0x10\033[0m)\n",
     "kmalloc 1 24 @malloc\nkfree 1\n"},
    {"heaptrack",
     "v 10500 3\nX ls -l\ns 4 main\ns 6 libc.6\ni 55d0 2 1 0 a\nt 1 0\na 18 1\na 40 0\n+ 0\n+ 1\n"
     "c 5\n+ 0\n- 0\n- 0\n",
     "kmalloc 1 24 @main\nkmalloc 2 64\nkmalloc 3 24 @main\nkfree 3\nkfree 1\n"},
    {"heaptrack", "v 10100\nx /bin/ls\nt 55d0 0\n+ 18 1 7f10\n- 7f10\n- 7f20\n",
     "kmalloc 1 24 @0x55d0\nkfree 1\n"},
    {"esp-idf",
     "[0.002] HEAP: Allocated 24 bytes @ 0x3ffaffd8 from task \"main\" on core 0 "
     "by:\n/a/main.c:47\n"
     "[0.003] HEAP: Freed bytes @ 0x3ffaffd8 from task \"main\" on core 0 by:\n",
     "kmalloc 1 24 @main\nkfree 1\n"},
    {"esp-idf",
     "====== Heap Trace: 2 records ======\n     8 bytes (@ 0x3ffaeb98, Internal) allocated CPU 0 "
     "ccount 0x1ac2 caller 0x400d8e2c:0x400d8e60\nfreed by 0x400d8e70:0x400d8e7c\n"
     "    16 bytes (@ 0x3ffaec00) allocated CPU 1 ccount 0x2 caller 0x400d8e30\n",
     "kmalloc 1 8 @0x400d8e2c\nkfree 1\nkmalloc 2 16 @0x400d8e30\n"},
    {"bpftrace",
     "\n\nAttaching 19 probes...\n70 [pid 9] malloc(24) = 0x10\n"
     "71 [pid 9] memalign(64, 100) = 0x40\n71 [pid 10] free(0x10)\n",
     "kmalloc 1 24 @malloc\nkmalloc 2 100 @memalign\nkfree 1\n"},
};

TEST(every_form_of_a_call_is_read)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct sim_error error;

        import_format = cases[i].format;
        assert_import(cases[i].log, cases[i].trace);
        if (!trace_import("auto", "in.txt", "auto.mmb", &import_options, &import_counts, &error))
            fail_msg("%s", error.text);
        assert_string_equal(import_counts.format, cases[i].format);
    }
    import_format = "ltrace";
}

TEST(what_is_no_event_is_counted)
{
    assert_import("malloc(24) = 0x10\nposix_memalign(0x7ffe, 64, 8, 0) = 0\n"
                  "[pid 3] <... malloc resumed> ) = 0x50\nputs(\"a\") = 2\ncalloc(1, 2 <unfinished "
                  "...>\nrealloc(0x10, 8 <no return ...>\nLost 19 events\nLost 2 events\n"
                  "[pid 3] <... free resumed> ) = <void>\nmalloc_usable_size(0x10) = 24\n",
                  "kmalloc 1 24 @malloc\n");
    assert_true(count_of("posix_memalign, whose block is not in the log") == 1);
    assert_true(count_of("result without its call: left out") == 1);
    assert_true(count_of("call that did not return") == 2);
    assert_true(count_of("event lost by bpftrace") == 21);
    assert_true(count_of("line of another kind") == 1);
    assert_true(count_of_all() == 26);
}

TEST(an_inner_call_ends_before_the_outer_one)
{
    assert_import("[pid 1] calloc(1, 8 <unfinished ...>\n[pid 1] malloc(9 <unfinished ...>\n"
                  "[pid 2] malloc(7 <unfinished ...>\n[pid 1] <... malloc resumed> ) = 0x90\n"
                  "[pid 2] <... malloc resumed> ) = 0x70\n[pid 1] <... calloc resumed> ) = 0x80\n",
                  "kmalloc 1 9 @malloc\nkmalloc 2 7 @malloc\nkmalloc 3 8 @calloc\n");
}

/* The fifth call makes the importer forget the first. */
TEST(calls_that_never_return_are_forgotten)
{
    assert_import(
        "malloc(1 <unfinished ...>\nmalloc(2 <unfinished ...>\nmalloc(3 <unfinished ...>\n"
        "malloc(4 <unfinished ...>\nmalloc(5 <unfinished ...>\n"
        "<... malloc resumed> ) = 0x50\n<... malloc resumed> ) = 0x40\n"
        "<... malloc resumed> ) = 0x30\n<... malloc resumed> ) = 0x20\n"
        "<... malloc resumed> ) = 0x10\n",
        "kmalloc 1 5 @malloc\nkmalloc 2 4 @malloc\nkmalloc 3 3 @malloc\n"
        "kmalloc 4 2 @malloc\n");
    assert_true(count_of("call that did not return") == 1);
    assert_true(count_of("result without its call: left out") == 1);
}

TEST(bad_lines_are_refused)
{
    assert_bad_line("malloc(24) = 0x10\nmalloc(many) = 0x20\n",
                    "in.txt:2: a call of malloc without its arguments: 'malloc(many) = 0x20'",
                    "kmalloc 1 24 @malloc\n");
    assert_bad_line(
        "malloc(24) = 0x10\n 2 us [ 1] | valloc();\n",
        "in.txt:2: a call of valloc without its arguments (uftrace record -A "
        "'NAME@arg1,arg2,arg3' -R 'NAME@retval' records them): ' 2 us [ 1] | valloc();'",
        "kmalloc 1 24 @malloc\n");
    assert_bad_line("2 [pid 1] malloc(24) = 0x10\n1 [pid 1] malloc(8) = 0x20\n",
                    "in.txt:2: the times are not in order: sort the log by sort -n",
                    "kmalloc 1 24 @malloc\n");
    assert_bad_line("malloc(24) = 0x10\nmalloc(8)\n",
                    "in.txt:2: a call of malloc without a result: 'malloc(8)'",
                    "kmalloc 1 24 @malloc\n");
    assert_bad_line("malloc(24) = 0x10\nfree(0x1",
                    "in.txt:2: cut short: the last line does not end in a newline",
                    "kmalloc 1 24 @malloc\n");
    assert_import_fails("hello\n", "in.txt: the file has no call of malloc");
}

int main(void)
{
    import_format = "ltrace";
    return tests_run(importing_setup, files_teardown);
}
