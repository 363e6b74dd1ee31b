/* Reads the records of a binary trace. */
#include "trace_reader.h"

const struct trace_layout trace_layouts[TRACE_SITE + 1] = {
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
_Static_assert((int)EVENT_KIND_COUNT == (int)TRACE_SITE, "each operation except 0 has a layout");

/*
 * A record that is being read, in one of two ways that share all functions below. `fast` is a
 * constant in each call, so the compiler makes two functions of each.
 *
 *     careful   The first error stays in `error`, and every later number reads as 0.
 *     fast      For a record that lies well inside its block and has neither a text nor an ID of
 *               its own. The end of the block is not checked. Errors only set `odd`; then the
 *               record is read again, carefully.
 */
struct record {
    const uint8_t *cursor;
    const uint8_t *limit;
    const char *error;
    uint32_t odd;
};

#define FAST_BYTES  32u /* longer than any record that is read fast */
#define RECORD_PART static inline __attribute__((always_inline))

static uint32_t record_fail(struct record *record, const char *error)
{
    if (record->error == NULL)
        record->error = error;
    record->cursor = record->limit;
    return 0;
}

RECORD_PART void require(struct record *record, bool fast, bool holds, const char *error)
{
    if (fast)
        record->odd |= !holds;
    else if (!holds)
        record_fail(record, error);
}

/* ---- numbers ---- */

static uint32_t take_byte_carefully(struct record *record)
{
    if (record->cursor == record->limit)
        return record_fail(record, "the record runs past the end of its block");
    return *record->cursor++;
}

RECORD_PART uint32_t take_byte(struct record *record, bool fast)
{
    return fast ? *record->cursor++ : take_byte_carefully(record);
}

/* Takes a number of at most `bits` bits, or fails. */
static uint64_t take_number_carefully(struct record *record, uint32_t bits)
{
    uint64_t value = 0;
    uint32_t byte = 0;

    for (uint32_t shift = 0; shift == 0 || byte >= 0x80u; shift += 7) {
        byte = take_byte_carefully(record);
        /* the last byte that fits may have no bit too many, and no "more follow" bit */
        if (bits - shift < 8 && byte >> (bits - shift) != 0)
            return record_fail(record, "a number out of range");
        if (byte == 0 && shift != 0)
            return record_fail(record, "a number longer than it need be");
        value |= (uint64_t)(byte & 0x7fu) << shift;
    }
    return value;
}

/* Returns the bits of a number's first four bytes, without the "more follow" bits. */
static inline uint32_t pack_groups(uint32_t word)
{
    return (word & 0x7fu) | (word >> 1 & 0x3f80u) | (word >> 2 & 0x1fc000u) |
           (word >> 3 & 0xfe00000u);
}

/*
 * Takes a number of at most 32 bits. Five bytes must be readable. There is no branch on the length
 * of a shorter number, because lengths cannot be predicted.
 *
 *     word   1.......  0.......  ........  ........     bytes 0 to 3
 *     stops            1                                the lowest one: the number ends here
 */
RECORD_PART uint32_t take_number_fast(struct record *record)
{
    const uint8_t *p = record->cursor;
    uint32_t word = load_le32(p);
    uint32_t stops = ~word & 0x80808080u;

    if (stops == 0) {
        record->odd |= p[4] - 1u > 14u;
        record->cursor += 5;
        return pack_groups(word) | (uint32_t)p[4] << 28;
    }
    uint32_t top = (uint32_t)__builtin_ctz(stops);
    word &= stops ^ (stops - 1);
    record->odd |= (word >> (top - 7) == 0) & (top != 7);
    record->cursor += (top + 1) / 8;
    return pack_groups(word);
}

RECORD_PART uint32_t take_number(struct record *record, bool fast, uint32_t bits)
{
    return fast ? take_number_fast(record) : (uint32_t)take_number_carefully(record, bits);
}

/* ---- fields ---- */

RECORD_PART void take_bytes(struct record *record, bool fast, struct event *event)
{
    event->bytes = take_number(record, fast, 32);
    require(record, fast, event->bytes != 0, "a size of 0");
    require(record, fast, event->bytes - 1 <= UINT32_MAX - event->address,
            "a range that passes the end of 4 GiB");
}

RECORD_PART void take_order(struct record *record, bool fast, struct event *event)
{
    uint32_t byte = take_byte(record, fast);

    event->order = byte & 0x0fu;
    event->page_class = (uint8_t)(byte >> 4);
    require(record, fast, event->order <= ORDER_MAX, "an order above 10");
    require(record, fast, event->page_class <= PAGES_USER, "an unknown class of pages");
}

RECORD_PART void take_site(struct record *record, bool fast, uint32_t sites, struct event *event)
{
    event->site = take_number(record, fast, 24);
    require(record, fast, event->site - 1 < sites, "a site that is not defined before");
}

static void take_text(struct record *record, struct event *event)
{
    event->text_bytes = (uint32_t)take_number_carefully(record, 11);
    require(record, false, event->text_bytes <= MARK_TEXT_MAX, "a text longer than 1024 bytes");
    require(record, false, event->text_bytes <= (size_t)(record->limit - record->cursor),
            "the record runs past the end of its block");
    event->text = (const char *)record->cursor;
    record->cursor += record->error == NULL ? event->text_bytes : 0;
}

/* Sets the field of the event that TRACE_FLAG_RW stands for. */
static inline void set_flag(struct event *event)
{
    event->write = event->kind != EVENT_KMALLOC;
    event->page_class = event->kind == EVENT_KMALLOC ? PAGES_DMA : PAGES_LOW;
}

/* ---- records ---- */

/* Reads the op byte and the fields of its kind, in the order of trace_format.h. *last_id is the ID
   of the last event that created an allocation, or a process. */
RECORD_PART void take_record(const struct trace_reader *reader, struct record *record, bool fast,
                             const uint64_t *last_id, struct event *event)
{
    uint32_t op = take_byte(record, fast);
    struct trace_layout layout = trace_layouts[op & 0x0fu];
    uint32_t flags = fast ? layout.flags & ~TRACE_FLAG_ID : layout.flags;

    *event = (struct event){.kind = op & 0x0fu};
    require(record, fast, (op & 0xf0u & ~flags) == 0,
            "a flag that this kind of record does not have");
    if (fast || (layout.fields & (HAS_SLOT | HAS_PROCESS)) != 0) {
        event->slot = take_number(record, fast, 32);
        require(record, fast,
                event->slot <
                    (layout.fields & HAS_SLOT ? reader->header.slots : reader->header.processes),
                "a slot beyond those that the header announces");
    }
    if (layout.fields & HAS_ADDRESS)
        event->address = take_number(record, fast, 32);
    if (layout.fields & HAS_BYTES)
        take_bytes(record, fast, event);
    if (layout.fields & HAS_ORDER)
        take_order(record, fast, event);
    if (layout.fields & HAS_ID) {
        event->id = !fast && op & TRACE_FLAG_ID ? take_number_carefully(record, 64) : *last_id + 1;
        require(record, fast, event->id != 0, "an ID of 0");
    }
    if (op & TRACE_FLAG_SITE)
        take_site(record, fast, reader->sites, event);
    if (!fast && layout.fields & HAS_TEXT)
        take_text(record, event);
    if (op & TRACE_FLAG_RW)
        set_flag(event);
}

static void define_site(struct trace_reader *reader, struct record *record,
                        const struct event *event)
{
    require(record, false, event->text_bytes != 0, "a site without a name");
    require(record, false, reader->sites < reader->header.sites,
            "more sites than the header announces");
    if (record->error != NULL)
        return;
    reader->sites++;
    if (reader->on_site != NULL)
        reader->on_site(reader->context, reader->sites, event->text, event->text_bytes);
}

/* Reads the next record of the current block, an event or a site, and checks everything. Returns
   false with an error if the record is bad. */
static bool read_carefully(struct trace_reader *reader, struct event *event)
{
    struct record record = {.cursor = reader->cursor, .limit = reader->limit};
    uint32_t kind = *record.cursor & 0x0fu;
    uint64_t *last_id = kind == EVENT_PROCESS ? &reader->last_pid : &reader->last_id;

    require(&record, false, trace_layouts[kind].fields != 0, "a record of an unknown kind");
    take_record(reader, &record, false, last_id, event);
    if (event->kind == TRACE_SITE)
        define_site(reader, &record, event);
    if (record.error != NULL)
        return trace_reader_fail(reader, record.error, trace_reader_offset(reader));
    if (event->id != 0)
        *last_id = event->id;
    reader->cursor = record.cursor;
    return true;
}

/* Returns false if the record must be read carefully; then the reader has not changed. */
RECORD_PART bool read_fast(struct trace_reader *reader, struct event *event)
{
    struct record record = {.cursor = reader->cursor};

    if ((size_t)(reader->limit - reader->cursor) < FAST_BYTES || reader->error != NULL)
        return false;
    uint32_t kind = *record.cursor & 0x0fu;
    uint32_t fields = trace_layouts[kind].fields;
    if ((fields & (HAS_SLOT | HAS_PROCESS)) == 0 || kind == EVENT_PROCESS)
        return false;
    take_record(reader, &record, true, &reader->last_id, event);
    if (record.odd != 0)
        return false;
    if (fields & HAS_ID)
        reader->last_id = event->id;
    reader->cursor = record.cursor;
    reader->events++;
    return true;
}

/* Reads records up to the next event. Not inlined, so that trace_reader_next() needs few
   registers. */
static __attribute__((noinline)) enum trace_status next_event(struct trace_reader *reader,
                                                              struct event *event)
{
    do {
        if (reader->error == NULL && reader->cursor == reader->limit &&
            !trace_reader_open_block(reader) && reader->error == NULL)
            return TRACE_END;
        if (reader->error != NULL || !read_carefully(reader, event))
            return TRACE_ERROR;
    } while (event->kind == TRACE_SITE);
    reader->events++;
    return TRACE_EVENT;
}

enum trace_status trace_reader_next(struct trace_reader *reader, struct event *event)
{
    return read_fast(reader, event) ? TRACE_EVENT : next_event(reader, event);
}
