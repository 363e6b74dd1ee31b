#include "support/metadata.h"

#include "mm/brk_heap.h"
#include "mm/heap_pages.h"
#include "mm/heap_slabs.h"
#include "mm/movable.h"
#include "mm/slab_layout.h"
#include "mm/zoned.h"
#include "support/model_mm.h"

#include <mm/frames_stack.h>
#include <mm/pgtable.h>
#include <mm/process.h>

#include <stdlib.h>

const char *const metadata_names[PLACE_COUNT] = {"page tables", "owners",        "state",
                                                 "arrays",      "block headers", "slab heads",
                                                 "processes",   "red zones"};

static void metadata_add(struct metadata *metadata, uint32_t address, uint32_t bytes, uint32_t bits,
                         enum metadata_place place)
{
    for (uint32_t at = 0; at < bytes; at += 4u) {
        if (metadata->count == metadata->room) {
            metadata->room = metadata->room != 0 ? 2u * metadata->room : 0x10000u;
            metadata->word = realloc(metadata->word, metadata->room * sizeof(struct metadata_word));
            assert_non_null(metadata->word);
        }
        metadata->word[metadata->count++] = (struct metadata_word){
            address + at, model_physical(mm_active(), vaddr(address + at)), bits, place};
    }
}

void metadata_add_red_zone(struct metadata *metadata, vaddr_t block, uint32_t usable_bytes)
{
    metadata_add(metadata, ((block.value + usable_bytes) & ~3u) - 8u, 8, UINT32_MAX,
                 PLACE_RED_ZONES);
}

void metadata_free(struct metadata *metadata)
{
    free(metadata->word);
    *metadata = (struct metadata){0};
}

static uint32_t address_of(const void *pointer)
{
    return (uint32_t)((const unsigned char *)pointer -
                      (const unsigned char *)machine_pointer(vaddr(0)));
}

static void add_struct(struct metadata *metadata, const void *start, size_t bytes)
{
    metadata_add(metadata, address_of(start), (uint32_t)bytes, UINT32_MAX, PLACE_STATE);
}

static void add_array(struct metadata *metadata, vaddr_t start, uint32_t bytes)
{
    metadata_add(metadata, start.value, bytes & ~3u, UINT32_MAX, PLACE_ARRAYS);
}

/* ---- page tables ---- */

#define ENTRY_BITS (~(PTE_ACCESSED | PTE_DIRTY))

static void add_table(struct metadata *metadata, pfn_t table)
{
    metadata_add(metadata, direct_map_frame(table).value, PAGE_SIZE, ENTRY_BITS, PLACE_PAGE_TABLES);
}

static void add_process(struct metadata *metadata, const struct mm *mm, vaddr_t at)
{
    const struct process *process = machine_pointer(at);
    const uint32_t *directory = pgtable_entries(process->directory);
    uint32_t nodes = (PAGE_SIZE - (uint32_t)sizeof *process) / (uint32_t)sizeof(struct region);

    metadata_add(metadata, at.value,
                 (uint32_t)sizeof *process + nodes * (uint32_t)sizeof(struct region), UINT32_MAX,
                 PLACE_PROCESSES);
    add_table(metadata, process->directory);
    for (uint32_t i = 0; i < directory_index(vaddr(mm->user_end)); i++)
        if ((directory[i] & PTE_PRESENT) != 0)
            add_table(metadata, paddr_to_pfn(paddr(directory[i])));
}

static void add_processes(struct metadata *metadata, const struct mm *mm)
{
    vaddr_t at = mm->processes;

    while (!vaddr_is_none(at)) {
        add_process(metadata, mm, at);
        at = ((const struct process *)machine_pointer(at))->next;
        if (at.value == mm->processes.value)
            break;
    }
}

/* ---- heaps ---- */

static void add_header(struct metadata *metadata, uint32_t address, uint32_t bytes)
{
    metadata_add(metadata, address, bytes, UINT32_MAX, PLACE_HEADERS);
}

