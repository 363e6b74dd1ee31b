/* The spans of the heap, under every strategy: where a map of memory draws them. */
#include "support/model_mm.h"
#include "support/test.h"

#include <mm/machine.h>
#include <mm/strategy.h>

#define PAGES_MAX   8192u
#define KEPT        64u /* one page in so many stays, so that `jump` has spans */
#define BLOCKS      300u
#define BLOCK_BYTES 3000u

struct spans {
    uint32_t count;
    uint32_t bytes;
    uint32_t lowest; /* the start of the last span */
    uint32_t block;  /* an address to look for */
    bool has_block;
};

static void add_span(void *context, vaddr_t start, vaddr_t end)
{
    struct spans *spans = context;

    assert_true(start.value < end.value);
    assert_true(end.value <= spans->lowest);
    spans->lowest = start.value;
    spans->bytes += end.value - start.value;
    spans->has_block |= spans->block - start.value < end.value - start.value;
    spans->count++;
}

static struct spans spans_of(struct mm *mm, vaddr_t block)
{
    struct spans spans = {.lowest = UINT32_MAX, .block = block.value};

    mm->strategy->heap_spans(mm, add_span, &spans);
    return spans;
}

/* . . . X . . . X . . . X         X: a page that stays */
static void scatter_pages(struct mm *mm)
{
    static pfn_t pages[PAGES_MAX];
    uint32_t count = 0;

    while (count < PAGES_MAX && !pfn_is_none(pages[count] = pages_alloc(mm, 0, PAGES_LOW)))
        count++;
    for (uint32_t i = 0; i < count; i++)
        if (pages[i].value % KEPT != KEPT - 1u)
            pages_free(mm, pages[i], 0);
}

MM_TEST(the_spans_add_up_to_the_heap_and_contain_its_blocks)
{
    struct mm mm;
    vaddr_t block[BLOCKS];
    uint32_t count = 0;

    if (strategy->heap_spans == NULL)
        return;
    model_start(&mm, strategy, 24 * MIB);
    assert_int_equal(spans_of(&mm, vaddr(0)).bytes, mm.counters.heap_span_bytes);
    scatter_pages(&mm);
    while (count < BLOCKS && !vaddr_is_none(block[count] = kmalloc(&mm, BLOCK_BYTES, PAGES_LOW)))
        count++;
    assert_true(count > 0);
    for (uint32_t i = 0; i < count; i++)
        assert_true(spans_of(&mm, block[i]).has_block);
    assert_int_equal(spans_of(&mm, vaddr(0)).bytes, mm.counters.heap_span_bytes);
    if (mm.counters.heap_spans != 0)
        assert_int_equal(spans_of(&mm, vaddr(0)).count, mm.counters.heap_spans);
    model_stop(&mm);
}

/* Only a heap with spans has an end that can be brk. */
MM_TEST(a_heap_that_ends_in_brk_has_spans)
{
    if (strategy->heap_ends_in_brk)
        assert_non_null(strategy->heap_spans);
    if (strategy_is(strategy, "brk"))
        assert_true(strategy->heap_ends_in_brk);
    if (strategy_is(strategy, "zoned"))
        assert_null(strategy->heap_spans);
}
