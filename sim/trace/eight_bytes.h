/*
 * Eight characters of a text at a time, in one register, without a branch for each. The first
 * character is the lowest byte. A search sets bit 7 of each byte that it finds. Sources: H. S.
 * Warren, "Hacker's Delight", chapter 6, for the searches; D. Lemire, "Quickly parsing eight
 * digits", 2018, for the numbers.
 */
#ifndef TRACE_EIGHT_BYTES_H
#define TRACE_EIGHT_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the first character is the lowest byte");

#define EACH_BYTE(value) (0x0101010101010101u * (uint64_t)(value))

static inline uint64_t eight_load(const char *text)
{
    uint64_t eight;

    memcpy(&eight, text, sizeof(eight));
    return eight;
}

/* Finds the bytes that are at least `least`, which is 1 to 0x80. All bytes must be below 0x80. */
static inline uint64_t eight_at_least(uint64_t eight, uint8_t least)
{
    return (eight + EACH_BYTE(0x80u - least)) & EACH_BYTE(0x80);
}

/* Finds the bytes below `limit`, which is 1 to 0x80. Only the first byte that it marks is certain:
   bytes above that one may be marked, too. */
static inline uint64_t eight_below(uint64_t eight, uint8_t limit)
{
    return (eight - EACH_BYTE(limit)) & ~eight & EACH_BYTE(0x80);
}

/* Finds the bytes equal to `byte`. Only the first byte that it marks is certain. */
static inline uint64_t eight_equal(uint64_t eight, uint8_t byte)
{
    return eight_below(eight ^ EACH_BYTE(byte), 1);
}

/* Finds the bytes that are not decimal digits. */
static inline uint64_t eight_not_decimal(uint64_t eight)
{
    uint64_t values = eight ^ EACH_BYTE('0');

    return eight_at_least(values & EACH_BYTE(0x7f), 10) | (values & EACH_BYTE(0x80));
}

/* The number of bytes before the first one found; 8: none was found. */
static inline uint32_t eight_before(uint64_t found)
{
    return found == 0 ? 8 : (uint32_t)__builtin_ctzll(found) / 8u;
}

/* The value of the first `count` bytes, which are 1 to 8 decimal digits. */
static inline uint32_t eight_decimal(uint64_t eight, uint32_t count)
{
    uint64_t digits = (eight ^ EACH_BYTE('0')) << (64u - 8u * count);
    uint64_t pairs = digits * 10u + (digits >> 8); /* of bytes 0, 2, 4, 6 */
    uint64_t mask = 0x000000ff000000ffu;

    return (uint32_t)(((pairs & mask) * 0x000f424000000064u +
                       ((pairs >> 16) & mask) * 0x0000271000000001u) >>
                      32);
}

/* The value of eight hexadecimal digits with small letters. false: a byte is none. */
static inline bool eight_hexadecimal(uint64_t eight, uint32_t *number)
{
    uint64_t low = eight & EACH_BYTE(0x7f);
    uint64_t letters = eight_at_least(low, 'a') & ~eight_at_least(low, 'f' + 1) & ~eight;
    uint64_t digits = (low & EACH_BYTE(0x0f)) + 9u * (letters >> 7);

    if ((eight_not_decimal(eight) & ~letters) != 0)
        return false;
    digits = __builtin_bswap64(digits);
    digits = (digits | digits >> 4) & 0x00ff00ff00ff00ffu;
    digits = (digits | digits >> 8) & 0x0000ffff0000ffffu;
    *number = (uint32_t)(digits | digits >> 16);
    return true;
}

/* ---- the hash of a short text: FxHash of Firefox and rustc, eight bytes at a time ---- */

static inline uint64_t text_hash_mix(uint64_t hash, uint64_t eight)
{
    return ((hash << 5 | hash >> 59) ^ eight) * 0x517cc1b727220a95u;
}

/* Packs fewer than eight bytes into one number. A byte may be packed twice; none is left out. */
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

/* O(bytes). The last eight bytes may overlap the eight before them. */
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
