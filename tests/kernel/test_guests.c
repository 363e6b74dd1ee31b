/* The guest kernels of this folder: each in its correct form, and with each of its planted errors,
   which must be found and named. tests/kernel/guests/README.md describes them. */
#include "support/test.h"

#include <mmsim/kernel.h>

#include <stdio.h>
#include <string.h>

#define PARTS_MAX 4u
#define TEXT_MAX  128u

static struct kernel *kernel;

static void begin_limited(const char *guest, bool check_tlb, double limit_seconds)
{
    char path[TEXT_MAX];

    kernel = kernel_create(
        &(struct kernel_options){.check_tlb = check_tlb, .limit_seconds = limit_seconds});
    if (kernel == NULL)
        fail_msg("%s", kernel_create_error());
    snprintf(path, sizeof path, GUESTS "/%s.elf", guest);
    assert_int_equal(kernel_load(kernel, path), KERNEL_DONE);
    assert_int_equal(kernel_panic_symbol(kernel, "panic"), KERNEL_DONE);
    assert_int_equal(kernel_boot(kernel), KERNEL_DONE);
}

static void begin(const char *guest, bool check_tlb)
{
    begin_limited(guest, check_tlb, 0);
}

static int destroy(void **state)
{
    (void)state;
    kernel_destroy(kernel);
    kernel = NULL;
    return 0;
}

static void take_hooks(const char *guest)
{
    char path[TEXT_MAX];
    int name = (int)strcspn(guest, "-");

    snprintf(path, sizeof path, "tests/kernel/guests/%.*s/%.*s.hooks", name, guest, name, guest);
    assert_int_equal(kernel_hooks_file(kernel, path), KERNEL_DONE);
}

static void assert_ended(const char *guest, enum kernel_outcome expected, uint32_t exit_value)
{
    enum kernel_outcome ended = kernel_ended(kernel);

    if (ended != expected || (ended == KERNEL_EXIT && kernel_exit_value(kernel) != exit_value))
        fail_msg("%s: ended by %s (%u), not %s (%u)\n%s%s\n%s", guest, kernel_outcome_name(ended),
                 kernel_exit_value(kernel), kernel_outcome_name(expected), exit_value,
                 kernel_error(kernel), kernel_report(kernel), kernel_output(kernel));
}

static void assert_has(const char *guest, const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("%s: '%s' is not in\n%s", guest, part, text);
}

/* ---- as they should be ---- */

static const char *const families[] = {"low", "recursive", "higher", "slab"};

/* check_tlb with hooks enables every check. */
TEST(the_right_kernels_are_clean)
{
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
        begin(families[i], true);
        take_hooks(families[i]);
        kernel_run(kernel);
        assert_ended(families[i], KERNEL_EXIT, 0);
        assert_string_equal(kernel_report(kernel), "");
        assert_has(families[i], kernel_output(kernel), "\npassed\n");
        assert_null(strstr(kernel_output(kernel), "FAILED"));
        destroy(NULL);
    }
}

/* ---- with an error ---- */

struct planted {
    const char *guest;
    enum { PLAIN, CHECK, HOOKS } look; /* no check; --check-tlb; --check-tlb and the hooks file */
    enum kernel_outcome ended;
    uint32_t exit_value;
    const char *report[PARTS_MAX]; /* parts of the report */
    const char *output;            /* a part of the output; NULL: none */
};

