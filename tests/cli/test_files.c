/* Files of traces, converted, cut short or with a flipped bit; memory maps; the table of compare.
 */
#include "support/json.h"
#include "support/program.h"
#include "support/raw_trace.h"
#include "support/scratch.h"
#include "support/test.h"

#include <mm/mm.h>

#include "replay/event.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DATA        "tests/cli/data/"
#define TRACE       DATA "brk_blocked.mmt"
#define FILE_BYTES  4096u
#define DIGEST_TEXT 20u

static struct program program;

struct digest {
    char text[DIGEST_TEXT];
};

static struct digest digest_of_output(void)
{
    struct digest digest = {{0}};
    size_t bytes;

    if (program.status != 0)
        fail_msg("status %d: %s", program.status, program.err);
    const char *value = json_find(program.out, "digest", &bytes);
    assert_true(value != NULL && bytes < sizeof digest.text);
    memcpy(digest.text, value, bytes);
    return digest;
}

static struct digest digest_of(const char *trace, const char *option, const char *machine)
{
    MMSIM(&program, "replay", trace, option, machine, "--strategy", "brk", "--json");
    return digest_of_output();
}

static void convert(const char *in, const char *out)
{
    MMSIM(&program, "convert", in, out);
    if (program.status != 0)
        fail_msg("convert %s %s: %s", in, out, program.err);
    assert_string_equal(program.out, "");
    assert_string_equal(program.err, "");
}

TEST(conversion_to_binary_and_back_loses_nothing)
{
    static char text[FILE_BYTES];
    static char back[FILE_BYTES];
    const char *in = scratch_text("there.mmt", "mmtrace 1\n"
                                               "kmalloc 7 100 dma @a\n"
                                               "kmalloc 9 200 @b c\n"
                                               "\n");

    MMSIM(&program, "convert", in, "-");
    assert_int_equal(program.status, 2); /* a site is one word */
    in = scratch_text("there.mmt", "mmtrace 1\n"
                                   "kmalloc 7 100 dma @a\n"
                                   "kmalloc 18446744073709551615 4294967295 @b+0x1f\n"
                                   "krealloc 7 64\n"
                                   "pages 1 10 user @a\n"
                                   "pages 2 0 dma\n"
                                   "mark   two blanks and # no comment\n"
                                   "process 3\n"
                                   "map 3 0x00008000 4096 r\n"
                                   "touch 3 0x00008000 r\n"
                                   "unmap 3 0x00008000 4096\n"
                                   "setbrk 3 0x00009000\n"
                                   "exit 3\n"
                                   "free_pages 1\n"
                                   "kfree 7\n"
                                   "vmalloc 7 12345\n"
                                   "vfree 7\n");
    convert(in, scratch_path("there.mmb"));
    convert(scratch_path("there.mmb"), scratch_path("back.mmt"));
    convert(scratch_path("back.mmt"), scratch_path("again.mmb"));
    size_t bytes = scratch_read(scratch_path("there.mmb"), text, sizeof text);
    assert_int_equal(scratch_read(scratch_path("again.mmb"), back, sizeof back), bytes);
    assert_memory_equal(text, back, bytes);
    bytes = scratch_read(in, text, sizeof text);
    assert_int_equal(scratch_read(scratch_path("back.mmt"), back, sizeof back), bytes);
    assert_memory_equal(text, back, bytes);
}

TEST(a_failed_conversion_keeps_the_old_file)
{
    char kept[8] = {0};
    const char *out = scratch_text("kept.mmb", "kept");

    MMSIM(&program, "convert", scratch_text("bad.mmt", "mmtrace 1\nkfree 1\n"), out);
    assert_int_equal(program.status, 2);
    assert_int_equal(scratch_read(out, kept, sizeof kept), 4);
    assert_string_equal(kept, "kept");
}

/* ---- damage ---- */

/* The status is 2, and the only line of the message names the file and an offset in it. Damage to
   the first bytes makes it a text file, whose line is named instead. */
static void assert_damage_reported(const char *path, const char *damage, size_t at)
{
    char offset[160];
    char line[160];

    snprintf(offset, sizeof offset, "mmsim: %s: offset ", path);
    snprintf(line, sizeof line, "mmsim: %s:1: ", path);
    bool located = strstr(program.err, offset) == program.err ||
                   (at < 8 && strstr(program.err, line) == program.err) ||
                   (at == 0 && strstr(program.err, ": the file is empty: ") != NULL);
    if (program.status != 2 || !located || text_lines(program.err) != 1 || program.out_bytes != 0)
        fail_msg("%s at %zu: status %d: %s%s", damage, at, program.status, program.err,
                 program.out);
}

TEST(a_file_cut_short_is_reported)
{
    static char bytes[FILE_BYTES];
    const char *path = scratch_path("whole.mmb");

    convert(TRACE, path);
    size_t size = scratch_read(path, bytes, sizeof bytes);
    for (size_t cut = 0; cut < size; cut += cut < 72 ? 5 : 11) {
        const char *part = scratch_bytes("part.mmb", bytes, cut);
        MMSIM(&program, "replay", part, "--strategy", "brk");
        assert_damage_reported(part, "cut", cut);
        MMSIM(&program, "info", part);
        assert_damage_reported(part, "cut", cut);
    }
}

TEST(a_flipped_bit_is_reported)
{
    static char bytes[FILE_BYTES];
    const char *path = scratch_path("sound.mmb");

    convert(TRACE, path);
    size_t size = scratch_read(path, bytes, sizeof bytes);
    for (size_t at = 0; at < size; at += 3) {
        bytes[at] ^= (char)(1u << at % 8);
        const char *flipped = scratch_bytes("flipped.mmb", bytes, size);
        MMSIM(&program, "compare", flipped, "--ram", "64M");
        assert_damage_reported(flipped, "flip", at);
        bytes[at] ^= (char)(1u << at % 8);
    }
}

