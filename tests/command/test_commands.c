/* The tables of commands and options agree, and every help text is complete. The manual page and
 * the completions are made from the same tables. */
#include "command/commands.h"
#include "command/help.h"
#include "command/help_text.h"
#include "support/printing.h"
#include "support/program.h"
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EACH_COMMAND(command)                                                                      \
    for (const struct command *const *command = commands; *command != NULL; command++)

static char *help_of(const struct command *command)
{
    struct printing printing;

    help_print_command(command, printing_start(&printing));
    return printing_end(&printing);
}

/* ---- the tables ---- */

TEST(options_have_names_and_letters_of_their_own)
{
    for (int i = 0; i < OPTION_COUNT; i++)
        for (int k = 0; k < i; k++) {
            assert_string_not_equal(option_specs[i].word, option_specs[k].word);
            assert_true(option_specs[i].letter == 0 ||
                        option_specs[i].letter != option_specs[k].letter);
        }
}

TEST(a_flag_has_no_value_and_the_others_have_one)
{
    for (int i = 0; i < OPTION_COUNT; i++)
        assert_int_equal(option_specs[i].argument == NULL, option_specs[i].kind == VALUE_NONE);
}

TEST(a_command_takes_the_options_that_it_requires_or_explains)
{
    EACH_COMMAND(command)
    {
        assert_int_equal((*command)->required & ~(*command)->options, 0);
        for (int i = 0; i < OPTION_COUNT; i++)
            if ((*command)->option_help[i] != NULL && !option_in((*command)->options, i))
                fail_msg("%s explains --%s, which it does not take", (*command)->name,
                         option_specs[i].word);
    }
}

TEST(a_name_begins_its_synopsis_and_finds_the_command)
{
    EACH_COMMAND(command)
    {
        const char *name = (*command)->name;

        assert_int_equal(strncmp((*command)->synopsis, name, strlen(name)), 0);
        assert_ptr_equal(command_find(name), *command);
    }
    assert_null(command_find("frobnicate"));
    assert_null(command_find(""));
}

/* ---- the synopsis ---- */

/* Returns the option at the start of text, which begins with "--", or OPTION_COUNT. */
static int option_named(const char *text)
{
    size_t bytes = strcspn(text + 2, " ]|=\n");

    for (int i = 0; i < OPTION_COUNT; i++)
        if (strlen(option_specs[i].word) == bytes &&
            strncmp(text + 2, option_specs[i].word, bytes) == 0)
            return i;
    return OPTION_COUNT;
}

TEST(a_synopsis_names_options_that_the_command_takes)
{
    EACH_COMMAND(command)
    for (const char *dashes = (*command)->synopsis; (dashes = strstr(dashes, "--")) != NULL;
         dashes += 2) {
        int option = option_named(dashes);

        if (option == OPTION_COUNT || !option_in((*command)->options, option))
            fail_msg("the synopsis of %s names an option it does not take: %.20s", (*command)->name,
                     dashes);
    }
}

TEST(a_synopsis_names_what_is_required)
{
    EACH_COMMAND(command)
    {
        for (int i = 0; i < command_operands(*command).named; i++)
            assert_non_null(strstr((*command)->synopsis, (*command)->operands[i].name));
        for (int i = 0; i < OPTION_COUNT; i++) {
            char text[64];

            if (!option_in((*command)->required, i))
                continue;
            snprintf(text, sizeof text, " %s", option_text((enum option_name)i).text);
            text[strcspn(text + 1, " ") + 1u] = '\0'; /* the name of its value may differ */
            assert_non_null(strstr((*command)->synopsis, text));
        }
    }
}

/* ---- the help ---- */

TEST(help_has_every_option_and_word_of_the_command)
{
    EACH_COMMAND(command)
    {
        char *help = help_of(*command);

        for (int i = 0; i < OPTION_COUNT; i++) {
            char line[64];
            bool taken = option_in((*command)->options | OPTION_BIT(HELP), i);

            if (option_specs[i].letter != 0)
                snprintf(line, sizeof line, "\n  -%c, --%s", option_specs[i].letter,
                         option_specs[i].word);
            else
                snprintf(line, sizeof line, "\n  --%s ", option_specs[i].word);
            if ((strstr(help, line) != NULL) != taken)
                fail_msg("%s --help %s --%s", (*command)->name, taken ? "lacks" : "must not list",
                         option_specs[i].word);
        }
        for (int i = 0; i < command_operands(*command).named; i++) {
            char line[64];

            snprintf(line, sizeof line, "\n  %s ", (*command)->operands[i].name);
            assert_non_null(strstr(help, line));
        }
        free(help);
    }
}

TEST(help_is_complete_and_80_columns_wide)
{
    static const char *const parts[] = {"usage: mmsim ", "\nOptions:\n", "\nExamples:\n    ",
                                        "\nExit status: 0 done, 1 the run failed, 2 bad"};

    EACH_COMMAND(command)
    {
        char *help = help_of(*command);

        for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
            assert_non_null(strstr(help, parts[i]));
        if (text_columns(help) > HELP_COLUMNS)
            fail_msg("%s --help is %u columns wide", (*command)->name, text_columns(help));
        assert_null(strstr(help, " \n"));
        free(help);
    }
}

/* The overview has one line for each command. */
TEST(a_summary_fits_its_line)
{
    struct printing printing;

    help_print_overview(printing_start(&printing));
    char *overview = printing_end(&printing);
    assert_true(text_columns(overview) <= HELP_COLUMNS);
    EACH_COMMAND(command)
    {
        char line[128];

        snprintf(line, sizeof line, "\n  %-20s%s\n", (*command)->name, (*command)->summary);
        if (strstr(overview, line) == NULL)
            fail_msg("not a line of the overview: %s", line);
        assert_int_not_equal((*command)->summary[strlen((*command)->summary) - 1], '.');
    }
    free(overview);
}

TEST(every_example_runs_a_command)
{
    EACH_COMMAND(command)
    {
        char call[64];

        snprintf(call, sizeof call, "mmsim %s", (*command)->name);
        for (const char *line = (*command)->examples, *end; (end = strchr(line, '\n')) != NULL;
             line = end + 1)
            assert_non_null(memmem(line, (size_t)(end - line), "mmsim ", 6));
        assert_non_null(strstr((*command)->examples, call));
    }
}