static void add_heap_slab(struct metadata *metadata, uint32_t page)
{
    const struct heap_slab *slab = heap_slab_at(page);

    metadata_add(metadata, page, sizeof(struct heap_slab), UINT32_MAX, PLACE_SLABS);
    for (uint32_t at = HEAP_SLAB_FIRST; at < slab->listed_end; at += slab->object_bytes)
        if (!heap_object_is_used(page + at))
            metadata_add(metadata, page + at, sizeof(struct heap_object), UINT32_MAX, PLACE_SLABS);
}

static void add_heap(struct metadata *metadata, const struct heap *heap)
{
    for (uint32_t block = heap_first(heap); block != heap->top;) {
        uint32_t header = *word_at(block);
        uint32_t size = header_size(header);
        bool is_free = (header & HEADER_FREE) != 0;
        add_header(metadata, block, is_free ? HEAP_LINKED_BYTES : HEAP_HEADER_BYTES);
        if (is_free)
            add_header(metadata, block + size - 4u, 4);
        else if (page_is_slab(heap, payload(block).value))
            add_heap_slab(metadata, payload(block).value);
        block += size;
    }
}

/* ---- slabs ---- */

static void add_cache(struct metadata *metadata, const struct slab_cache *cache)
{
    uint32_t count = cache->count * (uint32_t)sizeof cache->magazine[0];

    add_struct(metadata, cache, offsetof(struct slab_cache, name));
    add_struct(metadata, cache->starts, sizeof cache->starts);
    add_struct(metadata, cache->magazine, count);
}

/* Returns the bits of a frame's third word that have a meaning: free and order in a slab's first
 * frame, order in its other frames, class in a large block's first frame. */
static uint32_t info_bits(const struct slabs *slabs, uint32_t frame)
{
    uint32_t address = slabs->start + (frame << PAGE_SHIFT);

    if (*cache_of(slabs, frame) != 0)
        return slab_of(slabs, address) == address ? 0x00ffffffu : 0x00ff0000u;
    return is_large(mm_active(), address_to_pfn(slabs, address)) ? 0xff000000u : 0;
}

static bool is_linked(const struct slabs *slabs, uint32_t frame)
{
    return info_bits(slabs, frame) == 0x00ffffffu && frame_info(slabs, frame)->free != 0;
}

static void add_frame_info(struct metadata *metadata, const struct slabs *slabs, uint32_t frame)
{
    uint32_t at = address_of(frame_info(slabs, frame));

    if (is_linked(slabs, frame))
        metadata_add(metadata, at, 8, UINT32_MAX, PLACE_ARRAYS);
    metadata_add(metadata, at + 8, 4, info_bits(slabs, frame), PLACE_ARRAYS);
}

static void add_slabs(struct metadata *metadata, const struct slabs *slabs)
{
    for (uint32_t i = 0; i < SLAB_CACHES; i++)
        add_cache(metadata, &slabs->cache[i]);
    add_struct(metadata, &slabs->start, sizeof *slabs - offsetof(struct slabs, start));
    add_array(metadata, vaddr(slabs->maps), slabs->frames * 8u + 8u);
    for (uint32_t frame = 0; frame < slabs->frames; frame++) {
        uint32_t index = *cache_of(slabs, frame);
        add_frame_info(metadata, slabs, frame);
        if (index != 0 && map_in_page(&slabs->cache[index]))
            metadata_add(metadata, slabs->start + (frame << PAGE_SHIFT) + MAP_IN_PAGE, MAP_BYTES,
                         UINT32_MAX, PLACE_SLABS);
    }
    add_array(metadata, vaddr(slabs->caches), slabs->frames);
}

/* ---- strategies: the states are laid out as in their source files ---- */

struct window_state {
    struct frames_stack frames;
    struct heap heap;
    uint32_t areas;
    uint32_t area_starts[HEAP_AREA_PAGES / 32u];
};

struct primary_state {
    struct frames_stack frames;
    struct heap heap[2];
    struct heap_pages pages[2];
    struct vmalloc_space vmalloc;
};

