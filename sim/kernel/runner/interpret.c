#include "runner/interpret.h"

#include "runner/devices/devices.h"
#include "runner/frames.h"
#include "runner/guest_memory.h"
#include "runner/instruction_quick.h"
#include "runner/interrupt.h"
#include "runner/stops.h"
#include "runner/timer.h"
#include "runner/trap.h"
#include "runner/turn.h"

#include <signal.h>
#include <string.h>

/* A guest that waits for a timer without trapping gets an interrupt after this many instructions.
 */
#define INSTRUCTIONS_A_TICK 1000000u

#define INSTRUCTION_MAX 15u

/* A cache of decoded instructions by physical address. A slot is valid while its bytes are equal to
   those in memory. Data that every execution needs is in slots, the rest in instructions. */
#define SLOTS (1u << 13)

struct slot {
    uint64_t bytes[2]; /* padded with 0 */
    uint32_t pa;
    uint8_t length; /* 0: empty */
    bool traps;     /* it would trap natively, so it advances the guest's time */
    bool fpu;
    struct quick quick;
};

static struct slot slots[SLOTS + 1]; /* the last one is for instructions that may cross a page */
static struct instruction instructions[SLOTS + 1];
static greg_t registers[NGREG];
static volatile sig_atomic_t interrupt_wanted;
static uint32_t untimed; /* instructions since the last tick */

/* ---- fetching ---- */

static bool decode(uint32_t number, uint32_t pa, const unsigned char *bytes, uint32_t count)
{
    struct slot *slot = &slots[number];
    struct instruction *instruction = &instructions[number];

    slot->length = 0;
    if (!instruction_decode(bytes, count, instruction))
        return false;
    memset(slot->bytes, 0, sizeof slot->bytes);
    memcpy(slot->bytes, bytes, instruction->decoded.length);
    slot->pa = pa;
    slot->length = instruction->decoded.length;
    slot->traps = instruction_is_refused(instruction);
    slot->fpu = instruction_uses_fpu(instruction);
    quick_make(instruction, &slot->quick);
    return true;
}

/* Tells if the slot's bytes are equal to those in memory. Reads 16 bytes. */
static bool is_unchanged(const struct slot *slot, const unsigned char *bytes)
{
    uint32_t first = slot->length < 8 ? slot->length : 8, second = slot->length - first;
    uint64_t now[2];

    memcpy(now, bytes, sizeof now);
    uint64_t differ = (now[0] ^ slot->bytes[0]) << (64 - 8 * first);
    if (second != 0)
        differ |= (now[1] ^ slot->bytes[1]) << (64 - 8 * second);
    return differ == 0;
}

/* Fetches an instruction near the end of a page, of which `here` bytes are left. The next page may
   be absent unless the instruction extends into it, so it is read only then. Returns NULL if an
   exception was raised. */
static struct slot *fetch_across(uint32_t va, uint32_t here)
{
    unsigned char bytes[INSTRUCTION_MAX];
    uint32_t pa;

    if (!guest_read(va, bytes, here))
        return NULL;
    bool decoded = decode(SLOTS, UINT32_MAX, bytes, here);
    if (!decoded && instruction_is_cut_off(bytes, here)) {
        if (!guest_translate_code(va + here, &pa) ||
            !guest_read(va + here, bytes + here, INSTRUCTION_MAX - here))
            return NULL;
        decoded = decode(SLOTS, UINT32_MAX, bytes, INSTRUCTION_MAX);
    }
    if (decoded)
        return &slots[SLOTS];
    cpu_raise(VECTOR_UD);
    return NULL;
}

/* Fetches the instruction at EIP. Returns NULL if an exception was raised. */
static struct slot *fetch(void)
{
    uint32_t va = cpu.segment[SEG_CS].base + cpu_eip();
    uint32_t left = PAGE_SIZE - (va & PAGE_OFFSET_MASK);
    const unsigned char *bytes = guest_at_hand(va, INSTRUCTION_MAX, cpu_access(false));
    uint32_t pa;

