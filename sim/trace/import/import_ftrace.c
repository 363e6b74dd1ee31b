/*
 * Imports the text of /sys/kernel/tracing/trace:
 *
 *     # tracer: nop
 *     TASK-PID     CPU#  |||||  TIMESTAMP  EVENT: FIELDS
 *       cc1-1234   [000] ..s2.   15.002717: kfree: call_site=foo+0x1/0x2 [ext4] ptr=c1234560
 *     CPU:0 [LOST 52 EVENTS]
 *
 * and what the kernel's own log has of it (tp_printk, ftrace_dump_on_oops).
 */
#include "kmem_line.h"

static void parse(const char *text, size_t bytes, struct line_head *head, struct kmem_line *line)
{
    const char *end = text + bytes;
    const char *at;

    if (bytes == 0 || text[0] == '#')
        line->kind = LINE_SILENT;
    else if ((at = line_take_task_and_time(text, end, head, line)) != NULL)
        line_take_event(at, end, line);
    else
        line_take_headless(text, end, line);
}

static const struct kmem_format ftrace = {"ftrace's text", parse};

bool import_ftrace(struct stream_in *in, struct trace_writer *writer,
                   const struct import_options *options, struct import_counts *counts,
                   struct sim_error *error)
{
    return import_kmem(&ftrace, in, writer, options, counts, error);
}
