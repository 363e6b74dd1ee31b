/* Instructions that use flags and IF: cli, sti, pushf, popf, hlt, software interrupts and iret. */
#include "runner/devices/devices.h"
#include "runner/guest_memory.h"
#include "runner/instruction_emulation.h"
#include "runner/instruction_operand.h"
#include "runner/interrupt.h"
#include "runner/timer.h"

bool check_privileged(void)
{
    return cpu.cpl == 0 || cpu_raise_error(VECTOR_GP, 0);
}

bool check_io_privileged(void)
{
    return cpu.cpl <= cpu_iopl() || cpu_raise_error(VECTOR_GP, 0);
}

enum progress emulate_cli(const struct instruction *instruction)
{
    (void)instruction;
    if (!check_io_privileged())
        return PROGRESS_RAISED;
    cpu.flags_kept &= ~FLAG_IF;
    return PROGRESS_NEXT;
}

/* If interrupts were disabled, they stay inhibited until the end of the next instruction. */
enum progress emulate_sti(const struct instruction *instruction)
{
    (void)instruction;
    if (!check_io_privileged())
        return PROGRESS_RAISED;
    if (!(cpu.flags_kept & FLAG_IF))
        cpu.inhibited = true;
    cpu.flags_kept |= FLAG_IF;
    return PROGRESS_NEXT;
}

enum progress emulate_pushf(const struct instruction *instruction)
{
    uint32_t image = cpu_eflags() & ~(FLAG_VM | FLAG_RF);

    return progress_of(guest_push(image, instruction->decoded.operand_width / 8u));
}

/* SDM vol. 2B, POPF: VM does not change, and the 32-bit form clears RF. */
enum progress emulate_popf(const struct instruction *instruction)
{
    uint32_t bytes = instruction->decoded.operand_width / 8u;
    uint32_t changes = FLAGS_STATUS | FLAG_TF | FLAG_DF | FLAG_NT | FLAG_AC | FLAG_ID;
    uint32_t image, before = cpu_eflags();

    if (!guest_pop(&image, bytes))
        return PROGRESS_RAISED;
    if (cpu.cpl <= cpu_iopl())
        changes |= FLAG_IF;
    if (cpu.cpl == 0)
        changes |= FLAG_IOPL;
    if (bytes == 2)
        changes &= 0xffffu;
    else
        before &= ~FLAG_RF;
    cpu_eflags_set((before & ~changes) | (image & changes));
    return PROGRESS_NEXT;
}

enum progress emulate_cld(const struct instruction *instruction)
{
    (void)instruction;
    status_set(FLAG_DF, 0);
    return PROGRESS_NEXT;
}

enum progress emulate_std(const struct instruction *instruction)
{
    (void)instruction;
    status_set(FLAG_DF, FLAG_DF);
    return PROGRESS_NEXT;
}

/* hlt skips the time until the next interrupt. After EVENT_HALT the CPU is still halted: EIP keeps
   naming hlt, unless the parent changes it. */
enum progress emulate_hlt(const struct instruction *instruction)
{
    const struct control_event halt = {.kind = EVENT_HALT};

    (void)instruction;
    if (!check_privileged())
        return PROGRESS_RAISED;
    if (cpu_interrupts_on() && (devices_interrupt_requested() || timer_wakes()))
        return PROGRESS_NEXT;
    uint64_t wait = cpu_interrupts_on() ? devices_time_to_interrupt() : UINT64_MAX;
    if (wait != UINT64_MAX) {
        devices_time_passes(wait);
        return PROGRESS_NEXT;
    }
    cpu_stop(&halt);
    return PROGRESS_JUMPED;
}

/* The result is PROGRESS_RAISED because no single-step trap follows: the delivery clears TF. */
static enum progress software_interrupt(const struct instruction *instruction, uint8_t vector)
{
    uint32_t length = instruction->decoded.length;

    cpu_eip_set(cpu_eip() + length);
    interrupt_deliver(vector, false, 0, INTERRUPT_SOFTWARE, length);
    return PROGRESS_RAISED;
}

enum progress emulate_int(const struct instruction *instruction)
{
    return software_interrupt(instruction, (uint8_t)instruction->operands[0].imm.value.u);
}

enum progress emulate_int3(const struct instruction *instruction)
{
    return software_interrupt(instruction, VECTOR_BP);
}

enum progress emulate_into(const struct instruction *instruction)
{
    if (!((uint32_t)cpu.host[REG_EFL] & FLAG_OF))
        return PROGRESS_NEXT;
    return software_interrupt(instruction, VECTOR_OF);
}

/* INT1 is a trap, and the gate's DPL is not checked (SDM vol. 2A, INT n/INTO/INT3/INT1). */
enum progress emulate_int1(const struct instruction *instruction)
{
    cpu_eip_set(next_eip(instruction));
    interrupt_deliver(VECTOR_DB, false, 0, INTERRUPT_EXCEPTION, 0);
    return PROGRESS_RAISED;
}

enum progress emulate_bound(const struct instruction *instruction)
{
    uint32_t bytes = operand_bytes(&instruction->operands[0]);
    uint32_t linear, index = register_read(instruction->operands[0].reg.value);
    uint32_t bounds[2] = {0, 0};

    if (!operand_linear(instruction, &instruction->operands[1], 2 * bytes, false, &linear) ||
        !guest_read(linear, &bounds[0], bytes) || !guest_read(linear + bytes, &bounds[1], bytes))
        return PROGRESS_RAISED;
    bool inside =
        bytes == 2 ? (int16_t)index >= (int16_t)bounds[0] && (int16_t)index <= (int16_t)bounds[1]
                   : (int32_t)index >= (int32_t)bounds[0] && (int32_t)index <= (int32_t)bounds[1];
    return progress_of(inside || cpu_raise(VECTOR_BR));
}

enum progress emulate_iret(const struct instruction *instruction)
{
    return progress_of_outcome(interrupt_return(instruction->decoded.operand_width / 8u));
}
