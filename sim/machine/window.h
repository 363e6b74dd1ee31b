/*
 * The window: 4 GiB of the host's address space in which kernel virtual address va is at base + va,
 * so that kernel code dereferences ordinary C pointers. Nothing is mapped there at first: the first
 * touch of a page raises SIGSEGV, and the trap maps that page of physical memory.
 *
 * The window is the TLB: a page stays mapped, whatever the tables say meanwhile, until an
 * invalidation removes it, or an eviction, which takes the oldest page. Each function is constant
 * time unless its comment says otherwise, and costs the host one or two system calls.
 */
#ifndef MACHINE_WINDOW_H
#define MACHINE_WINDOW_H

#include "machine/mapped_frames.h"
#include "machine/mmu.h"
#include "machine/window_entries.h"

/*
 * A host process may have 65,530 mappings (vm.max_map_count), and an entry can take two: itself,
 * and the hole behind it. Valgrind's own table ends at 30,000.
 */
#define WINDOW_ENTRIES_DEFAULT  30000u
#define WINDOW_ENTRIES_VALGRIND 12000u

/* One instruction may touch four pages: a copy of an operand that crosses a page to another that
 * does. */
#define WINDOW_ENTRIES_MIN 8u

struct window;

/* Called after an entry was mapped: maps some of its frames in another way. */
typedef void window_overlay(struct window *window, const struct window_entry *entry);

struct window {
    unsigned char *base; /* of the 4 GiB; kernel virtual address 0, without a rotation */
    uint32_t rotation;   /* address va is at base + (va + rotation) mod 4 GiB */
    int memory_fd;       /* the arena's; not owned. -1: nothing is mapped */
    struct window_entries entries;
    struct mapped_frames *mapped; /* the frames of new entries are added; NULL: not kept */
    uint64_t fills;
    uint64_t evictions;
    uint64_t changes;        /* entries that came, went, or allow other accesses */
    bool user;               /* the code that runs is in ring 3 */
    window_overlay *overlay; /* NULL: none */
};

/* An empty window on the arena's file. false: the host refuses; *reason says what, and errno why.
 */
bool window_create(struct window *window, int memory_fd, uint32_t entries_bound,
                   const char **reason);
void window_destroy(struct window *window);

/*
 * The same in the lowest 4 GiB of the process, where 32-bit code can use it natively: address va is
 * at host address (va + rotation) mod 4 GiB. The host maps nothing below WINDOW_HOLE_BYTES
 * (vm.mmap_min_addr), so entries there cannot be filled: window_reaches().
 */
#define WINDOW_HOLE_BYTES 0x10000u
bool window_create_native(struct window *window, int memory_fd, uint32_t entries_bound,
                          uint32_t rotation, const char **reason);

/* A table of entries only, without any mapping: for code that is interpreted. */
bool window_create_unmapped(struct window *window, uint32_t entries_bound, const char **reason);

/* Can the host map something at va? */
bool window_reaches(const struct window *window, vaddr_t va);

/* Where va is in the host's memory. */
static inline unsigned char *window_address(const struct window *window, vaddr_t va)
{
    return window->base + (uint32_t)(va.value + window->rotation);
}

enum window_place { WINDOW_INSIDE, WINDOW_BEYOND, WINDOW_OUTSIDE };

/* Where a host address is: in the window (*va is set), within 1 MiB of either end of it, or
 * elsewhere. */
enum window_place window_locate(const struct window *window, const void *address, vaddr_t *va);

/*
 * Fill: map the page that a walk for va found, read-only unless it allows the kernel to write.
 * Replaces what was there; evicts when the window is full. Panics when the host refuses even after
 * all entries are dropped.
 */
void window_fill(struct window *window, vaddr_t va, const struct mmu_walk *walk);

/*
 * Let accesses (ACCESS_BIT() of them) that an entry allows trap all the same, and let the host pass
 * all others; the entry stays. Where reads shall trap, writes do, too. false: all entries were
 * dropped, because the host had no mapping left.
 */
bool window_withhold(struct window *window, struct window_entry *entry, uint32_t accesses);

/*
 * The code that runs has changed to ring 3, or back. To ring 3: what a supervisor may and a user
 * may not is taken from the host, in entries that begin below `end`; the entries stay. Back:
 * nothing is mapped, the next use of such an entry traps, and window_show() gives it back. O(window
 * entries) to ring 3.
 */
void window_set_user(struct window *window, bool user, uint64_t end);

/* Map an entry again, as the ring that runs may use it. false: as window_withhold(). */
bool window_show(struct window *window, struct window_entry *entry);

/* Drop the entry that covers va, if there is one. */
void window_drop(struct window *window, vaddr_t va);

/* Drop every entry; those of global pages stay when keep_global. O(entries), and constant time when
 * nothing is dropped. */
void window_flush(struct window *window, bool keep_global);

#endif
