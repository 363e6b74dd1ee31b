#include "machine/pc_memmap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define HEX_DIGITS_MAX 16u

static bool hex_digit(char c, uint64_t *digit)
{
    if (c >= '0' && c <= '9')
        *digit = (uint64_t)(c - '0');
    else if (c >= 'a' && c <= 'f')
        *digit = (uint64_t)(c - 'a') + 10;
    else if (c >= 'A' && c <= 'F')
        *digit = (uint64_t)(c - 'A') + 10;
    else
        return false;
    return true;
}

/* Read "0x" and up to 16 digits, and move *text behind them. */
static bool address_parse(const char **text, uint64_t *address)
{
    uint64_t digit;
    uint32_t digits = 0;

    if (strncmp(*text, "0x", 2) != 0)
        return false;
    *address = 0;
    for (*text += 2; hex_digit(**text, &digit); (*text)++) {
        if (++digits > HEX_DIGITS_MAX)
            return false;
        *address = *address << 4 | digit;
    }
    return digits > 0;
}

static bool token_skip(const char **text, const char *token)
{
    size_t length = strlen(token);

    if (strncmp(*text, token, length) != 0)
        return false;
    *text += length;
    return true;
}

/* Read the text that follows "BIOS-e820:". Returns NULL, or a text that says what is wrong. */
static const char *range_parse(const char *text, struct memmap_range *range)
{
    text += strspn(text, " \t");
    if (!token_skip(&text, "[mem "))
        return "expected [mem 0xFIRST-0xLAST] TYPE after BIOS-e820:";
    if (!address_parse(&text, &range->first))
        return "the first address is not 0x and 1 to 16 hexadecimal digits";
    if (!token_skip(&text, "-"))
        return "expected - between the addresses";
    if (!address_parse(&text, &range->last))
        return "the last address is not 0x and 1 to 16 hexadecimal digits";
    if (!token_skip(&text, "]"))
        return "expected ] after the addresses";
    if (range->last < range->first)
        return "the range ends before it starts";

    text += strspn(text, " \t");
    size_t length = strcspn(text, "\r\n");
    while (length > 0 && (text[length - 1] == ' ' || text[length - 1] == '\t'))
        length--;
    if (length == 0)
        return "no type after the range";
    range->usable = length == strlen("usable") && strncmp(text, "usable", length) == 0;
    return NULL;
}

/* Add the range of a line, if the line has one. Returns NULL, or a text that says what is wrong
   with the line. */
static const char *line_parse(struct pc_memmap *map, const char *line)
{
    static const char mark[] = "BIOS-e820:";
    const char *found = strstr(line, mark);

    if (!found)
        return NULL;
    if (map->count == PC_MEMMAP_RANGES_MAX)
        return "more than 128 BIOS-e820 lines";
    const char *wrong = range_parse(found + strlen(mark), &map->range[map->count]);
    if (!wrong)
        map->count++;
    return wrong;
}

static bool some_usable(const struct pc_memmap *map)
{
    for (uint32_t i = 0; i < map->count; i++)
        if (map->range[i].usable)
            return true;
    return false;
}

bool pc_memmap_read(struct pc_memmap *map, FILE *file, const char *name, char *error,
                    size_t error_bytes)
{
    const char *wrong = NULL;
    char *line = NULL;
    size_t line_bytes = 0;
    uint64_t number = 0;

    map->count = 0;
    while (!wrong && getline(&line, &line_bytes, file) >= 0) {
        number++;
        wrong = line_parse(map, line);
    }
    free(line);

    if (wrong)
        snprintf(error, error_bytes, "%s:%llu: %s", name, (unsigned long long)number, wrong);
    else if (ferror(file))
        snprintf(error, error_bytes, "%s: cannot read: %s", name, strerror(errno));
    else if (map->count == 0)
        snprintf(error, error_bytes,
                 "%s: no BIOS-e820 line in its %llu lines; give the start of a boot log (dmesg)",
                 name, (unsigned long long)number);
    else if (!some_usable(map))
        snprintf(error, error_bytes, "%s: no usable RAM in its %u BIOS-e820 lines", name,
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