    if (cpu_eip() > cpu.segment[SEG_CS].limit) {
        cpu_raise_error(VECTOR_GP, 0);
        return NULL;
    }
    if (bytes)
        pa = (uint32_t)(bytes - (unsigned char *)cpu.machine.arena.memory);
    else if (left < INSTRUCTION_MAX)
        return fetch_across(va, left);
    else if (!guest_translate_code(va, &pa))
        return NULL;
    else
        bytes = arena_pointer(&cpu.machine.arena, paddr(pa));
    uint32_t number = (pa ^ pa >> 13) % SLOTS;
    struct slot *slot = &slots[number];
    if (slot->pa == pa && slot->length != 0 && is_unchanged(slot, bytes))
        return slot;
    if (decode(number, pa, bytes, INSTRUCTION_MAX))
        return slot;
    cpu_raise(VECTOR_UD);
    return NULL;
}

/* ---- executing ---- */

static void execute(const struct slot *slot)
{
    const struct instruction *instruction = &instructions[slot - slots];

    if (slot->traps || (slot->fpu && cpu_fpu_is_off()))
        trap_count();
    if (trap_emulate(instruction) == OUTCOME_UNKNOWN)
        cpu_stop_text(EVENT_UNSUPPORTED, "%s is not emulated, and the host cannot execute it",
                      ZydisMnemonicGetString(instruction->decoded.mnemonic));
}

/* Ends the inhibition after the one instruction that follows sti or a load of SS. */
static bool interrupts_may_come(void)
{
    bool inhibited = cpu.inhibited;

    cpu.inhibited = false;
    return !inhibited;
}

static void interpret_one(void)
{
    struct slot *slot;

    if (cpu_eip() == CONTROL_RETURN_ADDRESS)
        cpu_stop(&(struct control_event){.kind = EVENT_RETURNED});
    if (control->stop_count != 0 && stops_has(cpu_eip())) {
        trap_count();
        if (stops_arrive())
            return;
    }
    bool was_inhibited = cpu.inhibited;
    slot = fetch();
    /* After a quick instruction nothing new can be pending, so the checks below are not needed. */
    if (slot && !was_inhibited && !(cpu.host[REG_EFL] & FLAG_TF) && quick_execute(&slot->quick))
        return;
    if (slot)
        execute(slot);
    if (cpu.exception.pending)
        trap_exception_deliver();
    if (was_inhibited)
        interrupts_may_come();
    if (cpu.inhibited)
        timer_is_due(); /* sti may make an interrupt due: struct control_timer, on_sti */
    else
        trap_interrupts_deliver();
}

static void tick(void)
{
    uint64_t until = devices_time_to_interrupt();

    untimed = 0;
    devices_time_passes(until == UINT64_MAX ? INSTRUCTIONS_A_TICK : until);
    if (!cpu.inhibited)
        trap_interrupts_deliver();
}

/* ---- the loop ---- */

static void on_signal(int number)
{
    interrupt_wanted |= number == CONTROL_SIGNAL_STOP;
}

void interpret_install(void)
{
    struct sigaction action = {.sa_handler = on_signal};

    sigaction(CONTROL_SIGNAL_STOP, &action, NULL);
    sigaction(CONTROL_SIGNAL_TICK, &action, NULL);
}

static void interrupt_answer(void)
{
    interrupt_wanted = 0;
    if (__atomic_exchange_n(&control->interrupt_wanted, 0, __ATOMIC_ACQ_REL))
        cpu_stop(&(struct control_event){.kind = EVENT_INTERRUPTED});
}

void interpret_mixed(void)
{
    while (frames_is_mixed_at(cpu.segment[SEG_CS].base + cpu_eip())) {
        cpu.interpreting = true;
        interpret_one();
        cpu.interpreting = false;
        if (__atomic_load_n(&control->interrupt_wanted, __ATOMIC_RELAXED))
            interrupt_answer();
        if (++untimed >= INSTRUCTIONS_A_TICK)
            tick();
    }
}

_Noreturn void interpret(void)
{
    static _Alignas(64) struct _libc_fpstate fpu = {.cwd = 0x37f, .ftw = 0, .mxcsr = 0x1f80};
    static bool begun;

    cpu.host = registers;
    trap_set_fpu(&fpu);
    setjmp(turn_resume);
    if (!begun) {
        begun = true;
        cpu_stop(&(struct control_event){.kind = EVENT_READY});
    }
    if (cpu.exception.pending)
        trap_exception_deliver();
    if (cpu.taken.kind == TAKEN_INTERRUPT)
        trap_interrupts_deliver();
    for (;;) {
        interpret_one();
        if (interrupt_wanted)
            interrupt_answer();
        if (++untimed >= INSTRUCTIONS_A_TICK)
            tick();
    }
}
