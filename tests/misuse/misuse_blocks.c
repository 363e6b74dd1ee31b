/* Pointers into blocks of kmalloc(), and to blocks that are free; requests for 0 bytes or of a
   wrong class. */
#include <mm/machine.h>

#include "misuse_pointer.h"

static vaddr_t filled(struct misuse_attempt *attempt, uint32_t bytes, uint8_t byte)
{
    vaddr_t block = take_block(attempt, bytes);
    uint8_t *content = machine_pointer(block);

    for (uint32_t i = 0; i < bytes; i++)
        content[i] = byte;
    return block;
}

/* ---- inside a block ---- */

POINTER(by_1)
{
    return vaddr_add(take_block(attempt, 100), 1);
}

POINTER(by_4)
{
    return vaddr_add(take_block(attempt, 100), 4);
}

POINTER(by_8)
{
    return vaddr_add(filled(attempt, 100, 0), 8);
}

POINTER(by_16)
{
    return vaddr_add(filled(attempt, 100, 0xff), 16);
}

POINTER(before)
{
    take_block(attempt, 100);
    return vaddr(take_block(attempt, 100).value - 8u);
}

#define OBJECTS       64u
#define OBJECT_BYTES  32u
#define OBJECT_CHOSEN 40u

/* Allocates so many blocks of a small size that the heap makes a slab for the last of them. */
static vaddr_t objects_take(struct misuse_attempt *attempt, vaddr_t objects[OBJECTS])
{
    for (uint32_t i = 0; i < OBJECTS; i++)
        objects[i] = take_block(attempt, OBJECT_BYTES);
    return objects[OBJECT_CHOSEN];
}

POINTER(object_by_8)
{
    vaddr_t objects[OBJECTS];

    return vaddr_add(objects_take(attempt, objects), 8);
}

POINTER(object_by_half)
{
    vaddr_t objects[OBJECTS];

    return vaddr_add(objects_take(attempt, objects), OBJECT_BYTES / 2u);
}

/* A heap keeps its data about the slab there. In a slab of the slab allocator, an object starts
 * there. */
POINTER(object_page_start)
{
    vaddr_t objects[OBJECTS];
    uint32_t page = objects_take(attempt, objects).value & ~PAGE_OFFSET_MASK;

    for (uint32_t i = 0; i < OBJECTS; i++)
        if (objects[i].value == page)
            misuse_is_pointless(attempt);
    return vaddr(page);
}

/* The slab allocator keeps its data about the objects there. */
POINTER(object_page_end)
{
    vaddr_t objects[OBJECTS];

    return vaddr((objects_take(attempt, objects).value | PAGE_OFFSET_MASK) - 7u);
}

POINTER(page_block_by_8)
{
    return vaddr_add(filled(attempt, PAGE_SIZE, 0), 8);
}

POINTER(pages_block_by_page)
{
    return vaddr_add(filled(attempt, 5u * PAGE_SIZE, 0), PAGE_SIZE);
}

POINTER(pages_block_end)
{
    vaddr_t block = filled(attempt, 3u * PAGE_SIZE, 0);

    return vaddr_add(block, 3u * PAGE_SIZE - 8u);
}

/* The pages in between were never touched. */
POINTER(large_block_untouched)
{
    return vaddr_add(take_block(attempt, 256u * PAGE_SIZE), 100u * PAGE_SIZE);
}

POINTER(large_block_untouched_by_8)
{
    return vaddr_add(take_block(attempt, 256u * PAGE_SIZE), 100u * PAGE_SIZE + 8u);
}

POINTER(huge_block_by_large_page)
{
    return vaddr_add(take_block(attempt, 6u << 20), LARGE_PAGE_SIZE);
}

POINTER(dma_block_by_8)
{
    return vaddr_add(take_dma_block(attempt, 100), 8);
}

POINTER(dma_pages_by_page)
{
    return vaddr_add(take_dma_block(attempt, 3u * PAGE_SIZE), PAGE_SIZE);
}

/* The block's own header is there. */
POINTER(dma_pages_header)
{
    vaddr_t block = take_dma_block(attempt, 3u * PAGE_SIZE);

    if (block.value % PAGE_SIZE == 0)
        misuse_is_pointless(attempt);
    return vaddr(block.value & ~PAGE_OFFSET_MASK);
}

/* ---- blocks that are free ---- */

POINTER(twice)
{
    vaddr_t block = take_block(attempt, 100);

    take_block(attempt, 100);
    kfree(attempt->mm, block);
    return block;
}

POINTER(twice_the_last)
{
    vaddr_t block = take_block(attempt, 100);

    kfree(attempt->mm, block);
    return block;
}

POINTER(twice_merged)
{
    vaddr_t block[4];

    for (uint32_t i = 0; i < 4; i++)
        block[i] = take_block(attempt, 1000);
    kfree(attempt->mm, block[1]);
    kfree(attempt->mm, block[2]);
    return block[2];
}

