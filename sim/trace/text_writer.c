#include "text_writer.h"
#include "live_set.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define LINE_MAX_BYTES 4096u /* a mark or a site of MARK_TEXT_MAX bytes, and the numbers */

struct text_writer {
    struct trace *trace;
    struct stream_out *out;
    struct live_set live;
    char line[LINE_MAX_BYTES];
    size_t bytes; /* of line */
};

__attribute__((format(printf, 2, 3))) static void put(struct text_writer *writer,
                                                      const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    writer->bytes += (size_t)vsnprintf(writer->line + writer->bytes,
                                       sizeof(writer->line) - writer->bytes, format, arguments);
    va_end(arguments);
}

static bool has_control(const char *text, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        unsigned char c = (unsigned char)text[i];

        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return true;
    }
    return false;
}

static const char *put_site(struct text_writer *writer, uint32_t site)
{
    const char *name = trace_site_name(writer->trace, site);

    if (site == SITE_NONE)
        return NULL;
    if (has_control(name, strlen(name)) || strpbrk(name, " \t") != NULL)
        return "its site's name has a blank or a control character, which the text form cannot "
               "hold";
    put(writer, " @%s", name);
    return NULL;
}

static const char *put_mark(struct text_writer *writer, const struct event *event)
{
    if (has_control(event->text, event->text_bytes))
        return "its text has a control character, which the text form cannot hold";
    if (event->text_bytes > 0)
        put(writer, " %.*s", (int)event->text_bytes, event->text);
    return NULL;
}

static const char *put_fields(struct text_writer *writer, const struct event *event)
{
    static const char *const classes[] = {
        [PAGES_LOW] = "", [PAGES_DMA] = " dma", [PAGES_USER] = " user"};

    switch (event->kind) {
    case EVENT_KMALLOC:
    case EVENT_VMALLOC:
        put(writer, " %" PRIu32 "%s", event->bytes, classes[event->class]);
        return put_site(writer, event->site);
    case EVENT_PAGES:
        put(writer, " %u%s", event->order, classes[event->class]);
        return put_site(writer, event->site);
    case EVENT_KREALLOC:
        put(writer, " %" PRIu32, event->bytes);
        break;
    case EVENT_MAP:
        put(writer, " 0x%08" PRIx32 " %" PRIu32 " %s", event->address, event->bytes,
            event->write ? "rw" : "r");
        break;
    case EVENT_UNMAP:
        put(writer, " 0x%08" PRIx32 " %" PRIu32, event->address, event->bytes);
        break;
    case EVENT_TOUCH:
        put(writer, " 0x%08" PRIx32 " %s", event->address, event->write ? "w" : "r");
        break;
    case EVENT_SETBRK:
        put(writer, " 0x%08" PRIx32, event->address);
        break;
    default:
        break;
    }
    return NULL;
}

/* The ID of what an event names: its own where it makes something, else that of its live slot. */
static uint64_t id_of(const struct text_writer *writer, const struct event *event)
{
    const struct live_slot *slot = live_set_slot(&writer->live, event);

    return slot != NULL ? slot->id : event->id;
}

static const char *write_line(void *context, const struct event *event)
{
    struct text_writer *writer = context;
    uint64_t id = id_of(writer, event);
    const char *reason = live_set_apply(&writer->live, event);

    if (reason != NULL)
        return reason;
    writer->bytes = 0;
    put(writer, "%s", event_name(event->kind));
    if (event->kind == EVENT_MARK) {
        reason = put_mark(writer, event);
    } else {
        put(writer, " %" PRIu64, id);
        reason = put_fields(writer, event);
    }
    put(writer, "\n");
    stream_out_write(writer->out, writer->line, writer->bytes);
    return reason;
}

bool text_write(struct trace *trace, struct stream_out *out, struct sim_error *error)
{
    static const char first_line[] = "mmtrace 1\n";
    struct text_writer writer = {.trace = trace, .out = out};
    bool ok;

    stream_out_write(out, first_line, sizeof(first_line) - 1);
    ok = trace_walk(trace, write_line, &writer, error);
    live_set_free(&writer.live);
    return ok;
}
