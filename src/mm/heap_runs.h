/*
 * Runs: pages that are cut into slots of one small size, without a header for each.
 *
 *     page - 4   page                                                     page + 4092
 *     | header | head, a bit for each 8 bytes | slot | slot | slot ...... | header |
 *
 * A run is the payload of a used block that fills its page but for the next block's header: runs
 * may follow one another without a gap, and a payload in a run's page is a slot of it. heap->is_run
 * has the page's bit. Runs with a free slot are linked; one without a used slot is given back.
 *
 * Of the bits, those of the 8 bytes at which a slot starts are in use: one tells whether it is
 * used, another whether it is free. So a pointer's place in the page is all that is needed to free
 * it, and a pointer to anything but a used slot is recognised for sure.
 */
#ifndef HEAP_RUNS_H
#define HEAP_RUNS_H

#include "heap_blocks.h"

#define RUN_BLOCK_BYTES PAGE_SIZE
#define RUN_BYTES       (RUN_BLOCK_BYTES - HEAP_HEADER_BYTES)
#define RUN_WORDS       (PAGE_SIZE / HEAP_ALIGN / 32u)

struct run_bits {
    uint32_t used;
    uint32_t free;
};

struct heap_run {
    uint32_t mark; /* of its address, and the kind of its slots */
    uint32_t next; /* runs of the kind with a free slot: their pages, in a ring */
    uint32_t prev;
    uint16_t slot_bytes;
    uint16_t slots;
    uint32_t slots_used;
    uint32_t words_free; /* the words of bits with a free slot */
    struct run_bits bits[RUN_WORDS];
};
_Static_assert(sizeof(struct heap_run) == 152, "the same in simulated memory on every machine");
_Static_assert(sizeof(struct heap_run) % HEAP_ALIGN == 0, "the first slot stands behind it");
_Static_assert(RUN_WORDS <= 32, "words_free has a bit for each");

#define RUN_KIND_MASK 0x3fu
_Static_assert(HEAP_SLOT_KINDS - 1u <= RUN_KIND_MASK, "a mark has room for the kind");

/* By kind: bytes of a slot. */
extern const uint16_t slot_sizes[HEAP_SLOT_KINDS];

static inline struct heap_run *run_at(uint32_t page)
{
    return machine_pointer(vaddr(page));
}

/* The page's address times 2^32 / phi, as header_tag() has it; its last 12 bits are 0. */
static inline uint32_t run_mark(uint32_t page, uint32_t kind)
{
    return page * 0x9e3779b1u | kind;
}

static inline uint32_t run_kind(const struct heap_run *run)
{
    return run->mark & RUN_KIND_MASK;
}

static inline bool run_mark_is_sound(const struct heap_run *run, uint32_t page)
{
    return (run->mark ^ run_mark(page, 0)) - 1u < HEAP_SLOT_KINDS - 1u;
}

/* The page of an address, as a bit of heap->is_run; false beyond the last. */
static inline bool page_is_run(const struct heap *heap, uint32_t address)
{
    uint32_t page = (address - heap->start) >> PAGE_SHIFT;

    return page < HEAP_PAGES_MAX && (heap->is_run[page / 32u] >> page % 32u & 1u) != 0;
}

static inline void page_set_run(struct heap *heap, uint32_t address)
{
    uint32_t page = (address - heap->start) >> PAGE_SHIFT;

    heap->is_run[page / 32u] ^= 1u << page % 32u;
}

/* Where the bits of an address in a run are. */
static inline uint32_t run_word(uint32_t address)
{
    return (address & PAGE_OFFSET_MASK) / (32u * HEAP_ALIGN);
}

static inline uint32_t run_bit(uint32_t address)
{
    return 1u << address / HEAP_ALIGN % 32u;
}

/* The first free slot of a run that has one. */
static inline uint32_t run_first_free(uint32_t page)
{
    const struct heap_run *run = run_at(page);
    uint32_t word = (uint32_t)__builtin_ctz(run->words_free);

    return page + HEAP_ALIGN * (32u * word + (uint32_t)__builtin_ctz(run->bits[word].free));
}

