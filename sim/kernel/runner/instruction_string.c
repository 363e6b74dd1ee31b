#include "runner/instruction_string.h"

#include "runner/guest_memory.h"
#include "runner/instruction_operand.h"

/* The last prefix is the effective one. MOVS, STOS and LODS repeat with either prefix, but Zydis
   reports only one of them. */
unsigned char string_prefix(const struct instruction *instruction)
{
    unsigned char prefix = 0;

    for (uint32_t i = 0; i < instruction->decoded.raw.prefix_count; i++)
        if (instruction->bytes[i] == STRING_REPNE || instruction->bytes[i] == STRING_REP)
            prefix = instruction->bytes[i];
    return prefix;
}

static uint32_t source_segment(const struct instruction *instruction)
{
    for (uint32_t i = 0; i < instruction->decoded.operand_count; i++) {
        const ZydisDecodedOperand *operand = &instruction->operands[i];
        if (operand_is_memory(operand) && register_number(operand->mem.base) == ESI)
            return register_segment(operand->mem.segment);
    }
    return SEG_DS;
}

struct string string_of(const struct instruction *instruction)
{
    const ZydisDecodedInstruction *decoded = &instruction->decoded;
    uint32_t bytes = decoded->operand_width / 8u;
    unsigned char prefix = string_prefix(instruction);

    return (struct string){
        .bytes = bytes,
        .stride = (uint32_t)cpu.host[REG_EFL] & FLAG_DF ? 0u - bytes : bytes,
        .index_mask = decoded->address_width == 16 ? 0xffffu : 0xffffffffu,
        .source = source_segment(instruction),
        .repeats = prefix != 0,
        .compares = decoded->attributes & ZYDIS_ATTRIB_ACCEPTS_REPE,
        .goes_on = prefix == STRING_REP ? FLAG_ZF : 0,
    };
}

static bool is_other_page(uint32_t before, uint32_t after)
{
    return (before ^ after) & ~0xfffu;
}

enum progress string_repeat(const struct string *string, string_element *element)
{
    if (!string->repeats)
        return progress_of(element(string));

    uint32_t from = cpu_general(ESI), to = cpu_general(EDI), count = cpu_general(ECX);
    bool traced = cpu_eflags() & FLAG_TF; /* a trap comes after each element */

    while (string_index(string, ECX) != 0) {
        if ((traced && count != cpu_general(ECX)) || is_other_page(from, cpu_general(ESI)) ||
            is_other_page(to, cpu_general(EDI)))
            return PROGRESS_JUMPED;
        if (!element(string))
            return PROGRESS_RAISED;
        string_index_set(string, ECX, cpu_general(ECX) - 1);
        if (string->compares && ((uint32_t)cpu.host[REG_EFL] & FLAG_ZF) != string->goes_on)
            break;
    }
    return PROGRESS_NEXT;
}

/* ---- rows ---- */

/*
 * Elements of a repeated MOVS or STOS with DF clear. They follow an element that was accessed
 * successfully, and lie in the same pages at hand, so they need no more checks.
 */
struct row {
    unsigned char *to;
    const unsigned char *from; /* NULL: STOS */
    uint32_t bytes;            /* whole elements */
};

/* Returns the memory at an index register, and reduces *bytes to the end of its page. NULL if it is
   not at hand, or may exceed the segment. */
static unsigned char *row_memory(const struct string *string, uint32_t number, uint32_t general,
                                 bool write, uint32_t *bytes)
{
    const uint32_t kind = SEGMENT_TYPE_CODE | SEGMENT_TYPE_DOWN | SEGMENT_TYPE_WRITABLE;
    const struct segment *segment = &cpu.segment[number];
    uint32_t offset = string_index(string, general), linear = segment->base + offset;
    uint32_t page_left = PAGE_SIZE - (linear & PAGE_OFFSET_MASK);
    uint32_t limit = segment->limit < string->index_mask ? segment->limit : string->index_mask;

    if (*bytes > page_left)
        *bytes = page_left / string->bytes * string->bytes;
    if (*bytes == 0 || (segment->rights & kind) != SEGMENT_TYPE_WRITABLE || offset > limit ||
        *bytes - 1 > limit - offset)
        return NULL;
    return guest_at_hand(linear, *bytes, cpu_access(write));
}

/* If the destination begins within the source, elements have to be copied one by one. */
static void row_write(const struct row *row, uint32_t element_bytes)
{
    uint32_t value = cpu_general(EAX);

    if (row->from && (row->to <= row->from || row->to >= row->from + row->bytes)) {
        memmove(row->to, row->from, row->bytes);
    } else if (!row->from && element_bytes == 1) {
        memset(row->to, (int)(value & 0xffu), row->bytes);
    } else if (!row->from && element_bytes == 4) {
        for (uint32_t at = 0; at < row->bytes; at += 4)
            memcpy(row->to + at, &value, 4);
    } else {
        for (uint32_t at = 0; at < row->bytes; at += element_bytes)
            memmove(row->to + at, row->from ? row->from + at : (void *)&value, element_bytes);
    }
}

