/* Helpers of tests that emulate single instructions on the stub. */
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

/* Emulate the code at STUB_EIP. Fails if it cannot be decoded. cpu.exception is not pending
   before. */
enum outcome case_run(const char *name, const struct code *code);

/* Emulate the code, and check that it ends at the next instruction. */
void case_done(const char *name, const struct code *code);

/* Emulate the code, and check that it raises this exception, with error code 0 if the vector has
   one, and changes no register. NO_EXCEPTION: it must be done. */
void case_raises(const char *name, const struct code *code, uint32_t vector);

#endif
