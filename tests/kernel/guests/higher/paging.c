/* The page directory and the tables, all of which the direct map has. */
#include "higher.h"

#include "console.h"
#include "cpu.h"
#include "string.h"

#define ENTRIES    1024u
#define LARGE_PAGE 0x400000u
#define FRAME_MASK 0xfffff000u
#define INDEX(va)  ((va) / LARGE_PAGE)

/* start.S: the directory, and the table of the direct map's first 4 MiB. */
extern uint32_t kernel_directory[ENTRIES], kernel_table[ENTRIES];
extern char stack_guard[];

/* 64 MiB, whether there is memory or not; the first 4 MiB have a table. */
static void map_directly(void)
{
    for (uint32_t pa = LARGE_PAGE; pa < 16 * LARGE_PAGE; pa += LARGE_PAGE)
        kernel_directory[INDEX(DIRECT_MAP + pa)] = pa | PTE_LARGE | PTE_WRITABLE | PTE_PRESENT;
}

static void restrict_kernel(void)
{
    for (const char *page = kernel_start; page < data_start; page += PAGE_SIZE)
        kernel_table[direct_map_pa(page) / PAGE_SIZE] &= ~PTE_WRITABLE;
    kernel_table[direct_map_pa(stack_guard) / PAGE_SIZE] = 0;
}

void paging_init(void)
{
    map_directly();
    restrict_kernel();
    kernel_directory[0] = 0;
#ifndef BUG_NO_CR3_LOAD
    write_cr3(read_cr3());
#endif
}

/* The entry of va, or NULL: it has no table. */
static uint32_t *entry_of(uint32_t va)
{
    uint32_t directory_entry = kernel_directory[INDEX(va)];
    uint32_t *table = direct_map(directory_entry & FRAME_MASK);

    if (!(directory_entry & PTE_PRESENT) || (directory_entry & PTE_LARGE))
        return NULL;
    return &table[va / PAGE_SIZE % ENTRIES];
}

static bool add_table(uint32_t va)
{
    uint32_t frame = frame_alloc();

    if (!frame)
        return false;
    memset(direct_map(frame), 0, PAGE_SIZE);
    kernel_directory[INDEX(va)] = frame | PTE_WRITABLE | PTE_PRESENT;
    return true;
}

/* The TLB remembers no page that was absent: nothing is to be invalidated. */
bool map_page(uint32_t va, uint32_t frame, uint32_t flags)
{
    uint32_t *entry;

    if (!(kernel_directory[INDEX(va)] & PTE_PRESENT) && !add_table(va))
        return false;
    entry = entry_of(va);
    if (!entry || (*entry & PTE_PRESENT))
        panic("map_page: a page is there");
    *entry = frame | flags | PTE_PRESENT;
    return true;
}

uint32_t unmap_page(uint32_t va)
{
    uint32_t frame = page_frame(va);

    if (frame) {
        *entry_of(va) = 0;
#ifndef BUG_NO_INVLPG
        invlpg(va);
#endif
    }
    return frame;
}

uint32_t page_frame(uint32_t va)
{
    const uint32_t *entry = entry_of(va);

    return entry && (*entry & PTE_PRESENT) ? *entry & FRAME_MASK : 0;
}
