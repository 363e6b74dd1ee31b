/* Multiboot 1's information (specification 0.6.96, 3.3), with QEMU's contents and addresses. */
#include "multiboot_parts.h"

#include <stdio.h>
#include <string.h>

#define RANGES_AT      UINT64_C(0x9000)
#define RANGES_END     UINT64_C(0x9500)
#define INFORMATION_AT UINT64_C(0x9500)
#define BOOT_DEVICE    0x8000ffffu /* the first disk */

enum mb1_flag {
    HAS_MEMORY = 0x001,
    HAS_BOOT_DEVICE = 0x002,
    HAS_COMMAND_LINE = 0x004,
    HAS_MODULES = 0x008,
    HAS_SECTIONS = 0x020,
    HAS_MEMORY_MAP = 0x040,
    HAS_LOADER_NAME = 0x200,
    HAS_FRAMEBUFFER = 0x1000,
};

struct mb1_information {
    uint32_t flags;
    uint32_t memory_lower, memory_upper; /* KiB */
    uint32_t boot_device;
    uint32_t command_line;
    uint32_t module_count, modules;
    uint32_t section_count, section_bytes, sections, section_of_names;
    uint32_t memory_map_bytes, memory_map;
    uint32_t drives_bytes, drives;
    uint32_t configuration_table;
    uint32_t loader_name;
    uint32_t apm_table;
    uint32_t video[4];
};
_Static_assert(sizeof(struct mb1_information) == 88,
               "the size is that of the specification without the frame "
               "buffer's fields");

/* The frame buffer's fields follow in the information of a kernel that asks for a video mode. */
struct mb1_video_information {
    struct mb1_information information;
    struct multiboot_screen screen;
};
_Static_assert(sizeof(struct mb1_video_information) == 116,
               "the size is that of the specification");

struct mb1_module {
    uint32_t first, end;
    uint32_t string;
    uint32_t reserved;
};
_Static_assert(sizeof(struct mb1_module) == 16, "the size is that of the specification");

struct mb1_range {
    uint32_t bytes;               /* size of this entry without this field */
    uint32_t first[2], length[2]; /* 64 bits each, without the alignment of uint64_t */
    uint32_t type;
};
_Static_assert(sizeof(struct mb1_range) == 24, "the size is that of the specification");

/* ---- the table behind the kernel ---- */

/* The line is "PATH WORDS". Without words, a module's line has no blank after the path, but the
   kernel's line has one. */
static size_t module_line_bytes(const struct multiboot_module *module)
{
    size_t words = strlen(multiboot_words(module->words));

    return strlen(module->path) + (words > 0 ? words + 1u : 0) + 1u;
}

static size_t command_line_bytes(const struct multiboot_request *request)
{
    return strlen(request->image->file->path) + strlen(multiboot_words(request->words)) + 2u;
}

/* QEMU stores the loader's name, "qemu", among the words. The name here is as long, so that the
   data after it have QEMU's addresses. */
uint64_t multiboot_1_table_bytes(const struct multiboot_request *request)
{
    uint64_t bytes = command_line_bytes(request) + sizeof "qemu";

    for (uint32_t i = 0; i < request->module_count; i++)
        bytes += sizeof(struct mb1_module) + module_line_bytes(&request->module[i]);
    return bytes;
}

/* Write a line. Returns the address after its 0 byte. */
static uint32_t put_line(struct multiboot_builder *builder, uint32_t at, const char *path,
                         const char *words, bool always_blank)
{
    bool blank = always_blank || words[0] != '\0';

    multiboot_put(builder, at, path, strlen(path) + 1u);
    at += (uint32_t)strlen(path);
    if (blank)
        multiboot_put(builder, at++, " ", 1);
    multiboot_put(builder, at, words, strlen(words) + 1u);
    return at + (uint32_t)strlen(words) + 1u;
}

/* Write the modules, then their words, then the command line. Returns the command line's
   address. */
