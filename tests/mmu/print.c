#include "print.h"

#include "machine/mmu.h"

static void print_flags(FILE *out, uint32_t value)
{
    static const struct {
        uint32_t flag;
        const char *name;
    } flags[] = {
        {PTE_PRESENT, "P"},         {PTE_WRITABLE, "R/W"},      {PTE_USER, "U/S"},
        {PTE_WRITE_THROUGH, "PWT"}, {PTE_CACHE_DISABLE, "PCD"}, {PTE_ACCESSED, "A"},
        {PTE_DIRTY, "D"},           {PTE_LARGE, "PS"},          {PTE_GLOBAL, "G"},
    };

    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
        if (value & flags[i].flag)
            fprintf(out, " %s", flags[i].name);
    if (value & 0xe00u)
        fprintf(out, " avail %u", value >> 9 & 7u);
    if (!(value & PAGE_OFFSET_MASK))
        fputs(" no flags", out);
}

static const char *on_off(uint32_t value, uint32_t bit)
{
    return value & bit ? "1" : "0";
}

static const char *access_name(uint32_t access)
{
    static const char *const names[] = {[PROBE_READ8] = "read a byte",
                                        [PROBE_WRITE8] = "write a byte",
                                        [PROBE_READ32] = "read 4 bytes"};

    return names[access & PROBE_ACCESS_KIND];
}

static void print_step(FILE *out, const struct probe_step *step)
{
    switch (step->kind) {
    case PROBE_WRITE_ENTRY:
        fprintf(out, "frame %u entry %u: frame %u,", step->frame, step->where,
                probe_entry_frame(step->value));
        print_flags(out, step->value);
        break;
    case PROBE_LOAD_CR3:
        fprintf(out, "load CR3: the directory is frame %u", step->frame);
        break;
    case PROBE_LOAD_CR0:
        fprintf(out, "load CR0: WP %s", on_off(step->value, CR0_WP));
        break;
    case PROBE_LOAD_CR4:
        fprintf(out, "load CR4: PSE %s, PGE %s", on_off(step->value, CR4_PSE),
                on_off(step->value, CR4_PGE));
        break;
    case PROBE_INVLPG:
        fprintf(out, "invlpg 0x%08x", step->where);
        break;
    case PROBE_ACCESS:
        fprintf(out, "%s: %s at 0x%08x (slot %u, entry %u)",
                step->access & PROBE_USER ? "user" : "supervisor", access_name(step->access),
                step->where, directory_index(vaddr(step->where)), table_index(vaddr(step->where)));
        break;
    }
    fputc('\n', out);
}

static void print_outcome(FILE *out, const char *who, const struct probe_outcome *outcome)
{
    uint32_t code = outcome->end & ~PROBE_FAULT;

    fprintf(out, "      %s ", who);
    if (outcome->end & PROBE_FAULT)
        fprintf(out, "page fault, error code 0x%x (%s, %s, %s%s), CR2 0x%08x", code,
                code & FAULT_USER ? "user" : "supervisor", code & FAULT_WRITE ? "write" : "read",
                code & FAULT_PRESENT ? "protection" : "not present",
                code & FAULT_RESERVED ? ", reserved bit" : "", outcome->value);
    else
        fprintf(out, "works, reads 0x%x", outcome->value);
    fprintf(out, "; directory entry 0x%08x", outcome->directory_entry);
    if (outcome->table_entry)
        fprintf(out, ", table entry 0x%08x", outcome->table_entry);
    fputc('\n', out);
}

void print_difference(FILE *out, const struct program *program,
                      const struct boot_difference *difference)
{
    const struct probe_case *head = &program->head;

    fprintf(out, "  start: tables clear, the directory is frame %u; WP %s, PSE %s, PGE %s\n",
            head->directory, on_off(head->cr0, CR0_WP), on_off(head->cr4, CR4_PSE),
            on_off(head->cr4, CR4_PGE));
    for (uint32_t i = 0; i < head->steps; i++) {
        fprintf(out, "  %3u ", i + 1u);
        print_step(out, &program->step[i]);
    }
    if (difference->step == BOOT_CHECKSUM) {
        fputs("      the tables or the data that this leaves behind differ\n", out);
        return;
    }
    print_outcome(out, "simulator:", &difference->simulator);
    print_outcome(out, "image:    ", &difference->image);
}
