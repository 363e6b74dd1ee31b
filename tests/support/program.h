/* Runs a program as a shell would, and keeps what it printed. */
#ifndef SUPPORT_PROGRAM_H
#define SUPPORT_PROGRAM_H

#include <stddef.h>

#define PROGRAM_OUT_BYTES 262144u
#define PROGRAM_ERR_BYTES 32768u

struct program {
    int status; /* the exit status, or 128 plus the number of the signal that ended the program */
    char out[PROGRAM_OUT_BYTES]; /* terminated */
    size_t out_bytes;
    char err[PROGRAM_ERR_BYTES];
    size_t err_bytes;
    long peak_kib; /* the most memory that the program, or a child it waited for, had at once */
};

/*
 * Run argv (ended by NULL; argv[0] is looked for in PATH unless it has a slash). Standard input is
 * the file `in`, or empty if `in` is NULL. Standard output goes to the file `out`, or into
 * program->out if `out` is NULL. A program that takes longer than five minutes ends the test with
 * SIGALRM.
 */
void program_run(struct program *program, const char *in, const char *out,
                 const char *const argv[]);

/* Run mmsim with these words. */
#define MMSIM(program, ...)                                                                        \
    program_run((program), NULL, NULL, (const char *const[]){MMSIM_PROGRAM, __VA_ARGS__, NULL})

/* Run mmsim with these words, ended by NULL. */
void mmsim_run(struct program *program, const char *const words[]);

/* Fails the test unless text, a part of a line or several lines, is on standard output or on
 * standard error. */
void assert_output_has(const struct program *program, const char *text);
void assert_error_has(const struct program *program, const char *text);

/* Words of a command that mmsim must refuse, and a part of its message. */
#define REFUSED_WORDS_MAX 9u

struct refused_command {
    const char *words[REFUSED_WORDS_MAX];
    const char *message;
};

/*
 * Run each command. It must end with status 2, leave standard output empty, and print one line on
 * standard error, which begins with "mmsim: ", has the message, and has no control characters.
 */
void assert_commands_refused(const struct refused_command commands[], size_t count);

#define ASSERT_COMMANDS_REFUSED(commands)                                                          \
    assert_commands_refused((commands), sizeof(commands) / sizeof(commands)[0])

/* The number of lines in a text. A last line without its newline counts. */
unsigned text_lines(const char *text);

/* The width of the longest line of a text, in characters of UTF-8. */
unsigned text_columns(const char *text);

#endif
