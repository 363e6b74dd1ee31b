#include "support/model_frames.h"

#include <stdlib.h>
#include <string.h>

void model_frames_create(struct model_frames *model, uint32_t end)
{
    model->end = end;
    model->is_free = calloc(FRAMES_MAX, sizeof(bool));
    if (!model->is_free)
        abort();
}

void model_frames_destroy(struct model_frames *model)
{
    free(model->is_free);
}

void model_frames_set(struct model_frames *model, uint32_t start, uint32_t end, bool is_free)
{
    memset(&model->is_free[start], is_free, end - start);
}

uint32_t model_frames_lowest(const struct model_frames *model, uint32_t from)
{
    for (uint32_t frame = from; frame < model->end; frame++)
        if (model->is_free[frame])
            return frame;
    return UINT32_MAX;
}

uint32_t model_frames_highest_block(const struct model_frames *model, uint32_t order,
                                    enum zone zone)
{
    uint32_t size = 1u << order;
    uint32_t end = zone_end(zone).value < model->end ? zone_end(zone).value : model->end;

    for (uint32_t first = (end - size) & ~(size - 1u); first >= RESERVED_END_PFN; first -= size)
        if (model_frames_first_used(model, first, first + size) == UINT32_MAX)
            return first;
    return UINT32_MAX;
}

uint32_t model_frames_first_used(const struct model_frames *model, uint32_t start, uint32_t end)
{
    for (uint32_t frame = start; frame < end; frame++)
        if (frame >= model->end || !model->is_free[frame])
            return frame;
    return UINT32_MAX;
}

uint32_t model_frames_free_to(const struct model_frames *model, enum zone zone)
{
    uint32_t frames = 0;

    for (uint32_t frame = 0; frame < model->end && frame < zone_end(zone).value; frame++)
        frames += model->is_free[frame];
    return frames;
}

uint32_t model_frames_run_end(const struct model_frames *model, uint32_t start)
{
    uint32_t end = start;

    while (end < model->end && model->is_free[end] == model->is_free[start])
        end++;
    return end;
}
