#include "requests.h"
#include "harness.h"
#include "replay/random.h"

#include <stdlib.h>

static uint32_t random_state;

static uint32_t draw_below(uint32_t bound)
{
    return random32_below(&random_state, bound);
}

/* A number from least to most. */
static uint32_t draw_between(uint32_t least, uint32_t most)
{
    return least + draw_below(most - least + 1u);
}

/* ---- a sequence ---- */

void requests_add(struct requests *requests, enum request_kind kind, uint32_t slot, uint32_t bytes)
{
    if (requests->count == requests->room) {
        requests->room = requests->room != 0 ? 2u * requests->room : 4096u;
        requests->list = realloc(requests->list, requests->room * sizeof requests->list[0]);
        bench_require(requests->list != NULL, "no memory for a sequence of requests");
    }
    bench_require(slot < REQUEST_SLOTS_MAX, "a sequence has more than 1,048,576 live blocks");
    requests->list[requests->count++] =
        (struct request){.kind = kind, .slot = slot & (REQUEST_SLOTS_MAX - 1u), .bytes = bytes};
}

void requests_finish(struct requests *requests)
{
    uint32_t *slot_bytes = calloc(REQUEST_SLOTS_MAX, sizeof *slot_bytes);
    uint64_t live_bytes = 0;

    bench_require(slot_bytes != NULL, "no memory for a sequence of requests");
    for (uint32_t i = 0; i < requests->count; i++) {
        const struct request *request = &requests->list[i];
        live_bytes += request->bytes - (uint64_t)slot_bytes[request->slot];
        slot_bytes[request->slot] = request->bytes;
        if (live_bytes > requests->peak_bytes)
            requests->peak_bytes = live_bytes;
        if (request->slot >= requests->slots)
            requests->slots = request->slot + 1u;
    }
    free(slot_bytes);
}

/* ---- the slots of a drawn sequence: the one that was emptied last is used first ---- */

static uint32_t empty_slots[REQUEST_SLOTS_MAX];
static uint32_t empty_count;
static uint32_t slots_used; /* slots from here on were never used */

static void slots_reset(void)
{
    empty_count = 0;
    slots_used = 0;
}

static uint32_t add_alloc(struct requests *requests, uint32_t bytes)
{
    uint32_t slot = empty_count != 0 ? empty_slots[--empty_count] : slots_used++;

    requests_add(requests, REQUEST_ALLOC, slot, bytes);
    return slot;
}

static void add_free(struct requests *requests, uint32_t slot)
{
    requests_add(requests, REQUEST_FREE, slot, 0);
    empty_slots[empty_count++] = slot;
}

/* ---- mix ---- */

#define SIZE_LEAST   8u
#define SHARES       1000u
#define TAIL_BYTES   4096u
#define TAIL_DOUBLES 4u

/* Of SHARES requests, those above the bound of the line before and up to this one. The rest is the
   tail. */
static const struct {
    uint32_t last_bytes;
    uint32_t requests;
} size_classes[] = {
    {8, 50},    {16, 100}, {32, 150}, {64, 180},  {96, 80},   {128, 105},
    {192, 105}, {256, 85}, {512, 60}, {1024, 40}, {2048, 20}, {4096, 20},
};

static uint32_t draw_size(void)
{
    uint32_t draw = draw_below(SHARES);
    uint32_t previous_bytes = SIZE_LEAST - 1u;

    for (uint32_t i = 0; i < sizeof size_classes / sizeof size_classes[0]; i++) {
        uint32_t last_bytes = size_classes[i].last_bytes;
        if (draw < size_classes[i].requests)
            return draw_below(2) == 0 ? last_bytes : draw_between(previous_bytes + 1u, last_bytes);
        draw -= size_classes[i].requests;
        previous_bytes = last_bytes;
    }
    uint32_t bytes = TAIL_BYTES << draw_below(TAIL_DOUBLES);

    return draw_between(bytes + 1u, 2u * bytes);
}

