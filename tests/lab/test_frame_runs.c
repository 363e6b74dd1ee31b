/* Numbers of frames over time as runs of changes, against a naive reader of them. */
#include "lab/frame_runs.h"
#include "replay/random.h"
#include "support/model_effort.h"
#include "support/naive_runs.h"
#include "support/test.h"

#include <string.h>

#define FRAMES_MOST 300u

static struct byte_list list;

static int free_list(void **state)
{
    (void)state;
    byte_list_free(&list);
    return 0;
}

TEST_FIXTURES(NULL, free_list)

/* ---- LEB128 ---- */

static void assert_bytes(uint64_t number, const char *bytes, size_t count)
{
    size_t start = list.count;

    byte_list_put(&list, number);
    assert_int_equal(list.count - start, count);
    assert_memory_equal(&list.data[start], bytes, count);
}

TEST(a_number_has_seven_bits_a_byte_the_lowest_first)
{
    assert_bytes(0, "\0", 1);
    assert_bytes(127, "\x7f", 1);
    assert_bytes(128, "\x80\x01", 2);
    assert_bytes(16383, "\xff\x7f", 2);
    assert_bytes(16384, "\x80\x80\x01", 3);
    assert_bytes(624485, "\xe5\x8e\x26", 3);
    assert_bytes(UINT32_MAX, "\xff\xff\xff\xff\x0f", 5);
    assert_bytes(UINT64_MAX, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10);
}

TEST(numbers_of_every_length_are_read_back)
{
    for (uint32_t bit = 0; bit < 64; bit++) {
        byte_list_put(&list, UINT64_C(1) << bit);
        byte_list_put(&list, (UINT64_C(1) << bit) - 1u);
    }
    struct naive_bytes bytes = {list.data, 0, list.count};
    for (uint32_t bit = 0; bit < 64; bit++) {
        assert_true(naive_number(&bytes) == UINT64_C(1) << bit);
        assert_true(naive_number(&bytes) == (UINT64_C(1) << bit) - 1u);
    }
    assert_int_equal(bytes.at, bytes.end);
}

/* ---- runs ---- */

/* Frames whose numbers change from sample to sample, in both widths. */
struct frames {
    uint32_t count;
    uint32_t now[FRAMES_MOST];
    uint32_t last[FRAMES_MOST];
    uint32_t read[FRAMES_MOST]; /* by the naive reader */
    uint8_t now_u8[FRAMES_MOST];
    uint8_t last_u8[FRAMES_MOST];
    uint32_t read_u8[FRAMES_MOST];
};

static void assert_u32_is_read_back(struct frames *frames)
{
    size_t start = list.count;

    frame_runs_put_u32(&list, frames->now, frames->last, frames->count);
    struct naive_bytes bytes = {list.data, start, list.count};
    naive_runs_apply(&bytes, frames->read, frames->count);
    assert_memory_equal(frames->read, frames->now, frames->count * sizeof frames->now[0]);
    assert_memory_equal(frames->last, frames->now, frames->count * sizeof frames->now[0]);
}

static void assert_u8_is_read_back(struct frames *frames)
{
    size_t start = list.count;

    for (uint32_t i = 0; i < frames->count; i++)
        frames->now_u8[i] = (uint8_t)frames->now[i];
    frame_runs_put_u8(&list, frames->now_u8, frames->last_u8, frames->count);
    struct naive_bytes bytes = {list.data, start, list.count};
    naive_runs_apply(&bytes, frames->read_u8, frames->count);
    for (uint32_t i = 0; i < frames->count; i++)
        assert_int_equal(frames->read_u8[i], frames->now_u8[i]);
    assert_memory_equal(frames->last_u8, frames->now_u8, frames->count);
}

static void assert_read_back(struct frames *frames)
{
    assert_u32_is_read_back(frames);
    assert_u8_is_read_back(frames);
}

static void fill(struct frames *frames, uint32_t start, uint32_t end, uint32_t number)
{
    for (uint32_t i = start; i < end; i++)
        frames->now[i] = number;
}

TEST(no_frames_and_no_change_take_no_bytes)
{
    struct frames frames = {.count = 0};

    assert_read_back(&frames);
    for (frames.count = 1; frames.count < 40; frames.count++)
        assert_read_back(&frames);
    assert_int_equal(list.count, 0);
}

TEST(each_single_frame_may_change)
{
    for (uint32_t count = 1; count < 40; count++) {
        struct frames frames = {.count = count};
        for (uint32_t i = 0; i < count; i++) {
            frames.now[i] = 0x80000001u;
            assert_read_back(&frames);
            frames.now[i] = 0;
            assert_read_back(&frames);
        }
    }
}

TEST(a_change_of_all_frames_is_one_run)
{
    for (uint32_t count = 1; count < FRAMES_MOST; count++) {
        struct frames frames = {.count = count};
        fill(&frames, 0, count, 5);
        size_t start = list.count;
        assert_u8_is_read_back(&frames);
        assert_int_equal(list.count - start, count < 128 ? 3 : 4);
    }
}

TEST(every_run_between_every_two_frames_is_read_back)
{
    for (uint32_t start = 0; start < 20; start++)
        for (uint32_t end = start + 1u; end <= 20; end++) {
            struct frames frames = {.count = 20};
            fill(&frames, start, end, 0xffffffffu);
            assert_read_back(&frames);
        }
}

/* Frame 1 changes as its neighbours do in the low 32 bits of a pair, so that a comparison of eight
   bytes that mixes up two frames would notice. */
TEST(a_frame_that_changes_otherwise_ends_a_run)
{
    for (uint32_t odd = 0; odd < 24; odd++) {
        struct frames frames = {.count = 24};
        fill(&frames, 0, 24, 0x00000100u);
        frames.now[odd] = 0x00000001u;
        assert_read_back(&frames);
    }
}

TEST(random_samples_are_read_back)
{
    uint32_t random = 1;

    for (uint32_t round = 0; round < effort_operations(400); round++) {
        struct frames frames = {.count = random32_below(&random, FRAMES_MOST + 1u)};
        for (uint32_t sample = 0; sample < 20 && frames.count > 0; sample++) {
            for (uint32_t runs = random32_below(&random, 6); runs > 0; runs--) {
                uint32_t start = random32_below(&random, frames.count);
                uint32_t end = start + random32_below(&random, frames.count - start + 1u);
                uint32_t number = random32_below(&random, 3);
                fill(&frames, start, end, number == 2 ? UINT32_MAX - round : number);
            }
            assert_read_back(&frames);
        }
    }
}
