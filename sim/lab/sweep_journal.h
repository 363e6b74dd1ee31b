/*
 * A file to which a sweep adds a line for each job as it ends, so that a sweep which was
 * interrupted goes on where it was. `mmsim table` reads it, too.
 */
#ifndef LAB_SWEEP_JOURNAL_H
#define LAB_SWEEP_JOURNAL_H

#include "lab/sweep_line.h"

struct sweep_journal {
    const char *path;
    int fd;
};

/*
 * Hand the lines that are there to `take`, and be ready to add others. A file that is not there is
 * made; a torn last line goes. false: as sweep_read(); the file can't be made or written; another
 * sweep has it open. It is then as it was.
 */
bool sweep_journal_open(struct sweep_journal *journal, const char *path, sweep_take *take,
                        void *context, struct sim_error *error);

/* The line is whole on the disk, or false. */
bool sweep_journal_add(struct sweep_journal *journal, const struct sweep_line *line,
                       struct sim_error *error);

void sweep_journal_close(struct sweep_journal *journal);

#endif
