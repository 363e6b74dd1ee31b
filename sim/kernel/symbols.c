#include "symbols.h"
#include "file_bytes.h"
#include "trace/memory.h"
#include "trace/nearest_name.h"
#include "trace/printable.h"

#include <stdlib.h>
#include <string.h>

#define HEX_DIGITS_MAX   8u
#define FILE_SYMBOLS_MAX (1u << 20)

/* ---- reading a table ---- */

static uint32_t find_table(const struct elf_file *file, uint32_t type)
{
    uint32_t i = 0;

    while (i < file->section_count && elf_file_section(file, i).sh_type != type)
        i++;
    return i;
}

/* Returns false for a symbol without an address in memory: a section, a file, an undefined
   symbol. */
static bool kind_of(const Elf32_Sym *entry, bool code, enum symbol_kind *kind)
{
    if (entry->st_shndx == SHN_UNDEF || entry->st_shndx == SHN_COMMON)
        return false;
    switch (ELF32_ST_TYPE(entry->st_info)) {
    case STT_FUNC:
    case STT_GNU_IFUNC:
        *kind = SYMBOL_FUNCTION;
        return true;
    case STT_OBJECT:
        *kind = SYMBOL_OBJECT;
        return true;
    case STT_NOTYPE:
        *kind = code ? SYMBOL_LABEL : SYMBOL_OBJECT;
        return true;
    default:
        return false;
    }
}

/* Returns the end of the symbol's section; 0 when it is in none. *code: the section has
   instructions. */
static uint64_t section_end(const struct elf_file *file, const Elf32_Sym *entry, bool *code)
{
    *code = false;
    if (entry->st_shndx >= file->section_count)
        return 0;
    Elf32_Shdr section = elf_file_section(file, entry->st_shndx);
    *code = (section.sh_flags & SHF_EXECINSTR) != 0;
    bool inside = entry->st_value - section.sh_addr < section.sh_size;
    return inside ? (uint64_t)section.sh_addr + section.sh_size : 0;
}

static void add_entry(struct symbols *symbols, const struct elf_file *file, const Elf32_Sym *entry,
                      const char *name)
{
    bool code;
    struct symbol symbol = {
        .name = name,
        .va = entry->st_value,
        .bytes = entry->st_size,
        .global = ELF32_ST_BIND(entry->st_info) != STB_LOCAL,
        .file = (uint32_t)symbols->file_count,
        .section_end = section_end(file, entry, &code),
    };

    if (name[0] == '\0' || !kind_of(entry, code, &symbol.kind))
        return;
    symbols->by_address = memory_reach(symbols->by_address, &symbols->capacity, symbols->count,
                                       sizeof *symbols->by_address);
    symbols->by_address[symbols->count++] = symbol;
}

/* Returns a copy of a string table with a 0 byte at its end, because names outlive the file. */
static const char *keep_names(struct symbols *symbols, const unsigned char *bytes, size_t size)
{
    char *names = memory_zeroed(size + 1u, 1);

    memcpy(names, bytes, size);
    symbols->names =
        memory_resize(symbols->names, symbols->file_count + 1u, sizeof *symbols->names);
    symbols->names[symbols->file_count] = names;
    return names;
}

static void read_table(struct symbols *symbols, const struct elf_file *file,
                       const Elf32_Shdr *table)
{
    Elf32_Shdr strings = {.sh_type = SHT_NULL};
    const unsigned char *entries = elf_file_section_bytes(file, table);
    size_t count = table->sh_size / sizeof(Elf32_Sym);

    if (table->sh_link < file->section_count)
        strings = elf_file_section(file, table->sh_link);
    const unsigned char *bytes = elf_file_section_bytes(file, &strings);
    const char *names = keep_names(symbols, bytes != NULL ? bytes : (const unsigned char *)"",
                                   bytes != NULL ? strings.sh_size : 0);
    if (entries == NULL || bytes == NULL)
        return;
    for (size_t i = 0; i < count && i < FILE_SYMBOLS_MAX; i++) {
        Elf32_Sym entry;
        memcpy(&entry, entries + i * sizeof entry, sizeof entry);
        if (entry.st_name < strings.sh_size)
            add_entry(symbols, file, &entry, names + entry.st_name);
    }
}

