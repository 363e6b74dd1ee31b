/* A heap whose slabs have objects of 24 bytes. */
#ifndef TESTS_MM_HEAP_OBJECTS_H
#define TESTS_MM_HEAP_OBJECTS_H

#include "mm/heap_slabs.h"
#include "support/model_heap.h"
#include "support/test.h"

#define HEAP_START   MODEL_HEAP_START
#define OBJECT_BYTES 24u
#define OBJECTS      164u            /* 24-byte objects in a slab */
#define FIRST        HEAP_SLAB_FIRST /* offset of the first object in the page */
#define BLOCKS       "U24 U24 U24 U24 U24 U24 U24 U24 U24 U24 U24 U24 U24 U24 U24 U24 "

static struct heap heap;
static vaddr_t small[HEAP_SLAB_DEMAND];
static vaddr_t object[2 * OBJECTS];

static inline vaddr_t alloc_small(void)
{
    vaddr_t block = heap_alloc(&heap, 20, HEAP_ALIGN);

    assert_false(vaddr_is_none(block));
    return block;
}

/* Takes so many blocks of the size that the next one makes a slab. */
static inline void start(uint32_t pages)
{
    model_heap_start(&heap, pages);
    for (uint32_t i = 0; i < HEAP_SLAB_DEMAND; i++)
        small[i] = alloc_small();
}

static inline void take_objects(uint32_t first, uint32_t end)
{
    for (uint32_t i = first; i < end; i++)
        object[i] = alloc_small();
}

static inline void free_objects(uint32_t first, uint32_t end)
{
    for (uint32_t i = first; i < end; i++)
        heap_free(&heap, object[i]);
}

#endif
