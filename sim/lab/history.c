/* Reads a recorded history back. */
#include "lab/history.h"

#include <errno.h>
#include <stdlib.h>

/* A file, and how many bytes of it are left. */
struct rest {
    FILE *file;
    uint64_t bytes;
};

static bool rest_begin(struct rest *rest, FILE *file)
{
    long end = fseek(file, 0, SEEK_END) == 0 ? ftell(file) : -1;

    *rest = (struct rest){file, (uint64_t)end};
    rewind(file);
    return end >= 0;
}

/* Returns false if the file ends too early, before anything is allocated, or there is no memory. */
static bool read_list(struct rest *rest, void *list, uint64_t count, size_t bytes)
{
    void **to = list;

    errno = EIO;
    if (count > rest->bytes / bytes)
        return false;
    rest->bytes -= count * bytes;
    *to = calloc(count + 1u, bytes);
    if (*to == NULL)
        return false;
    errno = EIO;
    return fread(*to, bytes, count, rest->file) == count;
}

static bool read_counts(struct rest *rest, struct history_counts *counts)
{
    errno = EIO;
    if (rest->bytes < sizeof *counts)
        return false;
    rest->bytes -= sizeof *counts;
    return fread(counts, sizeof *counts, 1, rest->file) == 1;
}

bool history_read(struct history *history, FILE *file)
{
    const struct history_counts *counts = &history->counts;
    struct rest rest;

    *history = (struct history){.samples = NULL};
    if (rest_begin(&rest, file) && read_counts(&rest, &history->counts) &&
        read_list(&rest, &history->samples, counts->samples, sizeof history->samples[0]) &&
        read_list(&rest, &history->spans, counts->spans, sizeof history->spans[0]) &&
        read_list(&rest, &history->kinds, counts->kinds_bytes, 1) &&
        read_list(&rest, &history->owners, counts->owner_bytes, 1) &&
        read_list(&rest, &history->owner, counts->owners, sizeof history->owner[0]) &&
        read_list(&rest, &history->marks, counts->marks, sizeof history->marks[0]))
        return true;
    int reason = errno;
    history_free(history);
    errno = reason;
    return false;
}

void history_free(struct history *history)
{
    free(history->samples);
    free(history->spans);
    free(history->kinds);
    free(history->owners);
    free(history->owner);
    free(history->marks);
    *history = (struct history){.samples = NULL};
}
