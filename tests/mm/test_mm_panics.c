/* Tests what every strategy panics on: callers' bugs, and a broken state that its checker names. */
#include "support/model_mm.h"
#include "support/test.h"

#include <mm/frame_owner.h>
#include <mm/heap.h>
#include <mm/pgtable.h>
#include <mm/strategy.h>

#include <stdio.h>
#include <string.h>

static struct mm mm;

/* ---- a caller's bugs ---- */

static void run_kfree(void *context)
{
    kfree(&mm, *(const vaddr_t *)context);
}

static void run_kmalloc_user(void *context)
{
    (void)context;
    kmalloc(&mm, 1, PAGES_USER);
}

static void run_order_11(void *context)
{
    (void)context;
    pages_alloc(&mm, 11, PAGES_LOW);
}

static void run_free_order_11(void *context)
{
    (void)context;
    pages_free(&mm, pfn(0x800), 11);
}

/* The panics of kfree() for a pointer into a block, one to elsewhere, and one to a free block. */
struct kfree_panics {
    const char *into;
    const char *elsewhere;
    const char *twice;
};

/* A strategy that is not part of mmsim has messages of its own. */
static struct kfree_panics kfree_panics(void)
{
    if (model_has_slabs(mm.strategy))
        return (struct kfree_panics){"kfree: pointer is not to the start of an object",
                                     "kfree: pointer is not into kmalloc's memory",
                                     "kfree: object is free already"};
    if (model_heap_of(&mm, 0) == NULL)
        return (struct kfree_panics){"kfree: ", "kfree: ", "kfree: "};
    return (struct kfree_panics){"kfree: pointer is not into", "kfree: pointer is not into",
                                 "kfree: block is free already"};
}

MM_TEST(panics_on_a_callers_bug)
{
    model_start(&mm, strategy, 64 * MIB);
    const struct kfree_panics panics = kfree_panics();
    vaddr_t block = kmalloc(&mm, 100, PAGES_LOW);
    vaddr_t behind = kmalloc(&mm, 100, PAGES_LOW);
    vaddr_t last = kmalloc(&mm, 100, PAGES_LOW);
    assert_panics(run_kfree, &(vaddr_t){block.value + 1}, panics.into);
    assert_panics(run_kfree, &(vaddr_t){0x1000}, panics.elsewhere);
    assert_panics(run_kfree, &(vaddr_t){DIRECT_MAP_BASE}, "kfree: frame 0x00000 is reserved");
    kfree(&mm, behind);
    assert_panics(run_kfree, &behind, panics.twice);
    assert_panics(run_kmalloc_user, NULL, "kmalloc: not a class of kmalloc(): 0x2");
    assert_panics(run_order_11, NULL, "pages_alloc: order <= ORDER_MAX");
    assert_panics(run_free_order_11, NULL, "pages_free: order <= ORDER_MAX");
    kfree(&mm, block);
    kfree(&mm, last);
    assert_frames_conserved(&mm);
    model_stop(&mm);
}

static void run_free_page(void *context)
{
    pages_free(&mm, *(const pfn_t *)context, 0);
}

MM_TEST(panics_when_a_page_is_freed_twice)
{
    model_start(&mm, strategy, 64 * MIB);
    pfn_t kept = pages_alloc(&mm, 0, PAGES_LOW);
    pfn_t page = pages_alloc(&mm, 0, PAGES_LOW);
    pages_free(&mm, page, 0);
    char panic[64];
    snprintf(panic, sizeof panic, "panic: pages_free: frame 0x%05x is %s", page.value,
             mm_frame_kind(&mm, page) == FRAME_FREE ? "free" : "the heap's"); /* in primary */
    assert_panics(run_free_page, &page, panic);
    pages_free(&mm, kept, 0);
    assert_frames_conserved(&mm);
    model_stop(&mm);
}

/* ---- the checker ---- */

/* Returns the module whose code does the checking. */
static const char *checked_by(const struct strategy *strategy)
{
    if (strategy_is(strategy, "kseg0"))
        return "zoned";
    if (strategy_is(strategy, "jump") || strategy_is(strategy, "migrate"))
        return "brk";
    return strategy->name;
}

MM_TEST(checker_names_each_shared_rule)
{
    model_start(&mm, strategy, 64 * MIB);
    mm.counters.frames_used++;
    assert_non_null(strstr(mm_check(&mm), ": frames_used disagrees with the "));
    assert_ptr_equal(strstr(mm_check(&mm), checked_by(strategy)), mm_check(&mm));
    mm.counters.frames_used--;

    mm.counters.heap_span_bytes += PAGE_SIZE;
    assert_non_null(strstr(mm_check(&mm), ": heap_span_bytes disagrees with the "));
    mm.counters.heap_span_bytes -= PAGE_SIZE;

    mm.map.range[0].start = pfn(0);
    assert_string_equal(mm_check(&mm), "memmap: a range starts below the end of the one before");
    mm.map.range[0].start = pfn(0x400);

    uint32_t *directory = machine_pointer(direct_map(mm.directory));
    directory[3] = PTE_PRESENT;
    assert_string_equal(mm_check(&mm), "pgtable: a directory entry is not the kernel's");
    directory[3] = 0;

    for (uint32_t i = 0; model_heap_of(&mm, i) != NULL; i++) {
        model_heap_of(&mm, i)->free_bytes++;
        assert_string_equal(mm_check(&mm), "heap: free_bytes disagrees with the blocks");
        model_heap_of(&mm, i)->free_bytes--;
    }
    assert_sound(&mm);
    model_stop(&mm);
}
