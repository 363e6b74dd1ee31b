/*
 * Imports the text of `trace-cmd report`, also with -t (nanoseconds), --ts-diff, -l, and -R:
 *
 *     version = 6
 *     cpus=2
 *           sh-156   [001]    73.445393: (+51)    kmalloc:   call_site=alloc_bprm+0x26 ptr=0xc28...
 *           sh-156     1d...    73.445393: kmalloc:          call_site=alloc_bprm+0x26 ptr=0xc28...
 *     CPU:1 [331 EVENTS DROPPED]
 *
 * Its page= is not an address but the number of the frame, as it cannot read the kernel's mem_map.
 */
#include "kmem_line.h"

/* Is this a line without events, such as "CPU 1 is empty" or the report of a plugin? */
static bool is_silent(const char *text, const char *end)
{
    static const char *const starts[] = {"cpus=", "version = ", "CPU ", "trace-cmd: ", "#"};

    for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
        if (line_starts(text, end, starts[i]))
            return true;
    }
    return text == end;
}

/* Skips "(+51)", the microseconds since the line before. */
static const char *skip_difference(const char *at, const char *end)
{
    at = line_skip_blanks(at, end);
    return line_starts(at, end, "(+") ? line_skip_word(at, end) : at;
}

static void parse(const char *text, size_t bytes, struct line_head *head, struct kmem_line *line)
{
    const char *end = text + bytes;
    const char *at = line_take_task_and_time(text, end, head, line);

    if (at != NULL)
        line_take_event(skip_difference(at, end), end, line);
    else if (is_silent(text, end))
        line->kind = LINE_SILENT;
    else
        line_take_headless(text, end, line);
}

static const struct kmem_format trace_cmd = {"trace-cmd's report", parse};

bool import_trace_cmd(struct stream_in *in, struct trace_writer *writer,
                      const struct import_options *options, struct import_counts *counts,
                      struct sim_error *error)
{
    return import_kmem(&trace_cmd, in, writer, options, counts, error);
}
