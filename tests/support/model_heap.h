/* A picture of the blocks of a heap, and a naive model of the owned bytes, for tests. */
#ifndef SUPPORT_MODEL_HEAP_H
#define SUPPORT_MODEL_HEAP_H

#include <mm/heap.h>

/*
 * Returns a picture of the blocks from the start to the tail, with their sizes: "U16 F32 U24 |4020"
 * is a used block of 16 bytes, a free block of 32, a used block of 24, and 4,020 bytes of tail;
 * "S4096" is a slab. A long picture is cut. It is valid until the next call.
 */
const char *model_heap_picture(const struct heap *heap);

/* Initialises an empty heap of `pages` pages at MODEL_HEAP_START. */
#define MODEL_HEAP_START 0xc1000000u
void model_heap_start(struct heap *heap, uint32_t pages);

/* Allocates `count` blocks; the sizes include the headers. MODEL_ALLOC(heap, blocks, 16, 24, ...)
 * is shorter. */
void model_alloc(struct heap *heap, vaddr_t *blocks, const uint32_t *sizes, size_t count);
#define MODEL_ALLOC(heap, blocks, ...)                                                             \
    model_alloc(heap, blocks, (const uint32_t[]){__VA_ARGS__},                                     \
                sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t))

/* Fails the test unless the heap looks like this picture and passes its checker. */
void assert_heap(const struct heap *heap, const char *picture);

/* Returns a hash of the picture, of the objects in slabs, and of the order of the free lists. Equal
 * heaps have equal hashes. */
uint64_t model_heap_hash(const struct heap *heap);

/* Returns the bytes of the span that no request can get: those before the first header, and those
 * in slabs that belong to no object. */
uint32_t model_heap_overhead(const struct heap *heap);

/* Returns the header's size of a live block: 0 for an object of a slab. */
uint32_t model_header_bytes(const struct heap *heap, vaddr_t block);

/* model_fill() writes words that depend on the seed and their place; model_holds() returns whether
 * they are still there. */
void model_fill(vaddr_t block, uint32_t bytes, uint32_t seed);
bool model_holds(vaddr_t block, uint32_t bytes, uint32_t seed);

/* A map of the owned bytes in [base, base + bytes), one entry for 4 bytes. Ranges start at a
 * multiple of 4 from base. */
#define MODEL_OWNED_STEP 4u
struct model_owned {
    uint32_t base;
    uint32_t bytes;
    uint8_t *owned;
};

void model_owned_create(struct model_owned *model, uint32_t base, uint32_t bytes);
void model_owned_destroy(struct model_owned *model);

/* Returns false if a part of the range is already owned or lies outside. */
bool model_owned_take(struct model_owned *model, uint32_t address, uint32_t bytes);
void model_owned_give(struct model_owned *model, uint32_t address, uint32_t bytes);

#endif
