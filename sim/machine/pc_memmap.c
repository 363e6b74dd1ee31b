#include "machine/pc_memmap.h"

#include "machine/memmap_bytes.h"
#include "machine/memmap_forms.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- reading ---- */

#define HEADING_BYTES 24u
#define WRAPPED_BYTES 256u

struct reader {
    struct pc_memmap *map;
    const struct memmap_form *form; /* NULL: no range has been read */
    char heading[HEADING_BYTES];    /* of the ranges; "": they have none */
    uint64_t number;                /* of the line */
    struct memmap_bytes bytes;      /* of an array, if the file has one */
    bool starts_again;              /* the next range is the first one of another boot */
};

static void heading_of(const struct memmap_entry *entry, char heading[HEADING_BYTES])
{
    size_t bytes = entry->heading != NULL ? entry->heading_bytes : 0;

    if (bytes >= HEADING_BYTES)
        bytes = HEADING_BYTES - 1;
    memset(heading, 0, HEADING_BYTES);
    if (bytes > 0)
        memcpy(heading, entry->heading, bytes);
}

/* Adds a range of the map that is being read. Returns NULL, or what is wrong. */
static const char *range_add(struct reader *reader, const struct memmap_range *range)
{
    struct pc_memmap *map = reader->map;
    bool again =
        map->count > 0 && range->first == map->range[0].first && range->last == map->range[0].last;

    if (map->maps == 0 || reader->starts_again || again) {
        map->maps++;
        map->count = 0;
        reader->starts_again = false;
    }
    if (map->count == PC_MEMMAP_RANGES_MAX)
        return "more than 512 ranges";
    map->range[map->count++] = *range;
    return NULL;
}

/* Takes what a form finds in a line. A range of another form or heading than the first one of the
   file is passed over. */
static const char *entry_add(struct reader *reader, const struct memmap_form *form,
                             enum memmap_found found, const struct memmap_entry *entry)
{
    char heading[HEADING_BYTES];

    heading_of(entry, heading);
    if (reader->form == NULL && found == MEMMAP_RANGE) {
        reader->form = form;
        memcpy(reader->heading, heading, sizeof heading);
        reader->map->form = form->name;
        reader->map->is_usual = strcmp(heading, "BIOS-e820") == 0 && !entry->old;
    }
    if (found == MEMMAP_BAD)
        return entry->wrong;
    if (found == MEMMAP_GAP || form != reader->form || strcmp(heading, reader->heading) != 0)
        return NULL;
    return range_add(reader, &entry->range);
}

/* Takes the ranges of a line in one form. */
static const char *form_read(struct reader *reader, const struct memmap_form *form,
                             const char *line)
{
    const char *wrong = NULL;

    while (wrong == NULL) {
        struct memmap_entry entry = {.heading = NULL};
        enum memmap_found found = form->take(&line, &entry);

        if (found == MEMMAP_NOTHING)
            break;
        wrong = entry_add(reader, form, found, &entry);
    }
    return wrong;
}

/* Takes the ranges of a line, if it has any. Once a form is known, only that one is looked for. */
static const char *line_read(struct reader *reader, char *line)
{
    const char *wrong = NULL;

    line[strcspn(line, "\r\n")] = '\0';
    if (strstr(line, "Linux version ") != NULL || strstr(line, "physical RAM map:") != NULL)
        reader->starts_again = true;
    if (reader->form != NULL)
        return form_read(reader, reader->form, line);
    for (const struct memmap_form *form = memmap_forms; form->name != NULL; form++) {
        wrong = form_read(reader, form, line);
        if (wrong != NULL || reader->form != NULL)
            return wrong;
    }
    memmap_bytes_add(&reader->bytes, line);
    return NULL;
}

/* The file has no line of a map. It may have an array of bytes. */
static void bytes_read(struct reader *reader)
{
    struct pc_memmap *map = reader->map;

    map->count = memmap_bytes_read(&reader->bytes, map->range, PC_MEMMAP_RANGES_MAX);
    map->maps = map->count > 0;
    map->form = "a table of E820 or multiboot 2 as bytes";
}

static bool some_usable(const struct pc_memmap *map)
{
    for (uint32_t i = 0; i < map->count; i++)
        if (map->range[i].usable)
            return true;
    return false;
}

/* Reads a line, and the next one with it if a mail has wrapped the line before the type of its
   range. */
