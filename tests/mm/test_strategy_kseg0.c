/* Tests the addresses of `kseg0`'s memory, and where its zones end. The rest is `zoned`, and tested
 * there. */
#include "support/model_heap.h"
#include "support/model_process.h"
#include "support/test.h"

#include <mm/pgtable.h>
#include <mm/strategy.h>

static struct mm mm;

static void start(const struct memmap *map)
{
    assert_true(mm_init(&mm, mm_strategy_find("kseg0"), map));
    assert_sound(&mm);
}

static bool in_kseg0(vaddr_t block, uint32_t bytes)
{
    return block.value >= KSEG0_BASE && block.value + bytes <= KSEG1_BASE;
}

/* Slabs, large blocks and device memory have kseg0 addresses; the direct map shows the same frames.
 */
MACHINE_TEST(blocks_are_in_kseg0)
{
    static const uint32_t sizes[] = {1, 8, 100, 2000, 8192, 50000, 4 * MIB};
    const struct memmap map = model_map(64 * MIB);

    start(&map);
    for (uint32_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        vaddr_t block = kmalloc(&mm, sizes[i], PAGES_LOW);
        assert_true(in_kseg0(block, sizes[i]));
        model_fill(block, sizes[i], i);
        uint32_t physical = model_physical(&mm, block);
        assert_int_equal(physical, block.value - KSEG0_BASE);
        assert_true(model_holds(vaddr(KSEG1_BASE + physical), sizes[i], i));
        assert_true(model_holds(direct_map(paddr(physical)), sizes[i], i));
        kfree(&mm, block);
    }
    vaddr_t block = kmalloc(&mm, 5000, PAGES_DMA);
    assert_true(in_kseg0(block, 5000) && block.value + 5000 <= KSEG0_BASE + 16 * MIB);
    kfree(&mm, block);
    assert_frames_conserved(&mm);
    model_stop(&mm);
}

/* |1ff00 LOW 20000|20000 HIGH 20100| ... |30000 HIGH 30080|, and 128 frames of DMA */
static const struct memmap around_the_end = {
    3, {{{0xf80}, {0x1000}}, {{0x1f000}, {0x20100}}, {{0x30000}, {0x30080}}}};

/* Frames from 512 MiB on are HIGH, although the direct map reaches some of them. Requests of the
 * kernel use only memory below, and fail for the zone. */
MACHINE_TEST(low_ends_at_512_mib)
{
    static struct taken_pages taken;
    uint32_t high = 0;

    start(&around_the_end);
    assert_true(paddr_to_pfn(mm.directory).value < KSEG_END_PFN);
    pfn_t page;
    for (taken.count = 0; !pfn_is_none(page = pages_alloc(&mm, 0, PAGES_LOW)); taken.count++) {
        assert_true(page.value < KSEG_END_PFN);
        taken.frame[taken.count] = page;
    }
    assert_int_equal(mm.failure.cause, MM_ZONE);
    assert_true(vaddr_is_none(kmalloc(&mm, PAGE_SIZE, PAGES_LOW)));
    assert_int_equal(mm.failure.cause, MM_ZONE);
    for (; !pfn_is_none(page = pages_alloc(&mm, 0, PAGES_USER)); taken.count++) {
        high += page.value >= KSEG_END_PFN;
        taken.frame[taken.count] = page;
    }
    assert_int_equal(high, 0x100 + 0x80);
    free_all_pages(&taken, &mm);
    assert_frames_conserved(&mm);
    model_stop(&mm);
}

/* User pages come from above 512 MiB first. The kernel can reach them. */
MACHINE_TEST(users_are_served_from_above_512_mib)
{
    start(&around_the_end);
    struct process *process = model_process(&mm, NULL);
    process_switch(&mm, process);
    assert_true(user_write(USER_STACK, 0x1234));
    assert_true(user_frame(process, USER_STACK).value >= KSEG_END_PFN);
    assert_true(process->directory.value < KSEG_END_PFN);
    uint32_t word = 0;
    assert_true(process_copy_out(&mm, process, &word, vaddr(USER_STACK), sizeof word));
    assert_int_equal(word, 0x1234);
    process_exit(&mm, process);
    assert_frames_conserved(&mm);
    model_stop(&mm);
}

/* The heap can use DMA and LOW, except the metadata at the top. */
MACHINE_TEST(the_heap_is_a_part_of_kseg0)
{
    const struct memmap map = model_map(1024 * MIB);
    struct vaddr_range range;

    start(&map);
    assert_true(mm.strategy->heap_range(&mm, 0, &range));
    assert_int_equal(range.start.value, KSEG0_BASE + 4 * MIB);
    assert_true(range.end.value > KSEG1_BASE - 16 * MIB && range.end.value <= KSEG1_BASE);
    model_stop(&mm);
}
