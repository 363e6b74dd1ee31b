/* What every strategy owes its callers: each test runs for each strategy of the table. */
#include "support/model_heap.h"
#include "support/model_mm.h"

#include <mm/pgtable.h>

#include <string.h>

static struct mm mm;

static void strategies_are_found_by_name(void **state)
{
    (void)state;
    for (const struct strategy *const *strategy = mm_strategies; *strategy != NULL; strategy++) {
        assert_ptr_equal(mm_strategy_find((*strategy)->name), *strategy);
        assert_non_null((*strategy)->source);
        assert_non_null((*strategy)->frames);
        assert_non_null((*strategy)->heap);
    }
    assert_null(mm_strategy_find("windo"));
    assert_null(mm_strategy_find("windowx"));
    assert_null(mm_strategy_find(""));
}

/* ---- start ---- */

MM_TEST(starts_and_ends)
{
    paddr_t boot = machine_read_cr3();

    assert_null(mm_active());
    assert_false(mm_page_fault(vaddr(WINDOW_BASE), 0));
    model_start(&mm, strategy, 64 * MIB);
    assert_ptr_equal(mm_active(), &mm);
    assert_int_equal(machine_read_cr3().value, mm.directory.value);
    assert_null(pgtable_check_kernel(paddr_to_pfn(mm.directory), mm.user_end));
    assert_int_equal(mm.frames_total, 60 * MIB / PAGE_SIZE);
    assert_int_equal(mm.counters.frames_used, mm.metadata_frames);
    assert_int_equal(mm.counters.heap_span_bytes, 0);
    assert_int_equal(
        mm_free_bytes(&mm) / PAGE_SIZE,
        mm.frames_total - mm.metadata_frames -
            (strategy_is(strategy, "primary") ? 1 : 0)); /* 2 * 4 bytes before blocks */
    struct model_state state = model_state(&mm);
    assert_int_equal(state.free_blocks.frames, mm.frames_total - mm.metadata_frames);
    mm_exit(&mm);
    assert_int_equal(machine_read_cr3().value, boot.value);
    assert_null(mm_active());
    assert_false(machine_touch(vaddr(WINDOW_BASE), false));
}

/* Memory holds junk when a machine starts, and what another memory manager left there. */
MM_TEST(starts_on_junk)
{
    memset((char *)machine_current->mmu.memory + 4 * MIB, 0xa5, 12 * MIB);
    model_start(&mm, strategy, 16 * MIB);
    assert_int_equal(mm.counters.heap_span_bytes, 0);
    vaddr_t block = kmalloc(&mm, 100, PAGES_LOW);
    pfn_t page = pages_alloc(&mm, 0, PAGES_LOW);
    assert_sound(&mm);
    pages_free(&mm, page, 0);
    kfree(&mm, block);
    assert_frames_conserved(&mm);
    model_stop(&mm);
}

/* A page fault that is nobody's. */
MM_TEST(refuses_faults_outside_the_heap)
{
    model_start(&mm, strategy, 64 * MIB);
    mm.failure = (struct mm_failure){.blocker = pfn(1)};
    assert_false(machine_touch(vaddr(0), false));
    assert_int_equal(mm.failure.cause, MM_BAD_ACCESS);
    assert_true(pfn_is_none(mm.failure.blocker));
    assert_false(machine_touch(vaddr(WINDOW_BASE), true));
    assert_false(machine_touch(vaddr(WINDOW_BASE + WINDOW_SIZE - 1), true));
    assert_false(machine_touch(vaddr(0xfe000000), true));
    model_stop(&mm);
}

/* Maps of 0, 1, 2 ... frames, of DMA or of LOW: too few for one piece of metadata after another. */
static void start_on_frames(const struct strategy *strategy, uint32_t first, uint32_t frames,
                            bool *started)
{
    const struct memmap map = {frames != 0, {{pfn(first), pfn(first + frames)}}};
    paddr_t boot = machine_read_cr3();

    if (!mm_init(&mm, strategy, &map)) {
        assert_int_equal(machine_read_cr3().value, boot.value);
        assert_null(mm_active());
        assert_false(*started);
        return;
    }
    *started = true;
    assert_true(mm.metadata_frames < frames);
    vaddr_t block = kmalloc(&mm, 1, PAGES_LOW);
    pfn_t page = pages_alloc(&mm, 0, PAGES_LOW);
    if (!pfn_is_none(page))
        pages_free(&mm, page, 0);
    kfree(&mm, block);
    assert_frames_conserved(&mm);
    model_stop(&mm);
}

MM_TEST(needs_room_for_metadata)
{
    const uint32_t first[] = {RESERVED_END_PFN, DMA_END_PFN,
                              strategy_low_end(strategy).value - 200};

    for (uint32_t i = 0; i < sizeof first / sizeof first[0]; i++) {
        bool started = false;
        for (uint32_t frames = 0; frames < 200; frames++)
            start_on_frames(strategy, first[i], frames, &started);
        assert_true(started);
    }
}