/* ---- the two orders ---- */

static int compare(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

/* Compare two symbols at one address or of one name: the preferred one is first. */
static int compare_preference(const struct symbol *a, const struct symbol *b)
{
    static const uint64_t rank[] = {[SYMBOL_FUNCTION] = 0, [SYMBOL_LABEL] = 1, [SYMBOL_OBJECT] = 2};

    if (a->global != b->global)
        return a->global ? -1 : 1;
    if (a->kind != b->kind)
        return compare(rank[a->kind], rank[b->kind]);
    return compare(a->file, b->file);
}

static int compare_addresses(const void *left, const void *right)
{
    const struct symbol *a = left;
    const struct symbol *b = right;

    if (a->va != b->va)
        return compare(a->va, b->va);
    int preference = compare_preference(a, b);
    return preference != 0 ? preference : strcmp(a->name, b->name);
}

static int compare_names(const void *left, const void *right)
{
    const struct symbol *a = *(const struct symbol *const *)left;
    const struct symbol *b = *(const struct symbol *const *)right;
    int names = strcmp(a->name, b->name);
    int preference = names != 0 ? names : compare_preference(a, b);

    return preference != 0 ? preference : compare(a->va, b->va);
}

static void sort(struct symbols *symbols)
{
    if (symbols->count == 0)
        return;
    qsort(symbols->by_address, symbols->count, sizeof *symbols->by_address, compare_addresses);
    symbols->by_name = memory_resize(symbols->by_name, symbols->count, sizeof *symbols->by_name);
    for (size_t i = 0; i < symbols->count; i++)
        symbols->by_name[i] = &symbols->by_address[i];
    qsort(symbols->by_name, symbols->count, sizeof *symbols->by_name, compare_names);
}

size_t symbols_add(struct symbols *symbols, const struct elf_file *file)
{
    size_t before = symbols->count;
    uint32_t table = find_table(file, SHT_SYMTAB);

    if (table == file->section_count)
        table = find_table(file, SHT_DYNSYM);
    if (table == file->section_count)
        return 0;
    Elf32_Shdr header = elf_file_section(file, table);
    read_table(symbols, file, &header);
    symbols->file_count++;
    sort(symbols);
    return symbols->count - before;
}

void symbols_free(struct symbols *symbols)
{
    for (size_t i = 0; i < symbols->file_count; i++)
        free(symbols->names[i]);
    free(symbols->names);
    free(symbols->by_name);
    free(symbols->by_address);
    *symbols = (struct symbols){.count = 0};
}

/* ---- by name ---- */

const struct symbol *symbols_find(const struct symbols *symbols, const char *name)
{
    size_t low = 0;
    size_t high = symbols->count;

    while (low < high) { /* find the first name that is not less */
        size_t middle = low + (high - low) / 2u;
        if (strcmp(symbols->by_name[middle]->name, name) < 0)
            low = middle + 1u;
        else
            high = middle;
    }
    if (low == symbols->count || strcmp(symbols->by_name[low]->name, name) != 0)
        return NULL;
    return symbols->by_name[low];
}

static bool parse_hex(const char *text, uint32_t *value)
{
    static const char digits[] = "0123456789abcdefABCDEF";

    if (strncmp(text, "0x", 2) != 0 && strncmp(text, "0X", 2) != 0)
        return false;
    text += 2;
    size_t length = strspn(text, digits);
    if (length == 0 || length > HEX_DIGITS_MAX || text[length] != '\0')
        return false;
    *value = (uint32_t)strtoul(text, NULL, 16);
    return true;
}

static bool unknown(const struct symbols *symbols, const char *text, char *error,
                    size_t error_bytes)
{
    const struct printable shown = printable_within(text, NEAREST_NAME_BYTES);
    const struct complaint complaint = {shown.text, error, error_bytes};
    struct nearest_name nearest = nearest_name_begin(text, strlen(text));

    if (symbols->count == 0)
        return complain(&complaint, "no such symbol: the file has no symbol table; give an "
                                    "address, 0x and up to 8 hexadecimal digits");
    for (size_t i = 0; i < symbols->count; i++)
        nearest_name_offer(&nearest, symbols->by_name[i]->name);
    struct nearest_hint hint = nearest_name_hint(&nearest, "");
    return complain(&complaint, "no such symbol%s", printable(hint.text).text);
}

bool symbols_address(const struct symbols *symbols, const char *text, uint32_t *va, char *error,
                     size_t error_bytes)
{
    const struct symbol *symbol = symbols_find(symbols, text);

    if (symbol != NULL) {
        *va = symbol->va;
        return true;
    }
    return parse_hex(text, va) || unknown(symbols, text, error, error_bytes);
}

/* ---- by address ---- */

/* Returns the number of symbols at or below an address. */
static size_t count_below(const struct symbols *symbols, uint32_t va)
{
    size_t low = 0;
    size_t high = symbols->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2u;
        if (symbols->by_address[middle].va <= va)
            low = middle + 1u;
        else
            high = middle;
    }
    return low;
}

