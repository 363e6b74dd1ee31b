/* CRC-32 (ISO 3309, as in zlib and PNG): reflected polynomial 0xedb88320. Eight bytes a step. */
#ifndef REPLAY_CRC32_H
#define REPLAY_CRC32_H

#include <stddef.h>
#include <stdint.h>

/* Continue a checksum: crc is 0 at the start, or what the last call returned. */
uint32_t crc32(uint32_t crc, const void *data, size_t bytes);

#endif
