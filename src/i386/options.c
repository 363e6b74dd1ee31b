#include "options.h"

#include "text.h"

static const char *set_strategy(struct options *options, const char *value)
{
    options->strategy = mm_strategy_find(value);
    return options->strategy != NULL ? NULL : "no such strategy; `mmsim strategies` lists them";
}

static const char *set_trace(struct options *options, const char *value)
{
    options->trace = value;
    return NULL;
}

static const char *set_mmu(struct options *options, const char *value)
{
    options->mmu = value;
    return NULL;
}

static const char *set_selftest(struct options *options, const char *value)
{
    if (text_equal(value, "only"))
        options->selftest = SELFTEST_ONLY;
    else if (text_equal(value, "panic"))
        options->selftest = SELFTEST_PANIC;
    else if (text_equal(value, "null"))
        options->selftest = SELFTEST_NULL;
    else
        return "give selftest=only, selftest=panic or selftest=null";
    return NULL;
}

static const struct option {
    const char *prefix;
    const char *(*set)(struct options *options, const char *value);
} known[] = {
    {"strategy=", set_strategy},
    {"trace=", set_trace},
    {"mmu=", set_mmu},
    {"selftest=", set_selftest},
};

static const char *word_parse(struct options *options, const char *word)
{
    for (uint32_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        const char *value = text_after(word, known[i].prefix);
        if (value != NULL)
            return known[i].set(options, value);
    }
    return NULL;
}

/* Terminates the word and returns the start of the rest. */
static char *word_end(char *word)
{
    while (*word != '\0' && *word != ' ')
        word++;
    if (*word == ' ')
        *word++ = '\0';
    return word;
}

const char *options_parse(struct options *options, char *command_line, const char **word)
{
    *options = (struct options){.selftest = SELFTEST_FIRST};
    for (char *at = command_line; *at != '\0';) {
        char *next = word_end(at);
        const char *error = word_parse(options, at);
        if (error != NULL) {
            *word = at;
            return error;
        }
        at = next;
    }
    return NULL;
}
