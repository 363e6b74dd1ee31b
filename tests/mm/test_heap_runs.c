/* Slots of the heap: when runs of them are made and given back, what their pointers must be, and
   the checker's rules for them. */
#include "mm/heap_runs.h"
#include "support/model_heap.h"
#include "support/on_machine.h"

#define HEAP_START MODEL_HEAP_START
#define SLOT_BYTES 24u
#define SLOTS      164u /* of 24 bytes in a run */
#define FIRST      152u /* where they begin in its page */
#define BLOCKS     "U24 U24 U24 U24 U24 U24 U24 U24 U24 U24 U24 U24 U24 U24 U24 U24 "

static struct heap heap;
static vaddr_t small[HEAP_RUN_DEMAND];
static vaddr_t slot[2 * SLOTS];

static vaddr_t alloc_small(void)
{
    vaddr_t block = heap_alloc(&heap, 20, HEAP_ALIGN);

    assert_false(vaddr_is_none(block));
    return block;
}

/* As many used blocks as make a run worth while. */
static void start(uint32_t pages)
{
    model_heap_start(&heap, pages);
    for (uint32_t i = 0; i < HEAP_RUN_DEMAND; i++)
        small[i] = alloc_small();
}

static void take_slots(uint32_t first, uint32_t end)
{
    for (uint32_t i = first; i < end; i++)
        slot[i] = alloc_small();
}

static void free_slots(uint32_t first, uint32_t end)
{
    for (uint32_t i = first; i < end; i++)
        heap_free(&heap, slot[i]);
}

MACHINE_TEST(many_of_a_size_make_a_run)
{
    start(4);
    assert_heap(&heap, BLOCKS "|15996");
    take_slots(0, 2);
    assert_heap(&heap, BLOCKS "F3704 R4096 |8196");
    assert_int_equal(slot[0].value, HEAP_START + PAGE_SIZE + FIRST);
    assert_int_equal(slot[1].value, slot[0].value + SLOT_BYTES);
    assert_int_equal(heap.free_bytes, 3704 + 8196 + (SLOTS - 2) * SLOT_BYTES);
    heap_free(&heap, slot[0]);
    assert_int_equal(alloc_small().value, slot[0].value);
    free_slots(0, 2); /* the last one's run goes at once */
    assert_heap(&heap, BLOCKS "|15996");
    assert_int_equal(heap.free_bytes, 15996);
}

MACHINE_TEST(runs_follow_one_another)
{
    start(4);
    take_slots(0, 2 * SLOTS);
    assert_heap(&heap, BLOCKS "F3704 R4096 R4096 |4100");
    assert_int_equal(slot[SLOTS].value, HEAP_START + 2 * PAGE_SIZE + FIRST);
    free_slots(0, SLOTS);
    assert_heap(&heap, BLOCKS "F7800 R4096 |4100");
    free_slots(SLOTS, 2 * SLOTS);
    assert_heap(&heap, BLOCKS "|15996");
}

/* A run that was full comes behind those that have free slots. */
MACHINE_TEST(a_run_is_used_until_it_is_full)
{
    start(5);
    take_slots(0, SLOTS + 1);
    heap_free(&heap, slot[3]);
    assert_int_equal(alloc_small().value, slot[SLOTS].value + SLOT_BYTES);
    for (uint32_t i = 0; i < SLOTS - 2; i++)
        alloc_small();
    assert_int_equal(alloc_small().value, slot[3].value);
    assert_null(heap_check(&heap));
    take_slots(SLOTS, SLOTS + 1); /* a third */
    heap_free(&heap, slot[5]);
    heap_free(&heap, vaddr(HEAP_START + 2 * PAGE_SIZE + FIRST));
    assert_null(heap_check(&heap)); /* three are linked */
    heap_free(&heap, slot[SLOTS]);
    assert_null(heap_check(&heap)); /* and the first of them is gone */
}

