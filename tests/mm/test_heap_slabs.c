/* Tests the heap's small objects: when their slabs are made and given back, which pointers are
 * refused, and the checker's rules. */
#include "mm/heap_plan.h"
#include "mm/heap_slabs.h"
#include "support/model_heap.h"
#include "support/on_machine.h"
#include "support/test.h"

#define HEAP_START   MODEL_HEAP_START
#define OBJECT_BYTES 24u
#define OBJECTS      164u /* 24-byte objects in a slab */
#define FIRST        152u /* offset of the first object in the page */
#define BLOCKS       "U24 U24 U24 U24 U24 U24 U24 U24 U24 U24 U24 U24 U24 U24 U24 U24 "

static struct heap heap;
static vaddr_t small[HEAP_SLAB_DEMAND];
static vaddr_t object[2 * OBJECTS];

static vaddr_t alloc_small(void)
{
    vaddr_t block = heap_alloc(&heap, 20, HEAP_ALIGN);

    assert_false(vaddr_is_none(block));
    return block;
}

/* Takes so many blocks of the size that the next one makes a slab. */
static void start(uint32_t pages)
{
    model_heap_start(&heap, pages);
    for (uint32_t i = 0; i < HEAP_SLAB_DEMAND; i++)
        small[i] = alloc_small();
}

static void take_objects(uint32_t first, uint32_t end)
{
    for (uint32_t i = first; i < end; i++)
        object[i] = alloc_small();
}

static void free_objects(uint32_t first, uint32_t end)
{
    for (uint32_t i = first; i < end; i++)
        heap_free(&heap, object[i]);
}

MACHINE_TEST(many_blocks_of_a_size_make_a_slab)
{
    start(4);
    assert_heap(&heap, BLOCKS "|15996");
    take_objects(0, 2);
    assert_heap(&heap, BLOCKS "F3704 S4096 |8196");
    assert_int_equal(object[0].value, HEAP_START + PAGE_SIZE + FIRST);
    assert_int_equal(object[1].value, object[0].value + OBJECT_BYTES);
    assert_int_equal(heap.free_bytes, 3704 + 8196 + (OBJECTS - 2) * OBJECT_BYTES);
    heap_free(&heap, object[0]);
    assert_int_equal(alloc_small().value, object[0].value);
    free_objects(0, 2); /* the slab is empty and goes at once */
    assert_heap(&heap, BLOCKS "|15996");
    assert_int_equal(heap.free_bytes, 15996);
}

MACHINE_TEST(slabs_follow_one_another)
{
    start(4);
    take_objects(0, 2 * OBJECTS);
    assert_heap(&heap, BLOCKS "F3704 S4096 S4096 |4100");
    assert_int_equal(object[OBJECTS].value, HEAP_START + 2 * PAGE_SIZE + FIRST);
    free_objects(0, OBJECTS);
    assert_heap(&heap, BLOCKS "F7800 S4096 |4100");
    free_objects(OBJECTS, 2 * OBJECTS);
    assert_heap(&heap, BLOCKS "|15996");
}

/* A slab that was full goes behind those that have free objects. */
MACHINE_TEST(a_slab_is_used_until_it_is_full)
{
    start(5);
    take_objects(0, OBJECTS + 1);
    heap_free(&heap, object[3]);
    assert_int_equal(alloc_small().value, object[OBJECTS].value + OBJECT_BYTES);
    for (uint32_t i = 0; i < OBJECTS - 2; i++)
        alloc_small();
    assert_int_equal(alloc_small().value, object[3].value);
    assert_null(heap_check(&heap));
    take_objects(OBJECTS, OBJECTS + 1); /* opens a third slab */
    heap_free(&heap, object[5]);
    heap_free(&heap, vaddr(HEAP_START + 2 * PAGE_SIZE + FIRST));
    assert_null(heap_check(&heap)); /* three slabs are linked */
    heap_free(&heap, object[OBJECTS]);
    assert_null(heap_check(&heap)); /* the first of them is freed */
}

