/* Imports excerpts of ftrace's text, each with one difficulty. */
#include "support/test.h"
#include "trace/ftrace_lines.h"
#include "trace/importing.h"

TEST(objects_become_kmalloc_events)
{
    assert_import(HEAD TASK KMALLOC("c1000040", "56", "64") TASK CACHE("c1001000", "408") BULK
                  "bulk_alloc: (kmem_cache_alloc_bulk+0x17a/0x2f0) ptr=0xc1002000 objsize=256 "
                  "name=\"maple_node\"\n" TASK KFREE("c1000040") TASK
                  "kmem_cache_free: call_site=free_inode+0x4e/0x60 ptr=c1001000 name=inode\n" BULK
                  "bulk_free1: (kmem_cache_free_bulk.part.0+0x97/0x470) ptr=0xc1002000 "
                  "name=\"maple_node\"\n",
                  "kmalloc 1 56 @load\nkmalloc 2 408 @alloc_inode\nkmalloc 3 256 @maple_node\n"
                  "kfree 1\nkfree 2\nkfree 3\n");
    assert_true(import_counts.lines == 8);
    assert_true(import_counts.events == 6);
    assert_true(count_of_all() == 0);
}

/* Old kernels print no symbols, pad null pointers, and have events named _node. GFP_DMA32 is not
 * DMA. */
TEST(forms_of_old_kernels_are_read)
{
    assert_import(
        TASK
        "kmalloc_node: call_site=c1234567 ptr=c1000000 bytes_req=8 bytes_alloc=8 "
        "gfp_flags=GFP_KERNEL|GFP_DMA node=0\n" TASK
        "kmem_cache_alloc_node: call_site=0xf79701db ptr=0xc1000008 bytes_req=9 bytes_alloc=16 "
        "gfp_flags=GFP_KERNEL|GFP_DMA32 node=0\n" TASK
        "kfree: call_site=c1234567 ptr=  (null)\n" TASK
        "mm_page_alloc: page=c7000000 pfn=4096 order=0 migratetype=0 gfp_flags=0x200\n",
        "kmalloc 1 8 dma @c1234567\nkmalloc 2 9 @0xf79701db\npages 3 0 @comm:cc1\n");
    assert_true(count_of("kfree of NULL") == 1);
}

TEST(gfp_flags_choose_the_class_of_pages)
{
    assert_import(TASK PAGE("f5000000", "0x2000", "1", "GFP_KERNEL_ACCOUNT|__GFP_ZERO")
                      TASK PAGE("f5000100", "0x40000", "0", "GFP_HIGHUSER_MOVABLE|__GFP_COMP")
                          TASK PAGE("f5000200", "0x2004", "0", "GFP_NOFS|__GFP_HIGHMEM|__GFP_COMP")
                              TASK PAGE("f5000300", "0x2005", "0", "GFP_NOFS|__GFP_MOVABLE")
                                  TASK PAGE("f5000400", "0x100", "0", "GFP_KERNEL|GFP_DMA")
                                      TASK PAGE("f5000500", "0x2006", "0", "none")
                                          TASK FREE_PAGE("f5000000", "0x2000", "1"),
                  "pages 1 1 @comm:cc1\npages 2 0 user @comm:cc1\npages 3 0 user @comm:cc1\n"
                  "pages 4 0 user @comm:cc1\npages 5 0 dma @comm:cc1\npages 6 0 @comm:cc1\n"
                  "free_pages 1\n");
}

TEST(frees_without_an_allocation_are_counted)
{
    assert_import(TASK KFREE("00000000") TASK KFREE("00000010") TASK KFREE("c1000000")
                      TASK FREE_PAGE("f5000000", "0x2000", "1")
                          TASK FREE_PAGE("f5000000", "0x2000", "11"),
                  "");
    assert_true(count_of("kfree of NULL") == 1);
    assert_true(count_of("kmalloc or kfree of 0 bytes") == 1);
    assert_true(count_of("free of an object older than the trace") == 1);
    assert_true(count_of("free of pages older than the trace") == 1);
    assert_true(count_of("pages of an order above 10") == 1);
}

TEST(failed_allocations_are_counted)
{
    assert_import(TASK KMALLOC("00000000", "64", "64") TASK KMALLOC("00000010", "0", "0")
                      TASK PAGE("00000000", "0x0", "3", "GFP_KERNEL|__GFP_NOWARN")
                          TASK PAGE("(null)", "18446744073709551615", "3", "GFP_KERNEL")
                              TASK PAGE("f5000000", "0x2000", "11", "GFP_KERNEL"),
                  "");
    assert_true(count_of("failed object allocation") == 1);
    assert_true(count_of("kmalloc or kfree of 0 bytes") == 1);
    assert_true(count_of("failed page allocation") == 2);
    assert_true(count_of("pages of an order above 10") == 1);
}

