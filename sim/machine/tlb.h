/*
 * The TLB of explicit accesses: a set-associative model with an array for 4 KiB pages and one for 4
 * MiB pages, each with exact least-recently-used replacement. The default is the Pentium III's data
 * TLB: 64 entries in 4 ways for 4 KiB pages, and 8 entries in 4 ways for 4 MiB pages (Intel SDM
 * vol. 2A, CPUID leaf 2, descriptors 03h and 04h).
 *
 * An entry serves the accesses that it allows, even after the tables have changed, until an
 * invalidation, an eviction or a page fault drops it. An access that it does not allow (a right is
 * missing, or D is not set yet) walks again, and counts as a miss. After a change of page size, an
 * address may have an entry of each size, and either may serve (Intel SDM vol. 3A, 4.10.2.3).
 */
#ifndef MACHINE_TLB_H
#define MACHINE_TLB_H

#include "machine/access.h"
#include <mm/types.h>

struct mapped_frames;
struct mmu_walk;

/* ---- sizes and ways ---- */

#define TLB_ENTRIES_DEFAULT       64u
#define TLB_WAYS_DEFAULT          4u
#define TLB_LARGE_ENTRIES_DEFAULT 8u
#define TLB_LARGE_WAYS_DEFAULT    4u

#define TLB_ENTRIES_MAX 65536u
#define TLB_WAYS_MAX    64u

/* Each number is a power of two; 0 stands for the default. ways <= entries; with ways == entries
   the TLB is fully associative. */
struct tlb_shape {
    uint32_t entries; /* of 4 KiB pages */
    uint32_t ways;
    uint32_t large_entries; /* of 4 MiB pages */
    uint32_t large_ways;
};

/* Returns the shape with its defaults filled in. */
struct tlb_shape tlb_shape_complete(const struct tlb_shape *shape);

/* Returns NULL for a valid shape with its defaults filled in, else one line that says what is wrong
   with it. */
__attribute__((warn_unused_result)) const char *tlb_shape_check(const struct tlb_shape *shape);

/*
 * Read a shape such as "64x4" or "64x4,8x4": entries and ways for 4 KiB pages, then for 4 MiB
 * pages. Without the second pair, these have the default. Returns false when the text or the shape
 * is wrong; *reason then says why, and *shape is not set.
 */
bool tlb_shape_parse(const char *text, struct tlb_shape *shape, const char **reason);

/* ---- the TLB ---- */

/*
 * tag | page 31-12 (large: 31-22) | . | large 9 | global 8 | watched 7-4 | accesses 3-0 |
 *
 * accesses: ACCESS_BIT() of the accesses that the entry serves. Each valid entry serves a
 * supervisor's read, so a tag of 0 is an empty entry that never hits. In a watched TLB these bits
 * are in 7-4 instead. The inlined path does not look there, so each hit goes through tlb_find().
 */
struct tlb_entry {
    uint32_t tag;
    uint32_t flip;            /* va ^ flip is the physical address, for either page size */
    uint32_t directory_entry; /* as read when the entry was made */
    uint32_t table_entry;     /* likewise; 0: a large page */
};
_Static_assert(sizeof(struct tlb_entry) == 16, "a set of four ways is a cache line");

#define TLB_GLOBAL          0x100u
#define TLB_LARGE           0x200u
#define TLB_PAGE_MASK       (~PAGE_OFFSET_MASK)
#define TLB_LARGE_PAGE_MASK (~(LARGE_PAGE_SIZE - 1u))

/* The entries of a set are in the order of their last use, the latest first; empty entries are
   last. */
struct tlb_array {
    unsigned char *sets;
    uint32_t shift; /* (va >> shift) & mask: offset of the set of va, in bytes */
    uint32_t mask;
    uint32_t page_mask; /* of the tags */
    uint32_t ways;
    uint32_t entries;
};

struct tlb {
    struct tlb_array small, large;
    uint32_t watch_shift;         /* ACCESS_BITS in a watched TLB, else 0 */
    bool has_local;               /* some entry may not be global */
    struct mapped_frames *mapped; /* the frames of new entries are added; NULL: not kept */
    uint64_t hits;
    uint64_t misses;
};

/* Create an empty TLB. tlb_shape_check() must accept the shape. Returns false when the host has no
   memory. O(entries). */
bool tlb_create(struct tlb *tlb, const struct tlb_shape *shape, bool watched);
void tlb_destroy(struct tlb *tlb);

static inline struct tlb_entry *tlb_set(const struct tlb_array *array, vaddr_t va)
{
    return (struct tlb_entry *)(void *)(array->sets + (va.value >> array->shift & array->mask));
}

/* Returns the physical address of va by an entry that covers va. */
static inline paddr_t tlb_entry_translate(const struct tlb_entry *entry, vaddr_t va)
{
    return paddr(va.value ^ entry->flip);
}

static inline bool tlb_tag_serves(uint32_t tag, uint32_t page_mask, vaddr_t va, uint32_t bit)
{
    return ((tag ^ (va.value | bit)) & (page_mask | bit)) == 0;
}

/*
 * The inlined path, for the most recently used entry of a set. Returns true when this entry serves
 * the access; sets *pa to the physical address of va and counts the hit. Returns false, and counts
 * nothing, when tlb_find() has to search. Both page sizes are tried, because the kernel's pages are
 * large and those of processes are small.
 */
static inline bool tlb_hit(struct tlb *tlb, vaddr_t va, uint32_t access, paddr_t *pa)
{
    const struct tlb_entry *small = tlb_set(&tlb->small, va);
    const struct tlb_entry *large = tlb_set(&tlb->large, va);
    bool is_small = tlb_tag_serves(small->tag, TLB_PAGE_MASK, va, ACCESS_BIT(access));

    if (!is_small && !tlb_tag_serves(large->tag, TLB_LARGE_PAGE_MASK, va, ACCESS_BIT(access)))
        return false;
    *pa = tlb_entry_translate(is_small ? small : large, va);
    tlb->hits++;
    return true;
}

/* Returns the entry that serves an access, or NULL. Makes the entry the most recently used of its
   set, and counts a hit or a miss. O(ways). */
const struct tlb_entry *tlb_find(struct tlb *tlb, vaddr_t va, uint32_t access);

/* Add the translation that a successful walk for va found. It replaces the page's entry, or the
   least recently used entry of the set. O(ways). */
void tlb_fill(struct tlb *tlb, vaddr_t va, const struct mmu_walk *walk);

/* Drop the entries of both sizes that cover va, also global ones. O(ways). */
void tlb_drop(struct tlb *tlb, vaddr_t va);

/* Drop every entry, except those of global pages when keep_global is set. O(entries); constant time
   when every entry is global and stays. */
void tlb_flush(struct tlb *tlb, bool keep_global);

#endif
