/*
 * The stale-TLB oracle of a machine in checking mode. It knows the page tables and the translations
 * that the CPU may remember, and reports each use of a translation that the tables no longer back:
 *
 *     - an explicit access that hits an entry of the TLB model: the tables are read again;
 *     - an access by a plain pointer through the window: pages whose entries are no longer backed
 *       are withheld from the host, so that their next use traps;
 *     - a walk through a directory entry that names a table: the CPU may keep such entries in its
 *       paging-structure caches until the next invlpg or CR3 load (Intel SDM vol. 3A, 4.10.3); the
 *       oracle models one cached entry for each of the 1024 slots;
 *     - a frame that is given back while CR3 names it, or while the CPU may remember it in one of
 *       these ways.
 *
 * A translation is backed when the tables give the same page, of the same size, with the right that
 * the access needs. The oracle sees changes that are made through machine_write_entry(), loads of
 * CR3, and, at the next trap of the window, plain stores into tables.
 *
 * If the handler returns, the access continues with the remembered translation, as on hardware. A
 * walk, however, uses the present directory entry.
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
    const char *file; /* file and line of the write */
    uint32_t line;
};

struct change_log {
    struct table_change change[CHANGE_LOG_LENGTH];
    uint64_t count; /* of all changes, also of forgotten ones */
};

/* Add a change. The oldest is forgotten when the log is full. */
void change_log_add(struct change_log *log, const struct table_change *change);

/*
 * Returns the last change of the entry at `at` from a value that equals old_entry in the bits of
 * mask; NULL when the log has none. O(CHANGE_LOG_LENGTH).
 */
const struct table_change *change_log_find(const struct change_log *log, paddr_t at,
                                           uint32_t old_entry, uint32_t mask);

/* ---- the oracle ---- */

struct oracle {
    stale_use_handler *handler;
    void *context;
    bool cr3_loaded;                              /* CR3 was loaded with another directory at least
                                                     once */
    uint32_t directory_entry[PAGE_TABLE_ENTRIES]; /* entries that a walk used, with A set; 0:
                                                     none */
    struct change_log log;
    struct mapped_frames mapped;
    bool maps_of_memory; /* 4 MiB pages and identity-mapped pages are the allocator's view of
                            memory: while the tables back them, freeing a frame in them is
                            correct */
};

/* Create an oracle. handler NULL: stale_use_panic(). Returns NULL when the host has no memory. */
struct oracle *oracle_create(stale_use_handler *handler, void *context);
void oracle_destroy(struct oracle *oracle);

/* To be called when an explicit access hits an entry of the TLB model. May call the handler. */
void oracle_tlb_hit(struct machine *machine, vaddr_t va, uint32_t access,
                    const struct tlb_entry *entry);

/* To be called before a walk for an access. May call the handler. */
void oracle_walk(struct machine *machine, vaddr_t va, uint32_t access, bool through_window);

/* To be called when an access through the window traps. Returns true when its page was withheld and
   the host has it again, so that the access can be repeated; false when the page tables decide. May
   call the handler. O(window entries). */
bool oracle_window_trap(struct machine *machine, vaddr_t va, uint32_t access);

/* To be called after an entry was written. O(PAGE_TABLE_ENTRIES) when a present entry was
   changed. */
void oracle_entry_written(struct machine *machine, const struct table_change *change);

/* To be called after an invlpg, or after a flush of all entries or of all that are not global. */
void oracle_invalidated(struct oracle *oracle);

/* To be called after CR3 was loaded, and after oracle_invalidated(); `before` is the old value of
   CR3. O(window entries). */
void oracle_cr3_loaded(struct machine *machine, uint32_t before);

/* To be called when a page fault of va is delivered. */
void oracle_page_fault(struct oracle *oracle, vaddr_t va);

/*
 * Set the ranges in which the kernel permanently maps physical memory: its direct map, or an
 * identity map. A TLB entry of such a map does not make a free early. A machine begins with the
 * direct map of <mm/layout.h>. count is at most PERMANENT_MAPS_MAX. To be called before the first
 * access, or after a flush of all entries.
 */
void oracle_set_permanent_maps(struct machine *machine, const struct permanent_map *map,
                               uint32_t count);

/*
 * To be called before frames [first, first + frames), within 4 GiB, are given back to the kernel's
 * allocator of frames. Reports an early free when CR3 names one of them as the directory; when the
 * present directory names one as a page table, or did so and the CPU may still remember that; or
 * when the TLB model or the window has an entry that maps one. A call makes at most one report, and
 * none while paging is off. O(frames); O(PAGE_TABLE_ENTRIES + TLB entries + window entries) more
 * when one of the frames was mapped since it was last given back.
 */
void oracle_frames_freed(struct machine *machine, pfn_t first, uint32_t frames);

/*
 * For the oracle's own files. Call the handler with a use whose kind, access, place and frame are
 * filled in. The two entries are those that the CPU remembers; `now` is the result of a walk at
 * present.
 */
void oracle_report(struct machine *machine, struct stale_use use, uint32_t directory_entry,
                   uint32_t table_entry, const struct mmu_walk *now);

#endif
