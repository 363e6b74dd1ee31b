/* The FPU's instructions: their exceptions, and its whole state in memory. */
#include "kernel/instruction_case.h"
#include "support/test.h"

#define DATA 0x2000u /* where EBX points */

static int reset(void **state)
{
    (void)state;
    stub_reset();
    memset(stub_memory, 0, sizeof stub_memory);
    memset(cpu_fpu(), 0, sizeof *cpu_fpu());
    cpu_fpu()->cwd = 0x37f;
    cpu_fpu()->mxcsr = 0x1f80;
    cpu_general_set(EBX, DATA);
    return 0;
}

#define ES 0x8080u /* of the status word: an exception is pending */

struct fpu_case {
    const char *name;
    struct code code;
    uint32_t cr0, status;
    uint32_t vector;
};

static const struct fpu_case fpu_cases[] = {
    {"x87", CODE(0xd9, 0xe8), 0, 0, NO_EXCEPTION},
    {"x87, TS", CODE(0xd9, 0xe8), CR0_TS, 0, VECTOR_NM},
    {"x87, EM", CODE(0xd9, 0xe8), CR0_EM, 0, VECTOR_NM},
    {"x87, pending", CODE(0xd9, 0xe8), 0, ES, VECTOR_MF},
    {"fnstsw, pending", CODE(0xdf, 0xe0), 0, ES, NO_EXCEPTION},
    {"fnclex, pending", CODE(0xdb, 0xe2), 0, ES, NO_EXCEPTION},
    {"wait", CODE(0x9b), 0, 0, NO_EXCEPTION},
    {"wait, TS", CODE(0x9b), CR0_TS, 0, NO_EXCEPTION},
    {"wait, TS and MP", CODE(0x9b), CR0_TS | CR0_MP, 0, VECTOR_NM},
    {"wait, EM", CODE(0x9b), CR0_EM, 0, NO_EXCEPTION},
    {"wait, pending", CODE(0x9b), 0, ES, VECTOR_MF},
    {"MMX, TS", CODE(0x0f, 0xef, 0xc0), CR0_TS, 0, VECTOR_NM},
    {"MMX, EM", CODE(0x0f, 0xef, 0xc0), CR0_EM, 0, VECTOR_UD},
    {"MMX, pending", CODE(0x0f, 0xef, 0xc0), 0, ES, VECTOR_MF},
    {"SSE, TS", CODE(0x0f, 0x57, 0xc0), CR0_TS, 0, VECTOR_NM},
    {"SSE, EM", CODE(0x0f, 0x57, 0xc0), CR0_EM, 0, VECTOR_UD},
    {"SSE, pending", CODE(0x0f, 0x57, 0xc0), 0, ES, NO_EXCEPTION},
    {"fxsave, TS", CODE(0x0f, 0xae, 0x03), CR0_TS, 0, VECTOR_NM},
    {"fxsave, pending", CODE(0x0f, 0xae, 0x03), 0, ES, NO_EXCEPTION},
    {"fxsave, not aligned", CODE(0x0f, 0xae, 0x43, 0x08), 0, 0, VECTOR_GP},
    {"fxrstor, not aligned", CODE(0x0f, 0xae, 0x4b, 0x08), 0, 0, VECTOR_GP},
    {"movaps, not aligned", CODE(0x0f, 0x28, 0x43, 0x08), 0, 0, VECTOR_GP},
    {"movups, not aligned", CODE(0x0f, 0x10, 0x43, 0x08), 0, 0, NO_EXCEPTION},
    {"ldmxcsr", CODE(0x0f, 0xae, 0x13), 0, 0, NO_EXCEPTION},
    {"ldmxcsr of a reserved bit", CODE(0x0f, 0xae, 0x53, 0x20), 0, 0, VECTOR_GP},
    {"movnti, TS", CODE(0x0f, 0xc3, 0x03), CR0_TS, 0, NO_EXCEPTION},
    {"mfence, TS", CODE(0x0f, 0xae, 0xf0), CR0_TS, 0, NO_EXCEPTION},
};

TEST(test_fpu_exceptions)
{
    for (uint32_t i = 0; i < LENGTH(fpu_cases); i++) {
        const struct fpu_case *test = &fpu_cases[i];
        reset(NULL);
        cpu.machine.mmu.cr0 |= test->cr0;
        cpu_fpu()->swd = (uint16_t)test->status;
        stub_store32(DATA + 0x20, 0x10000);
        case_raises(test->name, &test->code, test->vector);
    }
}

TEST(test_fxsave_and_fxrstor)
{
    const struct code fxsave = CODE(0x0f, 0xae, 0x03), fxrstor = CODE(0x0f, 0xae, 0x0b);
    struct _libc_fpstate before;

    for (uint32_t i = 0; i < 8; i++) {
        cpu_fpu()->_xmm[i].element[i % 4] = 0x1000 + i;
        cpu_fpu()->_st[i].significand[0] = (uint16_t)(0x2000 + i);
    }
    before = *cpu_fpu();
    memset(stub_memory + DATA, 0xee, 512);
    case_done("fxsave", &fxsave);
    memset(cpu_fpu(), 0, sizeof *cpu_fpu());
    case_done("fxrstor", &fxrstor);
    assert_memory_equal(cpu_fpu(), &before, 24);
    assert_memory_equal(cpu_fpu()->_st, before._st, sizeof before._st);
    assert_memory_equal(cpu_fpu()->_xmm, before._xmm, 8 * sizeof before._xmm[0]);
    assert_int_equal(stub_memory[DATA + 288], 0xee); /* XMM8: 32-bit code has none */
    stub_store32(DATA + 24, 0xffff0000);
    case_raises("fxrstor of a reserved bit", &fxrstor, VECTOR_GP);
}

TEST_FIXTURES(reset, NULL)