/* Metadata never comes from HIGH. */
MM_TEST(needs_low_memory)
{
    const struct memmap map = {1, {{pfn(LOW_END_PFN), pfn(FRAMES_MAX)}}};

    assert_false(mm_init(&mm, strategy, &map));
    assert_null(mm_active());
}

/* Metadata in one run, and none left for the rest in it. */
MM_TEST(carves_metadata_from_several_runs)
{
    const struct memmap map = {3,
                               {{pfn(0x400), pfn(0x400 + 19)},
                                {pfn(0x500), pfn(0x500 + 64)},
                                {pfn(0x1000), pfn(0x1000 + 19)}}};

    assert_true(mm_init(&mm, strategy, &map));
    assert_int_equal(mm.directory.value, 0x1001 << PAGE_SHIFT);
    assert_frames_conserved(&mm);
    model_stop(&mm);
}

/* The last frame below 4 GiB is RAM. */
MM_TEST(uses_all_of_4_gib)
{
    model_start(&mm, strategy, 1ull << 32);
    pfn_t last = pages_alloc(&mm, 0, PAGES_USER);
    assert_true(last.value >= strategy_low_end(strategy).value);
    pages_free(&mm, last, 0);
    assert_int_equal(mm.counters.frames_used, mm.metadata_frames);
    model_stop(&mm);
}

/* ---- blocks ---- */

MM_TEST(gives_blocks_that_hold_their_content)
{
    vaddr_t block[200];

    model_start(&mm, strategy, 64 * MIB);
    for (uint32_t i = 0; i < 200; i++) {
        block[i] = kmalloc(&mm, 1 + i * i, PAGES_LOW);
        assert_false(vaddr_is_none(block[i]));
        assert_int_equal(block[i].value % 8, 0);
        assert_true(ksize(&mm, block[i]) >= 1 + i * i);
        model_fill(block[i], ksize(&mm, block[i]), i);
    }
    for (uint32_t i = 0; i < 200; i++) {
        assert_true(model_holds(block[i], ksize(&mm, block[i]), i));
        kfree(&mm, block[i]);
    }
    assert_frames_conserved(&mm);
    model_stop(&mm);
}

MM_TEST(resizes_by_moving)
{
    model_start(&mm, strategy, 64 * MIB);
    vaddr_t block = krealloc(&mm, VADDR_NONE, 100);
    assert_false(vaddr_is_none(block));
    model_fill(block, 100, 1);
    for (uint32_t bytes = 200; bytes < 4 * MIB; bytes *= 2) {
        vaddr_t in_the_way = kmalloc(&mm, 1, PAGES_LOW);
        block = krealloc(&mm, block, bytes);
        assert_false(vaddr_is_none(block));
        assert_true(ksize(&mm, block) >= bytes);
        assert_true(model_holds(block, bytes / 2, 1));
        model_fill(block, bytes, 1);
        kfree(&mm, in_the_way);
        assert_sound(&mm);
    }
    for (uint32_t bytes = 2 * MIB; bytes > 8; bytes /= 3) {
        block = krealloc(&mm, block, bytes);
        assert_true(model_holds(block, bytes, 1));
        assert_sound(&mm);
    }
    kfree(&mm, block);
    assert_frames_conserved(&mm);
    model_stop(&mm);
}

/* A block that shrinks gives back: what the heap keeps at its end is less than 64 KiB. */
MM_TEST(a_block_that_shrinks_gives_frames_back)
{
    model_start(&mm, strategy, 64 * MIB);
    vaddr_t block = kmalloc(&mm, 2 * MIB, PAGES_LOW);
    model_fill(block, 2 * MIB, 1);
    assert_true(mm.counters.heap_span_bytes >= 2 * MIB);
    block = krealloc(&mm, block, 16);
    assert_true(model_holds(block, 16, 1));
    assert_true(mm.counters.heap_span_bytes <= 2 * PAGE_SIZE);
    assert_true(mm.counters.frames_used <= mm.metadata_frames + 2);
    kfree(&mm, block);
    assert_frames_conserved(&mm);
    model_stop(&mm);
}

MM_TEST(none_is_ignored)
{
    model_start(&mm, strategy, 64 * MIB);
    struct model_state before = model_state(&mm);
    kfree(&mm, VADDR_NONE);
    vfree(&mm, VADDR_NONE);
    assert_same_state(&mm, &before);
    model_stop(&mm);
}

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

/* What is said of a pointer into a block, of one from elsewhere, of a block that is free. */
struct kfree_panics {
    const char *into;
    const char *elsewhere;
    const char *twice;
};

