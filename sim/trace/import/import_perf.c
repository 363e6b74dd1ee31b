/*
 * Imports what `perf script` prints of `perf record -e 'kmem:*' -a`; also with -g, --header and
 * --show-lost-events:
 *
 *     # captured on    : Wed Nov 25 16:34:57 2026
 *     TASK   PID [CPU]  TIMESTAMP:              EVENT: FIELDS
 *       sh   121 [001]  10.963969: kmem:mm_page_alloc: page=0x1de50 pfn=0x1de50 order=0
 *       sh   121/121    10.963970:          kmem:kfree: call_site=foo+0x1 ptr=0xc1234560
 *             c12b90b5 kmem_cache_free+0x215 ([kernel.kallsyms])
 *       sh   139 [000]  53.311600: PERF_RECORD_LOST lost 256
 *
 * With -F, parts of the head may be missing. The lines of a call chain begin with a tab, or with
 * blanks where they were pasted. Its page= is no address: it cannot look into the kernel's mem_map,
 * and prints the frame's number.
 */
#include "kmem_line.h"
#include "log_fields.h"

#include <string.h>

#define TASK_COLUMNS 16u

/* "PID", "PID/TID"; of an unknown task "-1". */
static const char *take_pid(const char *at, const char *end, struct kmem_line *line)
{
    at += at < end && *at == '-';
    at = line_take_number(at, end, &line->pid);
    if (at != NULL && at < end && *at == '/')
        at = line_take_number(at + 1, end, &line->pid);
    return at != NULL && at < end && *at == ' ' ? line_skip_blanks(at, end) : NULL;
}

/* "[001]", which is missing where only one task was recorded. */
static const char *skip_cpu(const char *at, const char *end)
{
    if (at < end && *at == '[')
        at = line_skip_digits(at + 1, end);
    return at < end && *at == ']' ? line_skip_blanks(at + 1, end) : at;
}

/* The task's name ends at `from`: the PID and the rest of the head. NULL: it does not. */
static const char *take_behind_task(const char *text, const char *from, const char *end,
                                    struct kmem_line *line)
{
    const char *at = take_pid(line_skip_blanks(from, end), end, line);

    at = at != NULL ? line_take_time(skip_cpu(at, end), end, line) : NULL;
    text = line_skip_blanks(text, from);
    while (from > text && from[-1] == ' ')
        from--;
    line->task = (struct word){text, (size_t)(from - text)};
    return at;
}

/* The task's name is right-aligned in the first 16 columns; with -g, or where leading blanks were
   lost, it ends before the first number that can be the PID. */
static const char *take_head(const char *text, const char *end, struct kmem_line *line)
{
    const char *at = NULL;
    const char *from = text;

    if ((size_t)(end - text) > TASK_COLUMNS && text[TASK_COLUMNS] == ' ')
        at = take_behind_task(text, text + TASK_COLUMNS, end, line);
    while (at == NULL && from < end) {
        from = line_skip_word(line_skip_blanks(from, end), end);
        at = take_behind_task(text, from, end, line);
    }
    return at;
}

/* " lost 256" behind PERF_RECORD_LOST or PERF_RECORD_LOST_SAMPLES, or "LOST 256 events!". */
static bool take_lost(const char *at, const char *end, struct kmem_line *line)
{
    at = line_skip_blanks(at, end);
    if (!line_starts(at, end, "lost ") && !line_starts(at, end, "LOST "))
        return false;
    if (line_take_number(at + strlen("lost "), end, &line->lost) == NULL)
        line->lost = 1;
    line->kind = LINE_LOST;
    return true;
}

/* "PERF_RECORD_LOST lost 2" is no event; of others, as of tasks that end, perf tells on request. */
static void take_record(struct kmem_line *line)
{
    if (!take_lost(line->rest.at, line->rest.end, line))
        line->kind = LINE_SILENT;
}

