/* Which memory an instruction would access, by the operands that Zydis names: a test keeps to
   instructions that stay within its memory. */
#ifndef TESTS_KERNEL_INSTRUCTION_ACCESSES_H
#define TESTS_KERNEL_INSTRUCTION_ACCESSES_H

#include "runner/instructions.h"

#define ACCESSES_MAX 4u

struct memory_access {
    uint32_t segment, offset, linear, bytes;
};

/* In the order of the operands; of a string instruction, its first step. The stack counts, too.
   Returns the number. */
uint32_t instruction_accesses(const struct instruction *instruction,
                              struct memory_access accesses[ACCESSES_MAX]);

#endif