TEST(missed_frees_are_added)
{
    assert_import(TASK KMALLOC("c1000040", "56", "64") TASK KMALLOC("c1000040", "60", "64")
                      TASK PAGE("f5000000", "0x2000", "1", "GFP_USER")
                          TASK PAGE("f5000028", "0x2001", "0", "GFP_USER")
                              TASK FREE_PAGE("f5000000", "0x2000", "0")
                                  TASK FREE_PAGE("f5000028", "0x2001", "0"),
                  "kmalloc 1 56 @load\nkfree 1\nkmalloc 2 60 @load\n"
                  "pages 3 1 @comm:cc1\nfree_pages 3\npages 4 0 @comm:cc1\nfree_pages 4\n");
    assert_true(count_of("object allocated again without a free: freed first") == 1);
    assert_true(count_of("pages allocated again without a free: freed first") == 1);
    assert_true(count_of("free of pages older than the trace") == 1);
}

/* The lines are of two CPUs, and a free was printed before its allocation. */
TEST(lines_out_of_order_are_sorted)
{
    assert_import(AT("1.000001") KMALLOC("c1000040", "56", "64") AT("1.000004") KFREE("c1000080")
                      AT("1.000002") KMALLOC("c1000080", "57", "64")
                          AT("1.000003") "tracing_mark_write: between\n" AT("1.000004")
                              KFREE("c1000040"),
                  "kmalloc 1 56 @load\nkmalloc 2 57 @load\nmark between\nkfree 2\nkfree 1\n");
    assert_true(count_of("line earlier than the one before it: put in its place") == 2);
}

/* A second log with an earlier clock follows. Its lines are not sorted into the first log. */
TEST(lines_far_out_of_order_are_not_sorted)
{
    static char text[64 * 1024];
    char *at = text;

    for (uint32_t i = 0; i < 100; i++)
        at += sprintf(at, "%s", AT("9.000001") KFREE("00000000"));
    sprintf(at, "%s",
            AT("9.000002") KMALLOC("c1000040", "56", "64") AT("1.000001") KFREE("c1000040"));
    assert_import(text, "kmalloc 1 56 @load\nkfree 1\n");
    assert_true(count_of("line much earlier than the one before it: left where it stood") == 1);
}

TEST(carriage_returns_are_ignored)
{
    assert_import("# tracer: nop\r\n\r\n" TASK "kfree: call_site=x ptr=00000000\r\n" TASK
                  "tracing_mark_write: half\r\n",
                  "mark half\n");
    assert_true(count_of("kfree of NULL") == 1);
}

/* A tool prints numbers for flags that it does not know. */
TEST(flags_may_be_numbers)
{
    assert_import(TASK PAGE("f5000000", "0x2000", "0", "0xcc1")
                      TASK PAGE("f5000028", "0x2001", "0", "0x100cca")
                          TASK PAGE("f5000050", "0x2002", "0", "GFP_KERNEL|0x8000000"),
                  "pages 1 0 dma @comm:cc1\npages 2 0 user @comm:cc1\npages 3 0 @comm:cc1\n");
}

TEST(duplicates_and_other_lines_are_counted)
{
    assert_import(
        TASK PAGE("f5000000", "0x2000", "0", "GFP_USER") TASK
        "mm_page_free_batched: page=f5000000 pfn=0x2000 order=0\n" TASK FREE_PAGE(
            "f5000000", "0x2000", "0") TASK
        "mm_page_alloc_extfrag: page=f5c27000 pfn=0xa800 alloc_order=3 fallback_order=10\n" TASK
        "sched_switch: prev_comm=a b prev_pid=1\n"
        "##### CPU 1 buffer started ####\n"
        "CPU:0 [LOST 52 EVENTS]\n"
        "\n",
        "pages 1 0 @comm:cc1\nfree_pages 1\n");
    assert_true(count_of("second line of a page's free") == 1);
    assert_true(count_of("line of another event") == 1);
    assert_true(count_of("line about slabs and fragmentation") == 1);
    assert_true(count_of("event lost by the kernel") == 52);
}

TEST(markers_become_marks)
{
    assert_import(TASK "tracing_mark_write: WORKLOAD START gcc\n" TASK
                       "tracing_mark_write: two\nlines: [000] of text\n" TASK
                       "tracing_mark_write: a\tb\n",
                  "mark WORKLOAD START gcc\nmark two\nmark a?b\n");
    assert_true(count_of("further line of a marker") == 1);
}

TEST(pages_are_named_after_their_task)
{
    static const struct task_head heads[] = {
        {"     kworker/u2:0-9       [000] .....     2.648130: ", "comm:kworker/u2:0"},
        {"    (udev-worker)-124     [000] .....    22.688712: ", "comm:(udev-worker)"},
        {"           <idle>-0       [000] d..1.     0.000000: ", "comm:<idle>"},
        {"    Web Content 1-4321    [003] ..s2.  1022.688712: ", "comm:Web_Content_1"},
        {"     a-1 [000] b-7        [000] .....     2.648130: ", "comm:a-1_[000]_b"},
        {"       kthread-5-2       (      1) [000] .....     2.648130: ", "comm:kthread-5"},
        {"            bash-99      [000]  6238.432123: ", "comm:bash"},
        {"bash-99 [000] d... 6238.432123: ", "comm:bash"},
        {"bash-99 [000] .... 4242: ", "comm:bash"},
    };

    assert_tasks(heads, sizeof(heads) / sizeof(heads[0]),
                 PAGE("f5000000", "0x2000", "0", "GFP_USER"));
}

