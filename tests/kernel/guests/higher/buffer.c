/* Buffers lie below one another; the newest is the lowest. */
#include "higher.h"

static uint32_t start = BUFFERS_END;

uint32_t buffers_start(void)
{
    return start;
}

/* false: it has fewer pages than wanted. */
static bool add_pages(struct buffer *buffer, uint32_t pages)
{
    while (buffer->pages < pages) {
        uint32_t frame = frame_alloc();

        if (!frame)
            return false;
        if (!map_page(buffer->va + buffer->pages * PAGE_SIZE, frame, PTE_WRITABLE)) {
            frame_free(frame);
            return false;
        }
        buffer->frame[buffer->pages++] = frame;
    }
    return true;
}

bool buffer_create(struct buffer *buffer, uint32_t pages)
{
    *buffer = (struct buffer){.va = start - pages * PAGE_SIZE};
    if (pages > BUFFER_PAGES_MAX || buffer->va < heap_end())
        return false;
    if (!add_pages(buffer, pages)) {
#ifndef BUG_NO_UNWIND
        buffer_destroy(buffer);
#endif
        return false;
    }
    start = buffer->va;
    return true;
}

void buffer_destroy(struct buffer *buffer)
{
    for (uint32_t i = 0; i < buffer->pages; i++) {
        unmap_page(buffer->va + i * PAGE_SIZE);
        frame_free(buffer->frame[i]);
    }
    if (start == buffer->va)
        start += buffer->pages * PAGE_SIZE;
#ifndef BUG_DOUBLE_FREE
    buffer->pages = 0;
#endif
}
