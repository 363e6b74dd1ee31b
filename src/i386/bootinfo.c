#include "bootinfo.h"

#include "text.h"
#include <mm/machine.h>

#define LOADER_MAGIC      0x2badb002u
#define HAS_COMMAND_LINE  0x04u
#define HAS_MODULES       0x08u
#define HAS_MEMORY_MAP    0x40u
#define MEMORY_MAP_USABLE 1u

struct multiboot_information {
    uint32_t flags;
    uint32_t memory_lower, memory_upper;
    uint32_t boot_device;
    uint32_t command_line;
    uint32_t module_count, modules;
    uint32_t symbols[4];
    uint32_t memory_map_bytes, memory_map;
};
_Static_assert(sizeof(struct multiboot_information) == 52,
               "the size is that of the multiboot specification");

struct multiboot_module {
    uint32_t first, end;
    uint32_t string;
    uint32_t reserved;
};
_Static_assert(sizeof(struct multiboot_module) == 16,
               "the size is that of the multiboot specification");

struct multiboot_range {
    uint32_t bytes; /* the size of the entry without this field */
    uint32_t first_low, first_high;
    uint32_t length_low, length_high;
    uint32_t type;
};
_Static_assert(sizeof(struct multiboot_range) == 24,
               "the size is that of the multiboot specification");

/* Returns NULL if the address lies beyond the direct map. */
static const void *reach(uint32_t physical)
{
    return physical < DIRECT_MAP_SIZE ? machine_pointer(direct_map(paddr(physical))) : NULL;
}

static uint64_t join(uint32_t low, uint32_t high)
{
    return (uint64_t)high << 32 | low;
}

/* Returns false if there is no room for the range. */
static bool range_add(struct bootinfo *boot, const struct multiboot_range *entry)
{
    uint64_t first = join(entry->first_low, entry->first_high);
    uint64_t length = join(entry->length_low, entry->length_high);

    if (length == 0)
        return true;
    if (boot->range_count == BOOTINFO_RANGES_MAX)
        return false;
    uint64_t last = length - 1u > UINT64_MAX - first ? UINT64_MAX : first + (length - 1u);
    boot->range[boot->range_count++] =
        (struct memmap_range){first, last, entry->type == MEMORY_MAP_USABLE};
    return true;
}

static const char *memory_map_read(struct bootinfo *boot, const struct multiboot_information *info)
{
    if ((info->flags & HAS_MEMORY_MAP) == 0)
        return "the boot loader gives no memory map";
    for (uint32_t done = 0; done < info->memory_map_bytes;) {
        const struct multiboot_range *entry = reach(info->memory_map + done);
        if (entry == NULL)
            return "the boot loader's memory map lies beyond the direct map of 768 MiB";
        if (!range_add(boot, entry))
            return "the boot loader's memory map has more than 64 ranges";
        done += entry->bytes + (uint32_t)sizeof entry->bytes;
    }
    return NULL;
}

/* Returns false if the module lies beyond the direct map. */
static bool module_add(struct bootinfo *boot, const struct multiboot_module *entry)
{
    struct boot_module *module = &boot->module[boot->module_count++];
    const char *string = reach(entry->string);

    if (string == NULL || entry->end < entry->first || entry->end > DIRECT_MAP_SIZE)
        return false;
    module->first = entry->first;
    module->end = entry->end;
    text_copy(module->name, string, BOOTINFO_TEXT_MAX);
    for (char *at = module->name; *at != '\0'; at++)
        if (*at == ' ')
            *at = '\0';
    return true;
}

static const char *modules_read(struct bootinfo *boot, const struct multiboot_information *info)
{
    const struct multiboot_module *entries = reach(info->modules);

    if ((info->flags & HAS_MODULES) == 0)
        return NULL;
    if (info->module_count > BOOTINFO_MODULES_MAX)
        return "the boot loader gives more than 16 modules";
    for (uint32_t i = 0; i < info->module_count; i++)
        if (entries == NULL || !module_add(boot, &entries[i]))
            return "a module lies beyond the direct map of 768 MiB; give a smaller trace";
    return NULL;
}

const char *bootinfo_read(struct bootinfo *boot, uint32_t magic, paddr_t information)
{
    const struct multiboot_information *info = reach(information.value);

    *boot = (struct bootinfo){.range_count = 0};
    if (magic != LOADER_MAGIC || info == NULL)
        return "not started by a multiboot loader";
    if ((info->flags & HAS_COMMAND_LINE) != 0 && reach(info->command_line) != NULL)
        text_copy(boot->command_line, reach(info->command_line), BOOTINFO_TEXT_MAX);
    const char *error = memory_map_read(boot, info);
    return error != NULL ? error : modules_read(boot, info);
}
