/*
 * The processor's model: its description for the guest, which is an early Pentium 4 without thermal
 * control, PAE and long mode; its clock; its model-specific registers; and the fast system calls
 * that use them.
 */
#include "runner/devices/devices.h"
#include "runner/instruction_emulation.h"
#include "runner/instruction_operand.h"
#include "runner/segment.h"

#define CR4_TSD 0x00000004u

/* ---- CPUID ---- */

#define SIGNATURE 0x00000f24u /* family 15, model 2, stepping 4 */

#define FEATURE_FPU  (1u << 0)
#define FEATURE_DE   (1u << 2)
#define FEATURE_PSE  (1u << 3)
#define FEATURE_TSC  (1u << 4)
#define FEATURE_MSR  (1u << 5)
#define FEATURE_CX8  (1u << 8)
#define FEATURE_APIC (1u << 9)
#define FEATURE_SEP  (1u << 11)
#define FEATURE_PGE  (1u << 13)
#define FEATURE_CMOV (1u << 15)
#define FEATURE_MMX  (1u << 23)
#define FEATURE_FXSR (1u << 24)
#define FEATURE_SSE  (1u << 25)
#define FEATURE_SSE2 (1u << 26)

#define FEATURES                                                                                   \
    (FEATURE_FPU | FEATURE_DE | FEATURE_PSE | FEATURE_TSC | FEATURE_MSR | FEATURE_CX8 |            \
     FEATURE_APIC | FEATURE_SEP | FEATURE_PGE | FEATURE_CMOV | FEATURE_MMX | FEATURE_FXSR |        \
     FEATURE_SSE | FEATURE_SSE2)

struct leaf {
    uint32_t number, eax, ebx, ecx, edx;
};

/* SDM vol. 2A, CPUID. Leaf 0's name is in the order EBX, EDX, ECX. */
static const struct leaf leaves[] = {
    {0, 2, 0x756e6547u, 0x6c65746eu, 0x49656e69u}, /* "Genu" "ntel" "ineI" */
    {1, SIGNATURE, 0, 0, FEATURES},
    {2, 0x665b5001u, 0, 0, 0x007a7040u}, /* 64-entry TLBs, 8 KiB L1, 256 KiB L2 */
    {0x80000000u, 0x80000004u, 0, 0, 0},
    {0x80000001u, 0, 0, 0, 0},
    {0x80000002u, 0x69736d6du, 0x2073206du, 0x33692050u, 0x00003638u},
    {0x80000003u, 0, 0, 0, 0},
    {0x80000004u, 0, 0, 0, 0},
};

/* An unknown leaf returns the data of the last basic one (SDM vol. 2A, CPUID). */
static const struct leaf *find_leaf(uint32_t number)
{
    for (uint32_t i = 0; i < sizeof leaves / sizeof *leaves; i++)
        if (leaves[i].number == number)
            return &leaves[i];
    return &leaves[2];
}

enum progress emulate_cpuid(const struct instruction *instruction)
{
    const struct leaf *leaf = find_leaf(cpu_general(EAX));

    (void)instruction;
    cpu_general_set(EAX, leaf->eax);
    cpu_general_set(EBX, leaf->ebx);
    cpu_general_set(ECX, leaf->ecx);
    cpu_general_set(EDX, leaf->edx);
    return PROGRESS_NEXT;
}

/* ---- the clock ---- */

enum progress emulate_rdtsc(const struct instruction *instruction)
{
    (void)instruction;
    if ((cpu.machine.mmu.cr4 & CR4_TSD) && !check_privileged())
        return PROGRESS_RAISED;
    uint64_t now = devices_time_stamp();
    cpu_general_set(EAX, (uint32_t)now);
    cpu_general_set(EDX, (uint32_t)(now >> 32));
    return PROGRESS_NEXT;
}

/* There are no performance counters, so every number is invalid. */
enum progress emulate_rdpmc(const struct instruction *instruction)
{
    (void)instruction;
    return progress_of(cpu_raise_error(VECTOR_GP, 0));
}

/* ---- model-specific registers ---- */

#define MSR_TIME_STAMP 0x10u

#define APIC_BASE_VALUE 0xfee00900u /* enabled, of the bootstrap processor */

/* Registers that read as a constant or a variable. A write to a constant has no effect. Any other
   number raises #GP(0), as on a real processor, because kernels use that to detect registers. */
