/* A file's DWARF in libdw; for lines.c and call_frames.c alone, where HAVE_DW is set. */
#ifndef KERNEL_DWARF_FILE_H
#define KERNEL_DWARF_FILE_H

#include "kernel/elf_file.h"

#include <elfutils/libdw.h>

struct dwarf_file {
    const struct elf_file *file;
    bool opened;  /* or tried to */
    Elf *elf;     /* NULL: libelf does not take it */
    Dwarf *dwarf; /* NULL: it has none */
};

/* Open the DWARF of a file, once. The file outlives it. */
void dwarf_file_open(struct dwarf_file *dwarf);

void dwarf_file_close(struct dwarf_file *dwarf);

#endif