/* A run that is not the first of its list goes. */
MACHINE_TEST(gives_back_a_run_from_within_the_list)
{
    start(5);
    take_slots(0, 2 * SLOTS);
    vaddr_t third = alloc_small();
    free_slots(0, 1);
    free_slots(SLOTS, SLOTS + 1);
    assert_int_equal(heap.run[3], third.value & ~PAGE_OFFSET_MASK);
    free_slots(1, SLOTS);
    assert_heap(&heap, BLOCKS "F7800 R4096 R4096 |4100");
    free_slots(SLOTS + 1, 2 * SLOTS);
    assert_heap(&heap, BLOCKS "F11896 R4096 |4100");
}

MACHINE_TEST(blocks_where_a_run_has_no_room)
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

MACHINE_TEST(each_size_has_slots)
{
    vaddr_t block[HEAP_RUN_DEMAND + 2];

    for (uint32_t bytes = 1; bytes <= HEAP_SLOT_MAX; bytes++) {
        model_heap_start(&heap, 8);
        for (uint32_t i = 0; i < HEAP_RUN_DEMAND + 2; i++)
            block[i] = heap_alloc(&heap, bytes, HEAP_ALIGN);
        vaddr_t last = block[HEAP_RUN_DEMAND + 1];
        assert_true(page_is_run(&heap, last.value));
        assert_true(heap_usable_bytes(&heap, last) >= bytes);
        assert_int_equal(last.value - block[HEAP_RUN_DEMAND].value, heap_usable_bytes(&heap, last));
        assert_null(heap_check(&heap));
        for (uint32_t i = 0; i < HEAP_RUN_DEMAND + 2; i++)
            heap_free(&heap, block[i]);
        assert_heap(&heap, "|32764");
    }
}

/* More is a block, and so are no bytes at all. */
MACHINE_TEST(other_sizes_have_none)
{
    static const uint32_t sizes[] = {0, HEAP_SLOT_MAX + 1};

    for (uint32_t i = 0; i < 2; i++) {
        model_heap_start(&heap, 8);
        for (uint32_t k = 0; k < 40; k++)
            assert_false(page_is_run(&heap, heap_alloc(&heap, sizes[i], HEAP_ALIGN).value));
        assert_null(heap_check(&heap));
    }
}

