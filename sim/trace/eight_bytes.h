/*
 * Eight characters of a text at a time, in a register, without a branch for each: the first is the
 * lowest byte (H. S. Warren, "Hacker's Delight", chapter 6, for the searches; D. Lemire, "Quickly
 * parsing eight digits", 2018, for the sums). What a search finds is told in bit 7 of each byte.
 */
#ifndef TRACE_EIGHT_BYTES_H
#define TRACE_EIGHT_BYTES_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the first byte is the lowest");

#define EACH_BYTE(value) (0x0101010101010101u * (uint64_t)(value))

static inline uint64_t eight_load(const char *text)
{
    uint64_t eight;

    memcpy(&eight, text, sizeof(eight));
    return eight;
}

/* Bytes, all below 0x80, that are at least `least`, which is 1 to 0x80. */
static inline uint64_t eight_at_least(uint64_t eight, uint8_t least)
{
    return (eight + EACH_BYTE(0x80u - least)) & EACH_BYTE(0x80);
}

/* Bytes below 0x80 that are less than `limit`, which is 1 to 0x80; and some of those above the
   first of them. */
static inline uint64_t eight_below(uint64_t eight, uint8_t limit)
{
    return (eight - EACH_BYTE(limit)) & ~eight & EACH_BYTE(0x80);
}

/* Bytes that are this one; and some of those above the first of them. */
static inline uint64_t eight_equal(uint64_t eight, uint8_t byte)
{
    return eight_below(eight ^ EACH_BYTE(byte), 1);
}

/* Bytes that are no decimal digit. */
static inline uint64_t eight_not_decimal(uint64_t eight)
{
    uint64_t values = eight ^ EACH_BYTE('0');

    return eight_at_least(values & EACH_BYTE(0x7f), 10) | (values & EACH_BYTE(0x80));
}

/* How many bytes stand before the first found; 8 where none was. */
static inline uint32_t eight_before(uint64_t found)
{
    return found == 0 ? 8 : (uint32_t)__builtin_ctzll(found) / 8u;
}

/* The number that the first `count` bytes are, decimal digits, 1 to 8 of them. */
static inline uint32_t eight_decimal(uint64_t eight, uint32_t count)
{
    uint64_t digits = (eight ^ EACH_BYTE('0')) << (64u - 8u * count);
    uint64_t pairs = digits * 10u + (digits >> 8); /* of bytes 0, 2, 4, 6 */
    uint64_t mask = 0x000000ff000000ffu;

    return (uint32_t)(((pairs & mask) * 0x000f424000000064u +
                       ((pairs >> 16) & mask) * 0x0000271000000001u) >>
                      32);
}

/* The number that eight hexadecimal digits are, letters small. false: they are not. */
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

#endif
