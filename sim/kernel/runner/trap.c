#include "runner/trap.h"

#include "runner/devices/devices.h"
#include "runner/frames.h"
#include "runner/guest_memory.h"
#include "runner/interpret.h"
#include "runner/interrupt.h"
#include "runner/segment.h"
#include "runner/step.h"
#include "runner/stops.h"
#include "runner/timer.h"
#include "runner/turn.h"

#include <linux/audit.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>

#define NANOSECONDS_A_TRAP 1000u

/* A bit of the host's page-fault error code (Intel SDM vol. 3A, 4.7). */
#define FAULT_FETCH 0x10u

uint16_t entry_selectors[4];
uint64_t entry_host_fs;

static struct _libc_fpstate *frame_fpu;
static bool guest_lives;

struct _libc_fpstate *cpu_fpu(void)
{
    return frame_fpu;
}

void trap_set_fpu(struct _libc_fpstate *fpu)
{
    frame_fpu = fpu;
}

/* ---- an instruction that does not run natively ---- */

/* Returns the linear address of the instruction at EIP. */
static uint32_t linear_eip(void)
{
    return cpu.segment[SEG_CS].base + cpu_eip();
}

/* Fetches the instruction at EIP. Returns false if it raised #UD, or the page fault of the bytes
   that are not mapped. */
static bool fetch_and_decode(struct instruction *instruction)
{
    unsigned char bytes[15];
    uint32_t count = guest_fetch(cpu_eip(), bytes);
    uint32_t pa;

    if (instruction_decode(bytes, count, instruction))
        return true;
    if (!instruction_is_cut_off(bytes, count) || guest_translate_code(linear_eip() + count, &pa))
        cpu_raise(VECTOR_UD);
    return false;
}

enum outcome trap_emulate(const struct instruction *instruction)
{
    bool traced = cpu_eflags() & FLAG_TF;

    if (cpu_fpu_is_off() && instruction_uses_fpu(instruction) && !fpu_check(instruction))
        return OUTCOME_RAISED;
    enum outcome outcome = instruction_emulate(instruction);
    if (outcome == OUTCOME_DONE && traced && !instruction_delays_traps(instruction))
        cpu_raise_single_step();
    return outcome;
}

/* Executes an instruction that traps or that HLT replaces in the copy: by emulation, or by a single
   step of the original. */
static void execute_original(const struct instruction *instruction)
{
    if (trap_emulate(instruction) == OUTCOME_UNKNOWN)
        step_original();
}

/* Handles the host's #GP. Its cause is an instruction to emulate, a stop, or a fault of the guest.
 */
static void general_protection(uint8_t vector)
{
    struct instruction instruction;
    uint32_t eip = cpu_eip();

    if (stops_has(eip) && stops_arrive())
        return;
    if (!fetch_and_decode(&instruction))
        return;
    uint32_t va = linear_eip();
    struct window_entry *entry = window_entries_find(&cpu.machine.window.entries, vaddr(va));
    struct code_frame *code =
        entry ? frames_code((entry->pa.value + (va - entry->va.value)) >> PAGE_SHIFT) : NULL;
    uint32_t offset = va & PAGE_OFFSET_MASK;
    bool replaced = code && (bit_get(code->replaced, offset) ||
                             (bit_get(code->fpu, offset) && cpu_fpu_is_off()));

    frames_arrive(va);
    if (replaced || instruction_is_refused(&instruction))
        execute_original(&instruction);
    else if (cpu.user_is_limited)
        cpu_hide_supervisor(); /* the access is repeated without the segment limit */
    else
        cpu_raise_error(vector, 0);
}

/* ---- page faults ---- */

/* Handles an access to device memory, or to an address that the host cannot map. */
static void access_unmappable(uint32_t va, bool fetch)
{
    struct instruction instruction;

    if (fetch && va == CONTROL_RETURN_ADDRESS)
        cpu_stop(&(struct control_event){.kind = EVENT_RETURNED});
    if (fetch)
        cpu_stop_text(EVENT_UNSUPPORTED, "the kernel executes device memory at 0x%08x", va);
    if (!fetch_and_decode(&instruction))
        return;
    if (trap_emulate(&instruction) == OUTCOME_UNKNOWN)
        cpu_stop_text(EVENT_UNSUPPORTED, "%s accesses device memory at 0x%08x",
                      ZydisMnemonicGetString(instruction.decoded.mnemonic), va);
}

/* Handles a native store to a code frame or a watched table. */
static void store_special(uint32_t va, uint32_t frame)
{
    struct instruction instruction;

    if (frames_code(frame) && !frames_is_table(frame)) {
        frames_become_data(frame, linear_eip());
        return;
    }
    if (!fetch_and_decode(&instruction))
        return;
    if (trap_emulate(&instruction) == OUTCOME_UNKNOWN)
        step_store(va);
}

