#include <mm/fragmentation.h>

/* Returns the order of the largest aligned block that starts at `start` and ends at or before
   `end`. */
static uint32_t block_order(uint32_t start, uint32_t end)
{
    uint32_t aligned = start == 0 ? ORDER_MAX : (uint32_t)__builtin_ctz(start);
    uint32_t fits = 31u - (uint32_t)__builtin_clz(end - start);
    uint32_t order = aligned < fits ? aligned : fits;

    return order < ORDER_MAX ? order : ORDER_MAX;
}

void free_blocks_add_range(struct free_blocks *blocks, pfn_t start, pfn_t end)
{
    blocks->frames += end.value - start.value;
    if (blocks->on_range != NULL)
        blocks->on_range(blocks->context, start, end);
    for (uint32_t at = start.value; at < end.value;) {
        uint32_t order = block_order(at, end.value);
        blocks->count[order]++;
        at += 1u << order;
    }
}

/* Counts the blocks of 2^order frames into which the free blocks of that order and above can be
   split. */
static uint32_t suitable_blocks(const struct free_blocks *blocks, uint32_t order)
{
    uint32_t suitable = 0;

    for (uint32_t k = order; k <= ORDER_MAX; k++)
        suitable += blocks->count[k] << (k - order);
    return suitable;
}

int32_t fragmentation_unusable_index(const struct free_blocks *blocks, uint32_t order)
{
    if (blocks->frames == 0)
        return 1000;
    uint32_t unusable = blocks->frames - (suitable_blocks(blocks, order) << order);
    return (int32_t)(unusable * 1000u / blocks->frames); /* 2^20 frames * 1000 < 2^32 */
}

int32_t fragmentation_index(const struct free_blocks *blocks, uint32_t order)
{
    uint32_t total = 0;

    for (uint32_t k = 0; k <= ORDER_MAX; k++)
        total += blocks->count[k];
    if (total == 0)
        return 0;
    if (suitable_blocks(blocks, order) != 0)
        return -1000;
    return 1000 - (int32_t)((1000u + (blocks->frames * 1000u >> order)) / total);
}
