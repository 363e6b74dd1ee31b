/*
 * Emulated instructions compared with the host's processor: both execute each encoding, with random
 * registers, flags, operands and addresses, and must agree on registers, flags, memory, FPU state
 * and exceptions. Of 16 pages one is absent, and one is read-only.
 */
#include "kernel/instruction_accesses.h"
#include "kernel/instruction_stub.h"
#include "kernel/instruction_templates.h"
#include "kernel/processor32.h"
#include "replay/random.h"
#include "support/model_effort.h"
#include "support/test.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#ifndef CASES_EACH
#define CASES_EACH 1500u
#endif
#define PAGE_ABSENT    0u
#define PAGE_READ_ONLY 6u
#define STACK_AT       0x8000u

_Static_assert(STUB_BYTES == PROCESSOR32_BYTES, "the memory of both has the same size");
_Static_assert(STUB_EIP == PROCESSOR32_EIP, "the code is at the same address in both");
_Static_assert(STUB_GS_BASE == PROCESSOR32_GS_BASE, "GS has the same base in both");
_Static_assert(STUB_BASE == 0, "the other segments begin at 0 in both");

/* ---- random numbers ---- */

static uint32_t random_state;

static uint32_t random_below(uint32_t end)
{
    return random32_below(&random_state, end);
}

static bool chance(uint32_t one_in)
{
    return random_below(one_in) == 0;
}

/* ---- a case ---- */

struct encoding {
    unsigned char bytes[15];
    uint32_t count;
    bool word, short_address;
};

static void put(struct encoding *encoding, uint32_t value, uint32_t bytes)
{
    memcpy(encoding->bytes + encoding->count, &value, bytes);
    encoding->count += bytes;
}

static void put_prefixes(struct encoding *encoding, const struct template *template, bool memory)
{
    static const unsigned char segments[] = {0x26, 0x36, 0x3e, 0x65};
    bool addresses = memory || (template->flags & TEMPLATE_ADDRESS);

    encoding->word = (template->flags & TEMPLATE_WORD) && chance(3);
    encoding->short_address = addresses && chance(4);
    if (memory && (template->flags & TEMPLATE_LOCK) && chance(6))
        put(encoding, 0xf0, 1);
    if (encoding->word)
        put(encoding, 0x66, 1);
    if (encoding->short_address)
        put(encoding, 0x67, 1);
    if (addresses && chance(4))
        put(encoding, segments[random_below(sizeof segments)], 1);
    if ((template->flags & TEMPLATE_STRING) && !chance(3))
        put(encoding, chance(2) ? 0xf2 : 0xf3, 1);
}

/* ModRM, SIB and displacement. */
static void put_modrm(struct encoding *encoding, const struct template *template, bool memory)
{
    uint32_t mod = memory ? random_below(3) : 3, rm = random_below(8), sib = random_below(256);
    uint32_t reg = template->modrm == MODRM_ANY ? random_below(8) : (uint32_t) template->modrm;
    bool has_sib = memory && !encoding->short_address && rm == 4;
    uint32_t bytes = mod == 1 ? 1 : encoding->short_address ? 2 : 4;
    uint32_t absolute = encoding->short_address ? 6 : 5; /* r/m, with mod 0 */
    bool displaced = memory && (mod != 0 || rm == absolute || (has_sib && (sib & 7) == 5));

    put(encoding, mod << 6 | reg << 3 | rm, 1);
    if (has_sib)
        put(encoding, sib, 1);
    if (displaced)
        put(encoding, random_below(STUB_BYTES) & (chance(2) ? ~15u : ~0u), bytes);
}

static void put_immediate(struct encoding *encoding, const struct template *template)
{
    switch (template->immediate) {
    case IMMEDIATE_BYTE:
        put(encoding, random32(&random_state), 1);
        break;
    case IMMEDIATE_WORD:
        put(encoding, random_below(64), 2);
        break;
    case IMMEDIATE_OPERAND:
        put(encoding, chance(2) ? random32(&random_state) : random_below(0x800),
            encoding->word ? 2 : 4);
        break;
    case IMMEDIATE_ADDRESS:
        put(encoding, random_below(STUB_BYTES), encoding->short_address ? 2 : 4);
        break;
    case IMMEDIATE_ENTER:
        put(encoding, random_below(128), 2);
        put(encoding, chance(2) ? 0 : random_below(8), 1);
        break;
    default:
        break;
    }
}