/* Handles an access that the host refused, although the TLB entry allows it. */
static void entry_refused(struct window_entry *entry, uint32_t va, uint32_t access, bool fetch)
{
    uint32_t frame = (entry->pa.value + (va - entry->va.value)) >> PAGE_SHIFT;

    if (!(entry->shown & ACCESS_BIT(access)))
        window_show(&cpu.machine.window, entry);
    else if (!physical_is_memory(frame << PAGE_SHIFT))
        access_unmappable(va, fetch);
    else if (fetch)
        frames_execute(frame, va, linear_eip());
    else if ((access & MMU_WRITE) && frames_is_special(frame))
        store_special(va, frame);
    else
        frames_show_page(entry, va, false);
}

static void page_fault(uint32_t va, uint32_t host_error)
{
    bool fetch = host_error & FAULT_FETCH;
    uint32_t access = cpu_access(host_error & FAULT_WRITE);
    struct machine *machine = &cpu.machine;
    struct window_entry *entry;
    struct mmu_walk walk;

    if (!window_reaches(&machine->window, vaddr(va))) {
        access_unmappable(va, fetch);
        return;
    }
    if (machine->oracle && oracle_window_trap(machine, vaddr(va), access))
        return;
    entry = window_entries_find(&machine->window.entries, vaddr(va));
    if (entry && (entry->allows & ACCESS_BIT(access))) {
        entry_refused(entry, va, access, fetch);
        return;
    }
    if (machine->oracle)
        oracle_walk(machine, vaddr(va), access, true);
    if (!mmu_walk(&machine->mmu, vaddr(va), access, &walk)) {
        cpu_raise_page_fault(va, walk.error_code);
        return;
    }
    if (!physical_is_memory(walk.pa.value) && walk.page_bytes == PAGE_SIZE) {
        access_unmappable(va, fetch);
        return;
    }
    window_fill(&machine->window, vaddr(va), &walk);
    if (machine->oracle)
        frames_walked(&walk);
    if (fetch && physical_is_memory(walk.pa.value))
        frames_execute(walk.pa.value >> PAGE_SHIFT, va, linear_eip());
}

/* ---- signals ---- */

/* The host's trap numbers (REG_TRAPNO) are the processor's vectors. */
static void on_segv(void)
{
    uint64_t address = (uint64_t)cpu.host[REG_CR2];

    switch (cpu.host[REG_TRAPNO]) {
    case VECTOR_PF:
        if (address >> 32 != 0)
            cpu_stop_text(EVENT_ESCAPED, "an access to the host's address 0x%llx",
                          (unsigned long long)address);
        page_fault((uint32_t)address - RUNNER_BASE, (uint32_t)cpu.host[REG_ERR]);
        break;
    case VECTOR_OF:
        interrupt_deliver(VECTOR_OF, false, 0, INTERRUPT_SOFTWARE, 1);
        break;
    case VECTOR_BR:
        cpu_raise(VECTOR_BR);
        break;
    default:
        general_protection(VECTOR_GP);
    }
}

static void on_bus_error(void)
{
    if (cpu.host[REG_TRAPNO] == VECTOR_SS)
        general_protection(VECTOR_SS);
    else if (cpu.host[REG_TRAPNO] == VECTOR_NP)
        general_protection(VECTOR_GP);
    else if (cpu.host[REG_TRAPNO] == VECTOR_AC)
        return; /* the guest had set AC; it is cleared now, and the access is repeated */
    else
        turn_fail("the host has no memory left for the simulated machine's");
}

static void on_trap_signal(void)
{
    if (cpu.host[REG_TRAPNO] == VECTOR_BP) {
        interrupt_deliver(VECTOR_BP, false, 0, INTERRUPT_SOFTWARE, 1);
    } else if (step_active()) {
        bool own = step_guest_trap_flag() != 0;
        step_end();
        if (own)
            cpu_raise_single_step();
    } else {
        cpu_raise_single_step();
    }
}

/* Handles a system call that the sandbox refused. An int 0x80 that was not replaced is an interrupt
   of the guest. */
static void on_system_call(const siginfo_t *info)
{
    if (info->si_arch != AUDIT_ARCH_I386)
        cpu_stop_text(EVENT_ESCAPED, "a system call of the host, number %d", info->si_syscall);
    interrupt_deliver(0x80, false, 0, INTERRUPT_SOFTWARE, 2);
}

/* Advances the time for a guest that waits for an interrupt without trapping. */
static void on_tick(void)
{
    uint64_t until = devices_time_to_interrupt();

    devices_time_passes(until == UINT64_MAX ? 1000000u : until);
}

static void on_interrupt_wanted(void)
{
    if (__atomic_exchange_n(&control->interrupt_wanted, 0, __ATOMIC_ACQ_REL))
        cpu_stop(&(struct control_event){.kind = EVENT_INTERRUPTED});
}

