#include <mm/framebuffer.h>
#include <mm/pgtable.h>
#include <mm/strategy.h>

#include "misuse.h"
#include "owners.h"

#define UNCACHED (PTE_KERNEL | PTE_GLOBAL | PTE_CACHE_DISABLE | PTE_WRITE_THROUGH)

static uint32_t *part_entry(const struct mm *mm, uint32_t part)
{
    return &pgtable_entries(paddr_to_pfn(mm->directory))[FRAMEBUFFER_ENTRY + part];
}

/* A part is the 4 MiB that one directory entry maps. Returns the number of the device's pages that
   a part in use maps. */
static uint32_t part_pages(const struct mm *mm, uint32_t part)
{
    uint32_t pages = bytes_to_pages(mm->framebuffer_bytes) - part * PAGE_TABLE_ENTRIES;

    return pages < PAGE_TABLE_ENTRIES ? pages : PAGE_TABLE_ENTRIES;
}

static paddr_t part_device(const struct mm *mm, uint32_t part)
{
    return paddr(mm->framebuffer_device.value + (part << LARGE_PAGE_SHIFT));
}

static bool part_is_large(const struct mm *mm, uint32_t part)
{
    return part_pages(mm, part) == PAGE_TABLE_ENTRIES &&
           mm->framebuffer_device.value % LARGE_PAGE_SIZE == 0;
}

static void table_fill(const struct mm *mm, uint32_t part, pfn_t table)
{
    uint32_t *entries = pgtable_entries(table);
    uint32_t device = part_device(mm, part).value;
    uint32_t pages = part_pages(mm, part);

    for (uint32_t i = 0; i < PAGE_TABLE_ENTRIES; i++)
        machine_write_entry(&entries[i], i < pages ? (device + i * PAGE_SIZE) | UNCACHED : 0);
}

/* Returns the number of parts in use. Either all of them need a page table, or only the last one
   may need one. */
static uint32_t parts_used(const struct mm *mm)
{
    return (bytes_to_pages(mm->framebuffer_bytes) + PAGE_TABLE_ENTRIES - 1u) / PAGE_TABLE_ENTRIES;
}

uint32_t framebuffer_tables(const struct mm *mm)
{
    uint32_t tables = 0;

    for (uint32_t part = 0; part < parts_used(mm); part++)
        tables += !part_is_large(mm, part);
    return tables;
}

static bool part_map(struct mm *mm, uint32_t part)
{
    if (part_is_large(mm, part)) {
        machine_write_entry(part_entry(mm, part),
                            part_device(mm, part).value | UNCACHED | PTE_LARGE);
        return true;
    }
    pfn_t table = mm_pages_take(mm, 0, PAGES_LOW, OWNER_PAGE_TABLE);
    if (pfn_is_none(table))
        return false;
    table_fill(mm, part, table);
    machine_write_entry(part_entry(mm, part),
                        pfn_to_paddr(table).value | PTE_PRESENT | PTE_WRITABLE);
    return true;
}

static void part_hide(struct mm *mm, uint32_t part)
{
    machine_write_entry(part_entry(mm, part), *part_entry(mm, part) & ~PTE_PRESENT);
}

static void part_release(struct mm *mm, uint32_t part)
{
    uint32_t entry = *part_entry(mm, part);

    if ((entry & PTE_LARGE) == 0)
        mm_pages_give(mm, paddr_to_pfn(paddr(entry)), 0);
    machine_write_entry(part_entry(mm, part), 0);
}

/* Unmaps the first `parts` parts. No TLB may lead to a page table when it is freed, so, as in
   user_pages.c, first the entries lose their present bit, then the TLB is flushed, and then the
   tables are freed, the last one first. The whole TLB is flushed, because the pages are global and
   many. */
static void parts_unmap(struct mm *mm, uint32_t parts)
{
    for (uint32_t part = 0; part < parts; part++)
        part_hide(mm, part);
    machine_flush_tlb();
    while (parts-- > 0)
        part_release(mm, parts);
}

/* Panics unless all frames of the device lie outside of RAM. */
static void check_device(const struct mm *mm, paddr_t device, uint32_t bytes)
{
    pfn_t frame = paddr_to_pfn(device);

    for (uint32_t i = 0; i < bytes_to_pages(bytes); i++)
        if (!owner_is(mm, pfn_add(frame, i), OWNER_DEVICE))
            misuse_frame(mm, "framebuffer_map", pfn_add(frame, i));
}

static void check_caller(const struct mm *mm, const char *function)
{
    if (!vaddr_is_none(mm->processes))
        machine_panic(function, "there are processes, with directories of their own", 0);
}

/* Maps all parts, or none. Returns false if frames for the page tables are missing. */
static bool parts_map(struct mm *mm)
{
    const struct mm_counters before = mm->counters;
    uint32_t part = 0;

    if (!mm_frames_ready(mm, framebuffer_tables(mm), 0))
        return false;
    while (part < parts_used(mm) && part_map(mm, part))
        part++;
    if (part == parts_used(mm))
        return true;
    parts_unmap(mm, part);
    mm_restore_peaks(mm, &before);
    return false;
}

vaddr_t framebuffer_map(struct mm *mm, paddr_t device, uint32_t bytes)
{
    check_caller(mm, __func__);
    MM_ASSERT((device.value & PAGE_OFFSET_MASK) == 0);
    MM_ASSERT(bytes != 0 && bytes - 1u <= UINT32_MAX - device.value);
    if (mm->framebuffer_bytes != 0 || bytes > FRAMEBUFFER_SIZE) {
        mm_fail(mm, MM_NO_ADDRESS_SPACE, PFN_NONE);
        return VADDR_NONE;
    }
    check_device(mm, device, bytes);
    mm->framebuffer_device = device;
    mm->framebuffer_bytes = bytes;
    if (parts_map(mm))
        return vaddr(FRAMEBUFFER_BASE);
    mm->framebuffer_bytes = 0;
    return VADDR_NONE;
}

void framebuffer_unmap(struct mm *mm)
{
    check_caller(mm, __func__);
    parts_unmap(mm, parts_used(mm));
    mm->framebuffer_bytes = 0;
}

static bool part_is_sound(const struct mm *mm, uint32_t part)
{
    uint32_t entry = *part_entry(mm, part);
    uint32_t device = part_device(mm, part).value;
    uint32_t pages = part_pages(mm, part);
    bool sound = (entry & (PTE_PRESENT | PTE_WRITABLE | PTE_USER | PTE_LARGE)) ==
                 (PTE_PRESENT | PTE_WRITABLE);

    if (part_is_large(mm, part))
        return entry == (device | UNCACHED | PTE_LARGE);
    for (uint32_t i = 0; i < PAGE_TABLE_ENTRIES && sound; i++) {
        uint32_t page = pgtable_entries(paddr_to_pfn(paddr(entry)))[i];
        sound = page == (i < pages ? (device + i * PAGE_SIZE) | UNCACHED : 0);
    }
    return sound;
}

const char *framebuffer_check(const struct mm *mm)
{
    for (uint32_t part = 0; part < FRAMEBUFFER_ENTRIES; part++) {
        if (part >= parts_used(mm) && *part_entry(mm, part) != 0)
            return "framebuffer: a page behind the frame buffer is mapped";
        if (part < parts_used(mm) && !part_is_sound(mm, part))
            return "framebuffer: a page is not of the device, or is cached";
    }
    return NULL;
}
