#include "kernel_ranges.h"
#include "multiboot_parts.h"

#include <inttypes.h>
#include <string.h>

#define MB1_LOADER_MAGIC 0x2badb002u
#define MB2_LOADER_MAGIC 0x36d76289u
#define KiB(n)           ((uint64_t)(n) << 10)
#define MiB(n)           ((uint64_t)(n) << 20)

/* ---- parts ---- */

struct memory_sizes multiboot_memory_sizes(const struct pc_memmap *map)
{
    uint64_t lower = usable_ram_end(map, 0);
    uint64_t upper = usable_ram_end(map, MiB(1)) - MiB(1);

    return (struct memory_sizes){
        .lower = (uint32_t)((lower < KiB(640) ? lower : KiB(640)) >> 10),
        .upper = (uint32_t)(upper >> 10),
    };
}

uint32_t multiboot_range_type(const struct memmap_range *range)
{
    return range->usable ? 1u : 2u;
}

void multiboot_put(struct multiboot_builder *builder, uint32_t at, const void *bytes, size_t count)
{
    if (count > 0)
        memcpy(builder->memory.bytes + at, bytes, count);
}

const char *multiboot_words(const char *words)
{
    return words != NULL ? words : "";
}

/* ---- the screen ---- */

static bool is_mode(uint32_t width, uint32_t height, uint32_t bits)
{
    return (bits == 16 || bits == 24 || bits == 32) && width > 0 && height > 0 &&
           width <= UINT16_MAX && height <= FRAME_BUFFER_BYTES / (width * bits / 8u);
}

struct multiboot_screen multiboot_screen_for(const struct multiboot_header *header)
{
    static const uint8_t colours_16[6] = {11, 5, 5, 6, 0, 5}, colours_24[6] = {16, 8, 8, 8, 0, 8};
    uint32_t width = header->width, height = header->height;
    uint32_t bits = header->bits != 0 ? header->bits : 32;

    if (!header->wants_video || header->wants_text)
        return (struct multiboot_screen){
            {0xb8000u, 0}, 160, 80, 25, .bits = 16, .type = MULTIBOOT_SCREEN_TEXT};
    if (!is_mode(width, height, bits)) {
        width = 1024;
        height = 768;
        bits = 32;
    }
    struct multiboot_screen screen = {{FRAME_BUFFER_AT, 0},
                                      width * bits / 8u,
                                      width,
                                      height,
                                      .bits = (uint8_t)bits,
                                      .type = MULTIBOOT_SCREEN_COLOURS};
    memcpy(screen.colours, bits == 16 ? colours_16 : colours_24, sizeof screen.colours);
    return screen;
}

/* ---- modules ---- */

/* Place multiboot 1's table. Sets *behind to the address at which modules begin. */
static bool place_table(struct multiboot_builder *builder, uint64_t *behind)
{
    uint64_t bytes = multiboot_1_table_bytes(builder->request);

    *behind = boot_memory_page(builder->request->image->end);
    if (builder->request->image->multiboot.kind == MULTIBOOT_2)
        return true;
    if (!boot_memory_take(&builder->memory, *behind, MiB(1), bytes, &builder->table_at))
        return complain(&builder->complaint,
                        "there is no room in RAM for its command line and modules' names (%" PRIu64
                        " bytes)",
                        bytes);
    *behind = boot_memory_page(builder->table_at + bytes);
    return true;
}

static bool place_module(struct multiboot_builder *builder, uint32_t i, uint64_t preferred)
{
    const struct multiboot_module *module = &builder->request->module[i];
    struct placed_module *placed = &builder->module[i];

    placed->first = (uint32_t)preferred;
    if (module->size > 0 &&
        !boot_memory_take(&builder->memory, preferred, MiB(1), module->size, &placed->first)) {
        const struct complaint complaint = {module->path, builder->complaint.error,
                                            builder->complaint.error_bytes};
        return complain(&complaint,
                        "there is no room in RAM for this module of %zu bytes behind the kernel, "
                        "which ends at 0x%08" PRIx64 ": give more with --ram",
                        module->size, builder->request->image->end);
    }
    placed->end = placed->first + (uint32_t)module->size;
    multiboot_put(builder, placed->first, module->bytes, module->size);
    return true;
}