MACHINE_TEST(a_slot_keeps_its_size)
{
    struct heap_plan plan;

    start(4);
    take_slots(0, 1);
    assert_int_equal(heap_usable_bytes(&heap, slot[0]), SLOT_BYTES);
    assert_true(heap_plan_resize(&heap, slot[0], 1, &plan));
    assert_int_equal(plan.block.value, slot[0].value);
    assert_true(vaddr_is_none(plan.gap) && vaddr_is_none(plan.rest));
    assert_true(heap_resize(&heap, slot[0], 1));
    assert_true(heap_resize(&heap, slot[0], SLOT_BYTES));
    assert_false(heap_resize(&heap, slot[0], SLOT_BYTES + 1));
    assert_false(heap_resize(&heap, slot[0], UINT32_MAX));
    assert_false(heap_plan_resize(&heap, slot[0], SLOT_BYTES + 1, &plan));
    assert_int_equal(heap_resize_shortfall(&heap, slot[0], 100), HEAP_NOT_LAST);
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

MACHINE_TEST(plans_a_run)
{
    vaddr_t block[2];

    start(4);
    assert_plan(388, 4096, 0);
    take_slots(0, 1);
    assert_plan(0, 4096 + FIRST + SLOT_BYTES, 0);
    take_slots(1, SLOTS);
    assert_plan(0, 8192, 0); /* behind the first, from the tail */
    start(4);
    MODEL_ALLOC(&heap, block, 12000, 64);
    heap_free(&heap, block[0]);
    assert_plan(388, 4096, 8188);
    start(5);
    take_slots(0, 2 * SLOTS);
    for (uint32_t i = 0; i < SLOTS; i++)
        alloc_small();
    free_slots(SLOTS, 2 * SLOTS);
    assert_heap(&heap, BLOCKS "F3704 R4096 F4096 R4096 |4100");
    assert_plan(0, 8192, 0); /* where one was */
}

/* ---- pointers ---- */

static void assert_fault(uint32_t pointer, const char *fact)
{
    const char *fault = heap_pointer_fault(&heap, vaddr(pointer));

    assert_non_null(fault);
    assert_string_equal(fault, fact);
}

MACHINE_TEST(believes_only_used_slots)
{
    static const char start_fact[] = "not the start of a block, or its header is smashed";

    start(4);
    take_slots(0, 2);
    model_fill(slot[0], SLOT_BYTES, 5);
    assert_null(heap_pointer_fault(&heap, slot[0]));
    assert_fault(slot[0].value + 8, start_fact);
    assert_fault(slot[0].value + 16, start_fact);
    assert_fault(slot[0].value + 4, "pointer is not into the heap's blocks");
    assert_fault(HEAP_START + PAGE_SIZE, start_fact);
    assert_fault(HEAP_START + 2 * PAGE_SIZE - 8, start_fact);
    assert_fault(slot[1].value + SLOT_BYTES, "block is free already");
    heap_free(&heap, slot[1]);
    assert_fault(slot[1].value, "block is free already");
    *word_at(HEAP_START + PAGE_SIZE) ^= 0x40000000u;
    assert_fault(slot[0].value, "the head of the run is smashed");
}

static void run_free(void *context)
{
    heap_free(&heap, *(const vaddr_t *)context);
}

MACHINE_TEST(panics_name_the_function_and_the_fact)
{
    start(4);
    take_slots(0, 2);
    vaddr_t inside = vaddr_add(slot[0], 8);
    heap_free(&heap, slot[1]);
    assert_panics(run_free, &slot[1], "heap_free: block is free already: 0xc10010b0");
    assert_panics(run_free, &inside, "heap_free: not the start of a block");
    *word_at(HEAP_START + PAGE_SIZE) ^= 0x1000u;
    assert_panics(run_free, &slot[0], "heap_free: the head of the run is smashed");
}

/* What is wrong with the block that a run is shows when the run goes. */
MACHINE_TEST(a_runs_own_header_is_checked)
{
    start(4);
    take_slots(0, 1);
    *word_at(HEAP_START + PAGE_SIZE - HEAP_HEADER_BYTES) ^= 4;
    assert_panics(run_free, &slot[0], "heap_free: not the start of a block");
}

/* ---- the checker ---- */

static struct heap_run *run_of(uint32_t i)
{
    return run_at(HEAP_START + (i + 1) * PAGE_SIZE);
}

/* Three runs: the first is full, the others have a free slot each. */
static void heap_to_break(void)
{
    start(8);
    take_slots(0, 2 * SLOTS);
    for (uint32_t i = 0; i < SLOTS - 1; i++)
        alloc_small();
    heap_free(&heap, slot[SLOTS]);
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
    page_set_run(&heap, HEAP_START);
}

static void break_mark(void)
{
    run_of(0)->mark ^= 0x40000000u;
}

static void break_slot_bytes(void)
{
    run_of(0)->slot_bytes = 32;
}

static void break_slot_both(void)
{
    run_of(0)->bits[run_word(FIRST)].free |= run_bit(FIRST);
}

static void break_slot_neither(void)
{
    run_of(0)->bits[run_word(FIRST)].used &= ~run_bit(FIRST);
}

static void break_slot_extra(void)
{
    run_of(0)->bits[0].used |= 1;
}

static void break_slot_behind(void)
{
    run_of(0)->bits[RUN_WORDS - 1].free |= 1u << 31;
}

static void break_words_free(void)
{
    run_of(0)->words_free |= 1u << 5;
}

static void break_slots(void)
{
    run_of(0)->slots--;
}

static void break_slots_used(void)
{
    run_of(0)->slots_used--;
}

static void break_pages(void)
{
    page_set_run(&heap, HEAP_START + 6 * PAGE_SIZE);
}

static void break_small_used(void)
{
    heap.small_used[3]++;
}

static void break_list_out(void)
{
    heap.run[3] = HEAP_START + 6 * PAGE_SIZE;
}

static void break_list_beyond(void)
{
    heap.run[3] = heap.end;
}

static void break_list_alignment(void)
{
    heap.run[3] += 8;
}

/* On the list of kind 2, which comes first. */
static void break_list_kind(void)
{
    heap.run[2] = heap.run[3];
}

static void break_unlisted_first(void)
{
    heap.run[3] = 0;
}

static void break_list_kept_run(void)
{
    struct heap_run *run = run_of(0);

    for (uint32_t word = 0; word < RUN_WORDS; word++) {
        run->bits[word].free |= run->bits[word].used;
        run->bits[word].used = 0;
        run->words_free |= (uint32_t)(run->bits[word].free != 0) << word;
    }
    run->slots_used = 0;
}

static void break_list_full(void)
{
    heap.run[3] = HEAP_START + PAGE_SIZE;
}

static void break_link_back(void)
{
    run_of(1)->prev = 0;
}

static void break_link(void)
{
    run_of(1)->next = HEAP_START + 6 * PAGE_SIZE;
}

static void break_unlisted(void)
{
    run_of(2)->next = run_of(2)->prev = heap.run[3] = HEAP_START + 3 * PAGE_SIZE;
}

MACHINE_TEST(checker_names_each_rule)
{
    static const struct {
        void (*break_it)(void);
        const char *rule;
    } rules[] = {
        {break_block_size, "heap: a run's block is not its page's"},
        {break_block_place, "heap: a run's block is not its page's"},
        {break_mark, "heap: a run's mark is wrong"},
        {break_slot_bytes, "heap: a run is wrong about the size of its slots"},
        {break_slot_both, "heap: a slot is neither used nor free, or both"},
        {break_slot_neither, "heap: a slot is neither used nor free, or both"},
        {break_slot_extra, "heap: a run has a slot where none is"},
        {break_slot_behind, "heap: a run has a slot where none is"},
        {break_words_free, "heap: a run is wrong about where its free slots are"},
        {break_slots, "heap: a run has not as many slots as fit"},
        {break_slots_used, "heap: a run has miscounted its used slots"},
        {break_pages, "heap: a page is marked as a run's and is none"},
        {break_small_used, "heap: used blocks of a small size are miscounted"},
        {break_list_out, "heap: a list of runs leads to what is none"},
        {break_list_beyond, "heap: a list of runs leads to what is none"},
        {break_list_alignment, "heap: a list of runs leads to what is none"},
        {break_list_kind, "heap: a run is on the list of another kind"},
        {break_unlisted_first, "heap: a run with a free slot is on no list"},
        {break_list_kept_run, "heap: a run without a used slot was kept"},
        {break_list_full, "heap: a full run is on a list"},
        {break_link_back, "heap: a run's link back is wrong"},
        {break_link, "heap: a list of runs leads to what is none"},
        {break_unlisted, "heap: a run with a free slot is on no list"},
    };

    for (uint32_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        heap_to_break();
        rules[i].break_it();
        const char *broken = heap_check(&heap);
        assert_non_null(broken);
        assert_string_equal(broken, rules[i].rule);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_of_a_size_make_a_run),
        cmocka_unit_test(runs_follow_one_another),
        cmocka_unit_test(a_run_is_used_until_it_is_full),
        cmocka_unit_test(gives_back_a_run_from_within_the_list),
        cmocka_unit_test(blocks_where_a_run_has_no_room),
        cmocka_unit_test(each_size_has_slots),
        cmocka_unit_test(other_sizes_have_none),
        cmocka_unit_test(a_slot_keeps_its_size),
        cmocka_unit_test(plans_a_run),
        cmocka_unit_test(believes_only_used_slots),
        cmocka_unit_test(panics_name_the_function_and_the_fact),
        cmocka_unit_test(a_runs_own_header_is_checked),
        cmocka_unit_test(checker_names_each_rule),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
