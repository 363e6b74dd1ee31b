/* Tests ELF cores: which memory they have, what their notes say, and what is refused. */
#include "support/core_maker.h"
#include "support/scratch.h"
#include "support/test.h"

#include "machine/dump.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PAGE 4096u

static struct dump dump;
static char error[256];
static unsigned char memory[8 * PAGE];
static unsigned char bytes[8 * PAGE];
static unsigned char notes[4096];
static size_t note_bytes;

static int setup(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof memory; i++)
        memory[i] = (unsigned char)(i / PAGE + 1u);
    note_bytes = 0;
    return 0;
}

static const char *make(bool is_wide, uint16_t machine, const struct made_segment *segments,
                        uint32_t count)
{
    const struct made_core core = {is_wide, machine, notes, note_bytes, segments, count, false};

    return core_make("made.core", &core);
}

static void open_core(const char *path)
{
    if (!dump_open(&dump, path, DUMP_ANY, error, sizeof error))
        fail_msg("%s", error);
    assert_true(dump.is_core);
}

/* A read of `count` bytes ends after `got`; the first has this value. */
static void assert_read(uint64_t pa, size_t count, size_t got, unsigned char first)
{
    assert_int_equal(dump_read(&dump, pa, bytes, count), got);
    if (got != 0)
        assert_int_equal(bytes[0], first);
}

/* ---- segments ---- */

/*  0   1   2   3          above 4 GiB, not in order
 *  |AAA|   |BBB|  ...     |CCC|                      */
TEST(segments_are_pieces_of_physical_memory)
{
    const uint64_t high = UINT64_C(5) << 32;
    const struct made_segment segments[] = {{high, 0, PAGE, PAGE, memory + 2 * PAGE, 0},
                                            {0, 0, PAGE, PAGE, memory, 0},
                                            {2 * PAGE, 0, PAGE, PAGE, memory + PAGE, 0}};

    open_core(make(true, EM_X86_64, segments, 3));
    assert_read(0, PAGE, PAGE, 1);
    assert_read(PAGE - 1, 2, 1, 1);
    assert_read(PAGE, 1, 0, 0);
    assert_read(2 * PAGE, 2 * PAGE, PAGE, 2);
    assert_read(high + 5, 8, 8, 3);
    assert_read(high + PAGE, 1, 0, 0);
    assert_false(dump_is_cut_short(&dump));
    dump_close(&dump);
}

TEST(cores_have_32_or_64_bits)
{
    const struct made_segment segments[] = {{0x100000, 0, PAGE, PAGE, memory, 0}};

    for (uint32_t wide = 0; wide < 2; wide++) {
        open_core(make(wide, EM_386, segments, 1));
        assert_int_equal(dump.notes.machine, EM_386);
        assert_read(0x100000, PAGE, PAGE, 1);
        dump_close(&dump);
    }
}

TEST(segments_that_touch_are_read_as_one)
{
    const struct made_segment segments[] = {{0x1000, 0, PAGE, PAGE, memory, 0},
                                            {0x2000, 0, PAGE, PAGE, memory + 4 * PAGE, 0}};

    open_core(make(true, EM_RISCV, segments, 2));
    assert_int_equal(dump.segment_count, 1);
    assert_read(0x1ffe, 4, 4, 1);
    assert_memory_equal(bytes, "\1\1\5\5", 4);
    dump_close(&dump);
}

/* p_filesz < p_memsz: the rest is zero, up to memory that another segment has in the file. */
TEST(what_is_not_in_the_file_is_zero)
{
    const struct made_segment segments[] = {{0, 0, PAGE, 4 * PAGE, memory, 0},
                                            {2 * PAGE, 0, PAGE, PAGE, memory + PAGE, 0}};

    open_core(make(true, EM_X86_64, segments, 2));
    assert_read(0, PAGE, PAGE, 1);
    assert_false(dump.read_zeros);
    assert_read(PAGE, PAGE, PAGE, 0);
    assert_true(dump.read_zeros);
    assert_read(2 * PAGE, PAGE, PAGE, 2);
    dump_close(&dump);
}

/* QEMU's -p: several mappings of the same frames; the file has what lies between them, too.
 *
 *     memory   | 1 | 2 | 3 | 4 |     mapped: 1 (twice), 3-4, and 1-2 with an end outside of RAM  */
