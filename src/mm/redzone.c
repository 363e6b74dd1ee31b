#include "redzone.h"

#include <mm/layout.h>
#include <mm/machine.h>
#include <mm/strategy.h>

#include "fill.h"

#define END_WORDS_BYTES 8u
_Static_assert(REDZONE_ROOM_BYTES >= END_WORDS_BYTES + 16u,
               "an overrun of up to 16 bytes changes a pattern");

/* Returns the size to request from the strategy. If the sum overflows, it is a size that no
   strategy can serve. */
static uint32_t bytes_with_room(uint32_t bytes)
{
    return bytes <= UINT32_MAX - REDZONE_ROOM_BYTES ? bytes + REDZONE_ROOM_BYTES : UINT32_MAX;
}

/* Returns one of the odd bytes from 0x81 to 0xbf, chosen by the address (Knuth, TAOCP vol. 3, 6.4).
 */
static unsigned char pattern_at(uint32_t address)
{
    return (unsigned char)(0x81u + (address * 0x9e3779b1u >> 27) * 2u);
}

/* Returns the end of the last whole word of a block. */
static uint32_t words_end(vaddr_t block, uint32_t usable_bytes)
{
    return (block.value + usable_bytes) & ~3u;
}

static uint32_t *end_words(uint32_t end)
{
    return machine_pointer(vaddr(end - END_WORDS_BYTES));
}

static uint32_t end_key(uint32_t end)
{
    return end * 0x9e3779b1u;
}

static uint32_t pattern_end(uint32_t start, uint32_t end)
{
    uint32_t room = end - END_WORDS_BYTES - start;

    return start + (room < REDZONE_BYTES ? room : REDZONE_BYTES);
}

/* ---- writing ---- */

/* Backs the pages of [start, end) with frames. Returns false if there are too few. */
static bool pages_back(uint32_t start, uint32_t end)
{
    for (uint32_t page = start & ~PAGE_OFFSET_MASK; page < end; page += PAGE_SIZE)
        if (!fill_page_is_backed(page) && !machine_touch(vaddr(page), true))
            return false;
    return true;
}

/* Returns false if a page of the red zone has no frame and cannot get one. */
static bool redzone_make(vaddr_t block, uint32_t bytes, uint32_t usable_bytes)
{
    uint32_t start = block.value + bytes;
    uint32_t end = words_end(block, usable_bytes);
    unsigned char *pattern = machine_pointer(vaddr(start));

    if (!pages_back(start, pattern_end(start, end)) || !pages_back(end - END_WORDS_BYTES, end))
        return false;
    for (uint32_t at = start; at < pattern_end(start, end); at++)
        *pattern++ = pattern_at(at);
    end_words(end)[0] = start ^ end_key(end);
    end_words(end)[1] = ~start ^ end_key(end);
    return true;
}

/* ---- verifying ---- */

/* Returns the start of a block's red zone. Panics if the red zone has changed. */
static uint32_t redzone_start(vaddr_t block, uint32_t usable_bytes, const char *call)
{
    uint32_t end = words_end(block, usable_bytes);
    uint32_t start = end_words(end)[0] ^ end_key(end);

    if ((end_words(end)[1] ^ end_key(end)) != ~start || start <= block.value ||
        start > end - END_WORDS_BYTES)
        machine_panic(call, "the end of the block was written to", block.value);
    const unsigned char *pattern = machine_pointer(vaddr(start));
    for (uint32_t at = start; at < pattern_end(start, end); at++)
        if (*pattern++ != pattern_at(at))
            machine_panic(call, "the red zone behind the block was written to", block.value);
    return start;
}

void redzone_verify(struct mm *mm, vaddr_t block, const char *call)
{
    if (mm->strategy->block_fault(mm, block) == NULL)
        (void)redzone_start(block, mm->strategy->ksize(mm, block), call);
}

/* ---- blocks ---- */

vaddr_t redzone_kmalloc(struct mm *mm, uint32_t bytes, enum page_class page_class)
{
    vaddr_t block = mm->strategy->kmalloc(mm, bytes_with_room(bytes), page_class);

    if (vaddr_is_none(block) || redzone_make(block, bytes, mm->strategy->ksize(mm, block)))
        return block;
    mm->strategy->kfree(mm, block);
    return VADDR_NONE;
}

/* redzone_make() cannot fail here: a strategy that resizes a block also backs its end. */
vaddr_t redzone_krealloc(struct mm *mm, vaddr_t block, uint32_t bytes)
{
    (void)redzone_start(block, mm->strategy->ksize(mm, block), "krealloc");
    vaddr_t moved = mm->strategy->krealloc(mm, block, bytes_with_room(bytes));

    if (!vaddr_is_none(moved))
        MM_ASSERT(redzone_make(moved, bytes, mm->strategy->ksize(mm, moved)));
    return moved;
}

uint32_t redzone_ksize(struct mm *mm, vaddr_t block)
{
    return redzone_start(block, mm->strategy->ksize(mm, block), "ksize") - block.value;
}

/* ---- areas ---- */

/* If the strategy does not know the size of an area, the area ends at its guard page. */
static uint32_t area_bytes(struct mm *mm, vaddr_t block)
{
    uint32_t bytes = 0;
    paddr_t pa;

    if (mm->strategy->area_bytes != NULL)
        return mm->strategy->area_bytes(mm, block);
    while (block.value % PAGE_SIZE == 0 && block.value - HEAP_AREA_BASE < HEAP_AREA_SIZE - bytes &&
           mm_translate(mm, vaddr_add(block, bytes), &pa))
        bytes += PAGE_SIZE;
    return bytes;
}

vaddr_t redzone_vmalloc(struct mm *mm, uint32_t bytes)
{
    vaddr_t block = mm->strategy->vmalloc(mm, bytes_with_room(bytes));

    if (vaddr_is_none(block) || redzone_make(block, bytes, area_bytes(mm, block)))
        return block;
    mm->strategy->vfree(mm, block);
    return VADDR_NONE;
}

void redzone_verify_area(struct mm *mm, vaddr_t block, const char *call)
{
    uint32_t bytes = area_bytes(mm, block);

    if (bytes != 0)
        (void)redzone_start(block, bytes, call);
}
