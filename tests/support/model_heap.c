#include "support/model_heap.h"

#include "mm/heap_slabs.h"
#include "support/on_machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PICTURE_BYTES 4096u

const char *model_heap_picture(const struct heap *heap)
{
    static char picture[PICTURE_BYTES];
    size_t length = 0;

    for (uint32_t block = heap_first(heap); block != heap->top && length + 32 < sizeof picture;) {
        uint32_t header = *word_at(block);
        char kind = (header & HEADER_FREE) != 0                     ? 'F'
                    : page_is_slab(heap, block + HEAP_HEADER_BYTES) ? 'S'
                                                                    : 'U';
        length += (size_t)snprintf(picture + length, sizeof picture - length, "%c%u ", kind,
                                   header_size(header));
        block += header_size(header);
    }
    snprintf(picture + length, sizeof picture - length, "|%d", (int)(heap->end - heap->top));
    return picture;
}

void model_heap_start(struct heap *heap, uint32_t pages)
{
    heap_init(heap, vaddr(MODEL_HEAP_START));
    heap_extend(heap, pages * PAGE_SIZE);
}

void model_alloc(struct heap *heap, vaddr_t *blocks, const uint32_t *sizes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        blocks[i] = heap_alloc(heap, sizes[i] - HEAP_HEADER_BYTES, HEAP_ALIGN);
        assert_false(vaddr_is_none(blocks[i]));
    }
}

void assert_heap(const struct heap *heap, const char *picture)
{
    const char *broken = heap_check(heap);

    if (broken)
        fail_msg("%s in: %s", broken, model_heap_picture(heap));
    assert_string_equal(model_heap_picture(heap), picture);
}

static uint64_t fold(uint64_t hash, uint32_t word)
{
    return (hash ^ word) * 0x100000001b3u;
}

static void fold_free(void *context, vaddr_t start, uint32_t bytes)
{
    uint64_t *hash = context;

    *hash = fold(fold(*hash, start.value), bytes);
}

static uint64_t fold_objects(uint64_t hash, const struct heap *heap)
{
    for (uint32_t kind = 0; kind < HEAP_OBJECT_KINDS; kind++)
        for (uint32_t at = heap->object[kind]; at != 0; at = heap_object_at(at)->next)
            hash = fold(fold(hash, kind), at);
    return hash;
}

static uint64_t fold_slab(uint64_t hash, uint32_t page)
{
    for (uint32_t at = 0; at < sizeof(struct heap_slab); at += 4)
        hash = fold(hash, *word_at(page + at));
    return hash;
}

uint64_t model_heap_hash(const struct heap *heap)
{
    uint64_t hash = fold(fold(fold(0, heap->start), heap->end), heap->top);

    for (uint32_t block = heap_first(heap); block != heap->top;) {
        hash = fold(hash, *word_at(block));
        if (page_is_slab(heap, block + HEAP_HEADER_BYTES))
            hash = fold_slab(hash, block + HEAP_HEADER_BYTES);
        block += header_size(*word_at(block));
    }
    heap_for_each_free(heap, 0, fold_free, &hash);
    return fold(fold_objects(hash, heap), heap->free_bytes);
}

uint32_t model_heap_overhead(const struct heap *heap)
{
    uint32_t bytes = HEAP_HEADER_BYTES;

    for (uint32_t block = heap_first(heap); block != heap->top;) {
        uint32_t page = block + HEAP_HEADER_BYTES;
        uint32_t size = header_size(*word_at(block));
        if (page_is_slab(heap, page))
            bytes +=
                size - (uint32_t)heap_slab_at(page)->objects * heap_slab_at(page)->object_bytes;
        block += size;
    }
    return bytes;
}

uint32_t model_header_bytes(const struct heap *heap, vaddr_t block)
{
    return page_is_slab(heap, block.value) ? 0 : HEAP_HEADER_BYTES;
}

static uint32_t pattern(uint32_t seed, uint32_t index)
{
    return seed * 2654435761u + index * 40503u;
}

void model_fill(vaddr_t block, uint32_t bytes, uint32_t seed)
{
    unsigned char *payload = machine_pointer(block);

    for (uint32_t i = 0; i < bytes; i += 4) {
        uint32_t word = pattern(seed, i);
        memcpy(payload + i, &word, bytes - i < 4 ? bytes - i : 4);
    }
}

bool model_holds(vaddr_t block, uint32_t bytes, uint32_t seed)
{
    const unsigned char *payload = machine_pointer(block);

    for (uint32_t i = 0; i < bytes; i += 4) {
        uint32_t word = pattern(seed, i);
        if (memcmp(payload + i, &word, bytes - i < 4 ? bytes - i : 4) != 0)
            return false;
    }
    return true;
}

void model_owned_create(struct model_owned *model, uint32_t base, uint32_t bytes)
{
    *model = (struct model_owned){base, bytes, calloc(bytes / MODEL_OWNED_STEP, 1)};
    if (!model->owned)
        abort();
}

void model_owned_destroy(struct model_owned *model)
{
    free(model->owned);
}

bool model_owned_take(struct model_owned *model, uint32_t address, uint32_t bytes)
{
    if (address < model->base || address - model->base > model->bytes ||
        bytes > model->bytes - (address - model->base))
        return false;
    uint32_t first = (address - model->base) / MODEL_OWNED_STEP;
    uint32_t end = (address - model->base + bytes + MODEL_OWNED_STEP - 1u) / MODEL_OWNED_STEP;

    if (memchr(&model->owned[first], 1, end - first) != NULL)
        return false;
    memset(&model->owned[first], 1, end - first);
    return true;
}

void model_owned_give(struct model_owned *model, uint32_t address, uint32_t bytes)
{
    uint32_t first = (address - model->base) / MODEL_OWNED_STEP;
    uint32_t end = (address - model->base + bytes + MODEL_OWNED_STEP - 1u) / MODEL_OWNED_STEP;

    memset(&model->owned[first], 0, end - first);
}
