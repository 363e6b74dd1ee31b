/*
 * Imports what ESP-IDF prints of the heap: the events of its application tracing, by
 * sysviewtrace_proc.py, and the records of heap_trace_dump():
 *
 *     [0.002244575] HEAP: Allocated 24 bytes @ 0x3ffaffd8 from task "main" on core 0 by:
 *     [0.002261075] HEAP: Freed bytes @ 0x3ffaffd8 from task "main" on core 0 by:
 *          24 bytes (@ 0x3ffaeb98) allocated CPU 0 ccount 0x1ac2 caller 0x400d8e2c:0x400d8e60
 *     freed by 0x400d8e70:0x400d8e7c
 *
 * A record does not say when its block was freed: the free is put behind the allocation. A block's
 * site is the task, or the caller.
 */
#include "log_fields.h"
#include "user_heap.h"

struct esp {
    struct user_heap heap;
    struct import_log log;
    struct id_map blocks;
    uint64_t last; /* the block of the last record; 0: none */
    uint64_t untimed;
    uint64_t other_lines;
};

/* Moves behind a text. false: it does not follow. */
static bool find(struct line_rest *rest, const char *text)
{
    const char *found = memmem(rest->at, (size_t)(rest->end - rest->at), text, strlen(text));

    if (found != NULL)
        rest->at = found + strlen(text);
    return found != NULL;
}

static uint32_t site_after(struct esp *esp, struct line_rest rest, const char *text, char end)
{
    const char *stop;

    if (!find(&rest, text))
        return SITE_NONE;
    stop = memchr(rest.at, end, (size_t)(rest.end - rest.at));
    return site_name_intern(
        esp->heap.writer, (struct word){"", 0},
        (struct word){rest.at, (size_t)((stop != NULL ? stop : rest.end) - rest.at)});
}

static bool take_number(struct esp *esp, struct line_rest *rest, const char *what, uint64_t *value)
{
    return rest_take_number(rest, value) == NUMBER_OK ||
           import_log_bad(&esp->log, "%s is not followed by a number", what);
}

static bool take_event(struct esp *esp, struct line_rest rest)
{
    uint64_t bytes = 0;
    uint64_t address;
    bool made = rest_take_text(&rest, "Allocated ");

    if (made && !take_number(esp, &rest, "HEAP: Allocated", &bytes))
        return false;
    if (!find(&rest, "@ "))
        return import_log_bad(&esp->log, "HEAP: without @ and an address");
    if (!take_number(esp, &rest, "@", &address))
        return false;
    if (made)
        user_heap_alloc(&esp->heap, &esp->blocks, address, bytes,
                        site_after(esp, rest, "from task \"", '"'));
    else
        user_heap_free(&esp->heap, &esp->blocks, address);
    return true;
}

static bool take_record(struct esp *esp, struct line_rest line, struct line_rest rest)
{
    uint64_t bytes;

    while (line.at < line.end && *line.at == ' ')
        line.at++;
    if (!take_number(esp, &line, "a record", &bytes) || !take_number(esp, &rest, "(@", &esp->last))
        return false;
    user_heap_alloc(&esp->heap, &esp->blocks, esp->last, bytes,
                    site_after(esp, rest, "caller ", ':'));
    return true;
}

static bool take_line(void *importer, struct line_rest line)
{
    struct esp *esp = importer;
    struct line_rest rest = line;

    if (!import_log_check_end(&esp->log))
        return false;
    if (find(&rest, "HEAP: "))
        return take_event(esp, rest);
    if (find(&rest, " bytes (@ "))
        return take_record(esp, line, rest);
    if (esp->last != 0 && find(&rest, "freed by ")) {
        user_heap_free(&esp->heap, &esp->blocks, esp->last);
        esp->last = 0;
        esp->untimed++;
        return true;
    }
    esp->other_lines++;
    return true;
}

bool import_esp(struct stream_in *in, struct trace_writer *writer,
                const struct import_options *options, struct import_counts *counts,
                struct sim_error *error)
{
    struct esp esp = {.heap.writer = writer};
    bool ok = import_log_read(&esp.log, in, options, take_line, &esp, error);

    if (ok && esp.heap.allocations == 0)
        ok = sim_error_set(error, "%s: the file has no allocation of ESP-IDF", in->name);
    import_count(counts, "free without a time: put behind its allocation", esp.untimed);
    import_count(counts, "line of another kind", esp.other_lines);
    user_heap_finish(&esp.heap, &esp.log, counts);
    id_map_free(&esp.blocks);
    return ok;
}