static const struct msr {
    uint32_t number, value;
    uint32_t *variable;
} msrs[] = {
    {0x17, 0, NULL},               /* platform ID */
    {0x1b, APIC_BASE_VALUE, NULL}, /* APIC base, which cannot be moved */
    {0x79, 0, NULL},               /* microcode update */
    {0x8b, 0, NULL},               /* microcode revision */
    {0x174, 0, &cpu.sysenter.cs},
    {0x175, 0, &cpu.sysenter.esp},
    {0x176, 0, &cpu.sysenter.eip},
    {0x1a0, 1, NULL}, /* miscellaneous: fast strings */
    {0x1d9, 0, NULL}, /* debug control */
};

static const struct msr *find_msr(uint32_t number)
{
    for (uint32_t i = 0; i < sizeof msrs / sizeof *msrs; i++)
        if (msrs[i].number == number)
            return &msrs[i];
    return NULL;
}

enum progress emulate_rdmsr(const struct instruction *instruction)
{
    const struct msr *msr = find_msr(cpu_general(ECX));

    if (!check_privileged())
        return PROGRESS_RAISED;
    if (cpu_general(ECX) == MSR_TIME_STAMP)
        return emulate_rdtsc(instruction);
    if (!msr)
        return progress_of(cpu_raise_error(VECTOR_GP, 0));
    cpu_general_set(EAX, msr->variable ? *msr->variable : msr->value);
    cpu_general_set(EDX, 0);
    return PROGRESS_NEXT;
}

/* A write to the time stamp has no effect, because the devices keep the time. */
enum progress emulate_wrmsr(const struct instruction *instruction)
{
    const struct msr *msr = find_msr(cpu_general(ECX));

    (void)instruction;
    if (!check_privileged())
        return PROGRESS_RAISED;
    if (!msr && cpu_general(ECX) != MSR_TIME_STAMP)
        return progress_of(cpu_raise_error(VECTOR_GP, 0));
    if (msr && msr->variable)
        *msr->variable = cpu_general(EAX);
    return PROGRESS_NEXT;
}

/* ---- SYSENTER and SYSEXIT (SDM vol. 2B) ---- */

static struct segment flat_segment(uint32_t selector, uint32_t rights)
{
    return (struct segment){.selector = (uint16_t)selector,
                            .rights = (uint16_t)(rights | (selector & 3) << SEGMENT_DPL_SHIFT),
                            .base = 0,
                            .limit = 0xffffffffu};
}

/* CS and SS become flat without a read of the GDT; the selector of SS is the next one. */
static void set_flat_code_and_stack(uint32_t code_selector, uint32_t eip, uint32_t esp)
{
    struct segment code = flat_segment(code_selector, SEGMENT_FLAT_CODE);

    segment_set_code(&code, code_selector & 3);
    cpu.segment[SEG_SS] = flat_segment(code_selector + 8, SEGMENT_FLAT_DATA);
    cpu_eip_set(eip);
    cpu_general_set(ESP, esp);
}

enum progress emulate_sysenter(const struct instruction *instruction)
{
    uint32_t selector = cpu.sysenter.cs & 0xfffcu;

    (void)instruction;
    if (selector == 0)
        return progress_of(cpu_raise_error(VECTOR_GP, 0));
    cpu.flags_kept &= ~(FLAG_IF | FLAG_RF);
    set_flat_code_and_stack(selector, cpu.sysenter.eip, cpu.sysenter.esp);
    return PROGRESS_JUMPED;
}

/* SYSEXIT keeps DS, ES, FS and GS, while other returns to an outer ring drop inner segments. */
enum progress emulate_sysexit(const struct instruction *instruction)
{
    uint32_t selector = cpu.sysenter.cs & 0xfffcu;
    struct segment segments[SEGMENT_COUNT];

    (void)instruction;
    if (!check_privileged())
        return PROGRESS_RAISED;
    if (selector == 0)
        return progress_of(cpu_raise_error(VECTOR_GP, 0));
    memcpy(segments, cpu.segment, sizeof segments);
    set_flat_code_and_stack((selector + 16) | 3, cpu_general(EDX), cpu_general(ECX));
    cpu.segment[SEG_ES] = segments[SEG_ES];
    cpu.segment[SEG_DS] = segments[SEG_DS];
    cpu.segment[SEG_FS] = segments[SEG_FS];
    cpu.segment[SEG_GS] = segments[SEG_GS];
    return PROGRESS_JUMPED;
}

/* ---- undefined instructions, and those without effect ---- */

enum progress emulate_undefined(const struct instruction *instruction)
{
    (void)instruction;
    return progress_of(cpu_raise(VECTOR_UD));
}

enum progress emulate_nothing(const struct instruction *instruction)
{
    (void)instruction;
    return PROGRESS_NEXT;
}