POINTER(twice_between_free_ones)
{
    vaddr_t block[5];

    for (uint32_t i = 0; i < 5; i++)
        block[i] = take_block(attempt, 1000);
    kfree(attempt->mm, block[1]);
    kfree(attempt->mm, block[3]);
    kfree(attempt->mm, block[2]);
    return block[2];
}

/* The two blocks were merged, and one of their joint length has taken their place. */
POINTER(twice_covered)
{
    vaddr_t block[4];

    for (uint32_t i = 0; i < 4; i++)
        block[i] = take_block(attempt, 2000);
    kfree(attempt->mm, block[1]);
    kfree(attempt->mm, block[2]);
    take_block(attempt, 4000);
    return block[2];
}

POINTER(twice_an_object)
{
    vaddr_t objects[OBJECTS];
    vaddr_t object = objects_take(attempt, objects);

    kfree(attempt->mm, object);
    return object;
}

POINTER(twice_an_object_of_a_slab_given_back)
{
    vaddr_t objects[OBJECTS];
    vaddr_t object = objects_take(attempt, objects);

    take_block(attempt, 100);
    for (uint32_t i = 0; i < OBJECTS; i++)
        kfree(attempt->mm, objects[i]);
    return object;
}

POINTER(twice_pages)
{
    vaddr_t block = take_block(attempt, 5u * PAGE_SIZE);

    take_block(attempt, 5u * PAGE_SIZE);
    kfree(attempt->mm, block);
    return block;
}

/* The block is so long that the heap gives its frames back. */
POINTER(twice_shrunk)
{
    vaddr_t block = filled(attempt, 64u * PAGE_SIZE, 1);

    kfree(attempt->mm, block);
    return block;
}

/* The frames are pages now. */
POINTER(twice_frames_reused)
{
    vaddr_t block = filled(attempt, 64u * PAGE_SIZE, 1);
    pfn_t frame = frame_at(attempt, vaddr_add(block, PAGE_SIZE));

    enum page_class page_class = frame.value < attempt->mm->low_end.value ? PAGES_LOW : PAGES_USER;

    kfree(attempt->mm, block);
    while (take_pages(attempt, 0, page_class).value != frame.value)
        continue;
    return reach(attempt, frame);
}

POINTER(twice_dma)
{
    vaddr_t block = take_dma_block(attempt, 100);

    take_dma_block(attempt, 100);
    kfree(attempt->mm, block);
    return block;
}

POINTER(twice_dma_pages)
{
    vaddr_t block = take_dma_block(attempt, 3u * PAGE_SIZE);

    kfree(attempt->mm, block);
    return block;
}

/* krealloc() has moved the block. */
POINTER(moved)
{
    vaddr_t block = take_block(attempt, 1000);

    take_block(attempt, 1000);
    if (krealloc(attempt->mm, block, 20000).value == block.value)
        misuse_gives_up(attempt, "the block was not moved");
    return block;
}

/* ---- requests ---- */

void misuse_ksize_none(struct misuse_attempt *attempt)
{
    misuse_begins(attempt, 0);
    ksize(attempt->mm, VADDR_NONE);
}

void misuse_kmalloc_0(struct misuse_attempt *attempt)
{
    misuse_begins(attempt, 0);
    kmalloc(attempt->mm, 0, PAGES_LOW);
}

void misuse_kmalloc_dma_0(struct misuse_attempt *attempt)
{
    misuse_begins(attempt, 0);
    kmalloc(attempt->mm, 0, PAGES_DMA);
}

void misuse_kmalloc_user(struct misuse_attempt *attempt)
{
    misuse_begins(attempt, PAGES_USER);
    kmalloc(attempt->mm, 100, PAGES_USER);
}

void misuse_kmalloc_user_large(struct misuse_attempt *attempt)
{
    misuse_begins(attempt, PAGES_USER);
    kmalloc(attempt->mm, 5u * PAGE_SIZE, PAGES_USER);
}

void misuse_kmalloc_class_7(struct misuse_attempt *attempt)
{
    misuse_begins(attempt, 7);
    kmalloc(attempt->mm, 100, (enum page_class)7);
}

void misuse_krealloc_to_0(struct misuse_attempt *attempt)
{
    vaddr_t block = take_block(attempt, 100);

    misuse_begins(attempt, 0);
    krealloc(attempt->mm, block, 0);
}

void misuse_krealloc_none_to_0(struct misuse_attempt *attempt)
{
    misuse_begins(attempt, 0);
    krealloc(attempt->mm, VADDR_NONE, 0);
}

void misuse_krealloc_free_to_0(struct misuse_attempt *attempt)
{
    vaddr_t block = take_block(attempt, 100);

    kfree(attempt->mm, block);
    misuse_begins(attempt, 0);
    krealloc(attempt->mm, block, 0);
}