TEST(bad_lines_are_refused)
{
    assert_import_fails("", "in.txt: the file is empty: expected a log of ftrace");
    assert_import_fails(HEAD, "in.txt: the file has no line of ftrace's text with an event");
    assert_import_fails(HEAD "hello world\n",
                        "in.txt:3: not a line of ftrace's text: 'hello world'");
    assert_import_fails(TASK "kfree: call_site=x\n", "in.txt:1: kfree without ptr=");
    assert_import_fails(TASK KFREE("c100xyz0"), "in.txt:1: kfree: ptr= is followed by 'c100xyz0': "
                                                "expected a hexadecimal number");
    assert_import_fails(
        TASK KFREE("c1000000") TASK KMALLOC("c1000000", "-1", "8"),
        "in.txt:2: kmalloc: bytes_req= is followed by '-1': expected a number up to "
        "4294967295");
    assert_import_fails(
        TASK KMALLOC("c1000000", "4294967296", "8"),
        "in.txt:1: kmalloc: bytes_req= is followed by '4294967296': expected a number "
        "up to 4294967295");
    assert_import_fails(TASK PAGE("f5000000", "0x10000000000", "0", "GFP_USER"),
                        "in.txt:1: mm_page_alloc: frame number 0x10000000000 lies beyond 4 PiB");
    assert_import_fails(TASK FREE_PAGE("f5000000", "0xffffffffff", "1"),
                        "in.txt:1: mm_page_free: frame number 0xffffffffff lies beyond 4 PiB");
    assert_import_fails(
        TASK PAGE("f5000000", "0x1000", "64", "GFP_USER"),
        "in.txt:1: mm_page_alloc: order= is followed by '64': expected a number up to 63");
    assert_import_fails(TASK "slab_new_ret: (x <- y)\n", "in.txt:1: slab_new_ret without slab=");
    assert_import_fails(TASK "slab_free: (x)\n", "in.txt:1: slab_free without slab=");
    assert_import_fails(TASK "bulk_alloc: (x) ptr=0xc1000000 objsize=8\n",
                        "in.txt:1: bulk_alloc without name=");
    assert_import_fails(TASK "kfree: call_site=x ptr=c1000000",
                        "in.txt:1: cut short: the last line does not end in a newline");
}

/* A log that has only bad lines is an error even if the import is lenient. */
TEST(a_lenient_import_skips_bad_lines)
{
    import_options.lenient = true;
    assert_import("hello world\n" TASK KMALLOC("c1000040", "56", "64") TASK KFREE("c100xyz0")
                      TASK KFREE("c1000040") TASK "kfree: call_site=x ptr=c10",
                  "kmalloc 1 56 @load\nkfree 1\n");
    assert_true(count_of(IMPORT_SKIPPED) == 3);
    assert_import_fails("hello world\n",
                        "in.txt: the file has no line of ftrace's text with an event");
    import_options.lenient = false;
}

TEST(a_cut_line_is_refused_or_read)
{
    static const char *const lines[] = {TASK KMALLOC("c1000040", "56", "64"),
                                        TASK PAGE("f5000000", "0x2000", "0", "GFP_USER"),
                                        TASK FREE_PAGE("f5000000", "0x2000", "0"),
                                        TASK SLAB_RET("f5000000"),
                                        "CPU:0 [LOST 52 EVENTS]\n",
                                        TASK "allocate_slab <-___slab_alloc\n"};

    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        assert_cut_anywhere(TASK KFREE("c1000000"), lines[i]);
}

TEST(unknown_formats_and_bad_names_are_refused)
{
    struct sim_error error;

    file_put_text("in.txt", TASK KMALLOC("c1000040", "56", "64"));
    assert_false(
        trace_import("vmtrace", "in.txt", "out.mmb", &import_options, &import_counts, &error));
    assert_string_equal(
        error.text, "no format 'vmtrace' (did you mean 'mtrace'?); the formats are auto, ftrace, "
                    "perf, trace-cmd, mdriver, mtrace, valgrind, ltrace, uftrace, bpftrace, "
                    "utrace, gdb, heaptrack, "
                    "esp-idf, oom");
    assert_false(
        trace_import("ftrace", "in.txt", "out.mmt", &import_options, &import_counts, &error));
    assert_string_equal(error.text, "out.mmt: the name must end in .mmb, .mmb.zst or .mmb.xz");
    assert_false(
        trace_import("ftrace", "absent", "out.mmb", &import_options, &import_counts, &error));
    assert_string_equal(error.text, "absent: cannot open: No such file or directory");
    assert_true(
        trace_import("ftrace", "in.txt", "out.mmb.zst", &import_options, &import_counts, &error));
    assert_ptr_equal(importer_find("ftrace"), &importers[0]);
}

int main(void)
{
    import_format = "ftrace";
    return tests_run(importing_setup, files_teardown);
}
