#include "trace_writer.h"
#include "memory.h"
#include "progress.h"
#include "replay/crc32.h"
#include "stream_out.h"
#include "temporary_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The longest record: op, length, text. */
#define RECORD_BYTES_MAX (1u + 2u + MARK_TEXT_MAX)

static void store_le32(uint8_t *p, uint32_t value)
{
    for (uint32_t i = 0; i < 4; i++)
        p[i] = (uint8_t)(value >> (8 * i));
}

static void put(struct trace_writer *writer, const void *data, size_t bytes)
{
    if (writer->failed == 0 && !write_all(writer->fd, data, bytes))
        writer->failed = errno;
}

struct trace_writer *trace_writer_open(struct sim_error *error)
{
    static const struct trace_header empty;
    struct trace_writer *writer = memory_zeroed(1, sizeof(*writer));

    writer->fd = spool_open(error);
    if (writer->fd < 0) {
        free(writer);
        return NULL;
    }
    put(writer, &empty, sizeof(empty));
    return writer;
}

uint32_t trace_writer_site(struct trace_writer *writer, const char *name, size_t bytes)
{
    return site_table_intern(&writer->sites, name, bytes);
}

static void flush_block(struct trace_writer *writer)
{
    uint8_t *payload = writer->block + TRACE_BLOCK_HEAD_BYTES;

    if (writer->payload_bytes == 0)
        return;
    store_le32(writer->block, writer->payload_bytes);
    store_le32(writer->block + 4, crc32(0, payload, writer->payload_bytes));
    writer->block_crcs = crc32(writer->block_crcs, writer->block + 4, 4);
    put(writer, writer->block, TRACE_BLOCK_HEAD_BYTES + writer->payload_bytes);
    writer->payload_bytes = 0;
    progress_at(writer, writer->live.events);
}

/* Returns the place of the next record. Its length is not known yet, so that there must be room for
   the longest record. Hence the ends of blocks depend only on the events. */
static uint8_t *record_begin(struct trace_writer *writer)
{
    if (writer->payload_bytes + RECORD_BYTES_MAX > TRACE_BLOCK_MAX)
        flush_block(writer);
    return writer->block + TRACE_BLOCK_HEAD_BYTES + writer->payload_bytes;
}

static void record_end(struct trace_writer *writer, const uint8_t *end)
{
    writer->payload_bytes = (uint32_t)(end - writer->block - TRACE_BLOCK_HEAD_BYTES);
}

static uint8_t *put_number(uint8_t *p, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        *p++ = (uint8_t)(value | 0x80);
    *p++ = (uint8_t)value;
    return p;
}

static void write_text(struct trace_writer *writer, uint8_t kind, const char *text, size_t bytes)
{
    uint8_t *p = record_begin(writer);

    *p++ = kind;
    p = put_number(p, bytes);
    memcpy(p, text, bytes);
    record_end(writer, p + bytes);
}

/* The number of a site in the file. A site that is new there is defined first. */
static uint32_t site_number(struct trace_writer *writer, uint32_t site)
{
    uint32_t *number;

    if (site == SITE_NONE)
        return SITE_NONE;
    writer->site_numbers = memory_reach(writer->site_numbers, &writer->site_numbers_capacity, site,
                                        sizeof(*writer->site_numbers));
    number = &writer->site_numbers[site];
    if (*number == 0 && writer->sites_written < SITES_MAX) {
        const char *name = site_table_name(&writer->sites, site);

        write_text(writer, TRACE_SITE, name, strlen(name));
        *number = ++writer->sites_written;
    }
    return *number;
}

/* The ID of an event that creates; 0: it is the one that a reader expects. */
static uint64_t id_to_tell(struct trace_writer *writer, const struct event *event)
{
    uint64_t *last = event->kind == EVENT_PROCESS ? &writer->last_pid : &writer->last_id;
    bool expected = event->id == *last + 1;

    *last = event->id;
    return expected ? 0 : event->id;
}

static void write_record(struct trace_writer *writer, const struct event *event)
{
    uint32_t fields = trace_layouts[event->kind].fields;
    uint32_t site = site_number(writer, event->site);
    uint64_t id = fields & HAS_ID ? id_to_tell(writer, event) : 0;
    bool dma = event->kind == EVENT_KMALLOC && event->page_class == PAGES_DMA;
    uint8_t *op = record_begin(writer);
    uint8_t *p = op + 1;

    *op = (uint8_t)(event->kind | (id != 0 ? TRACE_FLAG_ID : 0) |
                    (site != SITE_NONE ? TRACE_FLAG_SITE : 0) |
                    (dma || event->write ? TRACE_FLAG_RW : 0));
    p = put_number(p, event->slot);
    if (fields & HAS_ADDRESS)
        p = put_number(p, event->address);
    if (fields & HAS_BYTES)
        p = put_number(p, event->bytes);
    if (fields & HAS_ORDER)
        *p++ = (uint8_t)(event->order | event->page_class << 4);
    if (id != 0)
        p = put_number(p, id);
    if (site != SITE_NONE)
        p = put_number(p, site);
    record_end(writer, p);
}

const char *trace_writer_event(struct trace_writer *writer, const struct event *event)
{
    const char *reason = live_set_apply(&writer->live, event);

    if (reason != NULL)
        return reason;
    if (event->kind == EVENT_MARK)
        write_text(writer, EVENT_MARK, event->text, event->text_bytes);
    else
        write_record(writer, event);
    return NULL;
}

static void put_header(struct trace_writer *writer)
{
    uint8_t header[sizeof(struct trace_header)] = TRACE_MAGIC;

    store_le32(header + 8, TRACE_VERSION);
    store_le32(header + 12, writer->live.allocations.used);
    store_le32(header + 16, writer->live.processes.used);
    store_le32(header + 20, writer->sites_written);
    store_le32(header + 24, (uint32_t)writer->live.events);
    store_le32(header + 28, (uint32_t)(writer->live.events >> 32));
    store_le32(header + 32, (uint32_t)writer->live.peak_bytes);
    store_le32(header + 36, (uint32_t)(writer->live.peak_bytes >> 32));
    store_le32(header + 60, crc32(0, header, 60));
    if (lseek(writer->fd, 0, SEEK_SET) != 0)
        writer->failed = errno;
    put(writer, header, sizeof(header));
}

bool trace_writer_finish(struct trace_writer *writer, struct sim_error *error)
{
    uint8_t end[TRACE_BLOCK_HEAD_BYTES] = {0};

    flush_block(writer);
    store_le32(end + 4, writer->block_crcs);
    put(writer, end, sizeof(end));
    put_header(writer);
    return writer->failed == 0 || spool_failed(writer->failed, error);
}

bool trace_writer_save(struct trace_writer *writer, const char *path, struct sim_error *error)
{
    return stream_out_copy_file(writer->fd, path, error);
}

int trace_writer_detach(struct trace_writer *writer)
{
    int fd = writer->fd;

    writer->fd = -1;
    return fd;
}

void trace_writer_close(struct trace_writer *writer)
{
    if (writer->fd >= 0)
        close(writer->fd);
    live_set_free(&writer->live);
    site_table_free(&writer->sites);
    free(writer->site_numbers);
    free(writer);
}
