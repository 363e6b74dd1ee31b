/* A kernel's file that cannot be loaded: every rule broken once, and the message that names it. */
#include <string.h>

#include "kernel/cases.h"
#include "support/loaded_kernel.h"
#include "support/scratch.h"
#include "support/test.h"

#define HEADER(field)    ELF_MAKER_HEADER_FIELD(field)
#define SEGMENT(i, name) ELF_MAKER_PROGRAM_FIELD(i, name)

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

TEST(every_broken_rule_is_named)
{
    for (size_t i = 0; i < LENGTH(broken_files); i++) {
        const struct broken *broken = &broken_files[i];
        elf_maker_init(&loaded.maker);
        for (size_t k = 0; k < LENGTH(broken->put); k++)
            elf_maker_put(&loaded.maker, broken->put[k].offset, broken->put[k].bytes,
                          broken->put[k].value);
        if (loaded_kernel_load(LOADED_NAME, sizeof loaded.maker.bytes))
            fail_msg("loads, but: %s", broken->error);
        assert_memory_equal(loaded.error, LOADED_NAME ": ", strlen(LOADED_NAME ": "));
        assert_string_equal(loaded.error + strlen(LOADED_NAME ": "), broken->error);
    }
}

TEST(too_many_segments_are_refused)
{
    elf_maker_put(&loaded.maker, HEADER(e_phnum), 2, ELF_SEGMENTS_MAX + 1u);
    for (uint32_t i = 0; i <= ELF_SEGMENTS_MAX; i++) {
        const Elf32_Phdr tiny = {PT_LOAD, 0, 0x200000 + i, 0x200000 + i, 1, 1, PF_R, 1};
        memcpy(loaded.maker.bytes + ELF_MAKER_TABLE + i * sizeof tiny, &tiny, sizeof tiny);
    }
    assert_false(loaded_kernel_plan(LOADED_NAME, sizeof loaded.maker.bytes));
    assert_string_equal(loaded.error, LOADED_NAME ": it has more than 64 segments to load");
}

/* A file that is cut off anywhere gives an loaded.error, unless all that is needed is before the
 * cut. */
TEST(a_file_that_is_cut_off_is_refused)
{
    for (size_t size = 0; size < 0x2100; size += size < 0x100 ? 1u : 31u) {
        assert_false(loaded_kernel_load(LOADED_NAME, size));
    }
    assert_true(loaded_kernel_load(LOADED_NAME, 0x2100)); /* sections are not needed */
    assert_int_equal(loaded.file.section_count, 0);
    assert_false(loaded_kernel_load(LOADED_NAME, 0));
    assert_string_equal(loaded.error, LOADED_NAME ": the file is empty");
    assert_false(loaded_kernel_load(LOADED_NAME, 51));
    assert_string_equal(loaded.error, LOADED_NAME ": the file ends inside the ELF header");
}

TEST(memory_stays_as_it_is_on_failure)
{
    memset(loaded.memory + 0x100000, 0xee, 0x400);
    elf_maker_put(&loaded.maker, SEGMENT(1, p_paddr), 4, 0xa0000);
    assert_false(loaded_kernel_load(LOADED_NAME, sizeof loaded.maker.bytes));
    for (uint32_t at = 0x100000; at < 0x100400; at++)
        assert_int_equal(loaded.memory[at], 0xee);
}

TEST(files_that_cannot_be_read_are_named)
{
    assert_false(elf_file_open(&loaded.file, "no/such.elf", loaded.error, sizeof loaded.error));
    assert_string_equal(loaded.error, "no/such.elf: cannot read: No such file or directory");
    assert_false(elf_file_open(&loaded.file, "/", loaded.error, sizeof loaded.error));
    assert_string_equal(loaded.error, "/: cannot read: it is a folder");
    assert_false(elf_file_open(&loaded.file, "/dev/null", loaded.error, sizeof loaded.error));
    assert_string_equal(loaded.error, "/dev/null: cannot read: it is no regular file");
    const char *path = scratch_bytes("kernel", loaded.maker.bytes, sizeof loaded.maker.bytes);
    assert_true(elf_file_open(&loaded.file, path, loaded.error, sizeof loaded.error));
    assert_true(elf_image_plan(&loaded.image, &loaded.file, loaded.error, sizeof loaded.error));
}

TEST(a_broken_section_table_is_no_table)
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

    for (size_t i = 0; i < LENGTH(tables); i++) {
        elf_maker_init(&loaded.maker);
        for (size_t k = 0; k < LENGTH(tables[i].put); k++)
            elf_maker_put(&loaded.maker, tables[i].put[k].offset, tables[i].put[k].bytes,
                          tables[i].put[k].value);
        assert_loads();
        if (loaded.file.section_count != 0)
            fail_msg("%s: has sections", tables[i].error);
    }
}

TEST_FIXTURES(loaded_kernel_setup, loaded_kernel_teardown)
