/* Tests every field of every record, with right and wrong values. */
#include <string.h>

#include "support/test.h"
#include "support/trace_maker.h"

#define RECORD_AT (HEADER_BYTES + 8u + 12u) /* offset of the record given to make_record() */

#define PADDING 20u
#define REST    200u /* marks in a second block, enough events for 100 slots */

/* Makes a trace with three sites, a mark, and the record: at the end of its block, or followed by
 * so many marks that the fast path reads it. */
static void make_record(const char *record, size_t bytes, bool padded, uint32_t events)
{
    maker_begin(1 + events + (padded ? PADDING : 0) + REST, 3);
    maker_begin_block();
    maker_put("\x0f\x01"
              "a"
              "\x0f\x02"
              "bc"
              "\x0f\x01"
              "d"
              "\x0e\x00",
              12);
    maker_put(record, bytes);
    maker_put_marks(padded ? PADDING : 0);
    maker_end_block();
    maker_begin_block();
    maker_put_marks(REST);
    maker_end_block();
    maker_end();
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
     {.kind = EVENT_KMALLOC, .page_class = PAGES_DMA, .slot = 5, .bytes = 300, .id = 1}},
    {RECORD("\x31\x05\x01\xe8\x07\x03"),
     {.kind = EVENT_KMALLOC, .slot = 5, .bytes = 1, .id = 1000, .site = 3}},
    {RECORD("\x71\x63\xff\xff\xff\xff\x0f\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x01"),
     {.kind = EVENT_KMALLOC,
      .page_class = PAGES_DMA,
      .slot = 99,
      .bytes = UINT32_MAX,
      .id = UINT64_MAX,
      .site = 1}},
    {RECORD("\x02\x05\x80\x80\x80\x80\x01"),
     {.kind = EVENT_KREALLOC, .slot = 5, .bytes = 1u << 28}},
    {RECORD("\x03\x00"), {.kind = EVENT_KFREE}},
    {RECORD("\x24\x07\x2a\x02"),
     {.kind = EVENT_PAGES, .slot = 7, .order = 10, .page_class = PAGES_USER, .id = 1, .site = 2}},
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
    assert_int_equal(event->page_class, expected->page_class);
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

TEST(every_kind_of_record_is_read)
{
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        for (uint32_t padded = 0; padded < 2; padded++) {
            struct trace_reader reader;
            struct event event;

            make_record(good[i].record, good[i].bytes, padded != 0, 1);
            assert_true(trace_reader_init(&reader, maker.data, maker.bytes));
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

/* These records are wrong in any place. */
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

TEST(every_field_is_checked)
{
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        for (uint32_t padded = 0; padded < 2; padded++) {
            make_record(bad[i].record, bad[i].bytes, padded != 0, 1);
            maker_assert_fails(bad[i].error, RECORD_AT);
        }
    }
}

TEST(a_record_cut_by_its_block_is_refused)
{
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        for (size_t bytes = 1; bytes < good[i].bytes; bytes++) {
            make_record(good[i].record, bytes, false, 1);
            maker_assert_fails(PAST_BLOCK, RECORD_AT);
        }
    }
}

/* No ID can follow the largest one. */
TEST(no_id_follows_the_largest)
{
    make_record(RECORD("\x11\x05\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"
                       "\x01\x06\x01"),
                false, 2);
    maker_assert_fails("an ID of 0", RECORD_AT + 13);
    make_record(RECORD("\x11\x05\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"
                       "\x01\x06\x01"),
                true, 2);
    maker_assert_fails("an ID of 0", RECORD_AT + 13);
}

TEST(ids_of_allocations_and_of_processes_are_counted_separately)
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

    make_record(RECORD(records), true, 6);
    assert_true(trace_reader_init(&reader, maker.data, maker.bytes));
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

TEST(sites_and_the_end_are_read)
{
    struct trace_reader reader;
    struct event event;

    maker_begin(2, 2);
    maker_begin_block();
    maker_put("\x0f\x03"
              "one"
              "\x0e\x00",
              7);
    maker_end_block();
    maker_begin_block();
    maker_put("\x0e\x00"
              "\x0f\x03"
              "two",
              7);
    maker_end_block();
    maker_end();
    seen_sites[0] = 0;
    assert_true(trace_reader_init(&reader, maker.data, maker.bytes));
    reader.on_site = on_site;
    reader.context = seen_sites;
    assert_int_equal(trace_reader_next(&reader, &event), TRACE_EVENT);
    assert_int_equal(trace_reader_next(&reader, &event), TRACE_EVENT);
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(trace_reader_next(&reader, &event), TRACE_END);
    assert_string_equal(seen_sites, "1one2two");
}

TEST(each_event_has_its_name)
{
    static const char *const names[] = {"kmalloc", "krealloc", "kfree",   "pages", "free_pages",
                                        "vmalloc", "vfree",    "process", "map",   "unmap",
                                        "touch",   "setbrk",   "exit",    "mark"};

    for (uint32_t kind = EVENT_KMALLOC; kind < EVENT_KIND_COUNT; kind++)
        assert_string_equal(event_name((enum event_kind)kind), names[kind - 1]);
}
