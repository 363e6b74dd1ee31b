#include "machine/fault_report.h"

#include "machine/entry_text.h"
#include "machine/panic.h"
#include <mm/mm.h>

#include <stdio.h>

#define LEVEL_TEXT_BYTES 96u

static const char *const cause_text[MM_CAUSE_COUNT] = {
    [MM_OK] = "gives no cause",
    [MM_NO_FRAMES] = "had no free frame for it",
    [MM_NO_RUN] = "had no contiguous frames for it",
    [MM_BRK_BLOCKED] = "could not move brk for it",
    [MM_NO_ADDRESS_SPACE] = "had no address space for it",
    [MM_ZONE] = "had no free frame for it in the zones that serve it",
    [MM_UNSUPPORTED] = "cannot serve it under this strategy",
    [MM_BAD_ACCESS] = "has given this address to no one",
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
    return "the page belongs to the supervisor";
}

static void level_text(char *text, const char *name, uint32_t index, uint32_t entry)
{
    snprintf(text, LEVEL_TEXT_BYTES, "%s %u is %s", name, index, entry_text(entry).text);
}

static const char *manager_text(void)
{
    const struct mm *mm = mm_active();

    return mm ? cause_text[mm->failure.cause] : "is not active";
}

_Noreturn void fault_report_panic(vaddr_t va, uint32_t access, const struct mmu_walk *walk)
{
    char directory_text[LEVEL_TEXT_BYTES];
    char table_text[LEVEL_TEXT_BYTES] = "no table entry";
    uint32_t error_code = walk->error_code;

    level_text(directory_text, "directory entry", directory_index(va), walk->directory_entry);
    if ((walk->directory_entry & PTE_PRESENT) && !(error_code & FAULT_RESERVED))
        level_text(table_text, "table entry", table_index(va), walk->table_entry);

    panic_raise("kernel %s at 0x%08x: %s: %s, %s; error code 0x%x (%s, %s, %s); "
                "the memory manager %s",
                access & MMU_WRITE ? "write" : "read", va.value, fault_reason(va, walk),
                directory_text, table_text, error_code,
                error_code & FAULT_PRESENT ? "protection" : "not present",
                error_code & FAULT_WRITE ? "write" : "read",
                error_code & FAULT_USER ? "user" : "supervisor", manager_text());
}
