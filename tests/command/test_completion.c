/* Each shell's completion has every command, every option and every value that has names. */
#include "command/commands.h"
#include "command/completion.h"
#include "support/printing.h"
#include "support/program.h"
#include "support/scratch.h"
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct program program;

static char *printed_script(void (*print)(FILE *out))
{
    struct printing printing;

    print(printing_start(&printing));
    return printing_end(&printing);
}

/* Returns the part of a script about one command, between two patterns. The caller frees it. */
static char *part_of(const char *script, const char *from, const char *name, const char *to)
{
    char begin[64];

    snprintf(begin, sizeof begin, from, name);
    const char *start = strstr(script, begin);
    if (start == NULL)
        fail_msg("the script has no part \"%s\"", begin);
    start += strlen(begin);
    const char *end = strstr(start, to);
    return end != NULL ? strndup(start, (size_t)(end - start)) : strdup(start);
}

/* Returns true if the part has exactly this option, not only a longer one that begins so. */
static bool has_option(const char *part, const char *word)
{
    char dashed[48];
    size_t bytes = (size_t)snprintf(dashed, sizeof dashed, "%s", word);

    for (const char *at = part; (at = strstr(at, dashed)) != NULL; at++)
        if (strchr(" =['", at[bytes]) != NULL)
            return true;
    return false;
}

static void assert_options(const struct command *command, const char *part, const char *dashes)
{
    for (int i = 0; i < OPTION_COUNT; i++) {
        char option[48];

        snprintf(option, sizeof option, "%s%s", dashes, option_specs[i].word);
        if (has_option(part, option) != option_in(command->options | OPTION_BIT(HELP), i))
            fail_msg("the options of %s are wrong: %s in: %s", command->name, option, part);
    }
}

TEST(bash_has_every_option_of_every_command)
{
    char *script = printed_script(completion_print_bash);

    for (const struct command *const *command = commands; *command != NULL; command++) {
        char *part = part_of(script, "\n    %s) echo ", (*command)->name, "\n");
        assert_options(*command, part, "--");
        free(part);
    }
    free(script);
}

TEST(zsh_has_every_option_of_every_command)
{
    char *script = printed_script(completion_print_zsh);

    for (const struct command *const *command = commands; *command != NULL; command++) {
        char *part = part_of(script, "\n        %s)\n", (*command)->name, ";;\n");
        for (int i = 0; i < OPTION_COUNT; i++) {
            char form[48];

            snprintf(form, sizeof form, "--%s%s", option_specs[i].word,
                     option_specs[i].argument != NULL ? "=[" : "[");
            if ((strstr(part, form) != NULL) !=
                option_in((*command)->options | OPTION_BIT(HELP), i))
                fail_msg("the options of %s are wrong: %s in: %s", (*command)->name, form, part);
        }
        free(part);
    }
    free(script);
}

TEST(fish_has_every_option_of_every_command)
{
    char *script = printed_script(completion_print_fish);

    for (const struct command *const *command = commands; *command != NULL; command++)
        for (int i = 0; i < OPTION_COUNT; i++) {
            char line[128];

            snprintf(line, sizeof line, "'__fish_seen_subcommand_from %s'%s%.1s -l %s ",
                     (*command)->name, option_specs[i].letter != 0 ? " -s " : "",
                     option_specs[i].letter != 0 ? &option_specs[i].letter : "",
                     option_specs[i].word);
            if ((strstr(script, line) != NULL) !=
                option_in((*command)->options | OPTION_BIT(HELP), i))
                fail_msg("the options of %s are wrong: --%s", (*command)->name,
                         option_specs[i].word);
        }
    free(script);
}

TEST(values_that_have_names_are_in_every_script)
{
    void (*const prints[])(FILE * out) = {completion_print_bash, completion_print_zsh,
                                          completion_print_fish};

    for (size_t i = 0; i < sizeof prints / sizeof prints[0]; i++) {
        char *script = printed_script(prints[i]);

        for (int kind = 0; kind < VALUE_COMMAND; kind++) {
            struct printing printing;

            completion_put_words((enum value_kind)kind, printing_start(&printing));
            char *words = printing_end(&printing);
            assert_int_equal(words[0] != '\0', completion_has_words((enum value_kind)kind));
            if (strstr(script, words) == NULL)
                fail_msg("the words \"%s\" are not in: %s", words, script);
            free(words);
        }
        free(script);
    }
}

/* The shell, if it is installed, must find no syntax error in its script. */
static void assert_valid_script(const char *shell, void (*print)(FILE *out))
{
    char *script = printed_script(print);
    char call[256];

    snprintf(call, sizeof call, "command -v %s >/dev/null || exit 0; %s -n %s", shell, shell,
             scratch_text(shell, script));
    program_run(&program, NULL, NULL, (const char *const[]){"sh", "-c", call, NULL});
    if (program.status != 0 || program.err_bytes != 0)
        fail_msg("%s exits with status %d: %s", shell, program.status, program.err);
    free(script);
}

TEST(the_shells_find_no_syntax_error)
{
    assert_valid_script("bash", completion_print_bash);
    assert_valid_script("zsh", completion_print_zsh);
    assert_valid_script("fish", completion_print_fish);
}
