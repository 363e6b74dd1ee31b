/* A kernel's memory, through its present page tables, and its registers. */
#include "kernel/kernel_state.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define FOUR_GIB (UINT64_C(1) << 32)

/* ---- physical ---- */

bool kernel_is_memory(const struct kernel *kernel, uint32_t pa, size_t count)
{
    for (uint32_t i = 0; i < kernel->range_count; i++)
        if (pa >= kernel->range[i].first && pa < kernel->range[i].end)
            return count <= kernel->range[i].end - pa;
    return false;
}

static bool check_physical(struct kernel *kernel, uint32_t pa, size_t count)
{
    kernel_clear_error(kernel);
    return count == 0 || kernel_is_memory(kernel, pa, count) ||
           kernel_fail_with(kernel,
                            "%zu bytes at the physical address 0x%08" PRIx32 " are not all memory",
                            count, pa);
}

bool kernel_read_physical(struct kernel *kernel, uint32_t pa, void *bytes, size_t count)
{
    if (!check_physical(kernel, pa, count))
        return false;
    memcpy(bytes, kernel_memory(kernel, pa), count);
    return true;
}

/* ---- writes that the runner must learn of ---- */

/* Returns whether the frame is the present directory, or a table that it names. */
static bool holds_tables(const struct kernel *kernel, uint32_t frame)
{
    const struct control_registers *registers = &kernel->registers;
    uint32_t directory = registers->cr3 & PTE_FRAME_MASK;

    if (!(registers->cr0 & CR0_PG))
        return false;
    if (directory == frame)
        return true;
    for (uint32_t i = 0; i < PAGE_TABLE_ENTRIES; i++) {
        uint32_t entry;

        memcpy(&entry, kernel_memory(kernel, directory + i * 4u), sizeof entry);
        if (mmu_names_table(entry, registers->cr4) && (entry & PTE_FRAME_MASK) == frame)
            return true;
    }
    return false;
}

static void note_written(struct control_written *written, uint32_t frame)
{
    if (written->count == CONTROL_WRITTEN_ANY ||
        (written->count > 0 && written->frame[written->count - 1] == frame))
        return;
    if (written->count < CONTROL_WRITTEN_MAX)
        written->frame[written->count] = frame;
    written->count++;
}

/* Write within one page. */
static void write_part(struct kernel *kernel, uint32_t pa, const void *bytes, size_t count)
{
    if (holds_tables(kernel, pa & PTE_FRAME_MASK))
        kernel->tlb_flush = true;
    note_written(&kernel->written, pa >> PAGE_SHIFT);
    arena_note_writes(&kernel->arena, paddr(pa), (uint32_t)count);
    memcpy(kernel_memory(kernel, pa), bytes, count);
}

/* Returns the number of bytes from an address to the end of its page, at most `count`. */
static size_t part_in_page(uint32_t address, size_t count)
{
    size_t part = PAGE_SIZE - (address & PAGE_OFFSET_MASK);

    return part < count ? part : count;
}

bool kernel_write_physical(struct kernel *kernel, uint32_t pa, const void *bytes, size_t count)
{
    if (!check_physical(kernel, pa, count))
        return false;
    for (size_t done = 0; done < count;) {
        uint32_t at = pa + (uint32_t)done;
        size_t part = part_in_page(at, count - done);

        write_part(kernel, at, (const char *)bytes + done, part);
        done += part;
    }
    return true;
}

/* ---- virtual ---- */

static bool translate(const struct kernel *kernel, uint32_t va, uint32_t *pa)
{
    const struct mmu mmu = {.memory = kernel->arena.memory,
                            .cr0 = kernel->registers.cr0,
                            .cr3 = kernel->registers.cr3,
                            .cr4 = kernel->registers.cr4};
    struct mmu_walk walk;

    if (!mmu_peek(&mmu, vaddr(va), MMU_SUPERVISOR | MMU_READ, &walk))
        return false;
    *pa = walk.pa.value;
    return true;
}

bool kernel_translate(struct kernel *kernel, uint32_t va, uint32_t *pa)
{
    kernel_clear_error(kernel);
    return translate(kernel, va, pa) ||
           kernel_fail_with(kernel, "0x%08" PRIx32 " is not mapped", va);
}

/* Returns whether each page of [va, va + count) is mapped to memory; if not, *bad is the first
   address that is not. */
static bool all_memory(const struct kernel *kernel, uint32_t va, size_t count, uint32_t *bad)
{
    *bad = va;
    if (count > FOUR_GIB - va)
        return false;
    for (size_t done = 0; done < count;) {
        size_t part = part_in_page(*bad, count - done);
        uint32_t pa;

        if (!translate(kernel, *bad, &pa) || !kernel_is_memory(kernel, pa, part))
            return false;
        done += part;
        *bad = va + (uint32_t)done;
    }
    return true;
}

static bool check_virtual(struct kernel *kernel, uint32_t va, size_t count)
{
    uint32_t bad, pa;

    kernel_clear_error(kernel);
    if (all_memory(kernel, va, count, &bad))
        return true;
    if (count > FOUR_GIB - va)
        return kernel_fail_with(kernel, "%zu bytes at 0x%08" PRIx32 " end behind 4 GiB", count, va);
    if (translate(kernel, bad, &pa))
        return kernel_fail_with(
            kernel, "0x%08" PRIx32 " is mapped to 0x%08" PRIx32 ", which is no memory", bad, pa);
    return kernel_fail_with(kernel, "0x%08" PRIx32 " is not mapped", bad);
}

