/* A kernel's file: the loaded parts and their addresses; a violation of each rule; mutations. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/cases.h"
#include "kernel/elf_image.h"
#include "machine/sparse.h"
#include "replay/random.h"
#include "support/elf_maker.h"
#include "support/kernel_laws.h"
#include "support/program.h"
#include "support/scratch.h"

#define MEMORY_BYTES     (UINT64_C(1) << 32)
#define RAM              (UINT64_C(64) << 20)
#define NAME             "kernel.elf"
#define HEADER(field)    ELF_MAKER_HEADER_FIELD(field)
#define SEGMENT(i, name) ELF_MAKER_PROGRAM_FIELD(i, name)

static unsigned char *memory;
static struct elf_maker maker;
static struct elf_file file;
static struct elf_image image;
static struct pc_memmap map;
static char error[256];

static int begin(void **state)
{
    (void)state;
    memory = sparse_map(MEMORY_BYTES);
    return memory == NULL || !pc_memmap_for_ram(&map, RAM, error, sizeof error);
}

static int end(void **state)
{
    (void)state;
    sparse_unmap(memory, MEMORY_BYTES);
    return 0;
}

static int fresh(void **state)
{
    (void)state;
    error[0] = '\0';
    elf_maker_init(&maker);
    return 0;
}

static bool plan_bytes(size_t size)
{
    elf_file_of_bytes(&file, NAME, maker.bytes, size);
    return elf_image_plan(&image, &file, error, sizeof error);
}

static bool load_bytes(size_t size)
{
    return plan_bytes(size) && elf_image_load(&image, &map, memory, error, sizeof error);
}

static void assert_loads(void)
{
    if (!load_bytes(sizeof maker.bytes))
        fail_msg("%s", error);
}

/* ---- what is loaded ---- */

static void segments_go_to_their_physical_addresses(void **state)
{
    (void)state;
    memset(memory + 0x100000, 0xee, 0x2000);
    assert_loads();
    assert_memory_equal(memory + 0x100000, maker.bytes + ELF_MAKER_TEXT, 0x400);
    assert_int_equal(memory[0x100400], 0xee);
    assert_memory_equal(memory + 0x101000, maker.bytes + ELF_MAKER_DATA, 0x100);
    for (uint32_t at = 0x101100; at < 0x101800; at++)
        assert_int_equal(memory[at], 0);
    assert_int_equal(memory[0x101800], 0xee);
    assert_int_equal(image.first, 0x100000);
    assert_int_equal(image.end, 0x101800);
    elf_file_close(&file);
}

static void the_entry_is_made_physical(void **state)
{
    (void)state;
    assert_loads();
    assert_int_equal(image.entry, 0x100040);
    elf_file_close(&file);
    elf_maker_put(&maker, HEADER(e_entry), 4, 0x10000c); /* xv6's */
    assert_loads();
    assert_int_equal(image.entry, 0x10000c);
    elf_file_close(&file);
}

static void addresses_are_translated(void **state)
{
    static const struct {
        uint32_t va;
        bool known;
        uint32_t pa;
    } cases[] = {
        {0xc00fffff, false, 0}, {0xc0100000, true, 0x100000}, {0xc01003ff, true, 0x1003ff},
        {0xc0100400, false, 0}, {0xc0101000, true, 0x101000}, {0xc01017ff, true, 0x1017ff},
        {0xc0101800, false, 0}, {0x00100000, false, 0},
    };
    uint32_t address;

    (void)state;
    assert_loads();
    for (size_t i = 0; i < LENGTH(cases); i++) {
        assert_int_equal(elf_image_physical(&image, cases[i].va, &address), cases[i].known);
        if (!cases[i].known)
            continue;
        assert_int_equal(address, cases[i].pa);
        assert_true(elf_image_virtual(&image, cases[i].pa, &address));
        assert_int_equal(address, cases[i].va);
    }
    assert_false(elf_image_virtual(&image, 0xfffff, &address));
    elf_file_close(&file);
}

