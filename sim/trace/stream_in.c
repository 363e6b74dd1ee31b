#include "stream_in.h"
#include "memory.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RAW_BYTES 65536u

static bool read_raw(struct stream_in *in, struct sim_error *error)
{
    ssize_t got;

    do
        got = read(in->fd, in->raw + in->raw_end, RAW_BYTES - in->raw_end);
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

bool stream_in_open(struct stream_in *in, const char *path, struct sim_error *error)
{
    bool standard = strcmp(path, "-") == 0;

    *in = (struct stream_in){.name = standard ? "standard input" : path};
    in->fd = standard ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
    if (in->fd < 0)
        return sim_error_set(error, "%s: cannot open: %s", in->name, strerror(errno));
    in->raw = memory_resize(NULL, RAW_BYTES, 1);
    while (in->raw_end < COMPRESSION_MAGIC_MAX && !in->raw_ended) {
        if (!read_raw(in, error)) {
            stream_in_close(in);
            return false;
        }
    }
    if (!start_decoder(in, error)) {
        stream_in_close(in);
        return false;
    }
    return true;
}

static void take_plain(struct stream_in *in, void *out, size_t room, size_t *got)
{
    size_t left = in->raw_end - in->raw_at;

    *got = left < room ? left : room;
    memcpy(out, in->raw + in->raw_at, *got);
    in->raw_at += *got;
}

/* true with *got 0: more input is needed. */
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
                             in->codec.compression == COMPRESSION_ZSTD ? "zstd" : "xz", reason);
    return true;
}

static bool check_whole(const struct stream_in *in, struct sim_error *error)
{
    if (in->codec.compression == COMPRESSION_NONE || in->codec.complete)
        return true;
    return sim_error_set(error, "%s: offset %" PRIu64 ": cut short: inside the %s data", in->name,
                         in->raw_read, in->codec.compression == COMPRESSION_ZSTD ? "zstd" : "xz");
}

/* As stream_in_read, past the peeked bytes. */
static bool read_decoded(struct stream_in *in, void *out, size_t room, size_t *got,
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

bool stream_in_peek(struct stream_in *in, const uint8_t **data, size_t *bytes,
                    struct sim_error *error)
{
    while (in->peek_end < STREAM_PEEK_MAX) {
        size_t got;

        if (!read_decoded(in, in->peek + in->peek_end, STREAM_PEEK_MAX - in->peek_end, &got, error))
            return false;
        if (got == 0)
            break;
        in->peek_end += got;
    }
    *data = in->peek;
    *bytes = in->peek_end;
    return true;
}

void stream_in_close(struct stream_in *in)
{
    if (in->codec.compression != COMPRESSION_NONE)
        codec_close(&in->codec);
    free(in->raw);
    close(in->fd);
}