/* A strategy of one's own says it in its own words. */
static struct kfree_panics kfree_panics(void)
{
    if (model_has_slabs(mm.strategy))
        return (struct kfree_panics){"slab_kfree: pointer is not to the start of an object",
                                     "slab_kfree: pointer is not into kmalloc's memory",
                                     "slab_kfree: object is free already"};
    if (model_heap_of(&mm, 0) == NULL)
        return (struct kfree_panics){"panic: ", "panic: ", "panic: "};
    return (struct kfree_panics){"heap_free: pointer is not into", "heap_free: pointer is not into",
                                 "heap_free: block is free already"};
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
    assert_panics(run_kfree, &(vaddr_t){DIRECT_MAP_BASE}, panics.elsewhere);
    kfree(&mm, behind);
    assert_panics(run_kfree, &behind, panics.twice);
    assert_panics(run_kmalloc_user, NULL, "kmalloc: class != PAGES_USER");
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
    assert_panics(run_free_page, &page, "panic: ");
    pages_free(&mm, kept, 0);
    assert_frames_conserved(&mm);
    model_stop(&mm);
}

/* ---- pages ---- */

static bool serves(const struct strategy *strategy, uint32_t order)
{
    return order == 0 || !strategy_is(strategy, "window");
}

MM_TEST(gives_pages_of_each_order_aligned)
{
    pfn_t first[ORDER_COUNT];

    model_start(&mm, strategy, 64 * MIB);
    for (uint32_t order = 0; order <= ORDER_MAX; order++) {
        first[order] = pages_alloc(&mm, order, PAGES_LOW);
        assert_int_equal(pfn_is_none(first[order]), !serves(strategy, order));
        if (!pfn_is_none(first[order])) {
            assert_int_equal(first[order].value % (1u << order), 0);
            model_fill(direct_map_frame(first[order]), PAGE_SIZE << order, order);
        } else {
            assert_int_equal(mm.failure.cause, MM_UNSUPPORTED);
        }
    }
    assert_sound(&mm);
    for (uint32_t order = 0; order <= ORDER_MAX; order++)
        if (!pfn_is_none(first[order])) {
            assert_true(model_holds(direct_map_frame(first[order]), PAGE_SIZE << order, order));
            pages_free(&mm, first[order], order);
        }
    assert_frames_conserved(&mm);
    model_stop(&mm);
}

/* All zones, until each is empty: where pages come from, and what the refusal says. */
MM_TEST(keeps_to_the_zones_of_a_class)
{
    const struct memmap map = {3,
                               {{pfn(0xf00), pfn(0x1000)},
                                {pfn(0x1000), pfn(0x1200)},
                                {pfn(LOW_END_PFN), pfn(LOW_END_PFN + 0x40)}}};
    static pfn_t taken[0x400];
    /* `primary` has bytes enough left between the pages, and no page among them. */
    enum mm_cause empty = strategy_is(strategy, "primary") ? MM_NO_RUN : MM_ZONE;
    uint32_t count = 0;

    assert_true(mm_init(&mm, strategy, &map));
    for (uint32_t i = 0; i < 0x40; i++, count++) { /* HIGH first */
        taken[count] = pages_alloc(&mm, 0, PAGES_USER);
        assert_int_equal(zone_of(taken[count]), ZONE_HIGH);
    }
    for (; !pfn_is_none(taken[count] = pages_alloc(&mm, 0, PAGES_DMA)); count++)
        assert_int_equal(zone_of(taken[count]), ZONE_DMA);
    assert_int_equal(mm.failure.cause, empty);
    for (uint32_t i = 0; i < 8; i++) /* of DMA more than a reserve */
        pages_free(&mm, taken[--count], 0);
    enum zone zone = ZONE_LOW;
    for (; !pfn_is_none(taken[count] = pages_alloc(&mm, 0, PAGES_LOW)); count++) {
        assert_true(zone_of(taken[count]) <= zone); /* LOW, and then DMA */
        zone = zone_of(taken[count]);
    }
    assert_int_equal(zone, ZONE_DMA);
    assert_true(pfn_is_none(pages_alloc(&mm, 0, PAGES_USER)));
    pages_free(&mm, taken[0], 0); /* one of HIGH */
    assert_true(pfn_is_none(pages_alloc(&mm, 0, PAGES_LOW)));
    assert_int_equal(mm.failure.cause, empty);
    taken[0] = pages_alloc(&mm, 0, PAGES_USER);
    assert_int_equal(zone_of(taken[0]), ZONE_HIGH);
    while (count-- > 0)
        pages_free(&mm, taken[count], 0);
    assert_frames_conserved(&mm);
    model_stop(&mm);
}

