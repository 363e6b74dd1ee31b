/* Imports excerpts of perf script's text, each with one difficulty in the heads of lines. */
#include "support/test.h"
#include "trace/importing.h"

#define HEAD "             cc1    77 [000]    15.000001: "
#define KMALLOC(ptr, req)                                                                          \
    "kmem:kmalloc: call_site=load+0x1 ptr=" ptr " bytes_req=" req " bytes_alloc=64 "               \
    "gfp_flags=GFP_KERNEL node=-1 accounted=false\n"
#define KFREE(ptr) "kmem:kfree: call_site=load+0x9 ptr=" ptr "\n"
#define PAGE(page, pfn)                                                                            \
    "kmem:mm_page_alloc: page=" page " pfn=" pfn " order=0 migratetype=1 gfp_flags=GFP_USER\n"
#define FREE_PAGE(pfn) "kmem:mm_page_free: page=" pfn " pfn=" pfn " order=0\n"

TEST(events_are_imported)
{
    assert_import(
        HEAD KMALLOC("0xc1000040", "56") HEAD
        "   kmem:kmem_cache_alloc: call_site=alloc_inode+0x4d ptr=0xc1001000 bytes_req=408 "
        "bytes_alloc=416 gfp_flags=GFP_KERNEL node=-1 accounted=true\n" HEAD PAGE(
            "0x7000", "0x7000") HEAD KFREE("0xc1000040") HEAD
        "kmem:kmem_cache_free: call_site=free_inode+0x4e ptr=0xc1001000 name=inode\n" HEAD
            FREE_PAGE("0x7000") HEAD "kmem:rss_stat: mm_id=1 curr=1\n" HEAD
                                     "sched:sched_switch: prev_comm=a b\n",
        "kmalloc 1 56 @load\nkmalloc 2 408 @alloc_inode\npages 3 0 @comm:cc1\nkfree 1\nkfree 2\n"
        "free_pages 3\n");
    assert_true(count_of("line of another event") == 2);
}

/* page= has the number of the frame, or null after a failed allocation. */
TEST(null_pointers_are_counted)
{
    assert_import(HEAD KFREE("(nil)") HEAD KFREE("0x0") HEAD KFREE("(null)")
                      HEAD KMALLOC("(nil)", "56") HEAD PAGE("(nil)", "0x0")
                          HEAD PAGE("0x0", "18446744073709551615") HEAD PAGE("0x1000", "4096"),
                  "pages 1 0 @comm:cc1\n");
    assert_true(count_of("kfree of NULL") == 3);
    assert_true(count_of("failed object allocation") == 1);
    assert_true(count_of("failed page allocation") == 2);
}

TEST(every_form_of_a_head_is_read)
{
    static const struct task_head heads[] = {
        {"            bash  4321 [003] 1022.688712:    ", "comm:bash"},
        {"            bash  4321/4322  [003] 1022.688712: ", "comm:bash"},
        {"            bash  4321 1022.688712: ", "comm:bash"},
        {"            bash  4321 [003] 1022.688712:          1 ", "comm:bash"},
        {"         swapper     0 [000]    10.955754: ", "comm:swapper"},
        {"          :-1    -1 [000]    10.955754: ", "comm::-1"},
        {"perf   132 [001]    28.037034: ", "comm:perf"},
        {"perf   132/132   [001]    28.037034: ", "comm:perf"},
        {"   kworker/u2:0-e     9 [000]     2.648130: ", "comm:kworker/u2:0-e"},
        {"    (udev-worker)   124 [000]    22.688712: ", "comm:(udev-worker)"},
        {"   Web Content 12   321 [000]    22.688712: ", "comm:Web_Content_12"},
        {"Web Content 12   321 [000]    22.688712: ", "comm:Web_Content_12"},
        {"       a [000] b   321 [000]    22.688712: ", "comm:a_[000]_b"},
    };

    assert_tasks(heads, sizeof(heads) / sizeof(heads[0]), PAGE("0x2000", "0x2000"));
}

/* perf prints a header, and with -g a call chain and an empty line after each event. */
TEST(headers_and_call_chains_are_ignored)
{
    assert_import(
        "# ========\n# cmdline : perf record\n#\n" HEAD KMALLOC(
            "0xc1000040", "56") "\t        c12b90b5 kmem_cache_free+0x215 ([kernel.kallsyms])\r\n"
                                "\t             559 __kernel_vsyscall+0x9 ([vdso])\n\n" HEAD KFREE(
                                    "0xc1000040") HEAD "PERF_RECORD_EXIT(4:4):(1:1)\n",
        "kmalloc 1 56 @load\nkfree 1\n");
    assert_true(import_counts.lines == 9);
    assert_true(count_of("line of a stack") == 2);
    assert_true(count_of_all() == 2);
}

TEST(lost_events_are_counted)
{
    assert_import(HEAD KFREE("(nil)") HEAD "PERF_RECORD_LOST lost 256\n" HEAD
                                           "PERF_RECORD_LOST_SAMPLES lost 2\n"
                                           "LOST 20 events!\n",
                  "");
    assert_true(count_of("event lost by the kernel") == 278);
}

/* perf --ns overflows on a 32-bit machine. Such a fraction is not used to sort. */
TEST(an_impossible_fraction_is_not_used_to_sort)
{
    assert_import(
        "cc1 7 [0] 10.9526168564: " KMALLOC("0xc1000040", "56") "cc1 7 [0] 10.9526168560: " KFREE(
            "0xc1000040") "cc1 7 [0] 10.952616857: " KFREE("(nil)"),
        "kmalloc 1 56 @load\nkfree 1\n");
    assert_true(count_of("line earlier than the one before it: put in its place") == 0);
}

TEST(bad_lines_are_refused)
{
    assert_import_fails("", "in.txt: the file is empty: expected a log of perf script");
    assert_import_fails("# ========\n\n",
                        "in.txt: the file has no line of perf script's text with an event");
    assert_import_fails(HEAD KFREE("(nil)") "hello world\n",
                        "in.txt:2: not a line of perf script's text: 'hello world'");
    assert_import_fails(HEAD KFREE("0xz") "hello world\n",
                        "in.txt:1: kfree: ptr= is followed by '0xz': expected a hexadecimal "
                        "number");
    assert_import_fails(HEAD PAGE("0x1000", "0x10000000000"),
                        "in.txt:1: mm_page_alloc: frame number 0x10000000000 lies beyond 4 PiB");
    assert_import_fails(HEAD KFREE("(nil)") HEAD "kmem:kfree: call_site=x ptr=0xc1",
                        "in.txt:2: cut short: the last line does not end in a newline");
}

TEST(a_lenient_import_skips_bad_lines)
{
    import_options.lenient = true;
    assert_import("hello\n" HEAD KFREE("0xz") HEAD KMALLOC("0xc1000040", "56"),
                  "kmalloc 1 56 @load\n");
    assert_true(count_of(IMPORT_SKIPPED) == 2);
    import_options.lenient = false;
}

TEST(a_cut_line_is_refused_or_read)
{
    assert_cut_anywhere(HEAD KFREE("(nil)"), HEAD KMALLOC("0xc1000040", "56"));
    assert_cut_anywhere(HEAD KFREE("(nil)"), HEAD PAGE("0x7000", "0x7000"));
    assert_cut_anywhere(HEAD KFREE("(nil)"), HEAD "PERF_RECORD_LOST lost 256\n");
}

int main(void)
{
    import_format = "perf";
    return tests_run(importing_setup, files_teardown);
}
