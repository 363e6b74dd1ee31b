/* Counts as people write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "machine/count.h"

static void counts_that_are_sound(void **state)
{
    static const struct {
        const char *text;
        uint64_t count;
    } rows[] = {
        {"0", 0},
        {"7", 7},
        {"0012", 12},
        {"64k", 64000},
        {"64K", 64000},
        {"2M", 2000000},
        {"2m", 2000000},
        {"1G", 1000000000},
        {"1e6", 1000000},
        {"25E2", 2500},
        {"3e0", 3},
        {"0e99", 0},
        {"18446744073709551615", UINT64_MAX},
        {"1e19", UINT64_C(10000000000000000000)},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *reason = "none";
        uint64_t count = 1;

        if (!count_parse(rows[i].text, &count, &reason))
            fail_msg("%s: %s", rows[i].text, reason);
        assert_int_equal(count, rows[i].count);
    }
}

static void counts_that_are_not(void **state)
{
    static const char *const not_one[] = {"",   "k",    "-1",  "+1", " 1", "1 ",   "1.5", "1kk",
                                          "1e", "1e-1", "1eM", "e6", "2T", "1MiB", "0x10"};
    static const char *const too_large[] = {"18446744073709551616", "1e20", "99999999999G",
                                            "18446744073709552k", "1e18446744073709551615"};
    const char *reason = NULL;
    uint64_t count = 42;

    (void)state;
    for (size_t i = 0; i < sizeof not_one / sizeof not_one[0]; i++) {
        assert_false(count_parse(not_one[i], &count, &reason));
        assert_string_equal(reason, "not a count, such as 500, 64k, 2M or 1e6");
    }
    for (size_t i = 0; i < sizeof too_large / sizeof too_large[0]; i++) {
        assert_false(count_parse(too_large[i], &count, &reason));
        assert_string_equal(reason, "the count does not fit 64 bits");
    }
    assert_int_equal(count, 42);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_that_are_sound),
        cmocka_unit_test(counts_that_are_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
