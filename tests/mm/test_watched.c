/*
 * Tests what a memory debugger is told (machine.h) under each strategy: the kernel may access the
 * bytes of its blocks, but neither those behind them nor those that it freed. The test keeps the
 * account, so no debugger is needed.
 */
#include "support/holder.h"
#include "support/model_mm.h"
#include "support/test.h"

#include <mm/slab.h>

#define RAM_BYTES (32u * MIB)

static struct mm mm;

static bool open_at(vaddr_t va, uint32_t offset)
{
    return watch_is_open(vaddr_add(va, offset));
}

static void assert_block(vaddr_t block, uint32_t bytes)
{
    assert_false(vaddr_is_none(block));
    for (uint32_t offset = 0; offset < bytes; offset++)
        assert_true(open_at(block, offset));
    assert_false(open_at(block, bytes));
}

static void watched_machine(void)
{
    const struct machine_options options = {.watch = MACHINE_WATCH_ALONE};

    machine_destroy(machine_current);
    assert_non_null(machine_create(&options));
}

static void start(const struct strategy *strategy, uint64_t ram_bytes)
{
    watched_machine();
    model_start(&mm, strategy, ram_bytes);
}

/* Stops. Fails the test if memory is still closed or a call is still under way. */
static void stop(void)
{
    model_stop(&mm);
    assert_int_equal(watch_depth(), 0);
    assert_true(watch_is_open(direct_map_frame(pfn(RESERVED_END_PFN))));
}

MM_TEST(a_block_is_open_up_to_its_last_byte)
{
    static const uint32_t bytes[] = {1, 7, 8, 24, 100, 64, 4096, 5000, 20000, 131072};

    start(strategy, RAM_BYTES);
    for (uint32_t i = 0; i < sizeof bytes / sizeof *bytes; i++) {
        vaddr_t block = kmalloc(&mm, bytes[i], PAGES_LOW);
        vaddr_t behind = kmalloc(&mm, bytes[i], PAGES_LOW);
        assert_block(block, bytes[i]);
        assert_block(behind, bytes[i]);
        assert_int_equal(ksize(&mm, block), bytes[i]);
        kfree(&mm, block);
        assert_false(open_at(block, 0));
        assert_block(behind, bytes[i]);
        kfree(&mm, behind);
    }
    stop();
}

MM_TEST(a_block_that_is_resized_is_open_to_its_new_end)
{
    start(strategy, RAM_BYTES);
    vaddr_t block = krealloc(&mm, VADDR_NONE, 100);
    assert_block(block, 100);
    block = krealloc(&mm, block, 60);
    assert_block(block, 60);
    vaddr_t behind = kmalloc(&mm, 100, PAGES_LOW);
    vaddr_t moved = krealloc(&mm, block, 30000);
    assert_block(moved, 30000);
    assert_true(moved.value != block.value);
    assert_false(open_at(block, 0));
    assert_true(vaddr_is_none(krealloc(&mm, moved, 2 * RAM_BYTES)));
    assert_block(moved, 30000);
    assert_true(vaddr_is_none(krealloc(&mm, moved, UINT32_MAX)));
    assert_block(moved, 30000);
    kfree(&mm, moved);
    kfree(&mm, behind);
    stop();
}

/* ---- a block is also served if there is no room behind it ---- */

static bool alloc_fits(uint32_t bytes)
{
    vaddr_t block = kmalloc(&mm, bytes, PAGES_LOW);

    kfree(&mm, block);
    return !vaddr_is_none(block);
}

static bool resize_fits(uint32_t bytes)
{
    vaddr_t block = kmalloc(&mm, 8, PAGES_LOW);
    vaddr_t resized = krealloc(&mm, block, bytes);

    kfree(&mm, vaddr_is_none(resized) ? block : resized);
    return !vaddr_is_none(resized);
}

static bool area_fits(uint32_t bytes)
{
    vaddr_t block = vmalloc(&mm, bytes);

    vfree(&mm, block);
    return !vaddr_is_none(block);
}

static uint32_t largest(bool (*fits)(uint32_t bytes))
{
    uint32_t low = 1;
    uint32_t high = 2 * RAM_BYTES / 8u;

    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (fits(middle * 8u))
            low = middle;
        else
            high = middle;
    }
    return low * 8u;
}

MM_TEST(the_largest_block_has_no_room_behind_it)
{
    static bool (*const fits[])(uint32_t bytes) = {alloc_fits, resize_fits, area_fits};

    start(strategy, RAM_BYTES);
    for (uint32_t i = 0; i < sizeof fits / sizeof *fits; i++) {
        uint32_t bytes = largest(fits[i]);
        assert_true(bytes >= MIB);
        mm.failure = (struct mm_failure){.cause = MM_NO_FRAMES, .blocker = pfn(12345)};
        assert_true(fits[i](bytes));
        assert_int_equal(mm.failure.blocker.value, 12345);
        assert_false(fits[i](bytes + 8u));
    }
    stop();
}

