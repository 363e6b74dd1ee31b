/* Reads the header and the blocks of a binary trace. */
#include "crc32.h"
#include "trace_reader.h"

#define HEADER_BYTES     ((uint32_t)sizeof(struct trace_header))
#define HEADER_CRC_AT    60u
#define BLOCK_HEAD_BYTES 8u

static uint64_t load_le64(const uint8_t *p)
{
    return load_le32(p) | (uint64_t)load_le32(p + 4) << 32;
}

bool trace_reader_fail(struct trace_reader *reader, const char *error, uint64_t offset)
{
    reader->error = error;
    reader->error_offset = (size_t)offset;
    return false;
}

static const uint8_t *take_memory(struct trace_reader *reader, uint32_t bytes, uint32_t *got)
{
    const uint8_t *from = reader->next;
    uint64_t left = reader->source.bytes - reader->offset;

    *got = left < bytes ? (uint32_t)left : bytes;
    reader->next += *got;
    return from;
}

/* Takes the next bytes of the trace. *got is less than `bytes` only at the end of the trace.
   Returns NULL, and sets the reader's error, if they cannot be read. */
static const uint8_t *take(struct trace_reader *reader, uint32_t bytes, uint32_t *got)
{
    const struct trace_source *source = &reader->source;
    const uint8_t *from = source->take != NULL ? source->take(source->context, bytes, got)
                                               : take_memory(reader, bytes, got);

    if (from == NULL)
        trace_reader_fail(reader, "cannot be read", reader->offset);
    else
        reader->offset += *got;
    return from;
}

/* Checks the end record, which is at `offset`: the checksum, the counts, and that no data follow.
   Always returns false, because there is no further block. */
static bool check_end(struct trace_reader *reader, uint64_t offset, uint32_t crc)
{
    uint32_t more;

    if (crc != reader->block_crcs)
        return trace_reader_fail(reader, "the checksum over all blocks is wrong", offset);
    if (take(reader, 1, &more) == NULL)
        return false;
    if (more != 0)
        return trace_reader_fail(reader, "data after the end of the trace",
                                 offset + BLOCK_HEAD_BYTES);
    if (reader->events != reader->header.events)
        return trace_reader_fail(reader, "the header announces another number of events", offset);
    if (reader->sites != reader->header.sites)
        return trace_reader_fail(reader, "the header announces another number of sites", offset);
    reader->ended = true;
    return false;
}

/* Takes a payload from the source, and makes it the current block. Returns false with an error if
   it is cut short or damaged. */
static bool open_payload(struct trace_reader *reader, uint64_t at, uint32_t bytes, uint32_t crc)
{
    uint32_t got;
    const uint8_t *payload = take(reader, bytes, &got);

    if (payload == NULL)
        return false;
    if (got < bytes)
        return trace_reader_fail(reader, "cut short: inside a block", at);
    if (crc32(0, payload, bytes) != crc)
        return trace_reader_fail(reader, "the checksum of a block is wrong", at);
    reader->cursor = payload;
    reader->limit = payload + bytes;
    return true;
}

bool trace_reader_open_block(struct trace_reader *reader)
{
    uint64_t at = reader->offset;
    const uint8_t *head;
    uint32_t got;

    if (reader->ended)
        return false;
    head = take(reader, BLOCK_HEAD_BYTES, &got);
    if (head == NULL)
        return false;
    if (got < BLOCK_HEAD_BYTES)
        return trace_reader_fail(reader, "cut short: a block is missing", at);
    uint32_t payload_bytes = load_le32(head);
    uint32_t crc = load_le32(head + 4);
    if (payload_bytes == 0)
        return check_end(reader, at, crc);
    if (payload_bytes > TRACE_BLOCK_MAX)
        return trace_reader_fail(reader, "a block longer than 65536 bytes", at);
    reader->block_crcs = crc32(reader->block_crcs, head + 4, 4);
    return open_payload(reader, at, payload_bytes, crc);
}

void trace_header_load(struct trace_header *header, const uint8_t data[HEADER_BYTES])
{
    for (uint32_t i = 0; i < sizeof(header->magic); i++)
        header->magic[i] = (char)data[i];
    header->version = load_le32(data + 8);
    header->slots = load_le32(data + 12);
    header->processes = load_le32(data + 16);
    header->sites = load_le32(data + 20);
    header->events = load_le64(data + 24);
    header->peak_live_bytes = load_le64(data + 32);
    for (uint32_t i = 0; i < 5; i++)
        header->reserved[i] = load_le32(data + 40 + 4 * i);
    header->crc = load_le32(data + HEADER_CRC_AT);
}

static bool has_magic(const uint8_t *data, size_t bytes)
{
    for (uint32_t i = 0; i < sizeof(TRACE_MAGIC); i++) {
        if (i == bytes || data[i] != (uint8_t)TRACE_MAGIC[i])
            return false;
    }
    return true;
}

static bool check_header(struct trace_reader *reader)
{
    const struct trace_header *header = &reader->header;

    if (header->version != TRACE_VERSION)
        return trace_reader_fail(reader, "a version of the format that this program does not know",
                                 8);
    if (header->slots > header->events || header->processes > header->events)
        return trace_reader_fail(reader, "the header announces more slots than events", 12);
    if (header->events > reader->source.bytes)
        return trace_reader_fail(reader, "the header announces more events than fit the file", 24);
    if (header->sites > SITES_MAX)
        return trace_reader_fail(reader, "the header announces too many sites", 20);
    for (uint32_t i = 0; i < 5; i++) {
        if (header->reserved[i] != 0)
            return trace_reader_fail(reader, "a reserved field of the header is not 0", 40 + 4 * i);
    }
    return true;
}

static bool start(struct trace_reader *reader)
{
    uint32_t got;
    const uint8_t *data = take(reader, HEADER_BYTES, &got);

    if (data == NULL)
        return false;
    if (!has_magic(data, got))
        return trace_reader_fail(reader, "not a binary trace", 0);
    if (got < HEADER_BYTES)
        return trace_reader_fail(reader, "cut short: inside the header", got);
    trace_header_load(&reader->header, data);
    if (crc32(0, data, HEADER_CRC_AT) != reader->header.crc)
        return trace_reader_fail(reader, "the checksum of the header is wrong", 0);
    return check_header(reader);
}

bool trace_reader_init_source(struct trace_reader *reader, const struct trace_source *source)
{
    *reader = (struct trace_reader){.source = *source};
    return start(reader);
}

bool trace_reader_init(struct trace_reader *reader, const void *data, size_t bytes)
{
    *reader = (struct trace_reader){.source = {.bytes = bytes}, .next = data};
    return start(reader);
}
