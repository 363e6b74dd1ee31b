#include "trace_reader.h"
#include "crc32.h"

#define HEADER_BYTES     sizeof(struct trace_header)
#define HEADER_CRC_AT    60u
#define BLOCK_HEAD_BYTES 8u
#define AFTER_THE_END    SIZE_MAX /* next_block once the end record has been read */

/* What a kind's record holds, in this order: slot or process, address, bytes, order, ID, site, text. */
enum {
    HAS_SLOT = 1,
    HAS_PROCESS = 2,
    HAS_ADDRESS = 4,
    HAS_BYTES = 8,
    HAS_ORDER = 16,
    HAS_TEXT = 32,
    HAS_ID = 64,
};

struct layout {
    uint8_t fields;
    uint8_t flags; /* those that the op byte may have */
};

static const struct layout layouts[TRACE_SITE + 1] = {
    [EVENT_KMALLOC] = {HAS_SLOT | HAS_BYTES | HAS_ID,
                       TRACE_FLAG_ID | TRACE_FLAG_SITE | TRACE_FLAG_RW},
    [EVENT_KREALLOC] = {HAS_SLOT | HAS_BYTES, 0},
    [EVENT_KFREE] = {HAS_SLOT, 0},
    [EVENT_PAGES] = {HAS_SLOT | HAS_ORDER | HAS_ID, TRACE_FLAG_ID | TRACE_FLAG_SITE},
    [EVENT_FREE_PAGES] = {HAS_SLOT, 0},
    [EVENT_VMALLOC] = {HAS_SLOT | HAS_BYTES | HAS_ID, TRACE_FLAG_ID | TRACE_FLAG_SITE},
    [EVENT_VFREE] = {HAS_SLOT, 0},
    [EVENT_PROCESS] = {HAS_PROCESS | HAS_ID, TRACE_FLAG_ID},
    [EVENT_MAP] = {HAS_PROCESS | HAS_ADDRESS | HAS_BYTES, TRACE_FLAG_RW},
    [EVENT_UNMAP] = {HAS_PROCESS | HAS_ADDRESS | HAS_BYTES, 0},
    [EVENT_TOUCH] = {HAS_PROCESS | HAS_ADDRESS, TRACE_FLAG_RW},
    [EVENT_SETBRK] = {HAS_PROCESS | HAS_ADDRESS, 0},
    [EVENT_EXIT] = {HAS_PROCESS, 0},
    [EVENT_MARK] = {HAS_TEXT, 0},
    [TRACE_SITE] = {HAS_TEXT, 0},
};
_Static_assert((int)EVENT_KIND_COUNT == (int)TRACE_SITE, "every op but 0 has a layout");

/* A record being read. The first thing wrong with it stays in error; what is read after that is 0. */
struct record {
    const uint8_t *cursor;
    const uint8_t *limit;
    const char *error;
};

static uint32_t load_le32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint64_t load_le64(const uint8_t *p)
{
    return load_le32(p) | (uint64_t)load_le32(p + 4) << 32;
}

static uint32_t record_fail(struct record *record, const char *error)
{
    if (record->error == NULL)
        record->error = error;
    record->cursor = record->limit;
    return 0;
}

static uint32_t take_byte(struct record *record)
{
    if (record->cursor == record->limit)
        return record_fail(record, "the record runs past the end of its block");
    return *record->cursor++;
}

/* The rest of a number of at most `bits` bits, whose first byte said that more follow. */
static inline uint64_t take_more(struct record *record, uint64_t value, uint32_t bits)
{
    uint32_t byte;

    for (uint32_t shift = 7;; shift += 7) {
        byte = take_byte(record);
        /* in the last byte that fits, neither a bit too many nor "more follow" */
        if (bits - shift < 8 && byte >> (bits - shift) != 0)
            return record_fail(record, "a number out of range");
        value |= (uint64_t)(byte & 0x7fu) << shift;
        if (byte < 0x80)
            break;
    }
    if (byte == 0)
        return record_fail(record, "a number longer than it need be");
    return value;
}

static inline uint64_t take_number(struct record *record, uint32_t bits)
{
    uint32_t byte = take_byte(record);

    return byte < 0x80 ? byte : take_more(record, byte & 0x7fu, bits);
}

