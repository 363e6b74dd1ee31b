#include "multiboot_header.h"

#include <stdio.h>
#include <string.h>

/* ---- multiboot 1 (0.6.96, 3.1) ---- */

#define MB1_MAGIC        0x1badb002u
#define MB1_SEARCH_BYTES 8192u
#define MB1_ADDRESSES    0x00010000u /* fields 12 to 28 are valid */
#define MB1_VIDEO        0x00000004u
/* The known flags of the lower half, of which a loader must know each one that is set. */
#define MB1_KNOWN    0x00000007u
#define MB1_REQUIRED 0x0000ffffu

struct mb1_header {
    uint32_t magic, flags, checksum;
    uint32_t header_at, load_at, load_end, bss_end, entry;
};
_Static_assert(sizeof(struct mb1_header) == 32, "the size is that of the specification, 3.1.1");

/* The fields after them, if MB1_VIDEO is set. */
struct mb1_video {
    uint32_t mode_type; /* 1: text */
    uint32_t width, height, bits;
};

/* ---- multiboot 2 (2.0, 3.1) ---- */

#define MB2_MAGIC        0xe85250d6u
#define MB2_SEARCH_BYTES 32768u
#define MB2_I386         0u
#define MB2_OPTIONAL     0x1u

struct mb2_header {
    uint32_t magic, architecture, bytes, checksum;
};
_Static_assert(sizeof(struct mb2_header) == 16, "the size is that of the specification, 3.1.1");

struct mb2_tag {
    uint16_t type, flags;
    uint32_t bytes; /* size with this head */
};
_Static_assert(sizeof(struct mb2_tag) == 8, "the size is that of the specification, 3.1.3");

enum mb2_tag_type {
    MB2_END,
    MB2_INFORMATION_REQUEST,
    MB2_ADDRESSES,
    MB2_ENTRY,
    MB2_CONSOLE,
    MB2_FRAMEBUFFER,
    MB2_MODULE_ALIGN,
    MB2_EFI_BOOT_SERVICES,
    MB2_EFI_ENTRY_I386,
    MB2_EFI_ENTRY_AMD64,
    MB2_RELOCATABLE,
    MB2_TAG_TYPES,
};

struct finder {
    struct multiboot_header *header;
    const unsigned char *bytes;
    size_t size;
    const char *problem;
};

static uint32_t word(const struct finder *finder, size_t offset)
{
    uint32_t value;

    memcpy(&value, finder->bytes + offset, sizeof value);
    return value;
}

static bool fits(const struct finder *finder, size_t offset, size_t bytes)
{
    return offset <= finder->size && bytes <= finder->size - offset;
}

/* ---- multiboot 1 ---- */

static void mb1_addresses(struct finder *finder)
{
    struct multiboot_header *header = finder->header;
    struct mb1_header fields;

    if (!fits(finder, header->offset, sizeof fields)) {
        finder->problem = "the file ends inside the multiboot header";
        return;
    }
    memcpy(&fields, finder->bytes + header->offset, sizeof fields);
    header->has_addresses = true;
    header->header_at = fields.header_at;
    header->load_at = fields.load_at;
    header->load_end = fields.load_end;
    header->bss_end = fields.bss_end;
    header->has_entry = true;
    header->entry = fields.entry;
}

static void mb1_video(struct finder *finder)
{
    struct multiboot_header *header = finder->header;
    struct mb1_video fields = {0};

    header->wants_video = true;
    if (fits(finder, header->offset + sizeof(struct mb1_header), sizeof fields))
        memcpy(&fields, finder->bytes + header->offset + sizeof(struct mb1_header), sizeof fields);
    header->wants_text = fields.mode_type == 1;
    header->width = fields.width;
    header->height = fields.height;
    header->bits = fields.bits;
}

static void mb1_read(struct finder *finder, size_t offset)
{
    uint32_t flags = word(finder, offset + 4u);

    finder->header->kind = MULTIBOOT_1;
    finder->header->offset = (uint32_t)offset;
    if ((flags & MB1_VIDEO) != 0)
        mb1_video(finder);
    if ((flags & MB1_REQUIRED & ~MB1_KNOWN) != 0)
        finder->problem = "its multiboot header requires features that no loader has (flag bits 3 "
                          "to 15 are to be 0)";
    else if ((flags & MB1_ADDRESSES) != 0)
        mb1_addresses(finder);
}

static bool mb1_find(struct finder *finder)
{
    for (size_t at = 0; at + 12u <= MB1_SEARCH_BYTES && fits(finder, at, 12); at += 4u) {
        if (word(finder, at) != MB1_MAGIC ||
            MB1_MAGIC + word(finder, at + 4u) + word(finder, at + 8u) != 0)
            continue;
        mb1_read(finder, at);
        return true;
    }
    return false;
}

/* ---- multiboot 2 ---- */

