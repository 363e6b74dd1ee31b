#include "elf_image.h"
#include "file_bytes.h"
#include "kernel_ranges.h"

#include <inttypes.h>
#include <string.h>

struct planner {
    struct elf_image *image;
    struct complaint complaint;
};

static bool in_file(const struct elf_image *image, uint64_t offset, uint64_t bytes)
{
    return offset <= image->file->content.size && bytes <= image->file->content.size - offset;
}

/* ---- the ELF file's program headers ---- */

static bool check_type(const struct planner *planner)
{
    const struct elf_file *file = planner->image->file;

    if (file->not_elf != NULL)
        return complain(&planner->complaint, "%s", file->not_elf);
    switch (file->header.e_type) {
    case ET_EXEC:
        return true;
    case ET_REL:
        return complain(&planner->complaint, "it is an object file: link it first");
    case ET_DYN:
        return complain(&planner->complaint,
                        "it is a shared object or a position-independent executable: "
                        "link it with -no-pie");
    case ET_CORE:
        return complain(&planner->complaint, "it is a core file, and no executable");
    default:
        return complain(&planner->complaint, "it is no executable: its ELF type is %u",
                        file->header.e_type);
    }
}

static bool check_table(const struct planner *planner)
{
    const Elf32_Ehdr *header = &planner->image->file->header;

    if (header->e_phnum == 0 || header->e_phoff == 0)
        return complain(&planner->complaint,
                        "it has no program headers, so there is nothing to load");
    if (header->e_phentsize != sizeof(Elf32_Phdr))
        return complain(&planner->complaint,
                        "its program headers have %u bytes each rather than 32",
                        header->e_phentsize);
    if (header->e_phnum > ELF_PROGRAM_HEADERS_MAX)
        return complain(&planner->complaint, "it has more than %u program headers",
                        ELF_PROGRAM_HEADERS_MAX);
    if (!in_file(planner->image, header->e_phoff, (uint64_t)header->e_phnum * sizeof(Elf32_Phdr)))
        return complain(&planner->complaint, "the file ends before its program headers do");
    return true;
}

static Elf32_Phdr program_header(const struct elf_file *file, uint32_t i)
{
    Elf32_Phdr header;

    memcpy(&header, file->content.bytes + file->header.e_phoff + i * sizeof header, sizeof header);
    return header;
}

static bool check_segment(const struct planner *planner, uint32_t i, const Elf32_Phdr *header)
{
    if (header->p_memsz < header->p_filesz)
        return complain(&planner->complaint,
                        "segment %" PRIu32 " has more bytes in the file (0x%" PRIx32
                        ") than in memory (0x%" PRIx32 ")",
                        i, header->p_filesz, header->p_memsz);
    if (!in_file(planner->image, header->p_offset, header->p_filesz))
        return complain(&planner->complaint,
                        "the file ends before segment %" PRIu32 " does (0x%" PRIx32
                        " bytes at offset 0x%" PRIx32 "): is it cut off?",
                        i, header->p_filesz, header->p_offset);
    if ((uint64_t)header->p_paddr + header->p_memsz > MEMORY_BYTES)
        return complain(&planner->complaint,
                        "segment %" PRIu32 " (0x%" PRIx32 " bytes at physical address 0x%08" PRIx32
                        ") ends above 4 GiB",
                        i, header->p_memsz, header->p_paddr);
    if ((uint64_t)header->p_vaddr + header->p_memsz > MEMORY_BYTES)
        return complain(&planner->complaint,
                        "segment %" PRIu32 " (0x%" PRIx32 " bytes at virtual address 0x%08" PRIx32
                        ") ends above 4 GiB",
                        i, header->p_memsz, header->p_vaddr);
    return true;
}

