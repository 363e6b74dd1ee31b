#include "traps.h"

#include "power.h"
#include "serial.h"
#include <mm/machine.h>
#include <mm/mm.h>
#include <mm/pgtable.h>

#define VECTORS           32u
#define VECTOR_PAGE_FAULT 14u
#define CODE_SELECTOR     0x08u

/* Intel SDM vol. 3A, 6.11: present, ring 0, 32-bit interrupt gate. */
#define INTERRUPT_GATE 0x8e00u

/* A fault handler may fault in turn; a runaway has to end before the stack does. */
#define DEPTH_MAX 8u

struct trap_frame {
    uint32_t edi, esi, ebp, esp, ebx, edx, ecx, eax; /* pushal */
    uint32_t vector;
    uint32_t error_code;
    uint32_t eip, cs, eflags; /* the CPU's */
};
_Static_assert(sizeof(struct trap_frame) == 52, "as trap_entries.S leaves it");

struct gate {
    uint16_t offset_low;
    uint16_t selector;
    uint16_t attributes;
    uint16_t offset_high;
};
_Static_assert(sizeof(struct gate) == 8, "as the CPU reads it");

struct __attribute__((packed)) table_pointer {
    uint16_t last;
    uint32_t base;
};

/* trap_entries.S; the symbols of trap_touch() are places in its code. */
extern const uint32_t trap_entries[VECTORS];
extern const char trap_touch_accesses[];
extern const char trap_touch_accesses_end[];
extern const char trap_touch_failed[];
void trap_handle(struct trap_frame *frame);

static struct gate gates[VECTORS];
static uint32_t faults_resolved;
static uint32_t depth;

void traps_init(void)
{
    for (uint32_t i = 0; i < VECTORS; i++)
        gates[i] = (struct gate){.offset_low = (uint16_t)(trap_entries[i] & 0xffffu),
                                 .selector = CODE_SELECTOR,
                                 .attributes = INTERRUPT_GATE,
                                 .offset_high = (uint16_t)(trap_entries[i] >> 16)};
    struct table_pointer pointer = {sizeof gates - 1u, (uint32_t)gates};
    __asm__ volatile("lidt %0" : : "m"(pointer), "m"(gates));
}

uint32_t traps_faults_resolved(void)
{
    return faults_resolved;
}

/* True: the memory manager put something there, and the access can be made again. */
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

/* An access of trap_touch() that may fail: go on where it returns false. */
static bool touch_fix_up(struct trap_frame *frame)
{
    if (frame->eip < (uint32_t)trap_touch_accesses ||
        frame->eip >= (uint32_t)trap_touch_accesses_end)
        return false;
    frame->eip = (uint32_t)trap_touch_failed;
    return true;
}

static _Noreturn void trap_report(const struct trap_frame *frame, vaddr_t fault_address)
{
    text_put(&serial_out, "exception: vector ");
    text_put_u64(&serial_out, frame->vector);
    serial_put_fact(" at eip ", frame->eip);
    serial_put_fact(", error code ", frame->error_code);
    serial_put_fact(", CR2 ", fault_address.value);
    text_put(&serial_out, "\n");
    power_off(false);
}

void trap_handle(struct trap_frame *frame)
{
    vaddr_t fault_address = machine_read_cr2();

    if (frame->vector != VECTOR_PAGE_FAULT)
        trap_report(frame, fault_address);
    if (!fault_resolve(fault_address, frame->error_code) && !touch_fix_up(frame))
        trap_report(frame, fault_address);
}