static const char *wrapped_line_read(struct reader *reader, char *line, FILE *file)
{
    const char *wrong = line_read(reader, line);
    char joined[2 * WRAPPED_BYTES];
    char next[WRAPPED_BYTES];

    if (wrong == NULL || strcmp(wrong, MEMMAP_NO_TYPE) != 0 || strlen(line) >= WRAPPED_BYTES ||
        fgets(next, sizeof next, file) == NULL)
        return wrong;
    snprintf(joined, sizeof joined, "%s %s", line, next + strspn(next, "> \t"));
    wrong = line_read(reader, joined);
    reader->number += wrong == NULL;
    return wrong == NULL ? NULL : MEMMAP_NO_TYPE;
}

bool pc_memmap_read(struct pc_memmap *map, FILE *file, const char *name, char *error,
                    size_t error_bytes)
{
    struct reader reader = {.map = map};
    const char *wrong = NULL;
    char *line = NULL;
    size_t line_bytes = 0;

    *map = (struct pc_memmap){.form = NULL};
    while (!wrong && getline(&line, &line_bytes, file) >= 0) {
        reader.number++;
        wrong = wrapped_line_read(&reader, line, file);
    }
    free(line);
    if (!wrong && map->count == 0)
        bytes_read(&reader);

    if (wrong)
        snprintf(error, error_bytes, "%s:%llu: %s", name, (unsigned long long)reader.number, wrong);
    else if (ferror(file))
        snprintf(error, error_bytes, "%s: cannot read: %s", name, strerror(errno));
    else if (map->count == 0)
        snprintf(error, error_bytes,
                 "%s: no line of its %llu is that of a memory map; give the start of a boot log "
                 "(dmesg), /proc/iomem, or what a boot loader lists",
                 name, (unsigned long long)reader.number);
    else if (!some_usable(map))
        snprintf(error, error_bytes, "%s: no usable RAM in the %u ranges of its memory map", name,
                 map->count);
    else
        return true;
    return false;
}

bool pc_memmap_load(struct pc_memmap *map, const char *path, char *error, size_t error_bytes)
{
    FILE *file = fopen(path, "re");

    if (!file) {
        snprintf(error, error_bytes, "%s: cannot open: %s", path, strerror(errno));
        return false;
    }
    bool good = pc_memmap_read(map, file, path, error, error_bytes);
    fclose(file);
    return good;
}

uint64_t pc_memmap_ram_bytes(const struct pc_memmap *map)
{
    return memmap_ram_bytes(map->range, map->count);
}

/* ---- QEMU's PC ---- */

/* QEMU 7.2, hw/i386/pc_piix.c: the address where RAM would meet the PCI hole, and the end of low
   RAM in that case. */
#define PCI_HOLE_START  UINT64_C(0xe0000000)
#define LOW_RAM_ALIGNED UINT64_C(0xc0000000)
#define RAM_UNIT        UINT64_C(0x2000)

/* SeaBIOS 1.16: base memory without the extended BIOS data area, then BIOS, ACPI and SMBIOS tables,
   flash. */
#define BASE_END       UINT64_C(0x9fc00)
#define BASE_LAST      UINT64_C(0x9ffff)
#define BIOS_FIRST     UINT64_C(0xf0000)
#define EXTENDED_FIRST UINT64_C(0x100000)
#define TABLES_BYTES   UINT64_C(0x20000)
#define FLASH_FIRST    UINT64_C(0xfffc0000)
#define HIGH_RAM_FIRST UINT64_C(0x100000000)

bool pc_memmap_for_ram(struct pc_memmap *map, uint64_t ram_bytes, char *error, size_t error_bytes)
{
    if (ram_bytes < PC_RAM_MIN || ram_bytes > PC_RAM_MAX) {
        snprintf(error, error_bytes, "RAM of %llu bytes is out of range: a PC has 8 MiB to 63 GiB",
                 (unsigned long long)ram_bytes);
        return false;
    }
    uint64_t ram = (ram_bytes + RAM_UNIT - 1) & ~(RAM_UNIT - 1);
    uint64_t low_end = ram < PCI_HOLE_START ? ram : LOW_RAM_ALIGNED;
    uint64_t tables = low_end - TABLES_BYTES;

    *map = (struct pc_memmap){
        .form = "QEMU's PC",
        .is_usual = true,
        .maps = 1,
        .count = 6,
        .range = {{0, BASE_END - 1, true},
                  {BASE_END, BASE_LAST, false},
                  {BIOS_FIRST, EXTENDED_FIRST - 1, false},
                  {EXTENDED_FIRST, tables - 1, true},
                  {tables, low_end - 1, false},
                  {FLASH_FIRST, HIGH_RAM_FIRST - 1, false}},
    };
    if (ram > low_end)
        map->range[map->count++] =
            (struct memmap_range){HIGH_RAM_FIRST, HIGH_RAM_FIRST + ram - low_end - 1, true};
    return true;
}
