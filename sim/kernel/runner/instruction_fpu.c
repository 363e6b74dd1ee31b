#include "runner/instruction_emulation.h"

#include "runner/guest_memory.h"
#include "runner/instruction_operand.h"

#define STATUS_SUMMARY 0x0080u /* in the x87 status word: an unmasked exception is pending */

#define FXSAVE_BYTES 512u
#define CHUNK_BYTES  16u

/* The part of FXSAVE's image that 32-bit code uses: x87 state and eight XMM registers. The rest is
   not changed. */
#define IMAGE_BYTES    288u
#define IMAGE_MXCSR_AT 24u

_Static_assert(sizeof(struct _libc_fpstate) == FXSAVE_BYTES, "the frame has FXSAVE's layout");

/* x87 instructions that do not wait for a pending exception. */
static bool is_not_waiting(ZydisMnemonic mnemonic)
{
    static const ZydisMnemonic mnemonics[] = {ZYDIS_MNEMONIC_FNINIT,  ZYDIS_MNEMONIC_FNCLEX,
                                              ZYDIS_MNEMONIC_FNSTCW,  ZYDIS_MNEMONIC_FNSTSW,
                                              ZYDIS_MNEMONIC_FNSTENV, ZYDIS_MNEMONIC_FNSAVE,
                                              ZYDIS_MNEMONIC_FXSAVE,  ZYDIS_MNEMONIC_FXRSTOR};

    for (uint32_t i = 0; i < sizeof mnemonics / sizeof *mnemonics; i++)
        if (mnemonics[i] == mnemonic)
            return true;
    return false;
}

/* The category decides, because Zydis assigns some x87 instructions to other instruction sets:
   FCOMI to the Pentium Pro's, FISTTP to SSE3. */
static bool is_x87(const struct instruction *instruction)
{
    ZydisInstructionCategory category = instruction->decoded.meta.category;

    return category == ZYDIS_CATEGORY_X87_ALU || category == ZYDIS_CATEGORY_FCMOV;
}

static bool is_mmx(const struct instruction *instruction)
{
    return instruction->decoded.meta.isa_set == ZYDIS_ISA_SET_PENTIUMMMX;
}

/* Returns the exception that CR0 requires, or 0 (SDM vol. 3A, tables 2-2 and 12-1). */
static uint8_t closed_vector(const struct instruction *instruction)
{
    uint32_t cr0 = cpu.machine.mmu.cr0;

    if (instruction->decoded.mnemonic == ZYDIS_MNEMONIC_FWAIT)
        return (cr0 & CR0_MP) && (cr0 & CR0_TS) ? VECTOR_NM : 0;
    if (cr0 & CR0_EM)
        return is_x87(instruction) ? VECTOR_NM : VECTOR_UD;
    return cr0 & CR0_TS ? VECTOR_NM : 0;
}

bool fpu_check(const struct instruction *instruction)
{
    uint8_t vector = closed_vector(instruction);

    if (vector != 0)
        return cpu_raise(vector);
    if ((is_x87(instruction) || is_mmx(instruction)) &&
        !is_not_waiting(instruction->decoded.mnemonic) && (cpu_fpu()->swd & STATUS_SUMMARY))
        return cpu_raise(VECTOR_MF);
    return true;
}

/* The host's processor may define more bits; FXSAVE stores a mask of them. */
static bool is_mxcsr_valid(uint32_t mxcsr)
{
    return !(mxcsr & ~(FPU_MXCSR_VALID | cpu_fpu()->mxcr_mask));
}

/* Stores the linear address of FXSAVE's operand, which must be aligned to 16 bytes. */
static bool image_linear(const struct instruction *instruction, bool write, uint32_t *linear)
{
    if (!operand_linear(instruction, &instruction->operands[0], FXSAVE_BYTES, write, linear))
        return false;
    return *linear % CHUNK_BYTES == 0 || cpu_raise_error(VECTOR_GP, 0);
}

enum progress emulate_fxsave(const struct instruction *instruction)
{
    const unsigned char *image = (const unsigned char *)cpu_fpu();
    uint32_t linear;

    if (!fpu_check(instruction) || !image_linear(instruction, true, &linear) ||
        !guest_probe_write(linear, IMAGE_BYTES))
        return PROGRESS_RAISED;
    for (uint32_t at = 0; at < IMAGE_BYTES; at += CHUNK_BYTES)
        if (!guest_write(linear + at, image + at, CHUNK_BYTES))
            return PROGRESS_RAISED;
    return PROGRESS_NEXT;
}

enum progress emulate_fxrstor(const struct instruction *instruction)
{
    unsigned char image[IMAGE_BYTES];
    uint32_t linear, mxcsr;

    if (!fpu_check(instruction) || !image_linear(instruction, false, &linear))
        return PROGRESS_RAISED;
    for (uint32_t at = 0; at < IMAGE_BYTES; at += CHUNK_BYTES)
        if (!guest_read(linear + at, image + at, CHUNK_BYTES))
            return PROGRESS_RAISED;
    memcpy(&mxcsr, image + IMAGE_MXCSR_AT, sizeof mxcsr);
    if (!is_mxcsr_valid(mxcsr))
        return progress_of(cpu_raise_error(VECTOR_GP, 0));
    /* The processor does not load the mask that follows MXCSR. */
    memcpy(image + IMAGE_MXCSR_AT + 4, &cpu_fpu()->mxcr_mask, sizeof cpu_fpu()->mxcr_mask);
    memcpy(cpu_fpu(), image, IMAGE_BYTES);
    return PROGRESS_NEXT;
}

enum progress emulate_ldmxcsr(const struct instruction *instruction)
{
    uint32_t mxcsr;

    if (!fpu_check(instruction) || !operand_read(instruction, &instruction->operands[0], &mxcsr))
        return PROGRESS_RAISED;
    if (!is_mxcsr_valid(mxcsr))
        return progress_of(cpu_raise_error(VECTOR_GP, 0));
    cpu_fpu()->mxcsr = mxcsr;
    return PROGRESS_NEXT;
}

enum progress emulate_stmxcsr(const struct instruction *instruction)
{
    return progress_of(fpu_check(instruction) &&
                       operand_write(instruction, &instruction->operands[0], cpu_fpu()->mxcsr));
}
