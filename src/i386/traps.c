#include "traps.h"

#include "power.h"
#include "selectors.h"
#include "serial.h"
#include "user.h"
#include <mm/machine.h>
#include <mm/mm.h>
#include <mm/pgtable.h>

#define VECTORS 33u /* the exceptions, and VECTOR_USER_DONE */

/* Attributes of a gate (Intel SDM vol. 3A, 6.11): a present 32-bit interrupt gate, and the bits
   that let ring 3 use it by INT. */
#define INTERRUPT_GATE 0x8e00u
#define GATE_FOR_USER  0x6000u

/* A fault handler may fault itself. This limit ends endless recursion before the stack overflows.
 */
#define DEPTH_MAX 8u

struct gate {
    uint16_t offset_low;
    uint16_t selector;
    uint16_t attributes;
    uint16_t offset_high;
};
_Static_assert(sizeof(struct gate) == 8, "the CPU reads a structure of this size");

struct __attribute__((packed)) table_pointer {
    uint16_t last;
    uint32_t base;
};

/* trap_entries.S */
extern const uint32_t trap_entries[VECTORS];
void trap_handle(struct trap_frame *frame);

/* Addresses in access_supervisor() of access.S. */
extern const char access_begin[];
extern const char access_end[];
extern const char access_failed[];

static struct gate gates[VECTORS];
static uint32_t faults_resolved;
static uint32_t depth;
static struct trap_fault last_fault;

void traps_init(void)
{
    for (uint32_t i = 0; i < VECTORS; i++)
        gates[i] = (struct gate){.offset_low = (uint16_t)(trap_entries[i] & 0xffffu),
                                 .selector = CODE_SELECTOR,
                                 .attributes = INTERRUPT_GATE,
                                 .offset_high = (uint16_t)(trap_entries[i] >> 16)};
    gates[VECTOR_USER_DONE].attributes |= GATE_FOR_USER;
    struct table_pointer pointer = {sizeof gates - 1u, (uint32_t)gates};
    __asm__ volatile("lidt %0" : : "m"(pointer), "m"(gates));
}

uint32_t traps_faults_resolved(void)
{
    return faults_resolved;
}

struct trap_fault traps_last_fault(void)
{
    return last_fault;
}

/* Returns true if the memory manager mapped the page, so that the access can be repeated. */
static bool fault_resolve(vaddr_t va, uint32_t error_code)
{
    paddr_t pa;

    if (depth == DEPTH_MAX)
        machine_panic("mm_page_fault", "faults again and again while it handles a fault, last at",
                      va.value);
    depth++;
    bool resolved = mm_page_fault(va, error_code);
    depth--;
    if (resolved && !pgtable_translate(machine_read_cr3(), va, &pa))
        machine_panic("mm_page_fault", "calls a fault resolved that the page tables still give, at",
                      va.value);
    faults_resolved += resolved;
    return resolved;
}

static bool in_supervisor_access(const struct trap_frame *frame)
{
    return frame->cs == CODE_SELECTOR && frame->eip >= (uint32_t)access_begin &&
           frame->eip < (uint32_t)access_end;
}

/*
 * A fault of a locked access is reported as a write (Intel SDM vol. 3A, 4.7, "W/R flag"). QEMU's
 * TCG with one CPU makes a load and a store instead, and reports an absent page as a read; this
 * adds the flag.
 */
static uint32_t error_code_of(const struct trap_frame *frame)
{
    bool writes = frame->cs == USER_CODE_SELECTOR
                      ? user_access_writes(frame)
                      : in_supervisor_access(frame) && frame->ecx == ACCESS_WRITE8;

    return frame->error_code | (writes ? FAULT_WRITE : 0);
}

static void page_fault_report(const struct trap_fault *fault)
{
    serial_put_fact(", CR2 ", fault->va.value);
    text_put(&serial_out, (fault->error_code & FAULT_USER) != 0 ? ": user" : ": supervisor");
    text_put(&serial_out, (fault->error_code & FAULT_WRITE) != 0 ? " write, " : " read, ");
    text_put(&serial_out, (fault->error_code & FAULT_PRESENT) != 0 ? "protection" : "not present");
    if (fault->va.value < PAGE_SIZE)
        text_put(&serial_out, ": null dereference");
}

static _Noreturn void trap_report(const struct trap_frame *frame)
{
    text_put(&serial_out, "exception: vector ");
    text_put_u64(&serial_out, frame->vector);
    serial_put_fact(" at eip ", frame->eip);
    serial_put_fact(", error code ", frame->error_code);
    if (frame->vector == VECTOR_PAGE_FAULT)
        page_fault_report(&last_fault);
    text_put(&serial_out, "\n");
    power_off(false);
}

/* Returns true if the access is to be repeated. */
static bool page_fault_handle(const struct trap_frame *frame)
{
    struct trap_fault fault = {machine_read_cr2(), error_code_of(frame)};
    bool resolved;

    last_fault = fault;
    resolved = fault_resolve(fault.va, fault.error_code);
    last_fault = fault; /* faults within the handler have overwritten it */
    return resolved;
}

void trap_handle(struct trap_frame *frame)
{
    bool page_fault = frame->vector == VECTOR_PAGE_FAULT;

    if (page_fault && page_fault_handle(frame))
        return;
    if (frame->cs == USER_CODE_SELECTOR)
        user_end_at(frame);
    if (!page_fault || !in_supervisor_access(frame))
        trap_report(frame);
    frame->eip = (uint32_t)access_failed;
}
