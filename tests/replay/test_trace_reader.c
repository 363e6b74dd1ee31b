#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "replay/crc32.h"
#include "replay/trace_reader.h"

#define HEADER_BYTES 64u
#define RECORD_AT    (HEADER_BYTES + 8u + 12u) /* of what make_record() is given */

/* A binary trace, made byte by byte. */
struct maker {
    uint8_t data[3 * TRACE_BLOCK_MAX];
    size_t bytes;
    size_t block; /* start of the open block's head */
    uint32_t block_crcs;
};

static struct maker made;

static void put_le32(size_t at, uint32_t value)
{
    for (uint32_t i = 0; i < 4; i++)
        made.data[at + i] = (uint8_t)(value >> (8 * i));
}

static void seal_header(void)
{
    put_le32(60, crc32(0, made.data, 60));
}

/* Room for 100 slots, 10 processes; `sites` sites and `events` events are announced. */
static void begin(uint32_t events, uint32_t sites)
{
    memset(made.data, 0, HEADER_BYTES);
    memcpy(made.data, TRACE_MAGIC, sizeof(TRACE_MAGIC));
    put_le32(8, 1);
    put_le32(12, events < 100 ? events : 100);
    put_le32(16, events < 10 ? events : 10);
    put_le32(20, sites);
    put_le32(24, events);
    seal_header();
    made.bytes = HEADER_BYTES;
    made.block_crcs = 0;
}

static void begin_block(void)
{
    made.block = made.bytes;
    made.bytes += 8;
}

static void put(const void *bytes, size_t count)
{
    memcpy(made.data + made.bytes, bytes, count);
    made.bytes += count;
}

static void end_block(void)
{
    uint32_t payload_bytes = (uint32_t)(made.bytes - made.block - 8);

    put_le32(made.block, payload_bytes);
    put_le32(made.block + 4, crc32(0, made.data + made.block + 8, payload_bytes));
    made.block_crcs = crc32(made.block_crcs, made.data + made.block + 4, 4);
}

static void end(void)
{
    put_le32(made.bytes, 0);
    put_le32(made.bytes + 4, made.block_crcs);
    made.bytes += 8;
}

/* Marks without a text, so that what stands before them stands well inside the block. */
static void put_padding(uint32_t marks)
{
    for (uint32_t i = 0; i < marks; i++)
        put("\x0e\x00", 2);
}

static void assert_error(struct trace_reader *reader, const char *error, size_t offset)
{
    struct event event;

    assert_string_equal(reader->error, error);
    assert_int_equal(reader->error_offset, offset);
    assert_int_equal(trace_reader_next(reader, &event), TRACE_ERROR);
    assert_string_equal(reader->error, error);
    assert_int_equal(reader->error_offset, offset);
}

/* Read on to the error. */
static void assert_fails(const char *error, size_t offset)
{
    struct trace_reader reader;
    struct event event;
    enum trace_status status = TRACE_EVENT;

    if (trace_reader_init(&reader, made.data, made.bytes)) {
        while (status == TRACE_EVENT)
            status = trace_reader_next(&reader, &event);
        assert_int_equal(status, TRACE_ERROR);
    }
    assert_error(&reader, error, offset);
}

#define PADDING 20u
#define REST    200u /* marks in a second block: events enough for 100 slots */

/* Three sites, a mark, and the record: at the end of its block, or followed by enough to be read
   the fast way. */
static void make_record(const char *record, size_t bytes, bool padded, uint32_t events)
{
    begin(1 + events + (padded ? PADDING : 0) + REST, 3);
    begin_block();
    put("\x0f\x01"
        "a"
        "\x0f\x02"
        "bc"
        "\x0f\x01"
        "d"
        "\x0e\x00",
        12);
    put(record, bytes);
    put_padding(padded ? PADDING : 0);
    end_block();
    begin_block();
    put_padding(REST);
    end_block();
    end();
}

struct good {
    const char *record;
    size_t bytes;
    struct event event;
};

#define RECORD(text) text, sizeof(text) - 1

