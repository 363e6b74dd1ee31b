/*
 * The file of a kernel or of one of its programs: its bytes, and where the ELF file's tables are in
 * them. Whatever the file says is checked before it is used: each offset and count that this header
 * gives lies inside the file.
 */
#ifndef KERNEL_ELF_FILE_H
#define KERNEL_ELF_FILE_H

#include "kernel/file_bytes.h"

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Exclusive, in bytes of the file: what a multiboot header may reach, and more than any real kernel
   has. */
#define ELF_SECTIONS_MAX        4096u
#define ELF_PROGRAM_HEADERS_MAX 256u

struct elf_file {
    char *path; /* as it was given; for messages and for the command line */
    struct file_bytes content;
    const char *not_elf;    /* why it is none that this machine runs; NULL: it is one */
    Elf32_Ehdr header;      /* zeroes when it is none */
    uint32_t section_count; /* 0: none, or a table that does not lie in the file */
    uint32_t names_section; /* of the sections; 0: there is none */
};

/*
 * Read a file. A file that is no ELF file, or one of another machine, is no failure here: a
 * multiboot header can have all that is needed to load it (elf_image.h decides). false: error (one
 * line without a newline) says why it cannot be read; nothing is to be closed.
 */
bool elf_file_open(struct elf_file *file, const char *path, char *error, size_t error_bytes);

/* The same of bytes in memory, which are copied. */
void elf_file_of_bytes(struct elf_file *file, const char *path, const void *bytes, size_t size);

/* *file may be all zeroes. */
void elf_file_close(struct elf_file *file);

/* A section's header, i < section_count. */
Elf32_Shdr elf_file_section(const struct elf_file *file, uint32_t i);

/* Its name; "" where it has none. */
const char *elf_file_section_name(const struct elf_file *file, uint32_t i);

/* Its bytes in the file; NULL: it has none there, or they do not lie in the file. */
const unsigned char *elf_file_section_bytes(const struct elf_file *file, const Elf32_Shdr *section);

/* The string at an offset of a string table, i < section_count; "" where there is none that ends
   inside the table. */
const char *elf_file_string(const struct elf_file *file, uint32_t i, uint32_t offset);

#endif
