/* Imports excerpts of trace-cmd's report, each with one difficulty in the heads of lines. */
#include "support/test.h"
#include "trace/importing.h"

#define HEAD "             cc1-77    [000]    15.000001: "
#define KMALLOC(ptr, req)                                                                          \
    "kmalloc:              call_site=load+0x1 ptr=" ptr " bytes_req=" req " bytes_alloc=64 "       \
    "gfp_flags=GFP_KERNEL node=-1 accounted=false\n"
#define KFREE(ptr) "kfree:                call_site=load+0x9 ptr=" ptr "\n"
#define PAGE(page, pfn)                                                                            \
    "mm_page_alloc:        page=" page " pfn=" pfn " order=0 migratetype=1 gfp_flags=GFP_USER\n"

TEST(events_are_imported)
{
    assert_import("version = 6\ncpus=2\nCPU 1 is empty\n" HEAD KMALLOC("0xc1000040", "56")
                      HEAD PAGE("0x7000", "0x7000") HEAD PAGE("(nil)", "0x0") HEAD
                  "print:                tracing_mark_write: half: way\n" HEAD KFREE("0xc1000040")
                      HEAD KFREE("(nil)") HEAD
                  "mm_page_free:         page=0x7000 pfn=0x7000 order=0\n",
                  "kmalloc 1 56 @load\npages 2 0 @comm:cc1\nmark half: way\nkfree 1\n"
                  "free_pages 2\n");
    assert_true(count_of("kfree of NULL") == 1);
    assert_true(count_of("failed page allocation") == 1);
    assert_true(count_of_all() == 2);
}

TEST(every_form_of_a_head_is_read)
{
    static const struct task_head heads[] = {
        {"       trace-cmd-154   [000]    73.445463: ", "comm:trace-cmd"},
        {"       trace-cmd-154   [000]    73.445463203: ", "comm:trace-cmd"},
        {"       trace-cmd-154   [000] d..1.    73.445463: ", "comm:trace-cmd"},
        {"       trace-cmd-154   [000]    73.445463: (+51)    ", "comm:trace-cmd"},
        {"trace-cm-154     0.....    73.445463: ", "comm:trace-cm"},
        {"   <...>-154     1d..1.    73.445463: ", "comm:<...>"},
        {"          <idle>-0     [001]    73.467687: ", "comm:<idle>"},
        {"    kworker/0:0H-7     [001]    73.467687: ", "comm:kworker/0:0H"},
        {"     Web Content-12-34    [001]    73.467687: ", "comm:Web_Content-12"},
    };

    assert_tasks(heads, sizeof(heads) / sizeof(heads[0]), PAGE("0x2000", "0x2000"));
}

/* With -R, trace-cmd prints the fields of the recording: no page=, and flags as numbers. */
TEST(raw_fields_are_read)
{
    assert_import(HEAD "mm_page_alloc:         pfn=0x299c order=1 gfp_flags=0x400dc0 "
                       "migratetype=0\n" HEAD "mm_page_alloc:         pfn=0x7437 order=0 "
                       "gfp_flags=0x100cca migratetype=1\n" HEAD
                       "mm_page_alloc:         pfn=0xffffffff order=4 gfp_flags=0xcc0 "
                       "migratetype=1\n" HEAD "mm_page_free:          pfn=0x299c order=1\n",
                  "pages 1 1 @comm:cc1\npages 2 0 user @comm:cc1\nfree_pages 1\n");
    assert_true(count_of("failed page allocation") == 1);
}

TEST(lost_events_are_counted)
{
    assert_import(HEAD KFREE("(nil)") "CPU:1 [331 EVENTS DROPPED]\nCPU:0 [EVENTS DROPPED]\n", "");
    assert_true(count_of("event lost by the kernel") == 332);
}

TEST(bad_lines_are_refused)
{
    assert_import_fails("cpus=2\n",
                        "in.txt: the file has no line of trace-cmd's report with an event");
    assert_import_fails("cpus=2\nhello world\n",
                        "in.txt:2: not a line of trace-cmd's report: 'hello world'");
    assert_import_fails(HEAD "mm_page_alloc: order=1 gfp_flags=0x400dc0\n",
                        "in.txt:1: mm_page_alloc without pfn=");
    assert_import_fails(HEAD "mm_page_free: order=1\n", "in.txt:1: mm_page_free without pfn=");
    assert_import_fails("CPU:1 [331 EVENTS\n",
                        "in.txt: the file has no line of trace-cmd's report with an event");
}

TEST(a_cut_line_is_refused_or_read)
{
    assert_cut_anywhere(HEAD KFREE("(nil)"), HEAD KMALLOC("0xc1000040", "56"));
    assert_cut_anywhere(HEAD KFREE("(nil)"), "CPU:1 [331 EVENTS DROPPED]\n");
    assert_cut_anywhere(HEAD KFREE("(nil)"),
                        "trace-cm-154     0d..1.    73.445463: " PAGE("0x7000", "0x7000"));
}

int main(void)
{
    import_format = "trace-cmd";
    return tests_run(importing_setup, files_teardown);
}
