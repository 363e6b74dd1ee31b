/* Views of a heap for tests: a picture of its blocks, and the naive model of who owns which bytes.
 */
#ifndef SUPPORT_MODEL_HEAP_H
#define SUPPORT_MODEL_HEAP_H

#include <mm/heap.h>

/*
 * The blocks from the start to the tail, with their sizes: "U16 F32 U24 |4020" is a used block of
 * 16 bytes, a free one of 32, a used one of 24, and 4,020 bytes of tail; "S4096" is a slab. Valid
 * until the next call.
 * Long heaps are cut.
 */
const char *model_heap_picture(const struct heap *heap);

/* An empty heap of so many pages, at MODEL_HEAP_START. */
#define MODEL_HEAP_START 0xc1000000u
void model_heap_start(struct heap *heap, uint32_t pages);

/* Allocate `count` blocks, sizes with their headers. MODEL_ALLOC(heap, blocks, 16, 24, ...) is
   shorter. */
void model_alloc(struct heap *heap, vaddr_t *blocks, const uint32_t *sizes, size_t count);
#define MODEL_ALLOC(heap, blocks, ...)                                                             \
    model_alloc(heap, blocks, (const uint32_t[]){__VA_ARGS__},                                     \
                sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t))

/* The heap looks like this picture, and is sound. */
void assert_heap(const struct heap *heap, const char *picture);

/* A number for all that a picture shows, for what the slabs hold, and for the order of the lists:
   equal for equal heaps. */
uint64_t model_heap_hash(const struct heap *heap);

/* Bytes of the span that no request can get: before the first header, and in slabs beside their
 * objects. */
uint32_t model_heap_overhead(const struct heap *heap);

/* Bytes of the header of a live block: an object of a slab has none. */
uint32_t model_header_bytes(const struct heap *heap, vaddr_t block);

/* Write and verify the content of a block: words that depend on its seed and their place. */
void model_fill(vaddr_t block, uint32_t bytes, uint32_t seed);
bool model_holds(vaddr_t block, uint32_t bytes, uint32_t seed);

/* Which 4-byte units of [base, base + bytes) are owned; ranges start at multiples of 4 from base.
 */
#define MODEL_OWNED_STEP 4u
struct model_owned {
    uint32_t base;
    uint32_t bytes;
    uint8_t *owned;
};

void model_owned_create(struct model_owned *model, uint32_t base, uint32_t bytes);
void model_owned_destroy(struct model_owned *model);

/* false: a part of it is owned already, or lies outside. */
bool model_owned_take(struct model_owned *model, uint32_t address, uint32_t bytes);
void model_owned_give(struct model_owned *model, uint32_t address, uint32_t bytes);

#endif
