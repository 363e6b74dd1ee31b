#include "runner/sweep.h"

#include "runner/instructions.h"
#include "runner/stops.h"

#include <string.h>

#define INSTRUCTION_MAX 15u

/* How far before the page the sweep begins where no symbol says better: by its start, decoding has
   mostly fallen into step. */
#define LEAD 64u

/* The page with what lies around it, where that is mapped. */
struct text {
    uint32_t va; /* of bytes[0] */
    uint32_t before;
    uint32_t count;
    unsigned char bytes[LEAD + PAGE_SIZE + INSTRUCTION_MAX];
};

/* Where the tables map a byte of code, for reading; NULL: nowhere. */
static const unsigned char *text_at(uint32_t va)
{
    struct mmu_walk walk;

    if (!mmu_peek(&cpu.machine.mmu, vaddr(va), MMU_READ, &walk))
        return NULL;
    return arena_pointer(&cpu.machine.arena, walk.pa);
}

static void text_read(struct text *text, const struct code_frame *code)
{
    const unsigned char *before = text_at(code->va - LEAD);
    const unsigned char *behind = text_at(code->va + PAGE_SIZE);

    text->before = before ? LEAD : 0;
    text->va = code->va - text->before;
    if (before)
        memcpy(text->bytes, before, LEAD);
    memcpy(text->bytes + text->before,
           arena_pointer(&cpu.machine.arena, paddr(code->frame << PAGE_SHIFT)), PAGE_SIZE);
    text->count = text->before + PAGE_SIZE;
    if (behind) {
        memcpy(text->bytes + text->count, behind, INSTRUCTION_MAX);
        text->count += INSTRUCTION_MAX;
    }
}

/* ---- where instructions surely begin ---- */

/* The number of the first symbol at va or above. */
static uint32_t symbol_from(uint32_t va)
{
    uint32_t low = 0;
    uint32_t high = control->symbol_count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2u;
        if (control->symbols[middle] < va)
            low = middle + 1u;
        else
            high = middle;
    }
    return low;
}

/* The next certain start above `at`: a symbol, or eip; UINT32_MAX: none. */
static uint32_t next_start(uint32_t at, uint32_t eip)
{
    uint32_t number = symbol_from(at + 1u);
    uint32_t next = number < control->symbol_count ? control->symbols[number] : UINT32_MAX;

    return eip > at && eip < next ? eip : next;
}

/* ---- the sweep ---- */

static bool needs_replacing(const struct instruction *instruction, uint32_t va)
{
    return instruction_is_sensitive(instruction) || stops_has(va);
}

/* Marks what begins at `at`; returns its length. An instruction that goes on in a page that is not
   mapped is replaced, whatever it is: it is decoded again when it is executed. */
static uint32_t sweep_one(struct code_frame *code, const struct text *text, uint32_t at)
{
    uint32_t position = at - text->va;
    uint32_t left = text->count - position;
    uint32_t offset = at - code->va; /* huge: before the page */
    struct instruction instruction;
    bool known = instruction_decode(text->bytes + position,
                                    left < INSTRUCTION_MAX ? left : INSTRUCTION_MAX, &instruction);

    if (offset < PAGE_SIZE) {
        if (known)
            bit_set(code->start, offset);
        if (known ? needs_replacing(&instruction, at) : left < INSTRUCTION_MAX)
            bit_set(code->replaced, offset);
        if (known && instruction_uses_fpu(&instruction))
            bit_set(code->fpu, offset);
    }
    return known ? instruction.decoded.length : 1u;
}

/* Takes back what was marked at `at`, since a certain start lies inside of it. */
static void unmark(struct code_frame *code, uint32_t at)
{
    uint32_t offset = at - code->va;

    if (offset >= PAGE_SIZE)
        return;
    bit_clear(code->start, offset);
    bit_clear(code->replaced, offset);
    bit_clear(code->fpu, offset);
}

static void sweep(struct code_frame *code, const struct text *text, uint32_t from, uint32_t to,
                  uint32_t eip)
{
    uint32_t at = from;
    uint32_t certain = next_start(at, eip);

    while (at - from < to - from) {
        uint32_t next = at + sweep_one(code, text, at);
        if (at < certain && next > certain) {
            unmark(code, at);
            next = certain;
        }
        if (next >= certain)
            certain = next_start(next, eip);
        at = next;
    }
}

void sweep_page(struct code_frame *code, uint32_t eip)
{
    struct text text;

    memset(code->start, 0, sizeof code->start);
    memset(code->replaced, 0, sizeof code->replaced);
    memset(code->fpu, 0, sizeof code->fpu);
    text_read(&text, code);
    sweep(code, &text, text.va, code->va + PAGE_SIZE, eip);
}

/* Decoding falls into step again where it meets a start that was known before. */
void sweep_again(struct code_frame *code, uint32_t from, uint32_t to)
{
    struct text text;
    uint32_t first = from < INSTRUCTION_MAX ? 0 : from - INSTRUCTION_MAX;
    uint32_t at;

    text_read(&text, code);
    while (first < from && !bit_get(code->start, first))
        first++;
    for (at = first; at < PAGE_SIZE; ) {
        if (at >= to && bit_get(code->start, at))
            return;
        unmark(code, code->va + at);
        uint32_t length = sweep_one(code, &text, code->va + at);
        for (uint32_t inside = 1; inside < length && at + inside < PAGE_SIZE; inside++)
            unmark(code, code->va + at + inside);
        at += length;
    }
}
