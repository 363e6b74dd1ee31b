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

#include <stddef.h>

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
    uintptr_t host;           /* va + host is the host's address of the byte */
    uint32_t directory_entry; /* as read when the entry was made */
    uint32_t table_entry;     /* likewise; 0: a large page */
};

#define TLB_GLOBAL          0x100u
#define TLB_LARGE           0x200u
#define TLB_PAGE_MASK       (~PAGE_OFFSET_MASK)
#define TLB_LARGE_PAGE_MASK (~(LARGE_PAGE_SIZE - 1u))

/* A place for an entry. */
struct tlb_way {
    struct tlb_entry entry;
    uint64_t displaced; /* the time at which its entry left the first way */
};
#define TLB_WAY_SHIFT 5u
_Static_assert(sizeof(struct tlb_way) == 1u << TLB_WAY_SHIFT, "a shift by a constant finds a set");

/*
 * The first ways of all sets stand side by side, then the second ways, and so on:
 *
 *     way 0   | set 0 | set 1 | set 2 | ...
 *     way 1   | set 0 | set 1 | set 2 | ...
 *
 * The entry in the first way of a set was used last. An access through another entry swaps it with
 * that one, and notes the time, which orders the entries in the other ways by their last use. An
 * access through the first way changes nothing.
 */
struct tlb_array {
    unsigned char *ways;
    uint32_t mask;      /* of the offset of a set's first way, in bytes */
    uint32_t way_bytes; /* from a way of a set to the next one */
    uint32_t bytes;     /* of all ways */
    uint32_t page_shift;
};

/* Returns the number of entries, empty ones included. */
static inline uint32_t tlb_array_count(const struct tlb_array *array)
{
    return array->bytes >> TLB_WAY_SHIFT;
}

struct tlb {
    struct tlb_array small, large;
    void *memory;                 /* the host's address of physical address 0 */
    uint32_t watch_shift;         /* ACCESS_BITS in a watched TLB, else 0 */
    bool has_local;               /* some entry may not be global */
    struct mapped_frames *mapped; /* the frames of new entries are added; NULL: not kept */
    uint64_t moves;               /* the time of tlb_entry.moved */
    uint64_t now;                 /* the number of times that an entry was displaced */
    uint64_t hits;
    uint64_t misses;
};

/* Create an empty TLB. tlb_shape_check() must accept the shape. Returns false when the host has no
   memory. O(entries). */
bool tlb_create(struct tlb *tlb, const struct tlb_shape *shape, bool watched);
void tlb_destroy(struct tlb *tlb);

/* Returns the first way of the set of va. page_shift is that of the array. */
static inline struct tlb_way *tlb_set(const struct tlb_array *array, uint32_t page_shift,
                                      vaddr_t va)
{
    uint32_t offset = va.value >> (page_shift - TLB_WAY_SHIFT) & array->mask;

    return (struct tlb_way *)(void *)(array->ways + offset);
}

/* Returns the physical address of va by an entry that covers va. */
static inline paddr_t tlb_entry_translate(const struct tlb_entry *entry, vaddr_t va)
{
    return paddr(va.value ^ entry->flip);
}

/* Returns the host's address of va, likewise. */
static inline void *tlb_entry_pointer(const struct tlb_entry *entry, vaddr_t va)
{
    return (void *)(entry->host + va.value);
}

static inline bool tlb_tag_serves(uint32_t tag, uint32_t page_mask, vaddr_t va, uint32_t bit)
{
    return ((tag ^ (va.value | bit)) & (page_mask | bit)) == 0;
}

/*
 * The inlined path, for the most recently used entry of a set. Returns true if it serves the
 * access; sets *entry and counts the hit. Returns false, and counts nothing, when tlb_find() has to
 * search. Both page sizes are tried, because the kernel's pages are large and those of processes
 * are small.
 */
static inline bool tlb_hit(struct tlb *tlb, vaddr_t va, uint32_t access,
                           const struct tlb_entry **entry)
{
    const struct tlb_entry *small = &tlb_set(&tlb->small, PAGE_SHIFT, va)->entry;
    const struct tlb_entry *large = &tlb_set(&tlb->large, LARGE_PAGE_SHIFT, va)->entry;

    if (tlb_tag_serves(small->tag, TLB_PAGE_MASK, va, ACCESS_BIT(access)))
        *entry = small;
    else if (tlb_tag_serves(large->tag, TLB_LARGE_PAGE_MASK, va, ACCESS_BIT(access)))
        *entry = large;
    else
        return false;
    tlb->hits++;
    return true;
}

/* Returns the way of the set of va whose entry serves an access, or NULL. page_shift is that of the
   array. */
static inline struct tlb_way *tlb_search(const struct tlb_array *array, uint32_t page_shift,
                                         vaddr_t va, uint32_t bit)
{
    unsigned char *at = (unsigned char *)tlb_set(array, page_shift, va);
    unsigned char *end = at + array->bytes;

    do {
        struct tlb_way *way = (struct tlb_way *)(void *)at;
        if (tlb_tag_serves(way->entry.tag, UINT32_MAX << page_shift, va, bit))
            return way;
        at += array->way_bytes;
    } while (at != end);
    return NULL;
}

/*  first | .. | way | ..   becomes   first | .. | first | ..  */
static inline void tlb_displace(struct tlb *tlb, const struct tlb_way *first, struct tlb_way *way)
{
    way->entry = first->entry;
    way->displaced = ++tlb->now;
}

/* An entry, and the physical address that it gives. */
struct tlb_found {
    const struct tlb_entry *entry; /* NULL: none serves the access */
    paddr_t pa;
};

static inline struct tlb_found tlb_find_in(struct tlb *tlb, const struct tlb_array *array,
                                           uint32_t page_shift, vaddr_t va, uint32_t bit)
{
    struct tlb_way *first = tlb_set(array, page_shift, va);
    struct tlb_way *way = tlb_search(array, page_shift, va, bit);

    if (!way)
        return (struct tlb_found){NULL, {0}};
    tlb->hits++;
    paddr_t pa = tlb_entry_translate(&way->entry, va);
    if (way != first) {
        struct tlb_entry entry = way->entry;
        tlb_displace(tlb, first, way);
        first->entry = entry;
    }
    return (struct tlb_found){&first->entry, pa};
}

/* Finds the entry that serves an access, makes it the most recently used of its set, and counts a
   hit or a miss. O(ways). */
static inline struct tlb_found tlb_find(struct tlb *tlb, vaddr_t va, uint32_t access)
{
    uint32_t bit = ACCESS_BIT(access) << tlb->watch_shift;
    struct tlb_found found = tlb_find_in(tlb, &tlb->small, PAGE_SHIFT, va, bit);

    if (!found.entry)
        found = tlb_find_in(tlb, &tlb->large, LARGE_PAGE_SHIFT, va, bit);
    if (!found.entry)
        tlb->misses++;
    return found;
}

/* Add the translation that a successful walk for va found. It replaces the page's entry, or the
   least recently used entry of the set. O(ways). */
void tlb_fill(struct tlb *tlb, vaddr_t va, const struct mmu_walk *walk);

/* Drop the entries of both sizes that cover va, also global ones. O(ways). */
void tlb_drop(struct tlb *tlb, vaddr_t va);

/* Drop every entry, except those of global pages when keep_global is set. O(entries); constant time
   when every entry is global and stays. */
void tlb_flush(struct tlb *tlb, bool keep_global);

#endif
