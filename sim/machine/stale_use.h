/* An access that used what the CPU remembered of a table, and the table no longer says. */
#ifndef MACHINE_STALE_USE_H
#define MACHINE_STALE_USE_H

#include "machine/change_log.h"

/* What the CPU remembered: the TLB entry of a page, or (paging-structure cache) a directory entry
   that names a table. */
enum stale_kind { STALE_PAGE, STALE_LARGE_PAGE, STALE_TABLE };

struct stale_use {
    enum stale_kind kind;
    vaddr_t va;
    uint32_t access;
    bool through_window; /* a native load or store; else an explicit access */
    bool global;
    bool in_directory;             /* the entry that differs is the directory's, not the table's */
    uint32_t old_entry, new_entry; /* as the CPU remembers it, and as it is */
    const struct table_change *change; /* that owed the invalidation; NULL: not on record */
    bool cr3_loaded; /* not on record, and another directory was loaded into CR3 meanwhile */
};

typedef void stale_use_handler(void *context, const struct stale_use *use);

/*
 * Panic with one line: the access, the entry as it was and is, where it was changed, and which
 * invalidation is missing. The handler of a machine that is given none. context is not used.
 */
_Noreturn void stale_use_panic(void *context, const struct stale_use *use);

#endif
