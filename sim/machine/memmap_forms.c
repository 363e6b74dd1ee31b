#include "machine/memmap_forms.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- words and numbers ---- */

#define HEX_DIGITS_MAX 16u
#define HEX_DIGITS     "0123456789abcdefABCDEF"

static const char *skip_blanks(const char *at)
{
    return at + strspn(at, " \t");
}

static bool token_skip(const char **at, const char *token)
{
    size_t bytes = strlen(token);

    if (strncmp(*at, token, bytes) != 0)
        return false;
    *at += bytes;
    return true;
}

/* Takes 1 to 16 hexadecimal digits. */
static bool hex_take(const char **at, uint64_t *number)
{
    size_t digits = strspn(*at, HEX_DIGITS);

    if (digits == 0 || digits > HEX_DIGITS_MAX)
        return false;
    *number = strtoull(*at, NULL, 16);
    *at += digits;
    return true;
}

/* Takes "0x" and 1 to 16 hexadecimal digits. */
static bool address_take(const char **at, uint64_t *address)
{
    return token_skip(at, "0x") && hex_take(at, address);
}

/* Takes a number as C writes it, with its suffix: "0x100000ULL", "655360". */
static bool number_take(const char **at, uint64_t *number)
{
    if (token_skip(at, "0x") || token_skip(at, "0X")) {
        if (!hex_take(at, number))
            return false;
    } else {
        char *end;

        if (!isdigit((unsigned char)**at))
            return false;
        *number = strtoull(*at, &end, 10);
        *at = end;
    }
    *at += strspn(*at, "uUlL");
    return true;
}

/* Is this the name of memory that an operating system may use? */
static bool name_is_ram(const char *name)
{
    static const char *const words[] = {"usable", "available", "RAM", "conventional"};
    static const char *const others[] = {"reserved", "ACPI", "bad", "reclaimable", "not "};

    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (strcasestr(name, others[i]) != NULL)
            return false;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcasestr(name, words[i]) != NULL)
            return true;
    return false;
}

static enum memmap_found bad(struct memmap_entry *entry, const char *wrong)
{
    entry->wrong = wrong;
    return MEMMAP_BAD;
}

/* [first, end) */
static enum memmap_found range_to(struct memmap_entry *entry, uint64_t first, uint64_t end,
                                  bool usable)
{
    if (end < first)
        return bad(entry, "the range ends before it starts");
    entry->range = (struct memmap_range){first, end - 1, usable};
    return end > first ? MEMMAP_RANGE : MEMMAP_GAP;
}

/* `bytes` bytes from first on; they may end at 2^64. */
static enum memmap_found range_of(struct memmap_entry *entry, uint64_t first, uint64_t bytes,
                                  bool usable)
{
    if (bytes != 0 && first + (bytes - 1) < first)
        return bad(entry, "the range ends behind the last address of 64 bits");
    entry->range = (struct memmap_range){first, first + (bytes - 1), usable};
    return bytes != 0 ? MEMMAP_RANGE : MEMMAP_GAP;
}

/* ---- Linux: "BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff] usable" ---- */

/* Does the line have exactly this type here? Only a comment may follow it. */
static bool type_is(const char *at, const char *type)
{
    return token_skip(&at, type) && strchr("#(/;)", at[strspn(at, " \t\r")]) != NULL;
}

/* Is this a type that Linux gives to memory? */
static bool is_type(const char *type)
{
    static const char *const types[] = {"usable", "System RAM",    "reserved",
                                        "ACPI",   "unusable",      "persistent",
                                        "type ",  "soft reserved", "device res"};

    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (strncasecmp(type, types[i], strlen(types[i])) == 0)
            return true;
    return false;
}

/* Takes the type and the rest of the line, which may be a comment. */
static bool type_take(const char **at, bool *usable)
{
    const char *type = skip_blanks(*at);

    *at = type + strlen(type);
    *usable = type_is(type, "usable") || type_is(type, "System RAM");
    return is_type(type);
}

static enum memmap_found bracket_take(const char **at, struct memmap_entry *entry)
{
    struct memmap_range *range = &entry->range;
    const char *type;