static const struct good good[] = {
    {RECORD("\x01\x05\x40"), {.kind = EVENT_KMALLOC, .slot = 5, .bytes = 64, .id = 1}},
    {RECORD("\x41\x05\xac\x02"),
     {.kind = EVENT_KMALLOC, .class = PAGES_DMA, .slot = 5, .bytes = 300, .id = 1}},
    {RECORD("\x31\x05\x01\xe8\x07\x03"),
     {.kind = EVENT_KMALLOC, .slot = 5, .bytes = 1, .id = 1000, .site = 3}},
    {RECORD("\x71\x63\xff\xff\xff\xff\x0f\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x01"),
     {.kind = EVENT_KMALLOC,
      .class = PAGES_DMA,
      .slot = 99,
      .bytes = UINT32_MAX,
      .id = UINT64_MAX,
      .site = 1}},
    {RECORD("\x02\x05\x80\x80\x80\x80\x01"),
     {.kind = EVENT_KREALLOC, .slot = 5, .bytes = 1u << 28}},
    {RECORD("\x03\x00"), {.kind = EVENT_KFREE}},
    {RECORD("\x24\x07\x2a\x02"),
     {.kind = EVENT_PAGES, .slot = 7, .order = 10, .class = PAGES_USER, .id = 1, .site = 2}},
    {RECORD("\x05\x07"), {.kind = EVENT_FREE_PAGES, .slot = 7}},
    {RECORD("\x06\x07\x80\x80\x01"),
     {.kind = EVENT_VMALLOC, .slot = 7, .bytes = 1u << 14, .id = 1}},
    {RECORD("\x07\x07"), {.kind = EVENT_VFREE, .slot = 7}},
    {RECORD("\x08\x09"), {.kind = EVENT_PROCESS, .slot = 9, .id = 1}},
    {RECORD("\x18\x09\x2a"), {.kind = EVENT_PROCESS, .slot = 9, .id = 42}},
    {RECORD("\x49\x09\x80\x80\x80\x01\x80\x20"),
     {.kind = EVENT_MAP, .slot = 9, .address = 1u << 21, .bytes = 4096, .write = true}},
    {RECORD("\x09\x09\xff\xff\xff\xff\x0f\x01"),
     {.kind = EVENT_MAP, .slot = 9, .address = UINT32_MAX, .bytes = 1}},
    {RECORD("\x0a\x09\x00\x01"), {.kind = EVENT_UNMAP, .slot = 9, .bytes = 1}},
    {RECORD("\x4b\x09\x00"), {.kind = EVENT_TOUCH, .slot = 9, .write = true}},
    {RECORD("\x0b\x09\xff\xff\xff\xff\x0f"),
     {.kind = EVENT_TOUCH, .slot = 9, .address = UINT32_MAX}},
    {RECORD("\x0c\x09\x01"), {.kind = EVENT_SETBRK, .slot = 9, .address = 1}},
    {RECORD("\x0d\x09"), {.kind = EVENT_EXIT, .slot = 9}},
    {RECORD("\x0e\x00"), {.kind = EVENT_MARK}},
    {RECORD("\x0e\x03"
            "hey"),
     {.kind = EVENT_MARK, .text_bytes = 3}},
};

static void assert_events_equal(const struct event *event, const struct event *expected)
{
    assert_int_equal(event->kind, expected->kind);
    assert_int_equal(event->class, expected->class);
    assert_int_equal(event->order, expected->order);
    assert_int_equal(event->write, expected->write);
    assert_int_equal(event->slot, expected->slot);
    assert_int_equal(event->bytes, expected->bytes);
    assert_int_equal(event->site, expected->site);
    assert_int_equal(event->address, expected->address);
    assert_true(event->id == expected->id);
    assert_int_equal(event->text_bytes, expected->text_bytes);
    if (expected->text_bytes > 0)
        assert_memory_equal(event->text, "hey", 3);
}

static void test_every_kind(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        for (uint32_t padded = 0; padded < 2; padded++) {
            struct trace_reader reader;
            struct event event;

            make_record(good[i].record, good[i].bytes, padded != 0, 1);
            assert_true(trace_reader_init(&reader, made.data, made.bytes));
            assert_int_equal(trace_reader_next(&reader, &event), TRACE_EVENT);
            assert_int_equal(trace_reader_next(&reader, &event), TRACE_EVENT);
            assert_events_equal(&event, &good[i].event);
            assert_true(reader.events == 2);
        }
    }
}