/* ECX still includes the element that was just processed. */
static void row_follow(const struct string *string, bool moves)
{
    uint64_t left = ((uint64_t)string_index(string, ECX) - 1) * string->bytes;
    struct row row = {.bytes = left < PAGE_SIZE ? (uint32_t)left : PAGE_SIZE};

    if (!string->repeats || string->stride != string->bytes || (cpu_eflags() & FLAG_TF))
        return;
    row.to = row_memory(string, SEG_ES, EDI, true, &row.bytes);
    if (row.to && moves)
        row.from = row_memory(string, string->source, ESI, false, &row.bytes);
    if (!row.to || (moves && !row.from))
        return;
    row_write(&row, string->bytes);
    string_index_set(string, ECX, cpu_general(ECX) - row.bytes / string->bytes);
    string_index_set(string, EDI, cpu_general(EDI) + row.bytes);
    if (moves)
        string_index_set(string, ESI, cpu_general(ESI) + row.bytes);
}

/* ---- elements ---- */

static bool read_source(const struct string *string, uint32_t *value)
{
    uint32_t linear;

    *value = 0;
    return guest_linear(string->source, string_index(string, ESI), string->bytes, false, &linear) &&
           guest_read(linear, value, string->bytes);
}

static bool read_destination(const struct string *string, uint32_t *value)
{
    uint32_t linear;

    *value = 0;
    return guest_linear(SEG_ES, string_index(string, EDI), string->bytes, false, &linear) &&
           guest_read(linear, value, string->bytes);
}

static bool write_destination(const struct string *string, uint32_t value)
{
    uint32_t linear;

    return guest_linear(SEG_ES, string_index(string, EDI), string->bytes, true, &linear) &&
           guest_write(linear, &value, string->bytes);
}

static bool movs_element(const struct string *string)
{
    uint32_t value;

    if (!read_source(string, &value) || !write_destination(string, value))
        return false;
    string_advance(string, ESI);
    string_advance(string, EDI);
    row_follow(string, true);
    return true;
}

static bool stos_element(const struct string *string)
{
    if (!write_destination(string, cpu_general(EAX)))
        return false;
    string_advance(string, EDI);
    row_follow(string, false);
    return true;
}

static uint32_t element_mask(const struct string *string)
{
    return 0xffffffffu >> (32 - 8 * string->bytes);
}

static bool lods_element(const struct string *string)
{
    uint32_t value, mask = element_mask(string);

    if (!read_source(string, &value))
        return false;
    cpu_general_set(EAX, (cpu_general(EAX) & ~mask) | value);
    string_advance(string, ESI);
    return true;
}

/* Sets the flags of left - right, as CMP does. The elements are zero-extended. */
static void compare(const struct string *string, uint32_t left, uint32_t right)
{
    uint32_t sign = (element_mask(string) >> 1) + 1;
    uint32_t difference = (left - right) & element_mask(string);
    uint32_t flags = 0;

    flags |= left < right ? FLAG_CF : 0;
    flags |= difference == 0 ? FLAG_ZF : 0;
    flags |= difference & sign ? FLAG_SF : 0;
    flags |= (left ^ right) & (left ^ difference) & sign ? FLAG_OF : 0;
    flags |= (left ^ right ^ difference) & FLAG_AF;
    flags |= __builtin_parity(difference & 0xffu) ? 0 : FLAG_PF;
    status_set(FLAGS_STATUS, flags);
}

static bool cmps_element(const struct string *string)
{
    uint32_t left, right;

    if (!read_source(string, &left) || !read_destination(string, &right))
        return false;
    compare(string, left, right);
    string_advance(string, ESI);
    string_advance(string, EDI);
    return true;
}

static bool scas_element(const struct string *string)
{
    uint32_t right;

    if (!read_destination(string, &right))
        return false;
    compare(string, cpu_general(EAX) & element_mask(string), right);
    string_advance(string, EDI);
    return true;
}

enum progress emulate_movs(const struct instruction *instruction)
{
    struct string string = string_of(instruction);

    return string_repeat(&string, movs_element);
}

enum progress emulate_stos(const struct instruction *instruction)
{
    struct string string = string_of(instruction);

    return string_repeat(&string, stos_element);
}

enum progress emulate_lods(const struct instruction *instruction)
{
    struct string string = string_of(instruction);

    return string_repeat(&string, lods_element);
}

enum progress emulate_cmps(const struct instruction *instruction)
{
    struct string string = string_of(instruction);

    return string_repeat(&string, cmps_element);
}

enum progress emulate_scas(const struct instruction *instruction)
{
    struct string string = string_of(instruction);

    return string_repeat(&string, scas_element);
}