struct migrate_state {
    struct brk_state brk;
    struct movable movable;
    struct frames_sorted singles;
};

static void add_stack(struct metadata *metadata, const struct frames_stack *stack)
{
    add_array(metadata, stack->links, frames_stack_bytes(pfn(stack->first), pfn(stack->end)));
}

static void add_sorted(struct metadata *metadata, const struct frames_sorted *sorted)
{
    add_array(metadata, sorted->free, frames_sorted_bytes(pfn(sorted->groups * GROUP_FRAMES)));
}

static void add_span_heads(struct metadata *metadata, const struct brk_state *state)
{
    uint32_t span = state->skip.last;

    for (uint32_t i = 0; i < state->skip.fences; i++) {
        add_header(metadata, span, 12);
        span = *word_at(span + 4u);
    }
}

static void add_chunks(struct metadata *metadata, const struct heap_pages *pages,
                       const struct heap *heap)
{
    for (uint32_t at = pages->open; at != 0;) {
        vaddr_t first = direct_map_frame(pfn(pages->first + at - 1u));
        uint32_t links = first.value + (heap_usable_bytes(heap, first) & ~PAGE_OFFSET_MASK);
        metadata_add(metadata, links, 8, UINT32_MAX, PLACE_SLABS);
        at = *word_at(links);
    }
}

static void add_primary(struct metadata *metadata, const struct primary_state *state)
{
    add_struct(metadata, state, sizeof *state);
    add_stack(metadata, &state->frames);
    for (uint32_t i = 0; i < 2; i++) {
        add_array(metadata, state->pages[i].used, heap_pages_bytes(state->pages[i].frames));
        add_chunks(metadata, &state->pages[i], &state->heap[i]);
    }
}

static void add_brk(struct metadata *metadata, const struct brk_state *state, uint32_t bytes)
{
    add_struct(metadata, state, bytes);
    add_sorted(metadata, &state->frames);
    add_span_heads(metadata, state);
}

static void add_migrate(struct metadata *metadata, const struct migrate_state *state)
{
    add_brk(metadata, &state->brk, sizeof *state);
    add_sorted(metadata, &state->singles);
    add_array(metadata, state->movable.holders, state->movable.frames * 4u);
}

static void add_zoned(struct metadata *metadata, const struct zoned_state *state)
{
    add_slabs(metadata, &state->slabs);
    add_struct(metadata, &state->frames, sizeof *state - offsetof(struct zoned_state, frames));
    add_array(metadata, state->frames.words, frames_buddy_bytes(state->frames.end));
}

static void add_strategy(struct metadata *metadata, struct mm *mm)
{
    const struct strategy *strategy = mm->strategy;

    if (strategy_is(strategy, "window")) {
        add_struct(metadata, mm->state, sizeof(struct window_state));
        add_stack(metadata, mm->state);
    } else if (strategy_is(strategy, "primary")) {
        add_primary(metadata, mm->state);
    } else if (strategy_is(strategy, "brk") || strategy_is(strategy, "jump")) {
        add_brk(metadata, mm->state, sizeof(struct brk_state));
    } else if (strategy_is(strategy, "migrate")) {
        add_migrate(metadata, mm->state);
    } else if (model_has_slabs(strategy)) {
        add_zoned(metadata, mm->state);
    }
}

void metadata_list(struct metadata *metadata, struct mm *mm)
{
    *metadata = (struct metadata){0};
    for (uint32_t i = 0; i < PGTABLE_KERNEL_FRAMES; i++)
        add_table(metadata, pfn_add(paddr_to_pfn(mm->directory), i));
    add_processes(metadata, mm);
    metadata_add(metadata, mm->owners.value, mm->owners_end.value & ~3u, UINT32_MAX, PLACE_OWNERS);
    add_strategy(metadata, mm);
    for (uint32_t i = 0; model_heap_of(mm, i) != NULL; i++)
        add_heap(metadata, model_heap_of(mm, i));
}
