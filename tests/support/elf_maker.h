/*
 * Makes a small kernel's ELF file, byte by byte, for tests of code that reads such files:
 *
 *     offset  address     physical
 *     0x0000                          ELF header, program headers
 *     0x1000  0xc0100000  0x100000    .text, 0x400 bytes; the entry point is 0xc0100040
 *     0x2000  0xc0101000  0x101000    .data, 0x100 bytes, and 0x700 bytes of bss behind them
 *     0x3000                          section headers
 *     0x3200                          .shstrtab, .symtab, .strtab
 */
#ifndef SUPPORT_ELF_MAKER_H
#define SUPPORT_ELF_MAKER_H

#include <elf.h>
#include <stddef.h>
#include <stdint.h>

#define ELF_MAKER_BYTES   0x4000u
#define ELF_MAKER_TEXT    0x1000u /* offsets */
#define ELF_MAKER_DATA    0x2000u
#define ELF_MAKER_TABLE   0x34u /* program headers */
#define ELF_MAKER_TEXT_VA 0xc0100000u
#define ELF_MAKER_DATA_VA 0xc0101000u

/* The offsets of fields, for tests that break them. */
#define ELF_MAKER_HEADER_FIELD(field) ((uint32_t)offsetof(Elf32_Ehdr, field))
#define ELF_MAKER_PROGRAM_FIELD(i, field)                                                          \
    (ELF_MAKER_TABLE + 32u * (i) + (uint32_t)offsetof(Elf32_Phdr, field))
#define ELF_MAKER_SECTION_FIELD(i, field)                                                          \
    (0x3000u + 40u * (i) + (uint32_t)offsetof(Elf32_Shdr, field))

enum elf_maker_section {
    ELF_MAKER_NULL,
    ELF_MAKER_TEXT_SECTION,
    ELF_MAKER_DATA_SECTION,
    ELF_MAKER_SHSTRTAB,
    ELF_MAKER_SYMTAB,
    ELF_MAKER_STRTAB,
    ELF_MAKER_SECTIONS,
};

struct elf_maker {
    _Alignas(8) unsigned char bytes[ELF_MAKER_BYTES];
    uint32_t strings; /* used bytes of .strtab */
};

/* Makes a valid kernel that has no multiboot header and no symbols. */
void elf_maker_init(struct elf_maker *maker);

/* Write and read a number of 1, 2 or 4 bytes at an offset of the file. */
void elf_maker_put(struct elf_maker *maker, uint32_t offset, uint32_t bytes, uint32_t value);
uint32_t elf_maker_get(const struct elf_maker *maker, uint32_t offset);

/* Adds a symbol. info is as ELF32_ST_INFO() makes it. */
void elf_maker_symbol(struct elf_maker *maker, const char *name, uint32_t va, uint32_t bytes,
                      unsigned char info, uint16_t section);

/* Adds a multiboot 1 header at an offset. The words follow its checksum. */
void elf_maker_multiboot_1(struct elf_maker *maker, uint32_t offset, uint32_t flags,
                           const uint32_t *words, size_t count);

/* Adds a multiboot 2 header at an offset. The words are its tags. */
void elf_maker_multiboot_2(struct elf_maker *maker, uint32_t offset, const uint32_t *words,
                           size_t count);

#endif