/* "kmem:kfree": the event, whose period may stand before it. */
static void take_event(const char *at, const char *end, struct kmem_line *line)
{
    const char *period;
    const char *colon;

    at = line_skip_blanks(at, end);
    period = line_skip_digits(at, end);
    line_take_event(period < end && *period == ' ' ? period : at, end, line);
    if (line_starts(line->event.text, end, "PERF_RECORD_")) {
        take_record(line);
        return;
    }
    colon = memchr(line->event.text, ':', line->event.bytes);
    if (colon != NULL) {
        line->event.bytes -= (size_t)(colon + 1 - line->event.text);
        line->event.text = colon + 1;
    }
}

static bool is_address(struct word word)
{
    uint64_t address;

    return word.bytes >= 4 && kmem_pointer(word, &address);
}

/* "c0100000 f+0x10 ([kernel.kallsyms])", "f (inlined)", "f+0x10": a line of a call chain. */
static bool is_frame(const char *text, const char *end)
{
    const char *at = line_skip_blanks(text, end);
    const char *word = line_skip_word(at, end);

    return at > text && (end[-1] == ')' || memmem(at, (size_t)(end - at), "+0x", 3) != NULL ||
                         is_address((struct word){at, (size_t)(word - at)}));
}

static const char *next_word(const char *at, const char *end)
{
    return line_skip_blanks(line_skip_word(at, end), end);
}

/* "sched:sched_switch:", an event of any kind. */
static const char *find_any_event(const char *text, const char *end)
{
    for (const char *at = line_skip_blanks(text, end); at < end; at = next_word(at, end)) {
        const char *last = line_skip_word(at, end) - 1;

        if (*last == ':' && memchr(at, ':', (size_t)(last - at)) != NULL)
            return at;
    }
    return NULL;
}

/* Takes a PID, a CPU or a time, if one of them begins here. */
static bool take_part(const char *at, const char *end, struct kmem_line *line)
{
    struct kmem_line part;

    if (take_pid(at, end, &part) != NULL)
        line->pid = part.pid;
    else if (line_take_time(at, end, &part) != NULL) {
        line->timed = part.timed;
        line->time_ns = part.time_ns;
    } else
        return *at == '[';
    return true;
}

/* A head of which -F has left something out. The task ends before the first number. */
static bool take_short_head(const char *text, const char *end, struct kmem_line *line)
{
    const char *event = line_find_event(text, end, line);
    const char *at = line_skip_blanks(text, end);
    const char *task = at;
    const char *task_end = at;

    if (event == NULL && (event = find_any_event(text, end)) == NULL)
        return false;
    line->pid = 0;
    line->timed = false;
    for (; at < event && !take_part(at, event, line); at = next_word(at, event))
        task_end = line_skip_word(at, event);
    line->task = (struct word){task, (size_t)(task_end - task)};
    for (; at < event; at = next_word(at, event))
        take_part(at, event, line);
    take_event(event, end, line);
    return true;
}

static void parse(const char *text, size_t bytes, struct line_head *head, struct kmem_line *line)
{
    const char *end = text + bytes;
    const char *at;

    (void)head;
    line->kind = LINE_SILENT;
    line->context = '?';
    if (bytes == 0 || text[0] == '#')
        return;
    if (text[0] == '\t') {
        line->kind = LINE_STACK;
        return;
    }
    at = take_head(text, end, line);
    if (at != NULL)
        take_event(at, end, line);
    else if (take_lost(text, end, line) || take_short_head(text, end, line))
        return;
    else if (is_frame(text, end))
        line->kind = LINE_STACK;
    else
        line_take_headless(text, end, line);
}

static const struct kmem_format perf = {"perf script's text", parse};

bool import_perf(struct stream_in *in, struct trace_writer *writer,
                 const struct import_options *options, struct import_counts *counts,
                 struct sim_error *error)
{
    return import_kmem(&perf, in, writer, options, counts, error);
}
