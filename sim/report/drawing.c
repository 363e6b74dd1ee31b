#include "report/drawing.h"

#include "report/frame_colours.h"

struct drawing_colours drawing_colours(enum drawing_ink ink)
{
    static const struct drawing_colours colours[INK_KIND] = {
        [INK_PAGE] = {0xfffefa, 0x17191c},
        [INK_TEXT] = {0x1c1b19, 0xeceae4},
        [INK_FAINT] = {0x6b6862, 0xa29f98},
        [INK_FAILURE] = {0xb3142b, 0xff8a80},
    };

    if (ink < INK_KIND)
        return colours[ink];
    const struct frame_look *look = &frame_looks[ink - INK_KIND];
    return (struct drawing_colours){look->light, look->dark};
}

bool drawing_is_hatched(enum drawing_ink ink)
{
    return ink == INK_KIND + FRAME_DEVICE || ink == INK_KIND + FRAME_HEAP_FREE;
}
