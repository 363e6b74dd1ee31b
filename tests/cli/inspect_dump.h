/* The memory dump that the tests of `mmsim inspect` read. */
#ifndef CLI_INSPECT_DUMP_H
#define CLI_INSPECT_DUMP_H

#include "support/scratch.h"
#include "support/tables.h"

#define DUMP_BYTES (5u * PAGE_SIZE)

/* The message about the table that lies outside the dump. */
#define OUTSIDE "directory entry 900: table 00010000 is outside the dump of 20480 bytes"

/*
 * The directory, frame 1, has a page table, a large page with a reserved bit, two large pages, the
 * first of them global, a table outside the dump, and an entry for itself. Frame 2 is the table.
 */
static const struct {
    uint32_t frame, index, entry;
} dump_entries[] = {
    {1, 0, 0x00002027},   {1, 1, 0x00802083},    {1, 768, 0x000001e3}, {1, 769, 0x004000e3},
    {1, 900, 0x00010003}, {1, 1023, 0x00001023}, {2, 1, 0x00003025},   {2, 2, 0x00004065},
    {2, 5, 0xfffff01b},   {3, 0, 0x64636261},
};

static inline const char *dump_of(size_t bytes)
{
    tables_clear();
    for (size_t i = 0; i < sizeof dump_entries / sizeof dump_entries[0]; i++)
        tables_memory[dump_entries[i].frame][dump_entries[i].index] = dump_entries[i].entry;
    return scratch_bytes("mem.dump", tables_memory, bytes);
}

/* A dump without damage: its directory has no table outside. */
static inline const char *sound_dump(void)
{
    dump_of(DUMP_BYTES);
    tables_memory[1][900] = 0;
    return scratch_bytes("sound.dump", tables_memory, DUMP_BYTES);
}

#endif
