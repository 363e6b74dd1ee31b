/*
 * The file of a kernel or of one of its programs: its bytes, and the places of the ELF tables in
 * them. All fields of the file are checked before use: each offset and count that this header
 * returns lies inside the file.
 */
#ifndef KERNEL_ELF_FILE_H
#define KERNEL_ELF_FILE_H

#include "kernel/file_bytes.h"

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* More sections and program headers than any real kernel has. */
#define ELF_SECTIONS_MAX        4096u
#define ELF_PROGRAM_HEADERS_MAX 256u

struct elf_file {
    char *path; /* as the caller gave it; for messages and for the command line */
    struct file_bytes content;
    const char *not_elf;    /* why this machine cannot run it as an ELF file; NULL: it can */
    Elf32_Ehdr header;      /* zeroes when not_elf is set */
    uint32_t section_count; /* 0: no table, or one that is not inside the file */
    uint32_t names_section; /* section with the sections' names; 0: none */
};

/*
 * Read a file. A file that is not ELF, or is for another machine, is no failure here, because a
 * multiboot header can have all that is needed to load it (elf_image.h decides). Returns false when
 * the file cannot be read; error (one line without a newline) then says why, and the caller need
 * not close it. O(bytes).
 */
bool elf_file_open(struct elf_file *file, const char *path, char *error, size_t error_bytes);

/* The same for bytes in memory, which are copied. */
void elf_file_of_bytes(struct elf_file *file, const char *path, const void *bytes, size_t size);

/* Free the file's bytes. *file may be all zeroes. */
void elf_file_close(struct elf_file *file);

/* Returns a section's header, i < section_count. */
Elf32_Shdr elf_file_section(const struct elf_file *file, uint32_t i);

/* Returns a section's name; "" when it has none. */
const char *elf_file_section_name(const struct elf_file *file, uint32_t i);

/* Returns a section's bytes in the file; NULL when it has none, or when they are not inside the
   file. */
const unsigned char *elf_file_section_bytes(const struct elf_file *file, const Elf32_Shdr *section);

/* Returns the string at an offset of the string table in section i, i < section_count; "" when no
   string that ends inside the table is there. */
const char *elf_file_string(const struct elf_file *file, uint32_t i, uint32_t offset);

#endif
