/* Reads a recorded history back. */
#include "lab/history.h"

#include <errno.h>
#include <stdlib.h>

/* Returns false if the file ends too early or there is no memory. */
static bool read_list(FILE *file, void *list, uint64_t count, size_t bytes)
{
    void **to = list;

    *to = calloc(count + 1u, bytes);
    if (*to == NULL)
        return false;
    errno = EIO;
    return fread(*to, bytes, count, file) == count;
}

bool history_read(struct history *history, FILE *file)
{
    const struct history_counts *counts = &history->counts;

    *history = (struct history){.samples = NULL};
    rewind(file);
    errno = EIO;
    if (fread(&history->counts, sizeof history->counts, 1, file) == 1 &&
        read_list(file, &history->samples, counts->samples, sizeof history->samples[0]) &&
        read_list(file, &history->spans, counts->spans, sizeof history->spans[0]) &&
        read_list(file, &history->kinds, counts->kinds_bytes, 1) &&
        read_list(file, &history->owners, counts->owner_bytes, 1) &&
        read_list(file, &history->owner, counts->owners, sizeof history->owner[0]) &&
        read_list(file, &history->marks, counts->marks, sizeof history->marks[0]))
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
