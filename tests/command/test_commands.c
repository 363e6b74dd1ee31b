/* What each command says of itself agrees with what it takes: the manual page and the completion
 * are made of that. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "command/commands.h"

#include <stdio.h>
#include <string.h>

static bool takes(const struct command *command, int option)
{
    return (command->options >> option & 1) != 0;
}

/* The option that text, which begins with its dashes, names; OPTION_COUNT: none. */
static int option_named(const char *text)
{
    size_t bytes = strcspn(text + 2, " ]|=\n");

    for (int i = 0; i < OPTION_COUNT; i++)
        if (strlen(option_specs[i].word) == bytes &&
            strncmp(text + 2, option_specs[i].word, bytes) == 0)
            return i;
    return OPTION_COUNT;
}

static void each_option_it_takes_is_told_of(void **state)
{
    (void)state;
    for (const struct command *const *command = commands; *command != NULL; command++)
        for (int i = 0; i < OPTION_COUNT; i++) {
            char line[64];

            if (!takes(*command, i))
                continue;
            snprintf(line, sizeof line, "  --%s ", option_specs[i].word);
            const char *told = i == OPTION_OUTPUT ? "  -o " : line;
            if (strstr((*command)->help, told) == NULL)
                fail_msg("%s --help does not tell of --%s", (*command)->name, option_specs[i].word);
        }
}

static void each_option_it_tells_of_is_taken(void **state)
{
    (void)state;
    for (const struct command *const *command = commands; *command != NULL; command++) {
        const char *texts[] = {(*command)->synopsis, (*command)->help};

        for (size_t text = 0; text < 2; text++)
            for (const char *at = texts[text]; (at = strstr(at, "--")) != NULL; at += 2) {
                bool of_synopsis = text == 0;
                bool of_a_line = at - texts[text] >= 2 && at[-1] == ' ' && at[-2] == ' ';
                int option = option_named(at);

                if (!of_synopsis && !of_a_line)
                    continue;
                if (option == OPTION_COUNT || !takes(*command, option))
                    fail_msg("%s tells of an option that it does not take: %.20s", (*command)->name,
                             at);
            }
    }
}

static void its_name_begins_its_synopsis_and_finds_it(void **state)
{
    (void)state;
    for (const struct command *const *command = commands; *command != NULL; command++) {
        const char *name = (*command)->name;

        assert_int_equal(strncmp((*command)->synopsis, name, strlen(name)), 0);
        assert_ptr_equal(command_find(name), *command);
    }
    assert_null(command_find("frobnicate"));
    assert_null(command_find(""));
}

/* The completion and the manual page go by columns. */
static void its_help_is_laid_out_in_two_columns(void **state)
{
    (void)state;
    for (const struct command *const *command = commands; *command != NULL; command++) {
        const char *line = (*command)->help;

        for (const char *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
            size_t indent = strspn(line, " ");

            if (indent != 0 && indent != 2 && indent != 20)
                fail_msg("%s: not in column 1, 3 or 21: %.*s", (*command)->name, (int)(end - line),
                         line);
            assert_true(end - line <= 100);
        }
        assert_int_equal(*line, '\0');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_option_it_takes_is_told_of),
        cmocka_unit_test(each_option_it_tells_of_is_taken),
        cmocka_unit_test(its_name_begins_its_synopsis_and_finds_it),
        cmocka_unit_test(its_help_is_laid_out_in_two_columns),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
