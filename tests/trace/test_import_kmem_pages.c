/* Excerpts of ftrace's text with pages that back objects, and therefore are not events. */
#include "support/test.h"
#include "trace/ftrace_lines.h"
#include "trace/importing.h"

/* Only the page of the same context between slab_new and slab_new_ret belongs to the slab. */
TEST(pages_that_back_slabs_are_no_events)
{
    assert_import(TASK SLAB_NEW IRQ PAGE("f5000100", "0x2008", "0", "GFP_ATOMIC")
                      TASK PAGE("f5000000", "0x2000", "1", "GFP_KERNEL|__GFP_COMP")
                          TASK SLAB_RET("f5000000") TASK CACHE("c2000000", "408")
                              TASK KFREE("c2000000") TASK
                  "slab_free: (__free_slab+0x0/0x150) s=0xc20011e0 slab=0xf5000000 "
                  "name=\"dentry\"\n" TASK FREE_PAGE("f5000000", "0x2000", "1")
                      TASK FREE_PAGE("f5000100", "0x2008", "0"),
                  "pages 1 0 @comm:cc1\nkmalloc 2 408 @alloc_inode\nkfree 2\nfree_pages 1\n");
    assert_true(count_of("pages that back slabs") == 1);
    assert_true(count_of("free of pages that backed slabs") == 1);
}

/* The page turns out not to belong to a slab. The events that waited behind it keep their order. */
TEST(events_keep_their_order_behind_an_open_slab)
{
    assert_import(TASK SLAB_NEW TASK PAGE("f5000100", "0x2008", "0", "GFP_KERNEL")
                      TASK KMALLOC("c1000040", "56", "64") TASK
                  "tracing_mark_write: half\n" TASK FREE_PAGE("f5000100", "0x2008", "0")
                      TASK KFREE("c1000040") TASK SLAB_RET("0")
                          TASK KMALLOC("c1000040", "57", "64"),
                  "pages 1 0 @comm:cc1\nkmalloc 2 56 @load\nmark half\nfree_pages 1\nkfree 2\n"
                  "kmalloc 3 57 @load\n");
}

/* An interrupt makes a slab while the task makes another. The inner one is closed first. */
TEST(slabs_may_be_nested)
{
    assert_import(TASK SLAB_NEW TASK PAGE("f5000000", "0x2000", "0", "GFP_KERNEL")
                      IRQ SLAB_NEW IRQ PAGE("f5000028", "0x2001", "0", "GFP_ATOMIC")
                          IRQ SLAB_RET("f5000028") IRQ PAGE("f5000050", "0x2002", "0", "GFP_ATOMIC")
                              TASK SLAB_RET("f5000000"),
                  "pages 1 0 @comm:cc1\n");
    assert_true(count_of("pages that back slabs") == 2);
}

/* The slab is older than the log, so only slab_free shows that its pages backed a slab. */
TEST(the_free_of_an_old_slab_is_recognised)
{
    assert_import(TASK "slab_free: (__free_slab+0x0/0x150) s=0xc20011e0 slab=0xf5000000 "
                       "name=\"dentry\"\n" TASK FREE_PAGE("f5000000", "0x2000", "1"),
                  "");
    assert_true(count_of("free of pages that backed slabs") == 1);
    assert_true(count_of("free of pages older than the trace") == 0);
}

/* Before kprobes exist, the next page of the same task and context belongs to the slab. */
TEST(the_function_tracer_announces_slabs)
{
    assert_import(
        TASK "allocate_slab <-___slab_alloc\n" IRQ PAGE("f5000100", "0x2008", "0", "GFP_ATOMIC")
            TASK PAGE("f5000000", "0x2000", "0", "GFP_KERNEL") TASK CACHE("c2000000", "408")
                TASK PAGE("f5000200", "0x2009", "0", "GFP_KERNEL") TASK
        "__free_slab <-discard_slab\n" TASK FREE_PAGE("f5000000", "0x2000", "0"),
        "pages 1 0 @comm:cc1\nkmalloc 2 408 @alloc_inode\npages 3 0 @comm:cc1\n");
    assert_true(count_of("pages that back slabs") == 1);
    assert_true(count_of("free of pages that backed slabs") == 1);
}

