/* Runs a program as a shell would, and keeps what it said. */
#ifndef SUPPORT_PROGRAM_H
#define SUPPORT_PROGRAM_H

#include <stddef.h>

#define PROGRAM_OUT_BYTES 262144u
#define PROGRAM_ERR_BYTES 32768u

struct program {
    int status; /* its exit status; 128 and the signal's number, where one ended it */
    char out[PROGRAM_OUT_BYTES]; /* terminated */
    size_t out_bytes;
    char err[PROGRAM_ERR_BYTES];
    size_t err_bytes;
    long peak_kib; /* most memory that it, or a child that it waited for, had at once */
};

/*
 * Run argv (ended by NULL; argv[0] is looked for in PATH unless it has a slash). Standard input is
 * the file `in`, NULL: empty; standard output goes to the file `out`, NULL: into program->out. One
 * that takes longer than five minutes ends the test with SIGALRM.
 */
void program_run(struct program *program, const char *in, const char *out,
                 const char *const argv[]);

/* Run mmsim with these words. */
#define MMSIM(program, ...)                                                                        \
    program_run((program), NULL, NULL, (const char *const[]){MMSIM_PROGRAM, __VA_ARGS__, NULL})

/* It wrote these lines, or this part of one, to standard output. */
void assert_output_has(const struct program *program, const char *lines);

/* Lines in a text; one without its newline counts. */
unsigned text_lines(const char *text);

/* Columns of its longest line, in characters of UTF-8. */
unsigned text_columns(const char *text);

#endif
