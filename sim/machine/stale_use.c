#include "machine/stale_use.h"

#include "machine/mmu.h"
#include "machine/oracle.h"
#include "machine/panic.h"
#include <mm/pgtable.h>

#include <stdio.h>

#define PART_BYTES 128u

/* ---- the common parts of both reports ---- */

static const char *entry_name(const struct stale_use *use)
{
    return use->in_directory ? "directory" : "table";
}

static void missing_text(char *text, const struct stale_use *use)
{
    uint32_t page = use->va.value & ~PAGE_OFFSET_MASK;

    if (use->kind == STALE_DIRECTORY)
        snprintf(text, PART_BYTES, "machine_load_cr3() of another directory");
    else if (use->kind == STALE_TABLE)
        snprintf(text, PART_BYTES, "machine_invlpg() of any address, or machine_load_cr3()");
    else if (use->kind == STALE_LARGE_PAGE)
        snprintf(text, PART_BYTES, "machine_invlpg(0x%08x), or of any address in its 4 MiB",
                 page & PDE_LARGE_MASK);
    else
        snprintf(text, PART_BYTES, "machine_invlpg(0x%08x)", page);
}

static const char *kept_text(const struct stale_use *use)
{
    return use->global ? "; a load of CR3 keeps it, for it is global" : "";
}

/* ---- the use of a stale entry ---- */

static void change_text(char *text, const struct stale_use *use)
{
    if (use->change)
        snprintf(text, PART_BYTES, "since %s:%u", use->change->file, use->change->line);
    else if (use->cr3_loaded)
        snprintf(text, PART_BYTES, "since CR3 was loaded, or by a plain store");
    else
        snprintf(text, PART_BYTES, "by a plain store, place unknown");
}

static _Noreturn void use_panic(const struct stale_use *use)
{
    char change[PART_BYTES];
    char missing[PART_BYTES];

    change_text(change, use);
    missing_text(missing, use);
    panic_raise("stale %s: %s %s at 0x%08x%s: %s entry %u was %s, and is %s %s; missing: %s%s",
                use->kind == STALE_TABLE ? "directory entry" : "TLB entry",
                use->access & MMU_USER ? "user" : "kernel",
                use->access & MMU_WRITE ? "write" : "read", use->va.value,
                use->through_window ? " through the window" : "", entry_name(use),
                use->in_directory ? directory_index(use->va) : table_index(use->va),
                mmu_entry_text(use->old_entry).text, mmu_entry_text(use->new_entry).text, change,
                missing, kept_text(use));
}

/* ---- an early free ---- */

static void memory_text(char *text, const struct stale_use *use)
{
    if (use->kind == STALE_DIRECTORY)
        snprintf(text, PART_BYTES, "CR3 names it as the directory");
    else if (use->kind == STALE_TABLE)
        snprintf(text, PART_BYTES, "the CPU may have directory entry %u that names it as a table",
                 directory_index(use->va));
    else
        snprintf(text, PART_BYTES, "the TLB has an entry for 0x%08x (%s%s%s) that maps it",
                 use->va.value, use->access & MMU_USER ? "user" : "kernel",
                 use->kind == STALE_LARGE_PAGE ? ", 4 MiB" : "",
                 use->through_window ? ", through the window" : "");
}

static void tables_text(char *text, const struct stale_use *use)
{
    const char *entry = entry_name(use);

    if (use->kind == STALE_DIRECTORY)
        text[0] = '\0';
    else if (use->still_mapped)
        snprintf(text, PART_BYTES, "; the %s entry still names it", entry);
    else if (use->change)
        snprintf(text, PART_BYTES, "; the %s entry was changed at %s:%u", entry, use->change->file,
                 use->change->line);
    else if (use->cr3_loaded)
        snprintf(text, PART_BYTES,
                 "; the %s entry is another since CR3 was loaded, or by a plain store", entry);
    else
        snprintf(text, PART_BYTES, "; the %s entry was changed by a plain store, place unknown",
                 entry);
}

static _Noreturn void early_free_panic(const struct stale_use *use)
{
    bool is_entry = use->kind != STALE_DIRECTORY;
    char memory[PART_BYTES];
    char tables[PART_BYTES];
    char missing[PART_BYTES];

    memory_text(memory, use);
    tables_text(tables, use);
    missing_text(missing, use);
    panic_raise(
        "early free: frame 0x%05x is given back while %s%s; missing: %s%s before the free%s",
        use->frame.value, memory, tables,
        use->still_mapped && is_entry ? "a change of the entry, and " : "", missing,
        kept_text(use));
}

_Noreturn void stale_use_panic(void *context, const struct stale_use *use)
{
    (void)context;
    if (use->early_free)
        early_free_panic(use);
    use_panic(use);
}
