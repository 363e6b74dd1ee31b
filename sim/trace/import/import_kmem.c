/*
 * The kmem events of a 32-bit x86 Linux kernel, and the kprobes of bench/traces/README.md, become
 * these events:
 *
 *     kmalloc, kmem_cache_alloc (and their _node twins of old kernels), bulk_alloc  ->  kmalloc
 *     kfree, kmem_cache_free, bulk_free1, bulk_free2, bulk_free_large               ->  kfree
 *     mm_page_alloc, mm_page_free   ->  pages, free_pages, unless they back objects
 *     tracing_mark_write            ->  mark
 *
 * The site of an object is the function that asked for it, or the name of its cache if only that is
 * known. Lines about pages name no function: their site is the task, "comm:NAME".
 */
#include "kmem_fields.h"
#include "kmem_line.h"
#include "trace/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const count_names[COUNT_COUNT] = {
    [COUNT_KFREE_NULL] = "kfree of NULL",
    [COUNT_ZERO_SIZE] = "kmalloc or kfree of 0 bytes",
    [COUNT_FAILED_OBJECT] = "failed object allocation",
    [COUNT_FAILED_PAGES] = "failed page allocation",
    [COUNT_OLD_OBJECT] = "free of an object older than the trace",
    [COUNT_OLD_PAGES] = "free of pages older than the trace",
    [COUNT_SLAB_PAGES] = "pages that back slabs",
    [COUNT_SLAB_PAGES_FREED] = "free of pages that backed slabs",
    [COUNT_LARGE_PAGES] = "pages that back a large kmalloc",
    [COUNT_LARGE_PAGES_FREED] = "free of pages that backed a large kmalloc",
    [COUNT_PROCESS_PAGES] = "page of a process: its touch stands for it",
    [COUNT_PROCESS_TABLES] = "page table of a process: the process of the trace has its own",
    [COUNT_PROCESS_FREED] = "free of a page or a page table of a process",
    [COUNT_BATCHED] = "second line of a page's free",
    [COUNT_MISSED_OBJECT] = "object allocated again without a free: freed first",
    [COUNT_MISSED_PAGES] = "pages allocated again without a free: freed first",
    [COUNT_PARTIAL_FREE] = "free of a part of a block of pages",
    [COUNT_ORDER] = "pages of an order above 10",
    [COUNT_LATE] = "pages that backed objects, as later lines showed: freed then",
    [COUNT_UNMAPPED] = "object whose address tells no frame: its slab's pages may count, too",
    [COUNT_PROBES] = "line about slabs and fragmentation",
    [COUNT_MARKER_LINES] = "further line of a marker",
    [COUNT_STACK] = "line of a stack",
    [COUNT_FUNCTIONS] = "line of the function tracer",
    [COUNT_OTHER_LINES] = "line of another kind",
    [COUNT_OTHER_EVENTS] = "line of another event",
    [COUNT_LOST] = "event lost by the kernel",
    [COUNT_MOVED] = "line earlier than the one before it: put in its place",
    [COUNT_TOO_LATE] = "line much earlier than the one before it: left where it stood",
    [COUNT_SKIPPED] = IMPORT_SKIPPED,
};

static void skip_line(struct import *import, uint64_t number, const char *reason)
{
    if (import->kmem.counts[COUNT_SKIPPED]++ == 0)
        snprintf(import->first_skipped, sizeof(import->first_skipped), "line %" PRIu64 ": %s",
                 number, reason);
}

/* Handles the earliest line of the sorter. false: it is malformed. */
static bool handle_first(struct import *import, struct sim_error *error)
{
    const struct sorted_line *first = line_sorter_take(&import->sorter);

    import->line = first->line;
    if (first == import->last)
        import->last = NULL;
    if (first->line.kind == LINE_LOST) {
        import->kmem.counts[COUNT_LOST] += first->line.lost;
        kmem_slab_forget(&import->kmem);
        processes_forget_calls(&import->kmem.processes);
        return true;
    }
    if (kmem_event_handle(import))
        return true;
    if (!import->lenient)
        return sim_error_set(error, "%s:%" PRIu64 ": %s", import->name, first->number,
                             import->reason);
    skip_line(import, first->number, import->reason);
    return true;
}

static bool handle_all(struct import *import, struct sim_error *error)
{
    while (import->sorter.count > 0) {
        if (!handle_first(import, error))
            return false;
    }
    return true;
}

/* A line that is not of the format. Earlier lines that still wait are handled first, so that the
   first error of the file is reported. */
static bool bad_line(struct import *import, struct word line, struct sim_error *error)
{
    if (import->lines.unterminated)
        kmem_fail(import, "cut short: the last line does not end in a newline");
    else
        kmem_fail(import, "not a line of %s: '%s'", import->format->name, word_show(line).text);
    if (import->lenient) {
        skip_line(import, import->lines.number, import->reason);
        return true;
    }
    return handle_all(import, error) && sim_error_set(error, "%s:%" PRIu64 ": %s", import->name,
                                                      import->lines.number, import->reason);
}

