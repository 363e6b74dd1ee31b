/* Tests the heap's checker, each rule broken alone, and the pointers that heap_free() must refuse.
 */
#include "mm/heap_layout.h"
#include "mm/heap_plan.h"
#include "support/model_heap.h"
#include "support/on_machine.h"
#include "support/test.h"

#define HEAP_START 0xc1000000u

static struct heap heap;
static vaddr_t block[5];

/* U24 F32 U40 F48 U16 |tail */
static void heap_to_break(void)
{
    static const uint32_t sizes[5] = {24, 32, 40, 48, 16};

    heap_init(&heap, vaddr(HEAP_START));
    heap_extend(&heap, PAGE_SIZE);
    for (uint32_t i = 0; i < 5; i++)
        block[i] = heap_alloc(&heap, sizes[i] - HEAP_HEADER_BYTES, HEAP_ALIGN);
    heap_free(&heap, block[1]);
    heap_free(&heap, block[3]);
    assert_string_equal(model_heap_picture(&heap), "U24 F32 U40 F48 U16 |3932");
    assert_null(heap_check(&heap));
}

static uint32_t header_of(uint32_t i)
{
    return block[i].value - HEAP_HEADER_BYTES;
}

static void break_start(void)
{
    heap.start = 0;
}

static void break_end_alignment(void)
{
    heap.end -= 8;
}

static void break_end_order(void)
{
    heap.end = heap.start - PAGE_SIZE;
}

static void break_top_alignment(void)
{
    heap.top += 4;
}

static void break_top_low(void)
{
    heap.top = heap.start - 4;
}

static void break_top_high(void)
{
    heap.end = heap.start;
}

static void break_tag(void)
{
    *word_at(header_of(2)) ^= 4;
}

static void break_small(void)
{
    header_write(header_of(2), 8, HEADER_PREV_FREE);
}

static void break_large(void)
{
    header_write(header_of(4), 24, HEADER_PREV_FREE);
}

static void break_prev_free_missing(void)
{
    *word_at(header_of(2)) ^= HEADER_PREV_FREE;
}

static void break_prev_free_wrong(void)
{
    *word_at(header_of(1)) ^= HEADER_PREV_FREE;
}

static void break_free_neighbours(void)
{
    *word_at(header_of(2)) |= HEADER_FREE;
}

static void break_free_at_tail(void)
{
    heap.top = header_of(4);
}

static void break_size_at_end(void)
{
    *size_at_end(header_of(1), 32) = 40;
}

static void break_list_out(void)
{
    heap.list[32 / 8] = heap.top;
}

static void break_list_below(void)
{
    heap.list[32 / 8] = heap.start - 4;
}

static void break_list_alignment(void)
{
    heap.list[32 / 8] += 4;
}

static void break_list_used(void)
{
    heap.list[32 / 8] = header_of(2);
}

static void break_list_tag(void)
{
    heap.list[32 / 8] = header_of(0) + 8; /* inside the content of a used block */
    *word_at(header_of(0) + 8) = ~header_tag(header_of(0) + 8);
}

static void break_list_size(void)
{
    heap.list[40 / 8] = heap.list[32 / 8];
    heap.list[32 / 8] = 0;
}

static void break_unlisted(void)
{
    heap.list[32 / 8] = 0;
    heap.lists_any[0] &= ~(1u << 32 / 8);
}

static void break_list_class(void)
{
    heap.list[HEAP_LISTS + 32 / 8] = heap.list[32 / 8];
    break_unlisted();
}

static void break_link_back(void)
{
    *word_at(header_of(1) + LINK_PREV) = header_of(3);
}

/* A block on the list is not free: it lies inside a used one. */
static void break_list_count(void)
{
    uint32_t fake = header_of(2) + 8;

    header_write(fake, 24, HEADER_FREE);
    *word_at(fake + LINK_NEXT) = 0;
    *word_at(fake + LINK_PREV) = 0;
    heap.list[24 / 8] = fake;
    heap.lists_any[0] |= 1u << 24 / 8;
}

static void break_lists_any(void)
{
    heap.lists_any[5] = 1;
}

static void break_classes_any(void)
{
    heap.classes_any |= 1u << 7;
}

