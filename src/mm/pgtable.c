#include <mm/machine.h>
#include <mm/pgtable.h>

#define DIRECT_MAP_FIRST (DIRECT_MAP_BASE >> LARGE_PAGE_SHIFT)
#define DIRECT_MAP_PAGES (DIRECT_MAP_SIZE >> LARGE_PAGE_SHIFT)
#define HEAP_AREA_FIRST  (HEAP_AREA_BASE >> LARGE_PAGE_SHIFT)
#define TEMPMAP_ENTRY    (TEMPMAP_BASE >> LARGE_PAGE_SHIFT)

_Static_assert(RECURSIVE_ENTRY == PAGE_TABLE_ENTRIES - 1u, "the directory is at the very end");

/* The entries are global, because the direct map is the same in every directory, including the boot
   directory. */
static uint32_t direct_map_entry(uint32_t large_page)
{
    return large_page << LARGE_PAGE_SHIFT | PTE_KERNEL | PTE_LARGE | PTE_GLOBAL;
}

static uint32_t table_entry(pfn_t table)
{
    return pfn_to_paddr(table).value | PTE_PRESENT | PTE_WRITABLE;
}

/* Returns the entry of a kernel directory at an index. */
static uint32_t directory_entry(pfn_t frames, uint32_t index)
{
    if (index - DIRECT_MAP_FIRST < DIRECT_MAP_PAGES)
        return direct_map_entry(index - DIRECT_MAP_FIRST);
    if (index - HEAP_AREA_FIRST < HEAP_AREA_TABLES)
        return table_entry(pfn_add(frames, 1u + index - HEAP_AREA_FIRST));
    if (index == TEMPMAP_ENTRY)
        return table_entry(pfn_add(frames, 1u + HEAP_AREA_TABLES)) | PTE_USER;
    return index == RECURSIVE_ENTRY ? table_entry(frames) : 0;
}

void pgtable_build_kernel(pfn_t frames)
{
    uint32_t *directory = pgtable_entries(frames);
    uint32_t *tables = pgtable_entries(pfn_add(frames, 1));

    for (uint32_t i = 0; i < PAGE_TABLE_ENTRIES; i++)
        directory[i] = directory_entry(frames, i);
    for (uint32_t i = 0; i < (PGTABLE_KERNEL_FRAMES - 1u) * PAGE_TABLE_ENTRIES; i++)
        tables[i] = 0;
}

/* The entry is global, because it is the same in every address space. mm_exit() flushes it. */
void heap_area_map(vaddr_t tables, uint32_t page, pfn_t frame)
{
    uint32_t *entry = machine_pointer(tables);

    MM_ASSERT((entry[page] & PTE_PRESENT) == 0);
    machine_write_entry(&entry[page], pfn_to_paddr(frame).value | PTE_KERNEL | PTE_GLOBAL);
}

pfn_t heap_area_unmap(vaddr_t tables, uint32_t page)
{
    uint32_t *entry = machine_pointer(tables);
    uint32_t was = entry[page];

    if ((was & PTE_PRESENT) == 0)
        machine_panic(__func__, "page is not mapped", HEAP_AREA_BASE + (page << PAGE_SHIFT));
    machine_write_entry(&entry[page], 0);
    return paddr_to_pfn(paddr(was));
}

bool pgtable_translate(paddr_t directory, vaddr_t va, paddr_t *pa)
{
    uint32_t entry = pgtable_entries(paddr_to_pfn(directory))[directory_index(va)];

    if ((entry & PTE_PRESENT) == 0)
        return false;
    if ((entry & PTE_LARGE) != 0) {
        *pa = paddr((entry & PDE_LARGE_MASK) | (va.value & (LARGE_PAGE_SIZE - 1u)));
        return true;
    }
    entry = pgtable_entries(paddr_to_pfn(paddr(entry)))[table_index(va)];
    if ((entry & PTE_PRESENT) == 0)
        return false;
    *pa = paddr((entry & PTE_FRAME_MASK) | (va.value & PAGE_OFFSET_MASK));
    return true;
}

const char *pgtable_check_kernel(pfn_t frames, uint32_t user_end)
{
    const uint32_t *directory = machine_pointer(direct_map_frame(frames));
    uint32_t machines_first = directory_index(vaddr(user_end));
    uint32_t machines_slots = DIRECT_MAP_FIRST - machines_first;

    for (uint32_t i = 0; i < PAGE_TABLE_ENTRIES; i++) {
        uint32_t entry = directory_entry(frames, i);
        uint32_t ignored = (entry & PTE_PRESENT) != 0 ? PTE_ACCESSED | PTE_DIRTY : 0;
        if (i - FRAMEBUFFER_ENTRY >= FRAMEBUFFER_ENTRIES && i - machines_first >= machines_slots &&
            (directory[i] & ~ignored) != (entry & ~ignored))
            return "pgtable: a directory entry is not the kernel's";
    }
    return NULL;
}
