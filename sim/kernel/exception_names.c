#include "kernel/exception_names.h"

#include <stddef.h>

static const struct {
    const char *name;
    bool has_error_code;
} exceptions[] = {
    [0] = {"divide error", false},
    [1] = {"debug exception", false},
    [2] = {"non-maskable interrupt", false},
    [3] = {"breakpoint", false},
    [4] = {"overflow", false},
    [5] = {"bound range exceeded", false},
    [6] = {"invalid opcode", false},
    [7] = {"device not available", false},
    [8] = {"double fault", true},
    [9] = {"coprocessor segment overrun", false},
    [10] = {"invalid TSS", true},
    [11] = {"segment not present", true},
    [12] = {"stack fault", true},
    [13] = {"general protection", true},
    [14] = {"page fault", true},
    [16] = {"x87 floating-point error", false},
    [17] = {"alignment check", true},
    [18] = {"machine check", false},
    [19] = {"SIMD floating-point exception", false},
};

#define EXCEPTIONS (sizeof exceptions / sizeof exceptions[0])

const char *exception_name(uint32_t vector)
{
    return vector < EXCEPTIONS && exceptions[vector].name != NULL ? exceptions[vector].name
                                                                  : "interrupt";
}

bool exception_has_error_code(uint32_t vector)
{
    return vector < EXCEPTIONS && exceptions[vector].has_error_code;
}
