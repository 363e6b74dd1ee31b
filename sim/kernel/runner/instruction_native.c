#include "runner/instruction_native.h"

#include "runner/guest_memory.h"
#include "runner/instruction_copy.h"
#include "runner/instruction_fpu.h"
#include "runner/instruction_operand.h"

#define CHUNK_BYTES 16u /* guest_read() and guest_write() take so many at once */

/* Only these are executed: others could act on the host. */
static const bool categories[ZYDIS_CATEGORY_MAX_VALUE + 1] = {
    [ZYDIS_CATEGORY_BINARY] = true,  [ZYDIS_CATEGORY_BITBYTE] = true,
    [ZYDIS_CATEGORY_BMI1] = true,    [ZYDIS_CATEGORY_CMOV] = true,
    [ZYDIS_CATEGORY_CONVERT] = true, [ZYDIS_CATEGORY_DATAXFER] = true,
    [ZYDIS_CATEGORY_FCMOV] = true,   [ZYDIS_CATEGORY_FLAGOP] = true,
    [ZYDIS_CATEGORY_LOGICAL] = true, [ZYDIS_CATEGORY_LOGICAL_FP] = true,
    [ZYDIS_CATEGORY_LZCNT] = true,   [ZYDIS_CATEGORY_MMX] = true,
    [ZYDIS_CATEGORY_ROTATE] = true,  [ZYDIS_CATEGORY_SEMAPHORE] = true,
    [ZYDIS_CATEGORY_SETCC] = true,   [ZYDIS_CATEGORY_SHIFT] = true,
    [ZYDIS_CATEGORY_SSE] = true,     [ZYDIS_CATEGORY_X87_ALU] = true,
};

/* Instruction sets that every x86-64 host has: an opcode that is undefined must not be met here.
   TZCNT and LZCNT are BSF and BSR on a host without them. */
static const bool sets[ZYDIS_ISA_SET_MAX_VALUE + 1] = {
    [ZYDIS_ISA_SET_BMI1] = true,       [ZYDIS_ISA_SET_CMOV] = true,
    [ZYDIS_ISA_SET_FCMOV] = true,      [ZYDIS_ISA_SET_I186] = true,
    [ZYDIS_ISA_SET_I386] = true,       [ZYDIS_ISA_SET_I486] = true,
    [ZYDIS_ISA_SET_I486REAL] = true,   [ZYDIS_ISA_SET_I86] = true,
    [ZYDIS_ISA_SET_LAHF] = true,       [ZYDIS_ISA_SET_LZCNT] = true,
    [ZYDIS_ISA_SET_PENTIUMMMX] = true, [ZYDIS_ISA_SET_PENTIUMREAL] = true,
    [ZYDIS_ISA_SET_PPRO] = true,       [ZYDIS_ISA_SET_SSE] = true,
    [ZYDIS_ISA_SET_SSE2] = true,       [ZYDIS_ISA_SET_SSE2MMX] = true,
    [ZYDIS_ISA_SET_X87] = true,
};

/* The operand in memory. */
struct place {
    const ZydisDecodedOperand *operand; /* NULL: there is none */
    uint32_t linear, bytes;
    bool reads, writes;
};

/* An address that ModRM does not name would be used as it is. */
static bool is_operand_known(const ZydisDecodedOperand *operand)
{
    if (operand_is_memory(operand))
        return operand->encoding == ZYDIS_OPERAND_ENCODING_MODRM_RM &&
               operand->mem.type == ZYDIS_MEMOP_TYPE_MEM &&
               operand_bytes(operand) <= COPY_OPERAND_MAX;
    return operand->visibility != ZYDIS_OPERAND_VISIBILITY_HIDDEN ||
           operand->type != ZYDIS_OPERAND_TYPE_REGISTER ||
           (operand->reg.value != ZYDIS_REGISTER_ESP && operand->reg.value != ZYDIS_REGISTER_EIP);
}

