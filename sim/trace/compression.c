#include "compression.h"
#include "memory.h"

#include <stdlib.h>
#include <string.h>

#ifdef HAVE_ZSTD
#include <zstd.h>
#endif
#ifdef HAVE_LZMA
#include <lzma.h>
#endif
#ifdef HAVE_ZLIB
#define ZLIB_CONST
#include <zlib.h>
#endif

/* Files are a fifth larger than with level 19, but it is twenty times as fast: imports do not slow
   down. */
#define ZSTD_LEVEL 9

#define XZ_LEVEL      6u
#define XZ_MEMORY_MAX (UINT64_C(256) << 20) /* for decoding; a file of xz -9 takes 65 MiB */

enum compression compression_detect(const uint8_t *head, size_t bytes)
{
    static const uint8_t zstd_magic[4] = {0x28, 0xb5, 0x2f, 0xfd};
    static const uint8_t xz_magic[6] = {0xfd, '7', 'z', 'X', 'Z', 0};
    static const uint8_t gzip_magic[3] = {0x1f, 0x8b, 8}; /* 8: deflate, the only method */

    if (bytes >= sizeof(zstd_magic) && memcmp(head, zstd_magic, sizeof(zstd_magic)) == 0)
        return COMPRESSION_ZSTD;
    if (bytes >= sizeof(xz_magic) && memcmp(head, xz_magic, sizeof(xz_magic)) == 0)
        return COMPRESSION_XZ;
    if (bytes >= sizeof(gzip_magic) && memcmp(head, gzip_magic, sizeof(gzip_magic)) == 0)
        return COMPRESSION_GZIP;
    return COMPRESSION_NONE;
}

const char *compression_name(enum compression compression)
{
    static const char *const names[] = {[COMPRESSION_NONE] = "no compression",
                                        [COMPRESSION_ZSTD] = "zstd",
                                        [COMPRESSION_XZ] = "xz",
                                        [COMPRESSION_GZIP] = "gzip"};

    return names[compression];
}

static bool ends_in(const char *name, const char *ending)
{
    size_t n = strlen(name);
    size_t e = strlen(ending);

    return n > e && strcmp(name + n - e, ending) == 0;
}

enum compression compression_of_name(const char *name)
{
    if (ends_in(name, ".zst"))
        return COMPRESSION_ZSTD;
    return ends_in(name, ".xz") ? COMPRESSION_XZ : COMPRESSION_NONE;
}

#ifdef HAVE_ZSTD

static void zstd_open(struct codec *codec)
{
    if (codec->encode) {
        codec->state = ZSTD_createCCtx();
        ZSTD_CCtx_setParameter(codec->state, ZSTD_c_compressionLevel, ZSTD_LEVEL);
        ZSTD_CCtx_setParameter(codec->state, ZSTD_c_checksumFlag, 1);
    } else {
        codec->state = ZSTD_createDCtx();
    }
    if (codec->state == NULL)
        memory_exhausted("zstd");
}

static const char *zstd_step(struct codec *codec, struct codec_step *step)
{
    ZSTD_inBuffer in = {step->in, step->in_bytes, 0};
    ZSTD_outBuffer out = {step->out, step->out_room, 0};
    size_t result;

    if (codec->encode)
        result = ZSTD_compressStream2(codec->state, &out, &in,
                                      step->last ? ZSTD_e_end : ZSTD_e_continue);
    else
        result = ZSTD_decompressStream(codec->state, &out, &in);
    step->consumed = in.pos;
    step->produced = out.pos;
    /* a call without progress at the end of a frame asks for the next frame's header: the input
       so far is still complete */
    if (in.pos != 0 || out.pos != 0)
        codec->complete = result == 0;
    return ZSTD_isError(result) ? ZSTD_getErrorName(result) : NULL;
}

static void zstd_close(struct codec *codec)
{
    if (codec->encode)
        ZSTD_freeCCtx(codec->state);
    else
        ZSTD_freeDCtx(codec->state);
}

#else

static void zstd_open(struct codec *codec)
{
    (void)codec;
}

static const char *zstd_step(struct codec *codec, struct codec_step *step)
{
    (void)step;
    return compression_missing(codec->compression);
}

static void zstd_close(struct codec *codec)
{
    (void)codec;
}

#endif

#ifdef HAVE_LZMA

static void xz_open(struct codec *codec)
{
    lzma_stream *stream = memory_resize(NULL, 1, sizeof(*stream));
    lzma_ret result;

    *stream = (lzma_stream)LZMA_STREAM_INIT;
    result = codec->encode ? lzma_easy_encoder(stream, XZ_LEVEL, LZMA_CHECK_CRC64)
                           : lzma_stream_decoder(stream, XZ_MEMORY_MAX, LZMA_CONCATENATED);
    if (result != LZMA_OK)
        memory_exhausted("xz");
    codec->state = stream;
}

