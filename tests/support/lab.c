#include "support/lab.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "machine/pc_memmap.h"
#include "support/scratch.h"

#include <stdio.h>

struct trace lab_trace(const char *path)
{
    struct sim_error error;
    struct trace trace;

    if (!trace_open(&trace, path, &error))
        fail_msg("%s", error.text);
    return trace;
}

struct trace lab_trace_text(const char *events)
{
    char text[4096];

    assert_true((size_t)snprintf(text, sizeof text, "mmtrace 1\n%s", events) < sizeof text);
    return lab_trace(scratch_text("lab.mmt", text));
}

struct memmap lab_map(uint64_t ram_bytes)
{
    struct pc_memmap ranges;
    struct memmap map;
    char error[256];

    if (!pc_memmap_for_ram(&ranges, ram_bytes, error, sizeof error))
        fail_msg("%s", error);
    assert_true(memmap_build(&map, ranges.range, ranges.count));
    return map;
}
