#include "support/elf_maker.h"

#include <assert.h>
#include <string.h>

#define SECTION_TABLE 0x3000u
#define SHSTRTAB_AT   0x3200u
#define SYMTAB_AT     0x3400u
#define STRTAB_AT     0x3c00u
#define STRTAB_BYTES  (ELF_MAKER_BYTES - STRTAB_AT)
#define SYMBOLS_MAX   ((STRTAB_AT - SYMTAB_AT) / 16u)

static const char section_names[] = "\0.text\0.data\0.shstrtab\0.symtab\0.strtab";

static const Elf32_Ehdr header = {
    .e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS32, ELFDATA2LSB, EV_CURRENT},
    .e_type = ET_EXEC,
    .e_machine = EM_386,
    .e_version = EV_CURRENT,
    .e_entry = ELF_MAKER_TEXT_VA + 0x40u,
    .e_phoff = ELF_MAKER_TABLE,
    .e_shoff = SECTION_TABLE,
    .e_ehsize = sizeof(Elf32_Ehdr),
    .e_phentsize = sizeof(Elf32_Phdr),
    .e_phnum = 2,
    .e_shentsize = sizeof(Elf32_Shdr),
    .e_shnum = ELF_MAKER_SECTIONS,
    .e_shstrndx = ELF_MAKER_SHSTRTAB,
};
_Static_assert(sizeof(Elf32_Ehdr) == ELF_MAKER_TABLE, "the program headers follow the ELF header");

static const Elf32_Phdr segments[] = {
    {PT_LOAD, ELF_MAKER_TEXT, ELF_MAKER_TEXT_VA, 0x100000, 0x400, 0x400, PF_R | PF_X, 0x1000},
    {PT_LOAD, ELF_MAKER_DATA, ELF_MAKER_DATA_VA, 0x101000, 0x100, 0x800, PF_R | PF_W, 0x1000},
};

static const Elf32_Shdr sections[] = {
    [ELF_MAKER_TEXT_SECTION] = {.sh_name = 1,
                                .sh_type = SHT_PROGBITS,
                                .sh_flags = SHF_ALLOC | SHF_EXECINSTR,
                                .sh_addr = ELF_MAKER_TEXT_VA,
                                .sh_offset = ELF_MAKER_TEXT,
                                .sh_size = 0x400},
    [ELF_MAKER_DATA_SECTION] = {.sh_name = 7,
                                .sh_type = SHT_PROGBITS,
                                .sh_flags = SHF_ALLOC | SHF_WRITE,
                                .sh_addr = ELF_MAKER_DATA_VA,
                                .sh_offset = ELF_MAKER_DATA,
                                .sh_size = 0x100},
    [ELF_MAKER_SHSTRTAB] = {.sh_name = 13,
                            .sh_type = SHT_STRTAB,
                            .sh_offset = SHSTRTAB_AT,
                            .sh_size = sizeof section_names},
    [ELF_MAKER_SYMTAB] = {.sh_name = 23,
                          .sh_type = SHT_SYMTAB,
                          .sh_offset = SYMTAB_AT,
                          .sh_size = sizeof(Elf32_Sym),
                          .sh_link = ELF_MAKER_STRTAB,
                          .sh_info = 1,
                          .sh_entsize = sizeof(Elf32_Sym)},
    [ELF_MAKER_STRTAB] = {.sh_name = 31,
                          .sh_type = SHT_STRTAB,
                          .sh_offset = STRTAB_AT,
                          .sh_size = STRTAB_BYTES},
};

void elf_maker_init(struct elf_maker *maker)
{
    *maker = (struct elf_maker){.strings = 1};
    memcpy(maker->bytes, &header, sizeof header);
    memcpy(maker->bytes + ELF_MAKER_TABLE, segments, sizeof segments);
    for (uint32_t i = 0; i < 0x400; i++)
        maker->bytes[ELF_MAKER_TEXT + i] = 0x90;
    for (uint32_t i = 0; i < 0x100; i++)
        maker->bytes[ELF_MAKER_DATA + i] = (unsigned char)i;
    memcpy(maker->bytes + SECTION_TABLE, sections, sizeof sections);
    memcpy(maker->bytes + SHSTRTAB_AT, section_names, sizeof section_names);
}

void elf_maker_put(struct elf_maker *maker, uint32_t offset, uint32_t bytes, uint32_t value)
{
    assert(offset + bytes <= ELF_MAKER_BYTES);
    memcpy(maker->bytes + offset, &value, bytes); /* little-endian, like the host */
}

uint32_t elf_maker_get(const struct elf_maker *maker, uint32_t offset)
{
    uint32_t value;

    memcpy(&value, maker->bytes + offset, sizeof value);
    return value;
}

void elf_maker_symbol(struct elf_maker *maker, const char *name, uint32_t va, uint32_t bytes,
                      unsigned char info, uint16_t section)
{
    const uint32_t size_at = ELF_MAKER_SECTION_FIELD(ELF_MAKER_SYMTAB, sh_size);
    uint32_t size = elf_maker_get(maker, size_at);
    const Elf32_Sym symbol = {maker->strings, va, bytes, info, 0, section};
    uint32_t name_bytes = (uint32_t)strlen(name) + 1u;

    assert(size / sizeof symbol < SYMBOLS_MAX && maker->strings + name_bytes <= STRTAB_BYTES);
    memcpy(maker->bytes + STRTAB_AT + maker->strings, name, name_bytes);
    memcpy(maker->bytes + SYMTAB_AT + size, &symbol, sizeof symbol);
    maker->strings += name_bytes;
    elf_maker_put(maker, size_at, 4, size + (uint32_t)sizeof symbol);
}

void elf_maker_multiboot_1(struct elf_maker *maker, uint32_t offset, uint32_t flags,
                           const uint32_t *words, size_t count)
{
    elf_maker_put(maker, offset, 4, 0x1badb002u);
    elf_maker_put(maker, offset + 4u, 4, flags);
    elf_maker_put(maker, offset + 8u, 4, 0u - 0x1badb002u - flags);
    for (size_t i = 0; i < count; i++)
        elf_maker_put(maker, offset + 12u + 4u * (uint32_t)i, 4, words[i]);
}

void elf_maker_multiboot_2(struct elf_maker *maker, uint32_t offset, const uint32_t *words,
                           size_t count)
{
    uint32_t bytes = 16u + 4u * (uint32_t)count;

    elf_maker_put(maker, offset, 4, 0xe85250d6u);
    elf_maker_put(maker, offset + 4u, 4, 0);
    elf_maker_put(maker, offset + 8u, 4, bytes);
    elf_maker_put(maker, offset + 12u, 4, 0u - 0xe85250d6u - bytes);
    for (size_t i = 0; i < count; i++)
        elf_maker_put(maker, offset + 16u + 4u * (uint32_t)i, 4, words[i]);
}
