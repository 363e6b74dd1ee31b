/* Names of addresses: the symbol tables of one or several files. */
#ifndef KERNEL_SYMBOLS_H
#define KERNEL_SYMBOLS_H

#include "kernel/elf_image.h"

enum symbol_kind {
    SYMBOL_LABEL, /* in code, without a type: of assembly */
    SYMBOL_FUNCTION,
    SYMBOL_OBJECT,
};

struct symbol {
    const char *name;
    uint32_t va;
    uint32_t bytes; /* 0: not known */
    enum symbol_kind kind;
    bool global;          /* or weak */
    uint32_t file;        /* in the order of symbols_add() */
    uint64_t section_end; /* of what it lies in; 0: it is in no section, as xv6's _start, which
                             is a physical address */
};

/* Begins all zeroes. */
struct symbols {
    size_t count, capacity;
    struct symbol *by_address;     /* code before data at the same address */
    const struct symbol **by_name; /* the preferred one of equal names first */
    size_t file_count;
    char **names;                  /* a copy of each file's string table */
    const struct elf_image *image; /* of symbols_linked_address(); NULL: of no kernel */
};

/*
 * Add the symbols of a file: .symtab, or where there is none .dynsym. Of a symbol that is in
 * several files the first file's is preferred. Returns how many were added; 0: the file is
 * stripped, or its table is broken. The file may be closed afterwards.
 */
size_t symbols_add(struct symbols *symbols, const struct elf_file *file);

void symbols_free(struct symbols *symbols);

/* By name; of several, a global one before a static one, a function before an object. NULL: there
   is none. */
const struct symbol *symbols_find(const struct symbols *symbols, const char *name);

/*
 * The address that a person means: a symbol's name, or 0x and up to 8 hexadecimal digits. false:
 * error (one line without a newline) says that there is none, and which name was probably meant.
 */
bool symbols_address(const struct symbols *symbols, const char *text, uint32_t *va, char *error,
                     size_t error_bytes);

/* The function or object whose bytes hold an address; where there is none, the nearest symbol below
   in the same section. NULL: none. */
const struct symbol *symbols_at(const struct symbols *symbols, uint32_t va);

/* The address by which the symbols know what lies at va. It is another one for boot code that runs
   at its physical address, before paging is on, and is linked at a virtual one. */
uint32_t symbols_linked_address(const struct symbols *symbols, uint32_t va);

/* The addresses of functions and labels, sorted, each once: the first `most` of them. Returns how
   many there are. */
size_t symbols_code(const struct symbols *symbols, uint32_t *va, size_t most);

/* The ends of the sections that these lie in, likewise. */
size_t symbols_code_ends(const struct symbols *symbols, uint32_t *va, size_t most);

#endif