/* A slab in the middle of the list is given back. */
MACHINE_TEST(gives_back_a_slab_from_within_the_list)
{
    start(5);
    take_objects(0, 2 * OBJECTS);
    vaddr_t third = alloc_small();
    free_objects(0, 1);
    free_objects(OBJECTS, OBJECTS + 1);
    assert_int_equal(heap.slab[3], third.value & ~PAGE_OFFSET_MASK);
    free_objects(1, OBJECTS);
    assert_heap(&heap, BLOCKS "F7800 S4096 S4096 |4100");
    free_objects(OBJECTS + 1, 2 * OBJECTS);
    assert_heap(&heap, BLOCKS "F11896 S4096 |4100");
}

MACHINE_TEST(without_room_for_a_slab_blocks_serve)
{
    start(1);
    vaddr_t block = alloc_small();
    assert_heap(&heap, BLOCKS "U24 |3684");
    heap_free(&heap, block);
    heap_alloc(&heap, 3640, HEAP_ALIGN);
    assert_false(vaddr_is_none(heap_alloc(&heap, 20, HEAP_ALIGN)));
    assert_true(vaddr_is_none(heap_alloc(&heap, 40, HEAP_ALIGN)));
    assert_null(heap_check(&heap));
}

MACHINE_TEST(each_size_has_objects)
{
    vaddr_t block[HEAP_SLAB_DEMAND + 2];

    for (uint32_t bytes = 1; bytes <= HEAP_OBJECT_MAX; bytes++) {
        model_heap_start(&heap, 8);
        for (uint32_t i = 0; i < HEAP_SLAB_DEMAND + 2; i++)
            block[i] = heap_alloc(&heap, bytes, HEAP_ALIGN);
        vaddr_t last = block[HEAP_SLAB_DEMAND + 1];
        assert_true(page_is_slab(&heap, last.value));
        assert_true(heap_usable_bytes(&heap, last) >= bytes);
        assert_int_equal(last.value - block[HEAP_SLAB_DEMAND].value,
                         heap_usable_bytes(&heap, last));
        assert_null(heap_check(&heap));
        for (uint32_t i = 0; i < HEAP_SLAB_DEMAND + 2; i++)
            heap_free(&heap, block[i]);
        assert_heap(&heap, "|32764");
    }
}

/* Larger sizes, and size 0, are served by blocks. */
MACHINE_TEST(other_sizes_are_blocks)
{
    static const uint32_t sizes[] = {0, HEAP_OBJECT_MAX + 1};

    for (uint32_t i = 0; i < 2; i++) {
        model_heap_start(&heap, 8);
        for (uint32_t k = 0; k < 40; k++)
            assert_false(page_is_slab(&heap, heap_alloc(&heap, sizes[i], HEAP_ALIGN).value));
        assert_null(heap_check(&heap));
    }
}

MACHINE_TEST(an_object_keeps_its_size)
{
    struct heap_plan plan;

    start(4);
    take_objects(0, 1);
    assert_int_equal(heap_usable_bytes(&heap, object[0]), OBJECT_BYTES);
    assert_true(heap_plan_resize(&heap, object[0], 1, &plan));
    assert_int_equal(plan.block.value, object[0].value);
    assert_true(vaddr_is_none(plan.gap) && vaddr_is_none(plan.rest));
    assert_true(heap_resize(&heap, object[0], 1));
    assert_true(heap_resize(&heap, object[0], OBJECT_BYTES));
    assert_false(heap_resize(&heap, object[0], OBJECT_BYTES + 1));
    assert_false(heap_resize(&heap, object[0], UINT32_MAX));
    assert_false(heap_plan_resize(&heap, object[0], OBJECT_BYTES + 1, &plan));
    assert_int_equal(heap_resize_shortfall(&heap, object[0], 100), HEAP_NOT_LAST);
    assert_null(heap_check(&heap));
}

/* ---- plans ---- */

static void assert_plan(uint32_t gap, uint32_t block, uint32_t rest)
{
    struct heap_plan plan;

    assert_true(heap_plan_alloc(&heap, 20, &plan));
    assert_int_equal(plan.gap.value, gap != 0 ? HEAP_START + gap : VADDR_NONE.value);
    assert_int_equal(plan.block.value, HEAP_START + block);
    assert_int_equal(plan.rest.value, rest != 0 ? HEAP_START + rest : VADDR_NONE.value);
}

