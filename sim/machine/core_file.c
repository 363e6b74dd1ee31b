#include "machine/core_file.h"

#include <elf.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NOWHERE UINT64_MAX /* p_paddr in /proc/kcore, and p_offset in QEMU's -p */

bool core_error_set(struct core_error *error, const char *format, ...)
{
    va_list list;

    va_start(list, format);
    vsnprintf(error->text, sizeof error->text, format, list);
    va_end(list);
    return false;
}

/* ---- headers of both classes ---- */

struct file_header {
    bool is_wide; /* 64 bits */
    uint16_t machine;
    uint64_t program_headers; /* offset */
    uint64_t sections;        /* offset; 0: none */
    uint32_t count;           /* of program headers */
};

/* The headers as they are in the file; the class says which. */
union raw_header {
    unsigned char ident[EI_NIDENT];
    Elf32_Ehdr narrow;
    Elf64_Ehdr wide;
};

union raw_section {
    Elf32_Shdr narrow;
    Elf64_Shdr wide;
};

static bool read_at(const struct dump *dump, uint64_t offset, void *bytes, size_t count,
                    const char *what, struct core_error *error)
{
    if (offset <= dump->file_bytes && count <= dump->file_bytes - offset &&
        pread(dump->fd, bytes, count, (off_t)offset) == (ssize_t)count)
        return true;
    return core_error_set(error,
                          "cut short: %s, %zu bytes at offset %" PRIu64
                          ", are not all in the file of %" PRIu64 " bytes",
                          what, count, offset, dump->file_bytes);
}

bool core_file_is(int fd)
{
    Elf32_Ehdr header; /* e_type has the same place in both classes */

    return pread(fd, &header, sizeof header, 0) == (ssize_t)sizeof header &&
           memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 &&
           (header.e_type == ET_CORE || header.e_ident[EI_DATA] == ELFDATA2MSB);
}

static bool machine_is_known(uint16_t machine, bool is_wide)
{
    return machine == EM_386 || ((machine == EM_X86_64 || machine == EM_RISCV) && is_wide);
}

/* With PN_XNUM headers and more, the first section has the number. */
static bool read_count(const struct dump *dump, struct file_header *header,
                       struct core_error *error)
{
    union raw_section section;
    size_t bytes = header->is_wide ? sizeof section.wide : sizeof section.narrow;

    if (header->count != PN_XNUM || header->sections == 0)
        return true;
    if (!read_at(dump, header->sections, &section, bytes, "the first section header", error))
        return false;
    header->count = header->is_wide ? section.wide.sh_info : section.narrow.sh_info;
    return true;
}

static bool read_file_header(const struct dump *dump, struct file_header *header,
                             struct core_error *error)
{
    union raw_header raw;
    bool is_wide;

    if (!read_at(dump, 0, raw.ident, sizeof raw.ident, "the ELF header", error))
        return false;
    if (raw.ident[EI_DATA] != ELFDATA2LSB)
        return core_error_set(error, "offset 5: a core of a big-endian machine, which is none of "
                                     "i386, x86-64 and RISC-V");
    if (raw.ident[EI_CLASS] != ELFCLASS32 && raw.ident[EI_CLASS] != ELFCLASS64)
        return core_error_set(error, "offset 4: the ELF class %u is unknown", raw.ident[EI_CLASS]);
    is_wide = raw.ident[EI_CLASS] == ELFCLASS64;
    if (!read_at(dump, 0, &raw, is_wide ? sizeof raw.wide : sizeof raw.narrow, "the ELF header",
                 error))
        return false;
    *header = is_wide ? (struct file_header){true, raw.wide.e_machine, raw.wide.e_phoff,
                                             raw.wide.e_shoff, raw.wide.e_phnum}
                      : (struct file_header){false, raw.narrow.e_machine, raw.narrow.e_phoff,
                                             raw.narrow.e_shoff, raw.narrow.e_phnum};
    if (!machine_is_known(header->machine, is_wide))
        return core_error_set(error,
                              "offset 18: a %s-bit core of the ELF machine %u; page tables are "
                              "read of i386 (3), x86-64 (62) and 64-bit RISC-V (243)",
                              is_wide ? "64" : "32", header->machine);
    return read_count(dump, header, error);
}

