/* The RAM that is chosen for a trace when the user gives no size. */
#include "lab/experiment.h"
#include "machine/pc_memmap.h"
#include "support/test.h"

#define MIB UINT64_C(0x100000)

TEST(the_chosen_ram_follows_the_peak_of_the_trace)
{
    static const struct {
        uint64_t peak_bytes;
        uint64_t ram_bytes;
    } table[] = {
        {0, 16 * MIB},
        {1, 32 * MIB},
        {12 * MIB, 32 * MIB},         /* 12 + 3 + 16 = 31 */
        {12 * MIB + 1024, 32 * MIB},  /* 31, plus 1,280 bytes */
        {64 * MIB / 5, 32 * MIB},     /* 12.8 + 3.2 + 16 = 32, rounded down */
        {64 * MIB / 5 + 4, 48 * MIB}, /* the first peak above 32 MiB */
        {100 * MIB, 144 * MIB},       /* 141 */
        {1024 * MIB, 1296 * MIB},     /* exactly 1,296 */
        {2800 * MIB, 3520 * MIB},     /* 3,516 */
        {2841 * MIB, 3568 * MIB},     /* 3,567.25 */
        {2842 * MIB, 3568 * MIB},     /* 3,568.5: limited to the most */
        {4096 * MIB, 3568 * MIB},
        {UINT64_MAX / 5 * 4, 3568 * MIB}, /* the sum would pass 64 bits */
        {UINT64_MAX, 3568 * MIB},
    };

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        assert_int_equal(ram_choose(table[i].peak_bytes), table[i].ram_bytes);
}

static uint64_t usable_frames(uint64_t ram_bytes)
{
    struct pc_memmap ranges;
    struct memmap map;
    char error[256];

    assert_true(pc_memmap_for_ram(&ranges, ram_bytes, error, sizeof error));
    assert_true(memmap_build(&map, ranges.range, ranges.count));
    return memmap_frames(&map);
}

/* With one step more RAM, the PC has fewer usable frames. */
TEST(the_most_ram_gives_the_most_usable_frames)
{
    assert_int_equal(ram_choose(UINT64_MAX), RAM_CHOSEN_MAX);
    assert_true(usable_frames(RAM_CHOSEN_MAX) > usable_frames(RAM_CHOSEN_MAX - RAM_STEP_BYTES));
    assert_true(usable_frames(RAM_CHOSEN_MAX) >
                usable_frames((uint64_t)RAM_CHOSEN_MAX + RAM_STEP_BYTES));
}
