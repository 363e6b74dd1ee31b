#include "support/core_maker.h"

#include "support/scratch.h"

#include <string.h>

#define CORE_BYTES_MAX 262144u

static unsigned char core_bytes[CORE_BYTES_MAX];

void note_add(unsigned char *notes, size_t *count, const char *owner, uint32_t type,
              const void *data, size_t bytes)
{
    const Elf64_Nhdr header = {(Elf64_Word)strlen(owner) + 1u, (Elf64_Word)bytes, type};
    unsigned char *at = notes + *count;

    memcpy(at, &header, sizeof header);
    memcpy(at + sizeof header, owner, header.n_namesz);
    at += sizeof header + (header.n_namesz + 3u) / 4u * 4u;
    memcpy(at, data, bytes);
    *count = (size_t)(at - notes) + (bytes + 3u) / 4u * 4u;
}

/* version, size, 18 registers, 10 segments of 24 bytes, CR0 to CR4 */
void note_add_cpu(unsigned char *notes, size_t *count, uint64_t cr0, uint64_t cr3, uint64_t cr4)
{
    uint64_t words[1 + 18 + 30 + 5] = {1u | UINT64_C(432) << 32};

    words[49] = cr0;
    words[52] = cr3;
    words[53] = cr4;
    note_add(notes, count, "QEMU", 0, words, sizeof words);
}

static void put_program_header(const struct made_core *core, uint32_t number, Elf64_Phdr header)
{
    const Elf32_Phdr narrow = {.p_type = header.p_type,
                               .p_offset = (Elf32_Off)header.p_offset,
                               .p_vaddr = (Elf32_Addr)header.p_vaddr,
                               .p_paddr = (Elf32_Addr)header.p_paddr,
                               .p_filesz = (Elf32_Word)header.p_filesz,
                               .p_memsz = (Elf32_Word)header.p_memsz};

    if (core->is_wide)
        memcpy(core_bytes + sizeof(Elf64_Ehdr) + number * sizeof header, &header, sizeof header);
    else
        memcpy(core_bytes + sizeof(Elf32_Ehdr) + number * sizeof narrow, &narrow, sizeof narrow);
}

static void put_file_header(const struct made_core *core, uint32_t headers, uint64_t section)
{
    uint16_t count = core->has_count_in_section ? PN_XNUM : (uint16_t)headers;
    const unsigned char ident[EI_NIDENT] = {
        0x7f, 'E', 'L', 'F', core->is_wide ? ELFCLASS64 : ELFCLASS32, ELFDATA2LSB, EV_CURRENT};
    Elf64_Ehdr wide = {.e_type = ET_CORE,
                       .e_machine = core->machine,
                       .e_phoff = sizeof wide,
                       .e_phnum = count,
                       .e_shoff = section};
    Elf32_Ehdr narrow = {.e_type = ET_CORE,
                         .e_machine = core->machine,
                         .e_phoff = sizeof narrow,
                         .e_phnum = count,
                         .e_shoff = (Elf32_Off)section};

    memcpy(wide.e_ident, ident, sizeof ident);
    memcpy(narrow.e_ident, ident, sizeof ident);
    memcpy(core_bytes, core->is_wide ? (void *)&wide : (void *)&narrow,
           core->is_wide ? sizeof wide : sizeof narrow);
}

/* With PN_XNUM, the first section has the number. Returns where what follows starts. */
static uint64_t put_section(const struct made_core *core, uint64_t at, uint32_t headers)
{
    const Elf64_Shdr wide = {.sh_info = headers};
    const Elf32_Shdr narrow = {.sh_info = headers};
    size_t bytes = core->is_wide ? sizeof wide : sizeof narrow;

    memcpy(core_bytes + at, core->is_wide ? (const void *)&wide : (const void *)&narrow, bytes);
    return at + bytes;
}

const char *core_make(const char *name, const struct made_core *core)
{
    uint32_t headers = core->segment_count + 1u;
    uint64_t section = core->is_wide ? sizeof(Elf64_Ehdr) + headers * sizeof(Elf64_Phdr)
                                     : sizeof(Elf32_Ehdr) + headers * sizeof(Elf32_Phdr);
    uint64_t at = put_section(core, section, headers);
    uint64_t start = 0;

    memset(core_bytes, 0, section);
    at = put_section(core, section, headers);
    put_file_header(core, headers, section);
    put_program_header(
        core, 0, (Elf64_Phdr){.p_type = PT_NOTE, .p_offset = at, .p_filesz = core->note_bytes});
    memcpy(core_bytes + at, core->notes, core->note_bytes);
    at += core->note_bytes;
    for (uint32_t i = 0; i < core->segment_count; i++) {
        const struct made_segment *segment = &core->segments[i];
        if (segment->bytes != NULL) {
            start = at;
            memcpy(core_bytes + at, segment->bytes, segment->file_bytes);
            at += segment->file_bytes;
        }
        put_program_header(core, i + 1u,
                           (Elf64_Phdr){.p_type = PT_LOAD,
                                        .p_offset = start + segment->skip,
                                        .p_vaddr = segment->va,
                                        .p_paddr = segment->pa,
                                        .p_filesz = segment->file_bytes,
                                        .p_memsz = segment->memory_bytes});
    }
    return scratch_bytes(name, core_bytes, at);
}
