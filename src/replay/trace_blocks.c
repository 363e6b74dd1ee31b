#include "trace_reader.h"
#include "crc32.h"
#include "trace_record.h"

#define HEADER_BYTES     ((uint32_t)sizeof(struct trace_header))
#define HEADER_CRC_AT    60u
#define BLOCK_HEAD_BYTES 8u

static uint32_t load_le32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint64_t load_le64(const uint8_t *p)
{
    return load_le32(p) | (uint64_t)load_le32(p + 4) << 32;
}

static bool reader_fail(struct trace_reader *reader, const char *error, uint64_t offset)
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

/* The next bytes of the trace: fewer at its end only. NULL: they cannot be read, which is the
   reader's error. */
static const uint8_t *take(struct trace_reader *reader, uint32_t bytes, uint32_t *got)
{
    const struct trace_source *source = &reader->source;
    const uint8_t *from = source->take != NULL ? source->take(source->context, bytes, got)
                                               : take_memory(reader, bytes, got);

    if (from == NULL)
        reader_fail(reader, "cannot be read", reader->offset);
    else
        reader->offset += *got;
    return from;
}

/* The end record at `offset` has been met: do the counts hold, and is it the end? Returns false. */
static bool check_end(struct trace_reader *reader, uint64_t offset, uint32_t crc)
{
    uint32_t more;

    if (crc != reader->block_crcs)
        return reader_fail(reader, "the checksum over all blocks is wrong", offset);
    if (take(reader, 1, &more) == NULL)
        return false;
    if (more != 0)
        return reader_fail(reader, "data after the end of the trace", offset + BLOCK_HEAD_BYTES);
    if (reader->events != reader->header.events)
        return reader_fail(reader, "the header announces another number of events", offset);
    if (reader->sites != reader->header.sites)
        return reader_fail(reader, "the header announces another number of sites", offset);
    reader->ended = true;
    return false;
}

/* Make the payload that the source gives next the current block. */
static bool open_payload(struct trace_reader *reader, uint64_t at, uint32_t bytes, uint32_t crc)
{
    uint32_t got;
    const uint8_t *payload = take(reader, bytes, &got);

    if (payload == NULL)
        return false;
    if (got < bytes)
        return reader_fail(reader, "cut short: inside a block", at);
    if (crc32(0, payload, bytes) != crc)
        return reader_fail(reader, "the checksum of a block is wrong", at);
    reader->cursor = payload;
    reader->limit = payload + bytes;
    return true;
}

/* Make the next block the current one. false: it is damaged, or, without an error, the end. */
static bool open_block(struct trace_reader *reader)
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
        return reader_fail(reader, "cut short: a block is missing", at);
    uint32_t payload_bytes = load_le32(head);
    uint32_t crc = load_le32(head + 4);
    if (payload_bytes == 0)
        return check_end(reader, at, crc);
    if (payload_bytes > TRACE_BLOCK_MAX)
        return reader_fail(reader, "a block longer than 65536 bytes", at);
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
        return reader_fail(reader, "a version of the format that this program does not know", 8);
    if (header->slots > header->events || header->processes > header->events)
        return reader_fail(reader, "the header announces more slots than events", 12);
    if (header->events > reader->source.bytes)
        return reader_fail(reader, "the header announces more events than fit the file", 24);
    if (header->sites > SITES_MAX)
        return reader_fail(reader, "the header announces too many sites", 20);
    for (uint32_t i = 0; i < 5; i++) {
        if (header->reserved[i] != 0)
            return reader_fail(reader, "a reserved field of the header is not 0", 40 + 4 * i);
    }
    return true;
}

