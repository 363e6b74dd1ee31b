/*
 * The window: 4 GiB of the host's address space in which kernel virtual address va is at base + va,
 * so that kernel code dereferences ordinary C pointers. Nothing is mapped there at first: the first
 * access to a page raises SIGSEGV, and the handler maps that page of physical memory.
 *
 * The window is a TLB: a page stays mapped, even after the tables have changed, until an
 * invalidation or an eviction removes it. An eviction takes the oldest page. Each function is
 * constant time unless its comment says otherwise, and costs one or two system calls.
 */
#ifndef MACHINE_WINDOW_H
#define MACHINE_WINDOW_H

#include "machine/mapped_frames.h"
#include "machine/mmu.h"
#include "machine/window_entries.h"

/*
 * A host process may have 65,530 mappings (vm.max_map_count), and an entry can take two: its own,
 * and the hole after it. Valgrind's own table has room for 30,000.
 */
#define WINDOW_ENTRIES_DEFAULT  30000u
#define WINDOW_ENTRIES_VALGRIND 12000u

/* One instruction may access four pages: a copy between two operands that both cross a page. The
   minimum leaves room for more. */
#define WINDOW_ENTRIES_MIN 8u

struct window;

/* Called after an entry was mapped; it may replace the mapping of some of the entry's frames. */
typedef void window_overlay(struct window *window, const struct window_entry *entry);

struct window {
    unsigned char *base; /* host address of the 4 GiB; without a rotation that of kernel virtual
                            address 0 */
    uint32_t rotation;   /* address va is at base + (va + rotation) mod 4 GiB */
    int memory_fd;       /* of the arena, which owns it. -1: nothing is mapped */
    struct window_entries entries;
    struct mapped_frames *mapped; /* the set to which frames of new entries are added; NULL: none */
    uint64_t fills;
    uint64_t evictions;
    uint64_t changes;        /* number of additions, removals and changes of access of entries */
    bool user;               /* the code that runs is in ring 3 */
    window_overlay *overlay; /* NULL: none */
    /* Returns whether a large page stays when everything is flushed, because the CPU would fetch
       its entry again at once. NULL: none does. */
    bool (*comes_back)(const struct window_entry *entry);
};

/* Create an empty window on the arena's file. Returns false when the host refuses; *reason then
   names the resource, and errno the cause. */
bool window_create(struct window *window, int memory_fd, uint32_t entries_bound,
                   const char **reason);
void window_destroy(struct window *window);

/*
 * The same in the lowest 4 GiB of the process, where 32-bit code can use it natively: address va is
 * at host address (va + rotation) mod 4 GiB. The host maps nothing below WINDOW_HOLE_BYTES
 * (vm.mmap_min_addr), so entries there cannot be mapped: see window_reaches().
 */
#define WINDOW_HOLE_BYTES 0x10000u
bool window_create_native(struct window *window, int memory_fd, uint32_t entries_bound,
                          uint32_t rotation, const char **reason);

/* Create a table of entries without any mapping, for code that is interpreted. */
bool window_create_unmapped(struct window *window, uint32_t entries_bound, const char **reason);

/* Returns whether the host can map something at va. */
bool window_reaches(const struct window *window, vaddr_t va);

/* Returns the host address of va. */
static inline unsigned char *window_address(const struct window *window, vaddr_t va)
{
    return window->base + (uint32_t)(va.value + window->rotation);
}

enum window_place { WINDOW_INSIDE, WINDOW_BEYOND, WINDOW_OUTSIDE };

/* Returns whether a host address is in the window (*va is then set), within 1 MiB of either end of
   it, or elsewhere. */
enum window_place window_locate(const struct window *window, const void *address, vaddr_t *va);

/*
 * Map the page that a walk for va found, read-only unless the walk allows the kernel to write. The
 * entry replaces entries that it overlaps, and evicts the oldest one when the window is full.
 * Panics when the host refuses even after all entries are dropped.
 */
void window_fill(struct window *window, vaddr_t va, const struct mmu_walk *walk);

/*
 * Let accesses trap (ACCESS_BIT() of them) although an entry allows them; the entry stays. The host
 * allows the entry's other accesses, except that writes trap whenever reads do. Returns false when
 * all entries were dropped because the host had no mapping left.
 */
bool window_withhold(struct window *window, struct window_entry *entry, uint32_t accesses);

/*
 * To be called when the running code changes to ring 3 or back. On a change to ring 3, the host's
 * mappings lose the accesses that only a supervisor may make, in entries that begin below `end`;
 * the entries stay. On a change back nothing is mapped: the next use of such an entry traps, and
 * window_show() maps it again. O(window entries) for a change to ring 3.
 */
void window_set_user(struct window *window, bool user, uint64_t end);

/* Map an entry again with the accesses of the present ring. Returns false as window_withhold()
   does. */
bool window_show(struct window *window, struct window_entry *entry);

/* Drop the entry that covers va, if there is one. */
void window_drop(struct window *window, vaddr_t va);

/* Drop the entries of pages that follow one another, with one mapping for all of them. O(pages). */
void window_drop_pages(struct window *window, vaddr_t start, uint32_t pages);

/* Drop every entry, except those of global pages when keep_global is set. O(entries); constant time
   when nothing is dropped. */
void window_flush(struct window *window, bool keep_global);

#endif
