/* The sequences of requests that heaps are measured with. */
#include "../../bench/requests.h"
#include "support/scratch.h"
#include "support/test.h"

#include <stdlib.h>
#include <string.h>

#define LIVE  1000u
#define COUNT 50000u

/* A walk through a sequence that asserts that every request makes sense. */
struct walk {
    uint32_t bytes[200000]; /* by slot; 0: empty */
    uint32_t live;
    uint32_t live_most;
    uint64_t live_bytes;
    uint64_t live_bytes_most;
};
static struct walk walk;

static void walk_request(const struct request *request)
{
    uint32_t *bytes = &walk.bytes[request->slot];

    assert_int_equal(*bytes == 0, request->kind == REQUEST_ALLOC);
    assert_int_equal(request->bytes == 0, request->kind == REQUEST_FREE);
    walk.live += request->kind == REQUEST_ALLOC;
    walk.live -= request->kind == REQUEST_FREE;
    walk.live_bytes += request->bytes - (uint64_t)*bytes;
    *bytes = request->bytes;
    walk.live_most = walk.live > walk.live_most ? walk.live : walk.live_most;
    if (walk.live_bytes > walk.live_bytes_most)
        walk.live_bytes_most = walk.live_bytes;
}

/* Walks through requests [first, end). */
static void walk_through(const struct requests *requests, uint32_t first, uint32_t end)
{
    if (first == 0)
        memset(&walk, 0, sizeof walk);
    assert_true(requests->slots <= sizeof walk.bytes / sizeof walk.bytes[0]);
    for (uint32_t i = first; i < end; i++) {
        assert_true(requests->list[i].slot < requests->slots);
        walk_request(&requests->list[i]);
    }
}

TEST(mix_keeps_the_number_of_live_blocks_near_its_aim)
{
    struct requests mix = {0};

    requests_draw_mix(&mix, LIVE, COUNT);
    assert_int_equal(mix.count, LIVE + COUNT);
    walk_through(&mix, 0, LIVE);
    assert_int_equal(walk.live, LIVE);
    for (uint32_t i = LIVE; i < mix.count; i++) {
        walk_through(&mix, i, i + 1u);
        assert_in_range(walk.live, LIVE - LIVE / 32u, LIVE + LIVE / 32u);
    }
    assert_true(walk.live_most > LIVE);
    assert_true(mix.peak_bytes == walk.live_bytes_most);
    free(mix.list);
}

TEST(mix_has_the_sizes_of_a_kernel)
{
    struct requests mix = {0};
    uint32_t allocs = 0;
    uint32_t exact = 0; /* 64 bytes: half of the 18 % from 33 to 64, and one of 32 of the rest */
    uint32_t tail = 0;

    requests_draw_mix(&mix, LIVE, 10u * COUNT);
    for (uint32_t i = 0; i < mix.count; i++) {
        if (mix.list[i].kind != REQUEST_ALLOC)
            continue;
        assert_in_range(mix.list[i].bytes, 8, 65536);
        allocs++;
        exact += mix.list[i].bytes == 64;
        tail += mix.list[i].bytes > 4096;
    }
    assert_in_range(exact * 1000u / allocs, 90, 96);
    assert_in_range(tail * 10000u / allocs, 40, 60);
    free(mix.list);
}

TEST(the_same_sequence_is_drawn_each_time)
{
    struct requests first = {0};
    struct requests second = {0};

    requests_draw_mix(&first, LIVE, COUNT);
    requests_draw_mix(&second, LIVE, COUNT);
    assert_memory_equal(first.list, second.list, first.count * sizeof first.list[0]);
    free(first.list);
    free(second.list);
}

TEST(torture_frees_everything_in_the_end)
{
    struct requests torture = {0};

    requests_draw_torture(&torture, 2);
    walk_through(&torture, 0, torture.count);
    assert_int_equal(walk.live, 0);
    assert_true(walk.live_bytes == 0);
    assert_int_equal(torture.count, 2u * (2u * (100000u + 12000u + 50000u) + 2u * 2000u));
    assert_true(torture.peak_bytes == walk.live_bytes_most);
    /* The first 100,000 blocks, 72 bytes on average, are live at once. */
    assert_true(torture.peak_bytes > 100000u * 72u);
    free(torture.list);
}

TEST(a_file_of_the_malloc_lab_becomes_a_sequence)
{
    static const struct request expected[] = {
        {REQUEST_ALLOC, 0, 512}, {REQUEST_ALLOC, 1, 128}, {REQUEST_RESIZE, 0, 640},
        {REQUEST_FREE, 1, 0},    {REQUEST_ALLOC, 1, 4},   {REQUEST_FREE, 0, 0},
    };
    struct requests rep = {0};

    requests_read_rep(
        &rep,
        scratch_text("six.rep", "20000\n3\n6\n1\na 0 512\na 1 128\nr 0 640\nf 1\na 2 4\nf 0\n"));
    assert_int_equal(rep.count, 6);
    assert_int_equal(rep.slots, 2);
    assert_true(rep.peak_bytes == 768);
    for (uint32_t i = 0; i < rep.count; i++) {
        assert_int_equal(rep.list[i].kind, expected[i].kind);
        assert_int_equal(rep.list[i].slot, expected[i].slot);
        assert_int_equal(rep.list[i].bytes, expected[i].bytes);
    }
    free(rep.list);
}
