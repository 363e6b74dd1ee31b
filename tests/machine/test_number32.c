/* Addresses and registers as people write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "machine/number32.h"

static const struct {
    const char *text;
    uint32_t number;
} good[] = {
    {"0", 0},
    {"0x0", 0},
    {"4096", 4096},
    {"0010", 10},
    {"0x1000", 0x1000},
    {"0Xc0DEcafe", 0xc0decafe},
    {"0x00000000000000000000ffffffff", UINT32_MAX},
    {"4294967295", UINT32_MAX},
};

static const struct {
    const char *text;
    const char *reason;
} bad[] = {
    {"", "expected a number such as 0xc0101000 or 3222278144"},
    {"0x", "expected a number such as 0xc0101000 or 3222278144"},
    {"c0101000", "expected a number such as 0xc0101000 or 3222278144"},
    {"12ab", "expected a number such as 0xc0101000 or 3222278144"},
    {"0x12g", "expected a number such as 0xc0101000 or 3222278144"},
    {" 1", "expected a number such as 0xc0101000 or 3222278144"},
    {"-1", "expected a number such as 0xc0101000 or 3222278144"},
    {"0x-1", "expected a number such as 0xc0101000 or 3222278144"},
    {"1 ", "expected a number such as 0xc0101000 or 3222278144"},
    {"4294967296", "the number does not fit 32 bits"},
    {"0x100000000", "the number does not fit 32 bits"},
    {"0x123456789abcdef012345", "the number does not fit 32 bits"},
};

static void good_numbers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        const char *reason = NULL;
        uint32_t number = 77;
        assert_true(number32_parse(good[i].text, &number, &reason));
        assert_int_equal(number, good[i].number);
        assert_null(reason);
    }
}

static void bad_numbers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const char *reason = NULL;
        uint32_t number = 77;
        assert_false(number32_parse(bad[i].text, &number, &reason));
        assert_string_equal(reason, bad[i].reason);
        assert_int_equal(number, 77);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_numbers),
        cmocka_unit_test(bad_numbers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
