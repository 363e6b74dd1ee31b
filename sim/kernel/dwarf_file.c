#ifdef HAVE_DW
#include "dwarf_file.h"

#include <string.h>

/* A limit of .debug_line: a source line takes one byte or more there, and 100 in memory. */
#define LINE_BYTES_MAX (16u << 20)

static bool has_name(const struct elf_file *file, uint32_t i, const char *name)
{
    return strncmp(elf_file_section_name(file, i), name, strlen(name)) == 0;
}

/* Returns whether the sections that grow when they are read are small enough: a hostile file could
   fill memory with them. */
static bool is_bounded(const struct elf_file *file)
{
    uint64_t unpacked = 0;

    for (uint32_t i = 0; i < file->section_count; i++) {
        Elf32_Shdr section = elf_file_section(file, i);
        const unsigned char *bytes = elf_file_section_bytes(file, &section);
        Elf32_Chdr packed = {.ch_size = 0};

        if ((section.sh_flags & SHF_COMPRESSED) != 0 && bytes != NULL &&
            section.sh_size >= sizeof packed)
            memcpy(&packed, bytes, sizeof packed);
        unpacked += packed.ch_size;
        bool lines = has_name(file, i, ".debug_line");
        if (unpacked > FILE_BYTES_MAX || has_name(file, i, ".zdebug") ||
            (lines && (section.sh_size > LINE_BYTES_MAX || packed.ch_size > LINE_BYTES_MAX)))
            return false;
    }
    return true;
}

void dwarf_file_open(struct dwarf_file *dwarf)
{
    const struct elf_file *file = dwarf->file;

    if (dwarf->opened)
        return;
    dwarf->opened = true;
    if (file->not_elf != NULL || file->section_count == 0 || !is_bounded(file))
        return;
    elf_version(EV_CURRENT);
    dwarf->elf = elf_memory((char *)file->content.bytes, file->content.size);
    if (dwarf->elf != NULL)
        dwarf->dwarf = dwarf_begin_elf(dwarf->elf, DWARF_C_READ, NULL);
}

void dwarf_file_close(struct dwarf_file *dwarf)
{
    if (dwarf->dwarf != NULL)
        dwarf_end(dwarf->dwarf);
    if (dwarf->elf != NULL)
        elf_end(dwarf->elf);
    *dwarf = (struct dwarf_file){.file = dwarf->file};
}
#else
typedef int dwarf_file_is_empty; /* ISO C forbids an empty file */
#endif
