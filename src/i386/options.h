/* The words of the kernel command line. */
#ifndef I386_OPTIONS_H
#define I386_OPTIONS_H

#include <mm/mm.h>

enum selftest_mode {
    SELFTEST_FIRST, /* before the replay */
    SELFTEST_ONLY,  /* and no replay */
    SELFTEST_PANIC, /* and then a double free under the strategy named, or the first, to see the
                       machine end with a panic */
    SELFTEST_NULL   /* and then a null dereference, to see what is said of it */
};

struct options {
    const struct strategy *strategy; /* strategy=NAME; NULL: every one */
    const char *trace;               /* trace=NAME; NULL: the first module */
    const char *mmu;                 /* mmu=NAME; NULL: no program for the MMU */
    enum selftest_mode selftest;     /* selftest=only, panic, null */
};

/*
 * Take command_line apart; its words are terminated where they are, and stay the caller's. Words
 * that are no option are ignored: loaders put the image's own name there. NULL, or what is wrong
 * with *word.
 */
const char *options_parse(struct options *options, char *command_line, const char **word);

#endif
