/*
 * The page tables, by way of the recursive entry.
 *
 *     va          | directory index 31-22 | table index 21-12 | offset 11-0 |
 *     its entry   | 1023                  | directory index   | 4 * table index |
 *     its table's | 1023                  | 1023              | 4 * directory index |
 *
 * The TLB remembers the pages at 0xffc00000 as it does all others: where a table goes, two pages
 * are invalid, the one that it mapped and the one where it was seen.
 */
#include "recursive.h"

#include "console.h"
#include "cpu.h"
#include "string.h"

#define ENTRIES    1024u
#define RECURSIVE  1023u
#define TABLES     ((uint32_t *)0xffc00000)
#define DIRECTORY  ((uint32_t *)0xfffff000)
#define FRAME_MASK 0xfffff000u

/* How many entries of each table are present. */
static uint16_t pages_in_table[ENTRIES];

/* The entry of va. Its table must be there. */
static uint32_t *entry_of(uint32_t va)
{
    return &TABLES[va / PAGE_SIZE];
}

/* Where the table of va is seen. */
static uint32_t *table_of(uint32_t va)
{
    return &TABLES[va / TABLE_SPAN * ENTRIES];
}

static bool has_table(uint32_t va)
{
    return DIRECTORY[va / TABLE_SPAN] & PTE_PRESENT;
}

void paging_init(void)
{
    /* Paging is off: frames are where their addresses say. */
    uint32_t *directory = (uint32_t *)frame_alloc();
    uint32_t *table = (uint32_t *)frame_alloc();

    memset(directory, 0, PAGE_SIZE);
    memset(table, 0, PAGE_SIZE);
    for (uint32_t pa = PAGE_SIZE; pa < IDENTITY_END; pa += PAGE_SIZE)
        table[pa / PAGE_SIZE] = pa | PTE_WRITABLE | PTE_PRESENT;
    pages_in_table[0] = ENTRIES - 1;
    directory[0] = (uint32_t)table | PTE_WRITABLE | PTE_PRESENT;
    directory[RECURSIVE] = (uint32_t)directory | PTE_WRITABLE | PTE_PRESENT;

    write_cr3((uint32_t)directory);
#ifdef BUG_WP_OFF
    write_cr0(read_cr0() | CR0_PG);
#else
    write_cr0(read_cr0() | CR0_PG | CR0_WP);
#endif
}

/* There was no table before, and so the TLB has nothing that would have to go. */
static bool add_table(uint32_t va)
{
    uint32_t frame = frame_alloc();

    if (!frame)
        return false;
    DIRECTORY[va / TABLE_SPAN] = frame | PTE_WRITABLE | PTE_PRESENT;
#ifndef BUG_TABLE_NOT_ZEROED
    memset(table_of(va), 0, PAGE_SIZE);
#endif
    return true;
}

static void remove_table(uint32_t va)
{
    uint32_t frame = DIRECTORY[va / TABLE_SPAN] & FRAME_MASK;

    DIRECTORY[va / TABLE_SPAN] = 0;
#ifndef BUG_NO_INVLPG_TABLE
    invlpg((uint32_t)table_of(va));
#endif
    frame_free(frame);
}

bool map_page(uint32_t va, uint32_t frame, uint32_t flags)
{
    uint32_t *entry = entry_of(va);
    bool replaces;

    if (!has_table(va) && !add_table(va))
        return false;
    replaces = *entry & PTE_PRESENT;
    *entry = frame | flags | PTE_PRESENT;
    if (replaces) /* the TLB remembers no page that was absent */
        invlpg(va);
    else
        pages_in_table[va / TABLE_SPAN]++;
    return true;
}

uint32_t unmap_page(uint32_t va)
{
    uint32_t frame = page_frame(va);
    uint16_t *pages = &pages_in_table[va / TABLE_SPAN];

    if (!frame)
        return 0;
    *entry_of(va) = 0;
#ifndef BUG_NO_INVLPG
    invlpg(va);
#endif
    --*pages;
#ifdef BUG_TABLE_FREED_IN_USE
    if (*pages <= 1)
#else
    if (*pages == 0)
#endif
        remove_table(va);
#ifdef BUG_DOUBLE_FREE
    frame_free(frame); /* but it is the caller's */
#endif
    return frame;
}

uint32_t page_frame(uint32_t va)
{
    uint32_t entry;

    if (!has_table(va))
        return 0;
    entry = *entry_of(va);
    return entry & PTE_PRESENT ? entry & FRAME_MASK : 0;
}
