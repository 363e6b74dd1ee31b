/* Tests the stale-TLB oracle on pages of 4 KiB: which accesses it reports, through the CPU model
 * and through the window, in which words, and which it lets pass. */
#include "support/checking.h"
#include "support/test.h"

#include <stdio.h>
#include <string.h>

/* ---- a page of 4 KiB, by both kinds of access ---- */

#define FRAME_0 0x04000000u
#define FRAME_1 0x04002000u
#define USER_RW (SMALL | PTE_USER)
#define RW      MMU_WRITE
#define RO      MMU_READ

static const struct {
    uint32_t before, after; /* the entry's values */
    uint32_t first, second; /* the accesses before and after the change */
    const char *entries;    /* the entries in the report; NULL: the second access is not stale */
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
    /* The second access does not use the right that was taken away. */
    {FRAME_0 | SMALL, FRAME_0 | PTE_PRESENT, RW, RO, NULL},
    {FRAME_0 | USER_RW, FRAME_0 | SMALL, RW, RW, NULL},
    /* The remembered entry forbids writes, so a write walks. */
    {FRAME_0 | SMALL, FRAME_1 | SMALL, RO, RW, NULL},
    {FRAME_0 | PTE_PRESENT, FRAME_0 | SMALL, RO, RW, NULL}, /* a right is added */
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

/* Which invalidation suffices. A load of CR3 does not if the page is global. */
static const struct {
    enum invalidation invalidation;
    uint32_t flags;
    bool suffices;
} invalidations[] = {
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

static void run_invalidation(size_t i, bool through_window)
{
    checking_machine(NULL);
    map_pages(2, invalidations[i].flags);
    assert_passes(BASE, MMU_WRITE, through_window);
    change_page(0, FRAME_1 | invalidations[i].flags);
    invalidate(invalidations[i].invalidation);
    const char *panic = panic_of(BASE, MMU_READ, through_window);
    assert_int_equal(panic == NULL, invalidations[i].suffices);
    if (panic)
        assert_int_equal(strstr(panic, "missing: machine_invlpg(0x40000000); a load of CR3 keeps "
                                       "it, for it is global") != NULL,
                         (invalidations[i].flags & PTE_GLOBAL) != 0);
}

MACHINE_TEST(only_the_right_invalidation_suffices)
{
    for (size_t i = 0; i < sizeof invalidations / sizeof invalidations[0]; i++) {
        run_invalidation(i, false);
        run_invalidation(i, true);
    }
}

/* ---- where the table was changed ---- */

#define GONE_UNKNOWN                                                                               \
    "panic: stale TLB entry: kernel read at 0x40000000%W: table entry 0 was 0x04000023 (frame "    \
    "0x04000, writable, supervisor), and is 0x00000000 (not present) by a plain store, place "     \
    "unknown; missing: machine_invlpg(0x40000000)"

CHECKING_TEST(a_plain_store_into_a_table_is_reported)
{
    map_pages(2, SMALL | PTE_ACCESSED);
    assert_passes(BASE, MMU_READ, false);
    assert_passes(BASE, MMU_READ, true);
    *memory(TABLE) = 0;
    assert_reported(BASE, MMU_READ, false, GONE_UNKNOWN);
    assert_passes(BASE, MMU_READ, true); /* the host maps the page, and nothing has trapped since */
    assert_passes(BASE + PAGE_SIZE, MMU_READ, true);
    assert_reported(BASE, MMU_READ, true, GONE_UNKNOWN);
}

/* If there were several changes, the first one is named: it needed the invalidation. */
CHECKING_TEST(the_first_change_of_the_entry_is_named)
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

CHECKING_TEST(a_change_that_is_undone_needs_no_invalidation)
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

/* The change goes through the recursive entry, through which the directory is used as a page table.
 */
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

/* An instruction that uses two stale pages, both of which are withheld, comes to an end. */
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
    window_read(BASE); /* each entry is reported once for reads ... */
    assert_int_equal(uses, 2);
    window_write(BASE + 8, 1); /* ... and once for writes */
    assert_int_equal(uses, 3);
    assert_int_equal(last_use.access, MMU_WRITE);
    window_write(BASE + 8, 1);
    assert_int_equal(uses, 3);
}

/* Withholding one page does not affect the others, however many are flushed at once. */
MACHINE_TEST(withheld_pages_are_flushed_like_others)
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

/* ---- without checking mode ---- */

MACHINE_TEST(without_checking_mode_nothing_is_reported)
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

TEST(the_log_forgets_the_oldest)
{
    static struct change_log log;
    const struct table_change first = {paddr(4), 1, 0, "a.c", 1};

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
