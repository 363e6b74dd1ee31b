/*
 * Tests with CMocka, without a list of them:
 *
 *     TEST(an_empty_list_has_no_first_element) { ... }
 *
 * defines a test. The program runs all tests of its source file in the order in which they stand
 * there.
 */
#ifndef SUPPORT_TEST_H
#define SUPPORT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define TEST(title)                                                                                \
    static void title##_body(void);                                                                \
    static void title(void **state)                                                                \
    {                                                                                              \
        (void)state;                                                                               \
        title##_body();                                                                            \
    }                                                                                              \
    __attribute__((constructor)) static void title##_add(void)                                     \
    {                                                                                              \
        static struct test test = {.unit = cmocka_unit_test(title), .line = __LINE__};             \
        test_add(&test);                                                                           \
    }                                                                                              \
    static void title##_body(void)

/* TEST_FIXTURES(setup, teardown) says what runs before and after each test of the file. Either may
 * be NULL. */
#define TEST_FIXTURES(setup, teardown)                                                             \
    __attribute__((constructor)) static void test_fixtures_add(void)                               \
    {                                                                                              \
        test_fixtures(setup, teardown);                                                            \
    }

/* Runs all tests, `setup` before the first and `teardown` after the last. Returns the exit status.
 * A file needs a main() that calls it only for such fixtures; else, main() is in test.c. */
int tests_run(CMFixtureFunction setup, CMFixtureFunction teardown);

/* ---- for the macros above ---- */

struct test {
    struct CMUnitTest unit;
    unsigned line;
    struct test *next;
};

void test_add(struct test *test);
void test_fixtures(CMFixtureFunction setup, CMFixtureFunction teardown);

#endif
