/*
 * The stale-TLB oracle of a machine in checking mode. It knows the tables and what the CPU may
 * remember of them, and reports each use of what the tables no longer back:
 *
 *   - an explicit access that hits an entry of the TLB model: the tables are read again;
 *   - a native access through the window: pages whose entries are not backed any more are withheld
 *     from the host, so that their next use traps;
 *   - a walk through a directory entry that names a table: the CPU may keep such entries in its
 *     paging-structure caches until any invlpg or CR3 load (Intel SDM vol. 3A, 4.10.3), one for
 *     each of the 1024 slots here.
 *
 * Backed means: the tables give the same page, of the same size, and the right that the access
 * needs. Changes are seen when they are made through machine_write_entry(), when CR3 is loaded,
 * and, for plain stores into tables, at the next trap of the window.
 *
 * Where the handler returns, the access goes on with what the CPU remembered, as on silicon; but a
 * walk takes the directory entry that is there now.
 */
#ifndef MACHINE_ORACLE_H
#define MACHINE_ORACLE_H

#include "machine/stale_use.h"
#include <mm/pgtable.h>

struct machine;
struct tlb_entry;

struct oracle {
    stale_use_handler *handler;
    void *context;
    bool cr3_loaded;                              /* with another directory, ever */
    uint32_t directory_entry[PAGE_TABLE_ENTRIES]; /* that a walk went through, A set; 0: none */
    struct change_log log;
};

/* handler NULL: stale_use_panic(). NULL is returned when the host has no memory. */
struct oracle *oracle_create(stale_use_handler *handler, void *context);
void oracle_destroy(struct oracle *oracle);

/* An explicit access hit an entry of the TLB model. */
void oracle_tlb_hit(struct machine *machine, vaddr_t va, uint32_t access,
                    const struct tlb_entry *entry);

/* A walk for an access begins. */
void oracle_walk(struct machine *machine, vaddr_t va, uint32_t access, bool through_window);

/* A native access trapped. true: on a page that was withheld, and that the host has now; false: the
 * trap goes on to the tables. O(window entries). */
bool oracle_window_trap(struct machine *machine, vaddr_t va, uint32_t access);

/* An entry was written. O(PAGE_TABLE_ENTRIES) when a present one was changed. */
void oracle_entry_written(struct machine *machine, const struct table_change *change);

/* invlpg, or a flush of everything or of what is not global, was done. */
void oracle_invalidated(struct oracle *oracle);

/* Then, if CR3 was loaded: what was there is given. O(window entries). */
void oracle_cr3_loaded(struct machine *machine, uint32_t before);

/* A page fault of va is delivered. */
void oracle_page_fault(struct oracle *oracle, vaddr_t va);

#endif
