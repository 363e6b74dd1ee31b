/* The log of table changes. */
#include "support/on_machine.h"

#include "machine/change_log.h"

static void the_log_forgets_the_oldest(void **state)
{
    static struct change_log log;
    const struct table_change first = {paddr(4), 1, 0, "a.c", 1};

    (void)state;
    change_log_add(&log, &first);
    for (uint32_t i = 1; i < CHANGE_LOG_LENGTH; i++)
        change_log_add(&log, &(struct table_change){paddr(8), i, 0, "b.c", i});
    assert_int_equal(change_log_find(&log, paddr(4), 0x21, ~0x20u)->line, 1);
    assert_null(change_log_find(&log, paddr(4), 0x21, ~0u));
    assert_null(change_log_find(&log, paddr(12), 1, ~0u));
    assert_int_equal(change_log_find(&log, paddr(8), 77, ~0u)->line, 77);
    assert_int_equal(change_log_find(&log, paddr(8), 0, 0)->line, CHANGE_LOG_LENGTH - 1);
    change_log_add(&log, &(struct table_change){paddr(8), 0, 0, "c.c", 1});
    assert_null(change_log_find(&log, paddr(4), 1, ~0u));
    assert_int_equal(change_log_find(&log, paddr(8), 1, ~0u)->line, 1);
    change_log_add(&log, &(struct table_change){paddr(8), 0, 0, "c.c", 2});
    assert_null(change_log_find(&log, paddr(8), 1, ~0u));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_log_forgets_the_oldest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