static bool is_copyable(const struct instruction *instruction)
{
    const ZydisDecodedInstruction *decoded = &instruction->decoded;

    if (decoded->encoding != ZYDIS_INSTRUCTION_ENCODING_LEGACY ||
        !categories[decoded->meta.category] || !sets[decoded->meta.isa_set] ||
        (decoded->attributes & ZYDIS_ATTRIB_IS_PRIVILEGED))
        return false;
    for (uint32_t i = 0; i < decoded->operand_count; i++)
        if (!is_operand_known(&instruction->operands[i]))
            return false;
    return true;
}

/* 16-byte operands of SSE are aligned; these are the exceptions. */
static bool is_alignment_checked(const struct instruction *instruction, uint32_t bytes)
{
    ZydisMnemonic mnemonic = instruction->decoded.mnemonic;

    return bytes == 16 && mnemonic != ZYDIS_MNEMONIC_MOVUPS && mnemonic != ZYDIS_MNEMONIC_MOVUPD &&
           mnemonic != ZYDIS_MNEMONIC_MOVDQU;
}

static bool probe_write(const struct place *place)
{
    for (uint32_t at = 0; at < place->bytes; at += CHUNK_BYTES) {
        uint32_t left = place->bytes - at;
        if (!guest_probe_write(place->linear + at, left < CHUNK_BYTES ? left : CHUNK_BYTES))
            return false;
    }
    return true;
}

/* Translate the operand and read it. A page that may not be written faults before it is read. */
static bool place_read(const struct instruction *instruction, struct place *place)
{
    unsigned char *copy = copy_operand();

    if (!operand_linear(instruction, place->operand, place->bytes, place->writes, &place->linear))
        return false;
    if (is_alignment_checked(instruction, place->bytes) && place->linear % 16)
        return cpu_raise_error(VECTOR_GP, 0);
    if (place->writes && !probe_write(place))
        return false;
    for (uint32_t at = 0; place->reads && at < place->bytes; at += CHUNK_BYTES) {
        uint32_t left = place->bytes - at;
        if (!guest_read(place->linear + at, copy + at, left < CHUNK_BYTES ? left : CHUNK_BYTES))
            return false;
    }
    return true;
}

static bool place_write(const struct place *place)
{
    const unsigned char *copy = copy_operand();

    for (uint32_t at = 0; place->writes && at < place->bytes; at += CHUNK_BYTES) {
        uint32_t left = place->bytes - at;
        if (!guest_write(place->linear + at, copy + at, left < CHUNK_BYTES ? left : CHUNK_BYTES))
            return false;
    }
    return true;
}

static struct place find_place(const struct instruction *instruction)
{
    for (uint32_t i = 0; i < instruction->decoded.operand_count; i++) {
        const ZydisDecodedOperand *operand = &instruction->operands[i];
        if (operand_is_memory(operand))
            return (struct place){
                .operand = operand,
                .bytes = operand_bytes(operand),
                .reads = operand->actions & ZYDIS_OPERAND_ACTION_MASK_READ,
                .writes = operand->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE,
            };
    }
    return (struct place){.operand = NULL};
}

/* ---- ESP ---- */

/* RSP is the host's: where ModRM names ESP, another register has its value meanwhile. */
struct stand_in {
    uint32_t number;       /* ESP: nobody */
    uint32_t modrm_change; /* from ESP's number to its */
};

static bool names_esp(const ZydisDecodedOperand *operand, ZydisOperandEncoding encoding)
{
    return operand->encoding == encoding && operand->type == ZYDIS_OPERAND_TYPE_REGISTER &&
           register_number(operand->reg.value) == ESP;
}

/* EBP, or ESI where EBP is the other operand: no instruction uses them without naming them. */
static struct stand_in find_stand_in(const struct instruction *instruction)
{
    bool in_reg = false, in_rm = false, has_ebp = false;

