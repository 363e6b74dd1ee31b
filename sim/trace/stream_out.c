#include "stream_out.h"
#include "memory.h"
#include "progress.h"
#include "temporary_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUFFER_BYTES 65536u

bool stream_out_open(struct stream_out *out, const char *path, struct sim_error *error)
{
    enum compression compression = compression_of_name(path);
    const char *missing = compression_missing(compression);

    *out = (struct stream_out){.name = whole_file_name(path)};
    if (missing != NULL)
        return sim_error_set(error, "%s: %s", out->name, missing);
    int why = whole_file_open(&out->file, path);
    if (why != 0)
        return sim_error_set(error, "%s: cannot create: %s", out->name, strerror(why));
    out->buffer = memory_resize(NULL, BUFFER_BYTES, 1);
    if (compression != COMPRESSION_NONE)
        codec_open_encoder(&out->codec, compression);
    return true;
}

static void flush(struct stream_out *out)
{
    if (out->failed == 0 && !write_all(out->file.fd, out->buffer, out->used))
        out->failed = errno;
    out->used = 0;
}

static void write_plain(struct stream_out *out, const uint8_t *data, size_t bytes)
{
    while (bytes > 0) {
        size_t room = BUFFER_BYTES - out->used;
        size_t part = bytes < room ? bytes : room;

        memcpy(out->buffer + out->used, data, part);
        out->used += part;
        data += part;
        bytes -= part;
        if (out->used == BUFFER_BYTES)
            flush(out);
    }
}

/* last: nothing follows, so that the codec gives out everything that it still holds. */
static void write_encoded(struct stream_out *out, const uint8_t *data, size_t bytes, bool last)
{
    bool more = true;

    while (more) {
        struct codec_step step = {.in = data,
                                  .in_bytes = bytes,
                                  .last = last,
                                  .out = out->buffer,
                                  .out_room = BUFFER_BYTES};

        if (codec_step(&out->codec, &step) != NULL) {
            out->failed = out->failed != 0 ? out->failed : ENOMEM;
            return;
        }
        data += step.consumed;
        bytes -= step.consumed;
        out->used = step.produced;
        more = bytes > 0 || step.produced == BUFFER_BYTES;
        flush(out);
    }
}

void stream_out_write(struct stream_out *out, const void *data, size_t bytes)
{
    if (out->codec.compression == COMPRESSION_NONE)
        write_plain(out, data, bytes);
    else
        write_encoded(out, data, bytes, false);
}

static void release(struct stream_out *out)
{
    if (out->codec.compression != COMPRESSION_NONE)
        codec_close(&out->codec);
    free(out->buffer);
}

bool stream_out_close(struct stream_out *out, struct sim_error *error)
{
    if (out->codec.compression != COMPRESSION_NONE)
        write_encoded(out, NULL, 0, true);
    flush(out);
    if (out->failed == 0)
        out->failed = whole_file_finish(&out->file);
    else
        whole_file_abandon(&out->file);
    release(out);
    if (out->failed != 0)
        return sim_error_set_writing(error, "%s: cannot write: %s", out->name,
                                     strerror(out->failed));
    return true;
}

void stream_out_abandon(struct stream_out *out)
{
    whole_file_abandon(&out->file);
    release(out);
}

bool stream_out_copy_file(int fd, const char *path, struct sim_error *error)
{
    static uint8_t buffer[BUFFER_BYTES];
    struct stream_out out;
    struct stat status;
    off_t at = 0;
    ssize_t got;

    if (!stream_out_open(&out, path, error))
        return false;
    progress_begin(&out, fstat(fd, &status) == 0 ? (uint64_t)status.st_size : 0, PROGRESS_BYTES);
    while ((got = pread(fd, buffer, sizeof(buffer), at)) > 0) {
        stream_out_write(&out, buffer, (size_t)got);
        at += got;
        progress_at(&out, (uint64_t)at);
    }
    progress_end(&out);
    if (got == 0)
        return stream_out_close(&out, error);
    stream_out_abandon(&out);
    return sim_error_set(error, "cannot read the temporary file: %s", strerror(errno));
}