static const struct planted planted[] = {
    /* missing invalidations: the access, the line that changed the table, what is missing */
    {"low-no-cr3-load",
     CHECK,
     KERNEL_STALE_TLB,
     0,
     {"stale TLB entry: user read at 0x00002000", "since deallocuvm", "(vm.c:", "load of CR3"},
     NULL},
    {"recursive-no-invlpg",
     CHECK,
     KERNEL_STALE_TLB,
     0,
     {"kernel write at 0x50001000 by memset", "since unmap_page",
      "(paging.c:", "missing: invlpg 0x50001000"},
     NULL},
    {"recursive-no-invlpg-table",
     CHECK,
     KERNEL_STALE_TLB,
     0,
     {"at 0xffd40000", "since remove_table", "missing: invlpg 0xffd40000"},
     NULL},
    {"recursive-table-freed-in-use",
     CHECK,
     KERNEL_STALE_TLB,
     0,
     {"kernel read at 0x50001000 by memory_is", "directory entry 320 was", "since remove_table"},
     NULL},
    {"higher-no-invlpg",
     CHECK,
     KERNEL_STALE_TLB,
     0,
     {"kernel write at 0xe0001000 by grow", "since unmap_page", "missing: invlpg 0xe0001000"},
     NULL},
    {"higher-no-cr3-load",
     CHECK,
     KERNEL_STALE_TLB,
     0,
     {"by info_flags", "directory entry 0 was", "since paging_init", "load of CR3"},
     NULL},
    {"slab-no-invlpg",
     CHECK,
     KERNEL_STALE_TLB,
     0,
     {"user read at 0x10000000", "since space_unmap", "missing: invlpg 0x10000000"},
     NULL},
    {"low-free-before-switch",
     CHECK,
     KERNEL_STALE_TLB,
     0,
     {"stale TLB entry", "by memset", "load of CR3"},
     NULL},
    {"slab-free-before-switch",
     CHECK,
     KERNEL_STALE_TLB,
     0,
     {"stale TLB entry", "by memset", "load of CR3"},
     NULL},

    /* frames that are freed too early: at the free */
    {"low-no-cr3-load",
     HOOKS,
     KERNEL_STALE_TLB,
     0,
     {"early free: frame", "at 0x00002000 by deallocuvm", "since deallocuvm"},
     NULL},
    {"low-free-before-flush",
     HOOKS,
     KERNEL_STALE_TLB,
     0,
     {"early free: frame", "at 0x00003000 by deallocuvm", "missing: invlpg 0x00003000"},
     NULL},
    {"low-free-before-switch",
     HOOKS,
     KERNEL_STALE_TLB,
     0,
     {"early free: frame", "names it as a page table by freevm", "is still"},
     NULL},
    {"recursive-no-invlpg-table",
     HOOKS,
     KERNEL_STALE_TLB,
     0,
     {"early free: frame", "names it as a page table by remove_table"},
     NULL},
    {"higher-no-invlpg",
     HOOKS,
     KERNEL_STALE_TLB,
     0,
     {"early free: frame", "the TLB has an entry for it", "since unmap_page"},
     NULL},
    {"slab-no-invlpg",
     HOOKS,
     KERNEL_STALE_TLB,
     0,
     {"early free: frame", "at 0x10000000", "since space_unmap"},
     NULL},
    {"slab-free-before-switch",
     HOOKS,
     KERNEL_STALE_TLB,
     0,
     {"early free: frame", "names it as a page table by free_table"},
     NULL},

    /* what the kernel notices itself: a panic, with those who called it */
    {"low-table-not-zeroed", PLAIN, KERNEL_PANIC, 0, {"mappages: remap", "mappages"}, NULL},
    {"low-rodata-write", PLAIN, KERNEL_PANIC, 0, {"unexpected trap in the kernel"}, NULL},
    {"recursive-table-not-zeroed",
     PLAIN,
     KERNEL_PANIC,
     0,
     {"more frames than there are", "frame_free", "heap_release"},
     NULL},
    {"higher-double-free",
     PLAIN,
     KERNEL_PANIC,
     0,
     {"the frame is free", "frame_free", "buffer_destroy"},
     NULL},
    {"higher-heap-overlap",
     PLAIN,
     KERNEL_PANIC,
     0,
     {"map_page: a page is there", "add_pages", "grow"},
     NULL},
    {"slab-directory-not-zeroed", PLAIN, KERNEL_PANIC, 0, {"unexpected trap in the kernel"}, NULL},
    {"slab-double-free",
     PLAIN,
     KERNEL_PANIC,
     0,
     {"not an object of the cache", "fpu_forget", "destroy_thread"},
     NULL},
    {"slab-fpu-owner-kept", PLAIN, KERNEL_PANIC, 0, {"unexpected trap in the kernel"}, NULL},

    /* a check of the kernel's own fails, mostly that of its free frames */
    {"low-double-free", PLAIN, KERNEL_EXIT, 1, {NULL}, "FAILED no frame was lost"},
    {"low-leak-tables", PLAIN, KERNEL_EXIT, 1, {NULL}, "FAILED a directory's frames come back"},
    {"low-stack-overrun",
     PLAIN,
     KERNEL_EXIT,
     1,
     {NULL},
     "FAILED nothing ran over the kernel stack"},
    {"recursive-heap-limit", PLAIN, KERNEL_EXIT, 1, {NULL}, "FAILED the log is intact"},
    {"recursive-leak-frames", PLAIN, KERNEL_EXIT, 1, {NULL}, "FAILED no frame was lost"},
    {"slab-leak-fpu", PLAIN, KERNEL_EXIT, 1, {NULL}, "FAILED the process gives all back"},
    {"slab-no-ts", PLAIN, KERNEL_EXIT, 1, {NULL}, "thread has no complaint"},
    {"slab-wp-off", PLAIN, KERNEL_EXIT, 1, {NULL}, "FAILED the first thread has no complaint"},

    /* a stack that runs into a page that is not there, or is not to be written */
    {"higher-stack-overrun",
     PLAIN,
     KERNEL_TRIPLE_FAULT,
     0,
     {"page fault: kernel write", "check_from"},
     NULL},
    {"slab-stack-overrun",
     PLAIN,
     KERNEL_TRIPLE_FAULT,
     0,
     {"page fault: kernel write", "sys_write"},
     NULL},
};

