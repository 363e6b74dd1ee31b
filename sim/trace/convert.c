#include "convert.h"
#include "stream_out.h"
#include "text_writer.h"

#include <string.h>

static bool has_ending(const char *name, const char *ending)
{
    size_t bytes = strlen(name);
    size_t length = strlen(ending);

    if (compression_of_name(name) == COMPRESSION_ZSTD)
        bytes -= sizeof(".zst") - 1;
    else if (compression_of_name(name) == COMPRESSION_XZ)
        bytes -= sizeof(".xz") - 1;
    return bytes > length && strncmp(name + bytes - length, ending, length) == 0;
}

bool trace_name_is_binary(const char *name)
{
    return has_ending(name, ".mmb");
}

bool trace_name_is_text(const char *name)
{
    return has_ending(name, ".mmt");
}

static bool write_text(struct trace *trace, const char *path, struct sim_error *error)
{
    struct stream_out out;

    if (!stream_out_open(&out, path, error))
        return false;
    if (!text_write(trace, &out, error)) {
        stream_out_abandon(&out);
        return false;
    }
    return stream_out_close(&out, error);
}

const char *trace_copy_event(struct trace *trace, struct trace_writer *writer,
                             const struct event *event)
{
    struct event renamed = *event;

    if (event->site != SITE_NONE) {
        const char *name = trace_site_name(trace, event->site);

        renamed.site = trace_writer_site(writer, name, strlen(name));
    }
    return trace_writer_event(writer, &renamed);
}

struct copy {
    struct trace *trace;
    struct trace_writer *writer;
};

static const char *copy_event(void *context, const struct event *event)
{
    struct copy *copy = context;

    return trace_copy_event(copy->trace, copy->writer, event);
}

static bool write_binary(struct trace *trace, const char *path, struct sim_error *error)
{
    struct trace_writer *writer = trace_writer_open(error);
    struct copy copy = {.trace = trace, .writer = writer};
    bool ok;

    if (writer == NULL)
        return false;
    ok = trace_walk(trace, copy_event, &copy, error) && trace_writer_finish(writer, error) &&
         trace_writer_save(writer, path, error);
    trace_writer_close(writer);
    return ok;
}

/* Is a trace written as text to this name? */
static bool is_text(const char *out)
{
    return trace_name_is_text(out) || (whole_file_in_place(out) && !trace_name_is_binary(out));
}

bool trace_name_check(const char *out, struct sim_error *error)
{
    return is_text(out) || trace_name_is_binary(out) ||
           sim_error_set(error,
                         "%s: the name must end in .mmt (text) or .mmb (binary), and .zst "
                         "or .xz may follow",
                         out);
}

bool trace_write(struct trace_writer *writer, const char *out, struct sim_error *error)
{
    struct trace trace;
    bool ok;

    if (!trace_name_check(out, error))
        return false;
    if (!is_text(out))
        return trace_writer_finish(writer, error) && trace_writer_save(writer, out, error);
    if (!trace_open_written(&trace, writer, error))
        return false;
    ok = write_text(&trace, out, error);
    trace_close(&trace);
    return ok;
}

bool trace_convert(const char *in, const char *out, struct sim_error *error)
{
    struct trace trace;
    bool ok;

    if (!trace_name_check(out, error) || !trace_open_once(&trace, in, error))
        return false;
    if (is_text(out))
        ok = write_text(&trace, out, error);
    else if (trace.from_text)
        ok = trace_copy(&trace, out, error);
    else
        ok = write_binary(&trace, out, error);
    trace_close(&trace);
    return ok;
}
