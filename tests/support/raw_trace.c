#include "support/raw_trace.h"

#include "replay/crc32.h"

#include <string.h>

static uint8_t *put_u32(uint8_t *at, uint32_t value)
{
    for (uint32_t i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> (8u * i));
    return at + 4;
}

size_t raw_trace_make(uint8_t *out, struct trace_header header, const uint8_t *payload,
                      uint32_t payload_bytes)
{
    uint8_t *at = out + sizeof header;
    uint8_t stored[4];

    memcpy(header.magic, TRACE_MAGIC, sizeof header.magic);
    header.version = TRACE_VERSION;
    header.crc = crc32(0, (const uint8_t *)&header, sizeof header - sizeof header.crc);
    memcpy(out, &header, sizeof header); /* all hosts are little-endian */
    put_u32(stored, crc32(0, payload, payload_bytes));
    at = put_u32(at, payload_bytes);
    memcpy(at, stored, sizeof stored);
    memcpy(at + sizeof stored, payload, payload_bytes);
    at = put_u32(at + sizeof stored + payload_bytes, 0);
    at = put_u32(at, crc32(0, stored, sizeof stored));
    return (size_t)(at - out);
}
