/* CRC-32 (ISO 3309, as in zlib and PNG), with the reflected polynomial 0xedb88320. */
#ifndef REPLAY_CRC32_H
#define REPLAY_CRC32_H

#include <stddef.h>
#include <stdint.h>

/* Continues a checksum with `bytes` more bytes, and returns it. crc is 0 at the start, then the
   result of the call before. O(bytes) */
uint32_t crc32(uint32_t crc, const void *data, size_t bytes);

#endif
