/*
 * Programs that probe an MMU: page tables, control registers, invalidations and accesses, with what
 * comes of each access. tests/mmu makes them, with the outcomes of the simulator; the image
 * executes them for real and compares. Little endian, 4-byte aligned:
 *
 *     | probe_header | probe_case, its probe_steps, its accesses' probe_outcomes | probe_case ... |
 *
 * All that a program maps lies in the arena, 4 MiB of physical memory, so that 4 MiB pages reach
 * it. Its frames are numbered from 0:
 *
 *     0-5, 512, 513  directories, and tables; their entries name only these and the next
 *     6-11           tables; their entries name any frame
 *     the others     data, by which each word tells where it is; 14-29 are checked
 *
 * 512 differs from 0 in physical bit 21, reserved in a 4 MiB entry. That bit is the only reserved
 * one that is probed: QEMU's CPU takes bits 13-20 for address bits 32-39 (PSE-36) whatever the
 * width of its physical addresses, and the simulator's has 32 of them.
 *
 * Directory slots 768 and 769 are the image's own, in each directory: no step names them.
 */
#ifndef I386_PROBE_PROGRAM_H
#define I386_PROBE_PROGRAM_H

#include <mm/pgtable.h>

#define PROBE_MAGIC   0x70756d6du /* "mmup" */
#define PROBE_VERSION 1u

#define PROBE_TABLES      14u
#define PROBE_DIRECTORIES 8u
#define PROBE_DATA        16u
#define PROBE_OWN_ENTRY   768u /* the image; the arena is in the next */
#define PROBE_STEPS_MAX   512u

struct probe_header {
    uint32_t magic, version;
    uint32_t arena; /* its physical address */
    uint32_t cases, accesses;
    uint32_t payload_bytes;
    uint32_t payload_crc; /* crc32() of all that follows */
};
_Static_assert(sizeof(struct probe_header) == 28, "as it is in the file");

/* How a case starts: all tables are zero. How it ends: what probe_checksum() gives. */
struct probe_case {
    uint32_t number;
    uint32_t steps, accesses;
    uint32_t directory; /* a frame of the arena, in CR3 */
    uint32_t cr0, cr4;  /* of these: WP, PSE, PGE */
    uint32_t checksum;
};
_Static_assert(sizeof(struct probe_case) == 28, "as it is in the file");

enum probe_kind {
    PROBE_WRITE_ENTRY, /* value with the arena's address added, into entry `where` of frame */
    PROBE_LOAD_CR3,    /* the directory is frame */
    PROBE_LOAD_CR0,    /* value: WP or not */
    PROBE_LOAD_CR4,    /* value: PSE, PGE */
    PROBE_INVLPG,      /* of the page of `where` */
    PROBE_ACCESS,      /* at `where` */
    PROBE_KINDS
};

/* An access: a kind of <asm/access.h>, and who makes it. */
#define PROBE_READ8       0u
#define PROBE_WRITE8      1u
#define PROBE_READ32      2u
#define PROBE_ACCESS_KIND 3u
#define PROBE_USER        4u

struct probe_step {
    uint8_t kind;
    uint8_t access;
    uint16_t frame;
    uint32_t where;
    uint32_t value;
};
_Static_assert(sizeof(struct probe_step) == 12, "as it is in the file");

/* Of `end`, beside the error code. */
#define PROBE_FAULT 0x80000000u

struct probe_outcome {
    uint32_t end;   /* 0: it worked */
    uint32_t value; /* what was read, or CR2 */
    /* Afterwards: the directory's entry, and the table's that it names, if it does. */
    uint32_t directory_entry, table_entry;
};
_Static_assert(sizeof(struct probe_outcome) == 16, "as it is in the file");

/* The frame of a table by its number, directories first. */
static inline uint32_t probe_table_frame(uint32_t table)
{
    return table < 6u ? table : table < PROBE_DIRECTORIES ? 512u + table - 6u : table - 2u;
}

static inline uint32_t probe_data_frame(uint32_t data)
{
    return PROBE_TABLES + data;
}

/* Entries of a frame of the arena, and the frame that an entry names. */
static inline uint32_t *probe_entries(uint32_t *arena, uint32_t frame)
{
    return arena + frame * PAGE_TABLE_ENTRIES;
}

static inline uint32_t probe_entry_frame(uint32_t entry)
{
    return entry >> PAGE_SHIFT & (PAGE_TABLE_ENTRIES - 1u);
}

/* Fill the arena's frames with data: all of them, once. */
static inline void probe_arena_fill(uint32_t *arena)
{
    for (uint32_t word = 0; word < LARGE_PAGE_SIZE / 4u; word++)
        arena[word] = word * 2654435761u; /* Knuth's multiplier: each byte differs */
}

/* Before each case. Accesses write back what they read: data is as it was. */
static inline void probe_tables_clear(uint32_t *arena)
{
    for (uint32_t table = 0; table < PROBE_TABLES; table++) {
        uint32_t *entries = probe_entries(arena, probe_table_frame(table));
        for (uint32_t i = 0; i < PAGE_TABLE_ENTRIES; i++)
            entries[i] = 0;
    }
}

/* FNV-1a, a word a step. */
static inline uint32_t probe_checksum_frame(uint32_t *arena, uint32_t frame, uint32_t sum)
{
    const uint32_t *words = probe_entries(arena, frame);

    for (uint32_t i = 0; i < PAGE_TABLE_ENTRIES; i++)
        if (i != PROBE_OWN_ENTRY && i != PROBE_OWN_ENTRY + 1u)
            sum = (sum ^ words[i]) * 16777619u;
    return sum;
}

static inline uint32_t probe_checksum(uint32_t *arena)
{
    uint32_t sum = 2166136261u;

    for (uint32_t table = 0; table < PROBE_TABLES; table++)
        sum = probe_checksum_frame(arena, probe_table_frame(table), sum);
    for (uint32_t data = 0; data < PROBE_DATA; data++)
        sum = probe_checksum_frame(arena, probe_data_frame(data), sum);
    return sum;
}

/* The entries on the way to va, into an outcome; pse: CR4.PSE is set. */
static inline void probe_look(uint32_t *arena, uint32_t directory, uint32_t va, bool pse,
                              struct probe_outcome *outcome)
{
    uint32_t entry = probe_entries(arena, directory)[directory_index(vaddr(va))];
    bool leads_on = (entry & PTE_PRESENT) != 0 && !(pse && (entry & PTE_LARGE) != 0);
    uint32_t *table = probe_entries(arena, probe_entry_frame(entry));

    outcome->directory_entry = entry;
    outcome->table_entry = leads_on ? table[table_index(vaddr(va))] : 0;
}

#endif