struct bad {
    const char *record;
    size_t bytes;
    const char *error;
};

#define PAST_BLOCK "the record runs past the end of its block"
#define RANGE      "a number out of range"
#define TOO_LONG   "a number longer than it need be"
#define NO_FLAG    "a flag that this kind of record does not have"
#define NO_SLOT    "a slot beyond those that the header announces"
#define PAST_4G    "a range that passes the end of 4 GiB"

/* Wrong wherever they stand. */
static const struct bad bad[] = {
    {RECORD("\x00\x00"), "a record of an unknown kind"},
    {RECORD("\x10"), "a record of an unknown kind"},
    {RECORD("\x81\x05\x40"), NO_FLAG},
    {RECORD("\x12\x05\x40"), NO_FLAG},
    {RECORD("\x22\x05\x40"), NO_FLAG},
    {RECORD("\x42\x05\x40"), NO_FLAG},
    {RECORD("\x44\x05\x00"), NO_FLAG},
    {RECORD("\x28\x05"), NO_FLAG},
    {RECORD("\x1e\x00"), NO_FLAG},
    {RECORD("\x4f\x01"
            "a"),
     NO_FLAG},
    {RECORD("\x03\x64"), NO_SLOT},
    {RECORD("\x0d\x0a"), NO_SLOT},
    {RECORD("\x08\x0a"), NO_SLOT},
    {RECORD("\x03\x85\x00"), TOO_LONG},
    {RECORD("\x03\x85\x80\x00"), TOO_LONG},
    {RECORD("\x03\x85\x80\x80\x80\x00"), TOO_LONG},
    {RECORD("\x03\x85\x80\x80\x80\x10"), RANGE},
    {RECORD("\x03\x85\x80\x80\x80\x80\x01"), RANGE},
    {RECORD("\x01\x05\x00"), "a size of 0"},
    {RECORD("\x09\x05\x00\x00"), "a size of 0"},
    {RECORD("\x09\x05\xff\xff\xff\xff\x0f\x02"), PAST_4G},
    {RECORD("\x0a\x05\x80\x80\x80\x80\x08\x81\x80\x80\x80\x08"), PAST_4G},
    {RECORD("\x04\x05\x0b"), "an order above 10"},
    {RECORD("\x04\x05\x3a"), "an unknown class of pages"},
    {RECORD("\x11\x05\x01\x00"), "an ID of 0"},
    {RECORD("\x11\x05\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"), RANGE},
    {RECORD("\x11\x05\x01\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00"), TOO_LONG},
    {RECORD("\x21\x05\x01\x00"), "a site that is not defined before"},
    {RECORD("\x21\x05\x01\x04"), "a site that is not defined before"},
    {RECORD("\x21\x05\x01\x80\x80\x80\x08"), RANGE},
    {RECORD("\x0e\x81\x08"), "a text longer than 1024 bytes"},
    {RECORD("\x0e\x80\x10"), RANGE},
    {RECORD("\x0e\x7f"), PAST_BLOCK},
    {RECORD("\x0f\x00"), "a site without a name"},
    {RECORD("\x0f\x01"
            "x"),
     "more sites than the header announces"},
};

static void test_every_field_wrong_once(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        for (uint32_t padded = 0; padded < 2; padded++) {
            make_record(bad[i].record, bad[i].bytes, padded != 0, 1);
            assert_fails(bad[i].error, RECORD_AT);
        }
    }
}

static void test_record_cut_by_its_block(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        for (size_t bytes = 1; bytes < good[i].bytes; bytes++) {
            make_record(good[i].record, bytes, false, 1);
            assert_fails(PAST_BLOCK, RECORD_AT);
        }
    }
}

/* After the largest ID there is no next one. */
static void test_id_overflow(void **state)
{
    (void)state;
    make_record(RECORD("\x11\x05\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"
                       "\x01\x06\x01"),
                false, 2);
    assert_fails("an ID of 0", RECORD_AT + 13);
    make_record(RECORD("\x11\x05\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"
                       "\x01\x06\x01"),
                true, 2);
    assert_fails("an ID of 0", RECORD_AT + 13);
}

