/* Collects what is printed to a stream as a text. */
#ifndef SUPPORT_PRINTING_H
#define SUPPORT_PRINTING_H

#include <stdio.h>

struct printing {
    FILE *out;
    char *text;
    size_t bytes;
};

/* Returns a stream to print to. */
FILE *printing_start(struct printing *printing);

/* Closes the stream and returns what was printed. The caller frees it. */
char *printing_end(struct printing *printing);

#endif
