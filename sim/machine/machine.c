#include "machine/machine.h"

#include "machine/kept_memory.h"
#include "machine/trap.h"
#include <mm/machine.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct machine *machine_current;
struct tlb machine_tlb;
bool machine_checks_tlb;
unsigned char *machine_window;

static char create_error[256];

static struct machine *refuse(const char *reason)
{
    snprintf(create_error, sizeof create_error,
             "no machine: %s: %s; it needs 8.1 GiB of address space (see ulimit -v), of which it "
             "uses little, and a file in memory of 4 GiB (see ulimit -f)",
             reason, strerror(errno));
    return NULL;
}

const char *machine_error(void)
{
    return create_error;
}

#define BOOT_ENTRY_FLAGS (PTE_PRESENT | PTE_WRITABLE | PTE_LARGE | PTE_GLOBAL)

static void boot_directory_build(struct arena *arena)
{
    uint32_t *directory = arena_pointer(arena, paddr(MACHINE_BOOT_DIRECTORY));
    uint32_t first = DIRECT_MAP_BASE >> LARGE_PAGE_SHIFT;

    arena_note_writes(arena, paddr(MACHINE_BOOT_DIRECTORY), PAGE_SIZE);
    for (uint32_t pa = 0; pa < DIRECT_MAP_SIZE; pa += LARGE_PAGE_SIZE)
        directory[first + (pa >> LARGE_PAGE_SHIFT)] = pa | BOOT_ENTRY_FLAGS;
}

/* Returns whether a flush may leave a large page in the window: the directory maps it as the boot
   directory does. */
static bool entry_comes_back(const struct window_entry *entry)
{
    const struct machine *machine = machine_current;
    const uint32_t *directory = arena_pointer(&machine->arena, paddr(machine->mmu.cr3));
    uint32_t now = directory[entry->va.value >> LARGE_PAGE_SHIFT];

    return entry->va.value - DIRECT_MAP_BASE == entry->pa.value &&
           (now & ~(PTE_ACCESSED | PTE_DIRTY)) == (entry->pa.value | BOOT_ENTRY_FLAGS) &&
           (entry->shown & ACCESS_BIT(MMU_WRITE)) != 0;
}

/* While segments are on, page tables have no effect in their range. */
static void set_permanent_maps(struct machine *machine)
{
    static const struct permanent_map maps[] = {
        {{DIRECT_MAP_BASE}, {DIRECT_MAP_BASE + DIRECT_MAP_SIZE - 1u}, {0}},
        {{KSEG0_BASE}, {KSEG0_BASE + KSEG_SIZE - 1u}, {0}},
        {{KSEG1_BASE}, {KSEG1_BASE + KSEG_SIZE - 1u}, {0}},
    };

    oracle_set_permanent_maps(machine, maps, machine->mmu.segments ? 3u : 1u);
}

static void note_mapped_frames(struct machine *machine)
{
    set_permanent_maps(machine);
    machine->window.mapped = &machine->oracle->mapped;
    machine_tlb.mapped = &machine->oracle->mapped;
}

static bool memory_create(struct machine *machine, const struct machine_options *options,
                          const char **reason)
{
    machine->keeps_memory =
        options->keeps_memory && !options->check_tlb && options->window_entries == 0;
    if (machine->keeps_memory && kept_memory_take(&machine->arena, &machine->window))
        return true;
    if (!arena_create(&machine->arena, reason))
        return false;
    if (!window_create(&machine->window, machine->arena.fd, options->window_entries, reason)) {
        arena_destroy(&machine->arena);
        return false;
    }
    if (machine->keeps_memory)
        machine->window.comes_back = entry_comes_back;
    return true;
}

static void memory_destroy(struct machine *machine)
{
    window_destroy(&machine->window);
    arena_destroy(&machine->arena);
}

static bool parts_create(struct machine *machine, const struct machine_options *options,
                         const char **reason)
{
    if (!memory_create(machine, options, reason))
        return false;
    *reason = "cannot allocate its TLB";
    if (!tlb_create(&machine_tlb, &options->tlb, options->check_tlb))
        goto destroy_memory;
    machine_tlb.memory = machine->arena.memory;
    *reason = "cannot allocate its oracle";
    if (options->check_tlb)
        machine->oracle = oracle_create(options->on_stale_use, options->context);
    if (options->check_tlb && !machine->oracle)
        goto destroy_tlb;
    if (machine->oracle)
        note_mapped_frames(machine);
    *reason = "cannot map the tables of what is allocated, for Valgrind or AddressSanitizer";
    if (!watch_create(machine->window.base, options->watch))
        goto destroy_oracle;
    return true;

destroy_oracle:
    oracle_destroy(machine->oracle);
destroy_tlb:
    tlb_destroy(&machine_tlb);
destroy_memory:
    memory_destroy(machine);
    return false;
}

/* Returns NULL, or a text that says what is wrong with the options on every host. */
static const char *options_check(const struct machine_options *options)
{
    if (machine_current)
        return "another one exists in this process; destroy it first";
    return tlb_shape_check(&options->tlb);
}

struct machine *machine_create(const struct machine_options *options)
{
    static const struct machine_options defaults;
    const struct machine_options *chosen = options ? options : &defaults;
    const char *reason = options_check(chosen);

