#include "kernel/instruction_stub.h"

#include "runner/devices/devices.h"
#include "runner/guest_memory.h"
#include "runner/interrupt.h"
#include "runner/segment.h"
#include "runner/timer.h"

struct cpu cpu;
struct stub stub;
struct control *control;
unsigned char stub_memory[STUB_BYTES];
struct guest_page guest_pages[ACCESS_BITS][GUEST_PAGES]; /* absent, unless a test sets them */

static uint32_t page_flags[STUB_BYTES / PAGE_SIZE];
static greg_t host_registers[NGREG];
static _Alignas(16) struct _libc_fpstate frame_fpu;

void stub_reset(void)
{
    const struct segment data = {
        .selector = 0x10, .rights = SEGMENT_FLAT_DATA, .base = STUB_BASE, .limit = 0xffffffffu};

    cpu = (struct cpu){.host = host_registers};
    stub = (struct stub){.vector = 0xffffffffu, .to_interrupt = UINT64_MAX};
    memset(host_registers, 0, sizeof host_registers);
    for (uint32_t i = 0; i < SEGMENT_COUNT; i++)
        cpu.segment[i] = data;
    cpu.segment[SEG_CS] = (struct segment){
        .selector = 8, .rights = SEGMENT_FLAT_CODE, .base = 0, .limit = STUB_BYTES - 1};
    cpu.segment[SEG_GS].base += STUB_GS_BASE;
    cpu.machine.mmu.cr0 = CR0_PE | CR0_ET;
    cpu_eip_set(STUB_EIP);
    cpu_general_set(ESP, 0x8000);
    for (uint32_t page = 0; page < STUB_BYTES / PAGE_SIZE; page++)
        stub_set_page(page, STUB_PRESENT | STUB_WRITABLE);
}

void stub_set_page(uint32_t page, uint32_t flags)
{
    page_flags[page] = flags;
}

void stub_set_ring(uint32_t cpl, uint32_t iopl)
{
    cpu.cpl = cpl;
    cpu.flags_kept = (cpu.flags_kept & ~FLAG_IOPL) | iopl << 12;
}

uint32_t stub_load32(uint32_t offset)
{
    uint32_t value;

    memcpy(&value, stub_memory + offset, sizeof value);
    return value;
}

void stub_store32(uint32_t offset, uint32_t value)
{
    memcpy(stub_memory + offset, &value, sizeof value);
}

/* ---- memory ---- */

bool guest_linear(uint32_t number, uint32_t offset, uint32_t bytes, bool write, uint32_t *linear)
{
    const struct segment *segment = &cpu.segment[number];
    bool is_code = segment->rights & SEGMENT_TYPE_CODE;

    if ((write && is_code) || (uint64_t)offset + bytes - 1 > segment->limit)
        return cpu_raise_error(number == SEG_SS ? VECTOR_SS : VECTOR_GP, 0);
    *linear = segment->base + offset;
    return true;
}

/* Error codes are those of CPL 3, because the native side of the comparison runs there. */
static bool page_passes(uint32_t linear, bool write)
{
    uint32_t page = (linear - STUB_BASE) / PAGE_SIZE;
    uint32_t flags = page < STUB_BYTES / PAGE_SIZE ? page_flags[page] : STUB_ABSENT;

    if ((flags & STUB_PRESENT) && (!write || (flags & STUB_WRITABLE)))
        return true;
    cpu.machine.cr2 = vaddr(linear);
    return cpu_raise_error(VECTOR_PF, (flags & STUB_PRESENT) | (write ? 2u : 0u) | 4u);
}

static bool range_passes(uint32_t linear, uint32_t bytes, bool write)
{
    uint32_t last = linear + bytes - 1;
    uint32_t next = last & ~PAGE_OFFSET_MASK;

    return page_passes(linear, write) &&
           (next == (linear & ~PAGE_OFFSET_MASK) || page_passes(next, write));
}

bool guest_read(uint32_t linear, void *value, uint32_t bytes)
{
    if (!range_passes(linear, bytes, false))
        return false;
    memcpy(value, stub_memory + (linear - STUB_BASE), bytes);
    return true;
}

bool guest_write(uint32_t linear, const void *value, uint32_t bytes)
{
    if (!range_passes(linear, bytes, true))
        return false;
    memcpy(stub_memory + (linear - STUB_BASE), value, bytes);
    return true;
}

bool guest_system_read(uint32_t linear, void *value, uint32_t bytes)
{
    return guest_read(linear, value, bytes);
}

bool guest_probe_write(uint32_t linear, uint32_t bytes)
{
    return range_passes(linear, bytes, true);
}

static uint32_t stack_mask(void)
{
    return cpu_stack_is_big() ? 0xffffffffu : 0xffffu;
}

static void stack_move(uint32_t value)
{
    cpu_general_set(ESP, (cpu_general(ESP) & ~stack_mask()) | (value & stack_mask()));
}

bool guest_push(uint32_t value, uint32_t bytes)
{
    uint32_t esp = cpu_general(ESP) - bytes, linear;

    if (!guest_linear(SEG_SS, esp & stack_mask(), bytes, true, &linear) ||
        !guest_write(linear, &value, bytes))
        return false;
    stack_move(esp);
    return true;
}

bool guest_pop(uint32_t *value, uint32_t bytes)
{
    uint32_t esp = cpu_general(ESP), linear;

    *value = 0;
    if (!guest_linear(SEG_SS, esp & stack_mask(), bytes, false, &linear) ||
        !guest_read(linear, value, bytes))
        return false;
    stack_move(esp + bytes);
    return true;
}

