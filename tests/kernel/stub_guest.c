#include "kernel/stub_guest.h"
#include "replay/random.h"

#include "runner/guest_memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOW_PAGES 64u
#define PAGES     (LOW_PAGES + 1) /* and the last page of 4 GiB */

struct cpu cpu;
struct stub stub;

static struct control shared;
struct control *control = &shared;

static unsigned char memory[PAGES][PAGE_SIZE];
static uint32_t page_flags[PAGES];
static greg_t host_registers[NGREG];

/* ---- memory ---- */

/* Returns the index of an address's page; PAGES when it does not exist. */
static uint32_t page_index(uint32_t linear)
{
    uint32_t number = linear >> PAGE_SHIFT;

    if (number < LOW_PAGES)
        return number;
    return number == 0xfffff ? LOW_PAGES : PAGES;
}

static unsigned char *byte_at(uint32_t linear)
{
    uint32_t index = page_index(linear);

    if (index == PAGES)
        abort();
    return &memory[index][linear & PAGE_OFFSET_MASK];
}

/* CR0.WP is set. */
static bool access_passes(uint32_t linear, bool write, bool user)
{
    uint32_t index = page_index(linear);
    uint32_t flags = index < PAGES ? page_flags[index] : PAGE_ABSENT;
    uint32_t needed =
        PAGE_IS_PRESENT | (write ? PAGE_IS_WRITABLE : 0u) | (user ? PAGE_IS_USERS : 0u);

    if ((flags & needed) == needed)
        return true;
    cpu.machine.cr2 = vaddr(linear);
    return cpu_raise_error(VECTOR_PF,
                           (flags & PAGE_IS_PRESENT) | (write ? 2u : 0) | (user ? 4u : 0));
}

static bool range_passes(uint32_t linear, uint32_t bytes, bool write, bool user)
{
    uint32_t last = linear + bytes - 1;

    return access_passes(linear, write, user) &&
           (linear >> PAGE_SHIFT == last >> PAGE_SHIFT ||
            access_passes(last & ~PAGE_OFFSET_MASK, write, user));
}

static bool read_as(bool user, uint32_t linear, void *value, uint32_t bytes)
{
    unsigned char *to = value;

    if (bytes == 0 || bytes > 16)
        abort();
    if (!range_passes(linear, bytes, false, user))
        return false;
    for (uint32_t i = 0; i < bytes; i++)
        to[i] = *byte_at(linear + i);
    return true;
}

static bool write_as(bool user, uint32_t linear, const void *value, uint32_t bytes)
{
    if (bytes == 0 || bytes > 16)
        abort();
    if (!range_passes(linear, bytes, true, user))
        return false;
    stub.writes++;
    stub_store(linear, value, bytes);
    return true;
}

bool guest_read(uint32_t linear, void *value, uint32_t bytes)
{
    return read_as(cpu.cpl == 3, linear, value, bytes);
}

bool guest_write(uint32_t linear, const void *value, uint32_t bytes)
{
    return write_as(cpu.cpl == 3, linear, value, bytes);
}

bool guest_system_read(uint32_t linear, void *value, uint32_t bytes)
{
    return read_as(false, linear, value, bytes);
}

bool guest_system_write(uint32_t linear, const void *value, uint32_t bytes)
{
    return write_as(false, linear, value, bytes);
}

void stub_set_page(uint32_t linear, uint32_t flags)
{
    page_flags[page_index(linear)] = flags;
}

void stub_store(uint32_t linear, const void *value, uint32_t bytes)
{
    const unsigned char *from = value;

    for (uint32_t i = 0; i < bytes; i++)
        *byte_at(linear + i) = from[i];
}

uint32_t stub_load32(uint32_t linear)
{
    uint32_t value = 0;

    for (uint32_t i = 4; i-- > 0;)
        value = value << 8 | *byte_at(linear + i);
    return value;
}

void stub_store32(uint32_t linear, uint32_t value)
{
    stub_store(linear, &value, sizeof value);
}

/* ---- the CPU ---- */

uint32_t cpu_eflags(void)
{
    return ((uint32_t)cpu.host[REG_EFL] & FLAGS_NATIVE) | cpu.flags_kept | 2u;
}

void cpu_eflags_set(uint32_t value)
{
    cpu.host[REG_EFL] = value & FLAGS_NATIVE;
    cpu.flags_kept = value & ~(FLAGS_NATIVE | 2u);
}

void cpu_set_cpl(uint32_t cpl)
{
    cpu.cpl = cpl;
    stub.ring_changes++;
}

bool cpu_raise_error(uint8_t vector, uint32_t error)
{
    cpu.exception = (struct exception){true, vector, true, error};
    return false;
}

bool cpu_raise(uint8_t vector)
{
    cpu.exception = (struct exception){true, vector, false, 0};
    return false;
}

void cpu_stop(const struct control_event *event)
{
    stub.event = *event;
    stub.stops++;
}

void cpu_stop_text(enum event_kind kind, const char *format, ...)
{
    va_list arguments;

    stub.event = (struct control_event){.kind = kind};
    va_start(arguments, format);
    vsnprintf(stub.event.text, sizeof stub.event.text, format, arguments);
    va_end(arguments);
    stub.stops++;
}