static struct encoding encode(const struct template *template)
{
    struct encoding encoding = {.count = 0};
    bool memory = template->modrm != MODRM_NONE && !(template->flags & TEMPLATE_REGISTER) &&
                  ((template->flags & TEMPLATE_MEMORY) || !chance(4));
    unsigned char last = template->opcode[template->opcode_bytes - 1];

    if (template->flags & TEMPLATE_LOW3)
        last = (unsigned char)(last | random_below(8));
    if (template->flags & TEMPLATE_LOW4)
        last = (unsigned char)(last | random_below(16));
    put_prefixes(&encoding, template, memory);
    for (uint32_t i = 0; i + 1 < template->opcode_bytes; i++)
        put(&encoding, template->opcode[i], 1);
    put(&encoding, last, 1);
    if (template->modrm != MODRM_NONE)
        put_modrm(&encoding, template, memory);
    put_immediate(&encoding, template);
    return encoding;
}

static void randomize_general(struct processor32 *before, const struct template *template)
{
    bool small = !chance(4);
    uint32_t mask = chance(2) ? ~15u : ~0u;

    for (uint32_t i = 0; i < GENERAL_COUNT; i++)
        before->general[i] =
            small || chance(2) ? random_below(0x4000) & mask : random32(&random_state);
    before->general[ESP] = chance(8) ? random_below(STUB_BYTES) : STACK_AT + random_below(0x2000);
    if (template->flags & TEMPLATE_STRING) {
        before->general[ECX] = random_below(chance(8) ? 3000 : 40);
        before->general[ESI] = random_below(STUB_BYTES);
        before->general[EDI] = random_below(STUB_BYTES);
    }
    if (chance(2))
        before->general[EDX] = chance(2) ? 0 : 0xffffffffu;
    if (template->opcode[0] == 0xc8 || template->opcode[0] == 0xc9)
        before->general[EBP] = STACK_AT + random_below(0x2000);
}

/* x87 registers are numbers of usual size, with a random top of stack; some are empty. */
static void randomize_fpu(struct processor32 *before)
{
    struct _libc_fpstate *fpu = (void *)before->fpu;

    __asm__("fxsave64 %0" : "=m"(before->fpu));
    memset(fpu->_xmm, 0, sizeof fpu->_xmm);
    fpu->cwd = chance(6) ? 0x340 : 0x37f;
    fpu->swd = (uint16_t)(random_below(8) << 11);
    fpu->ftw = (uint16_t)(chance(3) ? random_below(256) : 0xff);
    fpu->mxcsr = chance(6) ? random_below(64) << 7 : 0x1f80;
    for (uint32_t i = 0; i < 8; i++) {
        fpu->_st[i].exponent = (uint16_t)(0x3fff - 20 + random_below(60));
        for (uint32_t j = 0; j < 4; j++) {
            fpu->_st[i].significand[j] = (uint16_t)random32(&random_state);
            fpu->_xmm[i].element[j] =
                chance(3) ? 0x3f800000u + random_below(1000) : random32(&random_state);
        }
        fpu->_st[i].significand[3] |= 0x8000;
    }
}

/* The processor's memory is at address 0; the page there is absent. */
static unsigned char *native_memory(uint32_t address)
{
    return (unsigned char *)(uintptr_t)address;
}

static void randomize_memory(void)
{
    const uint32_t first = (PAGE_ABSENT + 1) * PAGE_SIZE;

    for (uint32_t at = 0; at < STUB_BYTES; at += 4)
        stub_store32(at, chance(2) ? random32(&random_state) : random_below(0x8000));
    processor32_protect(PAGE_READ_ONLY * PAGE_SIZE, PROT_READ | PROT_WRITE);
    memcpy(native_memory(first), stub_memory + first, STUB_BYTES - first);
    processor32_protect(PAGE_READ_ONLY * PAGE_SIZE, PROT_READ);
}

/* ---- the emulation's side ---- */

static void load_registers(const struct processor32 *before)
{
    stub_reset();
    stub_set_page(PAGE_ABSENT, STUB_ABSENT);
    stub_set_page(PAGE_READ_ONLY, STUB_PRESENT);
    for (uint32_t i = 0; i < GENERAL_COUNT; i++)
        cpu_general_set(i, before->general[i]);
    cpu.host[REG_EFL] = before->eflags;
    memcpy(cpu_fpu(), before->fpu, sizeof before->fpu);
}

/* A repeated instruction may pause; it then continues. */
static enum outcome emulate(const struct instruction *instruction)
{
    enum outcome outcome;