TEST(mapped_memory_of_qemu_is_taken_once)
{
    const struct made_segment segments[] = {
        {0x1000, 0xc0000000, 4 * PAGE, 4 * PAGE, memory, 0},
        {0x1000, 0xd0000000, PAGE, PAGE, NULL, 0},
        {0x3000, 0xd0001000, 2 * PAGE, 2 * PAGE, NULL, 2 * PAGE},
        {0x1000, 0xe0000000, 2 * PAGE, 64 * PAGE, NULL, 0},
    };

    note_add_cpu(notes, &note_bytes, 0x80000011, 0x1000, 0x20);
    open_core(make(true, EM_X86_64, segments + 0, 4));
    assert_int_equal(dump.segment_count, 1);
    assert_read(0x1000, 4 * PAGE, 4 * PAGE, 1);
    assert_read(0x5000, 1, 0, 0); /* no zeros: QEMU left out what is there */
    dump_close(&dump);

    const struct made_segment gap[] = {{0x1000, 0, PAGE, PAGE, memory, 0},
                                       {0x3000, 0, PAGE, PAGE, NULL, 2 * PAGE},
                                       {0x9000, 0, 4 * PAGE, 4 * PAGE, memory + PAGE, 0}};
    open_core(make(true, EM_X86_64, gap, 3));
    assert_read(0x2000, 1, 1, 2);
    dump_close(&dump);
}

TEST(more_headers_than_65534_are_counted_in_a_section)
{
    const struct made_segment segments[] = {{0x1000, 0, PAGE, PAGE, memory, 0}};

    for (uint32_t wide = 0; wide < 2; wide++) {
        const struct made_core core = {wide, EM_386, notes, 0, segments, 1, true};
        open_core(core_make("made.core", &core));
        assert_read(0x1000, 1, 1, 1);
        dump_close(&dump);
    }
}

TEST(a_cut_segment_is_read_as_far_as_it_goes)
{
    const struct made_segment segments[] = {{0, 0, 2 * PAGE, 2 * PAGE, memory, 0}};
    const char *path = make(true, EM_X86_64, segments, 1);

    open_core(path);
    uint64_t whole = dump.file_bytes;
    dump_close(&dump);
    assert_int_equal(truncate(path, (off_t)whole - 100), 0);
    open_core(path);
    assert_true(dump_is_cut_short(&dump));
    assert_int_equal(dump_promised_bytes(&dump), whole);
    assert_read(PAGE, PAGE, PAGE - 100, 2);
    assert_false(dump.shrunk);
    dump_close(&dump);
}

/* ---- notes ---- */

TEST(each_cpu_has_its_registers)
{
    const struct made_segment segments[] = {{0, 0, PAGE, PAGE, memory, 0}};

    note_add(notes, &note_bytes, "CORE", NT_PRSTATUS, memory, 336);
    note_add_cpu(notes, &note_bytes, 0x80010011, 0x1000, 0x20);
    note_add_cpu(notes, &note_bytes, 0x11, UINT64_C(0x123456000), 0x1020);
    open_core(make(true, EM_X86_64, segments, 1));
    assert_int_equal(dump.notes.cpu_count, 2);
    assert_int_equal(dump.notes.cpus[0].cr3, 0x1000);
    assert_int_equal(dump.notes.cpus[1].cr0, 0x11);
    assert_int_equal(dump.notes.cpus[1].cr3, UINT64_C(0x123456000));
    assert_int_equal(dump.notes.cpus[1].cr4, 0x1020);
    dump_close(&dump);
}

TEST(vmcoreinfo_names_the_kernels_table)
{
    static const char text[] = "OSRELEASE=6.1.0\nSYMBOL(swapper_pg_dir)=ffffffff82a10000\n"
                               "NUMBER(phys_base)=16777216\nNUMBER(pgtable_l5_enabled)=1\n"
                               "NUMBER(VA_BITS)=48\nCONFIG_X86_PAE=y\nKERNELOFFSET=0\n";
    const struct made_segment segments[] = {
        {0x2000000, UINT64_C(0xffffffff82000000), PAGE, 0x1000000, memory, 0},
        {0, UINT64_C(0xffff888000000000), PAGE, PAGE, memory, 0}};

    note_add(notes, &note_bytes, "VMCOREINFO", 0, text, sizeof text - 1);
    open_core(make(true, EM_X86_64, segments, 2));
    assert_true(dump.notes.has_kernel_table && dump.notes.has_kernel_table_pa);
    assert_int_equal(dump.notes.kernel_table_pa, 0x2a10000);
    assert_int_equal(dump.notes.phys_base, 16777216);
    assert_int_equal(dump.notes.va_bits, 48);
    assert_true(dump.notes.has_la57 && dump.notes.has_pae);
    dump_close(&dump);
}