static void a_planted_error_is_found(const struct planted *error)
{
    begin(error->guest, error->look != PLAIN);
    if (error->look == HOOKS)
        take_hooks(error->guest);
    kernel_run(kernel);
    assert_ended(error->guest, error->ended, error->exit_value);
    for (size_t i = 0; i < PARTS_MAX && error->report[i] != NULL; i++)
        assert_has(error->guest, kernel_report(kernel), error->report[i]);
    if (error->output != NULL)
        assert_has(error->guest, kernel_output(kernel), error->output);
}

TEST(every_planted_error_is_found)
{
    for (size_t i = 0; i < sizeof planted / sizeof planted[0]; i++) {
        a_planted_error_is_found(&planted[i]);
        destroy(NULL);
    }
}

/* ---- writes through read-only mappings: CR0.WP is off ---- */

static void assert_changed(const char *clean, const char *guest, const char *symbol, size_t bytes)
{
    unsigned char before[TEXT_MAX], after[TEXT_MAX];
    uint32_t va;
    void *state = NULL;

    begin(clean, false);
    kernel_run(kernel);
    assert_true(kernel_symbol(kernel, symbol, &va));
    assert_true(kernel_read(kernel, va, before, bytes));
    destroy(&state);
    begin(guest, false);
    kernel_run(kernel);
    assert_ended(guest, KERNEL_EXIT, 0);
    assert_true(kernel_symbol(kernel, symbol, &va));
    assert_true(kernel_read(kernel, va, after, bytes));
    assert_memory_not_equal(before, after, bytes);
}

TEST(a_write_to_what_is_read_only_shows_in_memory)
{
    assert_changed("low", "low-wp-off", "banner", 64);
}

TEST(a_write_to_the_page_of_zeroes_shows_in_memory)
{
    assert_changed("recursive", "recursive-wp-off", "zero_page", 64);
}

/* ---- interrupts at the worst moment ---- */

/* A broken list may be walked without end, so the run is limited. */
#define RACE_LIMIT_SECONDS 10

static enum kernel_outcome run_with_a_timer_at(const char *guest, const char *symbol)
{
    begin_limited(guest, false, RACE_LIMIT_SECONDS);
    assert_int_equal(kernel_run_until(kernel, "kernel_ready"), KERNEL_UNTIL);
    assert_int_equal(kernel_timer(kernel, &(struct kernel_timer){.at_symbol = symbol}),
                     KERNEL_DONE);
    return kernel_run(kernel);
}

static void assert_race(const char *clean, const char *guest, const char *symbol)
{
    void *state = NULL;

    run_with_a_timer_at(clean, symbol);
    assert_ended(clean, KERNEL_EXIT, 0);
    destroy(&state);
    enum kernel_outcome ended = run_with_a_timer_at(guest, symbol);
    bool check_failed = ended == KERNEL_EXIT && kernel_exit_value(kernel) == 1;
    if (ended != KERNEL_PANIC && ended != KERNEL_LIMIT && !check_failed)
        fail_msg("%s: the race was not found: %s", guest, kernel_outcome_name(ended));
}

TEST(a_handler_that_allocates_in_the_heap_is_found)
{
    assert_race("higher", "higher-irq-in-heap", "block_split");
}

TEST(a_handler_that_allocates_in_a_cache_is_found)
{
    assert_race("slab", "slab-irq-in-cache", "object_check_poison");
}

/* ---- an allocation that fails ---- */

/* Returns the number of frames that a failed buffer_create() of four frames keeps. */
static uint32_t frames_kept(const char *guest)
{
    uint32_t buffer; /* where the kernel keeps what it no longer needs */

    begin(guest, false);
    assert_int_equal(kernel_run_until(kernel, "kernel_ready"), KERNEL_UNTIL);
    assert_true(kernel_symbol(kernel, "boot_info", &buffer));
    uint32_t before = kernel_call(kernel, "frame_free_count");
    assert_int_equal(kernel_ended(kernel), KERNEL_RETURNED);
    assert_int_equal(kernel_fail(kernel, "frame_alloc", 3, 0), KERNEL_DONE);
    kernel_call(kernel, "buffer_create", buffer, 4);
    assert_int_equal(kernel_ended(kernel), KERNEL_RETURNED);
    return before - kernel_call(kernel, "frame_free_count");
}

TEST(what_a_failed_call_keeps_is_found)
{
    assert_int_equal(frames_kept("higher"), 0);
    destroy(NULL);
    assert_int_equal(frames_kept("higher-no-unwind"), 2);
}

TEST_FIXTURES(NULL, destroy)
