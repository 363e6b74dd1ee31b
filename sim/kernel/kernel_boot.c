/* The state in which a kernel starts: as a multiboot loader leaves it, or as its own boot code
 * would have. */
#include "kernel/kernel_state.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "kernel/kernel_ranges.h"

#define SELECTOR_CODE 0x08u
#define SELECTOR_DATA 0x10u
#define SEGMENT_END   0xffffffffu
#define STACK_BYTES   0x4000u /* stack size in the state by program headers */

/* Multiboot leaves ESP undefined, but loaders leave a stack of their own, and some kernels use
   it. */
#define LOADER_STACK_TOP 0x7000u

void kernel_registers_reset(struct control_registers *registers)
{
    const struct segment data = {
        .selector = SELECTOR_DATA, .rights = SEGMENT_FLAT_DATA, .limit = SEGMENT_END};

    *registers = (struct control_registers){.eflags = EFLAGS_ONE, .cr0 = CR0_PE | CR0_ET};
    for (uint32_t i = 0; i < SEGMENT_COUNT; i++)
        registers->segment[i] = data;
    registers->segment[SEG_CS] = (struct segment){
        .selector = SELECTOR_CODE, .rights = SEGMENT_FLAT_CODE, .limit = SEGMENT_END};
}

/* Returns whether the kernel may get a start state; false after an error. */
static bool may_start(struct kernel *kernel)
{
    kernel_clear_error(kernel);
    if (!kernel->loaded)
        return kernel_fail_with(kernel, "no kernel is loaded: kernel_load() comes first");
    if (kernel->executed)
        return kernel_fail_with(kernel, "the kernel has run already: create another, or take a "
                                        "checkpoint before it runs, and restart from there");
    return true;
}

static void begin(struct kernel *kernel, const struct control_registers *registers)
{
    kernel->registers = *registers;
    kernel->state_set = true;
    kernel->tlb_flush = true;
    kernel->written.count = CONTROL_WRITTEN_ANY;
    kernel_forget_end(kernel);
}

/* ---- multiboot ---- */

static bool boot(struct kernel *kernel)
{
    const struct multiboot_request request = {.image = &kernel->image,
                                              .map = &kernel->map,
                                              .words = kernel->words,
                                              .module = kernel->module,
                                              .module_count = kernel->module_count};
    struct multiboot_state state;
    struct control_registers registers;

    if (!may_start(kernel))
        return false;
    if (!multiboot_prepare(&request, kernel->arena.memory, &state, kernel->error,
                           sizeof kernel->error))
        return false;
    kernel_registers_reset(&registers);
    registers.general[EAX] = state.eax;
    registers.general[EBX] = state.ebx;
    registers.general[ESP] = LOADER_STACK_TOP;
    registers.eip = state.entry;
    kernel->boot_note = state.note;
    begin(kernel, &registers);
    return true;
}

enum kernel_outcome kernel_boot(struct kernel *kernel)
{
    return kernel_done_if(boot(kernel));
}

const char *kernel_boot_note(const struct kernel *kernel)
{
    return kernel->boot_note != NULL ? kernel->boot_note : "";
}

/* ---- page tables for a kernel whose boot code is left out ---- */

struct tables {
    struct kernel *kernel;
    uint32_t directory; /* physical; the tables follow it */
    uint32_t next;      /* the next free frame */
};

static uint32_t read_entry(const struct tables *tables, uint32_t at)
{
    uint32_t entry;

    memcpy(&entry, kernel_memory(tables->kernel, at), sizeof entry);
    return entry;
}

static void write_entry(const struct tables *tables, uint32_t at, uint32_t entry)
{
    arena_note_writes(&tables->kernel->arena, paddr(at), sizeof entry);
    memcpy(kernel_memory(tables->kernel, at), &entry, sizeof entry);
}

/* Take the next frame, zeroed. Returns false after an error. */
static bool take_frame(struct tables *tables, uint32_t *frame)
{
    struct kernel *kernel = tables->kernel;

    if (!kernel_is_memory(kernel, tables->next, PAGE_SIZE))
        return kernel_fail_with(kernel, "no memory for a page table at 0x%08" PRIx32, tables->next);
    if (tables->next < kernel->image.end &&
        tables->next + (uint64_t)PAGE_SIZE > kernel->image.first)
        return kernel_fail_with(kernel,
                                "a page table at 0x%08" PRIx32 " would overwrite the kernel, which "
                                "is loaded from 0x%08" PRIx64 " to 0x%08" PRIx64,
                                tables->next, kernel->image.first, kernel->image.end);
    *frame = tables->next;
    tables->next += PAGE_SIZE;
    arena_note_writes(&kernel->arena, paddr(*frame), PAGE_SIZE);
    memset(kernel_memory(kernel, *frame), 0, PAGE_SIZE);
    return true;
}

