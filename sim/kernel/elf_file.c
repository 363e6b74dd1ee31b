#include "elf_file.h"
#include "trace/memory.h"

#include <stdlib.h>
#include <string.h>

/* Returns whether [offset, offset + bytes) is inside the file. */
static bool inside(const struct elf_file *file, uint64_t offset, uint64_t bytes)
{
    return offset <= file->content.size && bytes <= file->content.size - offset;
}

/* ---- identification ---- */

static const char *machine_problem(uint16_t machine)
{
    switch (machine) {
    case EM_386:
        return NULL;
    case EM_X86_64:
        return "it is a kernel for x86-64: mmsim runs 32-bit kernels";
    case EM_ARM:
    case EM_AARCH64:
        return "it is a kernel for ARM: mmsim runs kernels for 32-bit x86";
    case EM_RISCV:
        return "it is a kernel for RISC-V: mmsim runs kernels for 32-bit x86";
    default:
        return "it is a kernel for another processor: mmsim runs kernels for 32-bit x86";
    }
}

/* Returns NULL, or the reason why the file is no ELF file of this machine. */
static const char *identify(const struct file_bytes *content)
{
    const unsigned char *ident = content->bytes;
    uint16_t machine;

    if (content->size == 0)
        return "the file is empty";
    if (content->size < SELFMAG || memcmp(ident, ELFMAG, SELFMAG) != 0)
        return "it is no ELF file";
    if (content->size < sizeof(Elf32_Ehdr))
        return "the file ends inside the ELF header";
    if (ident[EI_DATA] != ELFDATA2LSB)
        return "it is big-endian: mmsim runs kernels for 32-bit x86";
    memcpy(&machine, ident + offsetof(Elf32_Ehdr, e_machine), sizeof machine);
    if (machine_problem(machine) != NULL)
        return machine_problem(machine);
    if (ident[EI_CLASS] != ELFCLASS32)
        return "it is a 64-bit ELF file: mmsim runs 32-bit kernels";
    if (ident[EI_VERSION] != EV_CURRENT)
        return "its ELF version is unknown";
    return NULL;
}

/* ---- sections ---- */

/* Section header 0 has the number of sections when it does not fit into the ELF header. */
static uint32_t section_zero_size(const struct elf_file *file)
{
    Elf32_Shdr zero;

    if (!inside(file, file->header.e_shoff, sizeof zero))
        return 0;
    memcpy(&zero, file->content.bytes + file->header.e_shoff, sizeof zero);
    return zero.sh_size;
}

static void sections_locate(struct elf_file *file)
{
    const Elf32_Ehdr *header = &file->header;
    uint32_t count = header->e_shnum;

    if (header->e_shoff == 0 || header->e_shentsize != sizeof(Elf32_Shdr))
        return;
    if (count == 0)
        count = section_zero_size(file);
    if (count > ELF_SECTIONS_MAX ||
        !inside(file, header->e_shoff, (uint64_t)count * sizeof(Elf32_Shdr)))
        return;
    file->section_count = count;
    file->names_section = header->e_shstrndx < count ? header->e_shstrndx : 0;
}

Elf32_Shdr elf_file_section(const struct elf_file *file, uint32_t i)
{
    Elf32_Shdr section;

    memcpy(&section, file->content.bytes + file->header.e_shoff + i * sizeof section,
           sizeof section);
    return section;
}

const unsigned char *elf_file_section_bytes(const struct elf_file *file, const Elf32_Shdr *section)
{
    bool has_bytes = section->sh_type != SHT_NOBITS && section->sh_type != SHT_NULL &&
                     section->sh_size > 0 && inside(file, section->sh_offset, section->sh_size);

    return has_bytes ? file->content.bytes + section->sh_offset : NULL;
}

const char *elf_file_string(const struct elf_file *file, uint32_t i, uint32_t offset)
{
    Elf32_Shdr section = elf_file_section(file, i);
    const unsigned char *bytes = elf_file_section_bytes(file, &section);

    if (bytes == NULL || offset >= section.sh_size ||
        memchr(bytes + offset, '\0', section.sh_size - offset) == NULL)
        return "";
    return (const char *)bytes + offset;
}

const char *elf_file_section_name(const struct elf_file *file, uint32_t i)
{
    if (file->names_section == 0)
        return "";
    return elf_file_string(file, file->names_section, elf_file_section(file, i).sh_name);
}

/* ---- the file ---- */

static void recognise(struct elf_file *file, const char *path)
{
    size_t path_bytes = strlen(path) + 1u;

    file->path = memory_zeroed(path_bytes, 1);
    memcpy(file->path, path, path_bytes);
    file->not_elf = identify(&file->content);
    if (file->not_elf != NULL)
        return;
    memcpy(&file->header, file->content.bytes, sizeof file->header);
    sections_locate(file);
}

bool elf_file_open(struct elf_file *file, const char *path, char *error, size_t error_bytes)
{
    *file = (struct elf_file){.path = NULL};
    if (!file_bytes_read(&file->content, path, error, error_bytes))
        return false;
    recognise(file, path);
    return true;
}

void elf_file_of_bytes(struct elf_file *file, const char *path, const void *bytes, size_t size)
{
    *file = (struct elf_file){.path = NULL};
    file_bytes_copy(&file->content, bytes, size);
    recognise(file, path);
}

void elf_file_close(struct elf_file *file)
{
    file_bytes_free(&file->content);
    free(file->path);
    *file = (struct elf_file){.path = NULL};
}