/* The end of 4 GiB is tested because 32-bit sums overflow there. */
static void a_segment_may_end_at_4_gib(void **state)
{
    (void)state;
    map = (struct pc_memmap){.count = 1, .range = {{0, UINT64_MAX, true}}};
    elf_maker_put(&maker, SEGMENT(1, p_paddr), 4, 0xfffff800u);
    elf_maker_put(&maker, SEGMENT(1, p_vaddr), 4, 0xfffff800u);
    assert_loads();
    assert_int_equal(image.end, MEMORY_BYTES);
    assert_memory_equal(memory + 0xfffff800u, maker.bytes + ELF_MAKER_DATA, 0x100);
    elf_file_close(&file);
    assert_true(pc_memmap_for_ram(&map, RAM, error, sizeof error));
}

/* The file is as one linked with -Ttext=0x100000: a page of ELF headers is in the BIOS's range. */
static void headers_over_the_bios_are_left_out(void **state)
{
    (void)state;
    elf_maker_put(&maker, HEADER(e_phnum), 2, 3);
    const Elf32_Phdr headers = {PT_LOAD, 0, 0xc00ff000u, 0xff000, 0x94, 0x94, PF_R, 0x1000};
    memcpy(maker.bytes + ELF_MAKER_TABLE + 64u, &headers, sizeof headers);
    memset(memory + 0xff000, 0xee, 0x94);
    assert_loads();
    assert_int_equal(memory[0xff000], 0xee);
    assert_int_equal(image.first, 0xff000);
    elf_file_close(&file);
    elf_maker_put(&maker, SEGMENT(2, p_flags), 4, PF_R | PF_W);
    assert_false(load_bytes(sizeof maker.bytes));
    assert_non_null(strstr(error, "segment 2 (0x000ff000-0x000ff093) is not in RAM"));
    elf_file_close(&file);
}

static void empty_segments_and_others_are_skipped(void **state)
{
    (void)state;
    elf_maker_put(&maker, HEADER(e_phnum), 2, 4);
    const Elf32_Phdr more[] = {
        {PT_LOAD, 0xffffffffu, 0, 0xffffffffu, 0, 0, PF_R, 0},
        {PT_NOTE, 0xffffffffu, 0, 0xffffffffu, 0xffffffffu, 1, PF_R, 0},
    };
    memcpy(maker.bytes + ELF_MAKER_TABLE + 64u, more, sizeof more);
    assert_loads();
    assert_int_equal(image.segment_count, 2);
    elf_file_close(&file);
}

/* ---- addresses in the multiboot header ---- */

#define HAS_ADDRESSES 0x10000u

struct kludge_case {
    uint32_t words[5]; /* header_addr, load_addr, load_end_addr, bss_end_addr, entry_addr */
    const char *error; /* NULL: none */
};

static const struct kludge_case kludges[] = {
    {{0x201000, 0x200000, 0x202000, 0x203000, 0x201040}, NULL},
    {{0x201000, 0x201000, 0, 0, 0x201000}, NULL},
    {{0x201000, 0x201004, 0, 0, 0x201004}, "does not agree with where the header is"},
    {{0x201000, 0x1fffff, 0, 0, 0x201000}, "does not agree with where the header is"},
    {{0x201000, 0x200000, 0x1fffff, 0, 0x201000}, "load_end_addr is below load_addr"},
    {{0x201000, 0x200000, 0x204001, 0, 0x201000}, "the file ends before what its multiboot header"},
    {{0x201000, 0x200000, 0x202000, 0x201fff, 0x201000}, "bss_end_addr is below load_end_addr"},
    {{0x201000, 0x201000, 0x201000, 0, 0x201000}, "addresses are empty"},
    {{0xfffff000u, 0xffffe000u, 0, 0, 0xfffff000u}, "end above 4 GiB"},
    {{0x201000, 0x200000, 0x202000, 0x203000, 0x203000}, "entry point 0x00203000 is in no segment"},
    {{0x201000, 0x200000, 0x202000, 0x203000, 0x1fffff}, "entry point 0x001fffff is in no segment"},
};