static void dispatch(int number, const siginfo_t *info)
{
    switch (number) {
    case SIGSEGV:
        on_segv();
        break;
    case SIGBUS:
        on_bus_error();
        break;
    case SIGTRAP:
        on_trap_signal();
        break;
    case SIGFPE:
        cpu_raise((uint8_t)cpu.host[REG_TRAPNO]);
        break;
    case SIGILL:
        cpu_raise(VECTOR_UD);
        break;
    case SIGSYS:
        on_system_call(info);
        break;
    case SIGUSR2:
        on_tick();
        break;
    default:
        on_interrupt_wanted();
    }
}

/* ---- the end of a trap ---- */

void trap_count(void)
{
    control->counters.traps++;
    devices_time_passes(NANOSECONDS_A_TRAP);
}

void trap_exception_deliver(void)
{
    struct exception exception = cpu.exception;

    if (step_active())
        step_end();
    cpu.exception.pending = false;
    interrupt_deliver(exception.vector, exception.has_error, exception.error, INTERRUPT_EXCEPTION,
                      0);
}

void trap_interrupts_deliver(void)
{
    bool timer = timer_is_due(), taken = cpu.taken.kind == TAKEN_INTERRUPT;

    if (!cpu_interrupts_on() || step_active() || !(timer || devices_interrupt_requested() || taken))
        return;
    if (cpu.inhibited) {
        cpu.inhibited = false;
        step_one();
        return;
    }
    interrupt_deliver_external(taken   ? (uint8_t)cpu.taken.vector
                               : timer ? timer_take()
                                       : devices_interrupt_take());
}

/* CS and SS are restored from the signal's frame; trap_entry() loads the others. */
static void segments_restore(void)
{
    uint64_t cs = segment_host_selector(SEG_CS);
    uint64_t ss = segment_host_selector(SEG_SS);

    cpu.host[REG_CSGSFS] =
        (greg_t)(((uint64_t)cpu.host[REG_CSGSFS] & 0x0000ffffffff0000u) | cs | ss << 48);
    entry_selectors[0] = segment_host_selector(SEG_ES);
    entry_selectors[1] = segment_host_selector(SEG_DS);
    entry_selectors[2] = segment_host_selector(SEG_FS);
    entry_selectors[3] = segment_host_selector(SEG_GS);
}

/* Stops with EVENT_ESCAPED if the signal did not interrupt code in the host's LDT: either the
   runner has failed, or the guest has escaped. */
static void frame_check(int number)
{
    uint16_t cs = (uint16_t)cpu.host[REG_CSGSFS];

    if (cs & 4u)
        return;
    cpu_stop_text(EVENT_ESCAPED, "signal %d in the host's code segment 0x%x at 0x%llx", number, cs,
                  (unsigned long long)cpu.host[REG_RIP]);
}

/* Takes NT and AC from the host's register, where a popf that was not replaced may have set them.
 */
static void flags_take(void)
{
    uint32_t native = (uint32_t)cpu.host[REG_EFL] & (FLAG_NT | FLAG_AC);

    cpu.flags_kept |= native;
    cpu.host[REG_EFL] &= ~(greg_t)(FLAG_NT | FLAG_AC);
}

/* Prepares native execution. An interrupt may lead into a mixed frame, and interpreted instructions
   may enable an interrupt, so both repeat. */
static void resume_guest(void)
{
    do {
        if (step_active() && frames_is_mixed_at(linear_eip()))
            step_end();
        interpret_mixed();
        trap_interrupts_deliver();
    } while (frames_is_mixed_at(linear_eip()));
    frames_arrive(linear_eip());
}

void trap(int number, siginfo_t *info, void *context)
{
    ucontext_t *frame = context;

    cpu.host = frame->uc_mcontext.gregs;
    frame_fpu = frame->uc_mcontext.fpregs;
    trap_count();
    if (setjmp(turn_resume) == 0) {
        if (!guest_lives) {
            guest_lives = true;
            cpu_stop(&(struct control_event){.kind = EVENT_READY});
        }
        frame_check(number);
        flags_take();
        dispatch(number, info);
    } else if (step_active()) {
        step_end();
    }
    cpu.interpreting = false;
    if (cpu.exception.pending)
        trap_exception_deliver();
    resume_guest();
    segments_restore();
}

void trap_install(void)
{
    static const int numbers[] = {SIGSEGV, SIGBUS, SIGTRAP, SIGFPE,
                                  SIGILL,  SIGSYS, SIGUSR1, SIGUSR2};
    struct sigaction action = {.sa_sigaction = trap_entry, .sa_flags = SA_SIGINFO | SA_ONSTACK};

    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        sigaddset(&action.sa_mask, numbers[i]);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        sigaction(numbers[i], &action, NULL);
}