/* ---- the CPU ---- */

struct _libc_fpstate *cpu_fpu(void)
{
    return &frame_fpu;
}

uint32_t cpu_eflags(void)
{
    return ((uint32_t)cpu.host[REG_EFL] & FLAGS_NATIVE) | cpu.flags_kept | 2u;
}

void cpu_eflags_set(uint32_t value)
{
    cpu.host[REG_EFL] = value & FLAGS_NATIVE;
    cpu.flags_kept = value & (FLAG_IF | FLAG_IOPL | FLAG_NT | FLAG_RF | FLAG_AC | FLAG_ID);
}

void cpu_set_cpl(uint32_t cpl)
{
    cpu.cpl = cpl;
}

bool cpu_load_cr0(uint32_t value)
{
    if ((value & CR0_PG) && !(value & CR0_PE))
        return cpu_raise_error(VECTOR_GP, 0);
    cpu.machine.mmu.cr0 = value | CR0_ET;
    return true;
}

bool cpu_load_cr3(uint32_t value)
{
    cpu.machine.mmu.cr3 = value;
    stub.cr3_loads++;
    return true;
}

bool cpu_load_cr4(uint32_t value)
{
    cpu.machine.mmu.cr4 = value;
    return true;
}

void cpu_invlpg(uint32_t linear)
{
    stub.invalidated = linear;
    stub.invalidations++;
}

bool cpu_raise(uint8_t vector)
{
    cpu.exception = (struct exception){.pending = true, .vector = vector};
    return false;
}

bool cpu_raise_error(uint8_t vector, uint32_t error)
{
    cpu.exception =
        (struct exception){.pending = true, .vector = vector, .has_error = true, .error = error};
    return false;
}

void cpu_stop(const struct control_event *event)
{
    stub.stops++;
    stub.event = event->kind;
}

/* ---- segments and interrupts ---- */

static bool load(uint32_t segment, uint16_t selector)
{
    stub.loads++;
    stub.segment = segment;
    stub.selector = selector;
    return !stub.refuse_segments || cpu_raise_error(VECTOR_GP, selector);
}

bool segment_load(uint32_t segment, uint16_t selector)
{
    if (!load(segment, selector))
        return false;
    cpu.segment[segment].selector = selector;
    return true;
}

bool segment_load_ldt(uint16_t selector)
{
    return load(SEGMENT_COUNT, selector);
}

bool segment_load_task(uint16_t selector)
{
    return load(SEGMENT_COUNT + 1, selector);
}

bool segment_access_rights(uint16_t selector, uint32_t *rights)
{
    *rights = 0x00c09300u + selector;
    return !stub.refuse_segments;
}

bool segment_limit(uint16_t selector, uint32_t *limit)
{
    *limit = 0x000ff000u + selector;
    return !stub.refuse_segments;
}

bool segment_verify(uint16_t selector, bool write)
{
    return !stub.refuse_segments && (!write || selector == 0x10);
}

static enum outcome far(uint32_t kind, uint32_t selector, uint32_t offset, uint32_t bytes)
{
    stub.far_kind = kind;
    stub.selector = selector;
    stub.far_offset = offset;
    stub.far_bytes = bytes;
    return OUTCOME_DONE;
}

enum outcome segment_far_jump(uint16_t selector, uint32_t offset)
{
    return far('j', selector, offset, 0);
}

enum outcome segment_far_call(uint16_t selector, uint32_t offset, uint32_t operand_bytes,
                              uint32_t return_eip)
{
    stub.far_eip = return_eip;
    return far('c', selector, offset, operand_bytes);
}

enum outcome segment_far_return(uint32_t operand_bytes, uint32_t released_bytes)
{
    return far('r', 0, released_bytes, operand_bytes);
}

enum outcome interrupt_return(uint32_t operand_bytes)
{
    return far('i', 0, 0, operand_bytes);
}

void segment_set_code(const struct segment *code, uint32_t cpl)
{
    cpu.segment[SEG_CS] = *code;
    cpu_set_cpl(cpl);
}

void interrupt_deliver(uint8_t vector, bool has_error, uint32_t error, enum interrupt_origin origin,
                       uint32_t length)
{
    (void)has_error, (void)error;
    stub.vector = vector;
    stub.origin = origin;
    stub.length = length;
}

/* ---- devices ---- */

static void note_port(uint32_t port, uint32_t value, uint32_t bytes, bool write)
{
    if (stub.port_count < STUB_PORTS_MAX)
        stub.ports[stub.port_count++] = (struct stub_port){port, value, bytes, write};
}

uint32_t devices_port_read(uint16_t port, uint32_t bytes)
{
    note_port(port, stub.port_value, bytes, false);
    return stub.port_value;
}

void devices_port_write(uint16_t port, uint32_t value, uint32_t bytes)
{
    note_port(port, value, bytes, true);
}

void devices_time_passes(uint64_t nanoseconds)
{
    stub.passed += nanoseconds;
}

uint64_t devices_time_to_interrupt(void)
{
    return stub.to_interrupt;
}

bool devices_interrupt_requested(void)
{
    return stub.interrupt_requested;
}

uint64_t devices_time_stamp(void)
{
    return UINT64_C(0x123456789abcdef0);
}

bool timer_wakes(void)
{
    return false;
}
