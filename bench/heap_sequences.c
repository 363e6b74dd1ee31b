#include "heap_sequences.h"
#include "harness.h"
#include "heap_runs.h"

#define MIX_REQUESTS   2000000u
#define TORTURE_CYCLES 4u

const struct requests *heap_sequence(enum heap_sequence sequence)
{
    static struct requests drawn[SEQUENCES];
    struct requests *requests = &drawn[sequence];
    uint32_t cycles = bench_repeats(TORTURE_CYCLES);

    if (requests->count != 0)
        return requests;
    switch (sequence) {
    case SEQUENCE_MIX_10K:
        requests_draw_mix(requests, 10000, bench_repeats(MIX_REQUESTS));
        break;
    case SEQUENCE_MIX_100K:
        requests_draw_mix(requests, 100000, bench_repeats(MIX_REQUESTS));
        break;
    case SEQUENCE_TORTURE:
    case SEQUENCES:
        requests_draw_torture(requests, cycles != 0 ? cycles : 1u);
        break;
    }
    return requests;
}

void heap_sequences_draw(void)
{
    for (uint32_t i = 0; i < SEQUENCES; i++)
        heap_blocks_touch(heap_sequence((enum heap_sequence)i));
}
