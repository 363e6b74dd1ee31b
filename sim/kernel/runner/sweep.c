#include "runner/sweep.h"

#include "runner/instructions.h"
#include "runner/stops.h"

#include <string.h>

#define INSTRUCTION_MAX 15u

/* The distance before the page at which the sweep begins if no symbol gives a better one. After
   this many bytes, decoding is mostly synchronized with the instructions. */
#define LEAD     64u
#define LEAD_MAX PAGE_SIZE

/* The bytes of the page, and those before and after it if they are mapped. A position is an index
   into the arrays. */
struct text {
    uint32_t va;      /* the address of bytes[0] */
    uint32_t before;  /* the number of bytes before the page */
    uint32_t count;   /* the number of bytes */
    bool has_symbols; /* symbols lie before and after the page: it is in a kernel's text */
    unsigned char bytes[LEAD_MAX + PAGE_SIZE + INSTRUCTION_MAX];
    uint16_t marks[LEAD_MAX + PAGE_SIZE + INSTRUCTION_MAX]; /* enum mark of the bytes from here */
    unsigned char length[LEAD_MAX + PAGE_SIZE + INSTRUCTION_MAX];
};

enum mark {
    MARK_DECODED = 0x01,   /* length is valid; it is 1 if there is no instruction */
    MARK_KNOWN = 0x02,     /* there is an instruction */
    MARK_CUT = 0x04,       /* there may be an instruction that extends into an unmapped page */
    MARK_REACHED = 0x08,   /* the flow of control reaches it */
    MARK_END = 0x10,       /* the flow of control does not continue after it */
    MARK_SENSITIVE = 0x20, /* it has to be replaced */
    MARK_SILENT = 0x40,    /* it is sensitive, and never traps by itself */
    MARK_FPU = 0x80,       /* it uses the FPU */
    MARK_ZEROS = 0x100,    /* it is add %al, (%eax), two bytes of 0, which is rarely code */
    MARK_DATA = 0x200      /* it lies in no section of code */
};

/* ---- symbols ---- */

/* Returns the number of the first symbol at or above va. O(log n) in the number of symbols. */
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

/* Returns the distance from va back to the start of the function that contains va, or LEAD. */
static uint32_t lead_to(uint32_t va)
{
    uint32_t number = symbol_from(va + 1u);
    uint32_t distance = number > 0 ? va - control->symbols[number - 1u] : LEAD;

    return distance > LEAD && distance <= LEAD_MAX ? distance : LEAD;
}

/* Returns the first end of a section of code above va, or UINT32_MAX. */
static uint32_t text_end_above(uint32_t va)
{
    for (uint32_t i = 0; i < control->text_end_count && i < CONTROL_TEXTS_MAX; i++)
        if (control->text_ends[i] > va)
            return control->text_ends[i];
    return UINT32_MAX;
}

/* ---- the bytes ---- */

/* Returns the memory of a byte of code, or NULL if it is not mapped. */
static const unsigned char *text_at(uint32_t va)
{
    struct mmu_walk walk;

    if (!mmu_peek(&cpu.machine.mmu, vaddr(va), MMU_READ, &walk))
        return NULL;
    return arena_pointer(&cpu.machine.arena, walk.pa);
}

/* Marks the bytes from the end of a section of code to the next symbol as data, up to the end of
   the page. Code that is executed in a later page, such as a program of the user, has no symbols.
 */
static void mark_data(struct text *text)
{
    uint32_t number = symbol_from(text->va + 1u);
    uint32_t end = number > 0 ? text_end_above(control->symbols[number - 1u]) : UINT32_MAX;

    memset(text->marks, 0, sizeof text->marks);
    for (uint32_t position = 0; position < text->count; position++) {
        uint32_t va = text->va + position;
        if (number < control->symbol_count && control->symbols[number] == va)
            end = text_end_above(control->symbols[number++]);
        if (va >= end && ((va ^ (end - 1u)) & ~PAGE_OFFSET_MASK) == 0)
            text->marks[position] = MARK_DATA;
    }
}

static void text_read(struct text *text, const struct code_frame *code)
{
    uint32_t lead = lead_to(code->va);
    const unsigned char *before = text_at(code->va - lead);
    const unsigned char *behind = text_at(code->va + PAGE_SIZE);

    text->before = before ? lead : 0;
    text->va = code->va - text->before;
    if (before)
        memcpy(text->bytes, before, lead);
    memcpy(text->bytes + text->before,
           arena_pointer(&cpu.machine.arena, paddr(code->frame << PAGE_SHIFT)), PAGE_SIZE);
    text->count = text->before + PAGE_SIZE;
    if (behind) {
        memcpy(text->bytes + text->count, behind, INSTRUCTION_MAX);
        text->count += INSTRUCTION_MAX;
    }
    mark_data(text);
    uint32_t next = symbol_from(code->va + PAGE_SIZE);
    text->has_symbols = next < control->symbol_count && next > 0 &&
                        control->symbols[next] - control->symbols[next - 1u] < 16u * PAGE_SIZE;
}