/* The binary trace frees a block that was never allocated. */
TEST(a_senseless_binary_event_is_reported_with_its_offset)
{
    static const uint8_t payload[] = {EVENT_KMALLOC, 0, 8, EVENT_KFREE, 1};
    struct trace_header header = {.slots = 2, .events = 2, .peak_live_bytes = 8};
    uint8_t bytes[RAW_TRACE_BYTES(sizeof payload)];
    size_t size = raw_trace_make(bytes, header, payload, sizeof payload);
    const char *path = scratch_bytes("senseless.mmb", bytes, size);
    char offset[32];

    snprintf(offset, sizeof offset, ": offset %zu: event 2: ", RAW_TRACE_PAYLOAD + sizeof payload);
    MMSIM(&program, "replay", path, "--strategy", "brk");
    assert_damage_reported(path, "event", SIZE_MAX);
    assert_error_has(&program, offset);
    MMSIM(&program, "info", path);
    assert_damage_reported(path, "event", SIZE_MAX);
    assert_error_has(&program, offset);
    MMSIM(&program, "convert", path, "-");
    assert_damage_reported(path, "event", SIZE_MAX);
}

TEST(a_damaged_compressed_file_is_reported)
{
    static const char *const names[] = {
        "damage.mmb",
#ifdef HAVE_ZSTD
        "damage.mmb.zst",
#endif
#ifdef HAVE_LZMA
        "damage.mmb.xz",
#endif
    };
    static char bytes[FILE_BYTES];

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *path = scratch_path(names[i]);
        convert(TRACE, path);
        size_t size = scratch_read(path, bytes, sizeof bytes);
        scratch_bytes(names[i], bytes, size - 3);
        MMSIM(&program, "info", path);
        assert_damage_reported(path, "cut", size - 3);
        bytes[size / 2] ^= 0x10;
        scratch_bytes(names[i], bytes, size);
        MMSIM(&program, "info", path);
        assert_damage_reported(path, "flip", size / 2);
    }
}

/* ---- memory maps ---- */

TEST(a_boot_log_gives_the_memory_map_it_contains)
{
    struct digest of_size = digest_of(TRACE, "--ram", "64M");
    struct digest of_log = digest_of(TRACE, "--memmap", DATA "qemu_64M.e820");
    assert_string_equal(of_log.text, of_size.text);
    assert_string_not_equal(digest_of(TRACE, "--ram", "128M").text, of_size.text);
}

TEST(a_memory_map_without_room_is_a_failed_run)
{
    const char *map = scratch_text(
        "tiny.e820", "BIOS-e820: [mem 0x0000000000400000-0x0000000000403fff] usable\n");

    MMSIM(&program, "compare", TRACE, "--memmap", map);
    assert_int_equal(program.status, 1);
    unsigned strategies = 0;
    while (mm_strategies[strategies] != NULL)
        strategies++;
    assert_int_equal(text_lines(program.err), strategies);
    assert_error_has(&program, "mmsim: brk: the memory map has no room");
    assert_output_has(&program, "NO RESULT: the memory map has no room");
    MMSIM(&program, "replay", TRACE, "--memmap", map, "--strategy", "brk", "--json");
    assert_int_equal(program.status, 1);
    assert_null(json_error(program.out));
    assert_true(json_equals(program.out, "strategy", "\"brk\""));
    assert_int_equal(json_type(program.out, "error"), '"');
    map =
        scratch_text("low.e820", "BIOS-e820: [mem 0x0000000000000000-0x00000000003fffff] usable\n");
    MMSIM(&program, "compare", TRACE, "--memmap", map);
    assert_int_equal(program.status, 2);
    assert_int_equal(text_lines(program.err), 1);
    assert_error_has(&program, "no usable frame between 4 MiB and 4 GiB");
}

/* ---- the table ---- */

TEST(the_table_fits_a_hundred_columns)
{
    static const char *const traces[] = {TRACE, DATA "late.mmt", DATA "heap_low.mmt"};

    for (size_t i = 0; i < sizeof traces / sizeof traces[0]; i++) {
        MMSIM(&program, "compare", traces[i], "--strategies", "window,primary,brk,jump,migrate");
        assert_int_equal(program.status, 0);
        assert_string_equal(program.err, ""); /* no progress bar without a terminal */
        assert_true(text_columns(program.out) <= 100);
        assert_null(strpbrk(program.out, "\033\r\t"));
    }
}

TEST(the_table_explains_the_first_failure)
{
    MMSIM(&program, "compare", TRACE, "--ram", "64M");
    assert_output_has(&program, "RAM 64.0 MiB (--ram)");
    assert_output_has(&program, "first brk_blocked: event 22, kmalloc of 13.0 MiB; 55.8 MiB ");
    assert_output_has(&program, "frame 0x1000, held since event 11 by ring_buffer");
    MMSIM(&program, "compare", DATA "late.mmt", "--ram", "16M");
    assert_output_has(&program, "first no_frames: event 1, kmalloc of 20.0 MiB, at the touch; "
                                "0 B were free");
    MMSIM(&program, "compare", DATA "krealloc.mmt");
    assert_output_has(&program, "nothing failed");
    assert_output_has(&program, "chosen from the trace");
}

int main(void)
{
    setenv("COLUMNS", "100", 1); /* tests/cli/test_terminal.c has other widths */
    return tests_run(NULL, NULL);
}