static inline uint32_t take_u32(struct record *record)
{
    return (uint32_t)take_number(record, 32);
}

static void take_slot(struct record *record, uint32_t count, struct event *event)
{
    event->slot = take_u32(record);
    if (event->slot >= count)
        record_fail(record, "a slot beyond those that the header announces");
}

static void take_bytes(struct record *record, struct event *event)
{
    event->bytes = take_u32(record);
    if (event->bytes == 0)
        record_fail(record, "a size of 0");
}

static void take_order(struct record *record, struct event *event)
{
    uint32_t byte = take_byte(record);

    event->order = byte & 0x0fu;
    event->class = (uint8_t)(byte >> 4);
    if (event->order > ORDER_MAX)
        record_fail(record, "an order above 10");
    if (event->class > PAGES_USER)
        record_fail(record, "an unknown class of pages");
}

static void take_id(struct record *record, bool given, uint64_t *last, struct event *event)
{
    event->id = given ? take_number(record, 64) : *last + 1;
    *last = event->id;
    if (event->id == 0)
        record_fail(record, "an ID of 0");
}

static void take_site(struct record *record, uint32_t sites, struct event *event)
{
    event->site = (uint32_t)take_number(record, 24);
    if (event->site == SITE_NONE || event->site > sites)
        record_fail(record, "a site that is not defined before");
}

static void take_text(struct record *record, struct event *event)
{
    event->text_bytes = (uint32_t)take_number(record, 11);
    if (event->text_bytes > MARK_TEXT_MAX)
        record_fail(record, "a text longer than 1024 bytes");
    if (event->text_bytes > (size_t)(record->limit - record->cursor))
        record_fail(record, "the record runs past the end of its block");
    event->text = (const char *)record->cursor;
    record->cursor += record->error == NULL ? event->text_bytes : 0;
}

static void take_fields(const struct trace_reader *reader, struct record *record, uint32_t fields,
                        struct event *event)
{
    if (fields & HAS_SLOT)
        take_slot(record, reader->header.slots, event);
    if (fields & HAS_PROCESS)
        take_slot(record, reader->header.processes, event);
    if (fields & HAS_ADDRESS)
        event->address = take_u32(record);
    if (fields & HAS_BYTES)
        take_bytes(record, event);
    if (fields & HAS_ORDER)
        take_order(record, event);
}

static void define_site(struct trace_reader *reader, struct record *record,
                        const struct event *event)
{
    if (event->text_bytes == 0)
        record_fail(record, "a site without a name");
    if (reader->sites == reader->header.sites)
        record_fail(record, "more sites than the header announces");
    if (record->error != NULL)
        return;
    reader->sites++;
    if (reader->on_site != NULL)
        reader->on_site(reader->context, reader->sites, event->text, event->text_bytes);
}

/* Reads one record, an event or a site. */
static void take_record(struct trace_reader *reader, struct record *record, struct event *event)
{
    uint32_t op = take_byte(record);
    uint32_t kind = op & 0x0fu;
    struct layout layout = layouts[kind];

    *event = (struct event){.kind = (uint8_t)kind};
    if (layout.fields == 0)
        record_fail(record, "a record of an unknown kind");
    if ((op & 0xf0u & ~(uint32_t)layout.flags) != 0)
        record_fail(record, "a flag that this kind of record does not have");
    take_fields(reader, record, layout.fields, event);
    if (layout.fields & HAS_ID)
        take_id(record, op & TRACE_FLAG_ID, kind == EVENT_PROCESS ? &reader->last_pid : &reader->last_id,
                event);
    if (op & TRACE_FLAG_SITE)
        take_site(record, reader->sites, event);
    if (layout.fields & HAS_TEXT)
        take_text(record, event);
    if (op & TRACE_FLAG_RW) {
        event->write = kind != EVENT_KMALLOC;
        event->class = kind == EVENT_KMALLOC ? PAGES_DMA : PAGES_LOW;
    }
    if (kind == TRACE_SITE)
        define_site(reader, record, event);
}