/* ---- one instruction ---- */

/* Tells if the flow of control ends after the instruction, so that data may follow. In a compiler's
   text, which has symbols, no data follows. */
static bool ends_flow(const struct text *text, const struct instruction *instruction)
{
    switch (instruction->decoded.mnemonic) {
    case ZYDIS_MNEMONIC_JMP: /* after an indirect jump come the cases of a switch */
        return !text->has_symbols && instruction->operands[0].type == ZYDIS_OPERAND_TYPE_IMMEDIATE;
    case ZYDIS_MNEMONIC_RET:
    case ZYDIS_MNEMONIC_IRET:
    case ZYDIS_MNEMONIC_IRETD:
    case ZYDIS_MNEMONIC_UD2:
        return !text->has_symbols;
    default:
        return false;
    }
}

/* INT is not silent: it traps, or it becomes a signal. */
static uint16_t marks_of(const struct text *text, const struct instruction *instruction)
{
    uint32_t marks = MARK_DECODED | MARK_KNOWN;

    if (ends_flow(text, instruction))
        marks |= MARK_END;
    if (instruction_is_sensitive(instruction))
        marks |= MARK_SENSITIVE;
    if ((marks & MARK_SENSITIVE) && instruction->decoded.mnemonic != ZYDIS_MNEMONIC_INT)
        marks |= MARK_SILENT;
    if (instruction_uses_fpu(instruction))
        marks |= MARK_FPU;
    if (instruction->bytes[0] == 0 && instruction->bytes[1] == 0)
        marks |= MARK_ZEROS;
    return (uint16_t)marks;
}

/* Decodes the bytes at a position, unless that was done before. Returns the position of a direct
   branch's target, or UINT32_MAX if it is outside of the text or there is no such branch. */
static uint32_t decode(struct text *text, uint32_t position)
{
    struct instruction instruction;
    uint32_t left = text->count - position;

    if (text->marks[position] & MARK_DECODED)
        return UINT32_MAX;
    text->length[position] = 1;
    if (!instruction_decode(text->bytes + position, left < INSTRUCTION_MAX ? left : INSTRUCTION_MAX,
                            &instruction)) {
        text->marks[position] = left < INSTRUCTION_MAX ? MARK_DECODED | MARK_CUT : MARK_DECODED;
        return UINT32_MAX;
    }
    text->marks[position] = marks_of(text, &instruction);
    text->length[position] = instruction.decoded.length;
    if (!instruction.decoded.raw.imm[0].is_relative)
        return UINT32_MAX;
    uint32_t target =
        position + instruction.decoded.length + (uint32_t)instruction.decoded.raw.imm[0].value.s;
    return target < text->count ? target : UINT32_MAX;
}

/* ---- the flow of control ---- */

#define PENDING_MAX 1024u

struct pending {
    uint32_t count;
    uint32_t position[PENDING_MAX];
};

static void pending_add(struct pending *pending, uint32_t position)
{
    if (pending->count < PENDING_MAX)
        pending->position[pending->count++] = position;
}

static void follow(struct text *text, struct pending *pending)
{
    uint32_t position = pending->position[--pending->count];

    while (position < text->count && !(text->marks[position] & MARK_REACHED)) {
        uint32_t target = decode(text, position);
        text->marks[position] |= MARK_REACHED;
        if (target != UINT32_MAX)
            pending_add(pending, target);
        if (!(text->marks[position] & MARK_KNOWN) || (text->marks[position] & MARK_END))
            return;
        position += text->length[position];
        if (position < text->count && (text->marks[position] & MARK_DATA))
            return;
    }
}

static void reach(struct text *text, uint32_t va)
{
    struct pending pending = {.count = 0};

    if (va - text->va >= text->count)
        return;
    pending_add(&pending, va - text->va);
    while (pending.count > 0)
        follow(text, &pending);
}

static void reach_all(struct text *text, const struct code_frame *code)
{
    for (uint32_t number = symbol_from(text->va);
         number < control->symbol_count && control->symbols[number] - text->va < text->count;
         number++)
        reach(text, control->symbols[number]);
    for (uint32_t i = 0; i < control->stop_count && i < CONTROL_STOPS_MAX; i++)
        if (control->stops[i].enabled)
            reach(text, control->stops[i].va);
    if (code->across)
        reach(text, code->across);
    for (uint32_t word = 0; word < PAGE_BITS_WORDS; word++)
        for (uint64_t bits = code->known[word]; bits != 0; bits &= bits - 1)
            reach(text, code->va + word * 64u + (uint32_t)__builtin_ctzll(bits));
}

