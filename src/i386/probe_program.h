/*
 * Programs that probe an MMU: page tables, control registers, invalidations and accesses, with the
 * expected outcome of each access. tests/mmu generates them and records the simulator's outcomes;
 * the image executes them on the CPU and compares. The format is little endian, 4-byte aligned:
 *
 *     | probe_header | probe_case, its probe_steps, its accesses' probe_outcomes | probe_case ... |
 *
 * A program maps only the arena, 4 MiB of physical memory aligned to 4 MiB, so that one 4 MiB page
 * covers it. Frames of the arena are numbered from 0:
 *
 *     0-5, 512, 513  directories, also used as tables; their entries name frames 0-11, 512 and 513
 *     6-11           tables; their entries name any frame
 *     the others     data: each word's value depends on its address; 14-29 are in the checksum
 *
 * The numbers 512 and 0 differ in physical bit 21, which is reserved in a 4 MiB entry. No other
 * reserved bit is probed, because QEMU's CPU takes bits 13-20 for address bits 32-39 (PSE-36)
 * whatever the width of its physical addresses, while the simulator has 32-bit addresses.
 *
 * Entries 768 and 769 of each directory belong to the image; no step writes them.
 */
#ifndef I386_PROBE_PROGRAM_H
#define I386_PROBE_PROGRAM_H

#include <mm/pgtable.h>

#define PROBE_MAGIC   0x70756d6du /* "mmup" */
#define PROBE_VERSION 1u

#define PROBE_TABLES      14u
#define PROBE_DIRECTORIES 8u
#define PROBE_DATA        16u
#define PROBE_OWN_ENTRY   768u /* maps the image; the next entry maps the arena */
#define PROBE_STEPS_MAX   512u

struct probe_header {
    uint32_t magic, version;
    uint32_t arena; /* its physical address */
    uint32_t cases, accesses;
    uint32_t payload_bytes;
    uint32_t payload_crc; /* crc32() of everything after the header */
};
_Static_assert(sizeof(struct probe_header) == 28, "the size in memory is that in the file");

/* The start state of a case, in which all tables are zero, and the checksum of its end state. */
struct probe_case {
    uint32_t number;
    uint32_t steps, accesses;
    uint32_t directory; /* the arena's frame that CR3 names */
    uint32_t cr0, cr4;  /* only WP, PSE and PGE may be set */
    uint32_t checksum;  /* the result of probe_checksum() */
};
_Static_assert(sizeof(struct probe_case) == 28, "the size in memory is that in the file");

enum probe_kind {
    PROBE_WRITE_ENTRY, /* store value plus the arena's address in entry `where` of frame */
    PROBE_LOAD_CR3,    /* make frame the directory */
    PROBE_LOAD_CR0,    /* value is WP or 0 */
    PROBE_LOAD_CR4,    /* value has PSE and PGE, or one, or none */
    PROBE_INVLPG,      /* invalidate the page of `where` */
    PROBE_ACCESS,      /* access memory at `where` */
    PROBE_KINDS
};

/* An access is a kind of <asm/access.h>; PROBE_USER is set if ring 3 makes it. */
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
_Static_assert(sizeof(struct probe_step) == 12, "the size in memory is that in the file");

/* Set in `end`, together with the error code, when the access faulted. */
#define PROBE_FAULT 0x80000000u

struct probe_outcome {
    uint32_t end;   /* 0: the access succeeded */
    uint32_t value; /* the value read, or CR2 after a fault */
    /* The entries after the access; table_entry is 0 if the directory entry names no table. */
    uint32_t directory_entry, table_entry;
};
_Static_assert(sizeof(struct probe_outcome) == 16, "the size in memory is that in the file");

/* Returns the frame of table number `table`; directories are numbered first. */
static inline uint32_t probe_table_frame(uint32_t table)
{
    return table < 6u ? table : table < PROBE_DIRECTORIES ? 512u + table - 6u : table - 2u;
}

/* Returns the frame of checked data number `data`. */
static inline uint32_t probe_data_frame(uint32_t data)
{
    return PROBE_TABLES + data;
}

/* Returns the words of a frame; arena points to the mapped arena. */
static inline uint32_t *probe_entries(uint32_t *arena, uint32_t frame)
{
    return arena + frame * PAGE_TABLE_ENTRIES;
}

/* Returns the arena's frame that an entry names. */
static inline uint32_t probe_entry_frame(uint32_t entry)
{
    return entry >> PAGE_SHIFT & (PAGE_TABLE_ENTRIES - 1u);
}

/* Fills every frame of the arena with data; call it once, before the first case. */
static inline void probe_arena_fill(uint32_t *arena)
{
    for (uint32_t word = 0; word < LARGE_PAGE_SIZE / 4u; word++)
        arena[word] = word * 2654435761u; /* Knuth's multiplier: each byte differs */
}

/* Clears all tables; call it before each case. The data needs no reset, because a write access
   stores the byte that it read. */
static inline void probe_tables_clear(uint32_t *arena)
{
    for (uint32_t table = 0; table < PROBE_TABLES; table++) {
        uint32_t *entries = probe_entries(arena, probe_table_frame(table));
        for (uint32_t i = 0; i < PAGE_TABLE_ENTRIES; i++)
            entries[i] = 0;
    }
}

/* Hashes a frame with FNV-1a, one word a step, without the image's own two entries. */
static inline uint32_t probe_checksum_frame(uint32_t *arena, uint32_t frame, uint32_t sum)
{
    const uint32_t *words = probe_entries(arena, frame);

    for (uint32_t i = 0; i < PAGE_TABLE_ENTRIES; i++)
        if (i != PROBE_OWN_ENTRY && i != PROBE_OWN_ENTRY + 1u)
            sum = (sum ^ words[i]) * 16777619u;
    return sum;
}

/* Returns the hash of all tables and of the checked data frames. */
static inline uint32_t probe_checksum(uint32_t *arena)
{
    uint32_t sum = 2166136261u;

    for (uint32_t table = 0; table < PROBE_TABLES; table++)
        sum = probe_checksum_frame(arena, probe_table_frame(table), sum);
    for (uint32_t data = 0; data < PROBE_DATA; data++)
        sum = probe_checksum_frame(arena, probe_data_frame(data), sum);
    return sum;
}

/* Stores the directory entry and the table entry of va in an outcome; pse tells if CR4.PSE is set.
 */
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
