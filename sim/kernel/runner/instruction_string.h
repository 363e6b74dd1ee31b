/* What string instructions have in common: index registers, direction, and repetition. */
#ifndef RUNNER_INSTRUCTION_STRING_H
#define RUNNER_INSTRUCTION_STRING_H

#include "runner/instruction_emulation.h"

struct string {
    uint32_t bytes;      /* of an element: 1, 2 or 4 */
    uint32_t stride;     /* bytes, or minus bytes, by DF */
    uint32_t index_mask; /* SI, DI and CX, or all 32 bits of them */
    uint32_t source;     /* segment of ESI */
    bool repeats;
    bool compares;    /* REPE or REPNE: ... */
    uint32_t goes_on; /* ... while ZF is this: FLAG_ZF or 0 */
};

struct string string_of(const struct instruction *instruction);

/* A string instruction's repeat prefix; 0: none. */
#define STRING_REPNE 0xf2u
#define STRING_REP   0xf3u
unsigned char string_prefix(const struct instruction *instruction);

/* The offset that ESI or EDI names; and its move to the next element. */
static inline uint32_t string_index(const struct string *string, uint32_t general)
{
    return cpu_general(general) & string->index_mask;
}

static inline void string_index_set(const struct string *string, uint32_t general, uint32_t value)
{
    uint32_t rest = cpu_general(general) & ~string->index_mask;

    cpu_general_set(general, rest | (value & string->index_mask));
}

static inline void string_advance(const struct string *string, uint32_t general)
{
    string_index_set(string, general, cpu_general(general) + string->stride);
}

/* One element: moves the index registers. false: raised, nothing was changed. */
typedef bool string_element(const struct string *string);

/* Repeat it as the prefix says, counting ECX down. Where an index register enters another page, the
   instruction pauses: its rest may run natively, and interrupts have their chance. */
enum progress string_repeat(const struct string *string, string_element *element);

#endif
