#include "runner/interrupt.h"

#include "runner/guest_memory.h"
#include "runner/segment_rules.h"
#include "runner/stack_frame.h"

/* Bits of an error code with a selector (6.13). */
#define ERROR_EXTERNAL 0x1u /* the cause is a device or an earlier exception */
#define ERROR_IDT      0x2u /* the selector is an index of the IDT */

/* An interrupt or exception to deliver. */
struct event {
    enum interrupt_origin origin;
    uint8_t vector;
    bool has_error;
    uint32_t error;
    uint32_t eip; /* the return address; a software interrupt's is the next instruction */
};

struct gate {
    uint16_t selector;
    bool is_trap;
    uint32_t offset;
};

/* The result of deliver_once() and its steps. */
enum delivery { DELIVERED, FAULTED, STOPPED };

/* ---- the gate ---- */

static enum delivery stop_at_gate(const struct event *event, const char *what)
{
    cpu_stop_text(EVENT_UNSUPPORTED, "The runner does not emulate %s (vector %u, EIP 0x%08x)", what,
                  (unsigned int)event->vector, cpu_eip());
    return STOPPED;
}

/* take_exception() adds ERROR_EXTERNAL to this error code and to those of all other checks. */
static enum delivery fault_of_gate(const struct event *event, uint8_t vector)
{
    cpu_raise_error(vector, event->vector * DESCRIPTOR_BYTES | ERROR_IDT);
    return FAULTED;
}

static bool is_gate(uint32_t type)
{
    return type == SYSTEM_INTERRUPT_GATE || type == SYSTEM_TRAP_GATE || type == SYSTEM_TASK_GATE ||
           type == SYSTEM_INTERRUPT_GATE_16 || type == SYSTEM_TRAP_GATE_16;
}

/*
 *       31                   16 15 14 13 12  11   8 7        0
 *      +-----------------------+--+-----+---+------+----------+
 * [1]  | offset 31-16          |P | DPL | 0 | type |          |
 *      +-----------------------+--+-----+---+------+----------+
 * [0]  | selector              | offset 15-0                  |
 *      +-----------------------+------------------------------+
 */
static enum delivery read_gate(const struct event *event, struct gate *gate)
{
    uint32_t offset = event->vector * DESCRIPTOR_BYTES;
    uint32_t entry[2], type;

    if (offset + (DESCRIPTOR_BYTES - 1) > cpu.idt.limit)
        return fault_of_gate(event, VECTOR_GP);
    if (!guest_system_read(cpu.idt.base + offset, entry, DESCRIPTOR_BYTES))
        return FAULTED;
    type = entry[1] >> 8 & SYSTEM_TYPE_MASK;
    if (!is_gate(type) || (event->origin == INTERRUPT_SOFTWARE && (entry[1] >> 13 & 3u) < cpu.cpl))
        return fault_of_gate(event, VECTOR_GP);
    if (!(entry[1] >> 8 & SEGMENT_PRESENT))
        return fault_of_gate(event, VECTOR_NP);
    if (type == SYSTEM_TASK_GATE)
        return stop_at_gate(event, "an interrupt through a task gate");
    if (type == SYSTEM_INTERRUPT_GATE_16 || type == SYSTEM_TRAP_GATE_16)
        return stop_at_gate(event, "an interrupt through a 16-bit gate");
    gate->selector = (uint16_t)(entry[0] >> 16);
    gate->is_trap = type == SYSTEM_TRAP_GATE;
    gate->offset = (entry[1] & 0xffff0000u) | (entry[0] & 0xffffu);
    return DELIVERED;
}

static bool check_code(uint16_t selector, struct segment *code)
{
    if (selector_is_null(selector))
        return cpu_raise_error(VECTOR_GP, 0);
    if (!segment_fetch(selector, VECTOR_GP, code))
        return false;
    if (!segment_is_code(code) || segment_dpl(code) > cpu.cpl)
        return selector_raise(VECTOR_GP, selector);
    if (!(code->rights & SEGMENT_PRESENT))
        return selector_raise(VECTOR_NP, selector);
    return segment_mark_accessed(code);
}

static enum delivery read_code(const struct event *event, uint16_t selector, struct segment *code)
{
    if (!check_code(selector, code))
        return FAULTED;
    if (!(code->rights & SEGMENT_BIG))
        return stop_at_gate(event, "an interrupt handler in a 16-bit code segment");
    return DELIVERED;
}

/* ---- the stack ---- */

#define TASK_STACK_BYTES 6u /* ESP and SS; above SS are two reserved bytes */

/* Reads the stack of an inner ring from the TSS (7.2.1). */
static enum delivery read_task_stack(const struct event *event, uint32_t ring, struct stack *stack)
{
    uint32_t offset = 4 + 8 * ring;
    uint32_t type = cpu.task.rights & SYSTEM_TYPE_MASK;
    unsigned char bytes[TASK_STACK_BYTES];
    uint16_t selector;