/* ---- program headers ---- */

static Elf64_Phdr widened(const Elf32_Phdr *narrow)
{
    return (Elf64_Phdr){.p_type = narrow->p_type,
                        .p_offset = narrow->p_offset == UINT32_MAX ? NOWHERE : narrow->p_offset,
                        .p_vaddr = narrow->p_vaddr,
                        .p_paddr = narrow->p_paddr,
                        .p_filesz = narrow->p_filesz,
                        .p_memsz = narrow->p_memsz};
}

/* Returns the program headers, or NULL with an error. */
static Elf64_Phdr *read_program_headers(const struct dump *dump, const struct file_header *header,
                                        struct core_error *error)
{
    size_t one = header->is_wide ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);

    if (header->count > CORE_HEADERS_MAX) {
        core_error_set(error, "%" PRIu32 " program headers; at most %u are read", header->count,
                       CORE_HEADERS_MAX);
        return NULL;
    }
    Elf64_Phdr *wide = malloc((header->count + (size_t)1) * sizeof *wide);
    if (wide == NULL) {
        core_error_set(error, "cannot be read: no memory is left");
        return NULL;
    }
    if (!read_at(dump, header->program_headers, wide, header->count * one, "the program headers",
                 error)) {
        free(wide);
        return NULL;
    }
    for (uint32_t i = header->count; !header->is_wide && i-- > 0;) { /* the last one first */
        Elf32_Phdr narrow;
        memcpy(&narrow, (const char *)wide + i * one, sizeof narrow);
        wide[i] = widened(&narrow);
    }
    return wide;
}

/* ---- notes ---- */

static bool read_note(struct dump *dump, const Elf64_Phdr *header, struct core_error *error)
{
    if (header->p_filesz > CORE_NOTE_BYTES_MAX)
        return core_error_set(error,
                              "offset %" PRIu64 ": %" PRIu64 " bytes of notes; at most %u "
                              "are read",
                              header->p_offset, header->p_filesz, CORE_NOTE_BYTES_MAX);
    size_t count = (size_t)header->p_filesz;
    void *bytes = malloc(count + 1u);
    bool done = bytes != NULL && read_at(dump, header->p_offset, bytes, count, "the notes", error);

    if (bytes == NULL || (done && !core_notes_add(&dump->notes, bytes, count)))
        done = core_error_set(error, "cannot be read: no memory is left");
    free(bytes);
    return done;
}

/* ---- segments ---- */

static bool is_memory(const Elf64_Phdr *header)
{
    return header->p_type == PT_LOAD && header->p_memsz + header->p_filesz != 0 &&
           header->p_paddr != NOWHERE && header->p_offset != NOWHERE;
}

static bool is_of_qemu(const struct dump *dump)
{
    return dump->notes.cpu_count != 0;
}

/* Where a mapping of QEMU's -p goes on behind the end of RAM, or in another bank of it, p_filesz <
   p_memsz does not mean zeros. */
static bool add_segment(struct dump *dump, const Elf64_Phdr *header, uint32_t number,
                        struct core_error *error)
{
    uint64_t bytes = header->p_memsz > header->p_filesz ? header->p_memsz : header->p_filesz;

    if (bytes > UINT64_MAX - header->p_paddr || header->p_filesz > UINT64_MAX - header->p_offset)
        return core_error_set(error,
                              "program header %" PRIu32 ": %" PRIu64
                              " bytes from physical address 0x%" PRIx64 ", offset %" PRIu64
                              ", reach the end of all addresses",
                              number, bytes, header->p_paddr, header->p_offset);
    struct dump_segment *segment = &dump->segments[dump->segment_count++];
    *segment = (struct dump_segment){
        .pa = header->p_paddr, .bytes = header->p_filesz, .offset = header->p_offset};
    if (!is_of_qemu(dump))
        segment->zero_bytes = bytes - header->p_filesz;
    return true;
}

/* The kernel's root table is in a segment with virtual addresses. */
static void find_kernel_table(struct core_notes *notes, const Elf64_Phdr *header)
{
    uint64_t at = notes->kernel_table - header->p_vaddr;

    if (!notes->has_kernel_table || header->p_vaddr == 0 || at >= header->p_memsz)
        return;
    notes->has_kernel_table_pa = true;
    notes->kernel_table_pa = header->p_paddr + at;
}

