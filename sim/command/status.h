/* The exit statuses, in one table: the program returns them, and its help and the manual page print
 * this text. */
#ifndef COMMAND_STATUS_H
#define COMMAND_STATUS_H

#include <stdio.h>

/* STATUS(NAME, number, what it means in short, what it means). */
#define STATUS_TABLE(STATUS)                                                                       \
    STATUS(DONE, 0, "done",                                                                        \
           "The command has done what was asked. A request of a trace that fails is a result, "    \
           "not an error, and so is a difference that diff finds.")                                \
    STATUS(FAILED, 1, "the run failed",                                                            \
           "The run failed: the memory manager panicked or crashed, a check failed, the output "   \
           "cannot be written, or there is no room for temporary files.")                          \
    STATUS(BAD_INPUT, 2, "bad arguments or bad input",                                             \
           "An argument or an input file is wrong. One line on standard error names the argument " \
           "or the file, the line, and the reason. No result is printed.")

enum status {
#define STATUS_NUMBER(name, number, brief, text) STATUS_##name = (number),
    STATUS_TABLE(STATUS_NUMBER)
#undef STATUS_NUMBER
};

/* A program that signal N ends has the status 128 + N, as a shell counts. */
#define STATUS_SIGNAL 128

/* Print one line with every status in short. */
void status_print_brief(FILE *out);

/* Print the table in the columns of a help text. */
void status_print(FILE *out);

#endif
