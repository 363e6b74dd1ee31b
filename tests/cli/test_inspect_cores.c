/* `mmsim inspect` of ELF cores and of machines with 64-bit addresses, and of files that are no
 * dump. */
#include "support/core_maker.h"
#include "support/json.h"
#include "support/program.h"
#include "support/scratch.h"
#include "support/test.h"
#include "support/wide_tables.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct program program;
static unsigned char notes[4096];
static size_t note_bytes;
static const struct paging_mode *mode;

/* The tables of a mode map 0xfffffffffffff000 and 0x3000, by a chain of tables from frame 1 on. */
static void make_tables(const char *name)
{
    wide_clear();
    mode = paging_mode_find(name);
    note_bytes = 0;
    uint32_t last = mode->level_count - 1u;
    for (uint32_t level = 0; level < last; level++) {
        uint32_t end = paging_entry_count(mode, level) - 1u;
        wide_memory[1 + level][0] = wide_memory[1 + level][end] = wide_table(mode, 2 + level);
    }
    if (strcmp(name, "pae") == 0)
        wide_memory[1][0] = wide_memory[1][3] = 0x2001;
    wide_memory[1 + last][3] = wide_page(mode, 0x7000);
    wide_memory[1 + last][511] = wide_page(mode, UINT64_C(0x123456000));
}

static const char *make_core(uint16_t machine)
{
    const struct made_segment segments[] = {{0, 0, WIDE_BYTES, WIDE_BYTES, wide_memory, 0}};
    const struct made_core core = {true, machine, notes, note_bytes, segments, 1, false};

    return core_make("made.core", &core);
}

static const char *make_raw(void)
{
    return scratch_bytes("made.dump", wide_memory, WIDE_BYTES);
}

/* ---- the mode ---- */

static const struct {
    const char *mode, *cr4, *satp;
    uint16_t machine;
    uint64_t core_cr4;
    const char *last; /* the address of the last page */
} modes[] = {
    {"pae", "0x20", NULL, EM_386, 0x20, "00000000fffff000"},
    {"long", "0x20", NULL, EM_X86_64, 0x20, "fffffffffffff000"},
    {"la57", "0x1020", NULL, EM_X86_64, 0x1020, "fffffffffffff000"},
    {"sv39", NULL, "0x8000000000000001", EM_RISCV, 0, "fffffffffffff000"},
    {"sv48", NULL, "0x9000000000000001", EM_RISCV, 0, "fffffffffffff000"},
    {"sv57", NULL, "0xa000000000000001", EM_RISCV, 0, "fffffffffffff000"},
};

TEST(every_mode_is_read_from_raw_memory)
{
    char line[64];

    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        make_tables(modes[i].mode);
        if (modes[i].satp != NULL)
            MMSIM(&program, "inspect", make_raw(), "--satp", modes[i].satp);
        else
            MMSIM(&program, "inspect", make_raw(), "--cr3", "0x1000", "--mode", modes[i].mode,
                  "--cr4", modes[i].cr4);
        assert_string_equal(program.err, "");
        assert_int_equal(program.status, 0);
        snprintf(line, sizeof line, "\n%s%c", modes[i].last, modes[i].satp != NULL ? ' ' : '-');
        assert_output_has(&program, line);
        MMSIM(&program, "inspect", make_raw(), "--cr3", "0x1000", "--mode", modes[i].mode,
              "--pages");
        assert_output_has(&program, "  000123456000  4K ");
    }
}

TEST(a_core_says_where_its_tables_are)
{
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        make_tables(modes[i].mode);
        if (modes[i].satp != NULL)
            continue;
        note_add_cpu(notes, &note_bytes, 0x80000001, 0x1000, modes[i].core_cr4);
        MMSIM(&program, "inspect", make_core(modes[i].machine), "--json", "0x3000");
        assert_error_has(&program, modes[i].mode);
        assert_error_has(&program, "of CPU 0 of 1\n");
        assert_int_equal(program.status, 0);
        char quoted[16];
        snprintf(quoted, sizeof quoted, "\"%s\"", modes[i].mode);
        assert_true(json_equals(program.out, "mode", quoted));
        assert_true(json_equals(program.out, "walks[0].pa", "28672"));
        assert_true(json_equals(program.out, "walks[0].error_codes.user_fetch", "21"));
    }
}

TEST(another_cpu_may_be_chosen)
{
    make_tables("long");
    note_add_cpu(notes, &note_bytes, 0x1, 0, 0);
    note_add_cpu(notes, &note_bytes, 0x80000001, 0x1000, 0x20);
    const char *path = make_core(EM_X86_64);
    MMSIM(&program, "inspect", path);
    assert_error_has(&program, "paging is off in CPU 0 (CR0 is 00000001)");
    assert_int_equal(program.status, 2);
    MMSIM(&program, "inspect", path, "--cpu", "1");
    assert_int_equal(program.status, 0);
    MMSIM(&program, "inspect", path, "--cpu", "2");
    assert_error_has(&program, "--cpu 2: ");
    assert_error_has(&program, " has the registers of 2 CPUs\n");
    assert_int_equal(program.status, 2);
}