/* The specification's tags of information (3.6) have the types 0 to 21. As with GRUB, a kernel that
   requires one of them is loaded, and finds no tag if the machine has nothing to tell: a PC without
   EFI has no tag of EFI either. */
#define MB2_INFORMATION_TYPES 22u

static void mb2_request(struct finder *finder, const struct mb2_tag *tag, size_t at)
{
    for (size_t i = sizeof *tag; i + 4u <= tag->bytes; i += 4u) {
        uint32_t type = word(finder, at + i);
        if (type >= MB2_INFORMATION_TYPES && (tag->flags & MB2_OPTIONAL) == 0)
            finder->header->unmet = type;
    }
}

static void mb2_addresses(struct finder *finder, size_t at)
{
    struct multiboot_header *header = finder->header;

    header->has_addresses = true;
    header->header_at = word(finder, at + 8u);
    header->load_at = word(finder, at + 12u);
    header->load_end = word(finder, at + 16u);
    header->bss_end = word(finder, at + 20u);
}

/* The least size of each tag, with its head. */
static const uint32_t mb2_tag_bytes[MB2_TAG_TYPES] = {
    [MB2_ADDRESSES] = 24,
    [MB2_ENTRY] = 12,
    [MB2_CONSOLE] = 12,
    [MB2_FRAMEBUFFER] = 20,
};

static void mb2_tag_read(struct finder *finder, const struct mb2_tag *tag, size_t at)
{
    struct multiboot_header *header = finder->header;
    bool required = (tag->flags & MB2_OPTIONAL) == 0;

    if (tag->type < MB2_TAG_TYPES && tag->bytes < mb2_tag_bytes[tag->type]) {
        finder->problem = "a tag of its multiboot 2 header is too short";
        return;
    }
    switch (tag->type) {
    case MB2_INFORMATION_REQUEST:
        mb2_request(finder, tag, at);
        break;
    case MB2_ADDRESSES:
        mb2_addresses(finder, at);
        break;
    case MB2_ENTRY:
        header->has_entry = true;
        header->entry = word(finder, at + 8u);
        break;
    case MB2_FRAMEBUFFER:
        header->wants_video = true;
        header->width = word(finder, at + 8u);
        header->height = word(finder, at + 12u);
        header->bits = word(finder, at + 16u);
        break;
    case MB2_EFI_BOOT_SERVICES:
        header->wants_boot_services = required;
        break;
    default:
        if (tag->type >= MB2_TAG_TYPES && required)
            finder->problem = "its multiboot 2 header requires a feature that is not known";
    }
}

/* Read the tags. `at` is after the header's four words; `end` is the header's end. */
static void mb2_tags_read(struct finder *finder, size_t at, size_t end)
{
    struct mb2_tag tag = {.type = MB2_TAG_TYPES};

    while (finder->problem == NULL) {
        if (at > end || end - at < sizeof tag) {
            finder->problem = "its multiboot 2 header has no end tag";
            return;
        }
        memcpy(&tag, finder->bytes + at, sizeof tag);
        if (tag.type == MB2_END)
            return;
        if (tag.bytes < sizeof tag || tag.bytes > end - at) {
            finder->problem = "a tag of its multiboot 2 header does not lie in the header";
            return;
        }
        mb2_tag_read(finder, &tag, at);
        at += (tag.bytes + 7u) & ~(size_t)7u;
    }
}

static void mb2_read(struct finder *finder, size_t offset)
{
    struct mb2_header fields;

    memcpy(&fields, finder->bytes + offset, sizeof fields);
    finder->header->kind = MULTIBOOT_2;
    finder->header->offset = (uint32_t)offset;
    if (fields.architecture != MB2_I386)
        finder->problem = "its multiboot 2 header is for another processor than i386";
    else if (!fits(finder, offset, fields.bytes))
        finder->problem = "the file ends inside the multiboot 2 header";
    else
        mb2_tags_read(finder, offset + sizeof fields, offset + fields.bytes);
}

static bool mb2_find(struct finder *finder)
{
    for (size_t at = 0; at + 16u <= MB2_SEARCH_BYTES && fits(finder, at, 16); at += 8u) {
        if (word(finder, at) != MB2_MAGIC ||
            MB2_MAGIC + word(finder, at + 4u) + word(finder, at + 8u) + word(finder, at + 12u) != 0)
            continue;
        mb2_read(finder, at);
        return true;
    }
    return false;
}

bool multiboot_header_find(struct multiboot_header *header, const char *name,
                           const unsigned char *bytes, size_t size, char *error, size_t error_bytes)
{
    struct finder finder = {.header = header, .bytes = bytes, .size = size};

    *header = (struct multiboot_header){.kind = MULTIBOOT_NONE};
    if (!mb1_find(&finder))
        mb2_find(&finder);
    if (finder.problem != NULL)
        snprintf(error, error_bytes, "%s: %s", name, finder.problem);
    return finder.problem == NULL;
}