static void test_ids_of_allocations_and_processes_count_apart(void **state)
{
    static const char records[] = "\x11\x00\x01\x0a"
                                  "\x08\x00"
                                  "\x01\x01\x01"
                                  "\x18\x01\x14"
                                  "\x04\x02\x00"
                                  "\x08\x02";
    static const uint64_t ids[] = {10, 1, 11, 20, 12, 21};
    struct trace_reader reader;
    struct event event;

    (void)state;
    make_record(RECORD(records), true, 6);
    assert_true(trace_reader_init(&reader, made.data, made.bytes));
    assert_int_equal(trace_reader_next(&reader, &event), TRACE_EVENT);
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(trace_reader_next(&reader, &event), TRACE_EVENT);
        assert_true(event.id == ids[i]);
    }
}

static char seen_sites[64];

static void on_site(void *context, uint32_t site, const char *name, uint32_t bytes)
{
    char number[2] = {(char)('0' + site), 0};

    assert_ptr_equal(context, seen_sites);
    strcat(seen_sites, number);
    strncat(seen_sites, name, bytes);
}

static void test_sites_and_end(void **state)
{
    struct trace_reader reader;
    struct event event;

    (void)state;
    begin(2, 2);
    begin_block();
    put("\x0f\x03"
        "one"
        "\x0e\x00",
        7);
    end_block();
    begin_block();
    put("\x0e\x00"
        "\x0f\x03"
        "two",
        7);
    end_block();
    end();
    seen_sites[0] = 0;
    assert_true(trace_reader_init(&reader, made.data, made.bytes));
    reader.on_site = on_site;
    reader.context = seen_sites;
    assert_int_equal(trace_reader_next(&reader, &event), TRACE_EVENT);
    assert_int_equal(trace_reader_next(&reader, &event), TRACE_EVENT);
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(trace_reader_next(&reader, &event), TRACE_END);
    assert_string_equal(seen_sites, "1one2two");
}

static void test_header(void **state)
{
    static const struct {
        size_t at;
        uint32_t value;
        const char *error;
        size_t offset;
    } wrong[] = {
        {8, 2, "a version of the format that this program does not know", 8},
        {12, 2, "the header announces more slots than events", 12},
        {16, 2, "the header announces more slots than events", 12},
        {20, SITES_MAX + 1, "the header announces too many sites", 20},
        {24, 1000, "the header announces more events than fit the file", 24},
        {40, 1, "a reserved field of the header is not 0", 40},
        {56, 1, "a reserved field of the header is not 0", 56},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        begin(1, 0);
        put_le32(wrong[i].at, wrong[i].value);
        seal_header();
        end();
        assert_fails(wrong[i].error, wrong[i].offset);
    }
    begin(1, 0);
    made.data[30] ^= 1;
    assert_fails("the checksum of the header is wrong", 0);
}

static void test_header_fields(void **state)
{
    struct trace_reader reader;

    (void)state;
    begin(300, 7);
    put_le32(32, 0x89abcdefu);
    put_le32(36, 0x01234567u);
    seal_header();
    made.bytes = 400;
    assert_true(trace_reader_init(&reader, made.data, made.bytes));
    assert_int_equal(reader.header.slots, 100);
    assert_int_equal(reader.header.processes, 10);
    assert_int_equal(reader.header.sites, 7);
    assert_true(reader.header.events == 300);
    assert_true(reader.header.peak_live_bytes == 0x0123456789abcdefu);
}

static void test_blocks(void **state)
{
    (void)state;
    begin(1, 0);
    begin_block();
    made.bytes += TRACE_BLOCK_MAX + 1;
    end_block();
    assert_fails("a block longer than 65536 bytes", HEADER_BYTES);

    begin(1, 0);
    begin_block();
    put("\x0e\x00", 2);
    end_block();
    made.data[made.bytes - 1] ^= 1;
    end();
    assert_fails("the checksum of a block is wrong", HEADER_BYTES);
    made.data[made.bytes - 9] ^= 1;
    made.data[made.bytes - 1] ^= 1;
    assert_fails("the checksum over all blocks is wrong", made.bytes - 8);
    made.data[made.bytes - 1] ^= 1;
    made.data[made.bytes++] = 0;
    assert_fails("data after the end of the trace", made.bytes - 1);
}

