/*
 * Imports what /sys/kernel/tracing/trace prints of a 32-bit x86 Linux kernel: the kmem events, and
 * the kprobes that bench/traces/README.md sets up.
 *
 *     kmalloc, kmem_cache_alloc (and their _node twins of old kernels), bulk_alloc  ->  kmalloc
 *     kfree, kmem_cache_free, bulk_free1, bulk_free2, bulk_free_large               ->  kfree
 *     mm_page_alloc, mm_page_free   ->  pages, free_pages, unless they back objects
 *     tracing_mark_write            ->  mark
 *
 * An object's site is the function that asked for it, or the cache's name where only that is known.
 * Lines about pages name no function: their site is the task, "comm:NAME".
 */
#include "ftrace_events.h"
#include "memory.h"

#include <inttypes.h>
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
    [COUNT_BATCHED] = "second line of a page's free (mm_page_free_batched)",
    [COUNT_MISSED_OBJECT] = "object allocated again without a free: freed first",
    [COUNT_MISSED_PAGES] = "pages allocated again without a free: freed first",
    [COUNT_PARTIAL_FREE] = "free of a part of a block of pages",
    [COUNT_ORDER] = "pages of an order above 10",
    [COUNT_LATE] = "pages that only later showed to back objects: freed then",
    [COUNT_PROBES] = "line about slabs and fragmentation",
    [COUNT_MARKER_LINES] = "further line of a marker",
    [COUNT_OTHER_EVENTS] = "line of another event",
    [COUNT_LOST] = "event lost by the kernel",
    [COUNT_SKIPPED] = IMPORT_SKIPPED,
};

/* "CPU:0 [LOST 52 EVENTS]" */
static bool is_lost(const char *line, size_t bytes, uint64_t *lost)
{
    static const char word[] = "[LOST ";
    const char *at = memmem(line, bytes, word, sizeof(word) - 1);
    struct line_rest rest = {at, line + bytes};

    if (memcmp(line, "CPU:", bytes < 4 ? bytes : 4) != 0 || at == NULL)
        return false;
    rest.at += sizeof(word) - 1;
    return word_number(line_take_word(&rest), 0, UINT64_MAX, lost) == NUMBER_OK;
}

static bool handle_line(struct import *import, const char *line, size_t bytes)
{
    uint64_t lost;

    if (bytes > 0 && line[bytes - 1] == '\r')
        bytes--;
    if (bytes == 0 || line[0] == '#')
        return true;
    if (ftrace_line_parse(line, bytes, &import->line))
        return ftrace_event_handle(import);
    if (is_lost(line, bytes, &lost)) {
        import->ftrace.counts[COUNT_LOST] += lost;
        ftrace_slab_forget(&import->ftrace);
        return true;
    }
    if (import->in_marker) {
        import->ftrace.counts[COUNT_MARKER_LINES]++;
        return true;
    }
    return ftrace_fail(import, "not a line of ftrace's text: '%s'",
                       word_show((struct word){line, bytes}).text);
}

/* A last line without its newline is not whole: what it seems to say may be half of it. */
static bool take_line(struct import *import, const char *line, size_t bytes)
{
    if (import->lines.unterminated)
        return ftrace_fail(import, "cut short: the last line does not end in a newline");
    return handle_line(import, line, bytes);
}

static bool import_lines(struct import *import, const char *name, bool lenient,
                         struct sim_error *error)
{
    char *line;
    size_t bytes;

    for (;;) {
        if (!line_reader_next(&import->lines, &line, &bytes, error))
            return false;
        if (line == NULL)
            break;
        if (take_line(import, line, bytes))
            continue;
        if (!lenient)
            return sim_error_set(error, "%s:%" PRIu64 ": %s", name, import->lines.number,
                                 import->reason);
        import->ftrace.counts[COUNT_SKIPPED]++;
    }
    if (import->events_met == 0)
        return sim_error_set(error, "%s: no line of an ftrace event in it", name);
    event_queue_flush(&import->ftrace.queue);
    return true;
}

static void report(const struct import *import, struct import_counts *counts)
{
    counts->lines = import->lines.number;
    for (uint32_t i = 0; i < COUNT_COUNT; i++) {
        if (import->ftrace.counts[i] > 0)
            counts->list[counts->count++] =
                (struct import_count){count_names[i], import->ftrace.counts[i]};
    }
}

static void release(struct import *import)
{
    struct ftrace *ftrace = &import->ftrace;

    event_queue_free(&ftrace->queue);
    id_map_free(&ftrace->objects);
    frame_map_free(&ftrace->frames);
    slot_pool_free(&ftrace->block_pool);
    free(ftrace->blocks);
    line_reader_close(&import->lines);
    free(import);
}

bool import_ftrace(struct stream_in *in, struct trace_writer *writer,
                   const struct import_options *options, struct import_counts *counts,
                   struct sim_error *error)
{
    struct import *import = memory_zeroed(1, sizeof(*import));
    bool ok;

    import->writer = writer;
    event_queue_init(&import->ftrace.queue, writer, ftrace_pages_let_through, &import->ftrace);
    line_reader_open(&import->lines, in);
    ok = import_lines(import, in->name, options->lenient, error);
    report(import, counts);
    release(import);
    return ok;
}
