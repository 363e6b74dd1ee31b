#include "trace_file.h"
#include "cpu_time.h"
#include "file_kind.h"
#include "live_set.h"
#include "memory.h"
#include "progress.h"
#include "replay/trace_reader.h"
#include "stream_in.h"
#include "stream_out.h"
#include "tables.h"
#include "temporary_file.h"
#include "text_reader.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * ---- one pass over a binary trace ----
 *
 * A pass is the source of one reader, from the front of the trace to its end. It keeps one block of
 * the trace in memory, and what the decompression needs.
 */

struct trace_pass {
    struct stream_in in;
    struct sim_error error; /* why a block could not be read; empty: all could */
    uint64_t nanoseconds;   /* CPU time of reading and decompression so far */
    struct trace_pass *next;
    uint8_t block[TRACE_BLOCK_MAX];
};

/* The pass from which a reader reads. */
static struct trace_pass *pass_of(const struct trace_reader *reader)
{
    return reader->source.context;
}

static const uint8_t *pass_take(void *context, uint32_t bytes, uint32_t *got)
{
    struct trace_pass *pass = context;
    uint64_t start = cpu_time_nanoseconds();
    size_t filled = 0;
    bool ok = stream_in_fill(&pass->in, pass->block, bytes, &filled, &pass->error);

    pass->nanoseconds += cpu_time_nanoseconds() - start;
    *got = (uint32_t)filled;
    return ok ? pass->block : NULL;
}

/* The length of the trace, which is known only of a plain file. */
static uint64_t bytes_of(const struct stream_in *in)
{
    struct stat status;

    if (in->start < 0 || in->codec.compression != COMPRESSION_NONE || fstat(in->fd, &status) != 0)
        return TRACE_BYTES_UNKNOWN;
    return (uint64_t)(status.st_size - in->start);
}

static bool pass_begin(struct trace_pass *pass, struct trace_reader *reader)
{
    const struct trace_source source = {pass_take, pass, bytes_of(&pass->in)};

    return trace_reader_init_source(reader, &source);
}

struct trace_file {
    struct trace_pass first;   /* the pass that read the header */
    struct trace_reader start; /* the reader of the first pass, at the first event */
    bool given;                /* trace_read() has handed out the first pass */
    struct trace_pass *passes; /* the other passes */
    struct site_table sites;   /* the sites that any reader of this process has met so far */
};

/* ---- opening ---- */

/* Finishes the trace of a writer. Returns its descriptor; -1: see error. */
static int written_file(struct trace_writer *writer, struct sim_error *error)
{
    return trace_writer_finish(writer, error) ? trace_writer_detach(writer) : -1;
}

/* Writes the binary form of a text into a spool. Returns its descriptor; -1: see error. */
static int spool_text(struct stream_in *in, struct sim_error *error)
{
    struct trace_writer *writer = trace_writer_open(error);
    int fd = -1;

    if (writer == NULL)
        return -1;
    if (text_read(in, writer, error))
        fd = written_file(writer, error);
    trace_writer_close(writer);
    return fd;
}

/* What the first bytes of a stream say. */
struct head {
    bool is_text;
    bool is_modest; /* the binary header announces no more than SLOTS_BELIEVED slots or processes */
};

/*
 * A replay allocates a table of the slots that the header announces. The length of a file limits
 * that number, because each slot takes an event. A stream has no length: while it is read as it
 * comes, at most this many slots are believed, which is a table of 16 MiB. If the header announces
 * more, the whole stream is read first.
 */
#define SLOTS_BELIEVED (1u << 20)
_Static_assert(STREAM_PEEK_MAX >= sizeof(struct trace_header), "a peek contains the whole header");

static bool look_at_head(struct stream_in *in, struct head *head, struct sim_error *error)
{
    const uint8_t *data;
    struct trace_header header;
    size_t bytes;

    if (!stream_in_peek(in, &data, &bytes, error))
        return false;
    if (bytes == 0)
        return sim_error_set(error,
                             "%s: the file is empty: a trace begins with 'mmtrace 1', or is "
                             "binary",
                             in->name);
    if (file_kind_is_wrong(in, &wanted_trace, error))
        return false;
    head->is_text =
        bytes < sizeof(TRACE_MAGIC) || memcmp(data, TRACE_MAGIC, sizeof(TRACE_MAGIC)) != 0;
    trace_header_load(&header, data); /* a short stream is followed by zeros */
    head->is_modest = header.slots <= SLOTS_BELIEVED && header.processes <= SLOTS_BELIEVED;
    return true;
}

