/* Tests a heap in several spans: what a fence covers, and how the heap leaves its spans. */
#include "mm/heap_skip.h"
#include "support/model_heap.h"
#include "support/on_machine.h"
#include "support/test.h"

#include "mm/heap_layout.h"

static struct heap heap;
static struct heap_skip skip;

#define HOME MODEL_HEAP_START

static void start(uint32_t pages)
{
    model_heap_start(&heap, pages);
    heap_skip_init(&skip, &heap);
}

static void assert_skip_sound(void)
{
    const char *broken = heap_skip_check(&heap, &skip);

    if (broken != NULL)
        fail_msg("%s", broken);
}

/* Skips to a span of two pages, `pages` pages above home. */
static void skip_to(uint32_t pages)
{
    heap_skip_over(&heap, &skip, vaddr(HOME + pages * PAGE_SIZE), 2 * PAGE_SIZE);
    assert_skip_sound();
}

static struct heap_span back(void)
{
    struct heap_span span;

    heap_skip_back(&heap, &skip, &span);
    assert_skip_sound();
    return span;
}

static void run_back(void *context)
{
    heap_skip_back(&heap, &skip, context);
}

/*
 *     |U100|tail 3992 |  4 pages  |        becomes        |U104|F3984|fence 4+4*4096+12| tail |
 */
MACHINE_TEST(the_tail_becomes_a_free_block)
{
    vaddr_t block[1];

    start(1);
    MODEL_ALLOC(&heap, block, 104);
    skip_to(5);
    assert_heap(&heap, "U104 F3984 U16400 |8180");
    assert_int_equal(heap_skip_span_bytes(&heap, &skip), 3 * PAGE_SIZE);
    assert_int_equal(skip.left_bytes, 4 * PAGE_SIZE);
    assert_int_equal(skip.fences, 1);
    vaddr_t small = heap_alloc(&heap, 3980, HEAP_ALIGN);
    assert_int_equal(small.value, block[0].value + 104);
    vaddr_t behind = heap_alloc(&heap, 100, HEAP_ALIGN);
    assert_int_equal(behind.value, HOME + 5 * PAGE_SIZE + 16);
    heap_free(&heap, behind);
    heap_free(&heap, small);
    assert_true(heap_skip_last_is_empty(&heap, &skip));
    struct heap_span span = back();
    assert_int_equal(span.start.value, HOME + 5 * PAGE_SIZE);
    assert_int_equal(span.end.value, HOME + 7 * PAGE_SIZE);
    assert_heap(&heap, "U104 |3988");
    assert_int_equal(skip.left_bytes, 0);
    heap_free(&heap, block[0]);
    assert_heap(&heap, "|4092");
}

/* With tails of 4, 12 and 20 bytes, the fence takes the bytes that are too few for a block. */
MACHINE_TEST(the_fence_takes_a_tail_too_short_for_a_block)
{
    static const struct {
        uint32_t block;
        const char *picture;
    } cases[] = {
        {4088, "U4088 U16400 |8180"},
        {4080, "U4080 U16408 |8180"},
        {4072, "U4072 F16 U16400 |8180"},
    };

    for (uint32_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        vaddr_t block[1];
        start(1);
        MODEL_ALLOC(&heap, block, cases[i].block);
        skip_to(5);
        assert_heap(&heap, cases[i].picture);
        back();
        assert_int_equal(heap.end, HOME + PAGE_SIZE);
        assert_null(heap_check(&heap));
        heap_free(&heap, block[0]);
        assert_heap(&heap, "|4092");
    }
}

MACHINE_TEST(spans_are_left_in_reverse)
{
    vaddr_t block[3];

    start(2);
    for (uint32_t i = 0; i < 3; i++) {
        block[i] = heap_alloc(&heap, 6000, HEAP_ALIGN);
        skip_to(10 * (i + 1));
        assert_int_equal(skip.fences, i + 1);
    }
    assert_int_equal(skip.left_bytes, (8 + 8 + 8) * PAGE_SIZE);
    assert_true(heap_skip_last_is_empty(&heap, &skip));
    heap_free(&heap, block[1]); /* its span stays, because it is not the last */
    back();
    assert_false(heap_skip_last_is_empty(&heap, &skip));
    heap_free(&heap, block[2]);
    assert_true(heap_skip_last_is_empty(&heap, &skip));
    back();
    assert_true(heap_skip_last_is_empty(&heap, &skip));
    back();
    assert_false(heap_skip_last_is_empty(&heap, &skip));
    heap_free(&heap, block[0]);
    assert_heap(&heap, "|8188");
}

MACHINE_TEST(an_empty_heap_may_start_in_another_place)
{
    start(0);
    heap_skip_start_at(&heap, &skip, vaddr(HOME + 3 * PAGE_SIZE));
    heap_extend(&heap, PAGE_SIZE);
    assert_skip_sound();
    assert_int_equal(skip.left_bytes, 3 * PAGE_SIZE);
    assert_int_equal(heap_skip_span_bytes(&heap, &skip), PAGE_SIZE);
    vaddr_t block = heap_alloc(&heap, 8, HEAP_ALIGN);
    assert_int_equal(block.value, HOME + 3 * PAGE_SIZE + 8);
    assert_false(heap_skip_last_is_empty(&heap, &skip));
}

