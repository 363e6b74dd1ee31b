#include "machine/core_notes.h"

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(sizeof(Elf32_Nhdr) == sizeof(Elf64_Nhdr), "notes are the same in both classes");

/*
 * QEMU's note: version, size (4 bytes each), 18 registers (8 bytes), 10 segments (24 bytes), and
 * CR0 to CR4 (8 bytes).
 */
#define QEMU_VERSION   1u
#define QEMU_CR_OFFSET (8u + 18u * 8u + 10u * 24u)
#define QEMU_BYTES     (QEMU_CR_OFFSET + 5u * 8u)

static bool take_cpu(struct core_notes *notes, const unsigned char *bytes, size_t count)
{
    uint32_t version;
    uint64_t cr[5];

    if (count < QEMU_BYTES)
        return true;
    memcpy(&version, bytes, sizeof version);
    memcpy(cr, bytes + QEMU_CR_OFFSET, sizeof cr);
    if (version != QEMU_VERSION)
        return true;
    struct core_cpu *cpus =
        realloc(notes->cpus, (notes->cpu_count + (size_t)1) * sizeof *notes->cpus);
    if (cpus == NULL)
        return false;
    notes->cpus = cpus;
    cpus[notes->cpu_count++] = (struct core_cpu){.cr0 = cr[0], .cr3 = cr[3], .cr4 = cr[4]};
    return true;
}

/* ---- VMCOREINFO ---- */

static void take_kernel_table(struct core_notes *notes, const char *value)
{
    notes->has_kernel_table = true;
    notes->kernel_table = strtoull(value, NULL, 16);
}

static void take_phys_base(struct core_notes *notes, const char *value)
{
    notes->phys_base = (uint64_t)strtoll(value, NULL, 0);
}

static void take_va_bits(struct core_notes *notes, const char *value)
{
    notes->va_bits = (uint32_t)strtoul(value, NULL, 0);
}

static void take_la57(struct core_notes *notes, const char *value)
{
    notes->has_la57 = strtoul(value, NULL, 0) == 1;
}

static void take_pae(struct core_notes *notes, const char *value)
{
    notes->has_pae = *value == 'y';
}

static const struct {
    const char *key;
    void (*take)(struct core_notes *notes, const char *value);
} vmcoreinfo_keys[] = {
    {"SYMBOL(swapper_pg_dir)=", take_kernel_table},  {"SYMBOL(init_top_pgt)=", take_kernel_table},
    {"SYMBOL(init_level4_pgt)=", take_kernel_table}, /* before Linux 4.13 */
    {"NUMBER(phys_base)=", take_phys_base},          {"NUMBER(VA_BITS)=", take_va_bits},
    {"NUMBER(pgtable_l5_enabled)=", take_la57},      {"CONFIG_X86_PAE=", take_pae},
};

static void take_vmcoreinfo_line(struct core_notes *notes, const char *line)
{
    for (size_t i = 0; i < sizeof vmcoreinfo_keys / sizeof vmcoreinfo_keys[0]; i++) {
        size_t length = strlen(vmcoreinfo_keys[i].key);
        if (strncmp(line, vmcoreinfo_keys[i].key, length) == 0)
            vmcoreinfo_keys[i].take(notes, line + length);
    }
}

static void take_vmcoreinfo(struct core_notes *notes, const char *text, size_t count)
{
    char line[128];

    for (const char *end = text + count; text < end;) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        size_t length = (size_t)((newline != NULL ? newline : end) - text);
        snprintf(line, sizeof line, "%.*s", length < sizeof line ? (int)length : 0, text);
        take_vmcoreinfo_line(notes, line);
        text += length + 1u;
    }
}

/* ---- the list ---- */

struct note {
    const char *owner;
    size_t owner_bytes;
    uint32_t type;
    const unsigned char *data;
    size_t data_bytes;
};

static bool is_of(const struct note *note, const char *owner)
{
    return note->owner_bytes == strlen(owner) + 1u &&
           memcmp(note->owner, owner, note->owner_bytes) == 0;
}

static bool take_note(struct core_notes *notes, const struct note *note)
{
    if (is_of(note, "QEMU") && note->type == 0)
        return take_cpu(notes, note->data, note->data_bytes);
    if (is_of(note, "VMCOREINFO"))
        take_vmcoreinfo(notes, (const char *)note->data, note->data_bytes);
    if (is_of(note, "CORE") && (note->type == NT_AUXV || note->type == NT_SIGINFO))
        notes->is_of_process = true;
    return true;
}

static size_t padded(uint32_t bytes)
{
    return ((size_t)bytes + 3u) / 4u * 4u;
}

bool core_notes_add(struct core_notes *notes, const void *bytes, size_t count)
{
    const unsigned char *at = bytes;
    Elf64_Nhdr header;

    while (count >= sizeof header) {
        memcpy(&header, at, sizeof header);
        size_t whole = sizeof header + padded(header.n_namesz) + padded(header.n_descsz);
        const struct note note = {.owner = (const char *)at + sizeof header,
                                  .owner_bytes = header.n_namesz,
                                  .type = header.n_type,
                                  .data = at + sizeof header + padded(header.n_namesz),
                                  .data_bytes = header.n_descsz};
        if (sizeof header + padded(header.n_namesz) + header.n_descsz > count)
            break;
        if (!take_note(notes, &note))
            return false;
        if (whole >= count) /* the last note may lack its padding */
            break;
        at += whole;
        count -= whole;
    }
    return true;
}

void core_notes_free(struct core_notes *notes)
{
    free(notes->cpus);
    notes->cpus = NULL;
}