static bool add_segment(const struct planner *planner, uint32_t i, const Elf32_Phdr *header)
{
    struct elf_image *image = planner->image;

    if (!check_segment(planner, i, header))
        return false;
    if (image->mapping_count == ELF_SEGMENTS_MAX)
        return complain(&planner->complaint, "it has more than %u segments to load",
                        ELF_SEGMENTS_MAX);
    image->mapping[image->mapping_count++] = (struct elf_segment){
        .va = header->p_vaddr,
        .pa = header->p_paddr,
        .offset = header->p_offset,
        .file_bytes = header->p_filesz,
        .memory_bytes = header->p_memsz,
        .number = i,
        .read_only = header->p_flags == PF_R,
    };
    return true;
}

static bool read_segments(const struct planner *planner)
{
    const struct elf_file *file = planner->image->file;

    for (uint32_t i = 0; i < file->header.e_phnum; i++) {
        Elf32_Phdr header = program_header(file, i);
        if (header.p_type == PT_LOAD && header.p_memsz > 0 && !add_segment(planner, i, &header))
            return false;
    }
    if (planner->image->mapping_count == 0)
        return complain(&planner->complaint, "none of its program headers has anything to load");
    return true;
}

/* ---- rules for all segments together ---- */

static bool check_zero_addresses(const struct planner *planner)
{
    const struct elf_image *image = planner->image;

    for (uint32_t i = 0; i < image->mapping_count; i++)
        if (image->mapping[i].pa != 0 || image->mapping[i].va == 0)
            return true;
    return complain(&planner->complaint,
                    "its segments have no physical addresses (all are 0): give them load "
                    "addresses with AT() in the linker script");
}

static bool check_overlap(const struct planner *planner)
{
    const struct elf_image *image = planner->image;

    for (uint32_t i = 0; i < image->mapping_count; i++)
        for (uint32_t k = 0; k < i; k++) {
            const struct elf_segment *a = &image->mapping[k];
            const struct elf_segment *b = &image->mapping[i];
            if (a->pa < elf_segment_end(b) && b->pa < elf_segment_end(a))
                return complain(&planner->complaint,
                                "segments %" PRIu32 " and %" PRIu32
                                " overlap in physical memory, at 0x%08" PRIx32,
                                a->number, b->number, a->pa > b->pa ? a->pa : b->pa);
        }
    return true;
}

/* ---- the entry point ---- */

bool elf_image_physical(const struct elf_image *image, uint32_t va, uint32_t *pa)
{
    for (uint32_t i = 0; i < image->mapping_count; i++) {
        const struct elf_segment *segment = &image->mapping[i];
        if (va - segment->va < segment->memory_bytes) {
            *pa = va - segment->va + segment->pa;
            return true;
        }
    }
    return false;
}

bool elf_image_virtual(const struct elf_image *image, uint32_t pa, uint32_t *va)
{
    for (uint32_t i = 0; i < image->mapping_count; i++) {
        const struct elf_segment *segment = &image->mapping[i];
        if (pa - segment->pa < segment->memory_bytes) {
            *va = pa - segment->pa + segment->va;
            return true;
        }
    }
    return false;
}

static bool is_loaded(const struct elf_image *image, uint32_t pa)
{
    for (uint32_t i = 0; i < image->segment_count; i++)
        if (pa - image->segment[i].pa < image->segment[i].memory_bytes)
            return true;
    return false;
}

static bool find_entry(const struct planner *planner)
{
    struct elf_image *image = planner->image;
    uint32_t entry = image->file->header.e_entry;

    if (image->multiboot.has_entry)
        image->entry = image->multiboot.entry;
    else if (!elf_image_physical(image, entry, &image->entry))
        image->entry = entry;
    if (is_loaded(image, image->entry))
        return true;
    return complain(&planner->complaint,
                    "its entry point 0x%08" PRIx32
                    " is in no segment: name one with ENTRY() in the "
                    "linker script",
                    image->multiboot.has_entry ? image->multiboot.entry : entry);
}

/* ---- addresses in the multiboot header ---- */

/*
 *      load_at            header_at        load_end          bss_end
 *         |------------------|---------------|-----------------|
 *  file:  offset             header's offset                     zeroes
 */
