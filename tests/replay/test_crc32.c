
#include "replay/crc32.h"
#include "replay/random.h"
#include "support/test.h"

/* Computes the CRC bit by bit, as ISO 3309 defines it. */
static uint32_t crc_of_bits(uint32_t crc, const uint8_t *data, size_t bytes)
{
    crc = ~crc;
    for (size_t i = 0; i < bytes; i++) {
        crc ^= data[i];
        for (uint32_t bit = 0; bit < 8; bit++)
            crc = crc & 1u ? crc >> 1 ^ 0xedb88320u : crc >> 1;
    }
    return ~crc;
}

static void fill(uint8_t *data, size_t bytes)
{
    uint32_t state = 1;

    for (size_t i = 0; i < bytes; i++)
        data[i] = (uint8_t)random32(&state);
}

TEST(gives_the_standard_check_value)
{
    assert_int_equal(crc32(0, "123456789", 9), 0xcbf43926u);
    assert_int_equal(crc32(0, "", 0), 0);
}

TEST(agrees_bit_by_bit_at_every_length_and_alignment)
{
    uint8_t data[80];

    fill(data, sizeof(data));
    for (size_t start = 0; start < 8; start++) {
        for (size_t bytes = 0; bytes + start <= sizeof(data); bytes++)
            assert_int_equal(crc32(0, data + start, bytes), crc_of_bits(0, data + start, bytes));
    }
}

TEST(agrees_bit_by_bit_for_every_byte_in_every_place)
{
    uint8_t data[8] = {0};

    for (uint32_t at = 0; at < 8; at++) {
        for (uint32_t value = 0; value < 256; value++) {
            data[at] = (uint8_t)value;
            assert_int_equal(crc32(0, data, 8), crc_of_bits(0, data, 8));
        }
        data[at] = 0;
    }
}

TEST(pieces_give_the_crc_of_the_whole)
{
    uint8_t data[64];
    uint32_t whole;

    fill(data, sizeof(data));
    whole = crc32(0, data, sizeof(data));
    for (size_t cut = 0; cut <= sizeof(data); cut++)
        assert_int_equal(crc32(crc32(0, data, cut), data + cut, sizeof(data) - cut), whole);
}