    do
        outcome = instruction_emulate(instruction);
    while (outcome == OUTCOME_DONE && cpu_eip() == STUB_EIP &&
           instruction->decoded.meta.category == ZYDIS_CATEGORY_STRINGOP);
    return outcome;
}

static struct processor32 take_registers(void)
{
    struct processor32 after = {
        .eip = cpu_eip(), .eflags = (uint32_t)cpu.host[REG_EFL], .vector = VECTOR_GP};

    for (uint32_t i = 0; i < GENERAL_COUNT; i++)
        after.general[i] = cpu_general(i);
    memcpy(after.fpu, cpu_fpu(), sizeof after.fpu);
    if (cpu.exception.pending) {
        after.vector = cpu.exception.vector;
        after.error = cpu.exception.error;
        after.cr2 = cpu.machine.cr2.value - STUB_BASE;
    }
    return after;
}

/* ---- the comparison ---- */

/* Flags that the emulation computes in C, and that the manual leaves undefined. */
static uint32_t undefined_flags(const struct instruction *instruction)
{
    if (instruction->decoded.meta.category != ZYDIS_CATEGORY_DECIMAL)
        return 0;
    return instruction->decoded.cpu_flags->undefined;
}

/* Compare the FPU's states without the address of the last instruction and of its operand, which
   only debuggers need. After an exception of SSE, it is not compared whether an MMX register ended
   x87 mode before. */
static bool is_same_fpu(const struct processor32 *left, const struct processor32 *right)
{
    const struct _libc_fpstate *a = (const void *)left->fpu, *b = (const void *)right->fpu;
    bool is_same_x87 = a->cwd == b->cwd && a->swd == b->swd && a->ftw == b->ftw &&
                       memcmp(a->_st, b->_st, sizeof a->_st) == 0;

    return (is_same_x87 || left->vector == VECTOR_XM) && a->mxcsr == b->mxcsr &&
           memcmp(a->_xmm, b->_xmm, 8 * sizeof a->_xmm[0]) == 0;
}

/* An image of the FPU is read or written in parts, in an order that the manual leaves open. So a
   page fault may report any address in the page. */
static bool is_same_cr2(const struct instruction *instruction, uint32_t native, uint32_t emulated)
{
    bool in_parts = instruction->operands[0].size > 128;

    return native == emulated || (in_parts && native / PAGE_SIZE == emulated / PAGE_SIZE);
}

static const char *difference(const struct instruction *instruction,
                              const struct processor32 *native, const struct processor32 *emulated)
{
    const uint32_t first = (PAGE_ABSENT + 1) * PAGE_SIZE;
    uint32_t flags = (FLAGS_STATUS | FLAG_DF) & ~undefined_flags(instruction);

    if (native->eip != emulated->eip)
        return "EIP";
    if (native->eip == STUB_EIP && native->vector != emulated->vector)
        return "the exception";
    if (native->eip == STUB_EIP && native->vector == VECTOR_PF &&
        !is_same_cr2(instruction, native->cr2, emulated->cr2))
        return "CR2";
    if (native->eip == STUB_EIP && native->vector == VECTOR_PF && native->error != emulated->error)
        return "the error code";
    if (memcmp(native->general, emulated->general, sizeof native->general) != 0)
        return "a register";
    if ((native->eflags ^ emulated->eflags) & flags)
        return "a flag";
    if (!is_same_fpu(native, emulated))
        return "the FPU's state";
    if (memcmp(native_memory(first), stub_memory + first, STUB_BYTES - first) != 0)
        return "memory";
    return NULL;
}

static void print_state(const char *name, const struct processor32 *state)
{
    print_error("%-9s", name);
    for (uint32_t i = 0; i < GENERAL_COUNT; i++)
        print_error(" %08" PRIx32, state->general[i]);
    print_error(" eip %" PRIx32 " flags %" PRIx32 " vector %" PRIu32 " error %" PRIx32
                " cr2 %" PRIx32 "\n",
                state->eip, state->eflags, state->vector, state->error, state->cr2);
    const struct _libc_fpstate *fpu = (const void *)state->fpu;
    print_error("          cwd %x swd %x ftw %x mxcsr %" PRIx32 "\n", fpu->cwd, fpu->swd, fpu->ftw,
                fpu->mxcsr);
}

static void print_bytes(const struct encoding *encoding)
{
    for (uint32_t i = 0; i < encoding->count; i++)
        print_error(" %02x", encoding->bytes[i]);
    print_error("\n");
}

