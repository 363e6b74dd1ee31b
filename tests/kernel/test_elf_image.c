/* A kernel's file: the loaded parts and their addresses; sections. Each broken rule is in
   test_elf_errors.c. */
#include <string.h>

#include "kernel/cases.h"
#include "support/loaded_kernel.h"
#include "support/test.h"

#define HEADER(field)    ELF_MAKER_HEADER_FIELD(field)
#define SEGMENT(i, name) ELF_MAKER_PROGRAM_FIELD(i, name)

/* ---- what is loaded ---- */

TEST(segments_go_to_their_physical_addresses)
{
    memset(loaded.memory + 0x100000, 0xee, 0x2000);
    assert_loads();
    assert_memory_equal(loaded.memory + 0x100000, loaded.maker.bytes + ELF_MAKER_TEXT, 0x400);
    assert_int_equal(loaded.memory[0x100400], 0xee);
    assert_memory_equal(loaded.memory + 0x101000, loaded.maker.bytes + ELF_MAKER_DATA, 0x100);
    for (uint32_t at = 0x101100; at < 0x101800; at++)
        assert_int_equal(loaded.memory[at], 0);
    assert_int_equal(loaded.memory[0x101800], 0xee);
    assert_int_equal(loaded.image.first, 0x100000);
    assert_int_equal(loaded.image.end, 0x101800);
}

TEST(the_entry_is_made_physical)
{
    assert_loads();
    assert_int_equal(loaded.image.entry, 0x100040);
    elf_maker_put(&loaded.maker, HEADER(e_entry), 4, 0x10000c); /* xv6's */
    assert_loads();
    assert_int_equal(loaded.image.entry, 0x10000c);
}

TEST(addresses_are_translated)
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

    assert_loads();
    for (size_t i = 0; i < LENGTH(cases); i++) {
        assert_int_equal(elf_image_physical(&loaded.image, cases[i].va, &address), cases[i].known);
        if (!cases[i].known)
            continue;
        assert_int_equal(address, cases[i].pa);
        assert_true(elf_image_virtual(&loaded.image, cases[i].pa, &address));
        assert_int_equal(address, cases[i].va);
    }
    assert_false(elf_image_virtual(&loaded.image, 0xfffff, &address));
}

/* The end of 4 GiB is tested because 32-bit sums overflow there. */
TEST(a_segment_may_end_at_4_gib)
{
    loaded.map = (struct pc_memmap){.count = 1, .range = {{0, UINT64_MAX, true}}};
    elf_maker_put(&loaded.maker, SEGMENT(1, p_paddr), 4, 0xfffff800u);
    elf_maker_put(&loaded.maker, SEGMENT(1, p_vaddr), 4, 0xfffff800u);
    assert_loads();
    assert_int_equal(loaded.image.end, UINT64_C(1) << 32);
    assert_memory_equal(loaded.memory + 0xfffff800u, loaded.maker.bytes + ELF_MAKER_DATA, 0x100);
}

/* The file is as one linked with -Ttext=0x100000: a page of ELF headers is in the BIOS's range. */
TEST(headers_over_the_bios_are_left_out)
{
    elf_maker_put(&loaded.maker, HEADER(e_phnum), 2, 3);
    const Elf32_Phdr headers = {PT_LOAD, 0, 0xc00ff000u, 0xff000, 0x94, 0x94, PF_R, 0x1000};
    memcpy(loaded.maker.bytes + ELF_MAKER_TABLE + 64u, &headers, sizeof headers);
    memset(loaded.memory + 0xff000, 0xee, 0x94);
    assert_loads();
    assert_int_equal(loaded.memory[0xff000], 0xee);
    assert_int_equal(loaded.image.first, 0xff000);
    elf_maker_put(&loaded.maker, SEGMENT(2, p_flags), 4, PF_R | PF_W);
    assert_false(loaded_kernel_load(LOADED_NAME, sizeof loaded.maker.bytes));
    assert_non_null(strstr(loaded.error, "segment 2 (0x000ff000-0x000ff093) is not in RAM"));
}

