/*
 * The checksum is sliced by eight: row s of the table has the checksum of each byte value followed
 * by s zero bytes. The checksum is linear, so each entry is the exclusive or of the entries of its
 * bits. Only the eight entries with a single bit are written down. They are successive states of
 * the shift register.
 */
#include "crc32.h"
#include "trace_format.h"

#define BIT(i, k, state) ((((i) >> (k)) & 1u) * (state))
#define ENTRY(i, b0, b1, b2, b3, b4, b5, b6, b7)                                                   \
    (BIT(i, 0, b0) ^ BIT(i, 1, b1) ^ BIT(i, 2, b2) ^ BIT(i, 3, b3) ^ BIT(i, 4, b4) ^               \
     BIT(i, 5, b5) ^ BIT(i, 6, b6) ^ BIT(i, 7, b7))
#define ENTRIES_4(i, ...)                                                                          \
    ENTRY(i, __VA_ARGS__), ENTRY((i) + 1u, __VA_ARGS__), ENTRY((i) + 2u, __VA_ARGS__),             \
        ENTRY((i) + 3u, __VA_ARGS__)
#define ENTRIES_16(i, ...)                                                                         \
    ENTRIES_4(i, __VA_ARGS__), ENTRIES_4((i) + 4u, __VA_ARGS__), ENTRIES_4((i) + 8u, __VA_ARGS__), \
        ENTRIES_4((i) + 12u, __VA_ARGS__)
#define ENTRIES_64(i, ...)                                                                         \
    ENTRIES_16(i, __VA_ARGS__), ENTRIES_16((i) + 16u, __VA_ARGS__),                                \
        ENTRIES_16((i) + 32u, __VA_ARGS__), ENTRIES_16((i) + 48u, __VA_ARGS__)
#define ROW(...)                                                                                   \
    {                                                                                              \
        ENTRIES_64(0u, __VA_ARGS__), ENTRIES_64(64u, __VA_ARGS__), ENTRIES_64(128u, __VA_ARGS__),  \
            ENTRIES_64(192u, __VA_ARGS__)                                                          \
    }

static const uint32_t table[8][256] = {
    ROW(0x77073096u, 0xee0e612cu, 0x076dc419u, 0x0edb8832u, 0x1db71064u, 0x3b6e20c8u, 0x76dc4190u,
        0xedb88320u),
    ROW(0x191b3141u, 0x32366282u, 0x646cc504u, 0xc8d98a08u, 0x4ac21251u, 0x958424a2u, 0xf0794f05u,
        0x3b83984bu),
    ROW(0x01c26a37u, 0x0384d46eu, 0x0709a8dcu, 0x0e1351b8u, 0x1c26a370u, 0x384d46e0u, 0x709a8dc0u,
        0xe1351b80u),
    ROW(0xb8bc6765u, 0xaa09c88bu, 0x8f629757u, 0xc5b428efu, 0x5019579fu, 0xa032af3eu, 0x9b14583du,
        0xed59b63bu),
    ROW(0x3d6029b0u, 0x7ac05360u, 0xf580a6c0u, 0x30704bc1u, 0x60e09782u, 0xc1c12f04u, 0x58f35849u,
        0xb1e6b092u),
    ROW(0xcb5cd3a5u, 0x4dc8a10bu, 0x9b914216u, 0xec53826du, 0x03d6029bu, 0x07ac0536u, 0x0f580a6cu,
        0x1eb014d8u),
    ROW(0xa6770bb4u, 0x979f1129u, 0xf44f2413u, 0x33ef4e67u, 0x67de9cceu, 0xcfbd399cu, 0x440b7579u,
        0x8816eaf2u),
    ROW(0xccaa009eu, 0x4225077du, 0x844a0efau, 0xd3e51bb5u, 0x7cbb312bu, 0xf9766256u, 0x299dc2edu,
        0x533b85dau),
};

static inline uint32_t step_8(uint32_t crc, const uint8_t *p)
{
    uint32_t a = load_le32(p) ^ crc;
    uint32_t b = load_le32(p + 4);

    return table[7][a & 0xffu] ^ table[6][a >> 8 & 0xffu] ^ table[5][a >> 16 & 0xffu] ^
           table[4][a >> 24] ^ table[3][b & 0xffu] ^ table[2][b >> 8 & 0xffu] ^
           table[1][b >> 16 & 0xffu] ^ table[0][b >> 24];
}

uint32_t crc32(uint32_t crc, const void *data, size_t bytes)
{
    const uint8_t *p = data;

    crc = ~crc;
    for (; bytes >= 8; bytes -= 8, p += 8)
        crc = step_8(crc, p);
    for (; bytes != 0; bytes--, p++)
        crc = crc >> 8 ^ table[0][(crc ^ *p) & 0xffu];
    return ~crc;
}