static void test_counts(void **state)
{
    (void)state;
    begin(2, 0);
    begin_block();
    put("\x0e\x00", 2);
    end_block();
    end();
    assert_fails("the header announces another number of events", made.bytes - 8);
    begin(1, 1);
    begin_block();
    put("\x0e\x00", 2);
    end_block();
    end();
    assert_fails("the header announces another number of sites", made.bytes - 8);
}

/* A block as long as may be, and then a short one. */
static void test_longest_block(void **state)
{
    struct trace_reader reader;
    struct event event;
    uint32_t events = TRACE_BLOCK_MAX / 2 + 1;

    (void)state;
    begin(events, 0);
    begin_block();
    put_padding(events - 1);
    end_block();
    begin_block();
    put_padding(1);
    end_block();
    end();
    assert_true(trace_reader_init(&reader, made.data, made.bytes));
    for (uint32_t i = 0; i < events; i++)
        assert_int_equal(trace_reader_next(&reader, &event), TRACE_EVENT);
    assert_int_equal(trace_reader_next(&reader, &event), TRACE_END);
}

static void make_small(void)
{
    begin(4 + PADDING, 1);
    begin_block();
    put("\x0f\x03"
        "abc"
        "\x21\x00\x40\x01"
        "\x04\x01\x02",
        12);
    put_padding(PADDING);
    end_block();
    begin_block();
    put("\x03\x00"
        "\x05\x01",
        4);
    end_block();
    end();
}

/* Read everything: true when nothing is wrong. */
static bool is_accepted(size_t bytes, size_t *error_offset)
{
    struct trace_reader reader;
    struct event event;
    enum trace_status status = TRACE_EVENT;

    if (!trace_reader_init(&reader, made.data, bytes)) {
        *error_offset = reader.error_offset;
        return false;
    }
    while (status == TRACE_EVENT)
        status = trace_reader_next(&reader, &event);
    *error_offset = reader.error_offset;
    return status == TRACE_END;
}

static void test_cut_at_every_length(void **state)
{
    size_t offset;

    (void)state;
    make_small();
    assert_true(is_accepted(made.bytes, &offset));
    for (size_t bytes = 0; bytes < made.bytes; bytes++) {
        assert_false(is_accepted(bytes, &offset));
        assert_true(offset <= bytes);
    }
}

static void test_every_byte_flipped(void **state)
{
    size_t offset;

    (void)state;
    make_small();
    for (size_t at = 0; at < made.bytes; at++) {
        for (uint32_t flip = 1; flip < 256; flip++) {
            made.data[at] ^= (uint8_t)flip;
            assert_false(is_accepted(made.bytes, &offset));
            made.data[at] ^= (uint8_t)flip;
        }
    }
    assert_true(is_accepted(made.bytes, &offset));
}

static void test_names(void **state)
{
    static const char *const names[] = {"kmalloc", "krealloc", "kfree",   "pages", "free_pages",
                                        "vmalloc", "vfree",    "process", "map",   "unmap",
                                        "touch",   "setbrk",   "exit",    "mark"};

    (void)state;
    for (uint32_t kind = EVENT_KMALLOC; kind < EVENT_KIND_COUNT; kind++)
        assert_string_equal(event_name((enum event_kind)kind), names[kind - 1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_kind),
        cmocka_unit_test(test_every_field_wrong_once),
        cmocka_unit_test(test_record_cut_by_its_block),
        cmocka_unit_test(test_id_overflow),
        cmocka_unit_test(test_ids_of_allocations_and_processes_count_apart),
        cmocka_unit_test(test_sites_and_end),
        cmocka_unit_test(test_header),
        cmocka_unit_test(test_header_fields),
        cmocka_unit_test(test_blocks),
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_longest_block),
        cmocka_unit_test(test_cut_at_every_length),
        cmocka_unit_test(test_every_byte_flipped),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