/* Read the header. */
static bool start(struct trace_reader *reader)
{
    uint32_t got;
    const uint8_t *data = take(reader, HEADER_BYTES, &got);

    if (data == NULL)
        return false;
    if (!has_magic(data, got))
        return reader_fail(reader, "not a binary trace", 0);
    if (got < HEADER_BYTES)
        return reader_fail(reader, "cut short: inside the header", got);
    trace_header_load(&reader->header, data);
    if (crc32(0, data, HEADER_CRC_AT) != reader->header.crc)
        return reader_fail(reader, "the checksum of the header is wrong", 0);
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

/* The bits of a number's first four bytes, without the bits that say "more follow". */
static inline uint32_t pack_groups(uint32_t word)
{
    return (word & 0x7fu) | (word >> 1 & 0x3f80u) | (word >> 2 & 0x1fc000u) |
           (word >> 3 & 0xfe00000u);
}

/*
 * Read a number of at most 32 bits, of which five bytes can be read, without a branch on its
 * length: lengths cannot be predicted. *odd is set where it is out of range or too long.
 *
 *     word   1.......  0.......  ........  ........     bytes 0 to 3
 *     stops            1                                 the lowest: where the number ends
 */
static inline const uint8_t *scan_number(const uint8_t *p, uint32_t *value, uint32_t *odd)
{
    uint32_t word = load_le32(p);
    uint32_t stops = ~word & 0x80808080u;
    uint32_t top;

    if (stops == 0) {
        *value = pack_groups(word) | (uint32_t)p[4] << 28;
        *odd |= p[4] - 1u > 14u;
        return p + 5;
    }
    top = (uint32_t)__builtin_ctz(stops);
    word &= stops ^ (stops - 1);
    *value = pack_groups(word);
    *odd |= (word >> (top - 7) == 0) & (top != 7);
    return p + (top + 1) / 8;
}

#define FAST_BYTES 32u /* more than any record without text and ID */

/*
 * Read an event that lies well inside its block and has neither text nor an ID of its own. false:
 * it is not one, or something is wrong with it; nothing has changed, and trace_record_take() reads
 * it or says what.
 */
static inline bool take_fast(struct trace_reader *reader, struct event *event)
{
    const uint8_t *p = reader->cursor;
    uint32_t op = *p++;
    uint32_t kind = op & 0x0fu;
    uint32_t fields = trace_layouts[kind].fields;
    uint32_t odd = op & 0xf0u & (~(uint32_t)trace_layouts[kind].flags | TRACE_FLAG_ID);

    if ((fields & (HAS_SLOT | HAS_PROCESS)) == 0 || kind == EVENT_PROCESS)
        return false;
    *event = (struct event){.kind = (uint8_t)kind};
    p = scan_number(p, &event->slot, &odd);
    odd |= event->slot >= (fields & HAS_SLOT ? reader->header.slots : reader->header.processes);
    if (fields & HAS_ADDRESS)
        p = scan_number(p, &event->address, &odd);
    if (fields & HAS_BYTES) {
        p = scan_number(p, &event->bytes, &odd);
        odd |= (event->bytes == 0) | (event->bytes - 1 > UINT32_MAX - event->address);
    }
    if (fields & HAS_ORDER) {
        event->order = *p & 0x0fu;
        event->page_class = (uint8_t)(*p++ >> 4);
        odd |= (event->order > ORDER_MAX) | (event->page_class > PAGES_USER);
    }
    if (op & TRACE_FLAG_SITE) {
        p = scan_number(p, &event->site, &odd);
        odd |= event->site - 1 >= reader->sites;
    }
    if (op & TRACE_FLAG_RW)
        trace_record_set_flag(event);
    if (fields & HAS_ID) {
        event->id = reader->last_id + 1;
        odd |= event->id == 0;
    }
    if (odd != 0)
        return false;
    if (fields & HAS_ID)
        reader->last_id = event->id;
    reader->cursor = p;
    reader->events++;
    return true;
}

/* Read records up to the next event. */
static enum trace_status next_event(struct trace_reader *reader, struct event *event)
{
    struct record record;

    do {
        if (reader->error != NULL)
            return TRACE_ERROR;
        if (reader->cursor == reader->limit && !open_block(reader))
            return reader->error != NULL ? TRACE_ERROR : TRACE_END;
        record = (struct record){reader->cursor, reader->limit, NULL};
        trace_record_take(reader, &record, event);
        if (record.error != NULL) {
            reader_fail(reader, record.error, trace_reader_offset(reader));
            return TRACE_ERROR;
        }
        reader->cursor = record.cursor;
    } while (event->kind == TRACE_SITE);
    reader->events++;
    return TRACE_EVENT;
}

enum trace_status trace_reader_next(struct trace_reader *reader, struct event *event)
{
    if ((size_t)(reader->limit - reader->cursor) >= FAST_BYTES && reader->error == NULL &&
        take_fast(reader, event))
        return TRACE_EVENT;
    return next_event(reader, event);
}