MACHINE_TEST(plans_a_slab)
{
    vaddr_t block[2];

    start(4);
    assert_plan(388, 4096, 0);
    take_objects(0, 1);
    assert_plan(0, 4096 + FIRST + OBJECT_BYTES, 0);
    take_objects(1, OBJECTS);
    assert_plan(0, 8192, 0); /* behind the first slab, from the tail */
    start(4);
    MODEL_ALLOC(&heap, block, 12000, 64);
    heap_free(&heap, block[0]);
    assert_plan(388, 4096, 8188);
    start(5);
    take_objects(0, 2 * OBJECTS);
    for (uint32_t i = 0; i < OBJECTS; i++)
        alloc_small();
    free_objects(OBJECTS, 2 * OBJECTS);
    assert_heap(&heap, BLOCKS "F3704 S4096 F4096 S4096 |4100");
    assert_plan(0, 8192, 0); /* in the place of the freed slab */
}

/* ---- pointers ---- */

static void assert_fault(uint32_t pointer, const char *fact)
{
    const char *fault = heap_pointer_fault(&heap, vaddr(pointer));

    assert_non_null(fault);
    assert_string_equal(fault, fact);
}

MACHINE_TEST(believes_only_used_objects)
{
    static const char start_fact[] = "not the start of a block, or its header is smashed";

    start(4);
    take_objects(0, 2);
    model_fill(object[0], OBJECT_BYTES, 5);
    assert_null(heap_pointer_fault(&heap, object[0]));
    assert_fault(object[0].value + 8, start_fact);
    assert_fault(object[0].value + 16, start_fact);
    assert_fault(object[0].value + 4, "pointer is not into the heap's blocks");
    assert_fault(HEAP_START + PAGE_SIZE, start_fact);
    assert_fault(HEAP_START + 2 * PAGE_SIZE - 8, start_fact);
    assert_fault(object[1].value + OBJECT_BYTES, "block is free already");
    heap_free(&heap, object[1]);
    assert_fault(object[1].value, "block is free already");
    *word_at(HEAP_START + PAGE_SIZE) ^= 0x40000000u;
    assert_fault(object[0].value, "the head of the slab is smashed");
}

static void run_free(void *context)
{
    heap_free(&heap, *(const vaddr_t *)context);
}

MACHINE_TEST(panics_name_the_function_and_the_fact)
{
    start(4);
    take_objects(0, 2);
    vaddr_t inside = vaddr_add(object[0], 8);
    heap_free(&heap, object[1]);
    assert_panics(run_free, &object[1], "heap_free: block is free already: 0xc10010b0");
    assert_panics(run_free, &inside, "heap_free: not the start of a block");
    *word_at(HEAP_START + PAGE_SIZE) ^= 0x1000u;
    assert_panics(run_free, &object[0], "heap_free: the head of the slab is smashed");
}

/* The header of the block that the slab lies in is checked when the slab is freed. */
MACHINE_TEST(the_header_of_a_slabs_block_is_checked)
{
    start(4);
    take_objects(0, 1);
    *word_at(HEAP_START + PAGE_SIZE - HEAP_HEADER_BYTES) ^= 4;
    assert_panics(run_free, &object[0], "heap_free: not the start of a block");
}

/* ---- the checker ---- */

static struct heap_slab *slab_of(uint32_t i)
{
    return heap_slab_at(HEAP_START + (i + 1) * PAGE_SIZE);
}

/* There are three slabs: the first is full, the others have one free object each. */
static void heap_to_break(void)
{
    start(8);
    take_objects(0, 2 * OBJECTS);
    for (uint32_t i = 0; i < OBJECTS - 1; i++)
        alloc_small();
    heap_free(&heap, object[OBJECTS]);
    assert_null(heap_check(&heap));
}

static void break_block_size(void)
{
    uint32_t block = HEAP_START + 3 * PAGE_SIZE - HEAP_HEADER_BYTES;

    header_write(block, 4112, 0);
    heap.top += 16;
}

static void break_block_place(void)
{
    page_set_slab(&heap, HEAP_START);
}

static void break_mark(void)
{
    slab_of(0)->mark ^= 0x40000000u;
}

static void break_object_bytes(void)
{
    slab_of(0)->object_bytes = 32;
}

static void break_object_both(void)
{
    slab_of(0)->bits[heap_slab_word(FIRST)].free |= heap_slab_bit(FIRST);
}