/* An uncompressed file can be read again at no cost. */
static bool is_plain_file(const struct stream_in *in)
{
    return in->start >= 0 && in->codec.compression == COMPRESSION_NONE;
}

static const char *set_name(struct trace *trace, const char *name)
{
    trace->name = memory_resize(NULL, strlen(name) + 1, 1);
    return strcpy(trace->name, name);
}

/* Opens the stream of the first pass. A binary file is read as it is if it is plain, or if it is
   read once and its header can be believed. Else the stream is that of a temporary file. */
static bool open_stream(struct trace *trace, const char *path, bool once, struct sim_error *error)
{
    struct stream_in *in = &trace->file->first.in;
    struct head head = {false, false};
    int fd;

    if (!stream_in_open(in, path, error))
        return false;
    in->name = set_name(trace, in->name);
    if (!look_at_head(in, &head, error))
        return false;
    trace->from_text = head.is_text;
    if (!head.is_text && (is_plain_file(in) || (once && head.is_modest)))
        return true;
    fd = trace->from_text ? spool_text(in, error) : spool_stream(in, error);
    stream_in_close(in);
    return fd >= 0 && stream_in_open_fd(in, trace->name, fd, error);
}

static void add_site(void *context, uint32_t site, const char *name, uint32_t bytes)
{
    struct site_table *sites = context;

    if (site > sites->count) /* no reader has met this site before */
        site_table_append(sites, name, bytes);
}

static bool begin(const struct trace *trace, struct trace_pass *pass, struct trace_reader *reader)
{
    bool ok = pass_begin(pass, reader);

    reader->on_site = add_site;
    reader->context = &trace->file->sites;
    return ok;
}

/* Reads the header of the first pass, if its stream is open. false: the trace is closed. */
static bool begin_first(struct trace *trace, bool opened, struct sim_error *error)
{
    struct trace_file *file = trace->file;

    if (opened && !begin(trace, &file->first, &file->start))
        opened = trace_read_error(trace, &file->start, error);
    progress_end(&file->first.in);
    trace->header = file->start.header;
    if (!opened)
        trace_close(trace);
    return opened;
}

static bool open_trace(struct trace *trace, const char *path, bool once, struct sim_error *error)
{
    *trace = (struct trace){.file = memory_zeroed(1, sizeof(*trace->file))};
    return begin_first(trace, open_stream(trace, path, once, error), error);
}

bool trace_open(struct trace *trace, const char *path, struct sim_error *error)
{
    return open_trace(trace, path, false, error);
}

bool trace_open_once(struct trace *trace, const char *path, struct sim_error *error)
{
    return open_trace(trace, path, true, error);
}

bool trace_open_written(struct trace *trace, struct trace_writer *writer, struct sim_error *error)
{
    int fd = written_file(writer, error);

    if (fd < 0)
        return false;
    *trace = (struct trace){.file = memory_zeroed(1, sizeof(*trace->file))};
    const char *name = set_name(trace, "the trace just written");
    return begin_first(trace, stream_in_open_fd(&trace->file->first.in, name, fd, error), error);
}

static void free_pass(struct trace_file *file, struct trace_pass *pass)
{
    struct trace_pass **link = &file->passes;

    while (*link != pass)
        link = &(*link)->next;
    *link = pass->next;
    stream_in_close(&pass->in);
    free(pass);
}

void trace_close(struct trace *trace)
{
    struct trace_file *file = trace->file;

    while (file->passes != NULL)
        free_pass(file, file->passes);
    stream_in_close(&file->first.in);
    site_table_free(&file->sites);
    free(file);
    free(trace->name);
    *trace = (struct trace){0};
}

/* ---- reading ---- */

static bool can_be_read(const struct trace_file *file)
{
    return !file->given || file->first.in.start >= 0;
}

