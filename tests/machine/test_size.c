/* Sizes as people write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "machine/size.h"

static const struct {
    const char *text;
    uint64_t bytes;
} good[] = {
    {"0", 0},
    {"1", 1},
    {"1048576", 1048576},
    {"12B", 12},
    {"4096K", UINT64_C(4) << 20},
    {"4096k", UINT64_C(4) << 20},
    {"512M", UINT64_C(512) << 20},
    {"512MB", UINT64_C(512) << 20},
    {"64MiB", UINT64_C(64) << 20},
    {"64mib", UINT64_C(64) << 20},
    {"1G", UINT64_C(1) << 30},
    {"2T", UINT64_C(2) << 40},
    {"18446744073709551615", UINT64_MAX},
    {"16777215T", UINT64_C(16777215) << 40},
};

static const struct {
    const char *text;
    const char *reason;
} bad[] = {
    {"", "a size begins with a digit, such as 512M"},
    {"M", "a size begins with a digit, such as 512M"},
    {"-1M", "a size begins with a digit, such as 512M"},
    {" 1M", "a size begins with a digit, such as 512M"},
    {"1.5G",
     "the unit of a size is K, M, G or T (powers of 1024); without one, the size is in bytes"},
    {"1 G",
     "the unit of a size is K, M, G or T (powers of 1024); without one, the size is in bytes"},
    {"1X",
     "the unit of a size is K, M, G or T (powers of 1024); without one, the size is in bytes"},
    {"1Mi",
     "the unit of a size is K, M, G or T (powers of 1024); without one, the size is in bytes"},
    {"1MM",
     "the unit of a size is K, M, G or T (powers of 1024); without one, the size is in bytes"},
    {"1iB",
     "the unit of a size is K, M, G or T (powers of 1024); without one, the size is in bytes"},
    {"0x100",
     "the unit of a size is K, M, G or T (powers of 1024); without one, the size is in bytes"},
    {"18446744073709551616", "the size does not fit 64 bits"},
    {"99999999999999999999999", "the size does not fit 64 bits"},
    {"16777216T", "the size does not fit 64 bits"},
};

static void sizes_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        const char *reason = "none";
        uint64_t bytes = 1;
        if (!size_parse(good[i].text, &bytes, &reason) || bytes != good[i].bytes)
            fail_msg("\"%s\": %llu, %s", good[i].text, (unsigned long long)bytes, reason);
    }
}

static void nonsense_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const char *reason = NULL;
        uint64_t bytes = 77;
        assert_false(size_parse(bad[i].text, &bytes, &reason));
        assert_string_equal(reason, bad[i].reason);
        assert_int_equal(bytes, 77);
    }
}

static void sizes_are_written_as_they_are_read(void **state)
{
    (void)state;
    assert_string_equal(size_text(0).text, "0");
    assert_string_equal(size_text(1023).text, "1023");
    assert_string_equal(size_text(1024).text, "1K");
    assert_string_equal(size_text(UINT64_C(512) << 20).text, "512M");
    assert_string_equal(size_text((UINT64_C(1) << 30) + 8192).text, "1048584K");
    assert_string_equal(size_text(UINT64_C(3) << 50).text, "3072T");
    assert_string_equal(size_text(UINT64_MAX).text, "18446744073709551615");
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        const char *reason;
        uint64_t bytes;
        assert_true(size_parse(size_text(good[i].bytes).text, &bytes, &reason));
        assert_int_equal(bytes, good[i].bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_are_read),
        cmocka_unit_test(nonsense_is_refused),
        cmocka_unit_test(sizes_are_written_as_they_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
