/* The common parts of string instructions: index registers, direction and repetition. */
#ifndef RUNNER_INSTRUCTION_STRING_H
#define RUNNER_INSTRUCTION_STRING_H

#include "runner/instruction_emulation.h"

struct string {
    uint32_t bytes;      /* the size of an element: 1, 2 or 4 */
    uint32_t stride;     /* bytes, or minus bytes if DF is set */
    uint32_t index_mask; /* the bits of ESI, EDI and ECX that are used: 16 or 32 */
    uint32_t source;     /* the segment of ESI */
    bool repeats;
    bool compares;    /* a repetition also ends when ZF differs from goes_on */
    uint32_t goes_on; /* FLAG_ZF for REPE, 0 for REPNE */
};

struct string string_of(const struct instruction *instruction);

/* Returns a string instruction's repeat prefix, or 0. */
#define STRING_REPNE 0xf2u
#define STRING_REP   0xf3u
unsigned char string_prefix(const struct instruction *instruction);

/* Returns the used bits of an index register: ESI, EDI or ECX. */
static inline uint32_t string_index(const struct string *string, uint32_t general)
{
    return cpu_general(general) & string->index_mask;
}

static inline void string_index_set(const struct string *string, uint32_t general, uint32_t value)
{
    uint32_t rest = cpu_general(general) & ~string->index_mask;

    cpu_general_set(general, rest | (value & string->index_mask));
}

/* Moves ESI or EDI to the next element. */
static inline void string_advance(const struct string *string, uint32_t general)
{
    string_index_set(string, general, cpu_general(general) + string->stride);
}

/* Processes one element and advances the index registers. Returns false, and changes nothing, if an
   exception was raised. */
typedef bool string_element(const struct string *string);

/*
 * Repeats `element` as the prefix requires, and counts ECX down. The instruction pauses when an
 * index register enters another page: the rest may run natively, and interrupts can be delivered.
 * Linear in the number of elements up to the pause.
 */
enum progress string_repeat(const struct string *string, string_element *element);

#endif