static void copy_out(const struct kernel *kernel, uint32_t va, void *bytes, size_t count)
{
    for (size_t done = 0; done < count;) {
        uint32_t at = va + (uint32_t)done, pa = 0;
        size_t part = part_in_page(at, count - done);

        translate(kernel, at, &pa);
        memcpy((char *)bytes + done, kernel_memory(kernel, pa), part);
        done += part;
    }
}

bool kernel_peek(const struct kernel *kernel, uint32_t va, void *bytes, size_t count)
{
    uint32_t bad;

    if (!all_memory(kernel, va, count, &bad))
        return false;
    copy_out(kernel, va, bytes, count);
    return true;
}

bool kernel_read(struct kernel *kernel, uint32_t va, void *bytes, size_t count)
{
    if (!check_virtual(kernel, va, count))
        return false;
    copy_out(kernel, va, bytes, count);
    return true;
}

bool kernel_write(struct kernel *kernel, uint32_t va, const void *bytes, size_t count)
{
    if (!check_virtual(kernel, va, count))
        return false;
    for (size_t done = 0; done < count;) {
        uint32_t at = va + (uint32_t)done, pa;
        size_t part = part_in_page(at, count - done);

        /* The bytes that were just written may have been a page table. */
        if (!translate(kernel, at, &pa) || !kernel_is_memory(kernel, pa, part))
            return kernel_fail_with(
                kernel, "0x%08" PRIx32 " is not mapped any more, by what was written before it",
                at);
        write_part(kernel, pa, (const char *)bytes + done, part);
        done += part;
    }
    return true;
}

uint32_t kernel_read32(struct kernel *kernel, uint32_t va)
{
    uint32_t value = 0;

    return kernel_read(kernel, va, &value, sizeof value) ? value : 0;
}

size_t kernel_read_string(struct kernel *kernel, uint32_t va, char *text, size_t size)
{
    size_t length = 0;

    kernel_clear_error(kernel);
    if (size == 0)
        return 0;
    while (length < size - 1 && kernel_peek(kernel, va + (uint32_t)length, &text[length], 1) &&
           text[length] != '\0')
        length++;
    text[length] = '\0';
    return length;
}

/* ---- by symbol ---- */

uint32_t kernel_variable(struct kernel *kernel, const char *symbol)
{
    uint32_t va;

    return kernel_symbol(kernel, symbol, &va) ? kernel_read32(kernel, va) : 0;
}

bool kernel_set_variable(struct kernel *kernel, const char *symbol, uint32_t value)
{
    uint32_t va;

    return kernel_symbol(kernel, symbol, &va) && kernel_write(kernel, va, &value, sizeof value);
}

uint32_t kernel_argument(struct kernel *kernel, unsigned i)
{
    const struct control_registers *registers = &kernel->registers;

    /* The word at ESP is the return address. */
    return kernel_read32(kernel,
                         registers->segment[SEG_SS].base + registers->general[ESP] + 4u + i * 4u);
}

/* ---- registers ---- */

struct kernel_registers kernel_registers(const struct kernel *kernel)
{
    const struct control_registers *from = &kernel->registers;

    return (struct kernel_registers){
        .eax = from->general[EAX],
        .ecx = from->general[ECX],
        .edx = from->general[EDX],
        .ebx = from->general[EBX],
        .esp = from->general[ESP],
        .ebp = from->general[EBP],
        .esi = from->general[ESI],
        .edi = from->general[EDI],
        .eip = from->eip,
        .eflags = from->eflags,
        .cr0 = from->cr0,
        .cr2 = from->cr2,
        .cr3 = from->cr3,
        .cr4 = from->cr4,
        .cs = from->segment[SEG_CS].selector,
        .ss = from->segment[SEG_SS].selector,
        .ds = from->segment[SEG_DS].selector,
        .es = from->segment[SEG_ES].selector,
        .fs = from->segment[SEG_FS].selector,
        .gs = from->segment[SEG_GS].selector,
    };
}

void kernel_set_registers(struct kernel *kernel, const struct kernel_registers *registers)
{
    struct control_registers *to = &kernel->registers;
    const uint32_t general[GENERAL_COUNT] = {
        [EAX] = registers->eax, [ECX] = registers->ecx, [EDX] = registers->edx,
        [EBX] = registers->ebx, [ESP] = registers->esp, [EBP] = registers->ebp,
        [ESI] = registers->esi, [EDI] = registers->edi};

    memcpy(to->general, general, sizeof to->general);
    to->eip = registers->eip;
    to->eflags = registers->eflags | EFLAGS_ONE;
    if (to->cr0 != registers->cr0 || to->cr3 != registers->cr3 || to->cr4 != registers->cr4)
        kernel->tlb_flush = true;
    to->cr0 = registers->cr0;
    to->cr2 = registers->cr2;
    to->cr3 = registers->cr3;
    to->cr4 = registers->cr4;
    kernel->state_set = true;
    if (!kernel->in_hook)
        kernel_forget_end(kernel);
}
