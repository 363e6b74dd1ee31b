/* `mmsim inspect`: its text, damaged dumps, bad arguments. */
#include "inspect_dump.h"
#include "support/program.h"
#include "support/test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct program program;

static void assert_error_is(const char *path, const char *message)
{
    char line[256];

    snprintf(line, sizeof line, "mmsim: %s: %s\n", path, message);
    assert_string_equal(program.err, line);
}

/* ---- text ---- */

TEST(ranges_are_printed_as_by_info_mem)
{
    const char *path = dump_of(DUMP_BYTES);

    MMSIM(&program, "inspect", path, "--cr3", "0x1000");
    assert_string_equal(program.out, "0000000000001000-0000000000003000 0000000000002000 ur-\n"
                                     "0000000000005000-0000000000006000 0000000000001000 -rw\n"
                                     "0000000000400000-0000000000800000 0000000000400000 -rw\n"
                                     "00000000c0000000-00000000c0800000 0000000000800000 -rw\n"
                                     "00000000ffc00000-00000000ffc02000 0000000000002000 -rw\n"
                                     "00000000fff00000-00000000fff02000 0000000000002000 -rw\n"
                                     "00000000fff84000-00000000fff85000 0000000000001000 -rw\n"
                                     "00000000fffff000-0000000100000000 0000000000001000 -rw\n");
    assert_error_is(path, OUTSIDE);
    assert_int_equal(program.status, 1);
}

TEST(pages_are_printed_with_all_their_bits)
{
    MMSIM(&program, "inspect", "--pages", sound_dump(), "--cr3", "4096");
    assert_string_equal(
        program.out,
        "virtual                   size  physical  page  rights  accessed  dirty\n"
        "00001000-00003000      8.0 KiB  00003000  4K    ur-            2      1\n"
        "00005000-00006000      4.0 KiB  fffff000  4K    -rw            0      0"
        "  write-through, uncached\n"
        "00400000-00800000      4.0 MiB  00800000  4M    -rw            0      0"
        "  reserved bits, faults\n"
        "c0000000-c0400000      4.0 MiB  00000000  4M    -rw            1      1  global\n"
        "c0400000-c0800000      4.0 MiB  00400000  4M    -rw            1      1\n"
        "ffc00000-ffc01000      4.0 KiB  -         4K    -rw            1      0  self-map 1023\n"
        "ffc01000-ffc02000      4.0 KiB  -         4K    -rw            0      0"
        "  PAT, self-map 1023\n"
        "fff00000-fff01000      4.0 KiB  -         4K    -rw            1      1"
        "  global, PAT, self-map 1023\n"
        "fff01000-fff02000      4.0 KiB  -         4K    -rw            1      1"
        "  PAT, self-map 1023\n"
        "fffff000-100000000     4.0 KiB  -         4K    -rw            1      0  self-map 1023\n");
    assert_string_equal(program.err, "");
    assert_int_equal(program.status, 0);
    assert_true(text_columns(program.out) <= 100);
}

TEST(without_pse_the_large_page_bit_is_ignored)
{
    MMSIM(&program, "inspect", sound_dump(), "--cr3", "0x1000", "--cr4", "0");
    assert_null(strstr(program.out, "0000000000400000-"));
    assert_error_has(&program, "directory entry 1: table 00802000 is outside");
    assert_int_equal(program.status, 1);
}

