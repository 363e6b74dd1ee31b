/* Free blocks are chosen as ordered, wherever frames are missing, and whenever they fit. */
#include "support/model_effort.h"
#include "support/test.h"

#include "trace/memory_state.h"

#include <stdlib.h>
#include <string.h>

#define FRAMES 8192u

static struct state_frame frames[FRAMES];
static struct memory_state memory = {.end = FRAMES, .frames = frames};
static const struct frame_range all = {{0}, {FRAMES}};

/* Makes all frames held, except `holes` runs of random length. */
static void hold_all(struct random *random, uint32_t holes)
{
    for (uint32_t i = 0; i < FRAMES; i++)
        frames[i] = (struct state_frame){.fate = FATE_HELD};
    for (uint32_t hole = 0; hole < holes; hole++) {
        uint32_t at = random_below(random, FRAMES);
        uint32_t end = at + 1u + random_below(random, 700);

        for (; at < end && at < FRAMES; at++)
            frames[at].fate = FATE_ABSENT;
    }
}

/* The free frames as maximal blocks, by the code that measures fragmentation. */
static struct free_blocks free_now(void)
{
    struct free_blocks blocks = {.frames = 0};

    for (uint32_t at = 0; at < FRAMES;) {
        uint32_t end = at;

        while (end < FRAMES && frames[end].fate == FATE_FREE)
            end++;
        if (end > at)
            free_blocks_add_range(&blocks, pfn(at), pfn(end));
        at = end + 1;
    }
    return blocks;
}

/* About half of the orders fit, about half do not. */
static void draw_order(struct random *random, uint32_t wanted[ORDER_COUNT])
{
    uint32_t share = 1u + random_below(random, FRAMES);

    for (uint32_t order = 0; order < ORDER_COUNT; order++) {
        uint32_t most = share >> order >> random_below(random, 4);

        wanted[order] = random_below(random, 3) == 0 ? 0 : random_below(random, most / 3 + 2);
    }
}

TEST(as_many_blocks_are_free_as_were_ordered_if_they_fit)
{
    struct random random;
    uint32_t fitted = 0;
    uint32_t refused = 0;

    random_seed(&random, 7);
    for (uint32_t round = 0; round < effort_operations(400); round++) {
        uint32_t wanted[ORDER_COUNT];

        hold_all(&random, random_below(&random, 12));
        draw_order(&random, wanted);
        struct block_room room = memory_state_room(&memory, all);
        bool fits = block_room_holds(&room, wanted);
        assert_int_equal(memory_state_free(&memory, all, wanted, &random), fits);
        fitted += fits;
        refused += !fits;
        struct free_blocks blocks = free_now();
        if (fits)
            assert_memory_equal(blocks.count, wanted, sizeof wanted);
    }
    assert_true(fitted > 0 && refused > 0);
}

/* Half of the frames, each of which has a used buddy, are the most single frames. */
TEST(no_two_free_blocks_are_buddies)
{
    static const struct {
        uint32_t order;
        uint32_t most;
    } rows[] = {{0, FRAMES / 2}, {1, FRAMES / 4}, {9, FRAMES / 1024}, {10, FRAMES / 1024}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint32_t wanted[ORDER_COUNT] = {0};
        struct random random;

        random_seed(&random, i);
        hold_all(&random, 0);
        struct block_room room = memory_state_room(&memory, all);
        wanted[rows[i].order] = rows[i].most + 1;
        assert_false(block_room_holds(&room, wanted));
        wanted[rows[i].order] = rows[i].most;
        assert_true(block_room_holds(&room, wanted));
        assert_true(memory_state_free(&memory, all, wanted, &random));
    }
}

TEST(a_range_keeps_the_frames_outside_of_it)
{
    const struct frame_range middle = {{2048}, {4096}};
    uint32_t wanted[ORDER_COUNT] = {[0] = 300, [4] = 20};
    struct random random;

    random_seed(&random, 1);
    hold_all(&random, 0);
    assert_true(memory_state_free(&memory, middle, wanted, &random));
    for (uint32_t i = 0; i < FRAMES; i++)
        if (i < 2048 || i >= 4096)
            assert_int_equal(frames[i].fate, FATE_HELD);
}
