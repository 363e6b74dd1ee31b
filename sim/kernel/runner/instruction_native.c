/*
 * Instructions that the host's processor executes as a copy. This covers instructions with general
 * or FPU registers and at most one operand in memory, which the ModRM byte names. The copy has the
 * address of a buffer instead of the guest's address, and is executed in 64-bit mode with the
 * guest's registers and flags:
 *
 *     or   %eax,0x123(%ebx,%esi,4)     read 4 bytes of the guest at DS:EBX+ESI*4+0x123,
 *     or   %eax,operand(%rip); ret     execute this, and write the 4 bytes back
 *
 * So results and flags are those of a processor, including the flags that the manuals leave
 * undefined.
 */
#include "runner/instruction_emulation.h"

#include "runner/guest_memory.h"
#include "runner/instruction_copy.h"
#include "runner/instruction_operand.h"

#define CHUNK_BYTES 16u /* the most that guest_read() and guest_write() take at once */

/* ---- the instructions that may be copied ---- */

/* Instructions of other categories could change the host's state. */
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

/* Instruction sets that every x86-64 host has, so that no copy is an undefined opcode. A host
   without TZCNT and LZCNT executes them as BSF and BSR. */
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

/* ---- plans ---- */

/* How to execute an instruction with these bytes. The copy is in the slot of the same number. The
   "place" is the operand in memory. */
struct plan {
    unsigned char bytes[ZYDIS_MAX_INSTRUCTION_LENGTH];
    unsigned char length; /* 0: no plan */
    bool copyable, uses_fpu, is_bit_string;
    bool aligned;        /* the place must be aligned to 16 bytes */
    bool reads, writes;  /* the instruction reads, writes the place */
    unsigned char place; /* the place's operand number; NO_PLACE: there is no place */
    unsigned char place_bytes;
    unsigned char stand_in; /* the register that holds ESP's value; ESP: none */
};

#define NO_PLACE ZYDIS_MAX_OPERAND_COUNT

static struct plan plans[COPY_SLOTS];

/* An address that ModRM does not name cannot be replaced in the copy. */
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

/* SSE requires the alignment of 16-byte operands, except in these three instructions. */
static bool is_alignment_checked(const struct instruction *instruction, uint32_t bytes)
{
    ZydisMnemonic mnemonic = instruction->decoded.mnemonic;

    return bytes == 16 && mnemonic != ZYDIS_MNEMONIC_MOVUPS && mnemonic != ZYDIS_MNEMONIC_MOVUPD &&
           mnemonic != ZYDIS_MNEMONIC_MOVDQU;
}

static void plan_place(const struct instruction *instruction, struct plan *plan)
{
    plan->place = NO_PLACE;
    for (uint32_t i = 0; i < instruction->decoded.operand_count; i++) {
        const ZydisDecodedOperand *operand = &instruction->operands[i];
        if (!operand_is_memory(operand))
            continue;
        plan->place = (unsigned char)i;
        plan->place_bytes = (unsigned char)operand_bytes(operand);
        plan->reads = operand->actions & ZYDIS_OPERAND_ACTION_MASK_READ;
        plan->writes = operand->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE;
        plan->aligned = is_alignment_checked(instruction, plan->place_bytes);
    }
}

static bool names_esp(const ZydisDecodedOperand *operand, ZydisOperandEncoding encoding)
{
    return operand->encoding == encoding && operand->type == ZYDIS_OPERAND_TYPE_REGISTER &&
           register_number(operand->reg.value) == ESP;
}

/*
 * RSP has to stay the host's. If ModRM names ESP, another register stands in for it: EBP, or ESI if
 * EBP is the other operand. No copied instruction uses these without naming them. Returns the bits
 * of ModRM that change ESP's number to the other register's.
 */