static void break_classes_beyond(void)
{
    heap.classes_any |= 1u << HEAP_CLASSES;
}

static void break_free_bytes(void)
{
    heap.free_bytes += 8;
}

MACHINE_TEST(checker_names_each_rule)
{
    static const struct {
        void (*break_it)(void);
        const char *rule;
    } rules[] = {
        {break_start, "heap: the span is not made of whole pages"},
        {break_end_alignment, "heap: the span is not made of whole pages"},
        {break_end_order, "heap: the span ends before it starts"},
        {break_top_alignment, "heap: the tail does not begin where a header could stand"},
        {break_top_low, "heap: the tail does not begin where a header could stand"},
        {break_top_high, "heap: the tail begins beyond the span"},
        {break_tag, "heap: a header's tag is wrong"},
        {break_small, "heap: a block is smaller than the smallest"},
        {break_large, "heap: a block reaches into the tail"},
        {break_prev_free_missing, "heap: a header disagrees with the block before it"},
        {break_prev_free_wrong, "heap: a header disagrees with the block before it"},
        {break_free_neighbours, "heap: two free blocks touch"},
        {break_free_at_tail, "heap: the block before the tail is free"},
        {break_size_at_end, "heap: a free block's size at its end is wrong"},
        {break_list_out, "heap: a list leads out of the heap"},
        {break_list_below, "heap: a list leads out of the heap"},
        {break_list_alignment, "heap: a list leads out of the heap"},
        {break_list_used, "heap: a list leads to a block that is not free"},
        {break_list_tag, "heap: a list leads to a block that is not free"},
        {break_list_size, "heap: a free block is on the list of another size"},
        {break_list_class, "heap: a free block is on the list of another size"},
        {break_link_back, "heap: a link back is wrong"},
        {break_list_count, "heap: the lists hold more blocks than are free"},
        {break_lists_any, "heap: lists_any disagrees with the lists"},
        {break_classes_any, "heap: classes_any disagrees with lists_any"},
        {break_classes_beyond, "heap: classes_any names a class above the largest"},
        {break_unlisted, "heap: a free block is on no list"},
        {break_free_bytes, "heap: free_bytes disagrees with the blocks"},
    };

    for (uint32_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        heap_to_break();
        rules[i].break_it();
        const char *broken = heap_check(&heap);
        assert_non_null(broken);
        assert_string_equal(broken, rules[i].rule);
    }
}

MACHINE_TEST(an_empty_heap_is_sound)
{
    heap_init(&heap, vaddr(HEAP_START));
    assert_null(heap_check(&heap));
    heap.start = heap.end = HEAP_START + 1;
    assert_string_equal(heap_check(&heap), "heap: the span is not made of whole pages");
}

/* ---- pointers ---- */

static const char into[] = "pointer is not into the heap's blocks";
static const char start[] = "not the start of a block, or its header is smashed";
static const char twice[] = "block is free already";
static const char behind[] = "the header behind the block is smashed";
static const char before[] = "the free block before is smashed";

static void assert_fault(uint32_t pointer, const char *fact)
{
    const char *fault = heap_pointer_fault(&heap, vaddr(pointer));

    assert_non_null(fault);
    assert_string_equal(fault, fact);
}

MACHINE_TEST(believes_live_blocks)
{
    heap_to_break();
    assert_null(heap_pointer_fault(&heap, block[0]));
    assert_null(heap_pointer_fault(&heap, block[2]));
    assert_null(heap_pointer_fault(&heap, block[4]));
}

MACHINE_TEST(sees_pointers_from_elsewhere)
{
    heap_to_break();
    assert_fault(block[2].value + 4, into);
    assert_fault(block[2].value + 1, into);
    assert_fault(HEAP_START, into);
    assert_fault(0, into);
    assert_fault(8, into);
    assert_fault(heap.top + HEAP_HEADER_BYTES, into); /* points to the tail */
    assert_fault(heap.end + 8, into);
    assert_fault(0xfffffff8u, into);
}

/* At most a few of the pointers into a block look like one, whatever the block holds; with zeros
 * none does. */
