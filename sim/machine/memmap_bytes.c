#include "machine/memmap_bytes.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define HEX_DIGITS "0123456789abcdefABCDEF"

/* Takes "0x0f" and what stands behind it. */
static bool byte_take(const char **at, unsigned char *byte)
{
    const char *digits = *at + 2;

    if (strncmp(*at, "0x", 2) != 0 || strspn(digits, HEX_DIGITS) != 2)
        return false;
    *byte = (unsigned char)strtoul(digits, NULL, 16);
    *at = digits + 2 + strspn(digits + 2, ", \t\r\n");
    return true;
}

void memmap_bytes_add(struct memmap_bytes *bytes, const char *line)
{
    size_t before = bytes->count;

    line += strspn(line, " \t");
    while (bytes->count < MEMMAP_BYTES_MAX && byte_take(&line, &bytes->bytes[bytes->count]))
        bytes->count++;
    if (*line != '\0' && *line != '}')
        bytes->count = before;
}

/* A number whose lowest byte comes first. */
static uint64_t number_at(const unsigned char *at, size_t bytes)
{
    uint64_t number = 0;

    while (bytes-- > 0)
        number = number << 8 | at[bytes];
    return number;
}

static bool entry_read(const unsigned char *at, struct memmap_range *range)
{
    uint64_t base = number_at(at, 8);
    uint64_t length = number_at(at + 8, 8);
    uint64_t type = number_at(at + 16, 4);

    *range = (struct memmap_range){base, base + (length - 1), type == 1};
    return length != 0 && base + (length - 1) >= base && type >= 1 && type <= 20;
}

/* Reads entries of `size` bytes. Returns how many; 0: one of them makes no sense. */
static uint32_t entries_read(const unsigned char *at, size_t count, size_t size,
                             struct memmap_range *ranges, uint32_t room)
{
    uint32_t read = 0;

    for (; count >= size && read < room; at += size, count -= size)
        if (!entry_read(at, &ranges[read++]))
            return 0;
    return count == 0 ? read : 0;
}

/* The head of a tag of multiboot 2: type, size, size of an entry, version. */
#define TAG_BYTES 16u
#define TAG_MMAP  6u

uint32_t memmap_bytes_read(const struct memmap_bytes *bytes, struct memmap_range *ranges,
                           uint32_t room)
{
    const unsigned char *at = bytes->bytes;
    uint64_t size = bytes->count >= TAG_BYTES ? number_at(at + 4, 4) : 0;
    uint64_t entry = bytes->count >= TAG_BYTES ? number_at(at + 8, 4) : 0;
    uint32_t read;

    if (size > TAG_BYTES && size <= bytes->count && number_at(at, 4) == TAG_MMAP && entry >= 20 &&
        entry <= size)
        return entries_read(at + TAG_BYTES, size - TAG_BYTES, entry, ranges, room);
    read = entries_read(at, bytes->count, 20, ranges, room);
    return read != 0 ? read : entries_read(at, bytes->count, 24, ranges, room);
}
