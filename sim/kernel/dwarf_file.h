/* A file's DWARF in libdw; only for lines.c and call_frames.c, and only with HAVE_DW. */
#ifndef KERNEL_DWARF_FILE_H
#define KERNEL_DWARF_FILE_H

#include "kernel/elf_file.h"

#include <elfutils/libdw.h>

struct dwarf_file {
    const struct elf_file *file;
    bool opened;  /* opening was tried */
    Elf *elf;     /* NULL: libelf cannot read the file */
    Dwarf *dwarf; /* NULL: the file has none */
};

/* Open the DWARF of a file, at the first call only. The file must outlive it. */
void dwarf_file_open(struct dwarf_file *dwarf);

void dwarf_file_close(struct dwarf_file *dwarf);

#endif