/* Walks, as they are printed after the lines of the address and of CR3. */
static const struct {
    const char *va;
    const char *text;
} walks[] = {
    {"0x1000",
     "  directory         entry 0 at 00001000: 00002027  table at 00002000, urw, accessed\n"
     "  table             entry 1 at 00002004: 00003025  4K page at 00003000, ur-, accessed\n"
     "  physical          00003000, 4K page, ur-\n"
     "  bytes             61 62 63 64\n"
     "  supervisor read   yes\n"
     "  supervisor write  page fault, error code 3 (protection, write); allowed where "
     "CR0.WP is 0\n"
     "  user read         yes\n"
     "  user write        page fault, error code 7 (protection, write, user)\n"},
    {"0x2fff",
     "  directory         entry 0 at 00001000: 00002027  table at 00002000, urw, accessed\n"
     "  table             entry 2 at 00002008: 00004065  4K page at 00004000, ur-, "
     "accessed, dirty\n"
     "  physical          00004fff, 4K page, ur-\n"
     "  bytes             00\n"
     "  supervisor read   yes\n"
     "  supervisor write  page fault, error code 3 (protection, write); allowed where "
     "CR0.WP is 0\n"
     "  user read         yes\n"
     "  user write        page fault, error code 7 (protection, write, user)\n"},
    {"20480",
     "  directory         entry 0 at 00001000: 00002027  table at 00002000, urw, accessed\n"
     "  table             entry 5 at 00002014: fffff01b  4K page at fffff000, -rw, "
     "write-through, uncached\n"
     "  physical          fffff000, 4K page, -rw\n"
     "  bytes             outside the dump\n"
     "  supervisor read   yes\n"
     "  supervisor write  yes\n"
     "  user read         page fault, error code 5 (protection, user)\n"
     "  user write        page fault, error code 7 (protection, write, user)\n"},
    {"0x500000",
     "  directory         entry 1 at 00001004: 00802083  4M page at 00800000, -rw, reserved bits "
     "00002000\n"
     "  supervisor read   page fault, error code 9 (protection, reserved bit)\n"
     "  supervisor write  page fault, error code b (protection, reserved bit, write)\n"
     "  user read         page fault, error code d (protection, reserved bit, user)\n"
     "  user write        page fault, error code f (protection, reserved bit, write, user)\n"},
    {"0xc0001004",
     "  directory         entry 768 at 00001c00: 000001e3  4M page at 00000000, -rw, global, "
     "accessed, dirty\n"
     "  physical          00001004, 4M page, -rw\n"
     "  bytes             83 20 80 00\n"
     "  supervisor read   yes\n"
     "  supervisor write  yes\n"
     "  user read         page fault, error code 5 (protection, user)\n"
     "  user write        page fault, error code 7 (protection, write, user)\n"},
    {"0xfffffffc",
     "  directory         entry 1023 at 00001ffc: 00001023  table at 00001000 (self-map), -rw, "
     "accessed\n"
     "  table             entry 1023 at 00001ffc: 00001023  4K page at 00001000, -rw, accessed\n"
     "  physical          00001ffc, 4K page, -rw\n"
     "  bytes             23 10 00 00\n"
     "  supervisor read   yes\n"
     "  supervisor write  yes\n"
     "  user read         page fault, error code 5 (protection, user)\n"
     "  user write        page fault, error code 7 (protection, write, user)\n"},
    {"0x800000", "  directory         entry 2 at 00001008: 00000000  not present\n"
                 "  supervisor read   page fault, error code 0 (not present)\n"
                 "  supervisor write  page fault, error code 2 (not present, write)\n"
                 "  user read         page fault, error code 4 (not present, user)\n"
                 "  user write        page fault, error code 6 (not present, write, user)\n"},
    {"0", "  directory         entry 0 at 00001000: 00002027  table at 00002000, urw, accessed\n"
          "  table             entry 0 at 00002000: 00000000  not present\n"
          "  supervisor read   page fault, error code 0 (not present)\n"
          "  supervisor write  page fault, error code 2 (not present, write)\n"
          "  user read         page fault, error code 4 (not present, user)\n"
          "  user write        page fault, error code 6 (not present, write, user)\n"},
};

TEST(a_walk_is_shown_step_by_step)
{
    const char *path = dump_of(DUMP_BYTES);
    char head[64];

    for (size_t i = 0; i < sizeof walks / sizeof walks[0]; i++) {
        MMSIM(&program, "inspect", path, "--cr3", "0x1000", walks[i].va);
        snprintf(head, sizeof head, "%08lx\n  cr3               00001000\n",
                 strtoul(walks[i].va, NULL, 0));
        assert_int_equal(strncmp(program.out, head, strlen(head)), 0);
        assert_string_equal(program.out + strlen(head), walks[i].text);
        assert_string_equal(program.err, ""); /* other addresses have the damage */
        assert_int_equal(program.status, 0);
    }
}

TEST(a_walk_out_of_the_dump_names_the_place)
{
    const char *path = dump_of(DUMP_BYTES);

    MMSIM(&program, "inspect", path, "--cr3", "0x1000", "0xe1000000", "0");
    assert_output_has(&program, "  table             entry 0 at 00010000: outside the dump\n"
                                "00000000\n");
    assert_error_is(path, OUTSIDE);
    assert_int_equal(program.status, 1);
}

