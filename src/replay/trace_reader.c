#include "trace_record.h"

const struct layout trace_layouts[TRACE_SITE + 1] = {
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
    else if (event->bytes - 1 > UINT32_MAX - event->address)
        record_fail(record, "a range that passes the end of 4 GiB");
}

static void take_order(struct record *record, struct event *event)
{
    uint32_t byte = take_byte(record);

    event->order = byte & 0x0fu;
    event->page_class = (uint8_t)(byte >> 4);
    if (event->order > ORDER_MAX)
        record_fail(record, "an order above 10");
    if (event->page_class > PAGES_USER)
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

void trace_record_take(struct trace_reader *reader, struct record *record, struct event *event)
{
    uint32_t op = take_byte(record);
    uint32_t kind = op & 0x0fu;
    struct layout layout = trace_layouts[kind];

    *event = (struct event){.kind = (uint8_t)kind};
    if (layout.fields == 0)
        record_fail(record, "a record of an unknown kind");
    if ((op & 0xf0u & ~(uint32_t)layout.flags) != 0)
        record_fail(record, "a flag that this kind of record does not have");
    take_fields(reader, record, layout.fields, event);
    if (layout.fields & HAS_ID)
        take_id(record, op & TRACE_FLAG_ID,
                kind == EVENT_PROCESS ? &reader->last_pid : &reader->last_id, event);
    if (op & TRACE_FLAG_SITE)
        take_site(record, reader->sites, event);
    if (layout.fields & HAS_TEXT)
        take_text(record, event);
    if (op & TRACE_FLAG_RW)
        trace_record_set_flag(event);
    if (kind == TRACE_SITE)
        define_site(reader, record, event);
}
