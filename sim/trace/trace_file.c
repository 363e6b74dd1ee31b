#include "trace_file.h"
#include "live_set.h"
#include "memory.h"
#include "spool.h"
#include "stream_in.h"
#include "text_reader.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Map the file behind fd, whole. */
static bool map_file(struct trace *trace, int fd, struct sim_error *error)
{
    struct stat status;
    void *data;

    if (fstat(fd, &status) != 0)
        return sim_error_set(error, "%s: cannot read: %s", trace->name, strerror(errno));
    trace->bytes = (size_t)status.st_size;
    data = mmap(NULL, trace->bytes, PROT_READ, MAP_PRIVATE, fd, 0);
    if (data == MAP_FAILED)
        return sim_error_set(error, "%s: cannot map: %s", trace->name, strerror(errno));
    trace->data = data;
    return true;
}

static bool copy_stream(struct stream_in *in, int fd, struct sim_error *error)
{
    static uint8_t buffer[65536];
    size_t got;

    for (;;) {
        if (!stream_in_read(in, buffer, sizeof(buffer), &got, error))
            return false;
        if (got == 0)
            return true;
        if (!write_all(fd, buffer, got))
            return sim_error_set_writing(error,
                                         "cannot write the temporary file: %s; set TMPDIR to a "
                                         "directory with room",
                                         strerror(errno));
    }
}

static bool open_binary(struct trace *trace, struct stream_in *in, struct sim_error *error)
{
    struct stat status;
    int fd;
    bool ok;

    if (in->codec.compression == COMPRESSION_NONE && fstat(in->fd, &status) == 0 &&
        S_ISREG(status.st_mode))
        return map_file(trace, in->fd, error);
    fd = spool_open(error);
    if (fd < 0)
        return false;
    ok = copy_stream(in, fd, error) && map_file(trace, fd, error);
    close(fd);
    return ok;
}

static bool open_text(struct trace *trace, struct stream_in *in, struct sim_error *error)
{
    struct trace_writer *writer = trace_writer_open(error);
    int fd = -1;
    bool ok;

    if (writer == NULL)
        return false;
    ok = text_read(in, writer, error) && trace_writer_finish(writer, error);
    if (ok) {
        fd = trace_writer_detach(writer);
        ok = map_file(trace, fd, error);
        close(fd);
    }
    trace_writer_close(writer);
    return ok;
}

static bool open_stream(struct trace *trace, struct stream_in *in, struct sim_error *error)
{
    const uint8_t *head;
    size_t bytes;

    if (!stream_in_peek(in, &head, &bytes, error))
        return false;
    if (bytes == 0)
        return sim_error_set(error, "%s: empty: expected a trace, text ('mmtrace 1') or binary",
                             trace->name);
    if (bytes == sizeof(TRACE_MAGIC) && memcmp(head, TRACE_MAGIC, sizeof(TRACE_MAGIC)) == 0)
        return open_binary(trace, in, error);
    return open_text(trace, in, error);
}

bool trace_open(struct trace *trace, const char *path, struct sim_error *error)
{
    struct trace_reader reader;
    struct stream_in in;
    bool ok;

    *trace = (struct trace){0};
    if (!stream_in_open(&in, path, error))
        return false;
    trace->name = memory_resize(NULL, strlen(in.name) + 1, 1);
    strcpy(trace->name, in.name);
    ok = open_stream(trace, &in, error);
    stream_in_close(&in);
    if (ok && !trace_reader_init(&reader, trace->data, trace->bytes))
        ok = trace_read_error(trace, &reader, error);
    if (!ok) {
        trace_close(trace);
        return false;
    }
    trace->header = reader.header;
    return true;
}

void trace_close(struct trace *trace)
{
    if (trace->data != NULL)
        munmap((void *)(uintptr_t)trace->data, trace->bytes);
    site_table_free(&trace->sites);
    free(trace->name);
    *trace = (struct trace){0};
}

void trace_read(const struct trace *trace, struct trace_reader *reader)
{
    /* cannot fail: trace_open() has done the same */
    (void)trace_reader_init(reader, trace->data, trace->bytes);
}

bool trace_read_error(const struct trace *trace, const struct trace_reader *reader,
                      struct sim_error *error)
{
    return sim_error_set(error, "%s: offset %zu: %s", trace->name, reader->error_offset,
                         reader->error);
}

static void add_site(void *context, uint32_t site, const char *name, uint32_t bytes)
{
    struct site_table *sites = context;

    (void)site;
    site_table_append(sites, name, bytes);
}

static void load_sites(struct trace *trace)
{
    struct trace_reader reader;
    struct event event;

    trace_read(trace, &reader);
    reader.on_site = add_site;
    reader.context = &trace->sites;
    while (trace->sites.count < trace->header.sites &&
           trace_reader_next(&reader, &event) == TRACE_EVENT)
        continue;
    trace->sites_loaded = true;
}

const char *trace_site_name(struct trace *trace, uint32_t site)
{
    if (!trace->sites_loaded)
        load_sites(trace);
    return site_table_name(&trace->sites, site);
}

bool trace_walk(const struct trace *trace, trace_visit *visit, void *context,
                struct sim_error *error)
{
    struct trace_reader reader;
    struct event event;
    enum trace_status status;

    trace_read(trace, &reader);
    while ((status = trace_reader_next(&reader, &event)) == TRACE_EVENT) {
        const char *reason = visit(context, &event);

        if (reason != NULL)
            return sim_error_set(error, "%s: offset %zu: event %" PRIu64 ": %s", trace->name,
                                 (size_t)(reader.cursor - reader.data), reader.events, reason);
    }
    return status == TRACE_END || trace_read_error(trace, &reader, error);
}

static const char *apply(void *context, const struct event *event)
{
    return live_set_apply(context, event);
}

bool trace_verify(const struct trace *trace, struct sim_error *error)
{
    struct live_set live = {0};
    bool ok = trace_walk(trace, apply, &live, error);

    live_set_free(&live);
    return ok;
}