static void break_object_neither(void)
{
    slab_of(0)->bits[heap_slab_word(FIRST)].used &= ~heap_slab_bit(FIRST);
}

static void break_object_extra(void)
{
    slab_of(0)->bits[0].used |= 1;
}

static void break_object_behind(void)
{
    slab_of(0)->bits[HEAP_SLAB_WORDS - 1].free |= 1u << 31;
}

static void break_words_free(void)
{
    slab_of(0)->words_free |= 1u << 5;
}

static void break_objects(void)
{
    slab_of(0)->objects--;
}

static void break_objects_used(void)
{
    slab_of(0)->objects_used--;
}

static void break_pages(void)
{
    page_set_slab(&heap, HEAP_START + 6 * PAGE_SIZE);
}

static void break_small_used(void)
{
    heap.small_used[3]++;
}

static void break_list_out(void)
{
    heap.slab[3] = HEAP_START + 6 * PAGE_SIZE;
}

static void break_list_beyond(void)
{
    heap.slab[3] = heap.end;
}

static void break_list_alignment(void)
{
    heap.slab[3] += 8;
}

/* The slab is on the list of kind 2. */
static void break_list_kind(void)
{
    heap.slab[2] = heap.slab[3];
}

static void break_unlisted_first(void)
{
    heap.slab[3] = 0;
}

static void break_list_kept_run(void)
{
    struct heap_slab *slab = slab_of(0);

    for (uint32_t word = 0; word < HEAP_SLAB_WORDS; word++) {
        slab->bits[word].free |= slab->bits[word].used;
        slab->bits[word].used = 0;
        slab->words_free |= (uint32_t)(slab->bits[word].free != 0) << word;
    }
    slab->objects_used = 0;
}

static void break_list_full(void)
{
    heap.slab[3] = HEAP_START + PAGE_SIZE;
}

static void break_link_back(void)
{
    slab_of(1)->prev = 0;
}

static void break_link(void)
{
    slab_of(1)->next = HEAP_START + 6 * PAGE_SIZE;
}

static void break_unlisted(void)
{
    slab_of(2)->next = slab_of(2)->prev = heap.slab[3] = HEAP_START + 3 * PAGE_SIZE;
}

MACHINE_TEST(checker_names_each_rule)
{
    static const struct {
        void (*break_it)(void);
        const char *rule;
    } rules[] = {
        {break_block_size, "heap: a slab's block does not have the size of a slab"},
        {break_block_place, "heap: a slab's block does not have the size of a slab"},
        {break_mark, "heap: a slab's mark is wrong"},
        {break_object_bytes, "heap: a slab's object size is wrong"},
        {break_object_both, "heap: an object is neither used nor free, or is both"},
        {break_object_neither, "heap: an object is neither used nor free, or is both"},
        {break_object_extra, "heap: a slab has no object at this address"},
        {break_object_behind, "heap: a slab has no object at this address"},
        {break_words_free, "heap: a slab's words_free disagrees with its free objects"},
        {break_objects, "heap: a slab's number of objects is not that which fits"},
        {break_objects_used, "heap: a slab's count of used objects is wrong"},
        {break_pages, "heap: a page that is not a slab is marked as one"},
        {break_small_used, "heap: used blocks of a small size are miscounted"},
        {break_list_out, "heap: a list of slabs leads to a page that is not a slab"},
        {break_list_beyond, "heap: a list of slabs leads to a page that is not a slab"},
        {break_list_alignment, "heap: a list of slabs leads to a page that is not a slab"},
        {break_list_kind, "heap: a slab is on the list of another kind"},
        {break_unlisted_first, "heap: a slab with a free object is on no list"},
        {break_list_kept_run, "heap: a slab has no used object"},
        {break_list_full, "heap: a full slab is on a list"},
        {break_link_back, "heap: a slab's link back is wrong"},
        {break_link, "heap: a list of slabs leads to a page that is not a slab"},
        {break_unlisted, "heap: a slab with a free object is on no list"},
    };

    for (uint32_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        heap_to_break();
        rules[i].break_it();
        const char *broken = heap_check(&heap);
        assert_non_null(broken);
        assert_string_equal(broken, rules[i].rule);
    }
}