    if (type == SYSTEM_TASK_16 || type == SYSTEM_TASK_16_BUSY)
        return stop_at_gate(event, "a change of stacks by a 16-bit TSS");
    if (!cpu.task.rights || offset + (TASK_STACK_BYTES - 1) > cpu.task.limit) {
        selector_raise(VECTOR_TS, cpu.task.selector);
        return FAULTED;
    }
    if (!guest_system_read(cpu.task.base + offset, bytes, sizeof bytes))
        return FAULTED;
    memcpy(&stack->esp, bytes, sizeof stack->esp);
    memcpy(&selector, bytes + 4, sizeof selector);
    stack->ring = ring;
    return segment_check_stack(selector, ring, VECTOR_TS, &stack->segment) ? DELIVERED : FAULTED;
}

/* Chooses the stack for the handler's frame: the current one, or the one of the handler's inner
   ring. */
static enum delivery choose_stack(const struct event *event, const struct segment *code,
                                  struct stack *stack)
{
    uint32_t ring = segment_is_conforming(code) ? cpu.cpl : segment_dpl(code);

    if (ring != cpu.cpl)
        return read_task_stack(event, ring, stack);
    *stack = (struct stack){cpu.segment[SEG_SS], cpu_general(ESP), ring};
    return DELIVERED;
}

/* ---- the frame ---- */

/* A fault pushes RF set, so that a breakpoint does not stop the same instruction again (17.3.1.1).
 */
static bool is_fault(const struct event *event)
{
    return event->origin == INTERRUPT_EXCEPTION && event->vector != VECTOR_DB &&
           event->vector != VECTOR_BP && event->vector != VECTOR_OF;
}

#define FRAME_WORDS_MAX 6u

/*
 * Makes the frame in the order of memory, from the new ESP upwards:
 *
 *      [error code]  EIP  CS  EFLAGS  [ESP  SS]
 *      if there is one                if the ring changes
 */
static uint32_t make_frame(const struct event *event, bool changes_ring,
                           uint32_t frame[FRAME_WORDS_MAX])
{
    uint32_t flags = (cpu_eflags() & ~FLAG_RF) | (is_fault(event) ? FLAG_RF : 0);
    uint32_t words = 0;

    if (event->has_error)
        frame[words++] = event->error;
    frame[words++] = event->eip;
    frame[words++] = cpu.segment[SEG_CS].selector;
    frame[words++] = flags;
    if (changes_ring) {
        frame[words++] = cpu_general(ESP);
        frame[words++] = cpu.segment[SEG_SS].selector;
    }
    return words * (uint32_t)sizeof *frame;
}

/* Pushes the frame and returns its size, or 0 if an exception was raised. */
static uint32_t push_frame(const struct event *event, const struct gate *gate,
                           const struct segment *code, const struct stack *stack)
{
    uint32_t frame[FRAME_WORDS_MAX];
    bool changes_ring = stack->ring != cpu.cpl;
    uint32_t bytes = make_frame(event, changes_ring, frame);

    if (!stack_has_room(stack, bytes, sizeof *frame)) {
        selector_raise(VECTOR_SS, changes_ring ? stack->segment.selector : 0);
        return 0;
    }
    if (gate->offset > code->limit) {
        cpu_raise_error(VECTOR_GP, 0);
        return 0;
    }
    return stack_write(stack, frame, bytes, sizeof *frame) ? bytes : 0;
}

static void enter_handler(const struct gate *gate, const struct segment *code,
                          const struct stack *stack, uint32_t frame_bytes)
{
    uint32_t cleared = FLAG_TF | FLAG_NT | FLAG_RF | FLAG_VM | (gate->is_trap ? 0 : FLAG_IF);

    cpu.segment[SEG_SS] = stack->segment;
    stack_set_pointer(&stack->segment, stack->esp - frame_bytes);
    segment_set_code(code, stack->ring);
    cpu_eip_set(gate->offset);
    cpu_eflags_set(cpu_eflags() & ~cleared);
    cpu.inhibited = false;
}

static enum delivery deliver_once(const struct event *event)
{
    struct gate gate = {0};
    struct segment code;
    struct stack stack;
    enum delivery end = read_gate(event, &gate);
    uint32_t frame_bytes;

    if (end == DELIVERED)
        end = read_code(event, gate.selector, &code);
    if (end == DELIVERED)
        end = choose_stack(event, &code, &stack);
    if (end != DELIVERED)
        return end;
    frame_bytes = push_frame(event, &gate, &code, &stack);
    if (!frame_bytes)
        return FAULTED;
    enter_handler(&gate, &code, &stack, frame_bytes);
    return DELIVERED;
}

/* ---- faults of a delivery ---- */

/* The classes of exceptions (table 6-4). */
enum severity { BENIGN, CONTRIBUTORY, PAGE_FAULT, DOUBLE_FAULT };

