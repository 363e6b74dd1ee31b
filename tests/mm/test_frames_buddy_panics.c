/* Tests the panics of the buddy allocator: each bad call with its message. */
#include "support/on_machine.h"
#include "support/test.h"

#include <mm/frames_buddy.h>

#define ARRAYS direct_map(paddr(0x400000))
#define LOW    0x1000u /* the first frame of the pictures */

struct bad_call {
    struct frames_buddy *buddy;
    uint32_t first;
    uint32_t order_or_end;
};

static void run_free(void *context)
{
    const struct bad_call *bad = context;

    frames_buddy_free(bad->buddy, pfn(bad->first), bad->order_or_end);
}

static void run_add(void *context)
{
    const struct bad_call *bad = context;

    frames_buddy_add(bad->buddy, pfn(bad->first), pfn(bad->order_or_end));
}

static void run_init(void *context)
{
    const struct bad_call *bad = context;

    frames_buddy_init(bad->buddy, ARRAYS, pfn(bad->order_or_end), pfn(bad->first));
}

/*      800 .... c00 #### 1010 . #### 1020 .... 1040 #### 1400 ####.... 1800 ### 1803, the end
 *                                                        open: 1400-1403 are given
 */
static void start_for_panics(struct frames_buddy *buddy)
{
    frames_buddy_init(buddy, ARRAYS, pfn(0x1803), pfn(LOW_END_PFN));
    frames_buddy_add(buddy, pfn(0x800), pfn(0xc00));
    frames_buddy_add(buddy, pfn(0x1010), pfn(0x1011));
    frames_buddy_add(buddy, pfn(0x1020), pfn(0x1040));
    frames_buddy_add(buddy, pfn(0x1400), pfn(0x1800));
    frames_buddy_alloc(buddy, 6, ZONE_LOW); /* opens the block; all but 4 frames go back into it */
    for (uint32_t frame = 0x1440; frame > 0x1404; frame -= 4)
        frames_buddy_free(buddy, pfn(frame - 4), 2);
}

MACHINE_TEST(panics_on_a_bad_call)
{
    static const struct {
        void (*run)(void *context);
        uint32_t first;
        uint32_t order_or_end;
        const char *line;
    } cases[] = {
        {run_free, 0x1000, 11, "frames_buddy_free: order is above the largest: 0xb"},
        {run_free, 0x1000, 32, "frames_buddy_free: order is above the largest: 0x20"},
        {run_free, 0x1001, 1, "frames_buddy_free: block is not aligned to its order: 0x1001"},
        {run_free, 0xe00, 10, "frames_buddy_free: block is not aligned to its order: 0xe00"},
        {run_free, 0x1803, 0, "frames_buddy_free: block is beyond the end: 0x1803"},
        {run_free, 0x1802, 1, "frames_buddy_free: block is beyond the end: 0x1802"},
        {run_free, 0xfffffc00, 10, "frames_buddy_free: block is beyond the end: 0xfffffc00"},
        {run_free, UINT32_MAX, 0, "frames_buddy_free: block is beyond the end: 0xffffffff"},
        {run_free, 0x1010, 0, "frames_buddy_free: frame is free already: 0x1010"},
        {run_free, 0x1010, 4, "frames_buddy_free: frame is free already: 0x1010"},
        {run_free, 0x1000, 5, "frames_buddy_free: frame is free already: 0x1010"},
        {run_free, 0x1000, 10, "frames_buddy_free: frame is free already: 0x1010"},
        {run_free, 0x1404, 0, "frames_buddy_free: frame is free already: 0x1404"},
        {run_free, 0x1404, 2, "frames_buddy_free: frame is free already: 0x1404"},
        {run_free, 0x1400, 10, "frames_buddy_free: frame is free already: 0x1404"},
        {run_free, 0x9ff, 0, "frames_buddy_free: frame is free already: 0x9ff"},
        {run_add, 0x1000, 0x1011, "frames_buddy_add: frame is free already: 0x1010"},
        {run_add, 0x1800, 0x1804, "frames_buddy_add: frame is beyond the end: 0x1804"},
        {run_add, 0x1801, 0x1800, "frames_buddy_add: frame is beyond the end: 0x1800"},
        {run_init, LOW_END_PFN, 0x3ff, "frames_buddy_init: end.value >= RESERVED_END_PFN"},
        {run_init, 0x0, 0x1800, "frames_buddy_init: low_end.value != 0"},
        {run_init, 0x20400, 0x1800, "frames_buddy_init: low_end.value != 0"},
    };

    for (uint32_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct frames_buddy buddy;
        start_for_panics(&buddy);
        assert_null(frames_buddy_check(&buddy));
        assert_panics(cases[i].run,
                      &(struct bad_call){&buddy, cases[i].first, cases[i].order_or_end},
                      cases[i].line);
    }
}
