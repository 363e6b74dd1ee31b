/* The options of all commands, in one table: which of them a command takes is its own to say. */
#ifndef COMMAND_OPTIONS_H
#define COMMAND_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* OPTION(NAME, word, argument): --word, and what follows it; NULL: nothing. */
#define OPTION_TABLE(OPTION)                                                                       \
    OPTION(HELP, "help", NULL)                                                                     \
    OPTION(JSON, "json", NULL)                                                                     \
    OPTION(RAM, "ram", "SIZE")                                                                     \
    OPTION(MEMMAP, "memmap", "FILE")                                                               \
    OPTION(STRATEGY, "strategy", "NAME")                                                           \
    OPTION(STRATEGIES, "strategies", "A,B")                                                        \
    OPTION(OUTPUT, "output", "FILE") /* -o, too */                                                 \
    OPTION(TLB, "tlb", "N")                                                                        \
    OPTION(TIME, "time", NULL)                                                                     \
    OPTION(CHECK_TLB, "check-tlb", NULL)                                                           \
    OPTION(CR3, "cr3", "ADDR")                                                                     \
    OPTION(CR4, "cr4", "VALUE")                                                                    \
    OPTION(PAGES, "pages", NULL)                                                                   \
    OPTION(SVG, "svg", "FILE")                                                                     \
    OPTION(FAILURE, "failure", "N")                                                                \
    OPTION(EVENTS, "events", "N")                                                                  \
    OPTION(SEED, "seed", "S")                                                                      \
    OPTION(LIVE, "live", "SIZE")                                                                   \
    OPTION(LIKE, "like", "TRACE")                                                                  \
    OPTION(POINTS, "points", "N")                                                                  \
    OPTION(STEP, "step", "SIZE")                                                                   \
    OPTION(JOBS, "jobs", "N")                                                                      \
    OPTION(JOURNAL, "journal", "FILE")                                                             \
    OPTION(LIST_JOBS, "list-jobs", NULL)                                                           \
    OPTION(ONLY, "only", "JOB")                                                                    \
    OPTION(MARKDOWN, "markdown", NULL)                                                             \
    OPTION(SERIES, "series", "FILE")                                                               \
    OPTION(EVERY, "every", "N")                                                                    \
    OPTION(PANELS, "panels", "A,B")                                                                \
    OPTION(TITLE, "title", "TEXT")                                                                 \
    OPTION(LENIENT, "lenient", NULL)                                                               \
    OPTION(NEEDED, "needed", NULL)                                                                 \
    OPTION(KEEPS, "keeps", "WHAT")

enum option_name {
#define OPTION_NAME(name, word, argument) OPTION_##name,
    OPTION_TABLE(OPTION_NAME)
#undef OPTION_NAME
        OPTION_COUNT
};
_Static_assert(OPTION_COUNT <= 64, "a set of options is a word of 64 bits");

/* A set of options is the sum of these. */
#define OPTION_BIT(name) (UINT64_C(1) << OPTION_##name)

struct option_spec {
    const char *word;
    const char *argument; /* NULL: it is a flag */
};

extern const struct option_spec option_specs[OPTION_COUNT];

/* What a command was given. */
struct arguments {
    const char *value[OPTION_COUNT]; /* NULL: not given; of a flag, "" */
    int count;                       /* what is no option */
    char **words;
};

static inline bool arguments_have(const struct arguments *arguments, enum option_name option)
{
    return arguments->value[option] != NULL;
}

/*
 * Take argv apart, the name of the command at its front, which takes the options of the set
 * `taken`. false after a message on standard error: an option that there is not, or that it does
 * not take, or without what must follow it. argv is reordered, and must outlive arguments.
 */
bool arguments_parse(struct arguments *arguments, int argc, char **argv, uint64_t taken);

#endif
