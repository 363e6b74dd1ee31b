#include "series.h"

#include "replay_parts.h"
#include "slots.h"

struct free_memory {
    const struct mm *mm;
    struct series_sample *sample;
    struct free_blocks blocks;
};

static uint32_t between(uint32_t start, uint32_t end)
{
    return start < end ? end - start : 0;
}

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* Adds a free range to the sample. The range may extend over several zones. */
static void add_run(void *context, pfn_t start, pfn_t end)
{
    struct free_memory *memory = context;
    struct series_sample *sample = memory->sample;
    uint32_t from = start.value;

    for (uint32_t zone = 0; zone < ZONE_COUNT; zone++) {
        pfn_t last = zone == ZONE_LOW ? memory->mm->low_end : zone_end((enum zone)zone);
        uint32_t to = least(end.value, last.value);
        sample->zone_free_frames[zone] += between(from, to);
        from = from > to ? from : to;
    }
    if (sample->largest_run_frames < end.value - start.value)
        sample->largest_run_frames = end.value - start.value;
    free_blocks_add_range(&memory->blocks, start, end);
}

static uint64_t slot_bytes(const struct replay_slot *slot)
{
    return slot_kind(slot) == EVENT_PAGES ? (uint64_t)PAGE_SIZE << slot->bytes : slot->bytes;
}

static void add_live(const struct replay *replay, struct series_sample *sample)
{
    for (uint32_t i = 0; i < replay->slot_count; i++) {
        if (slot_state(&replay->slots[i]) != SLOT_LIVE)
            continue;
        sample->live_blocks++;
        sample->live_bytes += slot_bytes(&replay->slots[i]);
    }
}

struct series_sample series_sample(struct replay *replay)
{
    struct mm *mm = replay->mm;
    struct series_sample sample = {
        .result = &replay->result,
        .heap_payload_bytes = measure_payload_bytes(replay),
        .heap_span_bytes = mm->counters.heap_span_bytes,
        .frames_used = mm->counters.frames_used,
        .frames_total = mm->frames_total,
        .free_bytes = mm_free_bytes(mm),
    };
    struct free_memory memory = {.mm = mm, .sample = &sample};

    for (uint32_t i = 0; i < REQUEST_COUNT; i++)
        sample.requests += replay->result.requests[i];
    mm_free_ranges(mm, add_run, &memory);
    sample.indices = measure_indices(&memory.blocks);
    add_live(replay, &sample);
    return sample;
}

void series_start(struct replay *replay, uint64_t every,
                  void (*on_sample)(void *context, const struct series_sample *sample),
                  void *context)
{
    replay->series = (struct replay_series){every, every, on_sample, context};
}

void series_due(struct replay *replay)
{
    const struct series_sample sample = series_sample(replay);

    replay->series.in = replay->series.every;
    replay->series.on_sample(replay->series.context, &sample);
}

void series_finish(struct replay *replay)
{
    bool just_now = replay->result.events != 0 && replay->series.in == replay->series.every;

    if (replay->series.every != 0 && !just_now)
        series_due(replay);
}
