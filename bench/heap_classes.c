#include "heap_classes.h"

#include <stddef.h>
#include <stdio.h>
#include <sys/mman.h>

#define REGION_BYTES  (512u << 20)
#define HEADER_BYTES  8u
#define LINEAR_STEP   16u
#define LINEAR_LAST   256u
#define LINEAR_COUNT  (LINEAR_LAST / LINEAR_STEP + 1u)
#define LINEAR_ORDER  8u
#define CLASSES_COUNT (LINEAR_COUNT + 4u * 24u)

/* A free block holds the next one of its class in its payload; its header keeps its class. */
static uintptr_t free_blocks[CLASSES_COUNT];
static unsigned char *region;
static size_t end_bytes;
static size_t used_bytes;

bool heap_classes_open(const char *name)
{
    void *mapped = mmap(NULL, REGION_BYTES, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (mapped == MAP_FAILED) {
        fprintf(stderr, "bench: %s: no memory\n", name);
        return false;
    }
    region = mapped;
    return heap_classes_restart(REGION_BYTES);
}

bool heap_classes_restart(uint32_t bytes)
{
    end_bytes = bytes;
    used_bytes = 0;
    for (uint32_t i = 0; i < CLASSES_COUNT; i++)
        free_blocks[i] = 0;
    return true;
}

void heap_classes_close(void)
{
    munmap(region, REGION_BYTES);
}

/* Classes are multiples of 16 up to 256 bytes, then four between powers of two. */
static uint32_t class_of(uint32_t bytes)
{
    if (bytes <= LINEAR_LAST)
        return (bytes + LINEAR_STEP - 1u) / LINEAR_STEP;
    uint32_t order = 31u - (uint32_t)__builtin_clz(bytes - 1u);

    return LINEAR_COUNT + 4u * (order - LINEAR_ORDER) + ((bytes - 1u) >> (order - 2u) & 3u);
}

static uint32_t class_bytes(uint32_t class)
{
    if (class < LINEAR_COUNT)
        return class * LINEAR_STEP;
    class -= LINEAR_COUNT;
    return (5u + class % 4u) << (class / 4u + LINEAR_ORDER - 2u);
}

static uintptr_t cut(uint32_t class)
{
    size_t bytes = class_bytes(class);

    if (used_bytes + bytes > end_bytes)
        return 0;
    uint64_t *header = (uint64_t *)(void *)(region + used_bytes);
    used_bytes += bytes;
    *header = class;
    return (uintptr_t)(header + 1);
}

uintptr_t heap_classes_alloc(uint32_t bytes)
{
    uint32_t class = class_of(bytes + HEADER_BYTES);
    uintptr_t block = free_blocks[class];

    if (block == 0)
        return cut(class);
    free_blocks[class] = *(uintptr_t *)block;
    return block;
}

void heap_classes_free(uintptr_t block)
{
    uint64_t class = ((uint64_t *)block)[-1];

    *(uintptr_t *)block = free_blocks[class];
    free_blocks[class] = block;
}

uint64_t heap_classes_span_bytes(uint64_t highest)
{
    (void)highest;
    return used_bytes;
}