static bool plan_addresses(const struct planner *planner)
{
    struct elf_image *image = planner->image;
    const struct multiboot_header *header = &image->multiboot;
    uint32_t before = header->header_at - header->load_at;

    if (header->header_at < header->load_at || before > header->offset)
        return complain(&planner->complaint,
                        "its multiboot header's load address 0x%08" PRIx32
                        " does not agree with where the header is: 0x%08" PRIx32
                        ", at offset 0x%" PRIx32,
                        header->load_at, header->header_at, header->offset);
    uint32_t offset = header->offset - before;
    uint64_t bytes = header->load_end != 0 ? (uint64_t)header->load_end - header->load_at
                                           : image->file->content.size - offset;
    if (header->load_end != 0 && header->load_end < header->load_at)
        return complain(&planner->complaint,
                        "its multiboot header's load_end_addr is below load_addr");
    if (!in_file(image, offset, bytes))
        return complain(&planner->complaint,
                        "the file ends before what its multiboot header says is to be loaded");
    uint64_t memory_bytes =
        header->bss_end != 0 ? (uint64_t)header->bss_end - header->load_at : bytes;
    if (header->bss_end != 0 && header->bss_end < header->load_at + bytes)
        return complain(&planner->complaint,
                        "its multiboot header's bss_end_addr is below load_end_addr");
    if (memory_bytes == 0 || header->load_at + memory_bytes > MEMORY_BYTES)
        return complain(&planner->complaint,
                        "its multiboot header's addresses are empty, or end above 4 GiB");
    image->segment[0] = (struct elf_segment){header->load_at,
                                             header->load_at,
                                             offset,
                                             (uint32_t)bytes,
                                             (uint32_t)memory_bytes,
                                             0,
                                             false};
    image->segment_count = 1;
    return true;
}

/* Program headers serve only for translation here, so errors in them are ignored. */
static void map_leniently(const struct planner *planner)
{
    struct elf_image *image = planner->image;
    char ignored[1];
    const struct planner silent = {image, {"", ignored, sizeof ignored}};

    if (image->file->not_elf == NULL && check_table(&silent) && read_segments(&silent))
        return;
    image->mapping[0] = image->segment[0];
    image->mapping_count = 1;
}

/* ---- the plan ---- */

static bool plan_program_headers(const struct planner *planner)
{
    struct elf_image *image = planner->image;

    if (!check_type(planner) || !check_table(planner) || !read_segments(planner) ||
        !check_zero_addresses(planner) || !check_overlap(planner))
        return false;
    memcpy(image->segment, image->mapping, sizeof image->segment);
    image->segment_count = image->mapping_count;
    return true;
}

static void measure(struct elf_image *image)
{
    image->first = MEMORY_BYTES;
    for (uint32_t i = 0; i < image->segment_count; i++) {
        const struct elf_segment *segment = &image->segment[i];
        image->first = segment->pa < image->first ? segment->pa : image->first;
        image->end = elf_segment_end(segment) > image->end ? elf_segment_end(segment) : image->end;
    }
}

/* A 64-bit kernel can also have addresses in its multiboot header, and start in 32-bit mode. */
static bool check_machine(const struct planner *planner)
{
    const struct elf_file *file = planner->image->file;
    bool looks_elf =
        file->content.size >= SELFMAG && memcmp(file->content.bytes, ELFMAG, SELFMAG) == 0;

    return !looks_elf || file->not_elf == NULL ||
           complain(&planner->complaint, "%s", file->not_elf);
}

bool elf_image_plan(struct elf_image *image, const struct elf_file *file, char *error,
                    size_t error_bytes)
{
    const struct planner planner = {image, {file->path, error, error_bytes}};

    *image = (struct elf_image){.file = file};
    if (!check_machine(&planner) ||
        !multiboot_header_find(&image->multiboot, file->path, file->content.bytes,
                               file->content.size, error, error_bytes))
        return false;
    if (image->multiboot.has_addresses) {
        if (!plan_addresses(&planner))
            return false;
        map_leniently(&planner);
    } else if (!plan_program_headers(&planner)) {
        return false;
    }
    measure(image);
    return find_entry(&planner);
}
