#include "machine/fault_report.h"

#include "machine/panic.h"
#include <mm/mm.h>

#include <stdio.h>

#define ENTRY_TEXT_BYTES 96u

static const char *const cause_text[MM_CAUSE_COUNT] = {
    [MM_OK] = "gives no cause",
    [MM_NO_FRAMES] = "had no free frame for it",
    [MM_NO_RUN] = "had no contiguous frames for it",
    [MM_BRK_BLOCKED] = "could not move brk for it",
    [MM_NO_ADDRESS_SPACE] = "had no address space for it",
    [MM_ZONE] = "had no free frame for it in the zones that serve it",
    [MM_UNSUPPORTED] = "cannot serve it under this strategy",
    [MM_BAD_ACCESS] = "has given this address to nobody",
};

static const char *fault_reason(vaddr_t va, const struct mmu_walk *walk)
{
    if (va.value < PAGE_SIZE)
        return "null dereference";
    if (walk->error_code & FAULT_RESERVED)
        return "a reserved bit is set in the directory entry";
    if (!(walk->directory_entry & PTE_PRESENT))
        return "no page table is present";
    if (!(walk->error_code & FAULT_PRESENT))
        return "the page is not present";
    if (walk->error_code & FAULT_WRITE)
        return "the page is read-only";
    return "the page is the supervisor's";
}

static void entry_text(char *text, const char *name, uint32_t index, uint32_t entry)
{
    if (entry & PTE_PRESENT)
        snprintf(text, ENTRY_TEXT_BYTES, "%s %u is 0x%08x (frame 0x%05x, %s, %s)", name, index,
                 entry, entry >> PAGE_SHIFT, entry & PTE_WRITABLE ? "writable" : "read-only",
                 entry & PTE_USER ? "user" : "supervisor");
    else
        snprintf(text, ENTRY_TEXT_BYTES, "%s %u is 0x%08x (not present)", name, index, entry);
}

static const char *manager_text(void)
{
    const struct mm *mm = mm_active();

    return mm ? cause_text[mm->failure.cause] : "is not active";
}

_Noreturn void fault_report_panic(vaddr_t va, uint32_t access, const struct mmu_walk *walk)
{
    char directory_text[ENTRY_TEXT_BYTES];
    char table_text[ENTRY_TEXT_BYTES] = "no table entry";
    uint32_t error_code = walk->error_code;

    entry_text(directory_text, "directory entry", va.value >> LARGE_PAGE_SHIFT,
               walk->directory_entry);
    if ((walk->directory_entry & PTE_PRESENT) && !(error_code & FAULT_RESERVED))
        entry_text(table_text, "table entry", va.value >> PAGE_SHIFT & (PAGE_TABLE_ENTRIES - 1u),
                   walk->table_entry);

    panic_raise("kernel %s at 0x%08x: %s: %s, %s; error code 0x%x (%s, %s, %s); "
                "the memory manager %s",
                access & MMU_WRITE ? "write" : "read", va.value, fault_reason(va, walk),
                directory_text, table_text, error_code,
                error_code & FAULT_PRESENT ? "protection" : "not present",
                error_code & FAULT_WRITE ? "write" : "read",
                error_code & FAULT_USER ? "user" : "supervisor", manager_text());
}
