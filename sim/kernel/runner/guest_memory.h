/*
 * The guest's memory as emulated instructions access it: through segments, page tables and devices.
 * Unless stated otherwise, a function of type bool returns false if it raised an exception
 * (cpu_raise()); then it has read and written nothing. Accesses set A and D bits, as the CPU's do.
 * A write to a watched page table is reported to the oracle, and a write to a code frame makes it
 * data (frames.h).
 */
#ifndef RUNNER_GUEST_MEMORY_H
#define RUNNER_GUEST_MEMORY_H

#include "runner/cpu.h"

/*
 * Stores the linear address of `bytes` bytes at an offset in a segment. Raises #GP(0), or #SS(0)
 * for SEG_SS, if the segment is unusable, or if its type or limit forbids the access (Intel SDM
 * vol. 3A, 5.3 and 5.4).
 */
bool guest_linear(uint32_t segment, uint32_t offset, uint32_t bytes, bool write, uint32_t *linear);

/* Access 1 to 16 bytes at a linear address with the rights of the current ring. The bytes may cross
   a page boundary. */
bool guest_read(uint32_t linear, void *value, uint32_t bytes);
bool guest_write(uint32_t linear, const void *value, uint32_t bytes);

/* Do the same as supervisor in every ring: for descriptor tables, the TSS and stacks of inner
   rings. */
bool guest_system_read(uint32_t linear, void *value, uint32_t bytes);
bool guest_system_write(uint32_t linear, const void *value, uint32_t bytes);

/* Raises the fault that a write of these bytes would raise, and writes nothing. It is for
   instructions that must not fault after a part of their writes. */
bool guest_probe_write(uint32_t linear, uint32_t bytes);

/* Stores the physical address of a byte of code. Stops the guest with EVENT_UNSUPPORTED if the
   address belongs to a device. */
bool guest_translate_code(uint32_t linear, uint32_t *pa);

/* Copies the bytes at EIP as the guest wrote them, up to 15, or fewer if the next page is not
   mapped. Returns their number; 0 if the first page is not mapped. Raises nothing. */
uint32_t guest_fetch(uint32_t eip, unsigned char bytes[15]);

/* Push to and pop from the current stack; `bytes` is 2 or 4. ESP (or SP) moves only on success. */
bool guest_push(uint32_t value, uint32_t bytes);
bool guest_pop(uint32_t *value, uint32_t bytes);

/* ---- pages at hand ---- */

/*
 * A direct-mapped cache of translations, for each kind of access. A page is "at hand" while the
 * cache has it. Only plain memory in the TLB is cached: no device, code frame or watched table. An
 * entry is valid until the TLB changes.
 */
struct guest_page {
    uint64_t changes; /* window.changes + 1 when the entry was made; 0: an empty entry */
    uint32_t page;
    unsigned char *memory;
};

#define GUEST_PAGES 256u

extern struct guest_page guest_pages[ACCESS_BITS][GUEST_PAGES];

static inline struct guest_page *guest_page_slot(uint32_t linear, uint32_t access)
{
    return &guest_pages[access >> 1][linear / PAGE_SIZE % GUEST_PAGES];
}

/* Returns the memory of an access within one page, or NULL if the page is not at hand or the bytes
   cross its end. Then use guest_read() or guest_write(), which caches the page if it may. */
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

/* Reports a change, within a page, of memory that may be code or a table. `before` holds the bytes
   before the change. */
void guest_memory_changed(uint32_t pa, const void *before, uint32_t bytes);

/* Tells if a physical address is memory; otherwise it belongs to a device or is unused. */
bool physical_is_memory(uint32_t pa);

#endif