MACHINE_TEST(sees_pointers_into_a_block)
{
    heap_init(&heap, vaddr(HEAP_START));
    heap_extend(&heap, PAGE_SIZE);
    vaddr_t large = heap_alloc(&heap, 2048, HEAP_ALIGN);
    heap_alloc(&heap, 8, HEAP_ALIGN);
    for (uint32_t at = 8; at < 2048; at += 8)
        assert_fault(large.value + at, start);
    uint32_t believed = 0;
    model_fill(large, 2048, 77);
    for (uint32_t at = 8; at < 2048; at += 8)
        believed += heap_pointer_fault(&heap, vaddr(large.value + at)) == NULL;
    assert_true(believed <= 2);
}

MACHINE_TEST(sees_double_frees)
{
    heap_to_break();
    assert_fault(block[1].value, twice);
    heap_free(&heap, block[2]); /* blocks 2 and 3 now lie inside block 1 */
    assert_fault(block[1].value, twice);
    assert_fault(block[2].value, twice);
    assert_fault(block[3].value, twice);
    heap_free(&heap, block[4]); /* all of it merges into the tail */
    for (uint32_t i = 1; i < 5; i++)
        assert_fault(block[i].value, into);
    heap_free(&heap, block[0]);
    assert_fault(block[0].value, into);
    assert_null(heap_check(&heap));
}

MACHINE_TEST(sees_a_smashed_header)
{
    heap_to_break();
    *word_at(header_of(2)) ^= 4; /* flips a bit of the tag */
    assert_fault(block[2].value, start);
    heap_to_break();
    header_write(header_of(2), 8, 0);
    assert_fault(block[2].value, start);
    heap_to_break();
    header_write(header_of(2), PAGE_SIZE, 0);
    assert_fault(block[2].value, start);
}

MACHINE_TEST(sees_a_smashed_header_behind)
{
    heap_to_break();
    *word_at(header_of(3)) = 0; /* block 2 is overrun by one word */
    assert_fault(block[2].value, behind);
    heap_to_break();
    *word_at(header_of(3)) |= HEADER_PREV_FREE;
    assert_fault(block[2].value, behind);
}

MACHINE_TEST(sees_a_smashed_size_before)
{
    uint32_t size_before;

    heap_to_break();
    size_before = header_of(2) - 4;
    *word_at(size_before) = 0;
    assert_fault(block[2].value, before);
    *word_at(size_before) = 36;
    assert_fault(block[2].value, before);
    *word_at(size_before) = 24; /* points into the block before */
    assert_fault(block[2].value, before);
    *word_at(size_before) = PAGE_SIZE; /* points out of the heap, to a forged header */
    header_write(header_of(2) - PAGE_SIZE, PAGE_SIZE, HEADER_FREE);
    assert_fault(block[2].value, before);
    *word_at(size_before) = 32;
    assert_null(heap_pointer_fault(&heap, block[2]));
}

static void run_free(void *context)
{
    heap_free(&heap, *(const vaddr_t *)context);
}

static void run_resize(void *context)
{
    heap_resize(&heap, *(const vaddr_t *)context, 1);
}

static void run_usable(void *context)
{
    heap_usable_bytes(&heap, *(const vaddr_t *)context);
}

static void run_resize_shortfall(void *context)
{
    heap_resize_shortfall(&heap, *(const vaddr_t *)context, 1);
}

static void run_plan_resize(void *context)
{
    struct heap_plan plan;

    heap_plan_resize(&heap, *(const vaddr_t *)context, 1, &plan);
}

MACHINE_TEST(panics_name_the_function_and_the_fact)
{
    heap_to_break();
    assert_panics(run_free, &block[1], "heap_free: block is free already: 0xc1000020");
    assert_panics(run_resize, &block[1], "heap_resize: block is free already");
    assert_panics(run_usable, &block[3], "heap_usable_bytes: block is free already");
    assert_panics(run_resize_shortfall, &block[1], "heap_resize_shortfall: block is free already");
    assert_panics(run_plan_resize, &block[1], "heap_plan_resize: block is free already");
    assert_panics(run_free, &(vaddr_t){0xdeadbeef}, "heap_free: pointer is not into the heap's");
    assert_null(heap_check(&heap));
}