MM_TEST(gives_memory_for_devices_below_16_mib)
{
    model_start(&mm, strategy, 64 * MIB);
    vaddr_t block = kmalloc(&mm, 5000, PAGES_DMA);
    if (vaddr_is_none(block)) {
        assert_int_equal(mm.failure.cause, MM_UNSUPPORTED);
        assert_true(strategy_is(strategy, "window"));
    } else {
        assert_true(model_physical(&mm, block) + 5000 <= 16 * MIB);
        block = krealloc(&mm, block, 50000); /* and there it stays */
        assert_true(model_physical(&mm, block) + 50000 <= 16 * MIB);
        vaddr_t behind = kmalloc(&mm, 1, PAGES_DMA);
        block = krealloc(&mm, block, 90000);
        assert_true(model_physical(&mm, block) + 90000 <= 16 * MIB);
        kfree(&mm, block);
        kfree(&mm, behind);
    }
    assert_frames_conserved(&mm);
    model_stop(&mm);
}

/* ---- virtually contiguous memory ---- */

MM_TEST(gives_virtually_contiguous_memory)
{
    model_start(&mm, strategy, 64 * MIB);
    vaddr_t small = vmalloc(&mm, 1);
    vaddr_t large = vmalloc(&mm, 9 * MIB + 1);
    assert_false(vaddr_is_none(small));
    assert_false(vaddr_is_none(large));
    assert_true(large.value >= WINDOW_BASE && large.value < WINDOW_BASE + WINDOW_SIZE);
    model_fill(large, 9 * MIB + 1, 3);
    assert_true(model_holds(large, 9 * MIB + 1, 3));
    vfree(&mm, small);
    vfree(&mm, large);
    assert_frames_conserved(&mm);
    model_stop(&mm);
}

MM_TEST(refuses_more_than_the_window)
{
    model_start(&mm, strategy, 200 * MIB);
    struct model_state before = model_state(&mm);
    static const uint32_t bytes[] = {WINDOW_SIZE, WINDOW_SIZE + 1, UINT32_MAX};
    for (uint32_t i = 0; i < 3; i++) {
        assert_true(vaddr_is_none(vmalloc(&mm, bytes[i])));
        assert_int_equal(mm.failure.cause, MM_NO_ADDRESS_SPACE);
        assert_same_state(&mm, &before);
    }
    model_stop(&mm);
}

/* More than any heap's address space: the same answer of all that have no limit below it, and the
   block keeps what it has. */
MM_TEST(refuses_more_than_the_address_space)
{
    static const uint32_t bytes[] = {DIRECT_MAP_SIZE + 1, 0x80000000u, UINT32_MAX - 4, UINT32_MAX};

    model_start(&mm, strategy, 64 * MIB);
    vaddr_t block = kmalloc(&mm, 100, PAGES_LOW);
    model_fill(block, 100, 1);
    struct model_state before = model_state(&mm);
    for (uint32_t i = 0; i < 4; i++) {
        assert_true(vaddr_is_none(kmalloc(&mm, bytes[i], PAGES_LOW)));
        assert_beyond_any_ram(mm.failure.cause);
        assert_true(vaddr_is_none(krealloc(&mm, block, bytes[i])));
        assert_beyond_any_ram(mm.failure.cause);
        assert_same_state(&mm, &before);
    }
    assert_true(model_holds(block, 100, 1));
    kfree(&mm, block);
    assert_frames_conserved(&mm);
    model_stop(&mm);
}

/* ---- the checker ---- */

/* The strategy whose code does the checking. */
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

    mm.map.run[0].start = pfn(0);
    assert_string_equal(mm_check(&mm), "memmap: a run starts below the end of the one before");
    mm.map.run[0].start = pfn(0x400);

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strategies_are_found_by_name),
        cmocka_unit_test(starts_and_ends),
        cmocka_unit_test(starts_on_junk),
        cmocka_unit_test(refuses_faults_outside_the_heap),
        cmocka_unit_test(needs_room_for_metadata),
        cmocka_unit_test(needs_low_memory),
        cmocka_unit_test(carves_metadata_from_several_runs),
        cmocka_unit_test(uses_all_of_4_gib),
        cmocka_unit_test(gives_blocks_that_hold_their_content),
        cmocka_unit_test(resizes_by_moving),
        cmocka_unit_test(a_block_that_shrinks_gives_frames_back),
        cmocka_unit_test(none_is_ignored),
        cmocka_unit_test(panics_on_a_callers_bug),
        cmocka_unit_test(panics_when_a_page_is_freed_twice),
        cmocka_unit_test(gives_pages_of_each_order_aligned),
        cmocka_unit_test(keeps_to_the_zones_of_a_class),
        cmocka_unit_test(gives_memory_for_devices_below_16_mib),
        cmocka_unit_test(gives_virtually_contiguous_memory),
        cmocka_unit_test(refuses_more_than_the_window),
        cmocka_unit_test(refuses_more_than_the_address_space),
        cmocka_unit_test(checker_names_each_shared_rule),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
