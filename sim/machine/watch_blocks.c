#include "machine/watch_blocks.h"

#include "machine/sparse.h"
#include <mm/types.h>

#include <stddef.h>

#define BLOCKS_MAX (1u << 22)
#define PAGES      (1u << (32u - PAGE_SHIFT))

#define BLOCK_BYTES  (BLOCKS_MAX * sizeof(struct watch_block))
#define NUMBER_BYTES (LARGE_PAGE_SIZE / 8u * sizeof(uint32_t))
#define STARTS_BYTES (PAGES * sizeof(uint16_t))

/* The largest distance at which an address is still attributed to a block. */
#define NEAR_BYTES PAGE_SIZE

bool watch_blocks_create(struct watch_blocks *blocks)
{
    *blocks = (struct watch_blocks){
        .block = sparse_map(BLOCK_BYTES),
        .starts = sparse_map(STARTS_BYTES),
        .unused = 1,
    };
    return blocks->block && blocks->starts;
}

void watch_blocks_destroy(struct watch_blocks *blocks)
{
    sparse_unmap(blocks->block, BLOCK_BYTES);
    for (uint32_t group = 0; group < WATCH_BLOCK_GROUPS; group++)
        sparse_unmap(blocks->number[group], NUMBER_BYTES);
    sparse_unmap(blocks->starts, STARTS_BYTES);
}

/* The place of the number of the block that starts at an address. The group must have a table. */
static uint32_t *number_place(const struct watch_blocks *blocks, uint64_t address)
{
    return &blocks->number[address >> LARGE_PAGE_SHIFT][(address % LARGE_PAGE_SIZE) / 8u];
}

static uint32_t number_at(const struct watch_blocks *blocks, uint64_t address)
{
    return blocks->starts[address >> PAGE_SHIFT] != 0 ? *number_place(blocks, address) : 0;
}

static void forget(struct watch_blocks *blocks, uint32_t number)
{
    struct watch_block *block = &blocks->block[number];

    *number_place(blocks, block->start) = 0;
    blocks->starts[block->start >> PAGE_SHIFT]--;
    *block = (struct watch_block){.start = blocks->free};
    blocks->free = number;
}

/* Forget the blocks that start in [start, end). */
static void forget_all(struct watch_blocks *blocks, uint32_t start, uint64_t end)
{
    for (uint64_t at = start; at < end; at += 8u) {
        uint32_t number = number_at(blocks, at);
        if (number != 0)
            forget(blocks, number);
    }
}

static uint32_t number_take(struct watch_blocks *blocks)
{
    uint32_t number = blocks->free;

    if (number != 0)
        blocks->free = blocks->block[number].start;
    else if (blocks->unused < BLOCKS_MAX)
        number = blocks->unused++;
    return number;
}

struct watch_block *watch_blocks_add(struct watch_blocks *blocks, uint32_t start, uint32_t bytes)
{
    uint32_t **group = &blocks->number[start >> LARGE_PAGE_SHIFT];

    forget_all(blocks, start, (uint64_t)start + bytes);
    if (*group == NULL)
        *group = sparse_map(NUMBER_BYTES);
    uint32_t number = *group != NULL ? number_take(blocks) : 0;
    if (number == 0)
        return NULL;
    blocks->block[number] = (struct watch_block){.start = start, .bytes = bytes, .live = true};
    *number_place(blocks, start) = number;
    blocks->starts[start >> PAGE_SHIFT]++;
    return &blocks->block[number];
}

struct watch_block *watch_blocks_live(const struct watch_blocks *blocks, uint32_t start)
{
    struct watch_block *block = &blocks->block[number_at(blocks, start)];

    return block->live && block->start == start ? block : NULL;
}

void watch_blocks_resize(struct watch_blocks *blocks, struct watch_block *block, uint32_t bytes)
{
    uint64_t end = (uint64_t)block->start + bytes;

    if (bytes > block->bytes)
        forget_all(blocks, block->start + (block->bytes | 7u) + 1u, end);
    block->bytes = bytes;
}

/* Returns the last block that starts at or below an address. */
static const struct watch_block *block_below(const struct watch_blocks *blocks, uint32_t address)
{
    for (uint32_t page = address >> PAGE_SHIFT; page < PAGES; page--) {
        uint64_t first = (uint64_t)page << PAGE_SHIFT;
        uint64_t at = first + PAGE_SIZE - 8u < address ? first + PAGE_SIZE - 8u : address;
        for (at &= ~UINT64_C(7); blocks->starts[page] != 0 && at >= first; at -= 8u) {
            if (*number_place(blocks, at) != 0)
                return &blocks->block[*number_place(blocks, at)];
            if (at == first)
                break;
        }
    }
    return NULL;
}

/* Returns the first block that starts above an address, within NEAR_BYTES. */
static const struct watch_block *block_above(const struct watch_blocks *blocks, uint32_t address)
{
    uint64_t at = (address | 7u) + UINT64_C(1);

    for (uint64_t end = at + NEAR_BYTES; at < end && at < UINT64_C(1) << 32; at += 8u)
        if (number_at(blocks, at) != 0)
            return &blocks->block[number_at(blocks, at)];
    return NULL;
}

const struct watch_block *watch_blocks_near(const struct watch_blocks *blocks, uint32_t address)
{
    const struct watch_block *below = block_below(blocks, address);
    const struct watch_block *above = block_above(blocks, address);
    uint64_t below_end = below != NULL ? (uint64_t)below->start + below->bytes : 0;

    if (below == NULL || (address >= below_end && address - below_end >= NEAR_BYTES))
        return above;
    if (above == NULL || address < below_end || address - below_end < above->start - address)
        return below;
    return above;
}

void watch_blocks_for_each(struct watch_blocks *blocks,
                           void (*visit)(void *context, struct watch_block *block), void *context)
{
    for (uint32_t number = 1; number < blocks->unused; number++)
        if (blocks->block[number].live)
            visit(context, &blocks->block[number]);
}
