/*
 * Slabs: pages that are cut into objects of one small size, without a header for each.
 *
 *     page - 4   page                                                     page + 4092
 *     | header | head, a bit for each 8 bytes | object | object | object ...... | header |
 *
 * A slab is the payload of a used block that fills its page, except for the header of the next
 * block. So slabs may be neighbours without a gap, and every payload in the page of a slab is one
 * of its objects. A slab without a used object is freed.
 *
 * The free objects of a kind are on one list, whatever their slabs, and link each other by their
 * first 8 bytes. The object that was freed last is used next, because it is in the cache.
 *
 *     heap->object[kind] -> freed last <-> ... <-> freed first <-> newest of its slab
 *
 * A new slab puts only its first object on the list. When the last object of the list is used, its
 * slab puts the next object on the list that was never there. So a slab is made in constant time,
 * and its objects are first used in the order of their addresses. Slabs are made for empty lists
 * only; thus one slab of a kind at most has objects that were never on the list.
 *
 * A bit for each 8 bytes tells if a used object starts there. So the offset of a pointer in its
 * page is enough to free the object, and any pointer that is not a used object is recognised.
 *
 * Which pages are slabs is told by maps, one for each group of 512 pages. The map of a group is in
 * the head of one of its slabs, the leader; heap->leader tells which. So a group without a slab
 * takes no memory for a map.
 */
#ifndef HEAP_SLABS_H
#define HEAP_SLABS_H

#include "heap_blocks.h"

#define HEAP_SLAB_BLOCK_BYTES PAGE_SIZE
#define HEAP_SLAB_BYTES       (HEAP_SLAB_BLOCK_BYTES - HEAP_HEADER_BYTES)
#define HEAP_SLAB_WORDS       (PAGE_SIZE / HEAP_ALIGN / 32u)

struct heap_slab {
    uint32_t mark; /* hash of its address, and the kind of its objects */
    uint16_t object_bytes;
    uint16_t objects;
    uint16_t objects_used;
    uint16_t listed_end;                  /* offset; the objects behind it were never on the list */
    uint32_t used[HEAP_SLAB_WORDS];       /* a bit for each 8 bytes: a used object starts there */
    uint32_t map[HEAP_GROUP_PAGES / 32u]; /* if it leads its group: a bit for each page */
};
_Static_assert(sizeof(struct heap_slab) == 140,
               "the layout in simulated memory is the same on every machine");

/* The offset of the first object. */
#define HEAP_SLAB_FIRST 144u
_Static_assert(HEAP_SLAB_FIRST >= sizeof(struct heap_slab) && HEAP_SLAB_FIRST % HEAP_ALIGN == 0,
               "the objects follow the head");

/* The bytes of an object, by kind. */
extern const uint16_t object_sizes[HEAP_OBJECT_KINDS];

static inline struct heap_slab *heap_slab_at(uint32_t page)
{
    return machine_pointer(vaddr(page));
}

static inline uint32_t heap_slab_page(uint32_t object)
{
    return object & ~PAGE_OFFSET_MASK;
}

/* The mark differs from the address of the page by a constant and the kind. So a copy of a slab's
   head is no head at another address. */
#define SLAB_MARK 0x9e377000u

static inline uint32_t heap_slab_mark(uint32_t page, uint32_t kind)
{
    return page ^ (SLAB_MARK + kind);
}

/* Returns the kind of a slab, or a number of HEAP_OBJECT_KINDS or more if its mark is wrong; 0 is
   wrong, too. */
static inline uint32_t heap_slab_kind(const struct heap_slab *slab, uint32_t page)
{
    return (slab->mark ^ page) - SLAB_MARK;
}

static inline bool heap_slab_mark_is_sound(const struct heap_slab *slab, uint32_t page)
{
    return heap_slab_kind(slab, page) - 1u < HEAP_OBJECT_KINDS - 1u;
}

