#include "machine/dump.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "machine/core_file.h"

/* ---- opening ---- */

/* Make the whole file one segment. Returns false when there is no memory. */
static bool dump_be_raw(struct dump *dump, uint64_t base)
{
    dump->segments = malloc(sizeof *dump->segments);
    if (dump->segments == NULL)
        return false;
    dump->segments[0] = (struct dump_segment){.pa = base, .bytes = dump->file_bytes};
    dump->segment_count = 1;
    return true;
}

/* Returns false with a reason, which has no name of the file. */
static bool dump_open_fd(struct dump *dump, uint64_t base, struct core_error *reason)
{
    struct stat status;

    if (fstat(dump->fd, &status) != 0)
        return core_error_set(reason, "cannot be read: %s", strerror(errno));
    if (!S_ISREG(status.st_mode))
        return core_error_set(reason, "not a regular file, which a dump of memory is expected in");
    if (status.st_size == 0)
        return core_error_set(reason, "empty: expected a dump of memory");
    dump->file_bytes = (uint64_t)status.st_size;
    if (base == DUMP_ANY && core_file_is(dump->fd)) {
        dump->is_core = true;
        return core_file_read(dump, reason);
    }
    base = base == DUMP_ANY ? 0 : base;
    if (dump->file_bytes > UINT64_MAX - base)
        return core_error_set(reason,
                              "too large: %llu bytes from --base on reach the end of all "
                              "addresses",
                              (unsigned long long)dump->file_bytes);
    return dump_be_raw(dump, base) || core_error_set(reason, "cannot be read: no memory is left");
}

bool dump_open(struct dump *dump, const char *path, uint64_t base, char *error, size_t error_bytes)
{
    struct core_error reason;

    *dump = (struct dump){.fd = open(path, O_RDONLY | O_CLOEXEC)};
    if (dump->fd < 0) {
        snprintf(error, error_bytes, "%s: cannot open: %s", path, strerror(errno));
        return false;
    }
    if (dump_open_fd(dump, base, &reason))
        return true;
    snprintf(error, error_bytes, "%s: %s", path, reason.text);
    dump_close(dump);
    return false;
}

void dump_close(struct dump *dump)
{
    free(dump->segments);
    core_notes_free(&dump->notes);
    close(dump->fd);
}

/* ---- reading ---- */

/* Returns the segment in which pa is, or NULL. */
static const struct dump_segment *segment_of(const struct dump *dump, uint64_t pa)
{
    uint32_t low = 0;
    uint32_t high = dump->segment_count; /* the segments from here on start above pa */

    while (low < high) {
        uint32_t middle = low + (high - low) / 2u;
        if (dump->segments[middle].pa <= pa)
            low = middle + 1u;
        else
            high = middle;
    }
    if (low == 0)
        return NULL;
    const struct dump_segment *segment = &dump->segments[low - 1u];
    return pa - segment->pa < segment->bytes + segment->zero_bytes ? segment : NULL;
}

/* Read the file. Returns how many bytes it has. */
static size_t file_read(struct dump *dump, uint64_t offset, void *bytes, size_t count)
{
    size_t wanted = count;
    size_t got = 0;

    if (offset >= dump->file_bytes)
        wanted = 0;
    else if (count > dump->file_bytes - offset)
        wanted = (size_t)(dump->file_bytes - offset);
    while (got < wanted) {
        ssize_t part = pread(dump->fd, (char *)bytes + got, wanted - got, (off_t)(offset + got));
        if (part < 0 && errno == EINTR)
            continue;
        if (part <= 0) {
            dump->shrunk = true;
            break;
        }
        got += (size_t)part;
    }
    return got;
}

/* Read up to count bytes of one segment. Returns how many; 0: no segment has pa. */
static size_t segment_read(struct dump *dump, uint64_t pa, void *bytes, size_t count)
{
    const struct dump_segment *segment = segment_of(dump, pa);

    if (segment == NULL)
        return 0;
    uint64_t at = pa - segment->pa;
    if (at < segment->bytes) {
        uint64_t rest = segment->bytes - at;
        return file_read(dump, segment->offset + at, bytes, rest < count ? (size_t)rest : count);
    }
    uint64_t rest = segment->bytes + segment->zero_bytes - at;
    count = rest < count ? (size_t)rest : count;
    memset(bytes, 0, count);
    dump->read_zeros = true;
    return count;
}

size_t dump_read(struct dump *dump, uint64_t pa, void *bytes, size_t count)
{
    size_t got = 0;

    while (got < count) {
        size_t part = segment_read(dump, pa + got, (char *)bytes + got, count - got);
        if (part == 0)
            break;
        got += part;
    }
    return got;
}

static size_t read_memory(void *context, uint64_t pa, void *bytes, size_t count)
{
    return dump_read(context, pa, bytes, count);
}

struct physical_memory dump_memory(struct dump *dump)
{
    return (struct physical_memory){read_memory, dump};
}

size_t dump_head(const struct dump *dump, void *bytes, size_t count)
{
    ssize_t got = pread(dump->fd, bytes, count, 0);

    return got < 0 ? 0 : (size_t)got;
}

uint64_t dump_promised_bytes(const struct dump *dump)
{
    uint64_t promised = 0;

    if (!dump->is_core)
        return (dump->file_bytes + PAGING_TABLE_BYTES - 1u) & ~(uint64_t)(PAGING_TABLE_BYTES - 1u);
    for (uint32_t i = 0; i < dump->segment_count; i++) {
        uint64_t end = dump->segments[i].offset + dump->segments[i].bytes;
        promised = end > promised && dump->segments[i].bytes != 0 ? end : promised;
    }
    return promised;
}