/* ---- the sweep ---- */

/* Bytes that the flow of control does not reach, up to a reached position, data or the end of a
   flow. */
struct gap {
    uint32_t from; /* the first position */
    bool silent;   /* it has an instruction that would have to be replaced */
    bool zeros;    /* it has zeros, so it is taken for data */
};

static void bits_clear(uint64_t *bits, uint32_t from, uint32_t to)
{
    for (uint32_t offset = from; offset < to && offset < PAGE_SIZE; offset++)
        bit_clear(bits, offset);
}

/* Ends a gap at position `to`. In data nothing is replaced; a gap that may be code with an
   instruction to replace makes the page mixed. */
static void gap_close(struct code_frame *code, const struct text *text, struct gap *gap,
                      uint32_t to)
{
    uint32_t from = gap->from < text->before ? text->before : gap->from;

    if (gap->zeros && to > from)
        bits_clear(code->fpu, from - text->before, to - text->before);
    code->mixed |= gap->silent && !gap->zeros;
    *gap = (struct gap){.from = to};
}

static void mark(struct code_frame *code, const struct text *text, uint32_t position)
{
    uint32_t offset = position - text->before;
    uint16_t marks = text->marks[position];
    bool replaced = (marks & MARK_REACHED) && (marks & (MARK_SENSITIVE | MARK_CUT));

    if (offset >= PAGE_SIZE)
        return;
    if (marks & MARK_KNOWN)
        bit_set(code->start, offset);
    if (replaced || stops_has(code->va + offset))
        bit_set(code->replaced, offset);
    if (marks & MARK_FPU)
        bit_set(code->fpu, offset);
}

static uint32_t next_reached(const struct text *text, uint32_t position)
{
    do
        position++;
    while (position < text->count && !(text->marks[position] & MARK_REACHED));
    return position;
}

static void gap_add(struct code_frame *code, const struct text *text, struct gap *gap,
                    uint32_t position)
{
    uint16_t marks = text->marks[position];

    gap->silent |= position >= text->before && (marks & MARK_SILENT);
    gap->zeros |= (marks & MARK_ZEROS) != 0;
    if (marks & MARK_END)
        gap_close(code, text, gap, position + text->length[position]);
}

/* Marks every reached instruction, even if it overlaps another one, and decodes the gaps between
   them one instruction after the other. */
static void mark_all(struct code_frame *code, struct text *text)
{
    uint32_t end = text->before + PAGE_SIZE;
    struct gap gap = {.from = 0};

    for (uint32_t position = 0, next; position < end; position = next) {
        uint32_t reached = next_reached(text, position);
        if ((text->marks[position] & (MARK_DATA | MARK_REACHED)) == MARK_DATA) {
            gap_close(code, text, &gap, position);
            next = gap.from = position + 1u;
            continue;
        }
        (void)decode(text, position);
        bool is_reached = text->marks[position] & MARK_REACHED;
        next = position + text->length[position];
        if (next <= reached || is_reached)
            mark(code, text, position);
        if (is_reached)
            gap_close(code, text, &gap, position);
        if (is_reached)
            gap.from = next;
        else if (next <= reached)
            gap_add(code, text, &gap, position);
        if (next > reached)
            next = reached;
    }
    gap_close(code, text, &gap, end);
}

/* Tells if a byte within the instruction would be replaced, because another flow of control starts
   an instruction there. */
static bool overlaps(const struct code_frame *code, const struct text *text, uint32_t position)
{
    for (uint32_t inside = 1; inside < text->length[position]; inside++) {
        uint32_t offset = position + inside - text->before;
        if (offset < PAGE_SIZE && (bit_get(code->replaced, offset) || bit_get(code->fpu, offset)))
            return true;
    }
    return false;
}

static void find_overlaps(struct code_frame *code, const struct text *text)
{
    for (uint32_t position = 0; position < text->before + PAGE_SIZE; position++)
        code->mixed |= (text->marks[position] & MARK_REACHED) && overlaps(code, text, position);
}

void sweep_page(struct code_frame *code)
{
    static struct text text;

    memset(code->start, 0, sizeof code->start);
    memset(code->replaced, 0, sizeof code->replaced);
    memset(code->fpu, 0, sizeof code->fpu);
    code->mixed = false;
    text_read(&text, code);
    reach_all(&text, code);
    mark_all(code, &text);
    find_overlaps(code, &text);
}
