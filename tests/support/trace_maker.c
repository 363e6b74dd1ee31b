#include "support/trace_maker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "replay/crc32.h"

struct trace_maker maker;

void maker_put_le32(size_t at, uint32_t value)
{
    for (uint32_t i = 0; i < 4; i++)
        maker.data[at + i] = (uint8_t)(value >> (8 * i));
}

void maker_seal_header(void)
{
    maker_put_le32(60, crc32(0, maker.data, 60));
}

void maker_begin(uint32_t events, uint32_t sites)
{
    memset(maker.data, 0, HEADER_BYTES);
    memcpy(maker.data, TRACE_MAGIC, sizeof(TRACE_MAGIC));
    maker_put_le32(8, 1);
    maker_put_le32(12, events < 100 ? events : 100);
    maker_put_le32(16, events < 10 ? events : 10);
    maker_put_le32(20, sites);
    maker_put_le32(24, events);
    maker_seal_header();
    maker.bytes = HEADER_BYTES;
    maker.block_crcs = 0;
}

void maker_begin_block(void)
{
    maker.block = maker.bytes;
    maker.bytes += 8;
}

void maker_put(const void *bytes, size_t count)
{
    memcpy(maker.data + maker.bytes, bytes, count);
    maker.bytes += count;
}

void maker_end_block(void)
{
    uint32_t payload_bytes = (uint32_t)(maker.bytes - maker.block - 8);

    maker_put_le32(maker.block, payload_bytes);
    maker_put_le32(maker.block + 4, crc32(0, maker.data + maker.block + 8, payload_bytes));
    maker.block_crcs = crc32(maker.block_crcs, maker.data + maker.block + 4, 4);
}

void maker_end(void)
{
    maker_put_le32(maker.bytes, 0);
    maker_put_le32(maker.bytes + 4, maker.block_crcs);
    maker.bytes += 8;
}

void maker_put_marks(uint32_t marks)
{
    for (uint32_t i = 0; i < marks; i++)
        maker_put("\x0e\x00", 2);
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

/* ---- the same trace from a source ---- */

/* Every piece overwrites the piece before. */
static const uint8_t *take_piece(void *context, uint32_t bytes, uint32_t *got)
{
    static uint8_t piece[TRACE_BLOCK_MAX];
    struct maker_source *from = context;
    size_t left = from->end - from->at;

    if (from->pieces_left-- == 0)
        return NULL;
    assert_true(bytes <= sizeof(piece));
    *got = left < bytes ? (uint32_t)left : bytes;
    memset(piece, 0xff, sizeof(piece));
    memcpy(piece, maker.data + from->at, *got);
    from->at += *got;
    return piece;
}

struct trace_source maker_source(struct maker_source *from)
{
    *from = (struct maker_source){.end = maker.bytes, .pieces_left = UINT32_MAX};
    return (struct trace_source){take_piece, from, maker.bytes};
}

static void assert_fails(struct trace_reader *reader, bool begun, const char *error, size_t offset)
{
    struct event event;
    enum trace_status status = TRACE_EVENT;

    if (begun) {
        while (status == TRACE_EVENT)
            status = trace_reader_next(reader, &event);
        assert_int_equal(status, TRACE_ERROR);
    }
    assert_error(reader, error, offset);
}

void maker_assert_fails(const char *error, size_t offset)
{
    struct trace_reader reader;
    struct maker_source from;
    struct trace_source source = maker_source(&from);

    bool begun = trace_reader_init(&reader, maker.data, maker.bytes);
    assert_fails(&reader, begun, error, offset);
    begun = trace_reader_init_source(&reader, &source);
    assert_fails(&reader, begun, error, offset);
}