static void check_kludge(const struct kludge_case *kludge, size_t i)
{
    elf_maker_multiboot_1(&maker, ELF_MAKER_TEXT, HAS_ADDRESSES, kludge->words, 5);
    bool loaded = load_bytes(sizeof maker.bytes);
    if (kludge->error != NULL ? loaded || strstr(error, kludge->error) == NULL : !loaded)
        fail_msg("case %zu: %s", i, error);
}

static void addresses_of_a_multiboot_header_are_checked(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(kludges); i++) {
        check_kludge(&kludges[i], i);
        elf_file_close(&file);
    }
}

static void a_multiboot_header_replaces_the_program_headers(void **state)
{
    uint32_t pa;

    (void)state;
    memset(memory + 0x200000, 0xee, 0x4000);
    check_kludge(&kludges[0], 0);
    assert_memory_equal(memory + 0x200000, maker.bytes, 0x2000);
    assert_int_equal(memory[0x202000], 0);
    assert_int_equal(memory[0x202fff], 0);
    assert_int_equal(memory[0x203000], 0xee);
    assert_int_equal(image.entry, 0x201040);
    assert_int_equal(image.end, 0x203000);
    assert_true(elf_image_physical(&image, ELF_MAKER_TEXT_VA, &pa)); /* by the program headers */
    assert_int_equal(pa, 0x100000);
    elf_file_close(&file);
}

static void a_flat_file_is_loaded_by_its_multiboot_header(void **state)
{
    (void)state;
    memset(maker.bytes, 0, 0x200);
    check_kludge(&kludges[1], 1);
    assert_non_null(file.not_elf);
    assert_int_equal(image.end, 0x201000 + ELF_MAKER_BYTES - ELF_MAKER_TEXT);
    elf_file_close(&file);
}

/* ---- every rule broken once ---- */

struct broken {
    const char *error; /* behind the file's name */
    struct {
        uint32_t offset, bytes, value;
    } put[3];
};

