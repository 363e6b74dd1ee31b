#include <mm/frame_owner.h>

#include "report/explain_report.h"

char explain_mark_character(uint32_t mark)
{
    static const char characters[MARK_COUNT] = {
        [FRAME_FREE] = '.',     [FRAME_DEVICE] = '-',   [FRAME_RESERVED] = 'R',
        [FRAME_METADATA] = 'M', [FRAME_KERNEL] = 'K',   [FRAME_PAGE_TABLE] = 'T',
        [FRAME_HEAP] = 'H',     [FRAME_SLAB] = 'S',     [FRAME_VMALLOC] = 'V',
        [FRAME_USER] = 'U',     [MARK_HEAP_FREE] = 'o',
    };

    return characters[mark];
}

const char *explain_mark_name(uint32_t mark)
{
    return mark == MARK_HEAP_FREE ? "free_in_heap" : frame_kind_name((enum frame_kind)mark);
}

const char *explain_zone_name(enum zone zone)
{
    static const char *const names[ZONE_COUNT] = {"DMA", "LOW", "HIGH"};

    return names[zone];
}

const char *explain_class_name(enum page_class page_class)
{
    static const char *const names[] = {
        [PAGES_LOW] = "low", [PAGES_DMA] = "dma", [PAGES_USER] = "user"};

    return names[page_class];
}