/* ---- damage ---- */

TEST(a_cut_dump_is_reported_and_read)
{
    const char *path = dump_of(0x2010);

    MMSIM(&program, "inspect", path, "--cr3", "0x1000");
    assert_output_has(&program, "0000000000001000-0000000000003000");
    assert_null(strstr(program.out, "0000000000005000-"));
    assert_error_has(&program, ": cut short: 8208 bytes are not whole pages\n");
    assert_error_has(&program, "directory entry 0: table 00002000 is partly outside the "
                               "dump of 8208 bytes\n");
    assert_int_equal(text_lines(program.err), 3);
    assert_int_equal(program.status, 1);
}

TEST(a_cut_directory_is_reported_and_read)
{
    const char *path = dump_of(0x1000 + 4 * 769);

    MMSIM(&program, "inspect", path, "--cr3", "0x1000");
    assert_output_has(&program, "00000000c0000000-00000000c0400000 ");
    assert_error_has(&program, "directory 00001000 is partly outside the dump of 7172 "
                               "bytes\n");
    assert_int_equal(program.status, 1);
    MMSIM(&program, "inspect", path, "--cr3", "0x1000", "0xf0000000");
    assert_output_has(&program, "entry 960 at 00001f00: outside the dump\n");
    assert_error_has(&program, "directory 00001000 is partly outside");
    assert_int_equal(program.status, 1);
}

/* The dump has all tables, so the result is complete. */
TEST(a_cut_page_of_data_is_no_failure)
{
    const char *path;

    sound_dump();
    path = scratch_bytes("cut.dump", tables_memory, DUMP_BYTES - 1u);
    MMSIM(&program, "inspect", path, "--cr3", "0x1000");
    assert_error_is(path, "cut short: 20479 bytes are not whole pages");
    assert_int_equal(program.status, 0);
}

TEST(many_tables_outside_are_summed_up)
{
    const char *path;

    tables_clear();
    for (uint32_t i = 0; i < 20; i++)
        tables_memory[0][50 * i] = 0x80000003u;
    path = scratch_bytes("many.dump", tables_memory, DUMP_BYTES);
    MMSIM(&program, "inspect", path, "--cr3", "0");
    assert_string_equal(program.out, "");
    assert_int_equal(text_lines(program.err), 9);
    assert_error_has(&program, "of 12 more directory entries; is --cr3 right?\n");
    assert_int_equal(program.status, 1);
}

TEST(ignored_low_bits_of_cr3_are_reported)
{
    const char *path = sound_dump();

    MMSIM(&program, "inspect", path, "--cr3", "0x1018");
    assert_string_equal(program.err, "");
    MMSIM(&program, "inspect", path, "--cr3", "0x1219");
    assert_string_equal(program.err,
                        "mmsim: --cr3 0x1219: bits 201 are no part of the address: ignored\n");
    assert_int_equal(program.status, 0);
    assert_int_equal(text_lines(program.out), 7);
}

/* The file is sparse, and inspect reads only the directory. */
TEST(only_the_tables_of_a_4_gib_dump_are_read)
{
    const char *path = scratch_path("large.dump");
    const uint32_t entry = 0xfffff003u;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);

    assert_true(fd >= 0 && ftruncate(fd, (off_t)1 << 32) == 0);
    assert_int_equal(pwrite(fd, &entry, 4, (off_t)0xfffffffc), 4);
    close(fd);
    MMSIM(&program, "inspect", path, "--cr3", "0xfffff000");
    assert_string_equal(program.out, "00000000fffff000-0000000100000000 0000000000001000 -rw\n");
    assert_int_equal(program.status, 0);
}

/* ---- arguments and files ---- */