TEST(a_vmcore_of_linux_has_the_kernels_table)
{
    static const char text[] = "SYMBOL(swapper_pg_dir)=ffffffff80001000\nNUMBER(phys_base)=0\n";

    make_tables("long");
    note_add(notes, &note_bytes, "VMCOREINFO", 0, text, sizeof text - 1);
    MMSIM(&program, "inspect", make_core(EM_X86_64));
    assert_error_has(&program, "the kernel's own table at 00001000 of VMCOREINFO");
    assert_output_has(&program, "\nfffffffffffff000-");
    assert_int_equal(program.status, 0);
}

/* ---- 64-bit addresses ---- */

TEST(json_has_addresses_of_64_bits)
{
    make_tables("long");
    MMSIM(&program, "inspect", make_raw(), "--cr3", "0x1000", "--mode", "long", "--json",
          "0xfffffffffffff008", "0x800000000000");
    assert_null(json_error(program.out));
    assert_output_has(&program, "\"va\": \"0xfffffffffffff000\", \"bytes\": 4096");
    assert_true(json_equals(program.out, "walks[0].pa", "4886716424"));
    assert_true(json_equals(program.out, "walks[0].steps[0].entry", "\"0x0000000000002007\""));
    assert_true(json_equals(program.out, "walks[1].end", "\"not_canonical\""));
    assert_true(json_equals(program.out, "stopped_va", "null"));
    assert_int_equal(program.status, 0);
}

TEST(a_walk_names_each_level)
{
    make_tables("sv39");
    MMSIM(&program, "inspect", make_raw(), "--satp", "0x8000000000000001", "0x3004");
    assert_string_equal(
        program.out,
        "0000000000003004\n"
        "  satp              000000001000\n"
        "  level 2           entry 0 at 000000001000: 0000000000000801  level 1 at 000000002000, "
        "urwx\n"
        "  level 1           entry 0 at 000000002000: 0000000000000c01  level 0 at 000000003000, "
        "urwx\n"
        "  level 0           entry 3 at 000000003018: 0000000000001c07  4K page at 000000007000, "
        "-rw-\n"
        "  physical          000000007004, 4K page, -rw-\n"
        "  bytes             00 00 00 00\n"
        "  supervisor read   yes, and sets accessed; a page fault with Svade\n"
        "  supervisor write  yes, and sets accessed, dirty; a page fault with Svade\n"
        "  user read         page fault, scause 13\n"
        "  user write        page fault, scause 15\n"
        "  supervisor fetch  page fault, scause 12\n"
        "  user fetch        page fault, scause 12\n");
    MMSIM(&program, "inspect", make_raw(), "--satp", "0x8000000000000001", "0x4000000000");
    assert_output_has(&program, "bits 63-39 do not repeat bit 38: any access raises a page fault");
}

TEST(smap_and_smep_show_in_a_walk)
{
    make_tables("long");
    wide_memory[4][3] |= 4u; /* a user's page */
    MMSIM(&program, "inspect", make_raw(), "--cr3", "0x1000", "--mode", "long", "--cr4", "0x300020",
          "0x3000");
    assert_output_has(&program, "  supervisor read   page fault, error code 1 (protection); "
                                "allowed where EFLAGS.AC is 1\n");
    assert_output_has(&program,
                      "  supervisor fetch  page fault, error code 11 (protection, fetch)\n");
    assert_output_has(&program, "  user fetch        yes\n");
}

TEST(a_drawing_of_64_bits_has_a_cell_for_each_entry_of_the_root)
{
    static char svg[262144];
    const char *path = scratch_path("wide.svg");

    make_tables("long");
    MMSIM(&program, "inspect", make_raw(), "--cr3", "0x1000", "--mode", "long", "--svg", path);
    assert_int_equal(program.status, 0);
    svg[scratch_read(path, svg, sizeof svg - 1)] = '\0';
    assert_non_null(strstr(svg, "Address space of the PML4 at 000000001000"));
    assert_non_null(
        strstr(svg, "A cell is 512 GiB, filled as far as it is mapped; a row is 16 TiB"));
    assert_non_null(strstr(svg, "<title>ffffff8000000000-10000000000000000: "));
    size_t cells = 0;
    for (const char *at = svg; (at = strstr(at, "<title>")) != NULL; at++)
        cells++;
    assert_int_equal(cells, 513);
}

/* ---- damage ---- */

TEST(tables_outside_of_a_core_are_named_with_their_level)
{
    make_tables("long");
    wide_memory[2][7] = UINT64_C(0x500000003);
    note_add_cpu(notes, &note_bytes, 0x80000001, 0x1000, 0x20);
    MMSIM(&program, "inspect", make_core(EM_X86_64));
    assert_error_has(&program, "PDPT entry 7 for 00000001c0000000: directory 000500000000 is "
                               "outside the memory of the core\n");
    assert_int_equal(program.status, 1);
}

