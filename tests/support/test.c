#include "support/test.h"

static struct test *first_test; /* by ascending line */
static size_t test_count;
static CMFixtureFunction each_setup;
static CMFixtureFunction each_teardown;

/* Compilers run constructors in any order. */
void test_add(struct test *test)
{
    struct test **place = &first_test;

    while (*place != NULL && (*place)->line < test->line)
        place = &(*place)->next;
    test->next = *place;
    *place = test;
    test_count++;
}

void test_fixtures(CMFixtureFunction setup, CMFixtureFunction teardown)
{
    each_setup = setup;
    each_teardown = teardown;
}

int tests_run(CMFixtureFunction setup, CMFixtureFunction teardown)
{
    struct CMUnitTest tests[test_count + 1u]; /* an array must have an element */
    size_t count = 0;

    for (const struct test *test = first_test; test != NULL; test = test->next) {
        tests[count] = test->unit;
        tests[count].setup_func = each_setup;
        tests[count++].teardown_func = each_teardown;
    }
    return _cmocka_run_group_tests("tests", tests, count, setup, teardown);
}

__attribute__((weak)) int main(void)
{
    return tests_run(NULL, NULL);
}