/* Return the word, and the number of the bit in it, of an address in a slab. */
static inline uint32_t heap_slab_word(uint32_t address)
{
    return (address & PAGE_OFFSET_MASK) / (32u * HEAP_ALIGN);
}

static inline uint32_t heap_slab_bit(uint32_t address)
{
    return address / HEAP_ALIGN % 32u;
}

/* Tells if an object can start at an offset of a slab's page, and whole objects lie before it. */
static inline bool heap_slab_starts_at(const struct heap_slab *slab, uint32_t offset)
{
    return offset >= HEAP_SLAB_FIRST && offset + slab->object_bytes <= HEAP_SLAB_BYTES &&
           (offset - HEAP_SLAB_FIRST) % slab->object_bytes == 0;
}

/* ---- the maps ---- */

#define GROUP_SHIFT (PAGE_SHIFT + 9u)
_Static_assert(HEAP_GROUP_PAGES << PAGE_SHIFT == 1u << GROUP_SHIFT,
               "shifts find the group of an address");

static inline uint32_t heap_group(const struct heap *heap, uint32_t address)
{
    return (address - heap->start) >> GROUP_SHIFT;
}

/* Returns the page of the leader of a group that has one. */
static inline uint32_t heap_leader_page(const struct heap *heap, uint32_t group)
{
    return heap->start + (group << GROUP_SHIFT) + ((heap->leader[group] - 1u) << PAGE_SHIFT);
}

/* Tells if the leader of a group that has one is a slab by its mark, and in its own map. */
static inline bool heap_leader_is_sound(const struct heap *heap, uint32_t group)
{
    uint32_t page = heap_leader_page(heap, group);
    uint32_t bit = heap->leader[group] - 1u;

    return bit < HEAP_GROUP_PAGES && page > heap->start && page < heap->top &&
           heap_slab_mark_is_sound(heap_slab_at(page), page) &&
           (heap_slab_at(page)->map[bit / 32u] >> bit % 32u & 1u) != 0;
}

/* Tells if the page of an address is a slab; false beyond the last group of the span. */
static inline bool page_is_slab(const struct heap *heap, uint32_t address)
{
    uint32_t offset = address - heap->start;
    uint32_t page = offset >> PAGE_SHIFT;

    if (offset >= HEAP_GROUPS << GROUP_SHIFT)
        return false;
    uint32_t leader = heap->leader[offset >> GROUP_SHIFT];
    if (leader == 0)
        return false;
    uint32_t group_start = address - offset % (1u << GROUP_SHIFT);
    const struct heap_slab *slab = heap_slab_at(group_start + ((leader - 1u) << PAGE_SHIFT));
    return (slab->map[page % HEAP_GROUP_PAGES / 32u] >> page % 32u & 1u) != 0;
}

/* ---- objects ---- */

/* The links of a free object; 0: none. */
struct heap_object {
    uint32_t next;
    uint32_t prev;
};
_Static_assert(sizeof(struct heap_object) <= HEAP_ALIGN, "the smallest object has room for links");

static inline struct heap_object *heap_object_at(uint32_t object)
{
    return machine_pointer(vaddr(object));
}

/* Tells if an aligned pointer into a slab's page is a used object. */
static inline bool heap_object_is_used(uint32_t object)
{
    uint32_t page = heap_slab_page(object);
    const struct heap_slab *slab = heap_slab_at(page);

    return heap_slab_mark_is_sound(slab, page) &&
           (slab->used[heap_slab_word(object)] >> heap_slab_bit(object) & 1u) != 0;
}

/* Tells if any pointer is an aligned one into a slab whose mark is right. Below HARDEN_FAST every
   pointer into a slab's page is taken for one. Objects of one slab are often freed in a row: then
   the maps need not be read. */
static inline bool heap_is_in_slab(const struct heap *heap, uint32_t pointer)
{
    uint32_t page = heap_slab_page(pointer);
    bool in_slab = page == heap->slab_freed_in || page_is_slab(heap, pointer);

    if (MM_HARDENING < HARDEN_FAST)
        return in_slab;
    return pointer % HEAP_ALIGN == 0 && in_slab &&
           heap_slab_mark_is_sound(heap_slab_at(page), page);
}

