/* Tests numbers in the forms that people write: counts, sizes, addresses. */
#include "machine/numbers.h"
#include "support/test.h"

/* ---- counts ---- */

TEST(valid_counts_are_read)
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

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *reason = "none";
        uint64_t count = 1;

        if (!count_parse(rows[i].text, &count, &reason))
            fail_msg("\"%s\" is refused: %s", rows[i].text, reason);
        assert_int_equal(count, rows[i].count);
    }
}

TEST(invalid_counts_are_refused)
{
    static const char *const not_one[] = {"",   "k",    "-1",  "+1", " 1", "1 ",   "1.5", "1kk",
                                          "1e", "1e-1", "1eM", "e6", "2T", "1MiB", "0x10"};
    static const char *const too_large[] = {"18446744073709551616", "1e20", "99999999999G",
                                            "18446744073709552k", "1e18446744073709551615"};
    const char *reason = NULL;
    uint64_t count = 42;

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

/* ---- shares ---- */

TEST(shares_are_read_in_millionths)
{
    static const struct {
        const char *text;
        uint32_t millionths;
    } rows[] = {{"0", 0},         {"1", 1000000},       {"0.5", 500000},         {".25", 250000},
                {"1.0", 1000000}, {"0.000001", 1},      {"0.0000019", 1},        {"00.125", 125000},
                {"0.", 0},        {"0.999999", 999999}, {"1.000000000", 1000000}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *reason = "none";
        uint32_t millionths = 7;

        if (!share_parse(rows[i].text, &millionths, &reason))
            fail_msg("\"%s\" is refused: %s", rows[i].text, reason);
        assert_int_equal(millionths, rows[i].millionths);
    }
}

TEST(what_is_no_share_is_refused)
{
    static const char *const not_one[] = {"",    ".",    "-0.5", "+1",  " 1", "1 ",
                                          "50%", "0.5x", "1e-1", "0,5", "x",  "0.5.5"};
    static const char *const too_large[] = {"1.5", "2", "1.0000001", "99999999999999999999"};
    const char *reason = NULL;
    uint32_t millionths = 42;

    for (size_t i = 0; i < sizeof not_one / sizeof not_one[0]; i++) {
        assert_false(share_parse(not_one[i], &millionths, &reason));
        assert_string_equal(reason, "expected a number from 0 to 1, such as 0.25");
    }
    for (size_t i = 0; i < sizeof too_large / sizeof too_large[0]; i++) {
        assert_false(share_parse(too_large[i], &millionths, &reason));
        assert_string_equal(reason, "the number is above 1");
    }
    assert_int_equal(millionths, 42);
}

/* ---- sizes ---- */

static const struct {
    const char *text;
    uint64_t bytes;
} sizes[] = {
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
} no_sizes[] = {
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

TEST(sizes_are_read)
{
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        const char *reason = "none";
        uint64_t bytes = 1;
        if (!size_parse(sizes[i].text, &bytes, &reason) || bytes != sizes[i].bytes)
            fail_msg("\"%s\" is read as %llu, error: %s", sizes[i].text, (unsigned long long)bytes,
                     reason);
    }
}

TEST(invalid_sizes_are_refused)
{
    for (size_t i = 0; i < sizeof no_sizes / sizeof no_sizes[0]; i++) {
        const char *reason = NULL;
        uint64_t bytes = 77;
        assert_false(size_parse(no_sizes[i].text, &bytes, &reason));
        assert_string_equal(reason, no_sizes[i].reason);
        assert_int_equal(bytes, 77);
    }
}

TEST(sizes_are_written_as_they_are_read)
{
    assert_string_equal(size_text(0).text, "0");
    assert_string_equal(size_text(1023).text, "1023");
    assert_string_equal(size_text(1024).text, "1K");
    assert_string_equal(size_text(UINT64_C(512) << 20).text, "512M");
    assert_string_equal(size_text((UINT64_C(1) << 30) + 8192).text, "1048584K");
    assert_string_equal(size_text(UINT64_C(3) << 50).text, "3072T");
    assert_string_equal(size_text(UINT64_MAX).text, "18446744073709551615");
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        const char *reason;
        uint64_t bytes;
        assert_true(size_parse(size_text(sizes[i].bytes).text, &bytes, &reason));
        assert_int_equal(bytes, sizes[i].bytes);
    }
}

/* ---- addresses and registers ---- */

static const struct {
    const char *text;
    uint32_t number;
} numbers[] = {
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
} no_numbers[] = {
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

TEST(valid_numbers_are_read)
{
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        const char *reason = NULL;
        uint32_t number = 77;
        assert_true(number32_parse(numbers[i].text, &number, &reason));
        assert_int_equal(number, numbers[i].number);
        assert_null(reason);
    }
}

TEST(invalid_numbers_are_refused)
{
    for (size_t i = 0; i < sizeof no_numbers / sizeof no_numbers[0]; i++) {
        const char *reason = NULL;
        uint32_t number = 77;
        assert_false(number32_parse(no_numbers[i].text, &number, &reason));
        assert_string_equal(reason, no_numbers[i].reason);
        assert_int_equal(number, 77);
    }
}
