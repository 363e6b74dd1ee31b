#include "heap_guard.h"

#include "expect.h"
#include "heap_runs.h"

void heap_verify_bounds(const struct heap *heap, const char *function)
{
    expect(heap->tally == heap_tally(heap), function, "the bounds of the heap are smashed",
           heap->start);
}

/* ---- free blocks ---- */

/* A header that stands in the heap, of a free block that ends in it. */
static bool is_free(const struct heap *heap, uint32_t block)
{
    if (block < heap_first(heap) || block >= heap->top || block % HEAP_ALIGN != HEAP_HEADER_BYTES)
        return false;
    uint32_t header = *word_at(block);
    return header_tag_matches(header, block) && (header & HEADER_FREE) != 0 &&
           header_size(header) >= HEAP_BLOCK_MIN && header_size(header) < heap->top - block;
}

static uint32_t link_at(uint32_t block, uint32_t link)
{
    return *word_at(block + link);
}

void heap_verify_free(const struct heap *heap, uint32_t block, const char *function)
{
    expect(is_free(heap, block), function, "a list of free blocks leads to what is none", block);
}

void heap_verify_first(const struct heap *heap, uint32_t block, const char *function)
{
    heap_verify_free(heap, block, function);
    expect(link_at(block, LINK_PREV) == 0, function, "the first of a list has one before it",
           block);
}

/* The header and the size at the end, and the header behind. */
static bool agrees_in_memory(uint32_t block)
{
    uint32_t size = header_size(*word_at(block));
    uint32_t behind = *word_at(block + size);

    return *size_at_end(block, size) == size && header_tag_matches(behind, block + size) &&
           (behind & HEADER_PREV_FREE) != 0;
}

static bool agrees_in_list(const struct heap *heap, uint32_t block)
{
    struct list_index at = list_of(header_size(*word_at(block)));
    uint32_t next = link_at(block, LINK_NEXT);
    uint32_t prev = link_at(block, LINK_PREV);

    if (next != 0 && (!is_free(heap, next) || link_at(next, LINK_PREV) != block))
        return false;
    if (prev == 0)
        return heap->list[at.class][at.list] == block;
    return is_free(heap, prev) && link_at(prev, LINK_NEXT) == block;
}

void heap_verify_listed(const struct heap *heap, uint32_t block, const char *function)
{
    heap_verify_free(heap, block, function);
    expect(agrees_in_memory(block), function, "a free block and the one behind it disagree", block);
    expect(agrees_in_list(heap, block), function, "a link of a free block is broken", block);
}

/* ---- runs ---- */

static bool is_run(const struct heap *heap, uint32_t page)
{
    return page % PAGE_SIZE == 0 && page > heap->start && page < heap->top &&
           page_is_run(heap, page) && run_mark_is_sound(run_at(page), page);
}

static bool counts_agree(const struct heap_run *run)
{
    return run->slot_bytes == slot_sizes[run_kind(run)] && run->slots_used <= run->slots &&
           run->slots == (RUN_BYTES - sizeof(struct heap_run)) / run->slot_bytes &&
           run->words_free >> RUN_WORDS == 0 &&
           (run->words_free == 0) == (run->slots_used == run->slots);
}

void heap_verify_run(const struct heap *heap, uint32_t page, const char *function)
{
    expect(is_run(heap, page), function, "a list of runs leads to what is none", page);
    expect(counts_agree(run_at(page)), function, "the head of a run is smashed", page);
}

void heap_verify_ring(const struct heap *heap, uint32_t page, const char *function)
{
    uint32_t next = run_at(page)->next;
    uint32_t prev = run_at(page)->prev;

    expect(is_run(heap, next) && run_at(next)->prev == page && is_run(heap, prev) &&
               run_at(prev)->next == page,
           function, "a link of a run is broken", page);
}

/* Its bits say one thing, and of a place where a slot is. */
void heap_verify_slot(const struct heap *heap, uint32_t slot, const char *function)
{
    uint32_t page = slot & ~PAGE_OFFSET_MASK;
    uint32_t offset = slot & PAGE_OFFSET_MASK;

    heap_verify_run(heap, page, function);
    const struct heap_run *run = run_at(page);
    const struct run_bits *bits = &run->bits[run_word(slot)];
    expect(offset >= sizeof(struct heap_run) && offset + run->slot_bytes <= RUN_BYTES &&
               (offset - sizeof(struct heap_run)) % run->slot_bytes == 0,
           function, "a run has a slot where none is", slot);
    expect(((bits->used ^ bits->free) & run_bit(slot)) != 0, function,
           "a slot is neither used nor free, or both", slot);
}

void heap_verify_free_slot(const struct heap *heap, uint32_t page, uint32_t slot)
{
    expect((slot & ~PAGE_OFFSET_MASK) == page &&
               (run_at(page)->bits[run_word(slot)].free & run_bit(slot)) != 0,
           "heap_alloc", "a run is wrong about where its free slots are", page);
    heap_verify_slot(heap, slot, "heap_alloc");
    fill_verify(slot, slot + run_at(page)->slot_bytes, "heap_alloc");
}

void heap_verify_empty_run(const struct heap *heap, uint32_t page, const char *function)
{
    const struct heap_run *run = run_at(page);
    struct run_bits bits[RUN_WORDS] = {{0, 0}};
    uint32_t start = sizeof(struct heap_run);

    heap_verify_run(heap, page, function);
    for (uint32_t at = start; at + run->slot_bytes <= RUN_BYTES; at += run->slot_bytes)
        bits[run_word(at)].free |= run_bit(at);
    for (uint32_t word = 0; word < RUN_WORDS; word++)
        expect(run->bits[word].used == 0 && run->bits[word].free == bits[word].free &&
                   (run->words_free >> word & 1u) == (bits[word].free != 0),
               function, "the head of a run is smashed", page);
    fill_verify(page + start, page + RUN_BYTES, function);
}