static uint32_t plan_stand_in(const struct instruction *instruction, struct plan *plan)
{
    bool in_reg = false, in_rm = false, has_ebp = false;

    for (uint32_t i = 0; i < instruction->decoded.operand_count; i++) {
        const ZydisDecodedOperand *operand = &instruction->operands[i];
        in_reg = in_reg || names_esp(operand, ZYDIS_OPERAND_ENCODING_MODRM_REG);
        in_rm = in_rm || names_esp(operand, ZYDIS_OPERAND_ENCODING_MODRM_RM) ||
                names_esp(operand, ZYDIS_OPERAND_ENCODING_OPCODE); /* INC, DEC */
        has_ebp = has_ebp || (operand->type == ZYDIS_OPERAND_TYPE_REGISTER &&
                              register_number(operand->reg.value) == EBP);
    }
    plan->stand_in = ESP;
    if (in_reg || in_rm)
        plan->stand_in = has_ebp ? ESI : EBP;
    uint32_t change = plan->stand_in ^ (uint32_t)ESP;
    return (in_reg ? change << 3 : 0) | (in_rm ? change : 0);
}

static void plan_make(const struct instruction *instruction, uint32_t slot)
{
    struct plan *plan = &plans[slot];

    *plan = (struct plan){.length = instruction->decoded.length};
    memcpy(plan->bytes, instruction->bytes, sizeof plan->bytes);
    plan->copyable = is_copyable(instruction) && copy_create();
    if (!plan->copyable)
        return;
    plan->uses_fpu = instruction_uses_fpu(instruction);
    plan->is_bit_string = operand_is_bit_string(instruction);
    plan_place(instruction, plan);
    copy_write(slot, instruction, plan_stand_in(instruction, plan));
}

/* Returns the slot of an instruction, whose plan it makes if there is none. */
static uint32_t plan_find(const struct instruction *instruction)
{
    uint64_t key;

    memcpy(&key, instruction->bytes, sizeof key);
    uint32_t slot = (uint32_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 53);
    const struct plan *plan = &plans[slot];
    if (plan->length != instruction->decoded.length ||
        memcmp(plan->bytes, instruction->bytes, sizeof plan->bytes) != 0)
        plan_make(instruction, slot);
    return slot;
}
_Static_assert(COPY_SLOTS == 1u << (64 - 53), "the hash has eleven bits");

/* ---- the operand in memory ---- */

static uint32_t chunk_bytes(const struct plan *plan, uint32_t at)
{
    uint32_t left = plan->place_bytes - at;

    return left < CHUNK_BYTES ? left : CHUNK_BYTES;
}

static bool probe_write(const struct plan *plan, uint32_t linear)
{
    for (uint32_t at = 0; at < plan->place_bytes; at += CHUNK_BYTES)
        if (!guest_probe_write(linear + at, chunk_bytes(plan, at)))
            return false;
    return true;
}

/* An x87 store with an unmasked exception stores nothing, so the old bytes have to be in the copy,
   which is written back. */
static bool is_read_first(const struct plan *plan)
{
    return plan->reads ||
           (plan->uses_fpu && (cpu_fpu()->cwd & FPU_CONTROL_MASKS) != FPU_CONTROL_MASKS);
}

/* Translates the place and reads it. If it is written later, a fault of the write comes first. */
static bool place_read(const struct instruction *instruction, const struct plan *plan,
                       uint32_t *linear)
{
    unsigned char *copy = copy_operand();

    if (!operand_linear(instruction, &instruction->operands[plan->place], plan->place_bytes,
                        plan->writes, linear))
        return false;
    if (plan->aligned && *linear % 16)
        return cpu_raise_error(VECTOR_GP, 0);
    if (plan->writes && !probe_write(plan, *linear))
        return false;
    bool reads = is_read_first(plan);
    for (uint32_t at = 0; reads && at < plan->place_bytes; at += CHUNK_BYTES)
        if (!guest_read(*linear + at, copy + at, chunk_bytes(plan, at)))
            return false;
    return true;
}

static bool place_write(const struct plan *plan, uint32_t linear)
{
    const unsigned char *copy = copy_operand();

    for (uint32_t at = 0; plan->writes && at < plan->place_bytes; at += CHUNK_BYTES)
        if (!guest_write(linear + at, copy + at, chunk_bytes(plan, at)))
            return false;
    return true;
}

/* ---- execution ---- */

/* operand_offset() has used the upper bits of the bit offset to select the word. */
static void load_bit_offset(const struct instruction *instruction, const struct plan *plan,
                            struct copy_registers *registers)
{
    const ZydisDecodedOperand *offset = &instruction->operands[1];
    uint32_t number = register_number(offset->reg.value);

