/* Numbers as people read them. */
#include "report/numbers.h"
#include "support/test.h"

#define KIB UINT64_C(1024)

TEST(digits_are_grouped)
{
    assert_string_equal(number_grouped(0).text, "0");
    assert_string_equal(number_grouped(999).text, "999");
    assert_string_equal(number_grouped(1000).text, "1,000");
    assert_string_equal(number_grouped(1234567).text, "1,234,567");
    assert_string_equal(number_grouped(UINT64_MAX).text, "18,446,744,073,709,551,615");
}

TEST(sizes_have_units)
{
    assert_string_equal(number_size(0).text, "0 B");
    assert_string_equal(number_size(1023).text, "1023 B");
    assert_string_equal(number_size(1024).text, "1.0 KiB");
    assert_string_equal(number_size(1536).text, "1.5 KiB");
    assert_string_equal(number_size(1023 * KIB).text, "1023.0 KiB");
    assert_string_equal(number_size(KIB * KIB - 1).text, "1.0 MiB"); /* not 1024.0 KiB */
    assert_string_equal(number_size(768 * KIB * KIB).text, "768.0 MiB");
    assert_string_equal(number_size(KIB * KIB * KIB * KIB).text, "1.0 TiB");
    assert_string_equal(number_size(UINT64_MAX).text, "16777216.0 TiB");
}

/* The text is at most as wide as the name of a strategy. */
TEST(short_sizes_have_few_digits)
{
    assert_string_equal(number_size_short(1023).text, "1023 B");
    assert_string_equal(number_size_short(1536).text, "1.5 KiB");
    assert_string_equal(number_size_short(99 * KIB + 900).text, "99.9 KiB");
    assert_string_equal(number_size_short(100 * KIB - 40).text, "100 KiB"); /* not 100.0 KiB */
    assert_string_equal(number_size_short(1023 * KIB * KIB).text, "1023 MiB");
}

TEST(thousandths_are_shown_as_percent)
{
    assert_string_equal(number_permille(0).text, "0.0 %");
    assert_string_equal(number_permille(456).text, "45.6 %");
    assert_string_equal(number_permille(1000).text, "100.0 %");
}

/* A share above 0 is not shown as 0, and a share below 1 is not shown as 100 %. */
TEST(shares_near_0_and_1_are_not_rounded_to_them)
{
    assert_string_equal(number_share(0, 0).text, "-");
    assert_string_equal(number_share(0, 5).text, "0");
    assert_string_equal(number_share(1, 1000000).text, "< 0.1 %");
    assert_string_equal(number_share(1, 1000).text, "0.1 %");
    assert_string_equal(number_share(1, 3).text, "33.3 %");
    assert_string_equal(number_share(9994, 10000).text, "99.9 %");
    assert_string_equal(number_share(9999, 10000).text, "> 99.9 %");
    assert_string_equal(number_share(10000, 10000).text, "100.0 %");
    assert_string_equal(number_share_fine(0, 0).text, "-");
    assert_string_equal(number_share_fine(0, 5).text, "0");
    assert_string_equal(number_share_fine(1, 1000000).text, "< 0.01 %");
    assert_string_equal(number_share_fine(1, 3).text, "33.33 %");
    assert_string_equal(number_share_fine(99999, 100000).text, "> 99.99 %");
    assert_string_equal(number_share_fine(5, 5).text, "100.00 %");
}
