/* Properties of an instruction that are known without executing it: decoding, sensitivity, use of
   the FPU. */
#include "kernel/instruction_case.h"
#include "support/test.h"

static struct instruction instruction;

static int reset(void **state)
{
    (void)state;
    stub_reset();
    return 0;
}

static void decode(const char *name, const struct code *code)
{
    if (!instruction_decode(code->bytes, sizeof code->bytes, &instruction))
        fail_msg("%s: not an instruction", name);
}

/* ---- decoding ---- */

TEST(test_decoding)
{
    static const struct code codes[] = {
        CODE(0xf0, 0x89, 0x03), /* lock mov */
        CODE(0xf0, 0x01, 0xc0), /* lock add with a register */
        CODE(0x8e, 0xc8),       /* mov cs, ax */
        CODE(0x0f, 0x20, 0xc8), /* mov eax, cr1 */
        CODE(0x0f, 0x01, 0xf0), /* lmsw ax: the only good one */
    };

    for (uint32_t i = 0; i < LENGTH(codes); i++)
        assert_int_equal(instruction_decode(codes[i].bytes, 15, &instruction), i == 4);
}

/* When bytes are no instruction, the decoder knows whether more bytes could make them one. */
TEST(test_undefined_or_cut_off)
{
    static const struct {
        const char *name;
        struct code code;
        uint32_t count;
        bool cut_off;
    } cases[] = {
        {"no byte", CODE(0), 0, true},
        {"half an opcode", CODE(0x0f), 1, true},
        {"a prefix", CODE(0x66), 1, true},
        {"mov without its number", CODE(0xb8, 1, 2), 3, true},
        {"an opcode that is not defined", CODE(0x0f, 0x04), 2, false},
        {"lock mov", CODE(0xf0, 0x89, 0x03), 3, false},
        {"mov cs, ax", CODE(0x8e, 0xc8), 2, false},
    };

    for (uint32_t i = 0; i < LENGTH(cases); i++) {
        const unsigned char *bytes = cases[i].code.bytes;
        assert_case(cases[i].name, instruction_decode(bytes, cases[i].count, &instruction), false);
        assert_case(cases[i].name, instruction_is_cut_off(bytes, cases[i].count), cases[i].cut_off);
    }
}

/* An instruction that is cut off is not decoded, even when the cache has it. */
TEST(test_decoding_of_few_bytes)
{
    const unsigned char bytes[15] = {0x81, 0x83, 1, 2, 3, 4, 5, 6, 7, 8}; /* add [ebx+d32], imm32 */

    assert_true(instruction_decode(bytes, 15, &instruction));
    for (uint32_t count = 0; count < 15; count++)
        assert_int_equal(instruction_decode(bytes, count, &instruction), count >= 10);
}

/* Instructions with the same first bytes displace each other in the cache. */
TEST(test_decoding_again)
{
    unsigned char bytes[15] = {0xc7, 0x83, 1, 2, 3, 4, 5, 6, 7, 8};

    for (uint32_t i = 0; i < 1000; i++) {
        bytes[9] = (unsigned char)(i % 3);
        assert_true(instruction_decode(bytes, 15, &instruction));
        assert_int_equal((uint32_t)instruction.operands[1].imm.value.u >> 24, i % 3);
        assert_memory_equal(instruction.bytes, bytes, 10);
    }
}

/* ---- sensitivity and the FPU ---- */

struct kind_case {
    const char *name;
    struct code code;
    bool sensitive, fpu;
};