static const char *xz_reason(lzma_ret result)
{
    switch (result) {
    case LZMA_OK:
    case LZMA_STREAM_END:
    case LZMA_BUF_ERROR: /* it needs more input; the caller knows whether there is any */
        return NULL;
    case LZMA_FORMAT_ERROR:
        return "not xz data";
    case LZMA_OPTIONS_ERROR:
        return "it uses xz options that this program does not know";
    case LZMA_MEMLIMIT_ERROR:
        return "reading it needs more than 256 MiB of memory";
    case LZMA_MEM_ERROR:
        return "the host has no memory for it";
    default:
        return "Data corruption detected";
    }
}

static const char *xz_step(struct codec *codec, struct codec_step *step)
{
    lzma_stream *stream = codec->state;
    lzma_ret result;

    if (codec->complete) /* a finished stream takes no further calls */
        return NULL;
    stream->next_in = step->in;
    stream->avail_in = step->in_bytes;
    stream->next_out = step->out;
    stream->avail_out = step->out_room;
    result = lzma_code(stream, step->last ? LZMA_FINISH : LZMA_RUN);
    step->consumed = step->in_bytes - stream->avail_in;
    step->produced = step->out_room - stream->avail_out;
    codec->complete = result == LZMA_STREAM_END;
    return xz_reason(result);
}

static void xz_close(struct codec *codec)
{
    lzma_end(codec->state);
    free(codec->state);
}

#else

static void xz_open(struct codec *codec)
{
    (void)codec;
}

static const char *xz_step(struct codec *codec, struct codec_step *step)
{
    (void)step;
    return compression_missing(codec->compression);
}

static void xz_close(struct codec *codec)
{
    (void)codec;
}

#endif

#ifdef HAVE_ZLIB

/* What inflateInit2() takes for a header of gzip and the largest window. */
#define GZIP_WINDOW (16 + MAX_WBITS)

static void gzip_open(struct codec *codec)
{
    z_stream *stream = memory_zeroed(1, sizeof(*stream));

    if (inflateInit2(stream, GZIP_WINDOW) != Z_OK)
        memory_exhausted("gzip");
    codec->state = stream;
}

/* Members may follow each other, as after `cat a.gz b.gz`. */
static const char *gzip_step(struct codec *codec, struct codec_step *step)
{
    z_stream *stream = codec->state;
    int result = Z_OK;

    stream->next_in = step->in;
    stream->avail_in = (uInt)step->in_bytes;
    stream->next_out = step->out;
    stream->avail_out = (uInt)step->out_room;
    while (stream->avail_out == step->out_room && (!codec->complete || stream->avail_in > 0)) {
        if (codec->complete)
            inflateReset(stream);
        result = inflate(stream, Z_NO_FLUSH);
        codec->complete = result == Z_STREAM_END;
        if (!codec->complete)
            break;
    }
    step->consumed = step->in_bytes - stream->avail_in;
    step->produced = step->out_room - stream->avail_out;
    if (result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR)
        return NULL; /* Z_BUF_ERROR: it needs more input or room */
    return stream->msg != NULL ? stream->msg : "Data corruption detected";
}

static void gzip_close(struct codec *codec)
{
    inflateEnd(codec->state);
    free(codec->state);
}

#else

static void gzip_open(struct codec *codec)
{
    (void)codec;
}

static const char *gzip_step(struct codec *codec, struct codec_step *step)
{
    (void)step;
    return compression_missing(codec->compression);
}

static void gzip_close(struct codec *codec)
{
    (void)codec;
}

#endif

const char *compression_missing(enum compression compression)
{
#ifndef HAVE_ZLIB
    if (compression == COMPRESSION_GZIP)
        return "this program was built without gzip: install zlib1g-dev and pkg-config, and build "
               "again";
#endif
#ifndef HAVE_ZSTD
    if (compression == COMPRESSION_ZSTD)
        return "this program was built without zstd: install libzstd-dev and pkg-config, and build "
               "again";
#endif
#ifndef HAVE_LZMA
    if (compression == COMPRESSION_XZ)
        return "this program was built without xz: install liblzma-dev and pkg-config, and build "
               "again";
#endif
    (void)compression;
    return NULL;
}

static void codec_open(struct codec *codec, enum compression compression, bool encode)
{
    *codec = (struct codec){.compression = compression, .encode = encode};
    if (compression == COMPRESSION_ZSTD)
        zstd_open(codec);
    else if (compression == COMPRESSION_XZ)
        xz_open(codec);
    else
        gzip_open(codec);
}

void codec_open_decoder(struct codec *codec, enum compression compression)
{
    codec_open(codec, compression, false);
}

void codec_open_encoder(struct codec *codec, enum compression compression)
{
    codec_open(codec, compression, true);
}

const char *codec_step(struct codec *codec, struct codec_step *step)
{
    step->consumed = 0;
    step->produced = 0;
    if (codec->compression == COMPRESSION_ZSTD)
        return zstd_step(codec, step);
    return codec->compression == COMPRESSION_XZ ? xz_step(codec, step) : gzip_step(codec, step);
}

void codec_close(struct codec *codec)
{
    if (codec->compression == COMPRESSION_ZSTD)
        zstd_close(codec);
    else if (codec->compression == COMPRESSION_XZ)
        xz_close(codec);
    else
        gzip_close(codec);
}