static const struct broken broken_files[] = {
    {"it is no ELF file", {{0, 1, 0}}},
    {"it is big-endian: mmsim runs kernels for 32-bit x86", {{EI_DATA, 1, ELFDATA2MSB}}},
    {"it is a kernel for x86-64: mmsim runs 32-bit kernels", {{HEADER(e_machine), 2, EM_X86_64}}},
    {"it is a kernel for x86-64: mmsim runs 32-bit kernels",
     {{HEADER(e_machine), 2, EM_X86_64}, {EI_CLASS, 1, ELFCLASS64}}},
    {"it is a 64-bit ELF file: mmsim runs 32-bit kernels", {{EI_CLASS, 1, ELFCLASS64}}},
    {"it is a kernel for ARM: mmsim runs kernels for 32-bit x86", {{HEADER(e_machine), 2, EM_ARM}}},
    {"it is a kernel for RISC-V: mmsim runs kernels for 32-bit x86",
     {{HEADER(e_machine), 2, EM_RISCV}}},
    {"it is a kernel for another processor: mmsim runs kernels for 32-bit x86",
     {{HEADER(e_machine), 2, EM_SPARC}}},
    {"its ELF version is unknown", {{EI_VERSION, 1, 2}}},
    {"it is an object file: link it first", {{HEADER(e_type), 2, ET_REL}}},
    {"it is a shared object or a position-independent executable: link it with -no-pie",
     {{HEADER(e_type), 2, ET_DYN}}},
    {"it is a core file, and no executable", {{HEADER(e_type), 2, ET_CORE}}},
    {"it is no executable: its ELF type is 77", {{HEADER(e_type), 2, 77}}},
    {"it has no program headers, so there is nothing to load", {{HEADER(e_phnum), 2, 0}}},
    {"it has no program headers, so there is nothing to load", {{HEADER(e_phoff), 4, 0}}},
    {"its program headers have 56 bytes each rather than 32", {{HEADER(e_phentsize), 2, 56}}},
    {"it has more than 256 program headers", {{HEADER(e_phnum), 2, 257}}},
    {"the file ends before its program headers do", {{HEADER(e_phoff), 4, 0x3fc1}}},
    {"the file ends before its program headers do", {{HEADER(e_phoff), 4, UINT32_MAX}}},
    {"none of its program headers has anything to load",
     {{SEGMENT(0, p_type), 4, PT_NOTE}, {SEGMENT(1, p_type), 4, PT_NOTE}}},
    {"segment 1 has more bytes in the file (0x100) than in memory (0xff)",
     {{SEGMENT(1, p_memsz), 4, 0xff}}},
    {"the file ends before segment 1 does (0x100 bytes at offset 0x3f01): is it cut off?",
     {{SEGMENT(1, p_offset), 4, 0x3f01}}},
    {"the file ends before segment 1 does (0x100 bytes at offset 0xffffff80): is it cut off?",
     {{SEGMENT(1, p_offset), 4, 0xffffff80u}}},
    {"segment 1 (0x800 bytes at physical address 0xfffff801) ends above 4 GiB",
     {{SEGMENT(1, p_paddr), 4, 0xfffff801u}}},
    {"segment 1 (0x800 bytes at virtual address 0xfffff801) ends above 4 GiB",
     {{SEGMENT(1, p_vaddr), 4, 0xfffff801u}}},
    {"segments 0 and 1 overlap in physical memory, at 0x00100000",
     {{SEGMENT(1, p_paddr), 4, 0xff801}}},
    {"segments 0 and 1 overlap in physical memory, at 0x001003ff",
     {{SEGMENT(1, p_paddr), 4, 0x1003ff}}},
    {"its segments have no physical addresses (all are 0): give them load addresses with AT() in "
     "the linker script",
     {{SEGMENT(0, p_paddr), 4, 0}, {SEGMENT(1, p_paddr), 4, 0}}},
    {"its entry point 0xc0100400 is in no segment: name one with ENTRY() in the linker script",
     {{HEADER(e_entry), 4, 0xc0100400u}}},
    {"its entry point 0x00000000 is in no segment: name one with ENTRY() in the linker script",
     {{HEADER(e_entry), 4, 0}}},
    {"segment 1 is to be loaded at physical address 0xc0101000, which is its virtual address and "
     "no RAM: give it a load address with AT() in the linker script",
     {{SEGMENT(1, p_paddr), 4, 0xc0101000u}}},
    {"segment 1 (0x08048000-0x080487ff) does not fit into RAM, which ends at 0x03fe0000: give more "
     "with --ram",
     {{SEGMENT(1, p_paddr), 4, 0x8048000}}},
    {"segment 1 (0x08048114-0x08048913) is where the linker puts what nobody gives an address: "
     "name "
     "its sections in the linker script; of a build ID, link with --build-id=none",
     {{SEGMENT(1, p_paddr), 4, 0x8048114}, {SEGMENT(1, p_flags), 4, PF_R}}},
    {"segment 1 (0x03fdf801-0x03fe0000) does not fit into RAM, which ends at 0x03fe0000: give more "
     "with --ram",
     {{SEGMENT(1, p_paddr), 4, 0x3fdf801}}},
    {"segment 1 (0x0009f401-0x0009fc00) is not in RAM as the memory map has it: there is a hole, "
     "or memory of the BIOS",
     {{SEGMENT(1, p_paddr), 4, 0x9f401}}},
    {"segment 1 (0x000a0000-0x000a07ff) is not in RAM as the memory map has it: there is a hole, "
     "or memory of the BIOS",
     {{SEGMENT(1, p_paddr), 4, 0xa0000}}},
};

