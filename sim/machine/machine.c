#include "machine/machine.h"

#include "machine/trap.h"
#include <mm/machine.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct machine *machine_current;
unsigned char *machine_window;

static char create_error[256];

static struct machine *refuse(const char *reason)
{
    snprintf(create_error, sizeof create_error,
             "no machine: %s: %s; it needs 8.1 GiB of address space (see ulimit -v), little of it "
             "memory",
             reason, strerror(errno));
    return NULL;
}

const char *machine_error(void)
{
    return create_error;
}

static void boot_directory_build(const struct arena *arena)
{
    uint32_t *directory = arena_pointer(arena, paddr(MACHINE_BOOT_DIRECTORY));
    uint32_t first = DIRECT_MAP_BASE >> LARGE_PAGE_SHIFT;

    for (uint32_t pa = 0; pa < DIRECT_MAP_SIZE; pa += LARGE_PAGE_SIZE)
        directory[first + (pa >> LARGE_PAGE_SHIFT)] =
            pa | PTE_PRESENT | PTE_WRITABLE | PTE_LARGE | PTE_GLOBAL;
}

static bool memory_create(struct machine *machine, uint32_t window_entries, const char **reason)
{
    if (!arena_create(&machine->arena, reason))
        return false;
    if (!window_create(&machine->window, machine->arena.fd, window_entries, reason)) {
        arena_destroy(&machine->arena);
        return false;
    }
    return true;
}

struct machine *machine_create(const struct machine_options *options)
{
    const char *reason;

    if (machine_current) {
        snprintf(create_error, sizeof create_error,
                 "no machine: another one exists in this process; destroy it first");
        return NULL;
    }
    struct machine *machine = calloc(1, sizeof *machine);
    if (!machine)
        return refuse("cannot allocate it");
    if (!memory_create(machine, options ? options->window_entries : 0, &reason)) {
        free(machine);
        return refuse(reason);
    }

    boot_directory_build(&machine->arena);
    machine->mmu = (struct mmu){
        .memory = machine->arena.memory,
        .cr0 = CR0_PG | CR0_WP,
        .cr3 = MACHINE_BOOT_DIRECTORY,
        .cr4 = CR4_PSE | CR4_PGE,
    };
    machine_current = machine;
    machine_window = machine->window.base;
    trap_install(machine);
    return machine;
}

void machine_destroy(struct machine *machine)
{
    if (!machine)
        return;
    trap_remove(machine);
    window_destroy(&machine->window);
    arena_destroy(&machine->arena);
    free(machine);
    machine_current = NULL;
    machine_window = NULL;
}

/* A process that ends without it: what reads a dead process's memory shall not read 4 GiB. */
__attribute__((destructor)) static void destroy_at_exit(void)
{
    machine_destroy(machine_current);
}

void machine_load_cr0(struct machine *machine, uint32_t value)
{
    if (machine->mmu.cr0 != value)
        window_flush(&machine->window, false);
    machine->mmu.cr0 = value;
}

void machine_load_cr4(struct machine *machine, uint32_t value)
{
    if (machine->mmu.cr4 != value)
        window_flush(&machine->window, false);
    machine->mmu.cr4 = value;
}

vaddr_t machine_cpu_cr2(void)
{
    return machine_current->cr2;
}

paddr_t machine_cpu_cr3(void)
{
    return paddr(machine_current->mmu.cr3);
}

void machine_cpu_load_cr3(paddr_t directory)
{
    if (directory.value & PAGE_OFFSET_MASK)
        machine_panic("machine_load_cr3", "the directory is not page aligned", directory.value);
    machine_current->mmu.cr3 = directory.value;
    window_flush(&machine_current->window, true);
}

void machine_cpu_invlpg(vaddr_t va)
{
    window_drop(&machine_current->window, va);
}

void machine_cpu_flush_tlb(void)
{
    window_flush(&machine_current->window, false);
}

void machine_zero_frame(pfn_t frame)
{
    arena_zero_frame(&machine_current->arena, frame);
}