    if (!address_take(at, &range->first))
        return bad(entry, "the first address is not 0x and 1 to 16 hexadecimal digits");
    if (!token_skip(at, "-"))
        return bad(entry, "expected - between the addresses");
    if (!address_take(at, &range->last))
        return bad(entry, "the last address is not 0x and 1 to 16 hexadecimal digits");
    if (!token_skip(at, "]"))
        return bad(entry, "expected ] after the addresses");
    if (range->last < range->first)
        return bad(entry, "the range ends before it starts");
    type = *at;
    if (!type_take(at, &range->usable))
        return bad(entry, *skip_blanks(type) == '\0' ? MEMMAP_NO_TYPE : "the type is unknown");
    return MEMMAP_RANGE;
}

/* The word that ends before a colon; where it begins is returned. */
static const char *heading_before(const char *line, const char *colon)
{
    const char *at = colon;

    while (at > line && strchr(" \t]>", at[-1]) == NULL)
        at--;
    return at;
}

/* "Xen: [mem ...", "user: [mem ...": the heading does not say that this is a line of a map, but the
   type of the range does. */
static bool is_typed_range(const char *at)
{
    const char *close = strchr(at, ']');

    return close != NULL && is_type(skip_blanks(close + 1));
}

/* Linux before 3.1: "0000000000000000 - 000000000009fc00 (usable)"; before 2.4: "0009fc00 @
   00000000 (usable)". */
static enum memmap_found old_range_take(const char **at, struct memmap_entry *entry)
{
    uint64_t first;
    uint64_t second;
    bool sized;
    bool usable;

    if (!hex_take(at, &first))
        return MEMMAP_NOTHING;
    sized = token_skip(at, " @ ");
    if ((!sized && !token_skip(at, " - ")) || !hex_take(at, &second) || !token_skip(at, " ("))
        return MEMMAP_NOTHING;
    usable = strncmp(*at, "usable)", strlen("usable)")) == 0;
    return sized ? range_of(entry, second, first, usable) : range_to(entry, first, second, usable);
}

/* Takes what follows a heading. Only one that begins with BIOS- says that a range must follow. */
static enum memmap_found after_heading(const char *text, struct memmap_entry *entry)
{
    bool must = strncmp(entry->heading, "BIOS-", 5) == 0;
    enum memmap_found found;

    if (strncmp(text, "[gap ", 5) == 0)
        return MEMMAP_GAP;
    if (strncmp(text, "[mem ", 5) == 0 && (must || is_typed_range(text))) {
        text += 5;
        return bracket_take(&text, entry);
    }
    found = old_range_take(&text, entry);
    entry->old = true;
    if (found == MEMMAP_NOTHING && must)
        return bad(entry, "expected [mem 0xFIRST-0xLAST] TYPE, or FIRST - END (TYPE)");
    return found;
}

/* The lines of the hypervisor: "(XEN)  [0000000000000000, 000000000009fbff] (usable)"; before Xen
   4.15: "(XEN)  0000000000000000 - 000000000009fc00 (usable)". */
static enum memmap_found xen_take(const char *text, struct memmap_entry *entry)
{
    struct memmap_range *range = &entry->range;

    entry->old = true;
    text = skip_blanks(text);
    if (!token_skip(&text, "["))
        return old_range_take(&text, entry);
    if (!hex_take(&text, &range->first) || !token_skip(&text, ", ") ||
        !hex_take(&text, &range->last) || !token_skip(&text, "] ("))
        return MEMMAP_NOTHING;
    range->usable = type_is(text, "usable");
    return range->last < range->first ? bad(entry, "the range ends before it starts")
                                      : MEMMAP_RANGE;
}

/* A range that stands at the beginning of its line, where the heading was cut off. */
static enum memmap_found bare_take(const char *line, struct memmap_entry *entry)
{
    line += strspn(line, "> \t");
    if (strncmp(line, "[mem ", 5) != 0 || !is_typed_range(line))
        return MEMMAP_NOTHING;
    line += 5;
    return bracket_take(&line, entry);
}

static enum memmap_found e820_take(const char **at, struct memmap_entry *entry)
{
    const char *line = *at;
    const char *xen = strstr(line, "(XEN) ");

    *at = line + strlen(line);
    if (xen != NULL)
        return xen_take(xen + strlen("(XEN) "), entry);
    for (const char *colon = line; (colon = strchr(colon, ':')) != NULL; colon++) {
        enum memmap_found found;

        entry->heading = heading_before(line, colon);
        entry->heading_bytes = (size_t)(colon - entry->heading);
        found = after_heading(skip_blanks(colon + 1), entry);
        if (found != MEMMAP_NOTHING)
            return found;
    }
    entry->heading = NULL;
    return bare_take(line, entry);
}

