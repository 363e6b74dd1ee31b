#include "machine/stale_use.h"

#include "machine/access.h"
#include "machine/entry_text.h"
#include "machine/panic.h"
#include <mm/pgtable.h>

#include <stdio.h>

#define PART_BYTES 128u

static void change_text(char *text, const struct stale_use *use)
{
    if (use->change)
        snprintf(text, PART_BYTES, "since %s:%u", use->change->file, use->change->line);
    else if (use->cr3_loaded)
        snprintf(text, PART_BYTES, "since CR3 was loaded, or by a plain store");
    else
        snprintf(text, PART_BYTES, "by a plain store, place unknown");
}

static void missing_text(char *text, const struct stale_use *use)
{
    uint32_t page = use->va.value & ~PAGE_OFFSET_MASK;
    const char *kept = use->global ? "; a load of CR3 keeps it, for it is global" : "";

    if (use->kind == STALE_TABLE)
        snprintf(text, PART_BYTES, "machine_invlpg() of any address, or machine_load_cr3()");
    else if (use->kind == STALE_LARGE_PAGE)
        snprintf(text, PART_BYTES, "machine_invlpg(0x%08x), or of any address in its 4 MiB%s",
                 page & PDE_LARGE_MASK, kept);
    else
        snprintf(text, PART_BYTES, "machine_invlpg(0x%08x)%s", page, kept);
}

_Noreturn void stale_use_panic(void *context, const struct stale_use *use)
{
    char change[PART_BYTES];
    char missing[PART_BYTES];

    (void)context;
    change_text(change, use);
    missing_text(missing, use);
    panic_raise("stale %s: %s %s at 0x%08x%s: %s entry %u was %s, and is %s %s; missing: %s",
                use->kind == STALE_TABLE ? "directory entry" : "TLB entry",
                use->access & MMU_USER ? "user" : "kernel",
                use->access & MMU_WRITE ? "write" : "read", use->va.value,
                use->through_window ? " through the window" : "",
                use->in_directory ? "directory" : "table",
                use->in_directory ? directory_index(use->va) : table_index(use->va),
                entry_text(use->old_entry).text, entry_text(use->new_entry).text, change, missing);
}
