#include "command/options.h"

#include <stdio.h>
#include <string.h>

#include "command/arguments.h"
#include "trace/nearest_name.h"

const struct option_spec option_specs[OPTION_COUNT] = {
#define OPTION_SPEC(name, letter, word, argument, kind, help) {letter, word, argument, kind, help},
    OPTION_TABLE(OPTION_SPEC)
#undef OPTION_SPEC
};

struct option_text option_text(enum option_name option)
{
    const struct option_spec *spec = &option_specs[option];
    struct option_text text;
    int used = spec->letter != 0 ? snprintf(text.text, sizeof text.text, "-%c", spec->letter)
                                 : snprintf(text.text, sizeof text.text, "--%s", spec->word);

    if (spec->argument != NULL)
        snprintf(text.text + used, sizeof text.text - (size_t)used, " %s", spec->argument);
    return text;
}

struct parser {
    struct arguments *arguments;
    const char *command;
    uint64_t taken;
    int argc;
    char **argv;
    int at; /* index of the present word */
};

/* ---- which option ---- */

static int option_of_letter(char letter)
{
    for (int i = 0; i < OPTION_COUNT; i++)
        if (option_specs[i].letter == letter)
            return i;
    return OPTION_COUNT;
}

static int option_of_word(const char *word, size_t bytes)
{
    for (int i = 0; i < OPTION_COUNT; i++)
        if (strncmp(option_specs[i].word, word, bytes) == 0 && option_specs[i].word[bytes] == '\0')
            return i;
    return OPTION_COUNT;
}

/* The hint at an option with a similar name; "" if the command has none. */
static struct nearest_hint hint_of(const struct parser *parser, const char *word, size_t bytes)
{
    struct nearest_name nearest = nearest_name_begin(word, bytes);

    for (int i = 0; i < OPTION_COUNT; i++)
        if (option_in(parser->taken, i))
            nearest_name_offer(&nearest, option_specs[i].word);
    return nearest_name_hint(&nearest, "--");
}

static bool refuse_option(const struct parser *parser, int option, const char *word, size_t bytes)
{
    struct nearest_hint hint = hint_of(parser, word, bytes);

    if (option == OPTION_JSON)
        bad_input("%s has no --json; `mmsim help json` lists the commands that have it",
                  parser->command);
    else
        bad_input("%s has no option '%.*s'%s; see `mmsim %s --help`", parser->command,
                  (int)strcspn(parser->argv[parser->at], "="), parser->argv[parser->at], hint.text,
                  parser->command);
    return false;
}

/* ---- its value ---- */

/* Whether the next word is an option, so that a value is missing. A value such as -1 or - is not an
 * option. */
static bool is_option(const struct parser *parser, const char *word)
{
    if (strncmp(word, "--", 2) != 0)
        return false;
    int option = option_of_word(word + 2, strcspn(word + 2, "="));
    return word[2] == '\0' || (option != OPTION_COUNT && option_in(parser->taken, option));
}

/* Append the rest of a list whose last word ends in a comma, such as an unquoted "brk, zoned". */
static const char *join_list(struct parser *parser, const char *value)
{
    char *list = parser->arguments->list;
    size_t used = strlen(value);

    if (used == 0 || used >= LIST_BYTES || value[used - 1] != ',')
        return value;
    strcpy(list, value);
    while (list[used - 1] == ',' && parser->at + 1 < parser->argc) {
        const char *next = parser->argv[parser->at + 1];
        size_t bytes = strlen(next);

        if (bytes == 0 || next[0] == '-' || used + bytes >= LIST_BYTES)
            break;
        memcpy(list + used, next, bytes + 1);
        used += bytes;
        parser->at++;
    }
    return list;
}

/* Append the value to that of the same option before, separated by a comma. Returns NULL if the
   list becomes too long. */
static const char *join_again(struct parser *parser, const char *before, const char *value)
{
    char *list = parser->arguments->list;
    size_t used = strlen(before);

    if (used + 1 + strlen(value) >= LIST_BYTES)
        return NULL;
    memmove(list, before, used);
    list[used] = ',';
    strcpy(list + used + 1, value);
    return list;
}

/* attached is the value in the same word, after a =; NULL: there is none. */
static bool take_value(struct parser *parser, int option, const char *attached)
{
    const struct option_spec *spec = &option_specs[option];
    const char *next = parser->at + 1 < parser->argc ? parser->argv[parser->at + 1] : NULL;
    const char *value = attached;
    const char *before = parser->arguments->value[option];

    if (before != NULL && spec->kind != VALUE_INDICES) {
        bad_input("--%s is given twice", spec->word);
        return false;
    }
    if (spec->argument == NULL && attached != NULL) {
        bad_input("--%s takes no value, but '%s' is given", spec->word, attached);
        return false;
    }
    if (spec->argument != NULL && attached == NULL) {
        if (next == NULL || is_option(parser, next)) {
            bad_input("--%s needs %s %s%s%s", spec->word, article_of(spec->argument),
                      spec->argument, next != NULL ? " before " : "", next != NULL ? next : "");
            return false;
        }
        value = next;
        parser->at++;
    }
    if (value != NULL && value_is_list(spec->kind))
        value = join_list(parser, value);
    if (value != NULL && before != NULL && (value = join_again(parser, before, value)) == NULL) {
        bad_input("--%s: the list is too long", spec->word);
        return false;
    }
    parser->arguments->value[option] = value != NULL ? value : "";
    return true;
}

static bool take_option(struct parser *parser)
{
    const char *word = parser->argv[parser->at];
    const char *attached = NULL;
    int option;

    if (word[1] == '-') {
        size_t bytes = strcspn(word + 2, "=");
        option = option_of_word(word + 2, bytes);
        if (option == OPTION_COUNT || !option_in(parser->taken, option))
            return refuse_option(parser, option, word + 2, bytes);
        attached = word[2 + bytes] == '=' ? word + 2 + bytes + 1 : NULL;
    } else {
        option = option_of_letter(word[1]);
        if (option == OPTION_COUNT || !option_in(parser->taken, option))
            return refuse_option(parser, option, word + 1, strlen(word + 1));
        attached = word[2] != '\0' ? word + 2 : NULL;
    }
    return take_value(parser, option, attached);
}

bool arguments_parse(struct arguments *arguments, int argc, char **argv, uint64_t taken)
{
    struct parser parser = {
        .arguments = arguments, .command = argv[0], .taken = taken, .argc = argc, .argv = argv};
    bool ended = false;

    *arguments = (struct arguments){.words = argv + 1};
    for (parser.at = 1; parser.at < argc; parser.at++) {
        char *word = argv[parser.at];

        if (ended || word[0] != '-' || word[1] == '\0')
            arguments->words[arguments->count++] = word; /* the count never exceeds parser.at */
        else if (strcmp(word, "--") == 0)
            ended = true;
        else if (!take_option(&parser))
            return false;
    }
    return true;
}
