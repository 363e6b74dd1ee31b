/* Compares functions on eight characters with loops over single ones, and tests the text hash. */
#include "support/test.h"
#include "trace/eight_bytes.h"
#include "trace/generate/random.h"

#include <stdio.h>
#include <stdlib.h>

static struct random numbers;

static int seed(void **state)
{
    (void)state;
    random_seed(&numbers, 1);
    return 0;
}

/* Draws characters at the limits of the searched sets, and digits. */
static void draw(char text[8])
{
    static const char characters[] = "0189/:afgAF`@ \t\x01\x1f!~\x7f\x80\xb0\xb9\xe1\xff";

    for (uint32_t i = 0; i < 8; i++)
        text[i] = random_one_in(&numbers, 3)
                      ? (char)('0' + random_next(&numbers) % 10)
                      : characters[random_next(&numbers) % sizeof(characters)];
}

static uint32_t count_until(const char *text, bool (*found)(char c))
{
    uint32_t i = 0;

    while (i < 8 && !found(text[i]))
        i++;
    return i;
}

static bool is_no_digit(char c)
{
    return c < '0' || c > '9';
}

static bool is_below(char c)
{
    return (unsigned char)c < 0x21;
}

static bool is_delete(char c)
{
    return c == 0x7f;
}

TEST(the_first_character_of_a_set_is_found)
{
    char text[8];

    for (uint32_t i = 0; i < 200000; i++) {
        draw(text);
        uint64_t eight = eight_load(text);
        assert_int_equal(eight_before(eight_not_decimal(eight)), count_until(text, is_no_digit));
        assert_int_equal(eight_before(eight_below(eight, 0x21)), count_until(text, is_below));
        assert_int_equal(eight_before(eight_equal(eight, 0x7f)), count_until(text, is_delete));
    }
}

TEST(every_character_is_classified)
{
    char text[8];

    for (uint32_t c = 0; c < 256; c++)
        for (uint32_t place = 0; place < 8; place++) {
            memset(text, '7', sizeof(text));
            text[place] = (char)c;
            uint64_t eight = eight_load(text);
            uint32_t number;
            bool hexadecimal = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
            assert_int_equal(eight_not_decimal(eight) == 0, c >= '0' && c <= '9');
            assert_int_equal(eight_hexadecimal(eight, &number), hexadecimal);
        }
}

TEST(numbers_are_read_as_printed)
{
    char text[32];
    uint32_t number;

    for (uint32_t i = 0; i < 100000; i++) {
        uint32_t digits = 1u + (uint32_t)(random_next(&numbers) % 8);
        uint32_t value = (uint32_t)random_next(&numbers);
        static const uint32_t limits[] = {10,     100,     1000,     10000,
                                          100000, 1000000, 10000000, 100000000};
        snprintf(text, sizeof(text), "%0*u: 123456", (int)digits, value % limits[digits - 1]);
        assert_int_equal(eight_decimal(eight_load(text), digits), value % limits[digits - 1]);
        snprintf(text, sizeof(text), "%08x", value);
        assert_true(eight_hexadecimal(eight_load(text), &number));
        assert_int_equal(number, value);
    }
}

/* Equal texts at different addresses have the same hash. A text with another byte has another. */
TEST(the_hash_depends_on_each_byte)
{
    char text[64];
    char copy[64];

    for (uint32_t bytes = 0; bytes < 40; bytes++) {
        for (uint32_t i = 0; i < sizeof(text); i++)
            text[i] = (char)random_next(&numbers);
        memcpy(copy + 3, text, bytes);
        uint32_t hash = text_hash(text, bytes);
        assert_int_equal(text_hash(copy + 3, bytes), hash);
        for (uint32_t i = 0; i < bytes; i++) {
            text[i] ^= 1;
            assert_int_not_equal(text_hash(text, bytes), hash);
            text[i] ^= 1;
        }
        if (bytes > 0)
            assert_int_not_equal(text_hash(text, bytes - 1), hash);
    }
}

int main(void)
{
    return tests_run(seed, NULL);
}
