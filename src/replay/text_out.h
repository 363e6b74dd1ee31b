/* Writers of text, on the host and on the image's serial line. */
#ifndef REPLAY_TEXT_OUT_H
#define REPLAY_TEXT_OUT_H

#include <stddef.h>
#include <stdint.h>

struct text_out {
    void (*put)(void *context, const char *text, size_t bytes);
    void *context;
};

void text_put(const struct text_out *out, const char *text);
void text_put_u64(const struct text_out *out, uint64_t value);
void text_put_i32(const struct text_out *out, int32_t value);
void text_put_hex(const struct text_out *out, uint64_t value, uint32_t digits);
/* 345 as 0.345; 1000 as 1.000 */
void text_put_permille(const struct text_out *out, uint32_t value);
/* 1234567 as 1.234567 */
void text_put_millionths(const struct text_out *out, uint64_t value);
/* The bytes of the UTF-8 sequence at the start of a text of bytes >= 1 (RFC 3629, 4); 0: the text
   does not start with one. */
size_t text_utf8_sequence(const char *sequence, size_t bytes);
/* A JSON string, quoted and escaped; text need not be terminated. Bytes that are not UTF-8 are
   taken as Latin-1, so that the result is valid whatever a trace holds. */
void text_put_json_string(const struct text_out *out, const char *text, size_t bytes);

#endif