TEST(empty_segments_and_others_are_skipped)
{
    elf_maker_put(&loaded.maker, HEADER(e_phnum), 2, 4);
    const Elf32_Phdr more[] = {
        {PT_LOAD, 0xffffffffu, 0, 0xffffffffu, 0, 0, PF_R, 0},
        {PT_NOTE, 0xffffffffu, 0, 0xffffffffu, 0xffffffffu, 1, PF_R, 0},
    };
    memcpy(loaded.maker.bytes + ELF_MAKER_TABLE + 64u, more, sizeof more);
    assert_loads();
    assert_int_equal(loaded.image.segment_count, 2);
}

/* ---- addresses in the multiboot header ---- */

#define HAS_ADDRESSES 0x10000u

struct address_case {
    uint32_t words[5]; /* header_addr, load_addr, load_end_addr, bss_end_addr, entry_addr */
    const char *error; /* NULL: none */
};

static const struct address_case address_cases[] = {
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

static void check_addresses(const struct address_case *expected, size_t i)
{
    elf_maker_multiboot_1(&loaded.maker, ELF_MAKER_TEXT, HAS_ADDRESSES, expected->words, 5);
    bool loads = loaded_kernel_load(LOADED_NAME, sizeof loaded.maker.bytes);
    if (expected->error != NULL ? loads || strstr(loaded.error, expected->error) == NULL : !loads)
        fail_msg("case %zu: %s", i, loaded.error);
}

TEST(addresses_of_a_multiboot_header_are_checked)
{
    for (size_t i = 0; i < LENGTH(address_cases); i++)
        check_addresses(&address_cases[i], i);
}

TEST(a_multiboot_header_replaces_the_program_headers)
{
    uint32_t pa;

    memset(loaded.memory + 0x200000, 0xee, 0x4000);
    check_addresses(&address_cases[0], 0);
    assert_memory_equal(loaded.memory + 0x200000, loaded.maker.bytes, 0x2000);
    assert_int_equal(loaded.memory[0x202000], 0);
    assert_int_equal(loaded.memory[0x202fff], 0);
    assert_int_equal(loaded.memory[0x203000], 0xee);
    assert_int_equal(loaded.image.entry, 0x201040);
    assert_int_equal(loaded.image.end, 0x203000);
    assert_true(
        elf_image_physical(&loaded.image, ELF_MAKER_TEXT_VA, &pa)); /* by the program headers */
    assert_int_equal(pa, 0x100000);
}

TEST(a_flat_file_is_loaded_by_its_multiboot_header)
{
    memset(loaded.maker.bytes, 0, 0x200);
    check_addresses(&address_cases[1], 1);
    assert_non_null(loaded.file.not_elf);
    assert_int_equal(loaded.image.end, 0x201000 + ELF_MAKER_BYTES - ELF_MAKER_TEXT);
}

/* ---- sections ---- */

TEST(sections_have_names_and_bytes)
{
    assert_loads();
    assert_int_equal(loaded.file.section_count, ELF_MAKER_SECTIONS);
    assert_string_equal(elf_file_section_name(&loaded.file, ELF_MAKER_TEXT_SECTION), ".text");
    assert_string_equal(elf_file_section_name(&loaded.file, ELF_MAKER_STRTAB), ".strtab");
    Elf32_Shdr section = elf_file_section(&loaded.file, ELF_MAKER_DATA_SECTION);
    assert_memory_equal(elf_file_section_bytes(&loaded.file, &section),
                        loaded.maker.bytes + ELF_MAKER_DATA, 0x100);
    section.sh_size = 0x2001;
    assert_null(elf_file_section_bytes(&loaded.file, &section));
    section.sh_type = SHT_NOBITS;
    assert_null(elf_file_section_bytes(&loaded.file, &section));
    assert_string_equal(elf_file_string(&loaded.file, ELF_MAKER_SHSTRTAB, 0x10000), "");
}

TEST(a_string_ends_inside_its_table)
{
    elf_maker_put(&loaded.maker, ELF_MAKER_SECTION_FIELD(ELF_MAKER_SHSTRTAB, sh_size), 4, 4);
    assert_loads();
    assert_string_equal(elf_file_section_name(&loaded.file, ELF_MAKER_TEXT_SECTION), "");
}

TEST_FIXTURES(loaded_kernel_setup, loaded_kernel_teardown)