static void every_broken_rule_is_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(broken_files); i++) {
        const struct broken *broken = &broken_files[i];
        elf_maker_init(&maker);
        for (size_t k = 0; k < LENGTH(broken->put); k++)
            elf_maker_put(&maker, broken->put[k].offset, broken->put[k].bytes,
                          broken->put[k].value);
        if (load_bytes(sizeof maker.bytes))
            fail_msg("loads, but: %s", broken->error);
        assert_memory_equal(error, NAME ": ", strlen(NAME ": "));
        assert_string_equal(error + strlen(NAME ": "), broken->error);
        elf_file_close(&file);
    }
}

static void too_many_segments_are_refused(void **state)
{
    (void)state;
    elf_maker_put(&maker, HEADER(e_phnum), 2, ELF_SEGMENTS_MAX + 1u);
    for (uint32_t i = 0; i <= ELF_SEGMENTS_MAX; i++) {
        const Elf32_Phdr tiny = {PT_LOAD, 0, 0x200000 + i, 0x200000 + i, 1, 1, PF_R, 1};
        memcpy(maker.bytes + ELF_MAKER_TABLE + i * sizeof tiny, &tiny, sizeof tiny);
    }
    assert_false(plan_bytes(sizeof maker.bytes));
    assert_string_equal(error, NAME ": it has more than 64 segments to load");
    elf_file_close(&file);
}

/* A file that is cut off anywhere gives an error, unless all that is needed is before the cut. */
static void a_file_that_is_cut_off_is_refused(void **state)
{
    (void)state;
    for (size_t size = 0; size < 0x2100; size += size < 0x100 ? 1u : 31u) {
        assert_false(load_bytes(size));
        elf_file_close(&file);
    }
    assert_true(load_bytes(0x2100)); /* sections are not needed */
    assert_int_equal(file.section_count, 0);
    elf_file_close(&file);
    assert_false(load_bytes(0));
    assert_string_equal(error, NAME ": the file is empty");
    elf_file_close(&file);
    assert_false(load_bytes(51));
    assert_string_equal(error, NAME ": the file ends inside the ELF header");
    elf_file_close(&file);
}

static void memory_stays_as_it_is_on_failure(void **state)
{
    (void)state;
    memset(memory + 0x100000, 0xee, 0x400);
    elf_maker_put(&maker, SEGMENT(1, p_paddr), 4, 0xa0000);
    assert_false(load_bytes(sizeof maker.bytes));
    for (uint32_t at = 0x100000; at < 0x100400; at++)
        assert_int_equal(memory[at], 0xee);
    elf_file_close(&file);
}

static void files_that_cannot_be_read_are_named(void **state)
{
    (void)state;
    assert_false(elf_file_open(&file, "no/such.elf", error, sizeof error));
    assert_string_equal(error, "no/such.elf: cannot read: No such file or directory");
    assert_false(elf_file_open(&file, "/", error, sizeof error));
    assert_string_equal(error, "/: cannot read: it is a folder");
    assert_false(elf_file_open(&file, "/dev/null", error, sizeof error));
    assert_string_equal(error, "/dev/null: cannot read: it is no regular file");
    const char *path = scratch_bytes("kernel", maker.bytes, sizeof maker.bytes);
    assert_true(elf_file_open(&file, path, error, sizeof error));
    assert_true(elf_image_plan(&image, &file, error, sizeof error));
    elf_file_close(&file);
}

/* ---- sections ---- */