static int by_address(const void *a, const void *b)
{
    const struct dump_segment *first = a;
    const struct dump_segment *second = b;

    if (first->pa != second->pa)
        return first->pa < second->pa ? -1 : 1;
    return (first->bytes < second->bytes) - (first->bytes > second->bytes); /* the longest first */
}

/* Drop the first bytes of a segment. */
static void segment_skip(struct dump_segment *segment, uint64_t bytes)
{
    uint64_t in_file = bytes < segment->bytes ? bytes : segment->bytes;

    segment->pa += bytes;
    segment->offset += in_file;
    segment->bytes -= in_file;
    segment->zero_bytes -= bytes - in_file;
}

static uint64_t segment_end(const struct dump_segment *segment)
{
    return segment->pa + segment->bytes + segment->zero_bytes;
}

/*
 * QEMU's -p names only what the page tables map, and yet writes all memory, in the order of its
 * addresses. So what lies between two segments in the file lies between them in memory, if the
 * distance is the same.
 */
static bool is_between_in_both(const struct dump_segment *last, const struct dump_segment *next)
{
    return last->zero_bytes == 0 && next->pa - last->pa == next->offset - last->offset;
}

/* Add a segment behind the last one, which does not start after it. What is in the file counts more
   than zeros. */
static void append_segment(struct dump *dump, struct dump_segment next)
{
    struct dump_segment *last = &dump->segments[dump->segment_count - 1u];
    uint64_t file_end = last->pa + last->bytes;

    if (next.pa <= segment_end(last) && next.pa + next.bytes <= file_end) {
        if (segment_end(&next) > segment_end(last))
            last->zero_bytes = segment_end(&next) - file_end;
        return;
    }
    if (next.pa < file_end)
        segment_skip(&next, file_end - next.pa);
    else if (next.pa < segment_end(last))
        last->zero_bytes = next.pa - file_end;
    if (is_between_in_both(last, &next) && (next.pa == file_end || is_of_qemu(dump))) {
        last->bytes = next.pa + next.bytes - last->pa;
        last->zero_bytes = next.zero_bytes;
    } else {
        dump->segments[dump->segment_count++] = next;
    }
}

/* Sort the segments, and take memory that several of them name once. */
static void arrange_segments(struct dump *dump)
{
    uint32_t count = dump->segment_count;

    qsort(dump->segments, count, sizeof *dump->segments, by_address);
    dump->segment_count = 1;
    for (uint32_t i = 1; i < count; i++)
        append_segment(dump, dump->segments[i]);
}

static bool read_segments(struct dump *dump, const Elf64_Phdr *headers, uint32_t count,
                          struct core_error *error)
{
    bool has_addresses = false;

    for (uint32_t i = 0; i < count; i++)
        if (headers[i].p_type == PT_NOTE && !read_note(dump, &headers[i], error))
            return false;
    for (uint32_t i = 0; i < count; i++) {
        if (!is_memory(&headers[i]))
            continue;
        if (!add_segment(dump, &headers[i], i, error))
            return false;
        find_kernel_table(&dump->notes, &headers[i]);
        has_addresses = has_addresses || headers[i].p_paddr != 0;
    }
    if (dump->notes.is_of_process || (dump->segment_count > 1 && !has_addresses))
        return core_error_set(error, "the core of a program, which has no page tables; gdb and eu-"
                                     "stack read it");
    if (dump->segment_count == 0)
        return core_error_set(error,
                              "a core without memory: none of its %" PRIu32
                              " program headers has type PT_LOAD and an address",
                              count);
    arrange_segments(dump);
    return true;
}

bool core_file_read(struct dump *dump, struct core_error *error)
{
    struct file_header header = {.count = 0};

    if (!read_file_header(dump, &header, error))
        return false;
    dump->notes.machine = header.machine;
    Elf64_Phdr *headers = read_program_headers(dump, &header, error);
    if (headers == NULL)
        return false;
    dump->segments = malloc((header.count + (size_t)1) * sizeof *dump->segments);
    bool done = dump->segments != NULL ? read_segments(dump, headers, header.count, error)
                                       : core_error_set(error, "cannot be read: no memory is left");
    free(headers);
    return done;
}
