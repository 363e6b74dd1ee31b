/* Multiboot 2's information (specification 2.0, 3.6), with GRUB's contents: the command line and
   modules' words have no paths. */
#include "multiboot_parts.h"
#include "trace/memory.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum mb2_information {
    MB2_END,
    MB2_COMMAND_LINE,
    MB2_LOADER_NAME,
    MB2_MODULE,
    MB2_MEMORY_SIZES,
    MB2_BOOT_DEVICE,
    MB2_MEMORY_MAP,
    MB2_FRAMEBUFFER = 8,
    MB2_SECTIONS = 9,
    MB2_ACPI_OLD = 14,
    MB2_LOAD_BASE = 21,
};

struct mb2_range {
    uint64_t first, length;
    uint32_t type, zero;
};
_Static_assert(sizeof(struct mb2_range) == 24, "the size is that of the specification, 3.6.8");

#define RSDP_FIRST     0xe0000u
#define RSDP_END       0x100000u
#define RSDP_ALIGNMENT 16u
#define RSDP_BYTES     20u /* of ACPI 1.0 */

/* The information under construction. Between tags its size is a multiple of 8 bytes. */
struct tags {
    unsigned char *bytes;
    size_t count, capacity;
};

static void append(struct tags *tags, const void *bytes, size_t count)
{
    if (count == 0)
        return;
    tags->bytes = memory_reach(tags->bytes, &tags->capacity, tags->count + count + 8u, 1);
    memcpy(tags->bytes + tags->count, bytes, count);
    tags->count += count;
}

static void append_word(struct tags *tags, uint32_t word)
{
    append(tags, &word, sizeof word);
}

/* Begin a tag with its type and size. The content and tag_end() must follow. */
static void tag_begin(struct tags *tags, enum mb2_information type, size_t content_bytes)
{
    append_word(tags, type);
    append_word(tags, (uint32_t)(content_bytes + 8u));
}

static void tag_end(struct tags *tags)
{
    static const unsigned char zeroes[8];

    append(tags, zeroes, (8u - tags->count % 8u) % 8u);
}

static void tag_string(struct tags *tags, enum mb2_information type, const char *string)
{
    tag_begin(tags, type, strlen(string) + 1u);
    append(tags, string, strlen(string) + 1u);
    tag_end(tags);
}

static void tag_words(struct tags *tags, enum mb2_information type, const uint32_t *words,
                      size_t count)
{
    tag_begin(tags, type, count * sizeof *words);
    append(tags, words, count * sizeof *words);
    tag_end(tags);
}

static void tag_modules(struct tags *tags, const struct multiboot_builder *builder)
{
    for (uint32_t i = 0; i < builder->request->module_count; i++) {
        const char *words = multiboot_words(builder->request->module[i].words);
        tag_begin(tags, MB2_MODULE, 2 * sizeof(uint32_t) + strlen(words) + 1u);
        append_word(tags, builder->module[i].first);
        append_word(tags, builder->module[i].end);
        append(tags, words, strlen(words) + 1u);
        tag_end(tags);
    }
}

static void tag_memory_map(struct tags *tags, const struct pc_memmap *map)
{
    tag_begin(tags, MB2_MEMORY_MAP, 2 * sizeof(uint32_t) + map->count * sizeof(struct mb2_range));
    append_word(tags, sizeof(struct mb2_range));
    append_word(tags, 0); /* the version */
    for (uint32_t i = 0; i < map->count; i++) {
        const struct mb2_range range = {
            .first = map->range[i].first,
            .length = map->range[i].last - map->range[i].first + 1u,
            .type = multiboot_range_type(&map->range[i]),
        };
        append(tags, &range, sizeof range);
    }
    tag_end(tags);
}

/* Two bytes are reserved before the colours. */
static void tag_screen(struct tags *tags, const struct multiboot_header *header)
{
    const struct multiboot_screen screen = multiboot_screen_for(header);
    const size_t common = offsetof(struct multiboot_screen, colours);
    const size_t colours = screen.type == MULTIBOOT_SCREEN_COLOURS ? sizeof screen.colours : 0;

    tag_begin(tags, MB2_FRAMEBUFFER, common + 2u + colours);
    append(tags, &screen, common);
    append(tags, "\0", 2);
    append(tags, screen.colours, colours);
    tag_end(tags);
}

static void tag_sections(struct tags *tags, const struct multiboot_builder *builder)
{
    const struct elf_file *file = builder->request->image->file;
    size_t bytes = file->section_count * sizeof(Elf32_Shdr);

    if (builder->sections_at == 0)
        return;
    tag_begin(tags, MB2_SECTIONS, 3 * sizeof(uint32_t) + bytes);
    append_word(tags, file->section_count);
    append_word(tags, sizeof(Elf32_Shdr));
    append_word(tags, file->names_section);
    append(tags, builder->memory.bytes + builder->sections_at, bytes);
    tag_end(tags);
}

static bool is_rsdp(const unsigned char *bytes)
{
    unsigned sum = 0;

    if (memcmp(bytes, "RSD PTR ", 8) != 0)
        return false;
    for (uint32_t i = 0; i < RSDP_BYTES; i++)
        sum += bytes[i];
    return (sum & 0xffu) == 0;
}

static void tag_acpi(struct tags *tags, const struct multiboot_builder *builder)
{
    for (uint32_t at = RSDP_FIRST; at < RSDP_END; at += RSDP_ALIGNMENT)
        if (is_rsdp(builder->memory.bytes + at)) {
            tag_begin(tags, MB2_ACPI_OLD, RSDP_BYTES);
            append(tags, builder->memory.bytes + at, RSDP_BYTES);
            tag_end(tags);
            return;
        }
}

static void make_tags(struct tags *tags, const struct multiboot_builder *builder)
{
    const struct multiboot_request *request = builder->request;
    const struct memory_sizes sizes = multiboot_memory_sizes(request->map);

    append(tags, (const uint32_t[2]){0, 0}, 8); /* total size, filled in later; reserved */
    tag_string(tags, MB2_COMMAND_LINE, multiboot_words(request->words));
    tag_string(tags, MB2_LOADER_NAME, LOADER_NAME);
    tag_words(tags, MB2_LOAD_BASE, (const uint32_t[]){(uint32_t)request->image->first}, 1);
    tag_modules(tags, builder);
    tag_words(tags, MB2_MEMORY_SIZES, (const uint32_t[]){sizes.lower, sizes.upper}, 2);
    tag_words(tags, MB2_BOOT_DEVICE, (const uint32_t[]){0x80u, UINT32_MAX, UINT32_MAX}, 3);
    tag_memory_map(tags, request->map);
    tag_screen(tags, &request->image->multiboot);
    tag_sections(tags, builder);
    tag_acpi(tags, builder);
    tag_words(tags, MB2_END, NULL, 0);
    const uint32_t total = (uint32_t)tags->count;
    memcpy(tags->bytes, &total, sizeof total);
}

bool multiboot_2_write(struct multiboot_builder *builder, uint32_t *at)
{
    struct tags tags = {.bytes = NULL};

    make_tags(&tags, builder);
    bool placed =
        boot_memory_take(&builder->memory, INFORMATION_FLOOR, INFORMATION_FLOOR, tags.count, at);
    if (placed)
        multiboot_put(builder, *at, tags.bytes, tags.count);
    free(tags.bytes);
    return placed ||
           complain(&builder->complaint, "there is no room in RAM for the multiboot information");
}
