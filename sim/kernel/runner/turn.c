#include "runner/turn.h"

#include "runner/devices/devices.h"
#include "runner/frames.h"
#include "runner/stops.h"

#include <errno.h>
#include <linux/futex.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

struct control *control;
jmp_buf turn_resume;

bool turn_create(void)
{
    void *memory = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, CONTROL_FD, 0);

    control = memory == MAP_FAILED ? NULL : memory;
    return control != NULL;
}

/* ---- giving the turn ---- */

static void turn_futex(int operation, uint32_t value)
{
    syscall(SYS_futex, &control->turn, operation, value, NULL, NULL, 0);
}

/* Gives the turn to the parent, and returns when it is the runner's turn again. */
static void turn_give(void)
{
    __atomic_store_n(&control->turn, TURN_PARENT, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&control->parent_sleeps, __ATOMIC_SEQ_CST))
        turn_futex(FUTEX_WAKE, 1);
    for (uint32_t left = control->spin;; left -= left != 0) {
        if (__atomic_load_n(&control->turn, __ATOMIC_ACQUIRE) == TURN_RUNNER)
            return;
        if (left != 0) {
            __builtin_ia32_pause();
            continue;
        }
        __atomic_store_n(&control->runner_sleeps, 1, __ATOMIC_SEQ_CST);
        turn_futex(FUTEX_WAIT, TURN_PARENT);
        __atomic_store_n(&control->runner_sleeps, 0, __ATOMIC_SEQ_CST);
    }
}

_Noreturn void turn_fail(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    control->event = (struct control_event){.kind = EVENT_HOST};
    vsnprintf(control->event.text, sizeof control->event.text, format, arguments);
    va_end(arguments);
    for (;;)
        turn_give();
}

/* ---- registers ---- */

static void registers_save(struct control_registers *to)
{
    for (uint32_t i = 0; i < GENERAL_COUNT; i++)
        to->general[i] = cpu_general(i);
    to->eip = cpu_eip();
    to->eflags = cpu_eflags();
    to->cr0 = cpu.machine.mmu.cr0;
    to->cr2 = cpu.machine.cr2.value;
    to->cr3 = cpu.machine.mmu.cr3;
    to->cr4 = cpu.machine.mmu.cr4;
    memcpy(to->segment, cpu.segment, sizeof to->segment);
    to->ldt = cpu.ldt;
    to->task = cpu.task;
    to->gdt = cpu.gdt;
    to->idt = cpu.idt;
    to->cpl = cpu.cpl;
    to->sysenter = cpu.sysenter;
    to->handled = cpu.handled;
    to->first_handled = cpu.first_handled;
    to->handlers_nested = cpu.handlers_nested;
    to->taken = cpu.taken;
}

static void registers_load(const struct control_registers *from)
{
    bool tables_change = control->tlb_flush || from->cr0 != cpu.machine.mmu.cr0 ||
                         from->cr3 != cpu.machine.mmu.cr3 || from->cr4 != cpu.machine.mmu.cr4;

    cpu.machine.mmu.cr0 = from->cr0;
    cpu.machine.mmu.cr3 = from->cr3;
    cpu.machine.mmu.cr4 = from->cr4;
    cpu.machine.cr2 = vaddr(from->cr2);
    if (tables_change)
        cpu_forget_translations();
    control->tlb_flush = false;
    for (uint32_t i = 0; i < GENERAL_COUNT; i++)
        cpu_general_set(i, from->general[i]);
    cpu_eip_set(from->eip);
    cpu_eflags_set(from->eflags);
    memcpy(cpu.segment, from->segment, sizeof cpu.segment);
    cpu.ldt = from->ldt;
    cpu.task = from->task;
    cpu.gdt = from->gdt;
    cpu.idt = from->idt;
    cpu_set_cpl(from->cpl);
    cpu.sysenter = from->sysenter;
    cpu.handled = from->handled;
    cpu.first_handled = from->first_handled;
    cpu.handlers_nested = from->handlers_nested;
    cpu.taken = from->taken;
    cpu.exception =
        (struct exception){.pending = cpu.taken.kind == TAKEN_DEBUG_TRAP, .vector = VECTOR_DB};
    cpu.inhibited = false;
}

/* ---- events ---- */

static void counters_save(void)
{
    control->counters.fills = cpu.machine.window.fills;
    control->counters.unknown_ports = devices_unknown_accesses();
}

/* Answers a request that does not run the guest. Returns false if there is none. */
static bool request_answered(void)
{
    if (control->request == REQUEST_SAVE)
        devices_save();
    else if (control->request == REQUEST_RESTORE)
        devices_restore();
    else
        return false;
    control->event = (struct control_event){.kind = EVENT_READY};
    return true;
}

static void written_forget(struct control_written *written)
{
    if (written->count > CONTROL_WRITTEN_MAX)
        frames_forget_code();
    else
        for (uint32_t i = 0; i < written->count; i++)
            frames_forget_code_in(written->frame[i]);
    written->count = 0;
}

static void turn_exchange(const struct control_event *event)
{
    registers_save(&control->registers);
    counters_save();
    control->event = *event;
    do
        turn_give();
    while (request_answered());
    written_forget(&control->written);
    registers_load(&control->registers);
}

void cpu_stop(const struct control_event *event)
{
    turn_exchange(event);
    if (control->stops_changed)
        frames_forget_code();
    control->stops_changed = false;
    stops_resume(control->step_over);
    control->step_over = false;
    longjmp(turn_resume, 1);
}

void cpu_stop_text(enum event_kind kind, const char *format, ...)
{
    struct control_event event = {.kind = kind};
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(event.text, sizeof event.text, format, arguments);
    va_end(arguments);
    cpu_stop(&event);
}

/* ---- output ---- */

void runner_output(unsigned char byte)
{
    uint64_t written = control->output_written;

    while (written - __atomic_load_n(&control->output_read, __ATOMIC_ACQUIRE) >=
           CONTROL_OUTPUT_BYTES) {
        control->event = (struct control_event){.kind = EVENT_OUTPUT};
        turn_give();
    }
    control->output[written % CONTROL_OUTPUT_BYTES] = byte;
    __atomic_store_n(&control->output_written, written + 1, __ATOMIC_RELEASE);
}

void runner_exit(uint32_t value)
{
    cpu_stop(&(struct control_event){.kind = EVENT_EXIT, .value = value});
}

void runner_reset(const char *how)
{
    cpu_stop_text(EVENT_RESET, "%s", how);
}
