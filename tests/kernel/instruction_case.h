/* One instruction, emulated on the stub: what tests of single instructions have in common. */
#ifndef TESTS_KERNEL_INSTRUCTION_CASE_H
#define TESTS_KERNEL_INSTRUCTION_CASE_H

#include "kernel/instruction_stub.h"

#define LENGTH(array) (sizeof(array) / sizeof *(array))

#define NO_EXCEPTION 0xffffffffu

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

/* assert_int_equal() of unsigned values, in a case that has a name. */
#define assert_case(name, actual, expected)                                                        \
    do {                                                                                           \
        uint32_t actual_ = (uint32_t)(actual), expected_ = (uint32_t)(expected);                   \
        if (actual_ != expected_)                                                                  \
            fail_msg("%s: " #actual " is 0x%x, not 0x%x", (name), (unsigned)actual_,               \
                     (unsigned)expected_);                                                         \
    } while (0)

#endif
