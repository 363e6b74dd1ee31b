/* One instruction, emulated on the stub: what tests of single instructions have in common. */
#ifndef TESTS_KERNEL_INSTRUCTION_CASE_H
#define TESTS_KERNEL_INSTRUCTION_CASE_H

#include "kernel/cases.h"
#include "kernel/instruction_stub.h"

/* Bytes of an instruction; unused ones are 0. */
struct code {
    unsigned char bytes[ZYDIS_MAX_INSTRUCTION_LENGTH];
};
#define CODE(...)                                                                                  \
    {                                                                                              \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }

/* Emulate it at STUB_EIP. Fails if it cannot be decoded. cpu.exception is not pending before. */
enum outcome case_run(const char *name, const struct code *code);

/* It ends at the instruction behind it. */
void case_done(const char *name, const struct code *code);

/* It raises this exception (NO_EXCEPTION: it is done), and changes no register. With an error code
   of 0, if the vector has one. */
void case_raises(const char *name, const struct code *code, uint32_t vector);

#endif
