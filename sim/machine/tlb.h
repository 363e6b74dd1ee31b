/*
 * The TLB of explicit accesses: a set-associative model with an array for 4 KiB pages and one for
 * 4 MiB pages, each with exact least-recently-used replacement. By default a Pentium III's: data
 * TLB, 4 KiB pages, 64 entries, 4 ways; 4 MiB pages, 8 entries, 4 ways (Intel SDM vol. 2A, CPUID
 * leaf 2, descriptors 03h and 04h).
 *
 * An entry serves what it allows, whatever the tables say meanwhile, until an invalidation, an
 * eviction or a page fault drops it. An access that it does not allow (a right is missing, or D is
 * not set yet) walks again, and counts as a miss. After a change of page size both sizes may have
 * an entry for an address, and either may serve (Intel SDM vol. 3A, 4.10.2.3).
 */
#ifndef MACHINE_TLB_H
#define MACHINE_TLB_H

#include "machine/access.h"
#include <mm/types.h>

struct mapped_frames;
struct mmu_walk;

/* ---- sizes and ways, as machines are given them and as people write them ---- */

#define TLB_ENTRIES_DEFAULT       64u
#define TLB_WAYS_DEFAULT          4u
#define TLB_LARGE_ENTRIES_DEFAULT 8u
#define TLB_LARGE_WAYS_DEFAULT    4u

#define TLB_ENTRIES_MAX 65536u
#define TLB_WAYS_MAX    64u

/* 0: the default. Powers of two, ways <= entries; ways == entries: fully associative. */
struct tlb_shape {
    uint32_t entries; /* of 4 KiB pages */
    uint32_t ways;
    uint32_t large_entries; /* of 4 MiB pages */
    uint32_t large_ways;
};

/* The shape with its defaults filled in. */
struct tlb_shape tlb_shape_complete(const struct tlb_shape *shape);

/* What is wrong with a shape, its defaults filled in: one line; or NULL. */
__attribute__((warn_unused_result)) const char *tlb_shape_check(const struct tlb_shape *shape);

/*
 * "64x4" or "64x4,8x4": entries and ways of 4 KiB pages, and of 4 MiB pages, whose default stands
 * without them. false: *reason says what is wrong with the text or with the shape, and *shape is
 * not set.
 */
bool tlb_shape_parse(const char *text, struct tlb_shape *shape, const char **reason);

/* ---- the TLB ---- */

/*
 *  tag  | page 31-12 (large: 31-22) | . | large 9 | global 8 | watched 7-4 | accesses 3-0 |
 *
 * accesses: ACCESS_BIT() of those that it serves. Each that is valid serves a supervisor's read: a
 * tag of 0 is an empty entry, and never hits. A watched TLB has these bits in 7-4 instead, where
 * the inlined path does not look: each of its hits goes through tlb_find().
 */
struct tlb_entry {
    uint32_t tag;
    uint32_t flip;            /* va ^ flip is where va is: one step, whatever the page's size */
    uint32_t directory_entry; /* as read when the entry was made */
    uint32_t table_entry;     /* likewise; 0: a large page */
};
_Static_assert(sizeof(struct tlb_entry) == 16, "a set of four ways is a cache line");

#define TLB_GLOBAL          0x100u
#define TLB_LARGE           0x200u
#define TLB_PAGE_MASK       (~PAGE_OFFSET_MASK)
#define TLB_LARGE_PAGE_MASK (~(LARGE_PAGE_SIZE - 1u))

/* The entries of a set are in the order of their last use, the empty ones last. */
struct tlb_array {
    unsigned char *sets;
    uint32_t shift; /* (va >> shift) & mask: offset of its set, in bytes */
    uint32_t mask;
    uint32_t page_mask; /* of the tags */
    uint32_t ways;
    uint32_t entries;
};

struct tlb {
    struct tlb_array small, large;
    uint32_t watch_shift;         /* ACCESS_BITS when it is watched, else 0 */
    bool has_local;               /* some entry may not be global */
    struct mapped_frames *mapped; /* the frames of new entries are added; NULL: not kept */
    uint64_t hits;
    uint64_t misses;
};

/* An empty TLB; a shape that tlb_shape_check() accepts. false: no memory on the host. */
bool tlb_create(struct tlb *tlb, const struct tlb_shape *shape, bool watched);
void tlb_destroy(struct tlb *tlb);

static inline struct tlb_entry *tlb_set(const struct tlb_array *array, vaddr_t va)
{
    return (struct tlb_entry *)(void *)(array->sets + (va.value >> array->shift & array->mask));
}

/* Where va is, in the page of an entry that covers it. */
static inline paddr_t tlb_entry_translate(const struct tlb_entry *entry, vaddr_t va)
{
    return paddr(va.value ^ entry->flip);
}

static inline bool tlb_tag_serves(uint32_t tag, uint32_t page_mask, vaddr_t va, uint32_t bit)
{
    return ((tag ^ (va.value | bit)) & (page_mask | bit)) == 0;
}

/*
 * The inlined path, for the entry that was used last in its set. true: it serves the access; *pa is
 * where va is, and the hit is counted. false: tlb_find() has to look; nothing is counted. Both
 * sizes are tried, because the kernel's pages are large and the processes' are not.
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

/* The entry that serves an access, or NULL. Makes it the last used of its set; counts a hit or a
   miss. O(ways), as are the next two functions. */
const struct tlb_entry *tlb_find(struct tlb *tlb, vaddr_t va, uint32_t access);

/* Enter what a successful walk for va found; replaces the page's entry, or the set's least recently
 * used. */
void tlb_fill(struct tlb *tlb, vaddr_t va, const struct mmu_walk *walk);

/* Drop the entries that cover va, of both sizes, global or not. */
void tlb_drop(struct tlb *tlb, vaddr_t va);

/* Drop every entry; those of global pages stay when keep_global. O(entries), and constant time when
 * every entry is global and stays. */
void tlb_flush(struct tlb *tlb, bool keep_global);

#endif
