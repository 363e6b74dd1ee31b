#include "stream_in.h"
#include "memory.h"
#include "progress.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define RAW_BYTES 65536u

static bool read_raw(struct stream_in *in, struct sim_error *error)
{
    uint8_t *to = in->raw + in->raw_end;
    size_t room = RAW_BYTES - in->raw_end;
    ssize_t got;

    if (in->ahead != NULL && in->start < 0 && !read_ahead_wait(in->ahead, in->fd))
        return sim_error_set(error, "%s: closed", in->name);
    do /* streams of one file share its position, so that they must not use it */
        got = in->start < 0 ? read(in->fd, to, room)
                            : pread(in->fd, to, room, in->start + (off_t)in->raw_read);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return sim_error_set(error, "%s: offset %" PRIu64 ": cannot read: %s", in->name,
                             in->raw_read, strerror(errno));
    in->raw_ended = got == 0;
    in->raw_end += (size_t)got;
    in->raw_read += (uint64_t)got;
    return true;
}

static bool start_decoder(struct stream_in *in, struct sim_error *error)
{
    enum compression compression = compression_detect(in->raw, in->raw_end);
    const char *missing = compression_missing(compression);

    if (missing != NULL)
        return sim_error_set(error, "%s: %s", in->name, missing);
    if (compression != COMPRESSION_NONE)
        codec_open_decoder(&in->codec, compression);
    return true;
}

static uint64_t size_from(int fd, off_t start)
{
    struct stat status;

    return start >= 0 && fstat(fd, &status) == 0 && status.st_size > start
               ? (uint64_t)(status.st_size - start)
               : 0;
}

static bool is_directory(int fd)
{
    struct stat status;

    return fstat(fd, &status) == 0 && S_ISDIR(status.st_mode);
}

/* name, fd and start are set: reads the bytes that show the compression. */
static bool begin(struct stream_in *in, struct sim_error *error)
{
    bool ok = true;

    if (in->fd < 0)
        return sim_error_set(error, "%s: cannot open: %s", in->name, strerror(errno));
    if (is_directory(in->fd)) {
        close(in->fd);
        return sim_error_set(error, "%s: this is a directory, not a file", in->name);
    }
    in->size = size_from(in->fd, in->start);
    progress_begin(in, in->size, PROGRESS_BYTES);
    in->raw = memory_resize(NULL, RAW_BYTES, 1);
    while (ok && in->raw_end < COMPRESSION_MAGIC_MAX && !in->raw_ended)
        ok = read_raw(in, error);
    ok = ok && start_decoder(in, error);
    if (!ok)
        stream_in_close(in);
    return ok;
}

static off_t start_of(int fd)
{
    struct stat status;

    return fstat(fd, &status) == 0 && S_ISREG(status.st_mode) ? lseek(fd, 0, SEEK_CUR) : -1;
}

bool stream_in_open(struct stream_in *in, const char *path, struct sim_error *error)
{
    bool standard = strcmp(path, "-") == 0;

    *in = (struct stream_in){.name = standard ? "standard input" : path};
    in->fd = standard ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
    if (in->fd >= 0)
        in->start = start_of(in->fd);
    return begin(in, error);
}

bool stream_in_open_fd(struct stream_in *in, const char *name, int fd, struct sim_error *error)
{
    *in = (struct stream_in){.name = name, .fd = fd};
    return begin(in, error);
}

bool stream_in_open_again(struct stream_in *in, const struct stream_in *first,
                          struct sim_error *error)
{
    *in = (struct stream_in){.name = first->name, .fd = dup(first->fd), .start = first->start};
    return begin(in, error);
}

static void take_plain(struct stream_in *in, void *out, size_t room, size_t *got)
{
    size_t left = in->raw_end - in->raw_at;

    *got = left < room ? left : room;
    memcpy(out, in->raw + in->raw_at, *got);
    in->raw_at += *got;
}

/* true with *got == 0: more input is needed. */
static bool take_decoded(struct stream_in *in, void *out, size_t room, size_t *got,
                         struct sim_error *error)
{
    struct codec_step step = {.in = in->raw + in->raw_at,
                              .in_bytes = in->raw_end - in->raw_at,
                              .last = in->raw_ended,
                              .out = out,
                              .out_room = room};
    const char *reason = codec_step(&in->codec, &step);