static void a_broken_section_table_is_no_table(void **state)
{
    static const struct broken tables[] = {
        {"an offset beyond the file", {{HEADER(e_shoff), 4, 0x3fff}}},
        {"an offset that wraps", {{HEADER(e_shoff), 4, 0xffffffffu}}},
        {"none", {{HEADER(e_shoff), 4, 0}}},
        {"another size", {{HEADER(e_shentsize), 2, 64}}},
        {"too many", {{HEADER(e_shnum), 2, 0xffff}}},
        {"too many, in section 0",
         {{HEADER(e_shnum), 2, 0}, {ELF_MAKER_SECTION_FIELD(0, sh_size), 4, UINT32_MAX}}},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(tables); i++) {
        elf_maker_init(&maker);
        for (size_t k = 0; k < LENGTH(tables[i].put); k++)
            elf_maker_put(&maker, tables[i].put[k].offset, tables[i].put[k].bytes,
                          tables[i].put[k].value);
        assert_loads();
        if (file.section_count != 0)
            fail_msg("%s: has sections", tables[i].error);
        elf_file_close(&file);
    }
}

static void sections_have_names_and_bytes(void **state)
{
    (void)state;
    assert_loads();
    assert_int_equal(file.section_count, ELF_MAKER_SECTIONS);
    assert_string_equal(elf_file_section_name(&file, ELF_MAKER_TEXT_SECTION), ".text");
    assert_string_equal(elf_file_section_name(&file, ELF_MAKER_STRTAB), ".strtab");
    Elf32_Shdr section = elf_file_section(&file, ELF_MAKER_DATA_SECTION);
    assert_memory_equal(elf_file_section_bytes(&file, &section), maker.bytes + ELF_MAKER_DATA,
                        0x100);
    section.sh_size = 0x2001;
    assert_null(elf_file_section_bytes(&file, &section));
    section.sh_type = SHT_NOBITS;
    assert_null(elf_file_section_bytes(&file, &section));
    assert_string_equal(elf_file_string(&file, ELF_MAKER_SHSTRTAB, 0x10000), "");
    elf_file_close(&file);
}

static void a_string_ends_inside_its_table(void **state)
{
    (void)state;
    elf_maker_put(&maker, ELF_MAKER_SECTION_FIELD(ELF_MAKER_SHSTRTAB, sh_size), 4, 4);
    assert_loads();
    assert_string_equal(elf_file_section_name(&file, ELF_MAKER_TEXT_SECTION), "");
    elf_file_close(&file);
}

/* ---- mutations ---- */

#define ROUNDS     20000u
#define FILE_BYTES 65536u

static uint32_t random_state = 1;

/* Change a bit, a byte, or a word. The new word is large, small, or close to a valid one. */
static void mutate(unsigned char *bytes, size_t size)
{
    static const uint32_t words[] = {0,          1,          0x7fffffff, 0x80000000, 0xffffffff,
                                     0xfffff000, 0x00100000, 0x00007fff, 0xc0100000, 0x20};
    size_t at = random32(&random_state) % size;
    uint32_t word =
        words[random32(&random_state) % LENGTH(words)] + random32(&random_state) % 3u - 1u;

    if (random32(&random_state) % 2u == 0) /* most mutations change the tables */
        at = random32(&random_state) % 2u == 0 ? at % 0x100u : size - 1u - at % 0xa00u % size;
    switch (random32(&random_state) % 3u) {
    case 0:
        bytes[at] ^= (unsigned char)(1u << random32(&random_state) % 8u);
        break;
    case 1:
        bytes[at] = (unsigned char)random32(&random_state);
        break;
    default:
        at &= ~(size_t)3u;
        memcpy(bytes + at, &word, at + 4u <= size ? 4u : size - at);
    }
}

static void hold_for_mutations(const unsigned char *bytes, size_t size, uint32_t rounds)
{
    static unsigned char mutant[FILE_BYTES];

    law_kernel_file("kernel.elf", bytes, size);
    for (uint32_t i = 0; i < rounds; i++) {
        memcpy(mutant, bytes, size);
        for (uint32_t k = 0; k <= random32(&random_state) % 8u; k++)
            mutate(mutant, size);
        law_kernel_file("kernel.elf", mutant,
                        random32(&random_state) % 16u == 0 ? random32(&random_state) % size : size);
    }
}

