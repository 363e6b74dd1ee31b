/* The lists of free blocks by size. The functions are constant time. */
#ifndef HEAP_LISTS_H
#define HEAP_LISTS_H

#include "heap_guard.h"

static inline void list_insert(struct heap *heap, uint32_t block, uint32_t size)
{
    struct list_index at = list_of(size);
    uint32_t next = heap->list[list_place(at)];

    guard_first(heap, next, "heap_list_insert");
    *word_at(block + LINK_NEXT) = next;
    *word_at(block + LINK_PREV) = 0;
    if (next != 0)
        *word_at(next + LINK_PREV) = block;
    heap->list[list_place(at)] = block;
    heap->lists_any[at.size_class] |= 1u << at.list;
    heap->classes_any |= 1u << at.size_class;
}

static inline void list_remove_first(struct heap *heap, struct list_index at, uint32_t next)
{
    heap->list[list_place(at)] = next;
    if (next != 0)
        return;
    heap->lists_any[at.size_class] &= ~(1u << at.list);
    if (heap->lists_any[at.size_class] == 0)
        heap->classes_any &= ~(1u << at.size_class);
}

static inline void list_remove(struct heap *heap, uint32_t block, uint32_t size)
{
    guard_listed(heap, block, "heap_list_remove");
    uint32_t next = *word_at(block + LINK_NEXT);
    uint32_t prev = *word_at(block + LINK_PREV);

    if (next != 0)
        *word_at(next + LINK_PREV) = prev;
    if (prev != 0)
        *word_at(prev + LINK_NEXT) = next;
    else
        list_remove_first(heap, list_of(size), next);
}

/* Returns the first block of the lowest list in which every block has at least `size` bytes; 0 if
   all such lists are empty. */
static inline uint32_t list_find_sure(const struct heap *heap, uint32_t size)
{
    struct list_index at = list_of(size + (1u << list_step_log2(size)) - 1u);
    uint32_t lists = heap->lists_any[at.size_class] & UINT32_MAX << at.list;

    if (lists == 0) {
        uint32_t classes = heap->classes_any & UINT32_MAX << (at.size_class + 1u);
        if (classes == 0)
            return 0;
        at.size_class = (uint32_t)__builtin_ctz(classes);
        lists = heap->lists_any[at.size_class];
        if (MM_HARDENING >= HARDEN_FULL && lists == 0)
            machine_panic("heap_alloc", "classes_any leads to a class without a list",
                          at.size_class);
    }
    at.list = (uint32_t)__builtin_ctz(lists);
    uint32_t block = heap->list[list_place(at)];
    guard_free(heap, block, "heap_alloc");
    return block;
}

/* The number of blocks to examine in a list in which some blocks are large enough and some are not.
   Without this search, blocks of the next larger list would be split although these are free, which
   takes a tenth more memory where large blocks come and go. */
#define LIST_PROBES 8u

/* Returns a block of at least `size` bytes, within 1/32 of the smallest such block; 0 if none is
   found. */
static inline uint32_t list_find(const struct heap *heap, uint32_t size)
{
    if (size >= LIST_EXACT_BYTES) {
        struct list_index at = list_of(size);
        uint32_t block = heap->list[list_place(at)];
        for (uint32_t probe = 0; block != 0 && probe < LIST_PROBES; probe++) {
            guard_free(heap, block, "heap_alloc");
            if (header_size(*word_at(block)) >= size)
                return block;
            block = *word_at(block + LINK_NEXT);
        }
    }
    return list_find_sure(heap, size);
}

#endif
