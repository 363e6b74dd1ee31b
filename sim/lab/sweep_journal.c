#include "lab/sweep_journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "trace/memory.h"
#include "trace/temporary_file.h"

static bool cannot(const struct sweep_journal *journal, const char *what, struct sim_error *error)
{
    return sim_error_set_writing(error, "%s: cannot %s: %s", journal->path, what, strerror(errno));
}

static bool lock(const struct sweep_journal *journal, struct sim_error *error)
{
    if (flock(journal->fd, LOCK_EX | LOCK_NB) == 0)
        return true;
    if (errno != EWOULDBLOCK)
        return cannot(journal, "lock", error);
    return sim_error_set(error, "%s: another sweep is writing to this journal", journal->path);
}

/* ---- reading ---- */

struct reading {
    sweep_take *take;
    void *context;
    uint64_t last; /* number of the last line taken */
};

static bool take_and_note(void *context, const struct sweep_line *line, uint64_t number,
                          struct sim_error *error)
{
    struct reading *reading = context;

    reading->last = number;
    return reading->take(reading->context, line, number, error);
}

/* Count the lines that end with a newline, and the bytes up to the end of the last. Returns false
 * if the file cannot be read. */
static bool count_lines(int fd, uint64_t *lines, off_t *bytes)
{
    char block[4096];
    off_t at = 0;
    ssize_t got;

    *lines = 0;
    *bytes = 0;
    for (; (got = pread(fd, block, sizeof block, at)) > 0; at += got)
        for (ssize_t i = 0; i < got; i++)
            if (block[i] == '\n') {
                ++*lines;
                *bytes = at + i + 1;
            }
    return got == 0;
}

/* End a last line that has no newline: complete it if it was taken, otherwise remove it. */
static bool end_last_line(const struct sweep_journal *journal, uint64_t last_taken, off_t bytes,
                          struct sim_error *error)
{
    uint64_t lines;
    off_t whole;
    bool done = count_lines(journal->fd, &lines, &whole);

    if (done && whole < bytes)
        done = last_taken > lines ? write_all(journal->fd, "\n", 1)
                                  : ftruncate(journal->fd, whole) == 0;
    return done || cannot(journal, "end its last line", error);
}

static bool read_and_tidy(const struct sweep_journal *journal, sweep_take *take, void *context,
                          struct sim_error *error)
{
    struct reading reading = {take, context, 0};
    struct stat status;

    if (fstat(journal->fd, &status) != 0 || !S_ISREG(status.st_mode))
        return sim_error_set(error, "%s: a journal must be a regular file", journal->path);
    return status.st_size == 0 ||
           (sweep_read_lines(journal->path, take_and_note, &reading, error) &&
            end_last_line(journal, reading.last, status.st_size, error));
}

bool sweep_journal_open(struct sweep_journal *journal, const char *path, sweep_take *take,
                        void *context, struct sim_error *error)
{
    *journal =
        (struct sweep_journal){path, open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666)};
    if (journal->fd < 0)
        return sim_error_set(error, "%s: cannot open: %s", path, strerror(errno));
    if (lock(journal, error) && read_and_tidy(journal, take, context, error))
        return true;
    close(journal->fd);
    return false;
}

/* ---- adding ---- */

struct line_text {
    char *text;
    size_t capacity;
    size_t bytes;
};

static void append(void *context, const char *text, size_t bytes)
{
    struct line_text *line = context;

    line->text = memory_reach(line->text, &line->capacity, line->bytes + bytes, 1);
    memcpy(line->text + line->bytes, text, bytes);
    line->bytes += bytes;
}

bool sweep_journal_add(struct sweep_journal *journal, const struct sweep_line *line,
                       struct sim_error *error)
{
    struct line_text whole = {0};
    const struct text_out out = {append, &whole};

    sweep_line_put(&out, line);
    off_t before = lseek(journal->fd, 0, SEEK_END);
    bool written = before >= 0 && write_all(journal->fd, whole.text, whole.bytes) &&
                   fdatasync(journal->fd) == 0;
    free(whole.text);
    if (written)
        return true;
    cannot(journal, "write", error);
    if (before >= 0 && ftruncate(journal->fd, before) != 0) /* otherwise half a line would stay */
        cannot(journal, "remove half a line", error);
    return false;
}

void sweep_journal_close(struct sweep_journal *journal)
{
    close(journal->fd);
}