/* A new span is just long enough for the block. */
MACHINE_TEST(a_span_is_as_long_as_needed)
{
    static const uint32_t bytes[] = {1, 4076, 4080, 4081, 8172, 8176, 8177, 100000};

    for (uint32_t i = 0; i < sizeof bytes / sizeof bytes[0]; i++) {
        uint32_t need = heap_skip_need(bytes[i]);
        start(1);
        heap_alloc(&heap, 4000, HEAP_ALIGN);
        heap_skip_over(&heap, &skip, vaddr(HOME + 2 * PAGE_SIZE), need);
        assert_int_equal(heap_shortfall(&heap, bytes[i], HEAP_ALIGN), 0);
        heap_shrink(&heap, need > PAGE_SIZE ? PAGE_SIZE : 0);
        assert_int_equal(heap_shortfall(&heap, bytes[i], HEAP_ALIGN),
                         need > PAGE_SIZE ? PAGE_SIZE : 0);
    }
}

MACHINE_TEST(knows_its_spans_and_its_fences)
{
    start(1);
    vaddr_t block = heap_alloc(&heap, 4084, HEAP_ALIGN);
    skip_to(10);
    vaddr_t second = heap_alloc(&heap, 2 * PAGE_SIZE - 16 - 4, HEAP_ALIGN);
    skip_to(20);
    vaddr_t third = heap_alloc(&heap, PAGE_SIZE - 8, HEAP_ALIGN); /* ends like a fence */
    assert_int_equal((third.value + heap_usable_bytes(&heap, third)) % PAGE_SIZE, 12);
    assert_false(heap_skip_is_fence(&heap, &skip, block));
    assert_false(heap_skip_is_fence(&heap, &skip, second));
    assert_false(heap_skip_is_fence(&heap, &skip, third));
    assert_true(heap_skip_is_fence(&heap, &skip, vaddr(HOME + PAGE_SIZE)));
    assert_true(heap_skip_is_fence(&heap, &skip, vaddr(HOME + 12 * PAGE_SIZE)));
    assert_false(heap_skip_is_fence(&heap, &skip, vaddr_add(second, 8)));
    assert_false(heap_skip_is_fence(&heap, &skip, vaddr(HOME - 8)));
    /* The end of a block may look like a fence's link that names the block. */
    window_write(third.value + heap_usable_bytes(&heap, third) - 12, third.value - 4);
    assert_false(heap_skip_is_fence(&heap, &skip, third));
    window_write(window_read(HOME + 20 * PAGE_SIZE), 0); /* the last fence's header */
    struct heap_span span;
    heap_free(&heap, third);
    assert_panics(run_back, &span, "heap_skip_back: ");
}

/* The three words at the start of a span are the fence, the span before, and the end of that. */
MACHINE_TEST(checker_names_each_rule)
{
    static const char *const wrong_link = "heap_skip: a span's head does not name a span before it";
    static const char *const cover = "heap_skip: no fence covers a hole";

    start(1);
    vaddr_t block = heap_alloc(&heap, 3000, HEAP_ALIGN);
    skip_to(10);
    uint32_t *lead = machine_pointer(vaddr(HOME + 10 * PAGE_SIZE));
    const struct {
        uint32_t word;
        uint32_t value;
        const char *rule;
    } cases[] = {
        {1, HOME + 4, wrong_link},
        {1, HOME - PAGE_SIZE, wrong_link},
        {2, HOME + PAGE_SIZE + 4, wrong_link},
        {2, HOME + 10 * PAGE_SIZE, wrong_link},
        {2, HOME, wrong_link},
        {0, HOME, cover},
        {0, HOME + PAGE_SIZE, cover},
        {0, lead[0] - 8, cover},
        {0, block.value - 4, cover},
    };
    for (uint32_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint32_t was = lead[cases[i].word];
        lead[cases[i].word] = cases[i].value;
        assert_string_equal(heap_skip_check(&heap, &skip), cases[i].rule);
        lead[cases[i].word] = was;
    }
    skip.left_bytes++;
    assert_string_equal(heap_skip_check(&heap, &skip),
                        "heap_skip: left_bytes disagrees with the holes");
    skip.left_bytes--;
    skip.fences = 0;
    assert_string_equal(heap_skip_check(&heap, &skip),
                        "heap_skip: the first span does not begin at the heap's start");
    skip.fences = 1;
    skip.home += PAGE_SIZE;
    assert_string_equal(heap_skip_check(&heap, &skip),
                        "heap_skip: the first span does not begin at the heap's start");
    skip.home -= PAGE_SIZE;
    assert_skip_sound();
}