/* Accesses outside of the memory may hit other memory of this process, and processors differ at the
   end of 4 GiB. */
static bool is_within_memory(const struct instruction *instruction)
{
    struct memory_access accesses[ACCESSES_MAX];
    uint32_t count = instruction_accesses(instruction, accesses);

    for (uint32_t i = 0; i < count; i++)
        if (accesses[i].linear >= STUB_BYTES || accesses[i].offset > 0u - accesses[i].bytes)
            return false;
    return true;
}

/* Returns whether an access wraps to offsets below 0 in GS, which does not begin with the absent
   page. */
static bool wraps_in_gs(const struct instruction *instruction)
{
    struct memory_access accesses[ACCESSES_MAX];
    uint32_t count = instruction_accesses(instruction, accesses);
    bool down = cpu_eflags() & FLAG_DF;

    for (uint32_t i = 0; i < count; i++)
        if (accesses[i].segment == SEG_GS && down && accesses[i].offset < 4 * cpu_general(ECX))
            return true;
    return false;
}

/* Returns whether a jump leads into the instruction's own bytes, and not to a HLT. (In 64-bit mode
   a prefix precedes it.) */
static bool jumps_to_itself(const struct instruction *instruction)
{
    const ZydisDecodedOperand *operand = &instruction->operands[0];
    int64_t first = -(int64_t)instruction->decoded.length - 1;

    return instruction->decoded.meta.branch_type != ZYDIS_BRANCH_TYPE_NONE &&
           operand->type == ZYDIS_OPERAND_TYPE_IMMEDIATE && operand->imm.value.s >= first &&
           operand->imm.value.s < 0;
}

/* The results of an encoding's cases. */
struct tally {
    uint32_t done, raised, skipped;
};

static void assert_undefined(const struct encoding *encoding, const struct processor32 *before)
{
    struct processor32 native = *before;

    if (!processor32_has_segments())
        return;
    processor32_run(&native, encoding->bytes, encoding->count);
    assert_int_equal(native.eip, STUB_EIP);
    assert_int_equal(native.vector, VECTOR_UD);
}

/* Run one case. */
static void compare(const struct template *template, struct tally *tally)
{
    struct encoding encoding = encode(template);
    struct processor32 before = {.eflags = random32(&random_state) & FLAGS_STATUS}, native;
    struct instruction instruction;

    if ((template->flags & TEMPLATE_STRING) && chance(3))
        before.eflags |= FLAG_DF;
    randomize_general(&before, template);
    randomize_fpu(&before);
    load_registers(&before);
    native = before;
    if (!instruction_decode(encoding.bytes, encoding.count, &instruction)) {
        assert_undefined(&encoding, &before);
        tally->skipped++;
        return;
    }
    if (!processor32_can(&instruction) || !is_within_memory(&instruction) ||
        jumps_to_itself(&instruction) || wraps_in_gs(&instruction)) {
        tally->skipped++;
        return;
    }
    processor32_run(&native, encoding.bytes, encoding.count);
    enum outcome outcome = emulate(&instruction);
    struct processor32 emulated = take_registers();
    const char *what = difference(&instruction, &native, &emulated);
    if (outcome == OUTCOME_UNKNOWN)
        what = "outcome: not emulated";
    if (what) {
        print_error("%s: %s differs:", template->name, what);
        print_bytes(&encoding);
        print_state("before", &before);
        print_state("processor", &native);
        print_state("emulated", &emulated);
        fail();
    }
    tally->done += outcome == OUTCOME_DONE;
    tally->raised += outcome == OUTCOME_RAISED;
}

TEST(test_templates)
{
    const char *reason;

    if (RUNNING_ON_VALGRIND || !processor32_create(&reason)) {
        print_message("not compared: %s\n", RUNNING_ON_VALGRIND ? "Valgrind" : reason);
        skip();
    }
    for (uint32_t i = 0; i < template_count; i++) {
        struct tally tally = {0};
        random_state = i;
        for (uint32_t number = 0; number < CASES_EACH; number++) {
            if (number % 64 == 0)
                randomize_memory();
            compare(&templates[i], &tally);
        }
        if (tally.skipped < CASES_EACH && tally.done < (CASES_EACH - tally.skipped) / 16)
            fail_msg("%s (%02x): %" PRIu32 " of %" PRIu32 " cases end without an exception",
                     templates[i].name, templates[i].opcode[0], tally.done,
                     CASES_EACH - tally.skipped);
    }
}
