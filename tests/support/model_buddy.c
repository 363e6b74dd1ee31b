#include "support/model_buddy.h"

#include <stdlib.h>
#include <string.h>

static enum zone model_zone(const struct model_buddy *model, uint32_t frame)
{
    if (frame < DMA_END_PFN)
        return ZONE_DMA;
    return frame < model->low_end ? ZONE_LOW : ZONE_HIGH;
}

static void block_put(struct model_buddy *model, uint32_t first, uint32_t order)
{
    model->order[first] = (int8_t)order;
    model->blocks[model_zone(model, first)][order]++;
}

static void block_remove(struct model_buddy *model, uint32_t first)
{
    model->blocks[model_zone(model, first)][model->order[first]]--;
    model->order[first] = -1;
}

void model_buddy_create(struct model_buddy *model, uint32_t end, uint32_t low_end)
{
    *model = (struct model_buddy){.end = end, .low_end = low_end, .order = malloc(FRAMES_MAX)};
    if (!model->order)
        abort();
    memset(model->order, -1, FRAMES_MAX);
}

void model_buddy_destroy(struct model_buddy *model)
{
    free(model->order);
}

void model_buddy_add(struct model_buddy *model, uint32_t start, uint32_t end)
{
    for (uint32_t frame = start; frame < end; frame++) {
        model->added[model_zone(model, frame)]++;
        model_buddy_free(model, frame, 0);
    }
}

void model_buddy_free(struct model_buddy *model, uint32_t first, uint32_t order)
{
    for (; order < ORDER_MAX; order++) {
        uint32_t buddy = first ^ 1u << order;
        if (model->order[buddy] != (int)order)
            break;
        block_remove(model, buddy);
        first &= buddy;
    }
    block_put(model, first, order);
}

static uint32_t zone_free(const struct model_buddy *model, uint32_t zone)
{
    uint32_t frames = 0;

    for (uint32_t order = 0; order <= ORDER_MAX; order++)
        frames += model->blocks[zone][order] << order;
    return frames;
}

/* Returns the order that must serve the request in this zone, or ORDER_COUNT if none may. */
static uint32_t serving_order(const struct model_buddy *model, uint32_t order, enum zone zone,
                              enum zone top)
{
    uint32_t serving = order;

    if (zone_free(model, zone) < model_buddy_reserve(model, zone, top) + (1u << order))
        return ORDER_COUNT;
    while (serving <= ORDER_MAX && model->blocks[zone][serving] == 0)
        serving++;
    return serving;
}

static void block_take(struct model_buddy *model, uint32_t first, uint32_t order)
{
    uint32_t whole = (uint32_t)model->order[first];

    block_remove(model, first);
    while (whole-- > order)
        block_put(model, first + (1u << whole), whole);
}

bool model_buddy_follow(struct model_buddy *model, uint32_t order, enum zone top, uint32_t got)
{
    for (uint32_t zone = top + 1u; zone-- > 0;) {
        uint32_t serving = serving_order(model, order, (enum zone)zone, top);
        if (serving == ORDER_COUNT)
            continue;
        if (got >= model->end || model_zone(model, got) != zone ||
            model->order[got] != (int)serving)
            return false;
        block_take(model, got, order);
        return true;
    }
    return got == UINT32_MAX;
}

uint32_t model_buddy_free_to(const struct model_buddy *model, enum zone zone)
{
    uint32_t frames = 0;

    for (uint32_t z = 0; z <= zone; z++)
        frames += zone_free(model, z);
    return frames;
}

uint32_t model_buddy_reserve(const struct model_buddy *model, enum zone zone, enum zone top)
{
    static const uint32_t ratios[ZONE_COUNT] = {256, 32, 1};
    uint32_t above = 0;

    for (uint32_t z = zone + 1u; z <= top; z++)
        above += model->added[z];
    return above / ratios[zone];
}

uint32_t model_buddy_available(const struct model_buddy *model, enum zone top)
{
    uint32_t frames = 0;

    for (uint32_t zone = 0; zone <= top; zone++) {
        uint32_t free = zone_free(model, zone);
        uint32_t reserve = model_buddy_reserve(model, (enum zone)zone, top);
        if (free > reserve)
            frames += free - reserve;
    }
    return frames;
}

bool model_buddy_is_free(const struct model_buddy *model, uint32_t frame)
{
    for (uint32_t order = 0; order <= ORDER_MAX; order++)
        if (model->order[frame & ~((1u << order) - 1u)] >= (int)order)
            return true;
    return false;
}
