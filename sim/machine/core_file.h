/*
 * ELF cores of a machine's memory (System V ABI, "Object files", "Program header"): each PT_LOAD is
 * a piece of physical memory, which starts at p_paddr. QEMU writes them (`dump-guest-memory FILE`,
 * with or without -p), libvirt (`virsh dump --memory-only`), Linux (/proc/vmcore), and makedumpfile
 * -E. They have 32 or 64 bits.
 */
#ifndef MACHINE_CORE_FILE_H
#define MACHINE_CORE_FILE_H

#include "machine/dump.h"

/* So many program headers are read at most, and so many bytes of notes. */
#define CORE_HEADERS_MAX    1048576u
#define CORE_NOTE_BYTES_MAX 16777216u

struct core_error {
    char text[256];
};

/* Formats an error. Returns false. */
__attribute__((format(printf, 2, 3))) bool core_error_set(struct core_error *error,
                                                          const char *format, ...);

/* Returns whether a file begins as an ELF core. */
bool core_file_is(int fd);

/*
 * Fill in segments and notes of a dump whose file is open and a core. Returns false with an error:
 * the headers make no sense or are cut short, the core is of a program, or of a machine whose
 * paging is unknown. Segments may be cut short. Those of QEMU's -p may name the same memory several
 * times; it is taken once.
 */
bool core_file_read(struct dump *dump, struct core_error *error);

#endif
