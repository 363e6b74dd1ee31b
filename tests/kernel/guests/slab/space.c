/* Page directories of processes. The upper quarter is the kernel's, and the same in all. */
#include "slab.h"

#include "cpu.h"
#include "string.h"

#define ENTRIES      1024u
#define FRAME_MASK   0xfffff000u
#define INDEX(va)    ((va) >> 22)
#define KERNEL_ENTRY INDEX(DIRECT_MAP)

uint32_t *space_create(void)
{
    uint32_t *space = pages_alloc(0);

    if (!space)
        return NULL;
#ifndef BUG_DIRECTORY_NOT_ZEROED
    memset(space, 0, KERNEL_ENTRY * sizeof *space);
#endif
    memcpy(space + KERNEL_ENTRY, kernel_directory + KERNEL_ENTRY,
           (ENTRIES - KERNEL_ENTRY) * sizeof *space);
    return space;
}

/* The entry of va, or NULL: it has no table. */
static uint32_t *entry_of(const uint32_t *space, uint32_t va)
{
    uint32_t *table = direct_map(space[INDEX(va)] & FRAME_MASK);

    return space[INDEX(va)] & PTE_PRESENT ? &table[va / PAGE_SIZE % ENTRIES] : NULL;
}

static bool add_table(uint32_t *space, uint32_t va)
{
    uint32_t *table = pages_alloc(0);

    if (!table)
        return false;
    memset(table, 0, PAGE_SIZE);
    space[INDEX(va)] = direct_map_pa(table) | PTE_USER | PTE_WRITABLE | PTE_PRESENT;
    return true;
}

bool space_map(uint32_t *space, uint32_t va, uint32_t pa, uint32_t flags)
{
    uint32_t *entry;

    if (!(space[INDEX(va)] & PTE_PRESENT) && !add_table(space, va))
        return false;
    entry = entry_of(space, va);
    if (*entry & PTE_PRESENT)
        return false;
    *entry = pa | flags | PTE_PRESENT;
    return true;
}

/* invlpg does no harm when another space is in CR3. The kernel's part is in every space. */
uint32_t space_unmap(uint32_t *space, uint32_t va)
{
    uint32_t pa = space_frame(space, va);

    if (!pa)
        return 0;
    *entry_of(space, va) = 0;
#ifndef BUG_NO_INVLPG
    invlpg(va);
#endif
    return pa;
}

uint32_t space_frame(const uint32_t *space, uint32_t va)
{
    const uint32_t *entry = entry_of(space, va);

    return entry && (*entry & PTE_PRESENT) ? *entry & FRAME_MASK : 0;
}

void space_use(uint32_t *space)
{
    if (read_cr3() != direct_map_pa(space))
        write_cr3(direct_map_pa(space));
}

static void free_table(uint32_t *table)
{
    for (uint32_t i = 0; i < ENTRIES; i++)
        if (table[i] & PTE_PRESENT)
            pages_free(direct_map(table[i] & FRAME_MASK), 0);
    pages_free(table, 0);
}

/* The space of the thread that ran last is still in CR3, though nobody uses it any more. */
void space_destroy(uint32_t *space)
{
#ifndef BUG_FREE_BEFORE_SWITCH
    space_use(kernel_directory);
#endif
    for (uint32_t i = 0; i < KERNEL_ENTRY; i++)
        if (space[i] & PTE_PRESENT)
            free_table(direct_map(space[i] & FRAME_MASK));
    pages_free(space, 0);
}