/* ---- Linux: /proc/iomem, "00100000-3ffdffff : System RAM" ---- */

/* Lines that begin with blanks describe parts of the range above them. */
static enum memmap_found iomem_take(const char **at, struct memmap_entry *entry)
{
    const char *text = *at;
    uint64_t first;
    uint64_t last;

    *at = text + strlen(text);
    if (!hex_take(&text, &first) || !token_skip(&text, "-") || !hex_take(&text, &last) ||
        !token_skip(&text, " : "))
        return MEMMAP_NOTHING;
    if (last == 0)
        return bad(entry, "the addresses are hidden: read /proc/iomem as root");
    if (last < first)
        return bad(entry, "the range ends before it starts");
    entry->range =
        (struct memmap_range){first, last, strncmp(text, "System RAM", strlen("System RAM")) == 0};
    return MEMMAP_RANGE;
}

/* ---- the shell of UEFI: "BS_Data    0000000000001000-000000000009EFFF 000000000000009E ..." ----
 */

static enum memmap_found uefi_take(const char **at, struct memmap_entry *entry)
{
    /* The first five are free once the boot services have been left. */
    static const char *const types[] = {"Available",  "LoaderCode", "LoaderData", "BS_Code",
                                        "BS_Data",    "RT_Code",    "RT_Data",    "Reserved",
                                        "ACPI_Recl",  "ACPI_NVS",   "MMIO",       "MMIO_Port",
                                        "Unaccepted", "Persistent", "PalCode"};
    const char *type = skip_blanks(*at);
    const char *text = type + strcspn(type, " \t:");
    size_t i = 0;

    *at = type + strlen(type);
    while (i < sizeof types / sizeof types[0] &&
           (strlen(types[i]) != (size_t)(text - type) ||
            strncasecmp(type, types[i], strlen(types[i])) != 0))
        i++;
    text = skip_blanks(text);
    if (i == sizeof types / sizeof types[0] || !hex_take(&text, &entry->range.first) ||
        !token_skip(&text, "-"))
        return MEMMAP_NOTHING;
    if (!hex_take(&text, &entry->range.last))
        return bad(entry, "the last address is not 1 to 16 hexadecimal digits");
    if (entry->range.last < entry->range.first)
        return bad(entry, "the range ends before it starts");
    entry->range.usable = i < 5;
    return MEMMAP_RANGE;
}

/* ---- Linux with efi=debug: "efi: mem00: [Conventional Memory|   |WB|WT] range=[0x1000-0x9efff]
   (0MB)"; before 4.17 the end is exclusive, as "range=[0x1000-0x9f000)" says ---- */

static enum memmap_found efi_take(const char **at, struct memmap_entry *entry)
{
    static const char *const free_types[] = {"Conventional", "Loader Code", "Loader Data",
                                             "Boot Code", "Boot Data"};
    const char *type = strstr(*at, ": [");
    const char *text = type != NULL ? strstr(type, "range=[") : NULL;
    bool usable = false;
    uint64_t first;
    uint64_t last;

    *at += strlen(*at);
    if (text == NULL)
        return MEMMAP_NOTHING;
    type += strlen(": [");
    text += strlen("range=[");
    for (size_t i = 0; i < sizeof free_types / sizeof free_types[0]; i++)
        usable |= strncmp(type, free_types[i], strlen(free_types[i])) == 0;
    if (!address_take(&text, &first) || !token_skip(&text, "-") || !address_take(&text, &last))
        return MEMMAP_NOTHING;
    if (*text == ')')
        return range_to(entry, first, last, usable);
    entry->range = (struct memmap_range){first, last, usable};
    return last < first ? bad(entry, "the range ends before it starts") : MEMMAP_RANGE;
}

/* ---- Limine: "[0x0 -> 0x9fc00] : 0x9fc00 <Usable RAM (0x1)>" ---- */

static enum memmap_found limine_take(const char **at, struct memmap_entry *entry)
{
    const char *text = strchr(*at, '[');
    uint64_t first;
    uint64_t end;