/* ---- what is refused ---- */

TEST(files_that_are_no_dump_are_named_with_a_command)
{
    static const struct {
        const char *head;
        size_t bytes;
        const char *part;
    } rows[] = {
#define ROW(head, part) {(head), sizeof(head) - 1, (part)}
        ROW("KDUMP   \6\0", "makedumpfile has compressed, not a dump of memory; "),
        ROW("KDUMP   \6\0", "makedumpfile -E /proc/vmcore CORE"),
        ROW("makedumpfile\0", "in the form of a stream, not a dump of memory; make a file of it"),
        ROW("PAGEDU64", "a crash dump of 64-bit Windows, not a dump of memory; write an ELF core"),
        ROW("PAGEDUMP", "a crash dump of 32-bit Windows"),
        ROW("QFI\xfb\0\0\0\3", "a disk image of QEMU (qcow2), not a dump of memory; if it has"),
        ROW("QEVM\0\0\0\3", "a saved machine of QEMU (savevm, migrate)"),
        ROW("LibvirtQemudSave", "a saved machine of libvirt, not a dump of memory; start it with"),
        ROW("EMiL\1\0\0\0", "a dump of memory by LiME"),
        ROW("\x1f\x8b\x08", "compressed by gzip"),
        ROW("\x28\xb5\x2f\xfd", "compressed by zstd, not a dump of memory; unpack it with `zstd"),
        ROW("\xfd"
            "7zXZ\0",
            "compressed by xz"),
        ROW("\x7f"
            "ELF\2\1\1\0\0\0\0\0\0\0\0\0\1\0",
            "an ELF object file (relocatable), not a dump"),
        ROW("\x7f"
            "ELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0",
            "an ELF file (a program or a kernel), not a"),
        ROW("\x7f"
            "ELF\2\1\1\0\0\0\0\0\0\0\0\0\3\0",
            "an ELF shared object"),
        ROW("mmtrace 1\n", "a text trace, not a dump of memory; `mmsim info"),
#undef ROW
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *path = scratch_bytes("other", rows[i].head, rows[i].bytes);
        MMSIM(&program, "inspect", path, "--cr3", "0");
        assert_error_has(&program, rows[i].part);
        assert_int_equal(text_lines(program.err), 1);
        assert_int_equal(program.status, 2);
        assert_string_equal(program.out, "");
        MMSIM(&program, "inspect", path, "--cr3", "0", "--base", "0");
        assert_null(strstr(program.err, "this is"));
    }
}

TEST(import_names_the_command_for_a_core)
{
    make_tables("long");
    const char *path = make_core(EM_X86_64);
    char part[256];

    snprintf(part, sizeof part, "`mmsim inspect %s` prints what the page tables", path);
    MMSIM(&program, "import", path, "-o", scratch_path("out.mmb"));
    assert_error_has(&program, part);
    assert_int_equal(program.status, 2);
}

TEST(bad_arguments_are_refused)
{
    make_tables("long");
    const char *raw = make_raw();
    const char *core = make_core(EM_RISCV);
    const struct refused_command commands[] = {
        {{"inspect", raw}, "inspect needs --cr3 ADDR or --satp VALUE"},
        {{"inspect", raw, "--cr3", "0", "--mode", "sv32"},
         "--mode sv32: expected 32bit, pae, long, la57, sv39, sv48 or sv57"},
        {{"inspect", raw, "--cr3", "0", "--satp", "0x8000000000000001"},
         "--satp and --cr3 exclude each other"},
        {{"inspect", raw, "--satp", "1"}, "--satp 1: the field MODE is 0"},
        {{"inspect", raw, "--satp", "0x8000000000000001", "--mode", "sv48"},
         "the field MODE says sv39, --mode says sv48"},
        {{"inspect", raw, "--cr3", "0x100000000", "--mode", "pae"}, "which CR3 has in --mode pae"},
        {{"inspect", raw, "--cr3", "0", "--cpu", "0"}, "has the registers of 0 CPUs"},
        {{"inspect", raw, "--cr3", "0", "--base", "x"}, "--base x: expected a number"},
        {{"inspect", raw, "--cr3", "0", "--base", "0xffffffffffffffff"}, "no memory follows it"},
        {{"inspect", raw, "--cr3", "0x1000", "--base", "0x80000000"},
         "directory 00001000 is outside"},
        {{"inspect", core}, "give --satp VALUE"},
        {{"inspect", core, "--cr3", "0x1000"}, "does not say which paging RISC-V uses"},
        {{"inspect", raw, "--cr3", "0x1000", "--mode", "long", "0x10000000000000000"},
         "the number does not fit 64 bits"},
    };

    ASSERT_COMMANDS_REFUSED(commands);
}

int main(void)
{
    setenv("COLUMNS", "160", 1);
    return tests_run(NULL, NULL);
}
