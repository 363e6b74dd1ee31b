/* Checks of runs: see heap_runs.h. */
#include "heap_check.h"

/* The bits of a place are those of a slot's start, or none. */
static bool bits_are_right(const struct heap_run *run, uint32_t at, bool starts)
{
    const struct run_bits *bits = &run->bits[run_word(at)];
    bool is_used = (bits->used & run_bit(at)) != 0;
    bool is_free = (bits->free & run_bit(at)) != 0;

    return starts ? is_used != is_free : !is_used && !is_free;
}

static const char *check_bits(const struct heap_run *run)
{
    uint32_t start = sizeof(struct heap_run);

    for (uint32_t at = 0; at < PAGE_SIZE; at += HEAP_ALIGN) {
        bool starts = at == start && at + run->slot_bytes <= RUN_BYTES;
        if (!bits_are_right(run, at, starts))
            return starts ? "heap: a slot is neither used nor free, or both"
                          : "heap: a run has a slot where none is";
        start += starts ? run->slot_bytes : 0;
    }
    return NULL;
}

static uint32_t count_free(const struct heap_run *run)
{
    uint32_t count = 0;

    for (uint32_t word = 0; word < RUN_WORDS; word++)
        for (uint32_t bits = run->bits[word].free; bits != 0; bits &= bits - 1u)
            count++;
    return count;
}

static const char *check_counts(const struct heap_run *run)
{
    uint32_t words_free = 0;

    for (uint32_t word = 0; word < RUN_WORDS; word++)
        words_free |= (uint32_t)(run->bits[word].free != 0) << word;
    if (run->words_free != words_free)
        return "heap: a run is wrong about where its free slots are";
    if (run->slots != (RUN_BYTES - sizeof(struct heap_run)) / run->slot_bytes)
        return "heap: a run has not as many slots as fit";
    if (run->slots_used != run->slots - count_free(run))
        return "heap: a run has miscounted its used slots";
    return run->slots_used != 0 ? NULL : "heap: a run without a used slot was kept";
}

const char *heap_check_run(uint32_t block, uint32_t size, struct heap_walk *walk)
{
    uint32_t page = payload(block).value;
    const struct heap_run *run = run_at(page);

    if (page % PAGE_SIZE != 0 || size < RUN_BLOCK_BYTES || size - RUN_BLOCK_BYTES >= HEAP_BLOCK_MIN)
        return "heap: a run's block is not its page's";
    if (!run_mark_is_sound(run, page))
        return "heap: a run's mark is wrong";
    if (run->slot_bytes != slot_sizes[run_kind(run)])
        return "heap: a run is wrong about the size of its slots";
    const char *broken = check_bits(run);
    if (broken == NULL)
        broken = check_counts(run);
    walk->runs++;
    walk->runs_linked[run_kind(run)] += run->words_free != 0;
    walk->free_bytes += count_free(run) * run->slot_bytes;
    return broken;
}

static const char *check_linked(const struct heap *heap, uint32_t page, uint32_t kind)
{
    if (page % PAGE_SIZE != 0 || page >= heap->top || !page_is_run(heap, page))
        return "heap: a list of runs leads to what is none";
    if (run_kind(run_at(page)) != kind)
        return "heap: a run is on the list of another kind";
    return run_at(page)->words_free != 0 ? NULL : "heap: a full run is on a list";
}

/* Walk one ring, on which there should be `runs` of them. It ends where it began: no run has two
   others before it, when the links back are right. */
static const char *check_list(const struct heap *heap, uint32_t kind, uint32_t runs)
{
    uint32_t first = heap->run[kind];
    uint32_t met = 0;

    for (uint32_t page = first; page != 0;) {
        const char *broken = check_linked(heap, page, kind);
        if (broken == NULL)
            broken = check_linked(heap, run_at(page)->next, kind);
        if (broken != NULL)
            return broken;
        if (run_at(run_at(page)->next)->prev != page)
            return "heap: a run's link back is wrong";
        met++;
        page = run_at(page)->next != first ? run_at(page)->next : 0;
    }
    return met == runs ? NULL : "heap: a run with a free slot is on no list";
}

static uint32_t count_pages(const struct heap *heap)
{
    uint32_t count = 0;

    for (uint32_t word = 0; word < HEAP_PAGES_MAX / 32u; word++)
        for (uint32_t bits = heap->is_run[word]; bits != 0; bits &= bits - 1u)
            count++;
    return count;
}

const char *heap_check_runs(const struct heap *heap, const struct heap_walk *walk)
{
    if (count_pages(heap) != walk->runs)
        return "heap: a page is marked as a run's and is none";
    for (uint32_t kind = 0; kind < HEAP_SLOT_KINDS; kind++) {
        if (heap->small_used[kind] != walk->small_used[kind])
            return "heap: used blocks of a small size are miscounted";
        const char *broken = check_list(heap, kind, walk->runs_linked[kind]);
        if (broken != NULL)
            return broken;
    }
    return NULL;
}
