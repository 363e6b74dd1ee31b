/* `mmsim inspect`: a dump of physical memory, from its page tables' view. */
#ifndef LAB_INSPECT_H
#define LAB_INSPECT_H

#include <stdbool.h>
#include <stdint.h>

/* As the command line has it: numbers are texts. */
struct inspect_request {
    const char *dump;
    const char *cr3; /* NULL: missing */
    const char *cr4; /* NULL: CR4_PSE */
    const char *svg; /* NULL: no drawing */
    bool pages;
    bool json;
    uint32_t va_count;
    char *const *va;
};

/* Of the contract's exit statuses. */
enum inspect_end { INSPECT_DONE = 0, INSPECT_FAILED = 1, INSPECT_BAD_INPUT = 2 };

/*
 * Results go to standard output, and the drawing to its file; what is wrong is said on standard
 * error. INSPECT_FAILED: tables lie outside of the dump (what could be read is printed), or the
 * drawing could not be written. INSPECT_BAD_INPUT: nothing was printed.
 */
enum inspect_end inspect_run(const struct inspect_request *request);

#endif