    if (reason) {
        snprintf(create_error, sizeof create_error, "no machine: %s", reason);
        return NULL;
    }
    struct machine *machine = calloc(1, sizeof *machine);
    if (!machine)
        return refuse("cannot allocate it");
    if (!parts_create(machine, chosen, &reason)) {
        free(machine);
        return refuse(reason);
    }

    machine->mmu = (struct mmu){
        .memory = machine->arena.memory,
        .cr0 = CR0_PG | CR0_WP,
        .cr3 = MACHINE_BOOT_DIRECTORY,
        .cr4 = CR4_PSE | CR4_PGE,
    };
    machine_current = machine;
    machine_window = machine->window.base;
    machine_checks_tlb = machine->oracle != NULL;
    trap_install(machine);
    boot_directory_build(&machine->arena);
    return machine;
}

/* Returns whether the memory was kept. A machine whose memory manager did not end as it should is
   not trusted with the next one. */
static bool memory_keep(struct machine *machine)
{
    if (!machine->keeps_memory || machine->mmu.cr3 != MACHINE_BOOT_DIRECTORY)
        return false;
    window_flush(&machine->window, false);
    return kept_memory_put(&machine->arena, &machine->window);
}

void machine_destroy(struct machine *machine)
{
    if (!machine)
        return;
    bool kept = memory_keep(machine);
    watch_destroy();
    trap_remove(machine);
    oracle_destroy(machine->oracle);
    tlb_destroy(&machine_tlb);
    if (!kept)
        memory_destroy(machine);
    free(machine);
    machine_current = NULL;
    machine_window = NULL;
    machine_checks_tlb = false;
}

/* For a process that ends without machine_destroy(): a core file and Valgrind's search for leaks
   must not read 4 GiB. */
__attribute__((destructor)) static void destroy_at_exit(void)
{
    if (machine_current)
        machine_current->keeps_memory = false;
    machine_destroy(machine_current);
    kept_memory_free();
}

static void flush(struct machine *machine, bool keep_global)
{
    window_flush(&machine->window, keep_global);
    tlb_flush(&machine_tlb, keep_global);
    if (machine->oracle)
        oracle_invalidated(machine->oracle);
}

void machine_load_cr0(struct machine *machine, uint32_t value)
{
    if (machine->mmu.cr0 != value)
        flush(machine, false);
    machine->mmu.cr0 = value;
}

void machine_load_cr4(struct machine *machine, uint32_t value)
{
    if (machine->mmu.cr4 != value)
        flush(machine, false);
    machine->mmu.cr4 = value;
}

/* This machine has the segments in hardware, so no directory is written. */
void machine_set_segments(paddr_t directory, bool on)
{
    (void)directory;
    machine_current->mmu.segments = on;
    flush(machine_current, false);
    if (machine_current->oracle)
        set_permanent_maps(machine_current);
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
    uint32_t before = machine_current->mmu.cr3;
    machine_current->mmu.cr3 = directory.value;
    flush(machine_current, true);
    if (machine_current->oracle)
        oracle_cr3_loaded(machine_current, before);
}

void machine_cpu_invlpg(vaddr_t va)
{
    window_drop(&machine_current->window, va);
    tlb_drop(&machine_tlb, va);
    if (machine_current->oracle)
        oracle_invalidated(machine_current->oracle);
}

/* The oracle and the debuggers follow each page by itself. */
void machine_cpu_invlpg_pages(vaddr_t start, uint32_t pages)
{
    bool together = !machine_current->oracle && !machine_watching;

    if (together)
        window_drop_pages(&machine_current->window, start, pages);
    for (uint32_t i = 0; i < pages; i++) {
        vaddr_t va = vaddr_add(start, i << PAGE_SHIFT);
        if (together)
            tlb_drop(&machine_tlb, va);
        else
            machine_cpu_invlpg(va);
    }
}

void machine_cpu_will_write(vaddr_t start, uint32_t bytes)
{
    trap_will_write(machine_current, start, bytes);
}

void machine_cpu_flush_tlb(void)
{
    flush(machine_current, false);
}

/* Find the physical address of an entry that code wrote through a pointer. The window holds its
   page, because the code has just written to it. */
static bool entry_place(const struct machine *machine, const uint32_t *entry, paddr_t *at)
{
    const struct window_entry *page;
    vaddr_t va;

    if (window_locate(&machine->window, entry, &va) != WINDOW_INSIDE)
        return false;
    page = window_entries_find(&machine->window.entries, va);
    if (!page)
        return false;
    *at = paddr(page->pa.value | (va.value & (page->page_bytes - 1u)));
    return true;
}

void machine_cpu_write_entry(uint32_t *entry, uint32_t value, const char *file, uint32_t line)
{
    volatile uint32_t *where = entry; /* volatile: a page fault may occur between the two
                                         accesses */
    struct table_change change = {
        .old_entry = *where, .new_entry = value, .file = file, .line = line};

    *where = value;
    if (entry_place(machine_current, entry, &change.at))
        oracle_entry_written(machine_current, &change);
}

void machine_cpu_frames_freed(pfn_t first, uint32_t frames)
{
    oracle_frames_freed(machine_current, first, frames);
}

void machine_zero_frame(pfn_t frame)
{
    arena_zero_frame(&machine_current->arena, frame);
    if (machine_watching)
        watch_frame_zeroed(frame);
}