static bool place_modules(struct multiboot_builder *builder, uint64_t preferred)
{
    for (uint32_t i = 0; i < builder->request->module_count; i++) {
        if (!place_module(builder, i, preferred))
            return false;
        preferred = boot_memory_page(builder->module[i].end);
    }
    return true;
}

/* ---- sections ---- */

/* Returns whether a section of names or symbols must be loaded, because the kernel has not loaded
   it itself. */
static bool is_to_be_loaded(const struct elf_file *file, const Elf32_Shdr *section)
{
    return (section->sh_type == SHT_SYMTAB || section->sh_type == SHT_STRTAB) &&
           (section->sh_flags & SHF_ALLOC) == 0 && elf_file_section_bytes(file, section) != NULL;
}

static uint64_t sections_bytes(const struct elf_file *file)
{
    uint64_t bytes = file->section_count * sizeof(Elf32_Shdr);

    for (uint32_t i = 0; i < file->section_count; i++) {
        Elf32_Shdr section = elf_file_section(file, i);
        if (is_to_be_loaded(file, &section))
            bytes += (section.sh_size + UINT64_C(15)) & ~UINT64_C(15);
    }
    return bytes;
}

/* Place the sections. If they have no room, or overlap in a hostile file, the kernel gets none, as
   with QEMU. */
static void place_sections(struct multiboot_builder *builder)
{
    const struct elf_file *file = builder->request->image->file;
    uint64_t bytes = sections_bytes(file);
    uint32_t at;

    if (builder->request->image->multiboot.has_addresses || bytes == 0 ||
        bytes > 2u * (uint64_t)file->content.size ||
        !boot_memory_take(&builder->memory, INFORMATION_FLOOR, INFORMATION_FLOOR, bytes, &at))
        return;
    builder->sections_at = at;
    uint32_t next = at + file->section_count * (uint32_t)sizeof(Elf32_Shdr);
    for (uint32_t i = 0; i < file->section_count; i++) {
        Elf32_Shdr section = elf_file_section(file, i);
        if (is_to_be_loaded(file, &section)) {
            section.sh_addr = next;
            multiboot_put(builder, next, elf_file_section_bytes(file, &section), section.sh_size);
            next += (section.sh_size + 15u) & ~15u;
        }
        multiboot_put(builder, at + i * (uint32_t)sizeof section, &section, sizeof section);
    }
}

/* ---- all of it ---- */

static bool check_request(const struct multiboot_builder *builder)
{
    const struct multiboot_request *request = builder->request;
    uint32_t unmet = request->image->multiboot.unmet;

    if (request->module_count > MULTIBOOT_MODULES_MAX)
        return complain(&builder->complaint, "more than %u modules", MULTIBOOT_MODULES_MAX);
    if (unmet != 0)
        return complain(&builder->complaint,
                        "its multiboot 2 header requires information of type %" PRIu32
                        ", which the specification does not have: make the request optional",
                        unmet);
    return true;
}

static const char *note_of(const struct multiboot_header *header)
{
    if (header->wants_boot_services)
        return "the kernel's multiboot header asks for EFI boot services; mmsim has none";
    return NULL;
}

static bool write_information(struct multiboot_builder *builder, struct multiboot_state *state)
{
    if (builder->request->image->multiboot.kind == MULTIBOOT_2) {
        state->eax = MB2_LOADER_MAGIC;
        return multiboot_2_write(builder, &state->ebx);
    }
    state->eax = MB1_LOADER_MAGIC;
    return multiboot_1_write(builder, &state->ebx);
}

bool multiboot_prepare(const struct multiboot_request *request, unsigned char *memory,
                       struct multiboot_state *state, char *error, size_t error_bytes)
{
    struct multiboot_builder builder = {
        .request = request,
        .complaint = {request->image->file->path, error, error_bytes},
    };
    uint64_t modules_at;

    *state = (struct multiboot_state){.entry = request->image->entry,
                                      .note = note_of(&request->image->multiboot)};
    boot_memory_init(&builder.memory, request->image, request->map, memory);
    if (!check_request(&builder) || !place_table(&builder, &modules_at) ||
        !place_modules(&builder, modules_at))
        return false;
    place_sections(&builder);
    if (!write_information(&builder, state))
        return false;
    state->end = builder.memory.end;
    return true;
}
