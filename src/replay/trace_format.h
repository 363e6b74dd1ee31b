/*
 * The binary form of a trace (.mmb). All numbers are little endian.
 *
 *     header            64 bytes, struct trace_header
 *     block ...         { u32 payload_bytes, u32 crc32(payload) } payload
 *     end               { u32 0, u32 crc32(all block checksums, as stored, in order) }
 *
 * A payload has at most TRACE_BLOCK_MAX bytes and contains whole records. A record is an op byte
 * and its fields; vN is an unsigned LEB128 number of at most N bits, in the shortest form.
 *
 *     op  7  6  5  4  3     0
 *        | flags     | kind  |      kind: enum event_kind, or TRACE_SITE (15)
 *
 *     kind 15      site: v11 length (1 to MARK_TEXT_MAX), bytes; the next free site number, from 1
 *     kmalloc      v32 slot, v32 bytes;  ID  SITE  flag 0x40: dma
 *     krealloc     v32 slot, v32 bytes
 *     kfree free_pages vfree             v32 slot
 *     pages        v32 slot, u8 order | class << 4;  ID  SITE
 *     vmalloc      v32 slot, v32 bytes;  ID  SITE
 *     process      v32 slot;  ID
 *     map          v32 slot, v32 address, v32 bytes;  flag 0x40: rw
 *     unmap        v32 slot, v32 address, v32 bytes
 *     touch        v32 slot, v32 address;  flag 0x40: write
 *     setbrk       v32 slot, v32 address
 *     exit         v32 slot
 *     mark         v11 length (0 to MARK_TEXT_MAX), bytes
 *
 *     ID    flag 0x10: a v64 with the ID follows; without it, the ID is the last ID plus one, and
 *           the first ID is 1 (allocations and processes are counted apart)
 *     SITE  flag 0x20: a v24 with the site number follows; without it, there is no site
 *
 * Allocations and processes have slots of their own, numbered from 0 and below header.slots and
 * header.processes. A flag that a kind does not have is an error.
 */
#ifndef REPLAY_TRACE_FORMAT_H
#define REPLAY_TRACE_FORMAT_H

#include <stdint.h>

#define TRACE_MAGIC     "mmtrace" /* 8 bytes with the NUL; the text form starts with "mmtrace 1" */
#define TRACE_VERSION   1u
#define TRACE_BLOCK_MAX 65536u
#define TRACE_SITE      15u

#define TRACE_FLAG_ID   0x10u
#define TRACE_FLAG_SITE 0x20u
#define TRACE_FLAG_RW   0x40u /* map: rw; touch: write; kmalloc: dma */

struct trace_header {
    char magic[8];
    uint32_t version;
    uint32_t slots;           /* most allocations live at once; each slot is below this number */
    uint32_t processes;       /* the same for the slots of processes */
    uint32_t sites;           /* named sites */
    uint64_t events;          /* the number of records, without the sites */
    uint64_t peak_live_bytes; /* the most requested bytes live at once: heap, pages, mapped */
    uint32_t reserved[5];     /* 0 */
    uint32_t crc;             /* CRC-32 of the 60 bytes before it */
};
_Static_assert(sizeof(struct trace_header) == 64, "the header is 64 bytes in the file");

/* The fields of a record, in this order: slot or process, address, bytes, order, ID, site, text. */
enum {
    HAS_SLOT = 1,
    HAS_PROCESS = 2,
    HAS_ADDRESS = 4,
    HAS_BYTES = 8,
    HAS_ORDER = 16,
    HAS_TEXT = 32,
    HAS_ID = 64,
};

struct trace_layout {
    uint8_t fields; /* 0: there is no such kind of record */
    uint8_t flags;  /* the flags that the op byte may have */
};

/* Indexed by the kind in the op byte, TRACE_SITE included. Reader and writer both follow this
   table. */
extern const struct trace_layout trace_layouts[TRACE_SITE + 1];

static inline uint32_t load_le32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

#endif