#define BURST_MAX 64u

void requests_draw_mix(struct requests *requests, uint32_t live, uint32_t count)
{
    const uint32_t least = live - live / 32u;
    const uint32_t most = live + live / 32u;
    uint32_t *used = malloc((most + 1u) * sizeof *used);
    uint32_t used_count = 0;
    uint32_t burst_left = 0;
    bool allocates = true;

    bench_require(used != NULL, "no memory for a sequence of requests");
    random_state = RANDOM32_SEED;
    slots_reset();
    while (used_count < live)
        used[used_count++] = add_alloc(requests, draw_size());
    for (uint32_t i = 0; i < count; i++) {
        if (burst_left-- == 0) {
            allocates = !allocates;
            burst_left = draw_below(BURST_MAX);
        }
        allocates = used_count <= least || (allocates && used_count < most);
        if (allocates) {
            used[used_count++] = add_alloc(requests, draw_size());
        } else {
            uint32_t at = draw_below(used_count);
            add_free(requests, used[at]);
            used[at] = used[--used_count];
        }
    }
    free(used);
    requests->untimed = live + count / 4u;
    requests_finish(requests);
}

/* ---- torture ---- */

#define SMALL_BLOCKS  100000u
#define MEDIUM_BLOCKS 12000u
#define LATER_BLOCKS  50000u
#define PAGE_BLOCKS   2000u
#define CYCLES_MAX    4u

static uint32_t small[SMALL_BLOCKS];
static uint32_t medium[CYCLES_MAX][MEDIUM_BLOCKS];
static uint32_t later[CYCLES_MAX][LATER_BLOCKS];

static void alloc_group(struct requests *requests, uint32_t *group, uint32_t blocks, uint32_t least,
                        uint32_t most)
{
    for (uint32_t i = 0; i < blocks; i++)
        group[i] = add_alloc(requests, draw_between(least, most));
}

/* Frees the block `first` of a group, and every second one behind it. */
static void free_half(struct requests *requests, const uint32_t *group, uint32_t blocks,
                      uint32_t first)
{
    for (uint32_t i = first; i < blocks; i += 2)
        add_free(requests, group[i]);
}

/* Frees the odd blocks of a group in random order. */
static void free_odd_shuffled(struct requests *requests, uint32_t *group, uint32_t blocks)
{
    uint32_t left = blocks / 2u;

    for (uint32_t i = 0; i < left; i++)
        group[i] = group[2u * i + 1u];
    while (left > 0) {
        uint32_t at = draw_below(left);
        add_free(requests, group[at]);
        group[at] = group[--left];
    }
}

void requests_draw_torture(struct requests *requests, uint32_t cycles)
{
    uint32_t page;

    bench_require(cycles <= CYCLES_MAX, "torture has at most four cycles");
    random_state = RANDOM32_SEED;
    slots_reset();
    for (uint32_t cycle = 0; cycle < cycles; cycle++) {
        alloc_group(requests, small, SMALL_BLOCKS, 16, 128);
        free_half(requests, small, SMALL_BLOCKS, 0);
        alloc_group(requests, medium[cycle], MEDIUM_BLOCKS, 256, 1024);
        free_odd_shuffled(requests, small, SMALL_BLOCKS);
        alloc_group(requests, later[cycle], LATER_BLOCKS, 32, 64);
        free_half(requests, medium[cycle], MEDIUM_BLOCKS, 0);
        free_half(requests, later[cycle], LATER_BLOCKS, 0);
        for (uint32_t i = 0; i < PAGE_BLOCKS; i++) {
            alloc_group(requests, &page, 1, 4096, 4096 + 12287);
            add_free(requests, page);
        }
    }
    for (uint32_t cycle = 0; cycle < cycles; cycle++) {
        free_half(requests, medium[cycle], MEDIUM_BLOCKS, 1);
        free_half(requests, later[cycle], LATER_BLOCKS, 1);
    }
    requests_finish(requests);
}
