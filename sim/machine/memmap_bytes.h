/* A table of E820 as the text of an array of bytes in C, as `xxd -i` prints it. */
#ifndef MACHINE_MEMMAP_BYTES_H
#define MACHINE_MEMMAP_BYTES_H

#include <mm/memmap.h>

#include <stddef.h>

#define MEMMAP_BYTES_MAX 16384u

/* The bytes that a text has so far. Empty if zeroed. */
struct memmap_bytes {
    size_t count;
    unsigned char bytes[MEMMAP_BYTES_MAX];
};

/* Takes the bytes of a line: numbers of two hexadecimal digits, each with 0x and a comma or the end
   of the line behind it. A line with any other number has none. */
void memmap_bytes_add(struct memmap_bytes *bytes, const char *line);

/*
 * Reads the bytes as a table: as the memory map of multiboot 2 (a tag of type 6, which tells the
 * size of its entries), else as entries of E820 of 20 or 24 bytes:
 *
 *     base (8 bytes)   length (8)   type (4; 1: RAM)   [attributes (4)]
 *
 * Stores up to `room` ranges and returns how many there are; 0: the bytes are no such table.
 */
uint32_t memmap_bytes_read(const struct memmap_bytes *bytes, struct memmap_range *ranges,
                           uint32_t room);

#endif
