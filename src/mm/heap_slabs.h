/*
 * Slabs: pages that are cut into objects of one small size, without a header for each.
 *
 *     page - 4   page                                                     page + 4092
 *     | header | head, a bit for each 8 bytes | object | object | object ...... | header |
 *
 * A slab is the payload of a used block that fills its page, except for the header of the next
 * block. So slabs may be neighbours without a gap, and every payload in the page of a slab is one
 * of its objects. heap->is_slab has a bit for the page. The slabs that have a free object are
 * linked; a slab without a used object is freed.
 *
 * Two bits for each 8 bytes tell if a used object, or a free object, starts there. So the offset of
 * a pointer in its page is enough to free the object, and any pointer that is not a used object is
 * recognised.
 */
#ifndef HEAP_SLABS_H
#define HEAP_SLABS_H

#include "heap_blocks.h"

#define HEAP_SLAB_BLOCK_BYTES PAGE_SIZE
#define HEAP_SLAB_BYTES       (HEAP_SLAB_BLOCK_BYTES - HEAP_HEADER_BYTES)
#define HEAP_SLAB_WORDS       (PAGE_SIZE / HEAP_ALIGN / 32u)

struct heap_slab_bits {
    uint32_t used;
    uint32_t free;
};

struct heap_slab {
    uint32_t mark; /* hash of its address, and the kind of its objects */
    uint32_t next; /* ring of the slabs of this kind that have a free object: page */
    uint32_t prev;
    uint16_t object_bytes;
    uint16_t objects;
    uint32_t objects_used;
    uint32_t words_free; /* bit i: word i of bits has a free object */
    struct heap_slab_bits bits[HEAP_SLAB_WORDS];
};
_Static_assert(sizeof(struct heap_slab) == 152,
               "the layout in simulated memory is the same on every machine");
_Static_assert(sizeof(struct heap_slab) % HEAP_ALIGN == 0, "the first object follows the header");
_Static_assert(HEAP_SLAB_WORDS <= 32, "words_free has a bit for each word");

#define HEAP_SLAB_KIND_MASK 0x3fu
_Static_assert(HEAP_OBJECT_KINDS - 1u <= HEAP_SLAB_KIND_MASK, "the kind fits the bits of a mark");

/* The bytes of an object, by kind. */
extern const uint16_t object_sizes[HEAP_OBJECT_KINDS];

static inline struct heap_slab *heap_slab_at(uint32_t page)
{
    return machine_pointer(vaddr(page));
}

/* Returns the mark: the page's address times 2^32 / phi, as in header_tag(). Its last 12 bits are 0
   without the kind. */
static inline uint32_t heap_slab_mark(uint32_t page, uint32_t kind)
{
    return page * 0x9e3779b1u | kind;
}

static inline uint32_t heap_slab_kind(const struct heap_slab *slab)
{
    return slab->mark & HEAP_SLAB_KIND_MASK;
}

static inline bool heap_slab_mark_is_sound(const struct heap_slab *slab, uint32_t page)
{
    return (slab->mark ^ heap_slab_mark(page, 0)) - 1u < HEAP_OBJECT_KINDS - 1u;
}

/* Tells if the page of an address is a slab; false beyond the last page of the span. */
static inline bool page_is_slab(const struct heap *heap, uint32_t address)
{
    uint32_t page = (address - heap->start) >> PAGE_SHIFT;

    return page < HEAP_PAGES_MAX && (heap->is_slab[page / 32u] >> page % 32u & 1u) != 0;
}

static inline void page_set_slab(struct heap *heap, uint32_t address)
{
    uint32_t page = (address - heap->start) >> PAGE_SHIFT;

    heap->is_slab[page / 32u] ^= 1u << page % 32u;
}

/* Return the word, and the bit in it, of an address in a slab. */
static inline uint32_t heap_slab_word(uint32_t address)
{
    return (address & PAGE_OFFSET_MASK) / (32u * HEAP_ALIGN);
}

static inline uint32_t heap_slab_bit(uint32_t address)
{
    return 1u << address / HEAP_ALIGN % 32u;
}

