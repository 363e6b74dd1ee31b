/* Tests what is around the records of a trace, header, blocks and counts, and damage at any place.
 */
#include <string.h>

#include "support/test.h"
#include "support/trace_maker.h"

#define PADDING 20u

TEST(a_wrong_header_is_refused)
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

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        maker_begin(1, 0);
        maker_put_le32(wrong[i].at, wrong[i].value);
        maker_seal_header();
        maker_end();
        maker_assert_fails(wrong[i].error, wrong[i].offset);
    }
    maker_begin(1, 0);
    maker.data[30] ^= 1;
    maker_assert_fails("the checksum of the header is wrong", 0);
}

TEST(the_headers_fields_are_read)
{
    struct trace_reader reader;

    maker_begin(300, 7);
    maker_put_le32(32, 0x89abcdefu);
    maker_put_le32(36, 0x01234567u);
    maker_seal_header();
    maker.bytes = 400;
    assert_true(trace_reader_init(&reader, maker.data, maker.bytes));
    assert_int_equal(reader.header.slots, 100);
    assert_int_equal(reader.header.processes, 10);
    assert_int_equal(reader.header.sites, 7);
    assert_true(reader.header.events == 300);
    assert_true(reader.header.peak_live_bytes == 0x0123456789abcdefu);
}

TEST(wrong_blocks_are_refused)
{
    maker_begin(1, 0);
    maker_begin_block();
    maker.bytes += TRACE_BLOCK_MAX + 1;
    maker_end_block();
    maker_assert_fails("a block longer than 65536 bytes", HEADER_BYTES);

    maker_begin(1, 0);
    maker_begin_block();
    maker_put("\x0e\x00", 2);
    maker_end_block();
    maker.data[maker.bytes - 1] ^= 1;
    maker_end();
    maker_assert_fails("the checksum of a block is wrong", HEADER_BYTES);
    maker.data[maker.bytes - 9] ^= 1;
    maker.data[maker.bytes - 1] ^= 1;
    maker_assert_fails("the checksum over all blocks is wrong", maker.bytes - 8);
    maker.data[maker.bytes - 1] ^= 1;
    maker.data[maker.bytes++] = 0;
    maker_assert_fails("data after the end of the trace", maker.bytes - 1);
}

TEST(wrong_counts_are_refused)
{
    maker_begin(2, 0);
    maker_begin_block();
    maker_put("\x0e\x00", 2);
    maker_end_block();
    maker_end();
    maker_assert_fails("the header announces another number of events", maker.bytes - 8);
    maker_begin(1, 1);
    maker_begin_block();
    maker_put("\x0e\x00", 2);
    maker_end_block();
    maker_end();
    maker_assert_fails("the header announces another number of sites", maker.bytes - 8);
}

/* The longest block that is allowed, and then a short one. */
TEST(the_longest_block_is_read)
{
    struct trace_reader reader;
    struct event event;
    uint32_t events = TRACE_BLOCK_MAX / 2 + 1;

    maker_begin(events, 0);
    maker_begin_block();
    maker_put_marks(events - 1);
    maker_end_block();
    maker_begin_block();
    maker_put_marks(1);
    maker_end_block();
    maker_end();
    assert_true(trace_reader_init(&reader, maker.data, maker.bytes));
    for (uint32_t i = 0; i < events; i++)
        assert_int_equal(trace_reader_next(&reader, &event), TRACE_EVENT);
    assert_int_equal(trace_reader_next(&reader, &event), TRACE_END);
}

static void make_small(void)
{
    maker_begin(4 + PADDING, 1);
    maker_begin_block();
    maker_put("\x0f\x03"
              "abc"
              "\x21\x00\x40\x01"
              "\x04\x01\x02",
              12);
    maker_put_marks(PADDING);
    maker_end_block();
    maker_begin_block();
    maker_put("\x03\x00"
              "\x05\x01",
              4);
    maker_end_block();
    maker_end();
}

/* Reads everything. Returns true if nothing is wrong. */
static bool is_accepted(size_t bytes, size_t *error_offset)
{
    struct trace_reader reader;
    struct event event;
    enum trace_status status = TRACE_EVENT;

    if (!trace_reader_init(&reader, maker.data, bytes)) {
        *error_offset = reader.error_offset;
        return false;
    }
    while (status == TRACE_EVENT)
        status = trace_reader_next(&reader, &event);
    *error_offset = reader.error_offset;
    return status == TRACE_END;
}

/* Returns how reading ends, from a source that gives only this many pieces and does not know its
 * length. */
static enum trace_status read_pieces(uint32_t pieces, struct trace_reader *reader)
{
    struct maker_source from;
    struct trace_source source = maker_source(&from);
    struct event event;
    enum trace_status status = TRACE_EVENT;

    source.bytes = TRACE_BYTES_UNKNOWN;
    from.pieces_left = pieces;
    if (!trace_reader_init_source(reader, &source))
        return TRACE_ERROR;
    while (status == TRACE_EVENT)
        status = trace_reader_next(reader, &event);
    return status;
}

/* The pieces are the header, the head and payload of two blocks, and the end, where nothing must
 * follow. */
TEST(every_piece_may_be_unreadable)
{
    struct trace_reader reader;

    make_small();
    for (uint32_t pieces = 0; pieces < 7; pieces++) {
        assert_int_equal(read_pieces(pieces, &reader), TRACE_ERROR);
        assert_string_equal(reader.error, "cannot be read");
    }
    assert_int_equal(read_pieces(7, &reader), TRACE_END);
    assert_int_equal(trace_reader_offset(&reader), maker.bytes);
    assert_true(reader.events == 4 + PADDING);
}

TEST(a_cut_at_any_length_is_noticed)
{
    size_t offset;

    make_small();
    assert_true(is_accepted(maker.bytes, &offset));
    for (size_t bytes = 0; bytes < maker.bytes; bytes++) {
        assert_false(is_accepted(bytes, &offset));
        assert_true(offset <= bytes);
    }
}

TEST(a_change_of_any_byte_is_noticed)
{
    size_t offset;

    make_small();
    for (size_t at = 0; at < maker.bytes; at++) {
        for (uint32_t flip = 1; flip < 256; flip++) {
            maker.data[at] ^= (uint8_t)flip;
            assert_false(is_accepted(maker.bytes, &offset));
            maker.data[at] ^= (uint8_t)flip;
        }
    }
    assert_true(is_accepted(maker.bytes, &offset));
}
