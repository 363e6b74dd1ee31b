#include "runner/instruction_copy.h"

#include <stddef.h>
#include <sys/mman.h>

#define PAGE         4096u
#define RIP_RELATIVE 0x05u /* ModRM: mod 0, r/m 5 */
#define OPCODE_RET   0xc3u

#define SLOT_BYTES 32u

/* A copy has at most the guest's 15 bytes, a longer displacement, and RET. */
_Static_assert(SLOT_BYTES >= ZYDIS_MAX_INSTRUCTION_LENGTH + sizeof(int32_t) + 1,
               "the longest copy fits a slot");

/* The operand has a page of its own, because stores next to executed code are slow. */
static struct {
    _Alignas(PAGE) unsigned char code[COPY_SLOTS][SLOT_BYTES];
    _Alignas(PAGE) unsigned char operand[COPY_OPERAND_MAX];
} memory;

bool copy_create(void)
{
    static bool executable;

    if (!executable)
        executable = mprotect(&memory, sizeof memory, PROT_READ | PROT_WRITE | PROT_EXEC) == 0;
    return executable;
}

void *copy_operand(void)
{
    return memory.operand;
}

/* Segment and address-size prefixes do not apply to the operand's new address. LOCK is not needed,
   because no other CPU accesses it. */
static bool is_prefix_kept(unsigned char prefix)
{
    return prefix == 0x66 || prefix == 0xf2 || prefix == 0xf3;
}

/*
 * Replaces opcodes that 64-bit mode lacks, or uses for something else:
 *
 *     40+r  INC r      FF /0          82 /n  ib      80 /n  ib
 *     48+r  DEC r      FF /1
 */
static uint32_t put_opcode(const struct instruction *instruction, uint32_t modrm_change,
                           unsigned char *code)
{
    unsigned char opcode = instruction->decoded.opcode;

    if (instruction->decoded.opcode_map != ZYDIS_OPCODE_MAP_DEFAULT)
        return 0;
    if (opcode == 0x82) {
        code[0] = 0x80;
        return 1;
    }
    if (opcode < 0x40 || opcode > 0x4f)
        return 0;
    code[0] = 0xff;
    code[1] = (unsigned char)((0xc0u | (opcode & 0xfu)) ^ modrm_change);
    return 2;
}

/* The displacement is relative to the end of the instruction. */
static uint32_t put_modrm(unsigned char modrm, uint32_t tail_bytes, unsigned char *code)
{
    const unsigned char *end = code + 1 + sizeof(int32_t) + tail_bytes;
    int32_t displacement = (int32_t)(memory.operand - end);

    if (modrm >= 0xc0) {
        code[0] = modrm;
        return 1;
    }
    code[0] = (unsigned char)((modrm & 0x38u) | RIP_RELATIVE);
    memcpy(code + 1, &displacement, sizeof displacement);
    return 1 + sizeof displacement;
}

/* Returns the bytes of ModRM, SIB and displacement in the guest's instruction. */
static uint32_t modrm_bytes(const ZydisDecodedInstruction *decoded)
{
    uint32_t sib = decoded->attributes & ZYDIS_ATTRIB_HAS_SIB ? 1 : 0;

    return 1 + sib + decoded->raw.disp.size / 8u;
}

/*
 *     | prefixes | opcode | ModRM | SIB | displacement | immediate |     the guest's
 *     | 66 F2 F3 | opcode | ModRM |   displacement     | immediate | ret | the copy
 */
void copy_write(uint32_t slot, const struct instruction *instruction, uint32_t modrm_change)
{
    unsigned char *code = memory.code[slot];
    const ZydisDecodedInstruction *decoded = &instruction->decoded;
    bool has_modrm = decoded->attributes & ZYDIS_ATTRIB_HAS_MODRM;
    uint32_t prefixes = decoded->raw.prefix_count;
    uint32_t opcode_end = has_modrm ? decoded->raw.modrm.offset : decoded->length;
    uint32_t from = prefixes, to = 0;

    for (uint32_t i = 0; i < prefixes; i++)
        if (is_prefix_kept(instruction->bytes[i]))
            code[to++] = instruction->bytes[i];
    uint32_t replaced = put_opcode(instruction, modrm_change, code + to);
    to += replaced;
    from += replaced ? 1 : 0;
    while (from < opcode_end)
        code[to++] = instruction->bytes[from++];
    if (has_modrm) {
        unsigned char modrm = (unsigned char)(instruction->bytes[from] ^ modrm_change);
        from += modrm_bytes(decoded);
        to += put_modrm(modrm, decoded->length - from, code + to);
    }
    while (from < decoded->length)
        code[to++] = instruction->bytes[from++];
    code[to] = OPCODE_RET;
}

_Static_assert(offsetof(struct copy_registers, general[EDI]) == 56,
               "copy_enter() relies on this offset");
_Static_assert(offsetof(struct copy_registers, flags) == 64, "copy_enter() relies on this offset");
_Static_assert(offsetof(struct copy_registers, fpu) == 72, "copy_enter() relies on this offset");
_Static_assert(offsetof(struct copy_registers, host_fpu) == 80,
               "copy_enter() relies on this offset");

/* Instructions of 32-bit code do not use R8 to R15. RSP stays the host's, so that a signal handler
   has a stack. */
__attribute__((naked)) static void copy_enter(struct copy_registers *registers
                                              __attribute__((unused)),
                                              const void *code __attribute__((unused)))
{
    __asm__("pushq %rbx\n\t"
            "pushq %rbp\n\t"
            "pushq %r12\n\t"
            "movq %rdi, %r12\n\t"
            "movq %rsi, %r8\n\t"
            "movq 72(%r12), %r9\n\t"
            "testq %r9, %r9\n\t"
            "jz 1f\n\t"
            "fxsave64 80(%r12)\n\t"
            "fxrstor64 (%r9)\n"
            "1:\n\t"
            "movq 0(%r12), %rax\n\t"
            "movq 8(%r12), %rcx\n\t"
            "movq 16(%r12), %rdx\n\t"
            "movq 24(%r12), %rbx\n\t"
            "movq 40(%r12), %rbp\n\t"
            "movq 48(%r12), %rsi\n\t"
            "movq 56(%r12), %rdi\n\t"
            "pushq 64(%r12)\n\t"
            "popfq\n\t"
            "call *%r8\n\t"
            "pushfq\n\t"
            "popq 64(%r12)\n\t"
            "movq %rax, 0(%r12)\n\t"
            "movq %rcx, 8(%r12)\n\t"
            "movq %rdx, 16(%r12)\n\t"
            "movq %rbx, 24(%r12)\n\t"
            "movq %rbp, 40(%r12)\n\t"
            "movq %rsi, 48(%r12)\n\t"
            "movq %rdi, 56(%r12)\n\t"
            "testq %r9, %r9\n\t"
            "jz 2f\n\t"
            "fxsave64 (%r9)\n\t"
            "fxrstor64 80(%r12)\n"
            "2:\n\t"
            "popq %r12\n\t"
            "popq %rbp\n\t"
            "popq %rbx\n\t"
            "ret");
}

void copy_execute(uint32_t slot, struct copy_registers *registers)
{
    copy_enter(registers, memory.code[slot]);
}
