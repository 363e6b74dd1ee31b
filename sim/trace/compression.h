/*
 * zstd and xz behind one interface, and gzip for reading. If the program was built without one of
 * the libraries, the error names the Debian package that is missing.
 */
#ifndef TRACE_COMPRESSION_H
#define TRACE_COMPRESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum compression { COMPRESSION_NONE, COMPRESSION_ZSTD, COMPRESSION_XZ, COMPRESSION_GZIP };

#define COMPRESSION_MAGIC_MAX 6u

/* The compression that the first bytes of a file show. */
enum compression compression_detect(const uint8_t *head, size_t bytes);

/* The compression that the ending of a name asks for: ".zst", ".xz". Nothing is written with gzip.
 */
enum compression compression_of_name(const char *name);

/* "zstd", "xz" or "gzip". */
const char *compression_name(enum compression compression);

/* NULL, or why this build cannot read or write it, and what to install. */
const char *compression_missing(enum compression compression);

/* One direction of one stream. */
struct codec {
    enum compression compression;
    bool encode;
    bool complete; /* decoding: the input so far ends at the end of a stream */
    void *state;
};

/* What one step reads and writes. */
struct codec_step {
    const uint8_t *in;
    size_t in_bytes;
    bool last; /* no input follows */
    uint8_t *out;
    size_t out_room;
    size_t consumed; /* result */
    size_t produced; /* result */
};

/* compression must be neither NONE nor missing; an encoder's is not GZIP. The program ends if the
 * host has no memory. */
void codec_open_decoder(struct codec *codec, enum compression compression);
void codec_open_encoder(struct codec *codec, enum compression compression);

/* Goes as far as input and room allow. Returns NULL, or what is wrong with the input. When encoding
   with `last`, the stream is whole once a step leaves room in out. */
const char *codec_step(struct codec *codec, struct codec_step *step);

void codec_close(struct codec *codec);

#endif
