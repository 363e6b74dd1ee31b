/* The memory that an instruction would access, by the operands that Zydis names. A test uses it to
   keep to instructions that stay within its memory. */
#ifndef TESTS_KERNEL_INSTRUCTION_ACCESSES_H
#define TESTS_KERNEL_INSTRUCTION_ACCESSES_H

#include "runner/instructions.h"

#define ACCESSES_MAX 4u

struct memory_access {
    uint32_t segment, offset, linear, bytes;
};

/* Find the accesses, with those of the stack, in the order of the operands; of a string instruction
   only the first step. Returns their number. */
uint32_t instruction_accesses(const struct instruction *instruction,
                              struct memory_access accesses[ACCESSES_MAX]);

#endif
