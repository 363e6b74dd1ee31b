/* Tests the search for free frames in a row: against a naive search, and at the ends of words and
 * groups. */
#include "replay/random.h"
#include "support/model_effort.h"
#include "support/model_mm.h"
#include "support/test.h"

#include <mm/frames_sorted.h>

#define END    0x2000u /* eight groups */
#define ROUNDS 300u

static struct frames_sorted sorted;
static bool is_free[END];

static void start(void)
{
    frames_sorted_init(&sorted, vaddr(DIRECT_MAP_BASE + 0x1000 * PAGE_SIZE), pfn(END));
    for (uint32_t i = 0; i < END; i++)
        is_free[i] = false;
}

static void give(uint32_t first, uint32_t end)
{
    frames_sorted_add(&sorted, pfn(first), pfn(end));
    for (uint32_t i = first; i < end; i++)
        is_free[i] = true;
}

static uint32_t find(uint32_t from, uint32_t to, uint32_t frames)
{
    return frames_sorted_find_range(&sorted, pfn(from), pfn(to), frames).value;
}

static uint32_t naive(uint32_t from, uint32_t to, uint32_t frames)
{
    uint32_t run = 0;

    for (uint32_t i = from; i < to && i < END; i++) {
        run = is_free[i] ? run + 1 : 0;
        if (run == frames)
            return i + 1 - frames;
    }
    return UINT32_MAX;
}

/*
 *     7fe 7ff | 800 801     a run over the border of two groups, in two words
 */
MACHINE_TEST(runs_cross_words_and_groups)
{
    start();
    give(0x7fe, 0x802);
    give(0x420, 0x421);
    assert_int_equal(find(0x400, END, 1), 0x420);
    assert_int_equal(find(0x400, END, 2), 0x7fe);
    assert_int_equal(find(0x400, END, 4), 0x7fe);
    assert_int_equal(find(0x400, END, 5), UINT32_MAX);
    assert_int_equal(find(0x7ff, END, 3), 0x7ff);
    assert_int_equal(find(0x7ff, END, 4), UINT32_MAX);
    assert_int_equal(find(0x400, 0x801, 4), UINT32_MAX);
    assert_int_equal(find(0x400, 0x802, 4), 0x7fe);
    assert_int_equal(find(0x400, 0x802, 3), 0x7fe);
}

/* Groups are free as a whole, runs are longer than a group, and a run ends before the end of
 * memory. */
MACHINE_TEST(runs_may_be_longer_than_a_group)
{
    start();
    give(0x500, 0x1c01);
    assert_int_equal(find(0x400, END, 0x1701), 0x500);
    assert_int_equal(find(0x400, END, 0x1702), UINT32_MAX);
    assert_int_equal(find(0x400, FRAMES_MAX, 0x1000), 0x500);
    assert_int_equal(find(0x777, END, 0x1000), 0x777);
    assert_int_equal(find(0x400, 0x1500, 0x1001), UINT32_MAX);
    assert_int_equal(find(0x1c01, END, 1), UINT32_MAX);
    assert_int_equal(find(END, FRAMES_MAX, 1), UINT32_MAX);
}

/*
 * A group whose largest free block is of order 1 may have 6 free frames in a row, but no more:
 *
 *     401-406: | 0 1 | 1 1 | 1 1 | 1 0 |
 */
MACHINE_TEST(a_run_may_be_longer_than_the_blocks_in_it)
{
    start();
    give(0x401, 0x407);
    assert_int_equal(find(0x400, END, 6), 0x401);
    assert_int_equal(find(0x400, END, 7), UINT32_MAX);
}

static void fill_at_random(uint32_t *seed)
{
    uint32_t longest = 1u << random32(seed) % 12;

    for (uint32_t at = RESERVED_END_PFN; at < END;) {
        uint32_t run = 1u + random32(seed) % longest;
        uint32_t stop = at + run < END ? at + run : END;
        if (random32(seed) % 4 != 0)
            give(at, stop);
        at = stop + 1u + random32(seed) % 3;
    }
}

/* Allocates single frames, and frees some of them in any order: in general, a word is open then,
   and may have more free frames than when it was opened. */
static void use_singles(uint32_t *seed)
{
    uint32_t single[64];
    uint32_t count = 0;

    for (uint32_t calls = random32(seed) % 64; count < calls; count++) {
        pfn_t frame = frames_sorted_alloc_highest(&sorted, ZONE_LOW);
        if (pfn_is_none(frame))
            break;
        single[count] = frame.value;
        is_free[frame.value] = false;
    }
    for (uint32_t frees = random32(seed) % 64; frees > 0 && count > 0; frees--) {
        uint32_t at = random32(seed) % count;
        frames_sorted_free(&sorted, pfn(single[at]));
        is_free[single[at]] = true;
        single[at] = single[--count];
    }
}

/* The open word has two free frames. Then all frames above it are freed into it, and it ends with
 * a larger block than its group had when it was opened. */
MACHINE_TEST(the_open_word_may_have_gained_frames)
{
    start();
    give(0xbe0, 0xc00);
    frames_sorted_take(&sorted, pfn(0xbe2), pfn(0xc00));
    assert_int_equal(frames_sorted_alloc_highest(&sorted, ZONE_LOW).value, 0xbe1);
    for (uint32_t frame = 0xbff; frame >= 0xbe1; frame--)
        frames_sorted_free(&sorted, pfn(frame));
    assert_int_equal(sorted.open_start, 0xbe0);
    assert_int_equal(find(0x400, END, 32), 0xbe0);
    assert_int_equal(find(0x400, END, 33), UINT32_MAX);
}

/* Also takes blocks and single frames. */
MACHINE_TEST(agrees_with_a_naive_search)
{
    uint32_t seed = 0x5eed;

    for (uint32_t round = effort_operations(ROUNDS); round > 0; round--) {
        start();
        fill_at_random(&seed);
        for (uint32_t i = 0; i < 20; i++) {
            uint32_t order = random32(&seed) % 11;
            pfn_t first = frames_sorted_alloc_block(&sorted, order, ZONE_LOW);
            for (uint32_t j = 0; !pfn_is_none(first) && j < 1u << order; j++)
                is_free[first.value + j] = false;
            use_singles(&seed);
            uint32_t from = RESERVED_END_PFN + random32(&seed) % (END - RESERVED_END_PFN);
            uint32_t to = from + random32(&seed) % (END - from + 1);
            uint32_t frames = 1u + random32(&seed) % (1u << random32(&seed) % 13);
            assert_int_equal(find(from, to, frames), naive(from, to, frames));
            assert_int_equal(find(RESERVED_END_PFN, END, frames),
                             naive(RESERVED_END_PFN, END, frames));
        }
        assert_null(frames_sorted_check(&sorted));
    }
}
