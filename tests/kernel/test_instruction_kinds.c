/* What is said of an instruction without executing it: decoding, sensitivity, use of the FPU, and
   the memory that it would access. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kernel/instruction_case.h"

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

static void test_decoding(void **state)
{
    static const struct code codes[] = {
        CODE(0xf0, 0x89, 0x03), /* lock mov */
        CODE(0xf0, 0x01, 0xc0), /* lock add with a register */
        CODE(0x8e, 0xc8),       /* mov cs, ax */
        CODE(0x0f, 0x20, 0xc8), /* mov eax, cr1 */
        CODE(0x0f, 0x01, 0xf0), /* lmsw ax: the only good one */
    };

    (void)state;
    for (uint32_t i = 0; i < LENGTH(codes); i++)
        assert_int_equal(instruction_decode(codes[i].bytes, 15, &instruction), i == 4);
}

/* An instruction that is cut off is none, though the cache knows it. */
static void test_decoding_of_few_bytes(void **state)
{
    const unsigned char bytes[15] = {0x81, 0x83, 1, 2, 3, 4, 5, 6, 7, 8}; /* add [ebx+d32], imm32 */

    (void)state;
    assert_true(instruction_decode(bytes, 15, &instruction));
    for (uint32_t count = 0; count < 15; count++)
        assert_int_equal(instruction_decode(bytes, count, &instruction), count >= 10);
}

/* Instructions with the same first bytes displace each other in the cache. */
static void test_decoding_again(void **state)
{
    unsigned char bytes[15] = {0xc7, 0x83, 1, 2, 3, 4, 5, 6, 7, 8};

    (void)state;
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

static void test_kinds(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < LENGTH(kind_cases); i++) {
        const struct kind_case *test = &kind_cases[i];
        decode(test->name, &test->code);
        assert_case(test->name, instruction_is_sensitive(&instruction), test->sensitive);
        assert_case(test->name, instruction_uses_fpu(&instruction), test->fpu);
    }
}

/* ---- accesses ---- */

/* EAX 1, ECX 2, EDX 3, EBX 0x2000, ESP 0x8000, EBP 0x9000, ESI 0x3000, EDI 0x4000. */
struct access_case {
    const char *name;
    struct code code;
    uint32_t count;
    struct {
        uint32_t linear, bytes;
        bool write;
    } accesses[2];
};

static const struct access_case access_cases[] = {
    {"mov [ebx+4], eax", CODE(0x89, 0x43, 4), 1, {{0x2004, 4, true}}},
    {"mov gs:[ebx], al", CODE(0x65, 0x88, 0x03), 1, {{0x3000, 1, true}}},
    {"add [ebx+esi*4], ax", CODE(0x66, 0x01, 0x04, 0xb3), 1, {{0xe000, 2, true}}},
    {"mov eax, [bx+si]", CODE(0x67, 0x8b, 0x00), 1, {{0x5000, 4, false}}},
    {"lea", CODE(0x8d, 0x03), 0, {{0}}},
    {"nop [ebx]", CODE(0x0f, 0x1f, 0x03), 0, {{0}}},
    {"invlpg", CODE(0x0f, 0x01, 0x3b), 0, {{0}}},
    {"push eax", CODE(0x50), 1, {{0x7ffc, 4, true}}},
    {"push [ebx], word", CODE(0x66, 0xff, 0x33), 2, {{0x2000, 2, false}, {0x7ffe, 2, true}}},
    {"pop [esp+8]", CODE(0x8f, 0x44, 0x24, 8), 2, {{0x800c, 4, true}, {0x8000, 4, false}}},
    {"call [ebx]", CODE(0xff, 0x13), 2, {{0x2000, 4, false}, {0x7ffc, 4, true}}},
    {"ret", CODE(0xc3), 1, {{0x8000, 4, false}}},
    {"iret", CODE(0xcf), 1, {{0x8000, 12, false}}},
    {"pusha", CODE(0x60), 1, {{0x7fe0, 32, true}}},
    {"leave", CODE(0xc9), 1, {{0x9000, 4, false}}},
    {"movsd", CODE(0xa5), 2, {{0x4000, 4, true}, {0x3000, 4, false}}},
    {"rep stosb", CODE(0xf3, 0xaa), 1, {{0x4000, 1, true}}},
    {"cmpsw", CODE(0x66, 0xa7), 2, {{0x3000, 2, false}, {0x4000, 2, false}}},
    {"xlat", CODE(0xd7), 1, {{0x2001, 1, false}}},
    {"bts [ebx], eax", CODE(0x0f, 0xab, 0x03), 1, {{0x2000, 4, true}}},
    {"bt [ebx], esi", CODE(0x0f, 0xa3, 0x33), 1, {{0x2600, 4, false}}},
    {"cmpxchg8b", CODE(0x0f, 0xc7, 0x0b), 1, {{0x2000, 8, true}}},
    {"movaps [ebx], xmm1", CODE(0x0f, 0x29, 0x0b), 1, {{0x2000, 16, true}}},
    {"fnsave", CODE(0xdd, 0x33), 1, {{0x2000, 108, true}}},
    {"mov eax, ecx", CODE(0x89, 0xc8), 0, {{0}}},
};

static void test_accesses(void **state)
{
    static const uint32_t general[GENERAL_COUNT] = {1,      2,      3,      0x2000,
                                                    0x8000, 0x9000, 0x3000, 0x4000};
    struct memory_access accesses[4];

    (void)state;
    for (uint32_t i = 0; i < GENERAL_COUNT; i++)
        cpu_general_set(i, general[i]);
    for (uint32_t i = 0; i < LENGTH(access_cases); i++) {
        const struct access_case *test = &access_cases[i];
        decode(test->name, &test->code);
        assert_case(test->name, instruction_accesses(&instruction, accesses), test->count);
        for (uint32_t j = 0; j < test->count; j++) {
            assert_case(test->name, accesses[j].linear, test->accesses[j].linear);
            assert_case(test->name, accesses[j].bytes, test->accesses[j].bytes);
            assert_case(test->name, accesses[j].write, test->accesses[j].write);
        }
    }
}

static void test_no_access_without_count(void **state)
{
    const struct code code = CODE(0xf3, 0xab);
    struct memory_access accesses[4];

    (void)state;
    decode("rep stosd", &code);
    assert_int_equal(instruction_accesses(&instruction, accesses), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_decoding, reset),
        cmocka_unit_test_setup(test_decoding_of_few_bytes, reset),
        cmocka_unit_test_setup(test_decoding_again, reset),
        cmocka_unit_test_setup(test_kinds, reset),
        cmocka_unit_test_setup(test_accesses, reset),
        cmocka_unit_test_setup(test_no_access_without_count, reset),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