static uint32_t flags_of(const struct kernel_mapping *mapping)
{
    return PTE_PRESENT | (mapping->read_only ? 0 : PTE_WRITABLE) | (mapping->user ? PTE_USER : 0);
}

static bool refuse_twice(const struct tables *tables, uint32_t va)
{
    return kernel_fail_with(tables->kernel, "0x%08" PRIx32 " is mapped by two mappings", va);
}

static bool map_large(struct tables *tables, uint32_t va, uint32_t pa, uint32_t flags)
{
    uint32_t at = mmu_directory_entry_at(tables->directory, vaddr(va)).value;

    if (read_entry(tables, at) != 0)
        return refuse_twice(tables, va);
    write_entry(tables, at, pa | flags | PTE_LARGE);
    return true;
}

/* Map a page. The directory entry has all rights; the table entry restricts them. */
static bool map_page(struct tables *tables, uint32_t va, uint32_t pa, uint32_t flags)
{
    uint32_t directory_at = mmu_directory_entry_at(tables->directory, vaddr(va)).value;
    uint32_t directory_entry = read_entry(tables, directory_at);
    uint32_t table;

    if (directory_entry & PTE_LARGE)
        return refuse_twice(tables, va);
    if (directory_entry == 0) {
        if (!take_frame(tables, &table))
            return false;
        directory_entry = table | PTE_PRESENT | PTE_WRITABLE;
    }
    directory_entry |= flags & PTE_USER;
    write_entry(tables, directory_at, directory_entry);
    uint32_t at = mmu_table_entry_at(directory_entry, vaddr(va)).value;
    if (read_entry(tables, at) != 0)
        return refuse_twice(tables, va);
    write_entry(tables, at, pa | flags);
    return true;
}

static bool check_mapping(struct kernel *kernel, const struct kernel_mapping *mapping)
{
    uint32_t page_bytes = mapping->large_pages ? LARGE_PAGE_SIZE : PAGE_SIZE;

    if ((mapping->va | mapping->pa | mapping->bytes) & (page_bytes - 1u))
        return kernel_fail_with(
            kernel, "the mapping of 0x%08" PRIx32 " is not in whole pages of %" PRIu32 " bytes",
            mapping->va, page_bytes);
    if (mapping->bytes > UINT32_MAX - mapping->va + UINT64_C(1) ||
        mapping->bytes > UINT32_MAX - mapping->pa + UINT64_C(1))
        return kernel_fail_with(kernel, "the mapping of 0x%08" PRIx32 " ends behind 4 GiB",
                                mapping->va);
    return true;
}

static bool map_range(struct tables *tables, const struct kernel_mapping *mapping)
{
    uint32_t page_bytes = mapping->large_pages ? LARGE_PAGE_SIZE : PAGE_SIZE;
    uint32_t flags = flags_of(mapping);

    if (!check_mapping(tables->kernel, mapping))
        return false;
    for (uint64_t done = 0; done < mapping->bytes; done += page_bytes) {
        uint32_t va = mapping->va + (uint32_t)done, pa = mapping->pa + (uint32_t)done;

        if (!(mapping->large_pages ? map_large : map_page)(tables, va, pa, flags))
            return false;
    }
    return true;
}

static bool build_tables(struct kernel *kernel, const struct kernel_boot_state *state)
{
    struct tables tables = {.kernel = kernel, .next = state->tables_at};

    if (state->tables_at & PAGE_OFFSET_MASK)
        return kernel_fail_with(kernel, "tables_at 0x%08" PRIx32 " is no frame", state->tables_at);
    if (!take_frame(&tables, &tables.directory))
        return false;
    for (size_t i = 0; i < state->mapping_count; i++)
        if (!map_range(&tables, &state->mappings[i]))
            return false;
    return true;
}

