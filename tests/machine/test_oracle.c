/* The stale-TLB oracle on pages of 4 KiB: what it reports of each door, in which words, and what it
 * lets pass. */
#include "support/checking.h"

#include <stdio.h>
#include <string.h>

/* ---- a page of 4 KiB, by both doors ---- */

#define FRAME_0 0x04000000u
#define FRAME_1 0x04002000u
#define USER_RW (SMALL | PTE_USER)
#define RW      MMU_WRITE
#define RO      MMU_READ

static const struct {
    uint32_t before, after; /* the entry */
    uint32_t first, second; /* the accesses on either side of the change */
    const char *entries;    /* of the report; NULL: the second is no stale use */
} changes[] = {
    {FRAME_0 | SMALL, 0, RO, RO,
     "was 0x04000003 (frame 0x04000, writable, supervisor), and is 0x00000000 (not present)"},
    {FRAME_0 | SMALL, 0, RW, RW,
     "was 0x04000003 (frame 0x04000, writable, supervisor), and is 0x00000000 (not present)"},
    {FRAME_0 | SMALL, FRAME_1 | SMALL, RW, RO,
     "was 0x04000003 (frame 0x04000, writable, supervisor), and is 0x04002003 (frame 0x04002, "
     "writable, supervisor)"},
    {FRAME_0 | SMALL, FRAME_0 | PTE_PRESENT, RW, RW,
     "was 0x04000003 (frame 0x04000, writable, supervisor), and is 0x04000001 (frame 0x04000, "
     "read-only, supervisor)"},
    /* The right that is gone is not used. */
    {FRAME_0 | SMALL, FRAME_0 | PTE_PRESENT, RW, RO, NULL},
    {FRAME_0 | USER_RW, FRAME_0 | SMALL, RW, RW, NULL},
    /* The entry lets nobody write: a write walks. */
    {FRAME_0 | SMALL, FRAME_1 | SMALL, RO, RW, NULL},
    {FRAME_0 | PTE_PRESENT, FRAME_0 | SMALL, RO, RW, NULL}, /* a right more */
    {FRAME_0 | SMALL, FRAME_0 | SMALL, RW, RW, NULL},
    {FRAME_0 | SMALL, FRAME_0 | SMALL | PTE_ACCESSED | 0xe18, RW, RW, NULL},
    {FRAME_0 | SMALL | PTE_ACCESSED | PTE_DIRTY, FRAME_0 | SMALL, RW, RW, NULL},
    {FRAME_0 | SMALL, FRAME_0 | SMALL | PTE_GLOBAL, RW, RW, NULL},
};

static void run_change(size_t i, bool through_window)
{
    char line[512];

    checking_machine(NULL);
    map_pages(1, SMALL);
    *memory(TABLE) = changes[i].before;
    assert_passes(BASE + 0x10, changes[i].first, through_window);
    change_page(0, changes[i].after);
    if (!changes[i].entries) {
        assert_passes(BASE + 0x10, changes[i].second, through_window);
        return;
    }
    snprintf(line, sizeof line,
             "panic: stale TLB entry: kernel %s at 0x40000010%%W: table entry 0 %s since %%L; "
             "missing: machine_invlpg(0x40000000)",
             changes[i].second == RW ? "write" : "read", changes[i].entries);
    assert_reported(BASE + 0x10, changes[i].second, through_window, line);
}

MACHINE_TEST(a_change_without_invalidation_is_reported_at_the_use)
{
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        run_change(i, false);
        run_change(i, true);
    }
}

CHECKING_TEST(the_user_loses_a_right)
{
    map_pages(1, USER_RW);
    assert_passes(BASE, MMU_USER | MMU_WRITE, false);
    change_page(0, FRAME_0 | SMALL);
    assert_passes(BASE, MMU_WRITE, false);
    assert_reported(BASE, MMU_USER | MMU_READ, false,
                    "panic: stale TLB entry: user read at 0x40000000: table entry 0 was 0x04000007 "
                    "(frame 0x04000, writable, user), and is 0x04000003 (frame 0x04000, writable, "
                    "supervisor) since %L; missing: machine_invlpg(0x40000000)");
}

/* Each by itself pays what is owed; a load of CR3 does not, where a page is global. */
static const struct {
    enum payment payment;
    uint32_t flags;
    bool pays;
} payments[] = {
    {INVLPG, SMALL, true},
    {INVLPG, SMALL | PTE_GLOBAL, true},
    {INVLPG_ELSEWHERE, SMALL, false},
    {INVLPG_ELSEWHERE, SMALL | PTE_GLOBAL, false},
    {CR3, SMALL, true},
    {CR3, SMALL | PTE_GLOBAL, false},
    {FLUSH, SMALL, true},
    {FLUSH, SMALL | PTE_GLOBAL, true},
    {CONTROL, SMALL | PTE_GLOBAL, true},
};

