/*
 * What the oracle reports. A stale use: an access used a translation that the CPU remembered, and
 * that the page tables no longer give. Or an early free: a frame is given back while the CPU still
 * remembers a translation to it, whatever the page tables say.
 */
#ifndef MACHINE_STALE_USE_H
#define MACHINE_STALE_USE_H

#include <mm/types.h>

struct table_change; /* oracle.h */

/* What the CPU remembered: the TLB entry of a page of 4 KiB or of 4 MiB; a directory entry that
   names a table, in the paging-structure cache; or the directory, in CR3 (early frees only). */
enum stale_kind { STALE_PAGE, STALE_LARGE_PAGE, STALE_TABLE, STALE_DIRECTORY };

struct stale_use {
    enum stale_kind kind;
    bool early_free;   /* no access: frame is given back */
    pfn_t frame;       /* of an early free */
    bool still_mapped; /* early free: the tables say what the CPU remembers */
    vaddr_t va;        /* early free: where the entry maps the frame, or the table its first page */
    uint32_t access;   /* early free: MMU_USER when ring 3 may use the entry */
    bool through_window; /* by a plain pointer, or the window's entry; else the modelled TLB's */
    bool global;
    bool in_directory;             /* the entry that differs is the directory's, not the table's */
    uint32_t old_entry, new_entry; /* as the CPU remembers it, and as it is */
    const struct table_change *change; /* that needed the invalidation; NULL: not in the log */
    bool cr3_loaded; /* it is not in the log, and another directory was loaded into CR3 meanwhile */
};

typedef void stale_use_handler(void *context, const struct stale_use *use);

/*
 * Panic with one line: the access, the entry as it was and is, where it was changed, and which
 * invalidation is missing; or the frame, what leads to it, where that was changed, and what is
 * missing before the free. The handler of a machine that is given none. context is not used.
 */
_Noreturn void stale_use_panic(void *context, const struct stale_use *use);

#endif
