/* Writes ELF cores for tests: headers first, then notes, then what the segments hold. */
#ifndef SUPPORT_CORE_MAKER_H
#define SUPPORT_CORE_MAKER_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct made_segment {
    uint64_t pa, va;
    uint64_t file_bytes, memory_bytes;
    const void *bytes; /* of file_bytes; NULL: those of the segment before, from `skip` on */
    uint64_t skip;
};

struct made_core {
    bool is_wide;
    uint16_t machine;
    const void *notes;
    size_t note_bytes;
    const struct made_segment *segments;
    uint32_t segment_count;
    bool has_count_in_section; /* PN_XNUM */
};

/* Writes the core into the test's folder. Returns its path. */
const char *core_make(const char *name, const struct made_core *core);

/* Append a note to `notes`, which have *count bytes. The second one is QEMU's, of a CPU. */
void note_add(unsigned char *notes, size_t *count, const char *owner, uint32_t type,
              const void *data, size_t bytes);
void note_add_cpu(unsigned char *notes, size_t *count, uint64_t cr0, uint64_t cr3, uint64_t cr4);

#endif
