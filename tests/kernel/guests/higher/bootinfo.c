/* Multiboot 1 and 2, copied into boot_info. */
#include "higher.h"

#include "console.h"
#include "multiboot.h"
#include "string.h"

struct boot_info boot_info;

static void add_range(uint64_t base, uint64_t length, uint32_t type)
{
    if (boot_info.ranges == BOOT_RANGES_MAX)
        panic("boot_info: too many ranges");
    boot_info.range[boot_info.ranges++] = (struct boot_range){base, length, type};
}

/* What does not fit is cut off. */
static void set_command_line(const char *words)
{
    size_t n = strlen(words);

    if (n >= sizeof boot_info.command_line)
        n = sizeof boot_info.command_line - 1;
    memcpy(boot_info.command_line, words, n);
}

static void read_multiboot(const struct multiboot_info *info)
{
    const char *at = direct_map(info->map);
    const char *end = at + info->map_bytes;

    if (!(info->flags & MULTIBOOT_HAS_MAP))
        return;
    while (at < end) {
        const struct multiboot_range *range = (const void *)at;

        add_range(range->base, range->length, range->type);
        at += range->size_bytes + sizeof range->size_bytes;
    }
    if (info->flags & MULTIBOOT_HAS_CMDLINE)
        set_command_line(direct_map(info->cmdline));
}

static void read_multiboot2_map(const struct multiboot2_map *map)
{
    const char *at = (const char *)(map + 1);
    const char *end = (const char *)map + map->tag.size_bytes;

    for (; at < end; at += map->entry_bytes) {
        const struct multiboot2_range *range = (const void *)at;

        add_range(range->base, range->length, range->type);
    }
}

static void read_multiboot2(const struct multiboot2_info *info)
{
    const struct multiboot2_tag *tag = (const void *)(info + 1);

    while (tag->type != MULTIBOOT2_END) {
        if (tag->type == MULTIBOOT2_MAP)
            read_multiboot2_map((const void *)tag);
        if (tag->type == MULTIBOOT2_CMDLINE)
            set_command_line((const char *)(tag + 1));
        tag = (const void *)((const char *)tag + ((tag->size_bytes + 7) & ~7u));
    }
}

void boot_info_read(uint32_t magic, uint32_t pa)
{
    const struct multiboot2_info *info2 = direct_map(pa);

    boot_info.start = pa;
    if (magic == MULTIBOOT_LOADER_MAGIC) {
        boot_info.end = pa + sizeof(struct multiboot_info);
        read_multiboot(direct_map(pa));
    } else if (magic == MULTIBOOT2_LOADER_MAGIC) {
        boot_info.end = pa + info2->total_bytes;
        read_multiboot2(info2);
    }
    if (boot_info.ranges == 0)
        panic("boot_info: no memory map");
}

bool boot_info_has_word(const char *word)
{
    const char *at = boot_info.command_line;
    size_t n = strlen(word);

    while (*at) {
        const char *end = at;

        while (*end && *end != ' ')
            end++;
        if ((size_t)(end - at) == n && memcmp(at, word, n) == 0)
            return true;
        at = *end ? end + 1 : end;
    }
    return false;
}
