#include "support/tables.h"
#include "replay/random.h"

#include "support/on_machine.h"

#include <string.h>

uint32_t tables_memory[TABLES_FRAMES][PAGE_TABLE_ENTRIES];

uint64_t tables_bytes;

void tables_clear(void)
{
    memset(tables_memory, 0, sizeof tables_memory);
    tables_bytes = TABLES_BYTES;
}

static size_t read_tables(void *context, uint64_t pa, void *bytes, size_t count)
{
    uint64_t rest = pa < tables_bytes ? tables_bytes - pa : 0;
    size_t got = rest < count ? (size_t)rest : count;

    (void)context;
    memcpy(bytes, (const char *)tables_memory + (got != 0 ? pa : 0), got);
    return got;
}

struct page_tables tables_of(uint32_t cr3, uint32_t cr4)
{
    const struct paging_mode *mode = paging_mode_find("32bit");

    return (struct page_tables){.memory = {read_tables, NULL},
                                .mode = mode,
                                .root = paging_root_of_cr3(mode, cr3),
                                .cr4 = cr4};
}

/* Returns an entry that mostly is present and without reserved bits; three of four point into the
 * memory. */
static uint32_t random_entry(uint32_t *seed)
{
    uint32_t entry = random32(seed) & PAGE_OFFSET_MASK;
    uint32_t kind = random32(seed);

    entry |= kind & 7 ? PTE_PRESENT : 0u;
    entry |= (kind & 0x30 ? random32(seed) % TABLES_FRAMES : random32(seed)) << PAGE_SHIFT;
    if ((entry & PTE_LARGE) && (kind & 0x300))
        entry &= ~PDE_LARGE_RESERVED;
    return entry;
}

/* Returns the entry that continues the range of `entry`, by a page or by a large page. */
static uint32_t next_entry(uint32_t *seed, uint32_t entry)
{
    switch (random32(seed) % 32u) {
    case 0:
        return random_entry(seed);
    case 1:
        return entry ^ PTE_DIRTY;
    case 2:
        return entry ^ PTE_ACCESSED;
    case 3:
        return entry;
    default:
        return entry + (entry & PTE_LARGE ? LARGE_PAGE_SIZE : PAGE_SIZE);
    }
}

void tables_random(uint32_t *seed)
{
    for (uint32_t frame = 0; frame < TABLES_FRAMES; frame++) {
        uint32_t entry = random_entry(seed);
        for (uint32_t i = 0; i < PAGE_TABLE_ENTRIES; i++) {
            tables_memory[frame][i] = entry;
            entry = next_entry(seed, entry);
        }
    }
}
