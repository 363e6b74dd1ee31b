/*
 * The guest's memory as emulated instructions see it: through its segments, its page tables and its
 * devices. Each function that returns bool returns false when it raised an exception (cpu_raise());
 * then nothing was read or written. Accesses set A and D bits, as the CPU's do. A write to a table
 * of pages is told to the oracle, and one to code that was executed drops its replaced copy.
 */
#ifndef RUNNER_GUEST_MEMORY_H
#define RUNNER_GUEST_MEMORY_H

#include "runner/cpu.h"

/*
 * The linear address of `bytes` bytes at an offset in a segment. Checks type, limit and, of an
 * unusable segment, raises #GP(0), or #SS(0) for SEG_SS (Intel SDM vol. 3A, 5.3 and 5.4).
 */
bool guest_linear(uint32_t segment, uint32_t offset, uint32_t bytes, bool write, uint32_t *linear);

/* 1 to 16 bytes at a linear address, with the rights of the current ring. May cross a page. */
bool guest_read(uint32_t linear, void *value, uint32_t bytes);
bool guest_write(uint32_t linear, const void *value, uint32_t bytes);

/* The same as supervisor, whatever the ring: descriptor tables, TSS, stacks of inner rings. */
bool guest_system_read(uint32_t linear, void *value, uint32_t bytes);
bool guest_system_write(uint32_t linear, const void *value, uint32_t bytes);

/* Would a write of these bytes pass? For instructions that must not stop half way. */
bool guest_probe_write(uint32_t linear, uint32_t bytes);

/* Where a byte of code is, for the interpreter. false: raised. */
bool guest_translate_code(uint32_t linear, uint32_t *pa);

/* The bytes of the instruction at EIP, as the guest wrote them: up to 15, fewer where the next page
   faults. Returns their number. Raises nothing. */
uint32_t guest_fetch(uint32_t eip, unsigned char bytes[15]);

/* Push on the current stack, and pop; `bytes` is 2 or 4. ESP (or SP) moves only on success. */
bool guest_push(uint32_t value, uint32_t bytes);
bool guest_pop(uint32_t *value, uint32_t bytes);

/* ---- pages at hand ---- */

/*
 * Plain memory that the TLB shows: neither a device, nor code that was copied, nor a watched table.
 * Direct-mapped by page, for each access. Good while nothing has changed in the TLB since.
 */
struct guest_page {
    uint64_t changes; /* one more than the window's, when the page was noted; 0: none was */
    uint32_t page;
    unsigned char *memory;
};

#define GUEST_PAGES 256u

extern struct guest_page guest_pages[ACCESS_BITS][GUEST_PAGES];

static inline struct guest_page *guest_page_slot(uint32_t linear, uint32_t access)
{
    return &guest_pages[access >> 1][linear / PAGE_SIZE % GUEST_PAGES];
}

/* Memory at hand for an access of `bytes` bytes within a page. NULL: use guest_read() and
   guest_write(), which may bring the page. */
static inline unsigned char *guest_at_hand(uint32_t linear, uint32_t bytes, uint32_t access)
{
    const struct guest_page *slot = guest_page_slot(linear, access);
    uint32_t offset = linear & PAGE_OFFSET_MASK;

    if (slot->changes != cpu.machine.window.changes + 1 ||
        slot->page != (linear & ~PAGE_OFFSET_MASK) || offset + bytes > PAGE_SIZE)
        return NULL;
    return slot->memory + offset;
}

/* ---- physical memory ---- */

/* Memory that is code or a table was changed, within a page; it was `before`. */
void guest_memory_changed(uint32_t pa, const void *before, uint32_t bytes);

/* Is it memory? Otherwise it belongs to a device, or to nobody. */
bool physical_is_memory(uint32_t pa);

#endif
