/* Excerpts of ftrace's text: which pages back objects, and so are no events. */
#include "trace/ftrace_lines.h"
#include "trace/importing.h"

/* A slab of each mechanism; what the window also holds is no slab's. */
static void test_pages_that_back_slabs(void **state)
{
    (void)state;
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

/* The order of events stays, also of those behind a page that turns out to be no slab's. */
static void test_order_is_kept_behind_an_open_slab(void **state)
{
    (void)state;
    assert_import(TASK SLAB_NEW TASK PAGE("f5000100", "0x2008", "0", "GFP_KERNEL")
                      TASK KMALLOC("c1000040", "56", "64") TASK
                  "tracing_mark_write: half\n" TASK FREE_PAGE("f5000100", "0x2008", "0")
                      TASK KFREE("c1000040") TASK SLAB_RET("0")
                          TASK KMALLOC("c1000040", "57", "64"),
                  "pages 1 0 @comm:cc1\nkmalloc 2 56 @load\nmark half\nfree_pages 1\nkfree 2\n"
                  "kmalloc 3 57 @load\n");
}

/* One slab inside another's window, closed in the order of nesting. */
static void test_nested_slabs(void **state)
{
    (void)state;
    assert_import(TASK SLAB_NEW TASK PAGE("f5000000", "0x2000", "0", "GFP_KERNEL")
                      IRQ SLAB_NEW IRQ PAGE("f5000028", "0x2001", "0", "GFP_ATOMIC")
                          IRQ SLAB_RET("f5000028") IRQ PAGE("f5000050", "0x2002", "0", "GFP_ATOMIC")
                              TASK SLAB_RET("f5000000"),
                  "pages 1 0 @comm:cc1\n");
    assert_true(count_of("pages that back slabs") == 2);
}

/* A slab that was there before: its pages' free is told by slab_free alone. */
static void test_free_of_an_old_slab(void **state)
{
    (void)state;
    assert_import(TASK "slab_free: (__free_slab+0x0/0x150) s=0xc20011e0 slab=0xf5000000 "
                       "name=\"dentry\"\n" TASK FREE_PAGE("f5000000", "0x2000", "1"),
                  "");
    assert_true(count_of("free of pages that backed slabs") == 1);
    assert_true(count_of("free of pages older than the trace") == 0);
}

/* From boot, before there are kprobes: the next page of the same task and context is the slab's. */
static void test_slabs_by_the_function_tracer(void **state)
{
    (void)state;
    assert_import(
        TASK "allocate_slab <-___slab_alloc\n" IRQ PAGE("f5000100", "0x2008", "0", "GFP_ATOMIC")
            TASK PAGE("f5000000", "0x2000", "0", "GFP_KERNEL") TASK CACHE("c2000000", "408")
                TASK PAGE("f5000200", "0x2009", "0", "GFP_KERNEL") TASK
        "__free_slab <-discard_slab\n" TASK FREE_PAGE("f5000000", "0x2000", "0"),
        "pages 1 0 @comm:cc1\nkmalloc 2 408 @alloc_inode\npages 3 0 @comm:cc1\n");
    assert_true(count_of("pages that back slabs") == 1);
    assert_true(count_of("free of pages that backed slabs") == 1);
}

/* Both lines of one call, in either order, make one slab. */
static void test_slabs_by_both(void **state)
{
    (void)state;
    assert_import(
        TASK "allocate_slab <-___slab_alloc\n" TASK SLAB_NEW TASK PAGE(
            "f5000000", "0x2000", "0", "GFP_KERNEL") TASK SLAB_RET("f5000000") TASK SLAB_NEW TASK
        "allocate_slab <-___slab_alloc\n" TASK PAGE("f5000028", "0x2001", "0", "GFP_KERNEL")
            TASK SLAB_RET("f5000028") TASK PAGE("f5000050", "0x2002", "0", "GFP_KERNEL"),
        "pages 1 0 @comm:cc1\n");
    assert_true(count_of("pages that back slabs") == 2);
}

/* No line announced the slab: its first object shows that it is one, in time where it is the task's
   next event. */
static void test_slab_found_by_its_object(void **state)
{
    (void)state;
    assert_import(TASK PAGE("f5000000", "0x2000", "0", "GFP_KERNEL")
                      OTHER KMALLOC("c1000040", "56", "64") TASK
                  "mm_page_alloc_extfrag: page=f5c27000 pfn=0xa800\n" TASK CACHE("c2000100", "408")
                      TASK FREE_PAGE("f5000000", "0x2000", "0"),
                  "kmalloc 1 56 @load\nkmalloc 2 408 @alloc_inode\n");
    assert_true(count_of("pages that back slabs") == 1);
    assert_true(count_of("free of pages that backed slabs") == 1);
    /* another event of the task between */
    assert_import(TASK PAGE("f5000000", "0x2000", "0", "GFP_KERNEL") TASK KFREE("00000000")
                      TASK CACHE("c2000100", "408") TASK FREE_PAGE("f5000000", "0x2000", "0"),
                  "pages 1 0 @comm:cc1\nfree_pages 1\nkmalloc 2 408 @alloc_inode\n");
    assert_true(count_of("pages that backed objects, as later lines showed: freed then") == 1);
    assert_true(count_of("free of pages that backed slabs") == 1);
    /* while it waits to be seen as a large kmalloc */
    assert_import(TASK PAGE("f5000000", "0x2000", "2", "GFP_KERNEL") TASK KFREE("00000000")
                      TASK CACHE("c2003f00", "408"),
                  "kmalloc 1 408 @alloc_inode\n");
    assert_true(count_of("pages that back slabs") == 1);
}

/* The page that waits is freed, or another comes: it was none of a slab's. */
static void test_pages_that_await_an_object(void **state)
{
    (void)state;
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

/* Where frame 0x2000 lies with other splits of the 4 GiB, and in a 64-bit kernel, whose base shows
   at its first large kmalloc. */
static void test_other_address_spaces(void **state)
{
    (void)state;
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
    /* hashed: a number that can be no address */
    assert_import(TASK PAGE("f5000000", "0x2000", "0", "GFP_KERNEL") TASK CACHE("12345678", "408")
                      TASK CACHE("c2000100", "408"),
                  "pages 1 0 @comm:cc1\nkmalloc 2 408 @alloc_inode\nkmalloc 3 408 @alloc_inode\n");
    assert_true(count_of("object whose address tells no frame: its slab's pages may count, too") ==
                2);
}

static void test_large_kmalloc(void **state)
{
    (void)state;
    assert_import(TASK PAGE("f5000000", "0x2000", "2", "GFP_KERNEL|__GFP_COMP")
                      IRQ KMALLOC("c1000040", "56", "64") TASK KMALLOC("c2000000", "8195", "16384")
                          TASK KFREE("c2000000") TASK FREE_PAGE("f5000000", "0x2000", "2"),
                  "kmalloc 1 56 @load\nkmalloc 2 8195 @load\nkfree 2\n");
    assert_true(count_of("pages that back a large kmalloc") == 1);
    assert_true(count_of("free of pages that backed a large kmalloc") == 1);
}

static void test_large_kmalloc_whose_kfree_was_missed(void **state)
{
    (void)state;
    assert_import(TASK PAGE("f5000000", "0x2000", "2", "GFP_KERNEL|__GFP_COMP")
                      TASK KMALLOC("c2000000", "8195", "16384")
                          TASK FREE_PAGE("f5000000", "0x2000", "2"),
                  "kmalloc 1 8195 @load\nkfree 1\n");
    assert_true(count_of("object allocated again without a free: freed first") == 1);
}

/* A high-order run that nobody claims, and more events behind it than the queue holds. */
static void test_high_order_pages_are_let_through(void **state)
{
    static char text[1u << 20];
    static char expected[1u << 18];
    struct sim_error error;
    size_t at = 0;
    size_t to = 0;

    (void)state;
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
 *          [    order 3    ]  freed as 1, then 1 + 2 + 4: live until the last;
 *          [x] a new block may take a freed part meanwhile */
static void test_partial_frees(void **state)
{
    (void)state;
    assert_import(
        TASK PAGE("f5000000", "0x2000", "3", "GFP_HIGHUSER") TASK FREE_PAGE(
            "f5000000", "0x2000", "0") TASK PAGE("f5000000", "0x2000", "0", "GFP_USER")
            TASK FREE_PAGE("f5000028", "0x2001", "0") TASK FREE_PAGE("f5000050", "0x2002", "1")
                TASK FREE_PAGE("f50000a0", "0x2004", "2") TASK FREE_PAGE("f5000000", "0x2000", "0"),
        "pages 1 3 user @comm:cc1\npages 2 0 @comm:cc1\nfree_pages 1\nfree_pages 2\n");
    assert_true(count_of("free of a part of a block of pages") == 3);
}

/* Lost lines may have held the end of a slab's making: nothing waits for it. */
static void test_lost_lines_close_slabs(void **state)
{
    (void)state;
    assert_import(TASK SLAB_NEW TASK PAGE(
                      "f5000000", "0x2000", "0",
                      "GFP_KERNEL") "CPU:0 [LOST 1 EVENTS]\n" TASK PAGE("f5000028", "0x2001", "0",
                                                                        "GFP_KERNEL"),
                  "pages 1 0 @comm:cc1\npages 2 0 @comm:cc1\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pages_that_back_slabs),
        cmocka_unit_test(test_order_is_kept_behind_an_open_slab),
        cmocka_unit_test(test_nested_slabs),
        cmocka_unit_test(test_free_of_an_old_slab),
        cmocka_unit_test(test_slabs_by_the_function_tracer),
        cmocka_unit_test(test_slabs_by_both),
        cmocka_unit_test(test_slab_found_by_its_object),
        cmocka_unit_test(test_pages_that_await_an_object),
        cmocka_unit_test(test_other_address_spaces),
        cmocka_unit_test(test_large_kmalloc),
        cmocka_unit_test(test_large_kmalloc_whose_kfree_was_missed),
        cmocka_unit_test(test_high_order_pages_are_let_through),
        cmocka_unit_test(test_partial_frees),
        cmocka_unit_test(test_lost_lines_close_slabs),
    };

    import_format = "ftrace";
    return cmocka_run_group_tests(tests, importing_setup, files_teardown);
}
