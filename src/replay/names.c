#include "replay.h"

const char *request_name(enum request_class request)
{
    static const char *const names[REQUEST_COUNT] = {"kmalloc", "pages", "vmalloc", "touch",
                                                     "process", "map",   "setbrk"};

    return names[request];
}

const char *cause_name(enum mm_cause cause)
{
    static const char *const names[MM_CAUSE_COUNT] = {
        [MM_OK] = "none",
        [MM_NO_FRAMES] = "no_frames",
        [MM_NO_RUN] = "no_run",
        [MM_BRK_BLOCKED] = "brk_blocked",
        [MM_NO_ADDRESS_SPACE] = "no_address_space",
        [MM_ZONE] = "zone",
        [MM_UNSUPPORTED] = "unsupported",
        [MM_BAD_ACCESS] = "bad_access",
    };

    return names[cause];
}

const char *access_fault_name(enum mm_access_fault why)
{
    static const char *const names[MM_ACCESS_FAULT_COUNT] = {
        [MM_ACCESS_NULL] = "null_page",
        [MM_ACCESS_KERNEL] = "kernel_space",
        [MM_ACCESS_NO_REGION] = "no_region",
        [MM_ACCESS_RIGHTS] = "rights",
    };

    return names[why];
}