static void mutations_are_errors_or_in_bounds(void **state)
{
    static const uint32_t tags[] = {1,        12,       6, 0,  2,        24, 0x101000, 0x100000,
                                    0x102000, 0x103000, 3, 12, 0x101040, 0,  0,        8};

    (void)state;
    elf_maker_symbol(&maker, "start", ELF_MAKER_TEXT_VA + 0x40u, 4,
                     ELF32_ST_INFO(STB_GLOBAL, STT_FUNC), ELF_MAKER_TEXT_SECTION);
    elf_maker_symbol(&maker, "data", ELF_MAKER_DATA_VA, 4, ELF32_ST_INFO(STB_LOCAL, STT_OBJECT),
                     ELF_MAKER_DATA_SECTION);
    elf_maker_multiboot_1(&maker, ELF_MAKER_TEXT, HAS_ADDRESSES, kludges[0].words, 5);
    hold_for_mutations(maker.bytes, sizeof maker.bytes, ROUNDS / 4u);
    elf_maker_multiboot_2(&maker, ELF_MAKER_TEXT, tags, LENGTH(tags));
    hold_for_mutations(maker.bytes, sizeof maker.bytes, ROUNDS / 4u);
}

static void mutations_of_debug_information_are_harmless(void **state)
{
    static struct program program;
    static unsigned char bytes[FILE_BYTES];
    const char *input = scratch_text("source.c", "int f(int x) { return x + 1; }\n"
                                                 "int _start(void) { return f(2) + f(3); }\n");
    const char *output = scratch_path("compiled.elf");
    static const char script[] = "exec gcc -m32 -O1 -g -ffreestanding -fno-pic -nostdlib -static"
                                 " -Wl,-N,-Ttext=0x100000 -Wl,--build-id=none -o \"$1\" \"$0\"";

    (void)state;
    program_run(&program, NULL, NULL,
                (const char *const[]){"sh", "-c", script, input, output, NULL});
    if (program.status != 0)
        skip();
    hold_for_mutations(bytes, scratch_read(output, bytes, sizeof bytes), ROUNDS / 2u);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(segments_go_to_their_physical_addresses, fresh),
        cmocka_unit_test_setup(the_entry_is_made_physical, fresh),
        cmocka_unit_test_setup(addresses_are_translated, fresh),
        cmocka_unit_test_setup(a_segment_may_end_at_4_gib, fresh),
        cmocka_unit_test_setup(headers_over_the_bios_are_left_out, fresh),
        cmocka_unit_test_setup(empty_segments_and_others_are_skipped, fresh),
        cmocka_unit_test_setup(addresses_of_a_multiboot_header_are_checked, fresh),
        cmocka_unit_test_setup(a_multiboot_header_replaces_the_program_headers, fresh),
        cmocka_unit_test_setup(a_flat_file_is_loaded_by_its_multiboot_header, fresh),
        cmocka_unit_test_setup(every_broken_rule_is_named, fresh),
        cmocka_unit_test_setup(too_many_segments_are_refused, fresh),
        cmocka_unit_test_setup(a_file_that_is_cut_off_is_refused, fresh),
        cmocka_unit_test_setup(memory_stays_as_it_is_on_failure, fresh),
        cmocka_unit_test_setup(files_that_cannot_be_read_are_named, fresh),
        cmocka_unit_test_setup(a_broken_section_table_is_no_table, fresh),
        cmocka_unit_test_setup(sections_have_names_and_bytes, fresh),
        cmocka_unit_test_setup(a_string_ends_inside_its_table, fresh),
        cmocka_unit_test_setup(mutations_are_errors_or_in_bounds, fresh),
        cmocka_unit_test_setup(mutations_of_debug_information_are_harmless, fresh),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