uint32_t stub_exception_vector(void)
{
    uint32_t vector = cpu.exception.pending ? cpu.exception.vector : NO_EXCEPTION;

    cpu.exception.pending = false;
    return vector;
}

/* ---- tables ---- */

static uint32_t descriptor_at(uint16_t selector)
{
    return (selector & 4u ? STUB_LDT : STUB_GDT) + (selector & 0xfff8u);
}

void stub_set_descriptor(uint16_t selector, uint32_t base, uint32_t limit_field, uint16_t rights)
{
    uint32_t at = descriptor_at(selector);

    stub_store32(at, (limit_field & 0xffffu) | base << 16);
    stub_store32(at + 4, (base >> 16 & 0xffu) | (uint32_t)(rights & 0xf0ffu) << 8 |
                             (limit_field & 0xf0000u) | (base & 0xff000000u));
}

uint16_t stub_descriptor_rights(uint16_t selector)
{
    return (uint16_t)(stub_load32(descriptor_at(selector) + 4) >> 8 & 0xf0ffu);
}

void stub_set_gate(uint32_t vector, uint16_t selector, uint32_t offset, uint32_t rights)
{
    stub_store32(STUB_IDT + 8 * vector, (offset & 0xffffu) | (uint32_t)selector << 16);
    stub_store32(STUB_IDT + 8 * vector + 4, (offset & 0xffff0000u) | rights << 8);
}

uint32_t stub_handler(uint32_t vector)
{
    return 0xc0100000u + 16 * vector;
}

static void make_pages(void)
{
    for (uint32_t i = 0; i < PAGES; i++)
        page_flags[i] = PAGE_IS_PRESENT | PAGE_IS_WRITABLE;
    stub_set_page(STUB_GDT + PAGE_SIZE, PAGE_ABSENT);
    stub_set_page(STUB_STACK_3_END - PAGE_SIZE, PAGE_IS_PRESENT | PAGE_IS_WRITABLE | PAGE_IS_USERS);
    stub_set_page(STUB_STACK_3_END - 2 * PAGE_SIZE,
                  PAGE_IS_PRESENT | PAGE_IS_WRITABLE | PAGE_IS_USERS);
}

static void make_tables(void)
{
    cpu.gdt = (struct table_register){STUB_GDT, STUB_GDT_BYTES - 1};
    cpu.idt = (struct table_register){STUB_IDT, 256 * 8 - 1};
    cpu.ldt = (struct segment){STUB_LDT_GDT, 0x82, STUB_LDT, STUB_LDT_BYTES - 1};
    cpu.task = (struct segment){STUB_TASK_GDT, 0x8b, STUB_TASK, 103};
    stub_set_descriptor(STUB_CODE_0, 0, 0xfffff, RIGHTS_CODE_0);
    stub_set_descriptor(STUB_DATA_0, 0, 0xfffff, RIGHTS_DATA_0);
    stub_set_descriptor(STUB_CODE_3, 0, 0xfffff, RIGHTS_CODE_3);
    stub_set_descriptor(STUB_DATA_3, 0, 0xfffff, RIGHTS_DATA_3);
    stub_set_descriptor(STUB_TASK_GDT, STUB_TASK, 103, 0x8b);
    stub_set_descriptor(STUB_LDT_GDT, STUB_LDT, STUB_LDT_BYTES - 1, 0x82);
    stub_set_descriptor(STUB_CONFORMING, 0, 0xfffff, RIGHTS_CONFORMING);
    stub_store32(STUB_TASK + 4, STUB_STACK_0_END);
    stub_store32(STUB_TASK + 8, STUB_DATA_0);
    for (uint32_t vector = 0; vector < 256; vector++)
        stub_set_gate(vector, STUB_CODE_0, stub_handler(vector), vector == 0x80 ? 0xee : 0x8e);
}

int stub_setup(void **state)
{
    (void)state;
    stub_reset();
    return 0;
}

void stub_enter_program(void)
{
    stub_enter_ring(3);
    cpu_eip_set(STUB_USER_EIP);
}

uint32_t stub_frame_word(uint32_t index)
{
    return stub_load32(cpu_general(ESP) + 4 * index);
}

void stub_enter_ring(uint32_t ring)
{
    struct segment code = {STUB_CODE_0, RIGHTS_CODE_0, 0, UINT32_MAX};
    struct segment data = {STUB_DATA_0, RIGHTS_DATA_0, 0, UINT32_MAX};

    if (ring == 3) {
        code = (struct segment){STUB_CODE_3, RIGHTS_CODE_3, 0, UINT32_MAX};
        data = (struct segment){STUB_DATA_3, RIGHTS_DATA_3, 0, UINT32_MAX};
    }
    for (uint32_t i = 0; i < SEGMENT_COUNT; i++)
        cpu.segment[i] = i == SEG_CS ? code : data;
    cpu.cpl = ring;
    cpu_general_set(ESP, ring == 3 ? STUB_STACK_3_END : STUB_STACK_0_END);
}

void stub_reset(void)
{
    memset(memory, 0, sizeof memory);
    memset(&cpu, 0, sizeof cpu);
    memset(&stub, 0, sizeof stub);
    memset(host_registers, 0, sizeof host_registers);
    cpu.host = host_registers;
    make_pages();
    make_tables();
    stub_enter_ring(0);
    cpu_eflags_set(FLAG_IF);
    cpu_eip_set(STUB_CODE);
}