/* The first of a ring, before a run comes last in it: that one is behind the last. */
static inline void guard_run_first(const struct heap *heap, uint32_t page)
{
    guard_run(heap, page, "heap_run_link");
    guard_ring(heap, page, "heap_run_link");
}

/* Lists are rings. A run that has a free slot now comes last: until it is the first again, more of
   its slots are freed, and the first is not full so soon. */
static inline void run_link(struct heap *heap, uint32_t page)
{
    struct heap_run *run = run_at(page);
    uint32_t *first = &heap->run[run_kind(run)];

    if (*first == 0)
        *first = run->prev = page;
    else
        guard_run_first(heap, *first);
    run->next = *first;
    run->prev = run_at(*first)->prev;
    run_at(run->prev)->next = page;
    run_at(*first)->prev = page;
}

static inline void run_unlink(struct heap *heap, const struct heap_run *run, uint32_t page)
{
    uint32_t *first = &heap->run[run_kind(run)];

    guard_ring(heap, page, "heap_run_unlink");
    run_at(run->next)->prev = run->prev;
    run_at(run->prev)->next = run->next;
    if (*first == page)
        *first = run->next != page ? run->next : 0;
}

/* HARDEN_FULL: the place that a run's bits name is a free slot of it, and filled. */
void heap_verify_free_slot(const struct heap *heap, uint32_t page, uint32_t slot);

/* HARDEN_FULL: a run without a used slot is about to go, and its head says so. */
void heap_verify_empty_run(const struct heap *heap, uint32_t page, const char *function);

/* Take the first free slot of a run. */
static inline vaddr_t run_take(struct heap *heap, uint32_t page)
{
    guard_run(heap, page, "heap_alloc");
    struct heap_run *run = run_at(page);
    uint32_t word = (uint32_t)__builtin_ctz(run->words_free);
    uint32_t bits = run->bits[word].free;
    uint32_t slot = 32u * word + (uint32_t)__builtin_ctz(bits);

    if (MM_HARDENING >= HARDEN_FULL)
        heap_verify_free_slot(heap, page, page + HEAP_ALIGN * slot);
    run->bits[word].used |= bits & (0u - bits);
    bits &= bits - 1u;
    run->bits[word].free = bits;
    run->words_free &= ~((uint32_t)(bits == 0) << word); /* no branch: as often as not */
    run->slots_used++;
    heap->free_bytes -= run->slot_bytes;
    if (run->words_free == 0)
        run_unlink(heap, run, page);
    return vaddr(page + HEAP_ALIGN * slot);
}

/* Give a used slot back. true: no slot of the run is used any more. */
static inline bool run_give(struct heap *heap, uint32_t slot)
{
    uint32_t page = slot & ~PAGE_OFFSET_MASK;
    struct heap_run *run = run_at(page);
    struct run_bits *bits = &run->bits[run_word(slot)];

    fill_range(slot, slot + run->slot_bytes);
    bits->used &= ~run_bit(slot);
    bits->free |= run_bit(slot);
    heap->free_bytes += run->slot_bytes;
    if (run->words_free == 0)
        run_link(heap, page);
    run->words_free |= 1u << run_word(slot);
    return --run->slots_used == 0;
}

/* The kind of slots for a request of at most HEAP_SLOT_MAX bytes; 0 for none at all. */
static inline uint32_t request_kind(uint32_t bytes)
{
    return slot_kinds[(bytes + HEAP_ALIGN - 1u) / HEAP_ALIGN];
}

/* Requests of that many bytes are worth a run, when none has a free slot. */
static inline bool run_is_wanted(const struct heap *heap, uint32_t bytes)
{
    return bytes - 1u < HEAP_SLOT_MAX &&
           heap->small_used[small_kind(block_size(bytes))] >= HEAP_RUN_DEMAND;
}

/* Make a run of free slots. false: no room. */
bool run_open(struct heap *heap, uint32_t kind);

/* A run without a used slot is one no more: its page is the payload of a used block again. */
void run_close(struct heap *heap, uint32_t page);

#endif
