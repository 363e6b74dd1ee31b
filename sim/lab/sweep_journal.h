/* The journal: a file to which a sweep adds a line for each job that ends, so that an interrupted
 * sweep can go on. `mmsim table` reads it, too. */
#ifndef LAB_SWEEP_JOURNAL_H
#define LAB_SWEEP_JOURNAL_H

#include "lab/sweep_line.h"

struct sweep_journal {
    const char *path;
    int fd;
};

/* Open a journal, which is created if it does not exist, and hand its lines to `take`. A last line
 * that is incomplete is removed. Returns false if the file cannot be read (as sweep_read()),
 * created or written, or if another sweep has it open; it is then unchanged. */
bool sweep_journal_open(struct sweep_journal *journal, const char *path, sweep_take *take,
                        void *context, struct sim_error *error);

/* Add a line. Returns false unless the whole line is on the disk. */
bool sweep_journal_add(struct sweep_journal *journal, const struct sweep_line *line,
                       struct sim_error *error);

void sweep_journal_close(struct sweep_journal *journal);

#endif