TEST(bad_arguments_are_refused)
{
    const char *path = sound_dump();
    const char *empty = scratch_bytes("empty.dump", "", 0);
    const struct refused_command commands[] = {
        {{"inspect", "--cr3", "0x1000"}, "inspect needs a DUMP; see `mmsim inspect --help`"},
        {{"inspect", path}, "inspect needs --cr3 ADDR"},
        {{"inspect", path, "--cr3", "nix"}, "--cr3 nix: expected a number such as 0xc0101000"},
        {{"inspect", path, "--cr3", "0x100001000"},
         "--cr3 0x100001000: the number does not fit 32 bits"},
        {{"inspect", path, "--cr3", "0x1000", "--cr4", ""}, "--cr4 : expected a number"},
        {{"inspect", path, "--cr3", "0x1000", "--cr4", "0x20"}, "--cr4 0x20: PAE is on"},
        {{"inspect", path, "--cr3", "0x1000", "0", "c0000000"}, "c0000000: expected a number"},
        {{"inspect", path, "--cr3", "0x1000", "4294967296"},
         "4294967296: the number does not fit 32 bits"},
        {{"inspect", path, "--cr3", "0x1000", "--pages", "--json"},
         "--pages and --json exclude each other"},
        {{"inspect", path, "--cr3", "0x5000"},
         ": directory 00005000 is outside the dump of 20480 bytes"},
        {{"inspect", path, "--cr3", "0x1000", "--ram", "1G"}, "inspect has no option '--ram'"},
        {{"inspect", path, "--cr3", "0x1000", "--svg", "/nonexistent/a.svg"},
         "/nonexistent/a.svg: cannot create: No such file or directory"},
        {{"inspect", "/nonexistent", "--cr3", "0"},
         "/nonexistent: cannot open: No such file or directory"},
        {{"inspect", "/tmp", "--cr3", "0"}, "/tmp: not a regular file"},
        {{"inspect", empty, "--cr3", "0"}, ": empty: expected a dump of memory"},
        {{"info", "--cr3", "0", "tests/cli/data/orders.mmt"}, "info has no option '--cr3'"},
    };

    ASSERT_COMMANDS_REFUSED(commands);
}

TEST(help_describes_every_option)
{
    static const char *const parts[] = {"usage: mmsim inspect DUMP",
                                        "--cr3 ADDR",
                                        "--cr4 VALUE",
                                        "VA ...",
                                        "--pages",
                                        "--svg FILE",
                                        "--json",
                                        "pmemsave"};

    MMSIM(&program, "inspect", "--help");
    assert_int_equal(program.status, 0);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        assert_output_has(&program, parts[i]);
    assert_true(text_columns(program.out) <= 100);
}

TEST(a_full_device_is_a_failed_run)
{
    const char *path = sound_dump();

    program_run(&program, NULL, "/dev/full",
                (const char *const[]){MMSIM_PROGRAM, "inspect", path, "--cr3", "0x1000", NULL});
    assert_int_equal(program.status, 1);
    MMSIM(&program, "inspect", path, "--cr3", "0x1000", "--svg", "/dev/full");
    assert_int_equal(program.status, 1);
    assert_string_equal(program.err, "mmsim: /dev/full: cannot write: No space left on device\n");
    assert_int_equal(text_lines(program.out), 7); /* the ranges are printed before */
}

/* The drawing goes into a pipe, and inspect waits for a reader of the pipe before it reads the
   dump. Meanwhile the dump is cut short. */
TEST(a_dump_that_is_cut_while_it_is_read_is_reported)
{
    static const char script[] =
        "mkfifo \"$2\"; " MMSIM_PROGRAM " inspect \"$1\" --cr3 0x1000 --svg \"$2\" & job=$!;"
        "until ls -l /proc/$job/fd 2>/dev/null | grep -q sound.dump; do sleep 0.01; done; sleep "
        "0.1;"
        "truncate -s 4096 \"$1\"; cat \"$2\" >/dev/null; wait $job";
    const char *path = sound_dump();
    const char *pipe = scratch_path("pipe.svg");

    program_run(&program, NULL, NULL,
                (const char *const[]){"sh", "-c", script, "sh", path, pipe, NULL});
    assert_int_equal(program.status, 1);
    assert_error_is(path, "it was cut short while it was read; it had 20480 bytes");
}

TEST(a_drawing_does_not_replace_the_dump)
{
    const char *path = sound_dump();

    MMSIM(&program, "inspect", path, "--cr3", "0x1000", "--svg", path);
    assert_int_equal(program.status, 2);
    assert_error_is(path, "this input file would be overwritten; write to another file");
}

int main(void)
{
    setenv("COLUMNS", "120", 1); /* tests/cli/test_terminal.c has other widths */
    return tests_run(NULL, NULL);
}
