#include "replay_parts.h"

#include "run_json.h"

/* A sample of fragmentation reads every free frame or block. A trace has about 32 samples, but
   fewer if the samples would read more than a few frames for each event. */
#define SAMPLES             32u
#define SAMPLE_EVENTS_MIN   1024u
#define SAMPLE_FRAMES_EVENT 4u

#define CONTIGUITY_BLOCKS 100u

static uint32_t max_u32(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static uint32_t sample_interval(const struct mm *mm, uint64_t events)
{
    uint64_t share = events / SAMPLES;
    uint32_t for_trace = share < UINT32_MAX ? (uint32_t)share : UINT32_MAX;

    return max_u32(max_u32(for_trace, SAMPLE_EVENTS_MIN), mm->frames_total / SAMPLE_FRAMES_EVENT);
}

struct replay_fragmentation measure_indices(const struct free_blocks *blocks)
{
    struct replay_fragmentation indices;

    for (uint32_t order = 0; order <= ORDER_MAX; order++) {
        indices.unusable_index[order] = fragmentation_unusable_index(blocks, order);
        indices.fragmentation_index[order] = fragmentation_index(blocks, order);
    }
    return indices;
}

static struct replay_fragmentation indices_now(struct mm *mm)
{
    struct free_blocks blocks;

    mm_free_blocks(mm, &blocks);
    return measure_indices(&blocks);
}

static void raise_to(int32_t *worst, int32_t value)
{
    if (value > *worst)
        *worst = value;
}

void measure_fragmentation(struct replay *replay)
{
    struct replay_fragmentation *worst = &replay->result.worst;
    struct replay_fragmentation now = indices_now(replay->mm);

    for (uint32_t order = 0; order <= ORDER_MAX; order++) {
        raise_to(&worst->unusable_index[order], now.unusable_index[order]);
        raise_to(&worst->fragmentation_index[order], now.fragmentation_index[order]);
    }
    replay->sample_in = replay->sample_every;
}

void measure_start(struct replay *replay, uint64_t events)
{
    replay->sample_every = sample_interval(replay->mm, events);
    replay->result.contiguous_worst_permille = 1000;
    replay->result.worst = indices_now(replay->mm);
    replay->sample_in = replay->sample_every;
}

void measure_payload(struct replay *replay)
{
    uint64_t payload = measure_payload_bytes(replay);

    if (payload > replay->result.heap_payload_peak_bytes)
        replay->result.heap_payload_peak_bytes = payload;
}

static bool block_is_contiguous(const struct mm *mm, vaddr_t block, uint32_t bytes)
{
    uint32_t done = PAGE_SIZE - (block.value & PAGE_OFFSET_MASK);
    paddr_t pa = paddr(0);
    paddr_t next = paddr(0);
    bool contiguous = mm_translate(mm, block, &pa);

    for (; contiguous && done < bytes; done += PAGE_SIZE)
        contiguous =
            mm_translate(mm, vaddr_add(block, done), &next) && next.value == pa.value + done;
    return contiguous;
}

void measure_contiguity(struct replay *replay, vaddr_t block, uint32_t bytes)
{
    struct replay_result *result = &replay->result;
    bool contiguous = block_is_contiguous(replay->mm, block, bytes);

    result->blocks_over_page++;
    result->blocks_contiguous += contiguous;
    replay->recent_contiguous += contiguous;
    if (++replay->recent_blocks < CONTIGUITY_BLOCKS)
        return;
    uint32_t permille = replay->recent_contiguous * 1000u / CONTIGUITY_BLOCKS;
    if (permille < result->contiguous_worst_permille)
        result->contiguous_worst_permille = permille;
    replay->recent_blocks = 0;
    replay->recent_contiguous = 0;
}

void measure_finish(struct replay *replay)
{
    struct replay_result *result = &replay->result;
    const struct mm *mm = replay->mm;

    measure_fragmentation(replay);
    result->end = indices_now(replay->mm);
    if (result->blocks_over_page != 0 && result->blocks_over_page < CONTIGUITY_BLOCKS)
        result->contiguous_worst_permille =
            ratio_permille(result->blocks_contiguous, result->blocks_over_page);
    result->heap_span_peak_bytes = mm->counters.heap_span_peak_bytes;
    result->heap_spans_peak = mm->counters.heap_spans_peak;
    result->heap_left_peak_bytes = mm->counters.heap_left_peak_bytes;
    result->moves = mm->moves.count;
    result->moves_bytes = (uint64_t)mm->moves.frames << PAGE_SHIFT;
    result->moves_wasted = mm->moves.wasted;
    result->frames_total = mm->frames_total;
    result->frames_used_peak = mm->counters.frames_used_peak;
    result->metadata_bytes = mm->metadata_frames << PAGE_SHIFT;
}