    for (uint32_t i = 0; i < instruction->decoded.operand_count; i++) {
        const ZydisDecodedOperand *operand = &instruction->operands[i];
        in_reg = in_reg || names_esp(operand, ZYDIS_OPERAND_ENCODING_MODRM_REG);
        in_rm = in_rm || names_esp(operand, ZYDIS_OPERAND_ENCODING_MODRM_RM);
        has_ebp = has_ebp || (operand->type == ZYDIS_OPERAND_TYPE_REGISTER &&
                              register_number(operand->reg.value) == EBP);
    }
    if (!in_reg && !in_rm)
        return (struct stand_in){ESP, 0};
    uint32_t number = has_ebp ? ESI : EBP;
    uint32_t change = number ^ ESP;
    return (struct stand_in){number, (in_reg ? change << 3 : 0) | (in_rm ? change : 0)};
}

/* ---- execution ---- */

/* The FPU's state is a copy, too, until the instruction is done. */
struct state {
    struct copy_registers registers;
    _Alignas(16) struct _libc_fpstate fpu;
};

static void load(const struct instruction *instruction, const struct stand_in *stand_in,
                 struct state *state)
{
    uint64_t *general = state->registers.general;

    for (uint32_t number = 0; number < GENERAL_COUNT; number++)
        general[number] = cpu_general(number);
    if (stand_in->number != ESP)
        general[stand_in->number] = cpu_general(ESP);
    /* The operand is the word already that the bit offset selects. */
    if (operand_is_bit_string(instruction))
        general[register_number(instruction->operands[1].reg.value)] &=
            instruction->operands[1].size - 1u;
    state->registers.flags = (uint32_t)cpu.host[REG_EFL] & FLAGS_STATUS;
    state->registers.fpu = NULL;
    if (instruction_uses_fpu(instruction)) {
        state->fpu = *cpu_fpu();
        state->registers.fpu = &state->fpu;
    }
}

static void store(const struct instruction *instruction, const struct stand_in *stand_in,
                  const struct state *state)
{
    const uint64_t *general = state->registers.general;

    if (state->registers.fpu)
        *cpu_fpu() = state->fpu;
    status_set(FLAGS_STATUS, (uint32_t)state->registers.flags);
    if (operand_is_bit_string(instruction))
        return;
    for (uint32_t number = 0; number < GENERAL_COUNT; number++)
        if (number != ESP && number != stand_in->number)
            cpu_general_set(number, (uint32_t)general[number]);
    if (stand_in->number != ESP)
        cpu_general_set(ESP, (uint32_t)general[stand_in->number]);
}

/* All exceptions of SSE are masked meanwhile. false: raised #XM for one that the guest has not
   masked; then only the flag in MXCSR changes. */
static bool execute(struct state *state)
{
    if (!state->registers.fpu) {
        copy_execute(&state->registers);
        return true;
    }

    uint32_t mxcsr = state->fpu.mxcsr;

    state->fpu.mxcsr = (mxcsr & ~FPU_MXCSR_FLAGS) | FPU_MXCSR_MASKS;
    copy_execute(&state->registers);
    uint32_t raised = state->fpu.mxcsr & FPU_MXCSR_FLAGS;
    state->fpu.mxcsr = mxcsr | raised;
    if (!(raised & ~(mxcsr >> 7)))
        return true;
    cpu_fpu()->mxcsr |= raised;
    return cpu_raise(VECTOR_XM);
}

enum progress emulate_native(const struct instruction *instruction)
{
    struct state state;
    struct place place = find_place(instruction);
    struct stand_in stand_in = find_stand_in(instruction);

    if (!is_copyable(instruction) || !copy_create())
        return PROGRESS_UNKNOWN;
    load(instruction, &stand_in, &state);
    if (state.registers.fpu && !fpu_check(instruction))
        return PROGRESS_RAISED;
    if (place.operand && !place_read(instruction, &place))
        return PROGRESS_RAISED;
    copy_write(instruction, stand_in.modrm_change);
    if (!execute(&state) || (place.operand && !place_write(&place)))
        return PROGRESS_RAISED;
    store(instruction, &stand_in, &state);
    return PROGRESS_NEXT;
}
