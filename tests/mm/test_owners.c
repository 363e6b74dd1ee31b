/* Tests the map of owners: blocks, look-up, and its checker, each rule broken alone. */
#include <mm/strategy.h>

#include "mm/owners.h"
#include "support/model_mm.h"
#include "support/test.h"

#define FREE_FRAME pfn(0x1800) /* in LOW, aligned to any order; no request reaches it */

static struct mm mm;

/* The map has one byte for a block. The block is found from each of its frames, and from no other
 * frame. */
MACHINE_TEST(a_block_is_found_from_each_of_its_frames)
{
    model_start(&mm, mm_strategy_find("zoned"), 64 * MIB);
    for (uint32_t order = 0; order <= ORDER_MAX; order++) {
        pfn_t first;
        uint32_t found;
        owner_set(&mm, FREE_FRAME, order, OWNER_KERNEL);
        for (uint32_t i = 0; i < 1u << order; i++) {
            assert_int_equal(mm_frame_block(&mm, pfn_add(FREE_FRAME, i), &first, &found),
                             FRAME_KERNEL);
            assert_int_equal(first.value, FREE_FRAME.value);
            assert_int_equal(found, order);
        }
        assert_int_equal(mm_frame_kind(&mm, pfn_add(FREE_FRAME, 1u << order)), FRAME_FREE);
        assert_int_equal(mm_frame_kind(&mm, pfn(FREE_FRAME.value - 1)), FRAME_FREE);
        owner_set(&mm, FREE_FRAME, 0, OWNER_FREE);
    }
    model_stop(&mm);
}

/* Smashes the byte of a free frame and expects the checker to name the rule. */
static void assert_rule(pfn_t frame, uint8_t byte, const char *rule)
{
    uint8_t was = *owner_byte(&mm, frame);

    *owner_byte(&mm, frame) = byte;
    const char *broken = mm_check(&mm);
    if (broken == NULL)
        fail_msg("the checker does not see: %s", rule);
    assert_string_equal(broken, rule);
    *owner_byte(&mm, frame) = was;
    assert_sound(&mm);
}

MACHINE_TEST(checker_names_each_rule)
{
    static const char order[] =
        "owners: a frame begins a block of an order that its owner cannot have";
    static const char place[] = "owners: a block is not aligned to its size, or ends beyond RAM";
    const struct memmap map = {
        3, {{pfn(0x400), pfn(0x1000)}, {pfn(0x1000), pfn(0x1400)}, {pfn(0x1600), pfn(0x3000)}}};

    assert_true(mm_init(&mm, mm_strategy_find("zoned"), &map));
    assert_rule(FREE_FRAME, OWNER_COUNT, "owners: a frame has an owner that does not exist");
    assert_rule(FREE_FRAME, owner_pack(OWNER_HEAP, 1), order);
    assert_rule(FREE_FRAME, owner_pack(OWNER_KERNEL, 11), order);
    assert_rule(pfn_add(FREE_FRAME, 1), owner_pack(OWNER_KERNEL, 1), place);
    assert_rule(pfn(0x2ffe), owner_pack(OWNER_KERNEL, 2), place);
    pfn_t block = pages_alloc(&mm, 2, PAGES_LOW);
    assert_rule(pfn_add(block, 3), owner_pack(OWNER_KERNEL, 0),
                "owners: a block begins inside another");
    pages_free(&mm, block, 2);
    assert_rule(pfn(0x1500), OWNER_FREE, "owners: a frame that is no RAM has an owner");
    assert_rule(pfn(0x3ff), OWNER_DEVICE, "owners: a frame of the first 4 MiB is not reserved");
    assert_rule(FREE_FRAME, owner_pack(OWNER_KERNEL, 0),
                "owners: a frame that the strategy has free has an owner");
    pfn_t page = pages_alloc(&mm, 0, PAGES_LOW);
    assert_rule(page, OWNER_FREE, "owners: a frame without an owner is not free in the strategy");
    pages_free(&mm, page, 0);
    model_stop(&mm);
}

static void run_free(void *context)
{
    pages_free(&mm, *(const pfn_t *)context, 0);
}

MACHINE_TEST(a_smashed_byte_is_named)
{
    pfn_t frame = FREE_FRAME;

    model_start(&mm, mm_strategy_find("brk"), 64 * MIB);
    *owner_byte(&mm, frame) = OWNER_COUNT;
    assert_panics(run_free, &frame, "pages_free: the owner of frame 0x01800 does not exist");
    *owner_byte(&mm, frame) = OWNER_FREE;
    model_stop(&mm);
}

/* Nothing is read for frames beyond RAM. */
MACHINE_TEST(frames_beyond_ram_are_devices)
{
    model_start(&mm, mm_strategy_find("brk"), 32 * MIB);
    assert_int_equal(owner_of(&mm, mm.owners_end).owner, OWNER_DEVICE);
    assert_int_equal(owner_of(&mm, PFN_NONE).owner, OWNER_DEVICE);
    assert_false(owner_is(&mm, PFN_NONE, OWNER_FREE));
    model_stop(&mm);
}