static uint32_t write_table(struct multiboot_builder *builder)
{
    const struct multiboot_request *request = builder->request;
    uint32_t entry_at = builder->table_at;
    uint32_t at = entry_at + request->module_count * (uint32_t)sizeof(struct mb1_module);

    for (uint32_t i = 0; i < request->module_count; i++) {
        const struct mb1_module entry = {builder->module[i].first, builder->module[i].end, at, 0};
        multiboot_put(builder, entry_at, &entry, sizeof entry);
        entry_at += (uint32_t)sizeof entry;
        at = put_line(builder, at, request->module[i].path,
                      multiboot_words(request->module[i].words), false);
    }
    put_line(builder, at, request->image->file->path, multiboot_words(request->words), true);
    return at;
}

/* ---- low memory ---- */

static bool write_ranges(struct multiboot_builder *builder, struct mb1_information *information)
{
    const struct pc_memmap *map = builder->request->map;
    uint32_t bytes = map->count * (uint32_t)sizeof(struct mb1_range);
    uint64_t preferred = bytes <= RANGES_END - RANGES_AT ? RANGES_AT : INFORMATION_FLOOR;

    if (!boot_memory_take(&builder->memory, preferred, INFORMATION_FLOOR, bytes,
                          &information->memory_map))
        return complain(&builder->complaint, "there is no room in RAM for the memory map");
    information->memory_map_bytes = bytes;
    for (uint32_t i = 0; i < map->count; i++) {
        uint64_t first = map->range[i].first;
        uint64_t length = map->range[i].last - first + 1u; /* 0: all 64 bits */
        const struct mb1_range entry = {
            .bytes = sizeof entry - sizeof entry.bytes,
            .first = {(uint32_t)first, (uint32_t)(first >> 32)},
            .length = {(uint32_t)length, (uint32_t)(length >> 32)},
            .type = multiboot_range_type(&map->range[i]),
        };
        multiboot_put(builder, information->memory_map + i * (uint32_t)sizeof entry, &entry,
                      sizeof entry);
    }
    return true;
}

static void tell_sections(const struct multiboot_builder *builder,
                          struct mb1_information *information)
{
    const struct elf_file *file = builder->request->image->file;

    if (builder->sections_at == 0)
        return;
    information->flags |= HAS_SECTIONS;
    information->section_count = file->section_count;
    information->section_bytes = sizeof(Elf32_Shdr);
    information->sections = builder->sections_at;
    information->section_of_names = file->names_section;
}

bool multiboot_1_write(struct multiboot_builder *builder, uint32_t *at)
{
    const struct memory_sizes sizes = multiboot_memory_sizes(builder->request->map);
    const bool video = builder->request->image->multiboot.wants_video;
    const uint32_t bytes =
        video ? sizeof(struct mb1_video_information) : sizeof(struct mb1_information);
    struct mb1_video_information all = {
        .screen = multiboot_screen_for(&builder->request->image->multiboot)};
    struct mb1_information *information = &all.information;

    *information = (struct mb1_information){
        .flags = HAS_MEMORY | HAS_BOOT_DEVICE | HAS_COMMAND_LINE | HAS_MODULES | HAS_MEMORY_MAP |
                 HAS_LOADER_NAME | (video ? HAS_FRAMEBUFFER : 0),
        .memory_lower = sizes.lower,
        .memory_upper = sizes.upper,
        .boot_device = BOOT_DEVICE,
        .module_count = builder->request->module_count,
        .modules = builder->table_at,
    };

    if (!write_ranges(builder, information))
        return false;
    if (!boot_memory_take(&builder->memory, INFORMATION_AT, INFORMATION_FLOOR,
                          bytes + sizeof LOADER_NAME, at))
        return complain(&builder->complaint,
                        "there is no room in RAM for the multiboot information");
    tell_sections(builder, information);
    information->command_line = write_table(builder);
    information->loader_name = *at + bytes;
    multiboot_put(builder, information->loader_name, LOADER_NAME, sizeof LOADER_NAME);
    multiboot_put(builder, *at, &all, bytes);
    return true;
}