/* Returns the first symbol at the same address: the preferred one. */
static const struct symbol *preferred(const struct symbols *symbols, size_t i)
{
    while (i > 0 && symbols->by_address[i - 1u].va == symbols->by_address[i].va &&
           symbols->by_address[i - 1u].section_end == symbols->by_address[i].section_end)
        i--;
    return &symbols->by_address[i];
}

const struct symbol *symbols_at(const struct symbols *symbols, uint32_t va)
{
    const struct symbol *nearest = NULL;

    for (size_t i = count_below(symbols, va); i > 0; i--) {
        const struct symbol *symbol = &symbols->by_address[i - 1u];
        if (va - symbol->va < symbol->bytes)
            return preferred(symbols, i - 1u);
        if (nearest == NULL && (va < symbol->section_end || va == symbol->va))
            nearest = preferred(symbols, i - 1u);
    }
    return nearest;
}

uint32_t symbols_linked_address(const struct symbols *symbols, uint32_t va)
{
    uint32_t linked;
    bool is_boot_code = symbols->image != NULL && symbols_at(symbols, va) == NULL &&
                        elf_image_virtual(symbols->image, va, &linked) &&
                        symbols_at(symbols, linked) != NULL;

    return is_boot_code ? linked : va;
}

size_t symbols_code(const struct symbols *symbols, uint32_t *va, size_t most)
{
    size_t count = 0;
    uint32_t last = 0;

    for (size_t i = 0; i < symbols->count; i++) {
        const struct symbol *symbol = &symbols->by_address[i];
        if (symbol->kind == SYMBOL_OBJECT || (count > 0 && symbol->va == last))
            continue;
        last = symbol->va;
        if (count < most)
            va[count] = last;
        count++;
    }
    return count;
}

/* Sections do not overlap, so their ends are in the order of their symbols. */
size_t symbols_code_ends(const struct symbols *symbols, uint32_t *va, size_t most)
{
    size_t count = 0;
    uint64_t last = 0;

    for (size_t i = 0; i < symbols->count; i++) {
        const struct symbol *symbol = &symbols->by_address[i];
        if (symbol->kind == SYMBOL_OBJECT || symbol->section_end <= last ||
            symbol->section_end > UINT32_MAX)
            continue;
        last = symbol->section_end;
        if (count < most)
            va[count] = (uint32_t)last;
        count++;
    }
    return count;
}
