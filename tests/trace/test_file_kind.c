/* The first bytes of a file show its kind. An error explains a file of the wrong kind. */
#include "support/scratch.h"
#include "support/test.h"
#include "trace/file_kind.h"

#include <stdio.h>
#include <string.h>

#define KMEM "tests/trace/data/kmem/"
#define DATA "tests/trace/data/"

static const struct file_kind *kind_of(const char *path)
{
    struct stream_in in;
    struct sim_error error;
    const uint8_t *data = NULL;
    size_t bytes = 0;

    if (!stream_in_open(&in, path, &error) || !stream_in_peek(&in, &data, &bytes, &error))
        fail_msg("%s", error.text);
    const struct file_kind *kind = file_kind_of(data, bytes);
    stream_in_close(&in);
    return kind;
}

/* Real logs, in every form that the importers read. */
TEST(logs_are_recognised_by_their_first_lines)
{
    static const char *const rows[][2] = {
        {KMEM "ftrace.txt.xz", "ftrace"},
        {KMEM "perf.txt.xz", "perf"},
        {KMEM "perf-g.txt.xz", "perf"},
        {KMEM "perf-lost.txt.xz", "perf"},
        {KMEM "perf-pid-tid.txt.xz", "perf"},
        {KMEM "trace-cmd.txt.xz", "trace-cmd"},
        {KMEM "trace-cmd-l.txt.xz", "trace-cmd"},
        {KMEM "trace-cmd-lost.txt.xz", "trace-cmd"},
        {KMEM "trace-cmd-R.txt.xz", "trace-cmd"},
        {KMEM "trace-cmd-t.txt.xz", "trace-cmd"},
        {KMEM "trace-cmd-ts-diff.txt.xz", "trace-cmd"},
        {DATA "heap_old.rep", "mdriver"},
        {DATA "heap_new.rep", "mdriver"},
        {DATA "heap.mtrace", "mtrace"},
        {DATA "heap.valgrind", "valgrind"},
        {DATA "heap++.valgrind", "valgrind"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct file_kind *kind = kind_of(rows[i][0]);

        if (kind == NULL || kind->role != ROLE_LOG || strcmp(kind->format, rows[i][1]) != 0)
            fail_msg("%s is %s", rows[i][0], kind != NULL ? kind->name : "unknown");
    }
}

#define BYTES(text) (text), sizeof(text) - 1

TEST(kinds_are_recognised_by_their_first_bytes)
{
    static const struct {
        const char *head;
        size_t bytes;
        const char *name;
    } rows[] = {
        {BYTES("mmtrace 1\nkmalloc 1 8\n"), "a text trace"},
        {BYTES("mmtrace\0\1"), "a binary trace"},
        {BYTES("PERFILE2\0\0"), "the recording of perf record"},
        {BYTES("\x17\x08\x44tracing6\0"), "the recording of trace-cmd record"},
        {BYTES("\x7f"
               "ELF\1\1"),
         "an ELF file (a program or a kernel)"},
        {BYTES("\x7f"
               "ELF\2\1\1\0\0\0\0\0\0\0\0\0\4\0"),
         "a dump of memory (vmcore) or of a program"},
        {BYTES("KDUMP   \6\0"), "a dump of memory (vmcore) that makedumpfile has compressed"},
        {BYTES("makedumpfile\0"), "a dump of memory (vmcore) in the form of a stream"},
        {BYTES("PERFFILE\0"),
         "the recording of perf record in the form of a pipe or of an old perf"},
        {BYTES("BZh91AY"), "compressed by bzip2"},
        {BYTES("strategy,event,live_blocks\nbrk,1,1\n"), "a series of measures"},
        {BYTES("{\"trace\": \"a\", \"content\": \"0\", \"strategy\": \"brk\", \"sources\": \"1\""),
         "the result of a sweep"},
        {BYTES("{\"results\": [{\"trace\": \"a\", \"least_ram_bytes\": 1"),
         "the result of a sweep"},
        {BYTES("{\"trace\": \"a\", \"events\": 3"), "JSON"},
        {BYTES(" [\n{\"a\": 1}]"), "JSON"},
        {BYTES("[    0.000000] Linux\n[    0.000000] BIOS-e820: [mem 0x0-0xfff] usable\n"),
         "a memory map"},
        {BYTES("     a-1     [000] d..2.     1.5: kmalloc: call_site=f ptr=1\n"),
         "a log of ftrace"},
        {BYTES("  sh-7  [000]  1.5: mm_page_free_direct: page=c1 pfn=1 order=0\n"),
         "a log of ftrace"},
        {BYTES(" 0)        |  /* kfree: call_site=f ptr=c1 */\n"), "a log of ftrace"},
        {BYTES("[    0.1] kfree: call_site=f ptr=c1\n"), "a log of ftrace"},
        {BYTES("> kfree: call_site=3Df ptr=3Dc1\n"), "a log of ftrace"},
        {BYTES(" sh-7 [000] 1.5: kfree:          call_site=f ptr=c1\n"), "a log of trace-cmd"},
        {BYTES("sh kmem:kfree: call_site=f ptr=c1\n"), "a log of perf script"},
        {BYTES("sh exceptions:page_fault_user: address=0x1000\n"), "a log of perf script"},
        {BYTES("sh-7 [000] d.... 1.0: page_fault_user: address=0x1000\n"), "a log of ftrace"},
        {BYTES("# lab\n20000 /* bytes */\n1 2 // IDs\n1\n\na 0 7\n"),
         "a .rep file of the malloc lab"},
        {BYTES("SUMMARY (SLAB allocator)\n====\n"), "the report of perf kmem or perf report"},
        {BYTES("Overhead  Trace output\n  64.49%  call_site=f ptr=0xc1 bytes_req=8\n"),
         "the report of perf kmem or perf report"},
        {BYTES("[0x8048100] + 0x9000008 0x20\n"), "a log of glibc's mtrace"},
        {BYTES("\nMemory not freed:\n------\n"), "the report of mtrace(1)"},
        {BYTES("- 0x0804a008 Free 3 was never alloc'd 0x8048200\n"), "the report of mtrace(1)"},
        {BYTES("20000\n3\n1\na 0 8\n"), "a .rep file of the malloc lab"},
        {BYTES("==12== Memcheck, a memory error detector\n--12-- malloc(5) = 0x10\n"),
         "a log of Valgrind"},
        {BYTES("==12== Memcheck, a memory error detector\n"),
         "a report of Valgrind without the calls of malloc"},
        {BYTES("no such file\n--7-- malloc(5) = 0x10\n"), "a log of Valgrind"},
        {BYTES("@ ./a:[0x401156] + 0x4052a0 0x64\n"), "a log of glibc's mtrace"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct file_kind *kind = file_kind_of(rows[i].head, rows[i].bytes);

        assert_non_null(kind);
        assert_string_equal(kind->name, rows[i].name);
    }
}

TEST(other_texts_have_no_kind)
{
    static const char *const rows[] = {
        "",         "\n",      "hello\n",       "1\n2\n3\n",    "1\n2\n3\n4\nb 0 1\n",
        "==a== \n", "---- \n", "kmalloc 1 8\n", "kmalloc: x\n", "\xff\xfe\0"};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_null(file_kind_of(rows[i], strlen(rows[i])));
}

TEST(a_wrong_kind_is_explained)
{
    const char *log = scratch_text("v.log", "--12-- malloc(5) = 0x10\n");
    struct sim_error error;
    char expected[512];

    sim_error_set(&error, "the old error");
    file_kind_explain(log, &wanted_trace, &error);
    snprintf(expected, sizeof expected,
             "%s: this is a log of Valgrind, not a trace; `mmsim import valgrind %s -o OUT.mmb` "
             "makes a trace of it",
             log, log);
    assert_string_equal(error.text, expected);
}

/* The error is not changed if the kind is right, or unknown. */
TEST(other_errors_are_not_changed)
{
    struct sim_error error;

    sim_error_set(&error, "the old error");
    file_kind_explain(scratch_text("trace", "mmtrace 1\n"), &wanted_trace, &error);
    file_kind_explain(scratch_text("text", "hello\n"), &wanted_trace, &error);
    file_kind_explain(scratch_text("series", "strategy,event,\n"), &wanted_measures, &error);
    file_kind_explain(scratch_text("sweep", "{\"sources\": \"1\"}"), &wanted_measures, &error);
    file_kind_explain("/nonexistent", &wanted_trace, &error);
    file_kind_explain("-", &wanted_trace, &error);
    assert_string_equal(error.text, "the old error");
}