    in->raw_at += step.consumed;
    *got = step.produced;
    if (reason != NULL)
        return sim_error_set(error, "%s: offset %" PRIu64 ": damaged %s data: %s", in->name,
                             in->raw_read - (in->raw_end - in->raw_at),
                             compression_name(in->codec.compression), reason);
    return true;
}

static bool check_whole(const struct stream_in *in, struct sim_error *error)
{
    if (in->codec.compression == COMPRESSION_NONE || in->codec.complete)
        return true;
    return sim_error_set(error,
                         "%s: offset %" PRIu64 ": cut short: the file ends inside the %s data",
                         in->name, in->raw_read, compression_name(in->codec.compression));
}

/* As stream_in_read(), behind the peeked bytes, in the thread that calls. */
static bool decode(struct stream_in *in, void *out, size_t room, size_t *got,
                   struct sim_error *error)
{
    for (;;) {
        if (in->codec.compression == COMPRESSION_NONE)
            take_plain(in, out, room, got);
        else if (!take_decoded(in, out, room, got, error))
            return false;
        if (*got > 0)
            return true;
        if (in->raw_ended)
            return check_whole(in, error);
        memmove(in->raw, in->raw + in->raw_at, in->raw_end - in->raw_at);
        in->raw_end -= in->raw_at;
        in->raw_at = 0;
        if (!read_raw(in, error))
            return false;
    }
}

static bool decode_ahead(void *context, void *out, size_t room, size_t *got, uint64_t *position,
                         struct sim_error *error)
{
    struct stream_in *in = context;
    bool ok = decode(in, out, room, got, error);

    *position = in->raw_read;
    return ok;
}

/* A small file has been read already: it is not worth a thread. */
static void start_ahead(struct stream_in *in)
{
    bool is_small = in->size != 0 && in->size <= RAW_BYTES;

    in->ahead_tried = true;
    if (in->codec.compression != COMPRESSION_NONE && !is_small)
        read_ahead_start(&in->ahead, decode_ahead, in);
}

/* As stream_in_read(), behind the peeked bytes. */
static bool read_decoded(struct stream_in *in, void *out, size_t room, size_t *got,
                         struct sim_error *error)
{
    bool ok;

    if (!in->ahead_tried)
        start_ahead(in);
    if (in->ahead == NULL) {
        ok = decode(in, out, room, got, error);
        progress_at(in, in->raw_read);
    } else {
        ok = read_ahead_take(in->ahead, out, room, got, error);
        progress_at(in, read_ahead_position(in->ahead));
    }
    return ok;
}

bool stream_in_read(struct stream_in *in, void *out, size_t room, size_t *got,
                    struct sim_error *error)
{
    size_t peeked = in->peek_end - in->peek_at;

    if (peeked == 0)
        return read_decoded(in, out, room, got, error);
    *got = peeked < room ? peeked : room;
    memcpy(out, in->peek + in->peek_at, *got);
    in->peek_at += *got;
    return true;
}

bool stream_in_fill(struct stream_in *in, void *out, size_t room, size_t *got,
                    struct sim_error *error)
{
    size_t part = 1;

    for (*got = 0; *got < room && part != 0; *got += part) {
        if (!stream_in_read(in, (uint8_t *)out + *got, room - *got, &part, error))
            return false;
    }
    return true;
}

bool stream_in_peek(struct stream_in *in, const uint8_t **data, size_t *bytes,
                    struct sim_error *error)
{
    size_t got = in->peek_end;

    if (got == 0 && !stream_in_fill(in, in->peek, STREAM_PEEK_MAX, &got, error))
        return false;
    in->peek_end = got;
    *data = in->peek;
    *bytes = got;
    return true;
}

void stream_in_close(struct stream_in *in)
{
    if (in->raw == NULL)
        return;
    progress_end(in);
    read_ahead_close(in->ahead);
    in->ahead = NULL;
    if (in->codec.compression != COMPRESSION_NONE)
        codec_close(&in->codec);
    free(in->raw);
    in->raw = NULL;
    close(in->fd);
}