static enum severity severity_of(uint8_t vector)
{
    switch (vector) {
    case VECTOR_DE:
    case VECTOR_TS:
    case VECTOR_NP:
    case VECTOR_SS:
    case VECTOR_GP:
        return CONTRIBUTORY;
    case VECTOR_PF:
        return PAGE_FAULT;
    case VECTOR_DF:
        return DOUBLE_FAULT;
    default:
        return BENIGN;
    }
}

/* Tells if a second exception, contributory or a page fault, becomes a double fault (table 6-5). A
   page fault after a contributory exception stays a page fault. */
static bool makes_double_fault(enum severity first, enum severity second)
{
    return first == PAGE_FAULT || (first == CONTRIBUTORY && second == CONTRIBUTORY);
}

/* Returns the exception that the failed delivery of `event` raised, to deliver it next. */
static struct event take_exception(const struct event *event)
{
    struct event next = {
        .origin = INTERRUPT_EXCEPTION,
        .vector = cpu.exception.vector,
        .has_error = cpu.exception.has_error,
        .error = cpu.exception.error,
        .eip = cpu_eip(),
    };

    if (event->origin != INTERRUPT_SOFTWARE && next.vector != VECTOR_PF)
        next.error |= ERROR_EXTERNAL;
    cpu.exception.pending = false;
    return next;
}

static void stop_with(enum event_kind kind, const struct event *event)
{
    struct control_event report = {
        .kind = kind,
        .vector = event->vector,
        .error_code = event->has_error ? event->error : 0,
        .fault_address = cpu.machine.cr2.value,
    };

    cpu_stop(&report);
}

/* Records the interrupted state for reports, until the handler returns. */
static void note_handled(const struct event *event, const uint32_t general[GENERAL_COUNT])
{
    uint32_t error_bytes = event->has_error ? 4 : 0;
    uint32_t frame = cpu_general(ESP) + error_bytes;
    bool nested = cpu.handled.in_progress && frame < cpu.handled.frame;

    cpu.handled = (struct control_exception){
        .in_progress = 1,
        .vector = event->vector,
        .error_code = event->has_error ? event->error : 0,
        .fault_address = cpu.machine.cr2.value,
        .eip = event->eip,
        .frame = frame,
    };
    memcpy(cpu.handled.general, general, sizeof cpu.handled.general);
    cpu.handlers_nested = nested ? cpu.handlers_nested + 1u : 1u;
    if (!nested)
        cpu.first_handled = cpu.handled;
}

/* Delivers an exception, or the exception, double fault or triple fault that its delivery causes.
 */
static void deliver_exception(const struct event *first)
{
    vaddr_t cr2 = cpu.machine.cr2;
    struct event current = *first;
    uint32_t general[GENERAL_COUNT];
    enum severity severity = severity_of(first->vector);

    for (uint32_t i = 0; i < GENERAL_COUNT; i++)
        general[i] = cpu_general(i);
    while (deliver_once(&current) == FAULTED) {
        current = take_exception(&current);
        if (severity == DOUBLE_FAULT) {
            cpu.machine.cr2 = cr2;
            stop_with(EVENT_TRIPLE_FAULT, first);
            return;
        }
        if (makes_double_fault(severity, severity_of(current.vector)))
            current = (struct event){INTERRUPT_EXCEPTION, VECTOR_DF, true, 0, cpu_eip()};
        severity = severity_of(current.vector);
    }
    note_handled(&current, general);
}

/* EIP is already that of the next instruction, so no instruction is repeated if a stop ends the
   delivery. */
static void deliver_debug_trap(const struct event *event)
{
    cpu.taken.kind = TAKEN_DEBUG_TRAP;
    deliver_exception(event);
    cpu.taken.kind = TAKEN_NOTHING;
}

void interrupt_deliver(uint8_t vector, bool has_error, uint32_t error, enum interrupt_origin origin,
                       uint32_t length)
{
    struct event event = {origin, vector, has_error, error, cpu_eip()};

    cpu.exception.pending = false;
    /* A fault of the delivery returns to the instruction that caused the interrupt. */
    if (origin == INTERRUPT_SOFTWARE)
        cpu_eip_set(event.eip - length);
    if (cpu.idt.limit == 0) {
        stop_with(EVENT_FAULT, &event);
    } else if (origin == INTERRUPT_EXCEPTION && vector == VECTOR_DB) {
        deliver_debug_trap(&event);
    } else if (origin == INTERRUPT_EXCEPTION) {
        deliver_exception(&event);
    } else if (deliver_once(&event) == FAULTED) {
        event = take_exception(&event);
        deliver_exception(&event);
    }
}

void interrupt_deliver_external(uint8_t vector)
{
    cpu.taken = (struct control_taken){TAKEN_INTERRUPT, vector};
    interrupt_deliver(vector, false, 0, INTERRUPT_EXTERNAL, 0);
    cpu.taken.kind = TAKEN_NOTHING;
    control->counters.interrupts++;
}