/* Two lines of one call, in either order, announce one slab. */
TEST(two_announcements_of_a_slab_count_once)
{
    assert_import(
        TASK "allocate_slab <-___slab_alloc\n" TASK SLAB_NEW TASK PAGE(
            "f5000000", "0x2000", "0", "GFP_KERNEL") TASK SLAB_RET("f5000000") TASK SLAB_NEW TASK
        "allocate_slab <-___slab_alloc\n" TASK PAGE("f5000028", "0x2001", "0", "GFP_KERNEL")
            TASK SLAB_RET("f5000028") TASK PAGE("f5000050", "0x2002", "0", "GFP_KERNEL"),
        "pages 1 0 @comm:cc1\n");
    assert_true(count_of("pages that back slabs") == 2);
}

/* No line announces the slab, but its first object shows the slab. If the object is the next event
   of the task, the page is not an event. */
TEST(an_object_shows_an_unannounced_slab)
{
    assert_import(TASK PAGE("f5000000", "0x2000", "0", "GFP_KERNEL")
                      OTHER KMALLOC("c1000040", "56", "64") TASK
                  "mm_page_alloc_extfrag: page=f5c27000 pfn=0xa800\n" TASK CACHE("c2000100", "408")
                      TASK FREE_PAGE("f5000000", "0x2000", "0"),
                  "kmalloc 1 56 @load\nkmalloc 2 408 @alloc_inode\n");
    assert_true(count_of("pages that back slabs") == 1);
    assert_true(count_of("free of pages that backed slabs") == 1);
    /* another event of the task comes between */
    assert_import(TASK PAGE("f5000000", "0x2000", "0", "GFP_KERNEL") TASK KFREE("00000000")
                      TASK CACHE("c2000100", "408") TASK FREE_PAGE("f5000000", "0x2000", "0"),
                  "pages 1 0 @comm:cc1\nfree_pages 1\nkmalloc 2 408 @alloc_inode\n");
    assert_true(count_of("pages that backed objects, as later lines showed: freed then") == 1);
    assert_true(count_of("free of pages that backed slabs") == 1);
    /* the pages still wait for a large kmalloc */
    assert_import(TASK PAGE("f5000000", "0x2000", "2", "GFP_KERNEL") TASK KFREE("00000000")
                      TASK CACHE("c2003f00", "408"),
                  "kmalloc 1 408 @alloc_inode\n");
    assert_true(count_of("pages that back slabs") == 1);
}

/* A waiting page that is freed, or followed by another page, belonged to no slab. */
TEST(pages_that_get_no_object_become_events)
{
    assert_import(TASK PAGE("f5000000", "0x2000", "0", "GFP_KERNEL")
                      OTHER FREE_PAGE("f5000000", "0x2000", "0")
                          TASK PAGE("f5000028", "0x2001", "0", "GFP_KERNEL")
                              TASK PAGE("f5000050", "0x2002", "0", "GFP_KERNEL")
                                  OTHER PAGE("f5000078", "0x2003", "0", "GFP_KERNEL")
                                      OTHER CACHE("c2003100", "408"),
                  "pages 1 0 @comm:cc1\nfree_pages 1\npages 2 0 @comm:cc1\npages 3 0 @comm:cc1\n"
                  "kmalloc 4 408 @alloc_inode\n");
    assert_true(count_of("pages that back slabs") == 1);
}

/* The addresses of frame 0x2000 in kernels with another split of the 4 GiB, and in a 64-bit kernel,
   whose base is known from its first large kmalloc. */
TEST(slabs_are_found_in_other_address_spaces)
{
    assert_import(TASK PAGE("f5000000", "0x2000", "0", "GFP_KERNEL") TASK CACHE("82000100", "408"),
                  "kmalloc 1 408 @alloc_inode\n");
    assert_true(count_of("pages that back slabs") == 1);
    assert_import(TASK KFREE("00000000") TASK PAGE("ffffea0000080000", "0x2000", "0", "GFP_KERNEL")
                      TASK CACHE("ffff9c8002000100", "408")
                          TASK PAGE("ffffea0000090000", "0x3000", "2", "GFP_KERNEL")
                              TASK KMALLOC("ffff9c8003000000", "9000", "16384")
                                  TASK PAGE("ffffea0000080040", "0x2001", "0", "GFP_KERNEL")
                                      TASK CACHE("ffff9c8002001100", "408"),
                  "pages 1 0 @comm:cc1\nkmalloc 2 408 @alloc_inode\nkmalloc 3 9000 @load\n"
                  "kmalloc 4 408 @alloc_inode\n");
    assert_true(count_of("pages that back slabs") == 1);
    assert_true(count_of("pages that back a large kmalloc") == 1);
    assert_true(count_of("object whose address tells no frame: its slab's pages may count, too") ==
                1);
    /* a hashed pointer is not an address */
    assert_import(TASK PAGE("f5000000", "0x2000", "0", "GFP_KERNEL") TASK CACHE("12345678", "408")
                      TASK CACHE("c2000100", "408"),
                  "pages 1 0 @comm:cc1\nkmalloc 2 408 @alloc_inode\nkmalloc 3 408 @alloc_inode\n");
    assert_true(count_of("object whose address tells no frame: its slab's pages may count, too") ==
                2);
}