/* The size of a note reaches behind the notes; the notes before it count. */
TEST(a_note_that_makes_no_sense_ends_the_notes)
{
    const struct made_segment segments[] = {{0, 0, PAGE, PAGE, memory, 0}};

    note_add_cpu(notes, &note_bytes, 1, 2, 3);
    size_t second = note_bytes;
    note_add_cpu(notes, &note_bytes, 4, 5, 6);
    memset(notes + second, 0xff, 8);
    open_core(make(true, EM_X86_64, segments, 1));
    assert_int_equal(dump.notes.cpu_count, 1);
    dump_close(&dump);
}

/* ---- what is refused ---- */

static void assert_refused(const char *path, const char *part)
{
    assert_false(dump_open(&dump, path, DUMP_ANY, error, sizeof error));
    if (strstr(error, part) == NULL || strncmp(error, path, strlen(path)) != 0)
        fail_msg("%s", error);
}

TEST(cores_of_programs_and_other_machines_are_refused)
{
    const struct made_segment plain[] = {{0x1000, 0, PAGE, PAGE, memory, 0}};
    const struct made_segment program[] = {{0, 0x400000, PAGE, PAGE, memory, 0},
                                           {0, 0x500000, PAGE, PAGE, memory, 0}};
    const struct made_segment nowhere[] = {{UINT64_MAX, 0, PAGE, PAGE, memory, 0}};
    const struct made_segment endless[] = {{UINT64_MAX - 5, 0, PAGE, PAGE, memory, 0}};

    assert_refused(make(true, EM_X86_64, program, 2), "the core of a program");
    assert_refused(make(true, EM_AARCH64, plain, 1), "offset 18: a 64-bit core of the ELF machine");
    assert_refused(make(false, EM_RISCV, plain, 1), "offset 18: a 32-bit core of the ELF machine");
    assert_refused(make(true, EM_X86_64, nowhere, 1), "a core without memory");
    assert_refused(make(true, EM_X86_64, NULL, 0), "a core without memory");
    assert_refused(make(true, EM_X86_64, endless, 1), "program header 1: 4096 bytes from physical");
    note_add(notes, &note_bytes, "CORE", NT_AUXV, memory, 16);
    assert_refused(make(true, EM_X86_64, plain, 1), "the core of a program");
}

TEST(damaged_headers_are_named_with_their_offset)
{
    static const struct {
        uint32_t offset; /* of the byte that is changed */
        unsigned char value;
        uint64_t bytes; /* of the file; 0: all */
        const char *part;
    } rows[] = {
        {0, 0x7f, 55,
         "cut short: the ELF header, 64 bytes at offset 0, are not all in the file of 55"},
        {0, 0x7f, 100, "cut short: the program headers, 112 bytes at offset 64"},
        {4, 9, 0, "offset 4: the ELF class 9 is unknown"},
        {5, 2, 0, "offset 5: a core of a big-endian machine"},
        {57, 200, 0, "cut short: the program headers"},
        {32 + 7, 0x80, 0, "cut short: the program headers"},
        {64 + 32 + 7, 0x80, 0, "bytes of notes; at most 16777216 are read"},
        {64 + 8 + 6, 0x80, 0, "cut short: the notes"},
    };
    const struct made_segment segments[] = {{0x1000, 0, PAGE, PAGE, memory, 0}};
    const uint64_t section_end = sizeof(Elf64_Ehdr) + 2 * sizeof(Elf64_Phdr) + sizeof(Elf64_Shdr);

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        note_bytes = 0;
        note_add_cpu(notes, &note_bytes, 1, 2, 3);
        size_t count = scratch_read(make(true, EM_X86_64, segments, 1), bytes, sizeof bytes);
        assert_true(count > section_end);
        bytes[rows[i].offset] = rows[i].value;
        assert_refused(scratch_bytes("bad.core", bytes, rows[i].bytes != 0 ? rows[i].bytes : count),
                       rows[i].part);
    }
}

TEST_FIXTURES(setup, NULL)