/* Clears the bit of an object. Returns false, with nothing changed, if no used object starts there.
   The bit is tested and cleared in one step, so that its word is read once. */
static inline bool heap_object_clear_used(uint32_t object)
{
    uint32_t *used = &heap_slab_at(heap_slab_page(object))->used[heap_slab_word(object)];
    uint32_t bit = 1u << heap_slab_bit(object);
    uint32_t cleared = *used ^ bit;

    if (MM_HARDENING >= HARDEN_FAST && (cleared & bit) != 0)
        return false;
    *used = cleared;
    return true;
}

/* Puts the next object of a slab that was never on the list of its kind, which is empty, on it.
   Does nothing if the slab has no such object. */
static inline void heap_slab_list_next(struct heap *heap, uint32_t page)
{
    struct heap_slab *slab = heap_slab_at(page);
    uint32_t end = (uint32_t)slab->listed_end + slab->object_bytes;
    uint32_t object = page + slab->listed_end;

    if (end > HEAP_SLAB_BYTES)
        return;
    *heap_object_at(object) = (struct heap_object){0, 0};
    heap->object[heap_slab_kind(slab, page)] = object;
    slab->listed_end = (uint16_t)end;
}

/* Allocates the first object on the list of a kind, which is not empty. */
static inline vaddr_t heap_object_take(struct heap *heap, uint32_t kind)
{
    uint32_t object = heap->object[kind];
    struct heap_slab *slab = heap_slab_at(heap_slab_page(object));

    guard_free_object(heap, kind, object, "heap_alloc");
    uint32_t next = heap_object_at(object)->next;
    heap->object[kind] = next;
    slab->used[heap_slab_word(object)] |= 1u << heap_slab_bit(object);
    slab->objects_used++;
    heap->free_bytes -= slab->object_bytes;
    if (next != 0)
        heap_object_at(next)->prev = 0;
    else
        heap_slab_list_next(heap, heap_slab_page(object));
    return vaddr(object);
}

/* Frees an object whose bit has been cleared. Returns true if its slab has no used object left. */
static inline bool heap_object_give(struct heap *heap, uint32_t object)
{
    uint32_t page = heap_slab_page(object);
    struct heap_slab *slab = heap_slab_at(page);
    uint32_t kind = heap_slab_kind(slab, page);
    uint32_t next = heap->object[kind];

    guard_first_object(heap, kind, next, "heap_free");
    fill_range(object + HEAP_ALIGN, object + slab->object_bytes);
    heap->free_bytes += slab->object_bytes;
    *heap_object_at(object) = (struct heap_object){next, 0};
    heap->object[kind] = object;
    heap->slab_freed_in = page;
    if (next != 0)
        heap_object_at(next)->prev = object;
    return --slab->objects_used == 0;
}

/* Returns the kind of objects for a request of at most HEAP_OBJECT_MAX bytes; 0 if there is
   none. */
static inline uint32_t request_kind(uint32_t bytes)
{
    return object_kinds[(bytes + HEAP_ALIGN - 1u) / HEAP_ALIGN];
}

/* Tells if requests of this size deserve a new slab if no slab has a free object. */
static inline bool heap_slab_is_wanted(const struct heap *heap, uint32_t bytes)
{
    return bytes - 1u < HEAP_OBJECT_MAX &&
           heap->small_used[small_kind(block_size(bytes))] >= HEAP_SLAB_DEMAND;
}

/* Makes a slab for a kind whose list is empty. Returns false if there is no room. */
bool heap_slab_open(struct heap *heap, uint32_t kind);

/* Ends a slab that has no used object: its page is the payload of a used block again. O(objects of
   the slab) */
void heap_slab_close(struct heap *heap, uint32_t page);

#endif
