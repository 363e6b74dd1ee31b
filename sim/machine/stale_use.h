/*
 * The errors that the oracle reports. A stale use is an access that used a translation that the CPU
 * remembered and that the page tables no longer give. An early free gives a frame back while the
 * CPU still remembers a translation to it, whatever the page tables say.
 */
#ifndef MACHINE_STALE_USE_H
#define MACHINE_STALE_USE_H

#include <mm/types.h>

struct table_change; /* oracle.h */

/* The kind of thing that the CPU remembered: the TLB entry of a page of 4 KiB or of 4 MiB; a
   directory entry that names a table, in the paging-structure cache; or the directory, in CR3 (only
   for early frees). */
enum stale_kind { STALE_PAGE, STALE_LARGE_PAGE, STALE_TABLE, STALE_DIRECTORY };

struct stale_use {
    enum stale_kind kind;
    bool early_free;   /* an early free, not a stale use */
    pfn_t frame;       /* early free: the frame that is given back */
    bool still_mapped; /* early free: the tables still give this translation */
    vaddr_t va;        /* address of the access; early free: where the entry maps the frame, or the
                          table's first page */
    uint32_t access;   /* MMU_ bits of the access; early free: MMU_USER when ring 3 may use the
                          entry */
    bool through_window; /* by a plain pointer or an entry of the window; else by the TLB model */
    bool global;
    bool in_directory;                 /* the entry that differs is in the directory, not in the
                                          table */
    uint32_t old_entry, new_entry;     /* as the CPU remembers the entry, and as the entry is now */
    const struct table_change *change; /* the change that needed the invalidation; NULL: not in the
                                          log */
    bool cr3_loaded; /* the change is not in the log, and another directory was loaded into CR3
                        since */
};

typedef void stale_use_handler(void *context, const struct stale_use *use);

/*
 * The handler of a machine whose options name none; context is not used. It panics with one line.
 * For a stale use the line gives the access, the old and the new entry, the place of the change,
 * and the missing invalidation. For an early free it gives the frame, the entry that leads to it,
 * the place of that entry's change, and the invalidation that is missing before the free.
 */
_Noreturn void stale_use_panic(void *context, const struct stale_use *use);

#endif