MM_TEST(an_area_is_open_up_to_its_last_byte)
{
    start(strategy, RAM_BYTES);
    vaddr_t area = vmalloc(&mm, 10000);
    vaddr_t behind = vmalloc(&mm, 10000);
    assert_block(area, 10000);
    vfree(&mm, area);
    assert_false(open_at(area, 5000));
    assert_block(behind, 10000);
    vfree(&mm, behind);
    vfree(&mm, VADDR_NONE);
    stop();
}

/* ---- pages ---- */

static void assert_pages(pfn_t first, uint32_t order, bool open)
{
    if (first.value >= LOW_END_PFN)
        return;
    for (uint32_t offset = 0; offset < PAGE_SIZE << order; offset += PAGE_SIZE / 2)
        assert_int_equal(open_at(direct_map_frame(first), offset), open);
}

/* Some strategies have no blocks of pages. */
static void assert_pages_come_and_go(uint32_t order, enum page_class page_class)
{
    pfn_t first = pages_alloc(&mm, order, page_class);

    if (pfn_is_none(first)) {
        assert_true(order > 0);
        return;
    }
    assert_pages(first, order, true);
    pages_free(&mm, first, order);
    assert_pages(first, order, false);
}

MM_TEST(pages_are_open_until_they_are_given_back)
{
    static const uint64_t ram_bytes[] = {RAM_BYTES, (uint64_t)2048 * MIB};

    for (uint32_t i = 0; i < 2; i++) {
        start(strategy, ram_bytes[i]);
        assert_pages_come_and_go(0, PAGES_USER);
        assert_pages_come_and_go(0, PAGES_LOW);
        assert_pages_come_and_go(3, PAGES_LOW);
        stop();
    }
}

MM_TEST(without_a_frame_nothing_is_open)
{
    start(strategy, RAM_BYTES);
    for (uint32_t order = ORDER_MAX;; order--) {
        while (!pfn_is_none(pages_alloc(&mm, order, PAGES_LOW)))
            ;
        if (order == 0)
            break;
    }
    assert_true(vaddr_is_none(kmalloc(&mm, 100000, PAGES_LOW)));
    stop();
}

MM_TEST(looking_at_the_state_opens_nothing)
{
    struct free_blocks blocks;

    start(strategy, RAM_BYTES);
    vaddr_t block = kmalloc(&mm, 100, PAGES_LOW);
    mm_free_blocks(&mm, &blocks);
    assert_block(block, 100);
    assert_int_equal(watch_depth(), 0);
    stop();
}

static void free_twice(void *context)
{
    vaddr_t *block = context;

    kfree(&mm, *block);
    kfree(&mm, *block);
}

MM_TEST(a_panic_ends_the_current_call)
{
    start(strategy, RAM_BYTES);
    vaddr_t block = kmalloc(&mm, 100, PAGES_LOW);
    assert_panics(free_twice, &block, "kfree: ");
    assert_int_equal(watch_depth(), 0);
    stop();
}

/* ---- features of some strategies ---- */

static void objects_are_blocks(void)
{
    struct slab_cache *cache = slab_cache_create(zoned_slabs(&mm), "objects", 40, 8);
    struct slab_cache *large = slab_cache_create(zoned_slabs(&mm), "large objects", 2040, 8);
    vaddr_t object = slab_alloc(&mm, zoned_slabs(&mm), cache);

    assert_block(object, 40);
    slab_free(&mm, zoned_slabs(&mm), cache, object);
    assert_false(open_at(object, 0));
    slab_cache_shrink(&mm, zoned_slabs(&mm), cache);
    assert_false(open_at(object, 0));
    while (!vaddr_is_none(slab_alloc(&mm, zoned_slabs(&mm), large)))
        ;
    assert_int_equal(watch_depth(), 0);
}

MM_TEST(objects_of_slabs_are_blocks)
{
    if (!model_has_slabs(strategy))
        return;
    start(strategy, RAM_BYTES);
    objects_are_blocks();
    stop();
}

/* `migrate` moves a page out of the heap's way, in low memory and to high memory. */
TEST(pages_that_move_stay_open)
{
    static const struct memmap_range ram[] = {{4 * MIB, RAM_BYTES - 1, true},
                                              {1024 * MIB, 1028 * MIB - 1, true}};
    struct memmap map;

    for (uint32_t ranges = 1; ranges <= 2; ranges++) {
        watched_machine();
        assert_true(memmap_build(&map, ram, ranges));
        holder_start_on(&map);
        holder_take_only(RESERVED_END_PFN, RESERVED_END_PFN + 1);
        uint32_t cookie = holder_cookie_of(RESERVED_END_PFN);
        vaddr_t block = kmalloc(&subject, 100, PAGES_LOW);
        assert_int_equal(holder.moves, 1);
        assert_block(block, 100);
        assert_pages(holder.first[cookie], 0, true);
        kfree(&subject, block);
        holder_stop();
    }
}
