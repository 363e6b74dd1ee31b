#include "frames_array.h"

static uint32_t free_frames[FRAMES_MAX];
static uint32_t count;

void frames_array_init(pfn_t start, pfn_t end)
{
    count = 0;
    for (uint32_t frame = end.value; frame-- > start.value;)
        free_frames[count++] = frame;
}

pfn_t frames_array_alloc(void)
{
    return count != 0 ? pfn(free_frames[--count]) : PFN_NONE;
}

void frames_array_free(pfn_t frame)
{
    free_frames[count++] = frame.value;
}
