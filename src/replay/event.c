#include "event.h"

const char *event_name(enum event_kind kind)
{
    static const char *const names[EVENT_KIND_COUNT] = {
        [EVENT_KMALLOC] = "kmalloc",
        [EVENT_KREALLOC] = "krealloc",
        [EVENT_KFREE] = "kfree",
        [EVENT_PAGES] = "pages",
        [EVENT_FREE_PAGES] = "free_pages",
        [EVENT_VMALLOC] = "vmalloc",
        [EVENT_VFREE] = "vfree",
        [EVENT_PROCESS] = "process",
        [EVENT_MAP] = "map",
        [EVENT_UNMAP] = "unmap",
        [EVENT_TOUCH] = "touch",
        [EVENT_SETBRK] = "setbrk",
        [EVENT_EXIT] = "exit",
        [EVENT_MARK] = "mark",
    };

    return names[kind];
}