static void run_payment(size_t i, bool through_window)
{
    checking_machine(NULL);
    map_pages(2, payments[i].flags);
    assert_passes(BASE, MMU_WRITE, through_window);
    change_page(0, FRAME_1 | payments[i].flags);
    pay(payments[i].payment);
    const char *panic = panic_of(BASE, MMU_READ, through_window);
    assert_int_equal(panic == NULL, payments[i].pays);
    if (panic)
        assert_int_equal(strstr(panic, "missing: machine_invlpg(0x40000000); a load of CR3 keeps "
                                       "it, for it is global") != NULL,
                         (payments[i].flags & PTE_GLOBAL) != 0);
}

MACHINE_TEST(what_is_owed_is_paid_by_the_right_invalidation)
{
    for (size_t i = 0; i < sizeof payments / sizeof payments[0]; i++) {
        run_payment(i, false);
        run_payment(i, true);
    }
}

/* ---- where the table was changed ---- */

#define GONE_UNKNOWN                                                                               \
    "panic: stale TLB entry: kernel read at 0x40000000%W: table entry 0 was 0x04000023 (frame "    \
    "0x04000, writable, supervisor), and is 0x00000000 (not present) by a plain store, place "     \
    "unknown; missing: machine_invlpg(0x40000000)"

CHECKING_TEST(a_plain_store_into_a_table_is_found_too)
{
    map_pages(2, SMALL | PTE_ACCESSED);
    assert_passes(BASE, MMU_READ, false);
    assert_passes(BASE, MMU_READ, true);
    *memory(TABLE) = 0;
    assert_reported(BASE, MMU_READ, false, GONE_UNKNOWN);
    assert_passes(BASE, MMU_READ, true); /* the host has the page, and nothing trapped since */
    assert_passes(BASE + PAGE_SIZE, MMU_READ, true);
    assert_reported(BASE, MMU_READ, true, GONE_UNKNOWN);
}

/* Of several changes the first owed the invalidation. */
CHECKING_TEST(the_change_is_the_one_away_from_the_entry)
{
    map_pages(1, SMALL);
    assert_passes(BASE, MMU_READ, false);
    change_page(0, 0);
    uint32_t *entry = machine_pointer(direct_map(paddr(TABLE)));
    machine_write_entry(entry, FRAME_1 | SMALL);
    machine_write_entry(entry, 0);
    assert_reported(BASE, MMU_READ, false,
                    "panic: stale TLB entry: kernel read at 0x40000000: table entry 0 was "
                    "0x04000003 (frame 0x04000, writable, supervisor), and is 0x00000000 (not "
                    "present) since %L; missing: machine_invlpg(0x40000000)");
}

CHECKING_TEST(a_change_that_is_taken_back_owes_nothing)
{
    map_pages(1, SMALL);
    for (uint32_t i = 0; i < 2; i++) {
        assert_passes(BASE, MMU_WRITE, i);
        change_page(0, 0);
        change_page(0, FRAME_0 | SMALL);
        assert_passes(BASE, MMU_READ, i);
        assert_passes(BASE, MMU_WRITE, i);
    }
}

/* Through the recursive entry, whose own entry makes a table of the directory. */
CHECKING_TEST(changes_are_seen_wherever_the_table_is_mapped)
{
    map_pages(1, SMALL);
    *memory(directory_at(PAGE_TABLES)) = MACHINE_BOOT_DIRECTORY | SMALL;
    assert_passes(BASE, MMU_WRITE, true);
    change_at(PAGE_TABLES + (BASE >> PAGE_SHIFT) * 4u, 0);
    assert_reported(BASE, MMU_WRITE, true,
                    "panic: stale TLB entry: kernel write at 0x40000000 through the window: table "
                    "entry 0 was 0x04000003 (frame 0x04000, writable, supervisor), and is "
                    "0x00000000 (not present) since %L; missing: machine_invlpg(0x40000000)");
}

/* ---- a handler that returns ---- */

static struct stale_use last_use;
static uint32_t uses;

static void note_use(void *context, const struct stale_use *use)
{
    (void)context;
    last_use = *use;
    uses++;
}

static void checking_and_noting(void)
{
    checking_machine(note_use);
    uses = 0;
}