/* Tells if an aligned pointer into a slab's page is a used object. */
static inline bool heap_object_is_used(uint32_t object)
{
    uint32_t page = object & ~PAGE_OFFSET_MASK;
    const struct heap_slab *slab = heap_slab_at(page);

    return heap_slab_mark_is_sound(slab, page) &&
           (slab->bits[heap_slab_word(object)].used & heap_slab_bit(object)) != 0;
}

/* Tells if any pointer is a used object. Below HARDEN_FAST every pointer into a slab's page is
   taken for one. */
static inline bool heap_is_live_object(const struct heap *heap, uint32_t pointer)
{
    if (MM_HARDENING < HARDEN_FAST)
        return page_is_slab(heap, pointer);
    return pointer % HEAP_ALIGN == 0 && page_is_slab(heap, pointer) && heap_object_is_used(pointer);
}

/* Returns the first free object of a slab that has one. */
static inline uint32_t heap_slab_first_free(uint32_t page)
{
    const struct heap_slab *slab = heap_slab_at(page);
    uint32_t word = (uint32_t)__builtin_ctz(slab->words_free);

    return page + HEAP_ALIGN * (32u * word + (uint32_t)__builtin_ctz(slab->bits[word].free));
}

/* Links a slab that has a free object now, as the last of its ring. */
void heap_slab_link(struct heap *heap, uint32_t page);

/* Unlinks a slab, and returns `object`. Both functions are out of line, and the last call of those
   that take or free an object, which therefore save no registers. */
vaddr_t heap_slab_unlink(struct heap *heap, uint32_t page, vaddr_t object);

/* HARDEN_FULL: panics unless the object is a free object of the slab and filled. */
void heap_verify_free_object(const struct heap *heap, uint32_t page, uint32_t object);

/* HARDEN_FULL: panics in the name of `function` unless the head of a slab that is about to be freed
   shows no used object. */
void heap_verify_empty_slab(const struct heap *heap, uint32_t page, const char *function);

/* Allocates the first free object of a slab. */
static inline vaddr_t heap_slab_take(struct heap *heap, uint32_t page)
{
    guard_slab(heap, page, "heap_alloc");
    struct heap_slab *slab = heap_slab_at(page);
    uint32_t word = (uint32_t)__builtin_ctz(slab->words_free);
    uint32_t bits = slab->bits[word].free;
    uint32_t object = 32u * word + (uint32_t)__builtin_ctz(bits);

    if (MM_HARDENING >= HARDEN_FULL)
        heap_verify_free_object(heap, page, page + HEAP_ALIGN * object);
    slab->bits[word].used |= bits & (0u - bits);
    bits &= bits - 1u;
    slab->bits[word].free = bits;
    slab->words_free &= ~((uint32_t)(bits == 0) << word); /* no branch: unpredictable */
    slab->objects_used++;
    heap->free_bytes -= slab->object_bytes;
    if (slab->words_free == 0)
        return heap_slab_unlink(heap, page, vaddr(page + HEAP_ALIGN * object));
    return vaddr(page + HEAP_ALIGN * object);
}

/* Frees a used object. Returns true if no object of the slab is used any more. */
static inline bool heap_slab_give(struct heap *heap, uint32_t object)
{
    uint32_t page = object & ~PAGE_OFFSET_MASK;
    struct heap_slab *slab = heap_slab_at(page);
    struct heap_slab_bits *bits = &slab->bits[heap_slab_word(object)];

    fill_range(object, object + slab->object_bytes);
    bits->used &= ~heap_slab_bit(object);
    bits->free |= heap_slab_bit(object);
    heap->free_bytes += slab->object_bytes;
    uint32_t used = --slab->objects_used;
    uint32_t words_free = slab->words_free;
    slab->words_free = words_free | 1u << heap_slab_word(object);
    if (words_free == 0)
        heap_slab_link(heap, page);
    return used == 0;
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

/* Makes a slab of free objects. Returns false if there is no room. O(objects). */
bool heap_slab_open(struct heap *heap, uint32_t kind);

/* Ends a slab that has no used object: its page is the payload of a used block again. */
void heap_slab_close(struct heap *heap, uint32_t page);

#endif