    registers->general[number == ESP ? plan->stand_in : number] &= offset->size - 1u;
}

static void load(const struct instruction *instruction, const struct plan *plan,
                 struct copy_registers *registers)
{
    for (uint32_t number = 0; number < GENERAL_COUNT; number++)
        registers->general[number] = cpu_general(number);
    registers->general[plan->stand_in] = cpu_general(ESP);
    if (plan->is_bit_string)
        load_bit_offset(instruction, plan, registers);
    registers->flags = (uint32_t)cpu.host[REG_EFL] & FLAGS_STATUS;
    registers->fpu = NULL;
}

static void store(const struct plan *plan, const struct copy_registers *registers)
{
    status_set(FLAGS_STATUS, (uint32_t)registers->flags);
    if (plan->is_bit_string)
        return;
    for (uint32_t number = 0; number < GENERAL_COUNT; number++)
        if (number != ESP && number != plan->stand_in)
            cpu_general_set(number, (uint32_t)registers->general[number]);
    if (plan->stand_in != ESP)
        cpu_general_set(ESP, (uint32_t)registers->general[plan->stand_in]);
}

static enum progress execute_general(const struct instruction *instruction, uint32_t slot)
{
    const struct plan *plan = &plans[slot];
    struct copy_registers registers;
    uint32_t linear = 0;

    if (plan->place != NO_PLACE && !place_read(instruction, plan, &linear))
        return PROGRESS_RAISED;
    load(instruction, plan, &registers);
    copy_execute(slot, &registers);
    if (plan->place != NO_PLACE && !place_write(plan, linear))
        return PROGRESS_RAISED;
    store(plan, &registers);
    return PROGRESS_NEXT;
}

/*
 * Executes the copy with all SSE exceptions masked. Returns false if it raised #XM for an exception
 * that the guest has not masked. Then only flags in MXCSR change; an exception that is detected
 * before the computation sets no flags of the result (SDM vol. 1, 11.5.2).
 */
static bool execute_masked(uint32_t slot, struct copy_registers *registers)
{
    struct _libc_fpstate *fpu = registers->fpu;
    uint32_t mxcsr = fpu->mxcsr;

    fpu->mxcsr = (mxcsr & ~FPU_MXCSR_FLAGS) | FPU_MXCSR_MASKS;
    copy_execute(slot, registers);
    uint32_t raised = fpu->mxcsr & FPU_MXCSR_FLAGS;
    uint32_t unmasked = raised & ~(mxcsr >> FPU_MXCSR_MASKS_SHIFT);
    fpu->mxcsr = mxcsr | raised;
    if (unmasked == 0)
        return true;
    cpu_fpu()->mxcsr |= unmasked & FPU_MXCSR_OPERANDS ? raised & FPU_MXCSR_OPERANDS : raised;
    return cpu_raise(VECTOR_XM);
}

/* The copy works on a copy of the FPU's state, because the instruction may still fault. */
static enum progress execute_fpu(const struct instruction *instruction, uint32_t slot)
{
    const struct plan *plan = &plans[slot];
    struct copy_registers registers;
    _Alignas(16) struct _libc_fpstate fpu;
    uint32_t linear = 0;

    if (!fpu_check(instruction) ||
        (plan->place != NO_PLACE && !place_read(instruction, plan, &linear)))
        return PROGRESS_RAISED;
    fpu = *cpu_fpu();
    load(instruction, plan, &registers);
    registers.fpu = &fpu;
    if (!execute_masked(slot, &registers) ||
        (plan->place != NO_PLACE && !place_write(plan, linear)))
        return PROGRESS_RAISED;
    *cpu_fpu() = fpu;
    store(plan, &registers);
    return PROGRESS_NEXT;
}

enum progress emulate_native(const struct instruction *instruction)
{
    uint32_t slot = plan_find(instruction);

    if (!plans[slot].copyable)
        return PROGRESS_UNKNOWN;
    return plans[slot].uses_fpu ? execute_fpu(instruction, slot)
                                : execute_general(instruction, slot);
}
