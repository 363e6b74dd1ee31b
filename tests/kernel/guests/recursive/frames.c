/* Free frames, on a stack that is an array: the frames themselves need not be mapped. */
#include "recursive.h"

#include "console.h"

#define FRAMES_MAX 4096 /* 16 MiB; memory above is not used */

static uint32_t free_stack[FRAMES_MAX];
static uint32_t free_count;

void frames_init(uint32_t end)
{
    uint32_t start = (uint32_t)kernel_end;

    if (end > FRAMES_MAX * PAGE_SIZE)
        end = FRAMES_MAX * PAGE_SIZE;
    for (uint32_t frame = start; frame < end; frame += PAGE_SIZE)
        frame_free(frame);
}

uint32_t frame_alloc(void)
{
    return free_count > 0 ? free_stack[--free_count] : 0;
}

void frame_free(uint32_t frame)
{
    if (frame % PAGE_SIZE || frame < (uint32_t)kernel_end)
        panic("frame_free: not a frame");
    if (free_count == FRAMES_MAX)
        panic("frame_free: more frames than there are");
    free_stack[free_count++] = frame;
}

uint32_t frame_free_count(void)
{
    return free_count;
}
