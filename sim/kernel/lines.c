#include "lines.h"
#include "trace/memory.h"

#include <stdlib.h>
#include <string.h>

#ifdef HAVE_DW

#include "dwarf_file.h"

#define UNITS_MAX 65536u
#define ROWS_MAX  (4u << 20) /* of one file */

/* A row of a line table (DWARF 5, 6.2.2). It is valid up to the next row's address. */
struct row {
    uint32_t va;
    uint32_t line;  /* 0: no line, from this address on */
    uint32_t order; /* position in the line table */
    const char *file;
};

struct line_file {
    struct dwarf_file dwarf;
    size_t count, capacity;
    struct row *row; /* sorted by address */
};

struct lines {
    size_t count;
    struct line_file *file;
};

const char *lines_missing(void)
{
    return NULL;
}

/* ---- reading ---- */

/* Returns whether an address is in code. Discarded code has lines, too, at address 0. */
static bool in_code(const struct elf_file *file, uint64_t va)
{
    for (uint32_t i = 0; i < file->section_count; i++) {
        Elf32_Shdr section = elf_file_section(file, i);
        if ((section.sh_flags & SHF_EXECINSTR) != 0 && va >= section.sh_addr &&
            va - section.sh_addr <= section.sh_size)
            return true;
    }
    return false;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL && slash[1] != '\0' ? slash + 1 : path;
}

static void add_row(struct line_file *file, Dwarf_Line *line)
{
    Dwarf_Addr va = 0;
    int number = 0;
    bool ends = true;

    if (dwarf_lineaddr(line, &va) != 0 || dwarf_lineno(line, &number) != 0 ||
        dwarf_lineendsequence(line, &ends) != 0 || va > UINT32_MAX)
        return;
    const char *path = dwarf_linesrc(line, NULL, NULL);
    if (!ends && (path == NULL || number <= 0))
        return;
    file->row = memory_reach(file->row, &file->capacity, file->count, sizeof *file->row);
    file->row[file->count] = (struct row){
        .va = (uint32_t)va,
        .order = (uint32_t)file->count,
        .line = ends ? 0u : (uint32_t)number,
        .file = ends ? "" : base_name(path),
    };
    file->count++;
}

/* Add the lines of a unit. */
static void read_unit(struct line_file *file, Dwarf_Die *unit)
{
    Dwarf_Lines *lines;
    size_t count;
    bool begins = true;
    bool wanted = false;

    if (dwarf_getsrclines(unit, &lines, &count) != 0)
        return;
    for (size_t i = 0; i < count && file->count < ROWS_MAX; i++) {
        Dwarf_Line *line = dwarf_onesrcline(lines, i);
        Dwarf_Addr va = 0;
        if (begins && dwarf_lineaddr(line, &va) == 0)
            wanted = in_code(file->dwarf.file, va);
        if (wanted)
            add_row(file, line);
        dwarf_lineendsequence(line, &begins);
    }
}

/* One sequence may begin at the end of another; its row comes after the end. Of several rows at one
   address the last one is the instruction's. */
static int compare_rows(const void *left, const void *right)
{
    const struct row *a = left;
    const struct row *b = right;

    if (a->va != b->va)
        return a->va < b->va ? -1 : 1;
    if ((a->line != 0) != (b->line != 0))
        return a->line != 0 ? 1 : -1;
    return a->order < b->order ? -1 : a->order > b->order;
}

static void read_lines(struct line_file *file)
{
    Dwarf_CU *unit = NULL;
    Dwarf_Die die;

    if (file->dwarf.opened)
        return;
    dwarf_file_open(&file->dwarf);
    if (file->dwarf.dwarf == NULL)
        return;
    for (uint32_t i = 0; i < UNITS_MAX; i++) {
        if (dwarf_get_units(file->dwarf.dwarf, unit, &unit, NULL, NULL, &die, NULL) != 0)
            break;
        read_unit(file, &die);
    }
    if (file->count > 0)
        qsort(file->row, file->count, sizeof *file->row, compare_rows);
}

/* ---- looking up ---- */

static const struct row *find_row(const struct line_file *file, uint32_t va)
{
    size_t low = 0;
    size_t high = file->count;

    while (low < high) { /* find the first row above va */
        size_t middle = low + (high - low) / 2u;
        if (file->row[middle].va <= va)
            low = middle + 1u;
        else
            high = middle;
    }
    return low > 0 ? &file->row[low - 1u] : NULL;
}

bool lines_find(struct lines *lines, uint32_t va, struct source_line *line)
{
    for (size_t i = 0; i < lines->count; i++) {
        read_lines(&lines->file[i]);
        const struct row *row = find_row(&lines->file[i], va);
        if (row != NULL && row->line != 0) {
            *line = (struct source_line){row->file, row->line};
            return true;
        }
    }
    return false;
}

/* ---- the files ---- */

struct lines *lines_create(void)
{
    return memory_zeroed(1, sizeof(struct lines));
}

void lines_add(struct lines *lines, const struct elf_file *file)
{
    lines->file = memory_resize(lines->file, lines->count + 1u, sizeof *lines->file);
    lines->file[lines->count++] = (struct line_file){.dwarf = {.file = file}};
}

void lines_destroy(struct lines *lines)
{
    if (lines == NULL)
        return;
    for (size_t i = 0; i < lines->count; i++) {
        free(lines->file[i].row);
        dwarf_file_close(&lines->file[i].dwarf);
    }
    free(lines->file);
    free(lines);
}

#else

struct lines {
    size_t count;
};

const char *lines_missing(void)
{
    return "build mmsim with libdw-dev (Debian) to see source lines";
}

struct lines *lines_create(void)
{
    return memory_zeroed(1, sizeof(struct lines));
}

void lines_add(struct lines *lines, const struct elf_file *file)
{
    (void)file;
    lines->count++;
}

void lines_destroy(struct lines *lines)
{
    free(lines);
}

bool lines_find(struct lines *lines, uint32_t va, struct source_line *line)
{
    (void)lines;
    (void)va;
    (void)line;
    return false;
}

#endif
