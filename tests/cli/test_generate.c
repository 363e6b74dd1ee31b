/* `mmsim generate`: what it takes, what it makes of it, and what it refuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/json.h"
#include "support/program.h"
#include "support/scratch.h"
#include "trace/generate/generate.h"

#include <stdbool.h>
#include <string.h>

static struct program program;

static void expect_refused(const char *message)
{
    assert_int_equal(program.status, 2);
    assert_string_equal(program.out, "");
    if (strstr(program.err, message) == NULL)
        fail_msg("\"%s\" instead of \"%s\"", program.err, message);
}

static void expect_done(void)
{
    if (program.status != 0)
        fail_msg("%s", program.err);
    assert_string_equal(program.err, "");
}

static void each_profile_makes_as_many_events_as_are_asked_for(void **state)
{
    (void)state;
    for (const struct profile *profile = profiles; profile->name != NULL; profile++) {
        const char *path = scratch_path("events.mmb");

        MMSIM(&program, "generate", profile->name, "--events", "1234", "-o", path);
        expect_done();
        assert_string_equal(program.out, "");
        MMSIM(&program, "info", "--json", path);
        assert_true(json_u64(program.out, "events") == 1234);
    }
}

static void standard_output_is_text(void **state)
{
    static char text[PROGRAM_OUT_BYTES];
    size_t bytes;

    (void)state;
    MMSIM(&program, "generate", "churn", "--events", "50", "--seed", "7", "-o", "-");
    expect_done();
    assert_int_equal(text_lines(program.out), 51);
    assert_int_equal(strncmp(program.out, "mmtrace 1\nkmalloc 1 ", 20), 0);
    strcpy(text, program.out);
    MMSIM(&program, "generate", "churn", "--events", "50", "--seed", "7", "-o",
          scratch_path("same.mmt"));
    bytes = scratch_read(scratch_path("same.mmt"), program.out, sizeof program.out - 1);
    program.out[bytes] = '\0';
    assert_string_equal(program.out, text);
    MMSIM(&program, "generate", "churn", "--events", "50", "--seed", "8", "-o", "-");
    assert_string_not_equal(program.out, text);
}

/* Without --seed it is 1. */
static void seed_is_one_unless_given(void **state)
{
    static char text[PROGRAM_OUT_BYTES];

    (void)state;
    MMSIM(&program, "generate", "leak", "--events", "500", "-o", "-");
    expect_done();
    strcpy(text, program.out);
    MMSIM(&program, "generate", "leak", "--events", "500", "--seed", "1", "-o", "-");
    assert_string_equal(program.out, text);
}

static void live_and_like_are_followed(void **state)
{
    const char *source = scratch_text("source.mmt", "mmtrace 1\nkmalloc 1 777 @only\nkfree 1\n");
    const char *path = scratch_path("like.mmb");
    const struct {
        const char *live;
        uint64_t least;
    } rows[] = {{"1M", 0x100000}, {"4MiB", 0x400000}};

    (void)state;
    MMSIM(&program, "generate", "churn", "--like", source, "--events", "4", "-o", "-");
    expect_done();
    assert_string_equal(program.out, "mmtrace 1\nkmalloc 1 777 @only\nkfree 1\n"
                                     "kmalloc 2 777 @only\nkfree 2\n");
    for (size_t i = 0; i < 2; i++) {
        MMSIM(&program, "generate", "window-filler", "--events", "3000", "--live", rows[i].live,
              "-o", path);
        expect_done();
        MMSIM(&program, "info", "--json", path);
        uint64_t peak = json_u64(program.out, "peak_live_bytes");
        assert_in_range(peak, rows[i].least, rows[i].least + 0x40000);
    }
}

/* The text with each run of blanks and newlines as one blank. */
static const char *one_line(const char *text)
{
    static char line[PROGRAM_OUT_BYTES];
    size_t bytes = 0;

    for (; *text != '\0'; text++) {
        bool blank = *text == ' ' || *text == '\n';
        if (!blank || (bytes > 0 && line[bytes - 1] != ' '))
            line[bytes++] = blank ? ' ' : *text;
    }
    line[bytes] = '\0';
    return line;
}

static void help_tells_of_each_profile(void **state)
{
    (void)state;
    MMSIM(&program, "generate", "--help");
    expect_done();
    for (const struct profile *profile = profiles; profile->name != NULL; profile++) {
        assert_non_null(strstr(program.out, profile->name));
        assert_non_null(strstr(one_line(program.out), profile->does));
        assert_non_null(strstr(one_line(program.out), profile->hurts));
    }
}

static void bad_words_are_refused(void **state)
{
    const char *path = scratch_path("never.mmb");
    static const char *const numbers[] = {"0", "", "-1", "1x", "1000000000000000000000"};

    (void)state;
    MMSIM(&program, "generate");
    expect_refused("generate needs a PROFILE");
    MMSIM(&program, "generate", "churn");
    expect_refused("generate needs -o OUT");
    MMSIM(&program, "generate", "nix", "-o", path);
    expect_refused("no profile 'nix'; the profiles are churn, phases,");
    MMSIM(&program, "generate", "churn", "-o", "never.txt");
    expect_refused("never.txt: the name must end in .mmt (text) or .mmb (binary)");
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        MMSIM(&program, "generate", "churn", "--events", numbers[i], "-o", path);
        expect_refused("mmsim: --events ");
    }
    MMSIM(&program, "generate", "churn", "--seed", "x", "-o", path);
    expect_refused("--seed x: not a count");
    MMSIM(&program, "generate", "churn", "--live", "1000K", "-o", path);
    expect_refused("--live 1000K: out of range: expected 1M to 3G");
    MMSIM(&program, "generate", "churn", "--live", "4G", "-o", path);
    expect_refused("--live 4G: out of range: expected 1M to 3G");
    MMSIM(&program, "generate", "churn", "--live", "much", "-o", path);
    expect_refused("--live much: ");
    MMSIM(&program, "generate", "churn", "--like", "/nonexistent.mmb", "-o", path);
    expect_refused("/nonexistent.mmb: cannot open");
    MMSIM(&program, "info", path);
    expect_refused("never.mmb: cannot open");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_profile_makes_as_many_events_as_are_asked_for),
        cmocka_unit_test(standard_output_is_text),
        cmocka_unit_test(seed_is_one_unless_given),
        cmocka_unit_test(live_and_like_are_followed),
        cmocka_unit_test(help_tells_of_each_profile),
        cmocka_unit_test(bad_words_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