static void read_again(const struct trace *trace, struct trace_reader *reader)
{
    struct trace_file *file = trace->file;
    struct trace_pass *pass = memory_zeroed(1, sizeof(*pass));

    pass->next = file->passes;
    file->passes = pass;
    if (!stream_in_open_again(&pass->in, &file->first.in, &pass->error))
        *reader = (struct trace_reader){.source.context = pass, .error = "cannot be read"};
    else if (begin(trace, pass, reader) &&
             memcmp(&reader->header, &file->start.header, sizeof(reader->header)) != 0)
        reader->error = "the file has changed since it was opened";
}

void trace_read(const struct trace *trace, struct trace_reader *reader)
{
    struct trace_file *file = trace->file;

    assert(can_be_read(file));
    if (file->given) {
        read_again(trace, reader);
    } else {
        *reader = file->start;
        file->given = true;
        progress_begin(&file->first.in, file->first.in.size, PROGRESS_BYTES);
    }
    progress_count_events(&pass_of(reader)->in, trace->header.events);
}

void trace_read_end(const struct trace *trace, struct trace_reader *reader)
{
    struct trace_pass *pass = pass_of(reader);

    if (pass != &trace->file->first)
        free_pass(trace->file, pass);
    else
        progress_end(&pass->in);
}

uint64_t trace_read_nanoseconds(const struct trace_reader *reader)
{
    return pass_of(reader)->nanoseconds;
}

bool trace_read_error(const struct trace *trace, const struct trace_reader *reader,
                      struct sim_error *error)
{
    const struct sim_error *unreadable = &pass_of(reader)->error;

    if (unreadable->text[0] == '\0')
        return sim_error_set(error, "%s: offset %zu: %s", trace->name, reader->error_offset,
                             reader->error);
    *error = *unreadable;
    return false;
}

bool trace_event_error(const struct trace *trace, const struct trace_reader *reader, uint64_t event,
                       const char *reason, struct sim_error *error)
{
    if (reader->error != NULL)
        return trace_read_error(trace, reader, error);
    return sim_error_set(error, "%s: offset %zu: event %" PRIu64 ": %s", trace->name,
                         trace_reader_offset(reader), event, reason);
}

/* Reads the trace up to the definition of the site. */
static void look_for_site(const struct trace *trace, uint32_t site)
{
    struct trace_reader reader;
    struct event event;

    trace_read(trace, &reader);
    while (trace->file->sites.count < site && trace_reader_next(&reader, &event) == TRACE_EVENT)
        continue;
    trace_read_end(trace, &reader);
}

const char *trace_site_name(struct trace *trace, uint32_t site)
{
    const struct trace_file *file = trace->file;

    if (site > file->sites.count && site <= trace->header.sites && can_be_read(file))
        look_for_site(trace, site);
    return site_table_name(&file->sites, site);
}

bool trace_walk(const struct trace *trace, trace_visit *visit, void *context,
                struct sim_error *error)
{
    struct trace_reader reader;
    struct event event;
    enum trace_status status = TRACE_EVENT;
    const char *reason = NULL;

    trace_read(trace, &reader);
    while (reason == NULL && (status = trace_reader_next(&reader, &event)) == TRACE_EVENT)
        reason = visit(context, &event);
    if (reason != NULL)
        trace_event_error(trace, &reader, reader.events, reason, error);
    else if (status == TRACE_ERROR)
        trace_read_error(trace, &reader, error);
    trace_read_end(trace, &reader);
    return reason == NULL && status == TRACE_END;
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

uint64_t trace_content(const struct trace *trace)
{
    int fd = trace->file->first.in.fd;
    uint8_t end[4] = {0};
    struct stat status;

    if (fstat(fd, &status) != 0 || pread(fd, end, sizeof(end), status.st_size - 4) != sizeof(end))
        return (uint64_t)trace->header.crc << 32; /* who reads it meets the error */
    return (uint64_t)trace->header.crc << 32 | (uint32_t)end[3] << 24 | (uint32_t)end[2] << 16 |
           (uint32_t)end[1] << 8 | end[0];
}

bool trace_copy(const struct trace *trace, const char *path, struct sim_error *error)
{
    return stream_out_copy_file(trace->file->first.in.fd, path, error);
}
