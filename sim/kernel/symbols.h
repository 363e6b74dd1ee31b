/* Names of addresses: the symbol tables of one or several files. */
#ifndef KERNEL_SYMBOLS_H
#define KERNEL_SYMBOLS_H

#include "kernel/elf_image.h"

enum symbol_kind {
    SYMBOL_LABEL, /* a symbol in code without a type, from assembly */
    SYMBOL_FUNCTION,
    SYMBOL_OBJECT,
};

struct symbol {
    const char *name;
    uint32_t va;
    uint32_t bytes; /* 0: not known */
    enum symbol_kind kind;
    bool global;          /* or weak */
    uint32_t file;        /* index, in the order of symbols_add() */
    uint64_t section_end; /* end of the symbol's section; 0: the symbol is in no section, for
                             example xv6's _start, which is a physical address */
};

/* All zeroes is an empty collection. */
struct symbols {
    size_t count, capacity;
    struct symbol *by_address;     /* sorted; at one address code is before data */
    const struct symbol **by_name; /* sorted; of equal names the preferred one is first */
    size_t file_count;
    char **names;                  /* a copy of each file's string table */
    const struct elf_image *image; /* for symbols_linked_address(); NULL: no kernel */
};

/*
 * Add the symbols of a file: those of .symtab, or of .dynsym when there is no .symtab. When several
 * files have a symbol of one name, the first file's is preferred. Returns the number of added
 * symbols; 0 when the file is stripped or its table is broken. The file may be closed afterwards.
 * O(symbols * log symbols).
 */
size_t symbols_add(struct symbols *symbols, const struct elf_file *file);

void symbols_free(struct symbols *symbols);

/* Find a symbol by its name; a global one is preferred to a static one, and a function to an
   object. Returns NULL when there is none. O(log symbols). */
const struct symbol *symbols_find(const struct symbols *symbols, const char *name);

/*
 * Read an address as people write it: a symbol's name, or 0x and up to 8 hexadecimal digits.
 * Returns false when there is none; error (one line without a newline) then says so, and suggests a
 * similar name. O(log symbols), on failure O(symbols).
 */
bool symbols_address(const struct symbols *symbols, const char *text, uint32_t *va, char *error,
                     size_t error_bytes);

/* Returns the function or object that contains an address; when there is none, the nearest symbol
   below it in the same section; NULL when that does not exist either. */
const struct symbol *symbols_at(const struct symbols *symbols, uint32_t va);

/* Returns the address by which the symbols know the code or data at va. It differs from va for boot
   code that runs at its physical address, before paging is on, and is linked at a virtual one. */
uint32_t symbols_linked_address(const struct symbols *symbols, uint32_t va);

/* Write the addresses of functions and labels, sorted and without duplicates, at most the first
   `most`. Returns their total number. O(symbols). */
size_t symbols_code(const struct symbols *symbols, uint32_t *va, size_t most);

/* The same for the ends of the sections that contain these symbols. */
size_t symbols_code_ends(const struct symbols *symbols, uint32_t *va, size_t most);

#endif
