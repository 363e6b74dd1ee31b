#include "probe_space.h"

#include "control.h"
#include "traps.h"
#include "user.h"
#include <mm/machine.h>

#define FAULT_RESERVED 0x8u

#define OWN_ENTRY (PTE_PRESENT | PTE_WRITABLE | PTE_ACCESSED | PTE_DIRTY)

/* These map the first 4 MiB of memory and the arena. Only the page of user code is open to ring 3.
 */
static _Alignas(PAGE_SIZE) uint32_t image_table[PAGE_TABLE_ENTRIES];
static _Alignas(PAGE_SIZE) uint32_t arena_table[PAGE_TABLE_ENTRIES];

static uint32_t arena_physical;
static uint32_t directory; /* the arena's frame that CR3 names */
static paddr_t boot_directory;
static uint32_t boot_cr0, boot_cr4;

static uint32_t *const arena = (uint32_t *)PROBE_SPACE_ARENA;

static uint32_t physical(const void *object)
{
    return direct_map_inverse(vaddr((uint32_t)(uintptr_t)object)).value;
}

void probe_space_init(uint32_t arena_address)
{
    arena_physical = arena_address;
    for (uint32_t i = 0; i < PAGE_TABLE_ENTRIES; i++) {
        image_table[i] = i << PAGE_SHIFT | OWN_ENTRY;
        arena_table[i] = (arena_address + (i << PAGE_SHIFT)) | OWN_ENTRY;
    }
    image_table[table_index(vaddr((uint32_t)(uintptr_t)user_page))] =
        physical(user_page) | PTE_PRESENT | PTE_USER | PTE_ACCESSED;
    boot_directory = machine_read_cr3();
    boot_cr0 = control_read_cr0();
    boot_cr4 = control_read_cr4();
}

/* `entries` is the address of the frame in the current address space. */
static void directory_load(uint32_t frame, uint32_t *entries)
{
    entries[PROBE_OWN_ENTRY] = physical(image_table) | OWN_ENTRY | PTE_USER;
    entries[PROBE_OWN_ENTRY + 1u] = physical(arena_table) | OWN_ENTRY;
    directory = frame;
    machine_load_cr3(paddr(arena_physical + (frame << PAGE_SHIFT)));
}

/* The boot directory's pages are global; clearing CR4.PGE flushes them from the TLB. */
void probe_space_enter(const struct probe_case *probe_case)
{
    uint32_t *outside = machine_pointer(direct_map(paddr(arena_physical)));

    directory_load(probe_case->directory, probe_entries(outside, probe_case->directory));
    control_load_cr4(boot_cr4 & ~(CR4_PSE | CR4_PGE));
    control_load_cr4((boot_cr4 & ~(CR4_PSE | CR4_PGE)) | probe_case->cr4);
    control_load_cr0((boot_cr0 & ~CR0_WP) | probe_case->cr0);
}

void probe_space_leave(void)
{
    control_load_cr0(boot_cr0);
    control_load_cr4(boot_cr4);
    machine_load_cr3(boot_directory);
    machine_flush_tlb();
}

void probe_space_step(const struct probe_step *step)
{
    switch (step->kind) {
    case PROBE_WRITE_ENTRY:
        machine_write_entry(&probe_entries(arena, step->frame)[step->where],
                            step->value + arena_physical);
        break;
    case PROBE_LOAD_CR3:
        directory_load(step->frame, probe_entries(arena, step->frame));
        break;
    case PROBE_LOAD_CR0:
        control_load_cr0((boot_cr0 & ~CR0_WP) | step->value);
        break;
    case PROBE_LOAD_CR4:
        control_load_cr4((boot_cr4 & ~(CR4_PSE | CR4_PGE)) | step->value);
        break;
    default:
        machine_invlpg(vaddr(step->where));
    }
}

/*
 * The CPU checks reserved bits only in present entries, so the error code has P as well as RSVD
 * (Intel SDM vol. 3A, 4.7, "RSVD flag"). QEMU 7.2 does not set P; this adds it.
 */
static uint32_t error_code_of(const struct trap_fault *fault)
{
    return fault->error_code | ((fault->error_code & FAULT_RESERVED) != 0 ? FAULT_PRESENT : 0);
}

void probe_space_access(const struct probe_step *step, struct probe_outcome *outcome)
{
    uint32_t kind = step->access & PROBE_ACCESS_KIND;
    bool worked =
        (step->access & PROBE_USER) != 0
            ? access_user((uint32_t)(uintptr_t)user_page, step->where, kind, &outcome->value)
            : access_supervisor(step->where, kind, &outcome->value);

    outcome->end = 0;
    if (!worked) {
        struct trap_fault fault = traps_last_fault();
        outcome->end = PROBE_FAULT | error_code_of(&fault);
        outcome->value = fault.va.value;
    }
    probe_look(arena, directory, step->where, (control_read_cr4() & CR4_PSE) != 0, outcome);
}
