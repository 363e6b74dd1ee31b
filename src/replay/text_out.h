/* Writers of text, on the host and on the image's serial line. Each is O(length of its text) and
   cannot fail. */
#ifndef REPLAY_TEXT_OUT_H
#define REPLAY_TEXT_OUT_H

#include <stddef.h>
#include <stdint.h>

struct text_out {
    void (*put)(void *context, const char *text, size_t bytes);
    void *context;
};

/* Writes a terminated text. */
void text_put(const struct text_out *out, const char *text);
/* Write a number in decimal digits. */
void text_put_u64(const struct text_out *out, uint64_t value);
void text_put_i64(const struct text_out *out, int64_t value);
/* Writes the lowest `digits` hexadecimal digits, at most 16, of a number. */
void text_put_hex(const struct text_out *out, uint64_t value, uint32_t digits);
/* Writes thousandths with three decimal places: 345 as 0.345, 1000 as 1.000. */
void text_put_permille(const struct text_out *out, uint32_t value);
/* Writes millionths with six decimal places: 1234567 as 1.234567. */
void text_put_millionths(const struct text_out *out, uint64_t value);
/* Returns the number of bytes of the UTF-8 sequence (RFC 3629, section 4) at the start of a text of
   bytes >= 1, or 0 if the text does not start with one. Constant time. */
size_t text_utf8_sequence(const char *sequence, size_t bytes);
/* Writes a JSON string with quotes and escapes; text need not be terminated. Bytes that are not
   UTF-8 are taken as Latin-1, so that the result is valid for every trace. */
void text_put_json_string(const struct text_out *out, const char *text, size_t bytes);

#endif
