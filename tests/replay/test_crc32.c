#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "replay/crc32.h"
#include "replay/random.h"

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

static void gives_the_standard_check_value(void **state)
{
    (void)state;
    assert_int_equal(crc32(0, "123456789", 9), 0xcbf43926u);
    assert_int_equal(crc32(0, "", 0), 0);
}

static void agrees_bit_by_bit_at_every_length_and_alignment(void **state)
{
    uint8_t data[80];

    (void)state;
    fill(data, sizeof(data));
    for (size_t start = 0; start < 8; start++) {
        for (size_t bytes = 0; bytes + start <= sizeof(data); bytes++)
            assert_int_equal(crc32(0, data + start, bytes), crc_of_bits(0, data + start, bytes));
    }
}

static void agrees_bit_by_bit_for_every_byte_in_every_place(void **state)
{
    uint8_t data[8] = {0};

    (void)state;
    for (uint32_t at = 0; at < 8; at++) {
        for (uint32_t value = 0; value < 256; value++) {
            data[at] = (uint8_t)value;
            assert_int_equal(crc32(0, data, 8), crc_of_bits(0, data, 8));
        }
        data[at] = 0;
    }
}

static void pieces_give_the_crc_of_the_whole(void **state)
{
    uint8_t data[64];
    uint32_t whole;

    (void)state;
    fill(data, sizeof(data));
    whole = crc32(0, data, sizeof(data));
    for (size_t cut = 0; cut <= sizeof(data); cut++)
        assert_int_equal(crc32(crc32(0, data, cut), data + cut, sizeof(data) - cut), whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_the_standard_check_value),
        cmocka_unit_test(agrees_bit_by_bit_at_every_length_and_alignment),
        cmocka_unit_test(agrees_bit_by_bit_for_every_byte_in_every_place),
        cmocka_unit_test(pieces_give_the_crc_of_the_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
