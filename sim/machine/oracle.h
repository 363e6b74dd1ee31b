/*
 * The stale-TLB oracle of a machine in checking mode. It knows the tables and what the CPU may
 * remember of them, and reports each use of what the tables no longer back:
 *
 *   - an explicit access that hits an entry of the TLB model: the tables are read again;
 *   - an access by a plain pointer through the window: pages whose entries are not backed any more
 *     are withheld from the host, so that their next use traps;
 *   - a walk through a directory entry that names a table: the CPU may keep such entries in its
 *     paging-structure caches until any invlpg or CR3 load (Intel SDM vol. 3A, 4.10.3), one for
 *     each of the 1024 slots here;
 *   - a frame that is given back while the CPU may remember it in one of these ways, or CR3 names
 *     it.
 *
 * Backed means: the tables give the same page, of the same size, and the right that the access
 * needs. Changes are seen when they are made through machine_write_entry(), when CR3 is loaded,
 * and, for plain stores into tables, at the next trap of the window.
 *
 * If the handler returns, the access goes on with what the CPU remembered, as on silicon. A walk,
 * however, uses the directory entry that is there now.
 */
#ifndef MACHINE_ORACLE_H
#define MACHINE_ORACLE_H

#include "machine/mapped_frames.h"
#include "machine/stale_use.h"
#include <mm/pgtable.h>

struct machine;
struct mmu_walk;
struct tlb_entry;

/* ---- the last changes of present entries that went through machine_write_entry() ---- */

#define CHANGE_LOG_LENGTH 65536u

struct table_change {
    paddr_t at; /* of the entry */
    uint32_t old_entry, new_entry;
    const char *file; /* where it was written */
    uint32_t line;
};

struct change_log {
    struct table_change change[CHANGE_LOG_LENGTH];
    uint64_t count; /* of all that ever were */
};

/* Forgets the oldest when the log is full. */
void change_log_add(struct change_log *log, const struct table_change *change);

/*
 * The last change of the entry at `at` away from what old_entry is in the bits of mask, or NULL: it
 * is not on record. O(CHANGE_LOG_LENGTH).
 */
const struct table_change *change_log_find(const struct change_log *log, paddr_t at,
                                           uint32_t old_entry, uint32_t mask);

/* ---- the oracle ---- */

struct oracle {
    stale_use_handler *handler;
    void *context;
    bool cr3_loaded;                              /* with another directory, ever */
    uint32_t directory_entry[PAGE_TABLE_ENTRIES]; /* that a walk went through, A set; 0: none */
    struct change_log log;
    struct mapped_frames mapped;
    bool maps_of_memory; /* a page of 4 MiB, or one whose address is its place, is how the allocator
                            sees memory: while the tables back it, freeing a frame in it is right */
};

/* handler NULL: stale_use_panic(). NULL is returned when the host has no memory. */
struct oracle *oracle_create(stale_use_handler *handler, void *context);
void oracle_destroy(struct oracle *oracle);

/* An explicit access hit an entry of the TLB model. */
void oracle_tlb_hit(struct machine *machine, vaddr_t va, uint32_t access,
                    const struct tlb_entry *entry);

/* A walk for an access begins. */
void oracle_walk(struct machine *machine, vaddr_t va, uint32_t access, bool through_window);

/* A plain pointer trapped. true: its page was withheld, and the host has it now, so the access can
   be repeated; false: the page tables decide. O(window entries). */
bool oracle_window_trap(struct machine *machine, vaddr_t va, uint32_t access);

/* An entry was written. O(PAGE_TABLE_ENTRIES) when a present one was changed. */
void oracle_entry_written(struct machine *machine, const struct table_change *change);

/* invlpg, or a flush of everything or of what is not global, was done. */
void oracle_invalidated(struct oracle *oracle);

/* CR3 was loaded; `before` is its old value. To be called after oracle_invalidated(). O(window
   entries). */
void oracle_cr3_loaded(struct machine *machine, uint32_t before);

/* A page fault of va is delivered. */
void oracle_page_fault(struct oracle *oracle, vaddr_t va);

/*
 * Where the kernel that runs shows physical memory for good: its direct map, or what it maps one to
 * one. An entry of the TLB that such a map accounts for does not make a free early. A machine
 * begins with the direct map of <mm/layout.h>. At most PERMANENT_MAPS_MAX; to be called before the
 * first access, or after a flush of everything.
 */
void oracle_set_permanent_maps(struct machine *machine, const struct permanent_map *map,
                               uint32_t count);

/*
 * Frames [first, first + frames), within 4 GiB, are about to be given back to the kernel's
 * allocator of frames. Reports an early free when CR3 names one as the directory; when the
 * directory in use names one as a page table, or did and the CPU may have kept that; or when the
 * TLB model or the window has an entry that maps one. At most one report a call. Nothing while
 * paging is off. O(frames); where one of them was mapped since it was last given back,
 * O(PAGE_TABLE_ENTRIES + TLB entries + window entries) more.
 */
void oracle_frames_freed(struct machine *machine, pfn_t first, uint32_t frames);

/*
 * For the oracle's own files. Call the handler with a use whose kind, access, place and frame are
 * filled in. The entries are those that the CPU remembers; now: what a walk meets.
 */
void oracle_report(struct machine *machine, struct stale_use use, uint32_t directory_entry,
                   uint32_t table_entry, const struct mmu_walk *now);

#endif
