/* The options on the kernel command line. */
#ifndef I386_OPTIONS_H
#define I386_OPTIONS_H

#include <mm/mm.h>

enum selftest_mode {
    SELFTEST_FIRST, /* the self-test runs before the replay */
    SELFTEST_ONLY,  /* the image ends after the self-test */
    SELFTEST_PANIC, /* after the self-test comes a double free, which must panic; it runs under the
                       named strategy, by default the first */
    SELFTEST_NULL   /* after the self-test comes a null dereference, which must be reported */
};

struct options {
    const struct strategy *strategy; /* strategy=NAME; NULL: every strategy */
    const char *trace;               /* trace=NAME; NULL: the first module */
    const char *mmu;                 /* mmu=NAME; NULL: no probe program */
    enum selftest_mode selftest;     /* selftest=only, panic, null */
};

/*
 * Parses command_line in place: each blank becomes a terminator, and *options points into the
 * line, which has to outlive it. Words that are not options are ignored, because loaders put the
 * image's own name there. Returns NULL, or the error in *word. O(length).
 */
const char *options_parse(struct options *options, char *command_line, const char **word);

#endif
