/* A hash of a short text: FxHash, as Firefox and rustc have it, of eight bytes at a time. */
#ifndef TRACE_TEXT_HASH_H
#define TRACE_TEXT_HASH_H

#include "eight_bytes.h"

#include <stddef.h>

static inline uint64_t text_hash_mix(uint64_t hash, uint64_t eight)
{
    return ((hash << 5 | hash >> 59) ^ eight) * 0x517cc1b727220a95u;
}

/* Of fewer than eight bytes, all of them in one number: bytes may count twice, none is left out. */
static inline uint64_t text_hash_short(const char *text, size_t bytes)
{
    uint32_t first = 0;
    uint32_t last = 0;

    if (bytes >= sizeof(first)) {
        memcpy(&first, text, sizeof(first));
        memcpy(&last, text + bytes - sizeof(last), sizeof(last));
        return (uint64_t)last << 32 | first;
    }
    for (size_t i = 0; i < bytes; i++)
        first = first << 8 | (uint8_t)text[i];
    return first;
}

/* O(bytes). The last eight bytes may overlap those before. */
static inline uint32_t text_hash(const char *text, size_t bytes)
{
    uint64_t hash = bytes;
    size_t at = 0;

    if (bytes < 8)
        return (uint32_t)(text_hash_mix(hash, text_hash_short(text, bytes)) >> 32);
    for (; bytes - at > 8; at += 8)
        hash = text_hash_mix(hash, eight_load(text + at));
    return (uint32_t)(text_hash_mix(hash, eight_load(text + bytes - 8)) >> 32);
}

#endif
