/*
 * A file of physical memory: raw, as QEMU's `pmemsave` writes it, or an ELF core, as QEMU's
 * `dump-guest-memory` and makedumpfile write it (machine/core_file.h). Only the bytes that are
 * asked for are read, so that a dump may be much larger than this machine's memory.
 */
#ifndef MACHINE_DUMP_H
#define MACHINE_DUMP_H

#include "machine/core_notes.h"
#include "machine/paging.h"

/* Consecutive physical memory, which is consecutive in the file, too. */
struct dump_segment {
    uint64_t pa;
    uint64_t bytes;      /* in the file, of those that the file's header promises */
    uint64_t zero_bytes; /* that follow, are not in the file, and are zero (p_filesz < p_memsz) */
    uint64_t offset;     /* in the file */
};

struct dump {
    int fd;
    uint64_t file_bytes;
    struct dump_segment *segments; /* by ascending pa; they do not overlap */
    uint32_t segment_count;
    bool is_core;
    struct core_notes notes; /* of a core */

    /* What reading has met so far: */
    bool shrunk;     /* the file became shorter since it was opened, or could not be read */
    bool read_zeros; /* bytes that are not in the file, and zero */
};

/* Where a raw dump starts in physical memory, if the file is to be read as one whatever its first
   bytes are; DUMP_ANY: it starts at 0, unless the file is a core. */
#define DUMP_ANY UINT64_MAX

/* Open a file. Returns false on failure; error (at most error_bytes, one line without a newline)
   then names the file, the offset where one is to blame, and the reason. O(n log n) for n segments;
   nothing else is read. */
bool dump_open(struct dump *dump, const char *path, uint64_t base, char *error, size_t error_bytes);

void dump_close(struct dump *dump);

/* Store the bytes of physical memory from pa on. Returns how many there are: less than count where
   the dump has none. O(log segments + count). */
size_t dump_read(struct dump *dump, uint64_t pa, void *bytes, size_t count);

/* Store the first bytes of the file. Returns how many there are. */
size_t dump_head(const struct dump *dump, void *bytes, size_t count);

/* The dump as memory that page tables are in. */
struct physical_memory dump_memory(struct dump *dump);

/* Returns how many bytes the file has by its own account: a core all its segments, a raw dump whole
   pages. If it has fewer, it is cut short. O(segments). */
uint64_t dump_promised_bytes(const struct dump *dump);

static inline bool dump_is_cut_short(const struct dump *dump)
{
    return dump->file_bytes < dump_promised_bytes(dump);
}

#endif