TEST(pages_of_a_large_kmalloc_are_no_events)
{
    assert_import(TASK PAGE("f5000000", "0x2000", "2", "GFP_KERNEL|__GFP_COMP")
                      IRQ KMALLOC("c1000040", "56", "64") TASK KMALLOC("c2000000", "8195", "16384")
                          TASK KFREE("c2000000") TASK FREE_PAGE("f5000000", "0x2000", "2"),
                  "kmalloc 1 56 @load\nkmalloc 2 8195 @load\nkfree 2\n");
    assert_true(count_of("pages that back a large kmalloc") == 1);
    assert_true(count_of("free of pages that backed a large kmalloc") == 1);
}

TEST(freed_pages_end_a_large_kmalloc)
{
    assert_import(TASK PAGE("f5000000", "0x2000", "2", "GFP_KERNEL|__GFP_COMP")
                      TASK KMALLOC("c2000000", "8195", "16384")
                          TASK FREE_PAGE("f5000000", "0x2000", "2"),
                  "kmalloc 1 8195 @load\nkfree 1\n");
    assert_true(count_of("object allocated again without a free: freed first") == 1);
}

/* No kmalloc follows the pages, and more events follow than the queue can hold. */
TEST(high_order_pages_without_a_kmalloc_become_events)
{
    static char text[1u << 20];
    static char expected[1u << 18];
    struct sim_error error;
    size_t at = 0;
    size_t to = 0;

    at += (size_t)sprintf(text + at, "%s", TASK PAGE("f5000000", "0x2000", "3", "GFP_KERNEL"));
    to += (size_t)sprintf(expected + to, "mmtrace 1\npages 1 3 @comm:cc1\n");
    for (uint32_t i = 2; i < 5000; i++) {
        at +=
            (size_t)sprintf(text + at, "%sbulk_alloc: (k+0x1/0x2) ptr=0x%x objsize=8 name=\"x\"\n",
                            TASK, 0xc1000000u + 8 * i);
        to += (size_t)sprintf(expected + to, "kmalloc %u 8 @x\n", i);
    }
    at += (size_t)sprintf(text + at, "%s", TASK FREE_PAGE("f5000000", "0x2000", "3"));
    sprintf(expected + to, "free_pages 1\n");
    file_put("in.txt", text, at);
    assert_true(
        trace_import("ftrace", "in.txt", "out.mmb", &import_options, &import_counts, &error));
    assert_true(trace_convert("out.mmb", "out.mmt", &error));
    assert_file_text("out.mmt", expected);
}

/*   frames 2000 ....... 2007
 *          [    order 3    ]  freed in parts of 1, 1, 2 and 4 frames: live until the last
 *          [x]                another block takes the first part meanwhile */
TEST(a_block_freed_in_parts_lives_until_the_last)
{
    assert_import(
        TASK PAGE("f5000000", "0x2000", "3", "GFP_HIGHUSER") TASK FREE_PAGE(
            "f5000000", "0x2000", "0") TASK PAGE("f5000000", "0x2000", "0", "GFP_USER")
            TASK FREE_PAGE("f5000028", "0x2001", "0") TASK FREE_PAGE("f5000050", "0x2002", "1")
                TASK FREE_PAGE("f50000a0", "0x2004", "2") TASK FREE_PAGE("f5000000", "0x2000", "0"),
        "pages 1 3 user @comm:cc1\npages 2 0 @comm:cc1\nfree_pages 1\nfree_pages 2\n");
    assert_true(count_of("free of a part of a block of pages") == 3);
}

/* The lost lines may include slab_new_ret, so no page waits for it any longer. */
TEST(lost_lines_close_slabs)
{
    assert_import(TASK SLAB_NEW TASK PAGE(
                      "f5000000", "0x2000", "0",
                      "GFP_KERNEL") "CPU:0 [LOST 1 EVENTS]\n" TASK PAGE("f5000028", "0x2001", "0",
                                                                        "GFP_KERNEL"),
                  "pages 1 0 @comm:cc1\npages 2 0 @comm:cc1\n");
}

int main(void)
{
    import_format = "ftrace";
    return tests_run(importing_setup, files_teardown);
}
