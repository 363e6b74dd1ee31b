#include "text_writer.h"
#include "live_set.h"
#include "text_fields.h"

#include <string.h>

#define LINE_MAX_BYTES 4096u /* a mark or a site of MARK_TEXT_MAX bytes, and the numbers */

struct text_writer {
    struct trace *trace;
    struct stream_out *out;
    struct live_set live;
    char line[LINE_MAX_BYTES];
    size_t bytes; /* of line */
};

static void put_bytes(struct text_writer *writer, const char *text, size_t bytes)
{
    memcpy(writer->line + writer->bytes, text, bytes);
    writer->bytes += bytes;
}

static void put(struct text_writer *writer, const char *text)
{
    put_bytes(writer, text, strlen(text));
}

/* A blank and a number. */
static void put_number(struct text_writer *writer, uint64_t value)
{
    char digits[21];
    char *first = digits + sizeof(digits);

    do
        *--first = (char)('0' + value % 10);
    while ((value /= 10) != 0);
    *--first = ' ';
    put_bytes(writer, first, (size_t)(digits + sizeof(digits) - first));
}

static void put_address(struct text_writer *writer, uint32_t address)
{
    put(writer, " 0x");
    for (uint32_t shift = 32; shift > 0; shift -= 4)
        put_bytes(writer, &"0123456789abcdef"[address >> (shift - 4) & 0xf], 1);
}

static bool has_control(const char *text, size_t bytes)
{
    return text_find_control(text, bytes) < bytes;
}

static const char *put_site(struct text_writer *writer, uint32_t site)
{
    const char *name;

    if (site == SITE_NONE)
        return NULL;
    name = trace_site_name(writer->trace, site);
    if (has_control(name, strlen(name)) || strpbrk(name, " \t") != NULL)
        return "its site's name has a blank or a control character, which the text form cannot "
               "hold";
    put(writer, " @");
    put(writer, name);
    return NULL;
}

static const char *put_mark(struct text_writer *writer, const struct event *event)
{
    if (has_control(event->text, event->text_bytes))
        return "its text has a control character, which the text form cannot hold";
    if (event->text_bytes > 0) {
        put(writer, " ");
        put_bytes(writer, event->text, event->text_bytes);
    }
    return NULL;
}

static const char *put_fields(struct text_writer *writer, const struct event *event)
{
    static const char *const classes[] = {
        [PAGES_LOW] = "", [PAGES_DMA] = " dma", [PAGES_USER] = " user"};

    switch (event->kind) {
    case EVENT_KMALLOC:
    case EVENT_VMALLOC:
        put_number(writer, event->bytes);
        put(writer, classes[event->page_class]);
        return put_site(writer, event->site);
    case EVENT_PAGES:
        put_number(writer, event->order);
        put(writer, classes[event->page_class]);
        return put_site(writer, event->site);
    case EVENT_KREALLOC:
        put_number(writer, event->bytes);
        break;
    case EVENT_MAP:
        put_address(writer, event->address);
        put_number(writer, event->bytes);
        put(writer, event->write ? " rw" : " r");
        break;
    case EVENT_UNMAP:
        put_address(writer, event->address);
        put_number(writer, event->bytes);
        break;
    case EVENT_TOUCH:
        put_address(writer, event->address);
        put(writer, event->write ? " w" : " r");
        break;
    case EVENT_SETBRK:
        put_address(writer, event->address);
        break;
    default:
        break;
    }
    return NULL;
}

/* The ID of the event's subject: that of its live slot, or, if the event creates, its own. */
static uint64_t id_of(const struct live_set *live, const struct event *event)
{
    const struct live_slot *slot = live_set_slot(live, event);

    return slot != NULL ? slot->id : event->id;
}

static const char *put_event(struct text_writer *writer, const struct event *event, uint64_t id)
{
    writer->bytes = 0;
    put(writer, event_name(event->kind));
    if (event->kind == EVENT_MARK)
        return put_mark(writer, event);
    put_number(writer, id);
    return put_fields(writer, event);
}

static const char *write_line(void *context, const struct event *event)
{
    struct text_writer *writer = context;
    uint64_t id = id_of(&writer->live, event);
    const char *reason = live_set_apply(&writer->live, event);

    if (reason != NULL)
        return reason;
    reason = put_event(writer, event, id);
    put(writer, "\n");
    stream_out_write(writer->out, writer->line, writer->bytes);
    return reason;
}

void text_event(struct trace *trace, const struct live_set *live, const struct event *event,
                char line[], size_t bytes)
{
    struct text_writer writer = {.trace = trace};
    size_t length;

    (void)!put_event(&writer, event, id_of(live, event)); /* a part is better than nothing */
    length = writer.bytes < bytes ? writer.bytes : bytes - 1u;
    memcpy(line, writer.line, length);
    line[length] = '\0';
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
