#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kernel/instruction_case.h"

static struct instruction instruction;

enum outcome case_run(const char *name, const struct code *code)
{
    if (!instruction_decode(code->bytes, sizeof code->bytes, &instruction))
        fail_msg("%s: not an instruction", name);
    cpu.exception.pending = false;
    cpu_eip_set(STUB_EIP);
    return instruction_emulate(&instruction);
}

void case_done(const char *name, const struct code *code)
{
    assert_case(name, case_run(name, code), OUTCOME_DONE);
    assert_case(name, cpu_eip(), STUB_EIP + instruction.decoded.length);
}

void case_raises(const char *name, const struct code *code, uint32_t vector)
{
    greg_t before[NGREG];
    struct cpu cpu_before = cpu;

    cpu_eip_set(STUB_EIP);
    memcpy(before, cpu.host, sizeof before);
    enum outcome outcome = case_run(name, code);
    assert_case(name, cpu.exception.pending ? cpu.exception.vector : NO_EXCEPTION, vector);
    if (vector == NO_EXCEPTION) {
        assert_case(name, outcome, OUTCOME_DONE);
        return;
    }
    assert_case(name, outcome, OUTCOME_RAISED);
    assert_case(name, vector == VECTOR_PF ? 0 : cpu.exception.error, 0);
    assert_memory_equal(before, cpu.host, sizeof before);
    assert_case(name, cpu.flags_kept, cpu_before.flags_kept);
    assert_memory_equal(cpu.segment, cpu_before.segment, sizeof cpu.segment);
}
