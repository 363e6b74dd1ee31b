#include "heap_runs.h"

// clang-format off
const uint16_t slot_sizes[HEAP_SLOT_KINDS] = {
    0, 8, 16, 24, 32, 40, 48, 56, 64, 72, 80, 88, 96, 104, 112, 120,
    128, 136, 144, 152, 160, 168, 176, 184, 192, 200, 208, 216, 224, 232, 240, 248,
    256, 280, 296, 328, 352, 392, 432, 488,
};

const uint8_t slot_kinds[HEAP_SLOT_MAX / HEAP_ALIGN + 2u] = {
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
    16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31,
    32, 33, 33, 33, 34, 34, 35, 35, 35, 35, 36, 36, 36, 37, 37, 37,
    37, 37, 38, 38, 38, 38, 38, 39, 39, 39, 39, 39, 39, 39, 39,
};
// clang-format on

static uint32_t slots_bytes(const struct heap_run *run)
{
    return (uint32_t)run->slots * run->slot_bytes;
}

bool run_open(struct heap *heap, uint32_t kind)
{
    uint32_t block = block_alloc_aligned(heap, RUN_BLOCK_BYTES, PAGE_SIZE);
    uint32_t page = payload(block).value;

    if (block == 0)
        return false;
    struct heap_run *run = run_at(page);
    *run = (struct heap_run){.mark = run_mark(page, kind), .slot_bytes = slot_sizes[kind]};
    for (uint32_t at = sizeof(struct heap_run); at + run->slot_bytes <= RUN_BYTES;
         at += run->slot_bytes) {
        run->bits[run_word(at)].free |= run_bit(at);
        run->words_free |= 1u << run_word(at);
        run->slots++;
    }
    fill_range(page + (uint32_t)sizeof(struct heap_run), page + RUN_BYTES);
    page_set_run(heap, page);
    heap->free_bytes += slots_bytes(run);
    run_link(heap, page);
    return true;
}

void run_close(struct heap *heap, uint32_t page)
{
    struct heap_run *run = run_at(page);

    if (MM_HARDENING >= HARDEN_FULL)
        heap_verify_empty_run(heap, page, "heap_free");
    run_unlink(heap, run, page);
    run->mark = 0;
    page_set_run(heap, page);
    heap->free_bytes -= slots_bytes(run);
}