static bool reader_fail(struct trace_reader *reader, const char *error, size_t offset)
{
    reader->error = error;
    reader->error_offset = offset;
    return false;
}

/* The end record at `offset` has been met: do the counts hold, and is it the end? */
static bool check_end(struct trace_reader *reader, size_t offset, uint32_t crc)
{
    if (crc != reader->block_crcs)
        return reader_fail(reader, "the checksum over all blocks is wrong", offset);
    if (reader->bytes - offset != BLOCK_HEAD_BYTES)
        return reader_fail(reader, "data after the end of the trace", offset + BLOCK_HEAD_BYTES);
    if (reader->events != reader->header.events)
        return reader_fail(reader, "the header announces another number of events", offset);
    if (reader->sites != reader->header.sites)
        return reader_fail(reader, "the header announces another number of sites", offset);
    reader->next_block = AFTER_THE_END;
    return true;
}

/* Make the next block the current one, or note the end. */
static bool open_block(struct trace_reader *reader)
{
    size_t at = reader->next_block;
    size_t left = reader->bytes - at;
    const uint8_t *head = reader->data + at;
    uint32_t payload_bytes;
    uint32_t crc;

    if (left < BLOCK_HEAD_BYTES)
        return reader_fail(reader, "cut short: a block is missing", at);
    payload_bytes = load_le32(head);
    crc = load_le32(head + 4);
    if (payload_bytes == 0)
        return check_end(reader, at, crc);
    if (payload_bytes > TRACE_BLOCK_MAX)
        return reader_fail(reader, "a block longer than 65536 bytes", at);
    if (payload_bytes > left - BLOCK_HEAD_BYTES)
        return reader_fail(reader, "cut short: inside a block", at);
    if (crc32(0, head + BLOCK_HEAD_BYTES, payload_bytes) != crc)
        return reader_fail(reader, "the checksum of a block is wrong", at);
    reader->block_crcs = crc32(reader->block_crcs, head + 4, 4);
    reader->cursor = head + BLOCK_HEAD_BYTES;
    reader->limit = reader->cursor + payload_bytes;
    reader->next_block = at + BLOCK_HEAD_BYTES + payload_bytes;
    return true;
}

static void load_header(struct trace_header *header, const uint8_t *data)
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
    if (header->sites > SITES_MAX)
        return reader_fail(reader, "the header announces too many sites", 20);
    for (uint32_t i = 0; i < 5; i++) {
        if (header->reserved[i] != 0)
            return reader_fail(reader, "a reserved field of the header is not 0", 40 + 4 * i);
    }
    return true;
}

bool trace_reader_init(struct trace_reader *reader, const void *data, size_t bytes)
{
    *reader = (struct trace_reader){
        .data = data,
        .bytes = bytes,
        .next_block = HEADER_BYTES,
        .cursor = data,
        .limit = data,
    };
    if (!has_magic(data, bytes))
        return reader_fail(reader, "not a binary trace", 0);
    if (bytes < HEADER_BYTES)
        return reader_fail(reader, "cut short: inside the header", bytes);
    load_header(&reader->header, data);
    if (crc32(0, data, HEADER_CRC_AT) != reader->header.crc)
        return reader_fail(reader, "the checksum of the header is wrong", 0);
    return check_header(reader);
}

enum trace_status trace_reader_next(struct trace_reader *reader, struct event *event)
{
    struct record record = {reader->cursor, reader->limit, reader->error};

    do {
        if (record.error != NULL)
            return TRACE_ERROR;
        if (record.cursor == record.limit) {
            if (reader->next_block == AFTER_THE_END)
                return TRACE_END;
            if (!open_block(reader))
                return TRACE_ERROR;
            if (reader->next_block == AFTER_THE_END)
                return TRACE_END;
            record.cursor = reader->cursor;
            record.limit = reader->limit;
        }
        reader->cursor = record.cursor;
        take_record(reader, &record, event);
        if (record.error != NULL) {
            reader_fail(reader, record.error, (size_t)(reader->cursor - reader->data));
            return TRACE_ERROR;
        }
        reader->cursor = record.cursor;
    } while (event->kind == TRACE_SITE);
    reader->events++;
    return TRACE_EVENT;
}