static const struct kind_case kind_cases[] = {
    {"pushf", CODE(0x9c), true, false},
    {"popf, word", CODE(0x66, 0x9d), true, false},
    {"iret", CODE(0xcf), true, false},
    {"int 0x80", CODE(0xcd, 0x80), true, false},
    {"int3", CODE(0xcc), false, false},
    {"into", CODE(0xce), false, false},
    {"sysenter", CODE(0x0f, 0x34), true, false},
    {"syscall", CODE(0x0f, 0x05), true, false},
    {"sysexit", CODE(0x0f, 0x35), true, false},
    {"sgdt", CODE(0x0f, 0x01, 0x03), true, false},
    {"lgdt: traps", CODE(0x0f, 0x01, 0x13), false, false},
    {"sldt", CODE(0x0f, 0x00, 0xc0), true, false},
    {"str", CODE(0x0f, 0x00, 0xc8), true, false},
    {"smsw", CODE(0x0f, 0x01, 0xe0), true, false},
    {"lar", CODE(0x0f, 0x02, 0xc1), true, false},
    {"verw", CODE(0x0f, 0x00, 0xe9), true, false},
    {"arpl", CODE(0x63, 0xc8), false, false},
    {"mov eax, ds", CODE(0x8c, 0xd8), true, false},
    {"mov es, eax", CODE(0x8e, 0xc0), true, false},
    {"mov eax, [ebx]", CODE(0x8b, 0x03), false, false},
    {"mov cr3: traps", CODE(0x0f, 0x22, 0xd8), false, false},
    {"push es", CODE(0x06), true, false},
    {"pop gs", CODE(0x0f, 0xa9), true, false},
    {"push eax", CODE(0x50), false, false},
    {"les", CODE(0xc4, 0x03), true, false},
    {"lss", CODE(0x0f, 0xb2, 0x03), true, false},
    {"ljmp", CODE(0xea, 0, 0, 0, 0, 0x08, 0), true, false},
    {"jmp", CODE(0xeb, 0x10), false, false},
    {"lcall [ebx]", CODE(0xff, 0x1b), true, false},
    {"call [ebx]", CODE(0xff, 0x13), false, false},
    {"lret", CODE(0xcb), true, false},
    {"ret", CODE(0xc3), false, false},
    {"cpuid", CODE(0x0f, 0xa2), true, false},
    {"rdtsc", CODE(0x0f, 0x31), true, false},
    {"rdtscp", CODE(0x0f, 0x01, 0xf9), true, false},
    {"xgetbv", CODE(0x0f, 0x01, 0xd0), true, false},
    {"rdrand", CODE(0x0f, 0xc7, 0xf0), true, false},
    {"cli: traps", CODE(0xfa), false, false},
    {"fld1", CODE(0xd9, 0xe8), false, true},
    {"fwait", CODE(0x9b), false, true},
    {"fnstsw ax", CODE(0xdf, 0xe0), false, true},
    {"fcmovb", CODE(0xda, 0xc1), false, true},
    {"pxor mm", CODE(0x0f, 0xef, 0xc0), false, true},
    {"emms", CODE(0x0f, 0x77), false, true},
    {"movups", CODE(0x0f, 0x10, 0x03), false, true},
    {"cvttss2si eax, [ebx]", CODE(0xf3, 0x0f, 0x2c, 0x03), false, true},
    {"ldmxcsr", CODE(0x0f, 0xae, 0x13), false, true},
    {"fxsave", CODE(0x0f, 0xae, 0x03), false, true},
    {"vaddps ymm", CODE(0xc5, 0xfc, 0x58, 0x03), false, true},
    {"movnti", CODE(0x0f, 0xc3, 0x03), false, false},
    {"prefetcht0", CODE(0x0f, 0x18, 0x0b), false, false},
    {"sfence", CODE(0x0f, 0xae, 0xf8), false, false},
    {"popcnt", CODE(0xf3, 0x0f, 0xb8, 0xc0), false, false},
};

TEST(test_kinds)
{
    for (uint32_t i = 0; i < LENGTH(kind_cases); i++) {
        const struct kind_case *test = &kind_cases[i];
        decode(test->name, &test->code);
        assert_case(test->name, instruction_is_sensitive(&instruction), test->sensitive);
        assert_case(test->name, instruction_uses_fpu(&instruction), test->fpu);
    }
}

TEST_FIXTURES(reset, NULL)
