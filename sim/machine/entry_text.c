#include "machine/entry_text.h"

#include <mm/pgtable.h>

#include <stdio.h>

struct entry_text entry_text(uint32_t entry)
{
    struct entry_text said;

    if (entry & PTE_PRESENT)
        snprintf(said.text, sizeof said.text, "0x%08x (frame 0x%05x, %s, %s)", entry,
                 entry >> PAGE_SHIFT, entry & PTE_WRITABLE ? "writable" : "read-only",
                 entry & PTE_USER ? "user" : "supervisor");
    else
        snprintf(said.text, sizeof said.text, "0x%08x (not present)", entry);
    return said;
}