/* The line has no head, and is the rest of the one before it, which a mail has wrapped. */
static bool take_rest(struct import *import, struct word line)
{
    struct sorted_line *last = import->last;
    const char *rest = line_skip_prefix(line.text, line.text + line.bytes);
    size_t rest_bytes = (size_t)(line.text + line.bytes - rest);
    struct kmem_line before;
    size_t length;

    if (last == NULL || !kmem_event_goes_on(rest, rest + rest_bytes))
        return false;
    before = last->line;
    length = (size_t)(before.rest.end - last->text);
    line_sorter_extend(last, length, rest, rest_bytes);
    import->format->parse(last->text, length + 1 + rest_bytes, &import->head, &last->line);
    last->line.timed = before.timed;
    last->line.time_ns = before.time_ns;
    return true;
}

/* Takes a line that has neither an event nor lost ones. */
static bool take_eventless(struct import *import, enum line_kind kind, struct word line,
                           struct sim_error *error)
{
    uint64_t *counts = import->kmem.counts;

    if (kind == LINE_SILENT)
        return true;
    if (kind == LINE_STACK)
        counts[COUNT_STACK]++;
    else if (take_rest(import, line))
        return true;
    else if (import->in_marker)
        counts[COUNT_MARKER_LINES]++;
    else if (kind == LINE_OTHER)
        counts[COUNT_OTHER_LINES]++;
    else
        return bad_line(import, line, error);
    return true;
}

/* Parses a line. It goes into the sorter if it has an event or reports lost ones. */
static bool take_line(struct import *import, struct word line, struct sim_error *error)
{
    struct sorted_line *next = line_sorter_next(&import->sorter, line.text, line.bytes);
    enum line_kind kind;

    if (import->lines.unterminated) /* the line may be cut in the middle of a field */
        return bad_line(import, line, error);
    import->format->parse(next->text, line.bytes, &import->head, &next->line);
    kind = next->line.kind;
    if (kind != LINE_EVENT && kind != LINE_FUNCTION && kind != LINE_LOST)
        return take_eventless(import, kind, line, error);
    import->in_marker = kind == LINE_EVENT && kmem_event_is_marker(next->line.event);
    next->number = import->lines.number;
    line_sorter_add(&import->sorter);
    import->last = kind == LINE_EVENT ? next : NULL;
    return !line_sorter_is_full(&import->sorter) || handle_first(import, error);
}

/* Reads a line, without a carriage return; of a mail, what it stands for. line->text is NULL at the
   end. */
static bool read_line(struct import *import, struct word *line, struct sim_error *error)
{
    struct quoted_line *quoted = &import->quoted;
    char *text;
    size_t bytes;

    do {
        if (!line_reader_next(&import->lines, &text, &bytes, error))
            return false;
        *line = (struct word){text, bytes};
        if (text == NULL && !quoted->goes_on)
            return true;
        if (text == NULL)
            break;
        if (bytes > 0 && text[bytes - 1] == '\r')
            line->bytes--;
        if (import->events_met == 0 && import->last == NULL)
            import->is_quoted |= quoted_printable_is(text, bytes);
    } while (import->is_quoted && !quoted_printable_add(quoted, line->text, line->bytes));
    quoted->goes_on = false;
    if (import->is_quoted)
        *line = (struct word){quoted->text, quoted->bytes};
    return true;
}

static bool import_lines(struct import *import, struct sim_error *error)
{
    struct word line;

    for (;;) {
        if (!read_line(import, &line, error))
            return false;
        if (line.text == NULL)
            break;
        if (!take_line(import, line, error))
            return false;
    }
    if (!handle_all(import, error))
        return false;
    if (import->events_met == 0)
        return sim_error_set(error, "%s: the file has no line of %s with an event", import->name,
                             import->format->name);
    event_queue_flush(&import->kmem.queue);
    return true;
}

static void report(struct import *import, struct import_counts *counts)
{
    uint64_t *list = import->kmem.counts;

    list[COUNT_MOVED] = import->sorter.moved;
    list[COUNT_TOO_LATE] = import->sorter.late;
    counts->lines = import->lines.number;
    counts->allocations = import->kmem.allocations;
    counts->kept = import->kmem.kept;
    memcpy(counts->skipped, import->first_skipped, sizeof(counts->skipped));
    for (uint32_t i = 0; i < COUNT_COUNT; i++)
        import_count(counts, count_names[i], list[i]);
    for (uint32_t i = 0; i < PROCESS_COUNT_COUNT; i++)
        import_count(counts, process_count_names[i], import->kmem.processes.counts[i]);
}

static void release(struct import *import)
{
    struct kmem *kmem = &import->kmem;

    event_queue_free(&kmem->queue);
    processes_free(&kmem->processes);
    id_map_free(&kmem->objects);
    frame_map_free(&kmem->frames);
    slot_pool_free(&kmem->block_pool);
    free(kmem->blocks);
    line_reader_close(&import->lines);
    line_sorter_free(&import->sorter);
    free(import->quoted.text);
    free(import);
}

bool import_kmem(const struct kmem_format *format, struct stream_in *in,
                 struct trace_writer *writer, const struct import_options *options,
                 struct import_counts *counts, struct sim_error *error)
{
    struct import *import = memory_zeroed(1, sizeof(*import));
    bool ok;

    import->format = format;
    import->writer = writer;
    import->lenient = options->lenient;
    import->name = in->name;
    event_queue_init(&import->kmem.queue, writer, kmem_pages_let_through, &import->kmem);
    processes_init(&import->kmem.processes, &import->kmem.queue);
    line_reader_open(&import->lines, in);
    line_sorter_init(&import->sorter);
    ok = import_lines(import, error);
    report(import, counts);
    release(import);
    return ok;
}