MACHINE_TEST(the_access_goes_on_as_on_silicon)
{
    checking_and_noting();
    map_pages(2, SMALL);
    for (uint32_t i = 0; i < 2; i++) {
        uint32_t value = i;
        assert_passes(BASE, MMU_READ, i);
        change_page(0, FRAME_1 | SMALL);
        assert_int_equal(uses, i);
        if (i == 0)
            assert_true(machine_load32(vaddr(BASE), false, &value));
        else
            value = window_read(BASE);
        assert_int_equal(value, FRAME_0);
        assert_int_equal(uses, i + 1);
        assert_int_equal(last_use.va.value, BASE);
        assert_int_equal(last_use.through_window, i);
        machine_invlpg(vaddr(BASE));
        change_page(0, FRAME_0 | SMALL);
        machine_invlpg(vaddr(BASE));
    }
}

static uint32_t window_read_unaligned(uint32_t va)
{
    uint32_t value;

    memcpy(&value, machine_pointer(vaddr(va)), sizeof value);
    return value;
}

/* An instruction that uses two stale pages, each of which is withheld, comes to an end. */
MACHINE_TEST(an_access_of_two_stale_pages_ends)
{
    checking_and_noting();
    map_pages(2, SMALL);
    *memory(frame_of(0) + 0xffc) = 0x22110000;
    window_write(BASE, 1);
    window_write(BASE + PAGE_SIZE, 0x4433);
    change_page(0, 0);
    change_page(1, 0);
    assert_int_equal(window_read_unaligned(BASE + 0xffe), 0x44332211);
    assert_int_equal(uses, 2);
    window_read(BASE); /* said once of each entry, and of reads ... */
    assert_int_equal(uses, 2);
    window_write(BASE + 8, 1); /* ... and writes */
    assert_int_equal(uses, 3);
    assert_int_equal(last_use.access, MMU_WRITE);
    window_write(BASE + 8, 1);
    assert_int_equal(uses, 3);
}

/* What is withheld of a page does not matter to the others, however many are flushed at once. */
MACHINE_TEST(withheld_pages_are_flushed_as_others)
{
    checking_and_noting();
    map_pages(300, SMALL);
    memory(TABLE)[0] |= PTE_GLOBAL;
    memory(TABLE)[1] |= PTE_GLOBAL;
    for (uint32_t page = 0; page < 300; page++)
        window_write(BASE + page * PAGE_SIZE, page);
    for (uint32_t page = 1; page < 300; page++)
        change_page(page, 0);
    machine_load_cr3(machine_read_cr3());
    assert_int_equal(window_read(BASE), 0);
    assert_int_equal(uses, 0);
    assert_int_equal(window_read(BASE + PAGE_SIZE), 1);
    assert_int_equal(uses, 1);
    machine_invlpg(vaddr(BASE + PAGE_SIZE));
    for (uint32_t page = 1; page < 300; page++)
        assert_false(machine_touch(vaddr(BASE + page * PAGE_SIZE), false));
    assert_int_equal(uses, 1);
}

/* ---- not checking ---- */

MACHINE_TEST(without_checking_nobody_says_anything)
{
    map_pages(1, SMALL);
    window_write(BASE, 5);
    assert_passes(BASE, MMU_READ, false);
    change_page(0, FRAME_1 | SMALL);
    assert_passes(BASE, MMU_READ, false);
    assert_int_equal(window_read(BASE), 5);
    assert_int_equal(*memory(TABLE), FRAME_1 | SMALL);
    assert_null(machine_current->oracle);
}

/* ---- the log of changes ---- */

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
        cmocka_unit_test(a_change_without_invalidation_is_reported_at_the_use),
        cmocka_unit_test(the_user_loses_a_right),
        cmocka_unit_test(what_is_owed_is_paid_by_the_right_invalidation),
        cmocka_unit_test(a_plain_store_into_a_table_is_found_too),
        cmocka_unit_test(the_change_is_the_one_away_from_the_entry),
        cmocka_unit_test(a_change_that_is_taken_back_owes_nothing),
        cmocka_unit_test(changes_are_seen_wherever_the_table_is_mapped),
        cmocka_unit_test(the_access_goes_on_as_on_silicon),
        cmocka_unit_test(an_access_of_two_stale_pages_ends),
        cmocka_unit_test(withheld_pages_are_flushed_as_others),
        cmocka_unit_test(without_checking_nobody_says_anything),
        cmocka_unit_test(the_log_forgets_the_oldest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