    *at += strlen(*at);
    for (; text != NULL; text = strchr(text, '[')) {
        text++;
        if (address_take(&text, &first) && token_skip(&text, " -> ") && address_take(&text, &end) &&
            token_skip(&text, "]") && (text = strchr(text, '<')) != NULL)
            return range_to(entry, first, end,
                            name_is_ram(text) || strcasestr(text, "loader reclaimable") != NULL);
        if (text == NULL)
            break;
    }
    return MEMMAP_NOTHING;
}

/* ---- GRUB and kernels that multiboot has started:
   "base_addr = 0x0, length = 0x9fc00, available RAM", "addr: 0x0 len: 0x9fc00 type: 1" ---- */

/* Finds one of these keys as a whole word from `at` on. Returns what follows its = or colon; a
   number may also follow at once. */
static const char *key_find(const char *at, const char *const keys[], size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (const char *found = at; (found = strcasestr(found, keys[i])) != NULL; found++) {
            const char *end = found + strlen(keys[i]);
            const char *after = skip_blanks(end);

            if (found != at && isalnum((unsigned char)found[-1]))
                continue;
            if (*after == '=' || *after == ':')
                return skip_blanks(after + 1);
            if (after > end && isdigit((unsigned char)*after))
                return after;
        }
    return NULL;
}

/* Takes a number as number_take() does, or hexadecimal digits without 0x: zeros fill their front.
 */
static bool value_take(const char **at, uint64_t *number)
{
    size_t digits = strspn(*at, HEX_DIGITS);

    if (digits >= 8 && (**at == '0' || strcspn(*at, "abcdefABCDEF") < digits))
        return hex_take(at, number);
    return number_take(at, number) && !isalnum((unsigned char)**at);
}

static enum memmap_found keys_take(const char **at, struct memmap_entry *entry)
{
    static const char *const bases[] = {"base_addr", "base", "addr", "address", "start"};
    static const char *const lengths[] = {"length", "len", "size"};
    static const char *const types[] = {"type"};
    const char *line = *at;
    const char *base = key_find(line, bases, 5);
    const char *length = base != NULL ? key_find(base, lengths, 3) : NULL;
    const char *type;
    uint64_t first;
    uint64_t bytes;
    uint64_t number;

    *at += strlen(*at);
    if (length == NULL || !value_take(&base, &first) || !value_take(&length, &bytes))
        return MEMMAP_NOTHING;
    type = key_find(length, types, 1);
    if (type == NULL)
        type = length + strspn(length, ", \t");
    if (*type == '\0')
        type = key_find(line, types, 1);
    if (type == NULL)
        return MEMMAP_NOTHING;
    if (type > length)
        *at = type + strcspn(type, "}");
    if (number_take(&type, &number))
        return range_of(entry, first, bytes, number == 1);
    return range_of(entry, first, bytes, name_is_ram(type));
}

/* ---- C: "{ 0x0, 0x9fc00, 1 }, { 0x9fc00, 0x400, E820_RESERVED }" ---- */

static bool comma_take(const char **at)
{
    *at = skip_blanks(*at);
    if (!token_skip(at, ","))
        return false;
    *at = skip_blanks(*at);
    return true;
}

static enum memmap_found row_take(const char **at, struct memmap_entry *entry)
{
    for (const char *brace = *at; (brace = strchr(brace, '{')) != NULL; brace++) {
        const char *text = skip_blanks(brace + 1);
        uint64_t first;
        uint64_t bytes;
        uint64_t number;

        if (!number_take(&text, &first) || !comma_take(&text) || !number_take(&text, &bytes) ||
            !comma_take(&text))
            continue;
        *at = text + strcspn(text, "}");
        if (number_take(&text, &number))
            return range_of(entry, first, bytes, number == 1);
        return range_of(entry, first, bytes,
                        strcasestr(text, "RESERVED") == NULL && name_is_ram(text));
    }
    *at += strlen(*at);
    return MEMMAP_NOTHING;
}

/* ---- the table ---- */

const struct memmap_form memmap_forms[] = {
    {"the E820 map of Linux", e820_take},
    {"/proc/iomem", iomem_take},
    {"the list of UEFI's memmap", uefi_take},
    {"UEFI's map in a log of Linux", efi_take},
    {"the list of Limine", limine_take},
    {"a list of base addresses and lengths, as of GRUB's lsmmap", keys_take},
    {"an array of C with rows of base address, length and type", row_take},
    {NULL, NULL},
};