static bool has_large_pages(const struct kernel_boot_state *state)
{
    for (size_t i = 0; i < state->mapping_count; i++)
        if (state->mappings[i].large_pages)
            return true;
    return false;
}

static bool set_boot_state(struct kernel *kernel, const struct kernel_boot_state *state)
{
    const struct control_registers before = kernel->registers;
    struct control_registers registers;
    uint32_t word;

    if (!build_tables(kernel, state))
        return false;
    kernel_registers_reset(&registers);
    registers.cr0 |= CR0_PG | (state->cr0_wp ? CR0_WP : 0);
    registers.cr3 = state->tables_at;
    registers.cr4 = has_large_pages(state) ? CR4_PSE : 0;
    registers.general[ESP] = state->stack_top;
    registers.eip = kernel->image.entry;
    kernel->registers = registers;
    if (!kernel_peek(kernel, state->stack_top - 4u, &word, sizeof word)) {
        kernel->registers = before;
        return kernel_fail_with(kernel,
                                "stack_top 0x%08" PRIx32 ": the memory below it is not mapped",
                                state->stack_top);
    }
    begin(kernel, &registers);
    return true;
}

/* ---- a state that the file's program headers give ---- */

/* Find the distance between linked and loaded addresses of segments, which is that of the direct
   map. Returns false when segments have different distances. */
static bool find_distance(const struct elf_image *image, uint32_t *distance)
{
    *distance = 0;
    for (uint32_t i = 0; i < image->mapping_count; i++) {
        uint32_t here = image->mapping[i].va - image->mapping[i].pa;

        if (here != 0 && *distance != 0 && here != *distance)
            return false;
        *distance = here != 0 ? here : *distance;
    }
    return true;
}

/* For a kernel that is linked at its physical addresses: flat segments, paging off. */
static bool set_flat_state(struct kernel *kernel, uint32_t stack_top)
{
    struct control_registers registers;

    kernel_registers_reset(&registers);
    registers.general[ESP] = stack_top;
    registers.eip = kernel->image.entry;
    begin(kernel, &registers);
    return true;
}

/*
 * All RAM is mapped twice, at its physical addresses and at the distance, in whole large pages. The
 * last large page that is completely RAM has:
 *
 *     | stack, STACK_BYTES | directory, tables ...  |
 *                          ^ stack_top, tables_at
 */
static bool set_state_of_headers(struct kernel *kernel)
{
    uint32_t ram_end = (uint32_t)kernel_ranges_ram_end(&kernel->map);
    uint32_t whole_end = ram_end & ~(LARGE_PAGE_SIZE - 1u);
    uint32_t stack_end = whole_end - LARGE_PAGE_SIZE + STACK_BYTES;
    uint32_t mapped = (ram_end + LARGE_PAGE_SIZE - 1u) & ~(LARGE_PAGE_SIZE - 1u);
    uint32_t distance;

    if (!find_distance(&kernel->image, &distance))
        return kernel_fail_with(kernel,
                                "the kernel's segments are linked at several distances from "
                                "where they are loaded: boot it, or give the mappings");
    if (kernel->image.end > whole_end - LARGE_PAGE_SIZE)
        return kernel_fail_with(kernel, "no RAM behind the kernel for a stack");
    if (distance == 0)
        return set_flat_state(kernel, stack_end);
    if (mapped > -distance)
        return kernel_fail_with(kernel,
                                "RAM does not fit behind 0x%08" PRIx32
                                ", where the kernel's direct "
                                "map begins: give it less RAM, or give the mappings",
                                distance);
    uint32_t low_end = distance & ~(LARGE_PAGE_SIZE - 1u);
    const struct kernel_mapping mappings[] = {
        {.bytes = mapped < low_end ? mapped : low_end, .large_pages = true},
        {.va = distance, .bytes = mapped, .large_pages = distance == low_end}};
    return set_boot_state(kernel, &(struct kernel_boot_state){.mappings = mappings,
                                                              .mapping_count = 2,
                                                              .tables_at = stack_end,
                                                              .stack_top = distance + stack_end});
}

enum kernel_outcome kernel_set_boot_state(struct kernel *kernel,
                                          const struct kernel_boot_state *state)
{
    if (!may_start(kernel))
        return KERNEL_ERROR;
    return kernel_done_if(state != NULL ? set_boot_state(kernel, state)
                                        : set_state_of_headers(kernel));
}
