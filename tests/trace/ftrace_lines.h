/*
 * Lines of ftrace's text, from which tests build excerpts. The kernel address of frame f is
 * 0xc0000000 + 4096 f, so frame 0x1000 is at 0xc1000000.
 */
#ifndef TESTS_TRACE_FTRACE_LINES_H
#define TESTS_TRACE_FTRACE_LINES_H

#define HEAD     "# tracer: nop\n#\n"
#define TASK     "             cc1-77      [000] .....    15.000001: "
#define IRQ      "             cc1-77      [000] ..s2.    15.000001: "
#define AT(time) "             cc1-77      [000] .....     " time ": "
#define OTHER    "              sh-78      [001] .....    15.000001: "
#define BULK     "             cc1-77      [000] ..Zff    15.000001: "

#define KMALLOC(ptr, req, alloc)                                                                   \
    "kmalloc: call_site=load+0x1/0x20 [ext4] ptr=" ptr " bytes_req=" req " bytes_alloc=" alloc     \
    " gfp_flags=GFP_KERNEL|__GFP_ZERO node=-1 accounted=false\n"
#define CACHE(ptr, req)                                                                            \
    "kmem_cache_alloc: call_site=alloc_inode+0x4d/0xb0 ptr=" ptr " bytes_req=" req                 \
    " bytes_alloc=416 gfp_flags=GFP_KERNEL node=-1 accounted=true\n"
#define KFREE(ptr) "kfree: call_site=load+0x9/0x20 [ext4] ptr=" ptr "\n"
#define PAGE(page, pfn, order, gfp)                                                                \
    "mm_page_alloc: page=" page " pfn=" pfn " order=" order " migratetype=0 gfp_flags=" gfp "\n"
#define FREE_PAGE(page, pfn, order) "mm_page_free: page=" page " pfn=" pfn " order=" order "\n"
#define SLAB_NEW                                                                                   \
    "slab_new: (allocate_slab+0x0/0x430) s=0xc2104e60 flags=0xcc0 size=128 objsize=128 "           \
    "name=\"dentry\"\n"
#define SLAB_RET(page)                                                                             \
    "slab_new_ret: (___slab_alloc+0x332/0x980 <- allocate_slab) slab=0x" page "\n"

#endif
