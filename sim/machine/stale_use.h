/*
 * An access that used what the CPU remembered of a table, and the table no longer says; or an early
 * free: a frame that is given back while the CPU still remembers it, whatever the tables say.
 */
#ifndef MACHINE_STALE_USE_H
#define MACHINE_STALE_USE_H

#include <mm/types.h>

struct table_change; /* oracle.h */

/* What the CPU remembered: the TLB entry of a page; (paging-structure cache) a directory entry that
   names a table; or, of early frees alone, the directory, in CR3. */
enum stale_kind { STALE_PAGE, STALE_LARGE_PAGE, STALE_TABLE, STALE_DIRECTORY };

struct stale_use {
    enum stale_kind kind;
    bool early_free;   /* no access: frame is given back */
    pfn_t frame;       /* of an early free */
    bool still_mapped; /* early free: the tables say what the CPU remembers */
    vaddr_t va;        /* early free: where the entry maps the frame, or the table its first page */
    uint32_t access;   /* early free: MMU_USER when ring 3 may use the entry */
    bool through_window; /* a native load or store, or the window's entry; else the TLB model's */
    bool global;
    bool in_directory;             /* the entry that differs is the directory's, not the table's */
    uint32_t old_entry, new_entry; /* as the CPU remembers it, and as it is */
    const struct table_change *change; /* that owed the invalidation; NULL: not on record */
    bool cr3_loaded; /* not on record, and another directory was loaded into CR3 meanwhile */
};

typedef void stale_use_handler(void *context, const struct stale_use *use);

/*
 * Panic with one line: the access, the entry as it was and is, where it was changed, and which
 * invalidation is missing; or the frame, what leads to it, where that was changed, and what is
 * missing before the free. The handler of a machine that is given none. context is not used.
 */
_Noreturn void stale_use_panic(void *context, const struct stale_use *use);

#endif
