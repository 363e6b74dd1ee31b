/*
 * Each command prints the same for a trace in any form (text, binary, compressed) and from any
 * source (a file, standard input, a pipe). A long trace takes no more memory than a short one.
 * Damage in the middle of a trace leaves no result.
 */
#include "support/program.h"
#include "support/scratch.h"
#include "support/test.h"
#include "support/trace_maker.h"

#include "command/commands.h"
#include "replay/crc32.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SMALL     "tests/cli/data/brk_blocked.mmt"
#define ARGS_MAX  10
#define TRACE     "TRACE" /* where the trace's name goes in a command */
#define OUT_BYTES PROGRAM_OUT_BYTES

static struct program program;

static const char *convert(const char *in, const char *name)
{
    const char *out = scratch_path(name);

    MMSIM(&program, "convert", in, out);
    if (program.status != 0)
        fail_msg("convert %s: %s", in, program.err);
    return out;
}

/* ---- every command, form and source ---- */

struct line {
    const char *words[ARGS_MAX];
    bool times; /* takes long, and prints times in all lines except the first */
};

/* Every command that takes a TRACE has a line here, except those without a result on standard
 * output: `watch` needs a terminal, and `report` writes a page to a file. */
static const struct line lines[] = {
    {{"compare", TRACE, "--strategies", "brk,zoned"}, false},
    {{"compare", TRACE, "--strategies", "brk,zoned", "--json"}, false},
    {{"replay", TRACE, "--strategy", "brk"}, false},
    {{"replay", TRACE, "--strategy", "jump", "--json"}, false},
    {{"thread", TRACE, "--strategies", "brk"}, true},
    {{"explain", TRACE, "--strategy", "brk", "--ram", "64M"}, false},
    {{"map", TRACE, "--strategy", "brk", "--ram", "64M"}, false},
    {{"advise", TRACE, "--strategies", "brk", "--ram", "24M..26M"}, true},
    {{"info", TRACE}, false},
    {{"info", TRACE, "--json"}, false},
    {{"sweep", TRACE, "--ram", "8M..12M", "--strategies", "jump", "--json"}, false},
    {{"diff", TRACE, "--strategies", "brk,zoned", "--ram", "64M"}, false},
    {{"cut", TRACE, "2..9", "-o", "-"}, false},
    {{"reduce", TRACE, "--strategy", "brk", "--keeps", "failure", "-o", "-"}, false},
    {{"generate", "churn", "--events", "1000", "--like", TRACE, "-o", "-"}, false},
    {{"convert", TRACE, "-"}, false},
};
#define LINES (sizeof lines / sizeof lines[0])

static const char *const files[] = {
    "small.mmt",     "small.mmb",
#ifdef HAVE_ZSTD
    "small.mmt.zst", "small.mmb.zst",
#endif
#ifdef HAVE_LZMA
    "small.mmt.xz",  "small.mmb.xz",
#endif
};
#define FILES (sizeof files / sizeof files[0])

TEST(every_command_that_takes_a_trace_is_listed)
{
    for (const struct command *const *command = commands; *command != NULL; command++) {
        const char *name = (*command)->name;
        bool listed = strstr((*command)->synopsis, TRACE) == NULL || strcmp(name, "watch") == 0 ||
                      strcmp(name, "report") == 0;

        for (size_t i = 0; i < LINES && !listed; i++)
            listed = strcmp(lines[i].words[0], name) == 0;
        if (!listed)
            fail_msg("%s takes a TRACE, and has no line in this test", name);
    }
}

/* Remove each piece of the text that starts with `from`, up to the `to` that follows. */
static void cut_out(char *text, const char *from, const char *to)
{
    for (char *at = strstr(text, from); at != NULL; at = strstr(at, from)) {
        char *end = strstr(at + strlen(from), to);

        if (end == NULL)
            return;
        memmove(at, end, strlen(end) + 1);
    }
}

/* Returns the output without the name of the trace, and without times. */
static const char *comparable_output(const char *name, bool times)
{
    static char text[OUT_BYTES];
    char *rest = program.out;
    char *at;

    text[0] = '\0';
    while ((at = strstr(rest, name)) != NULL) {
        strncat(text, rest, (size_t)(at - rest));
        strcat(text, TRACE);
        rest = at + strlen(name);
    }
    strcat(text, rest);
    cut_out(text, "time per event", "\n");
    cut_out(text, "\"cost\": {", "}");
    if (times)
        text[strcspn(text, "\n")] = '\0';
    return text;
}

enum source { BY_NAME, STANDARD_INPUT, PIPE };

/* `out` is that of program_run(). */
static void run_line(const char *const line[ARGS_MAX], const char *path, const char *out,
                     enum source source)
{
    static const char *const piped[] = {"sh", "-c", "f=$1; shift; cat \"$f\" | \"$@\"", "sh"};
    const char *argv[ARGS_MAX + 7];
    size_t count = 0;

    for (size_t i = 0; source == PIPE && i < 4; i++)
        argv[count++] = piped[i];
    if (source == PIPE)
        argv[count++] = path;
    argv[count++] = MMSIM_PROGRAM;
    for (size_t i = 0; i < ARGS_MAX && line[i] != NULL; i++)
        argv[count++] = strcmp(line[i], TRACE) != 0 ? line[i] : source == BY_NAME ? path : "-";
    argv[count] = NULL;
    program_run(&program, source == STANDARD_INPUT ? path : NULL, out, argv);
}

static void assert_same_output(const struct line *line, const char *path, enum source source,
                               const char *expected)
{
    run_line(line->words, path, NULL, source);
    const char *text = comparable_output(source == BY_NAME ? path : "standard input", line->times);
    if (program.status != 0 || strcmp(text, expected) != 0)
        fail_msg("%s %s, source %d: status %d: %s%s\nexpected %s", line->words[0], path,
                 (int)source, program.status, program.err, text, expected);
}

/* Each file is opened by name in every other line, and comes through a pipe in the others. */
static void assert_same_from_every_source(const struct line *line, const char *expected)
{
    size_t number = (size_t)(line - lines);

    if (line->times) {
        assert_same_output(line, scratch_path(files[FILES - 1]), PIPE, expected);
        return;
    }
    assert_same_output(line, scratch_path(files[1]), STANDARD_INPUT, expected);
    for (size_t f = 0; f < FILES; f++)
        assert_same_output(line, scratch_path(files[f]), (f + number) % 2 == 0 ? PIPE : BY_NAME,
                           expected);
}

TEST(every_command_reads_every_form_from_every_source)
{
    static char expected[OUT_BYTES];

    for (size_t f = 0; f < FILES; f++)
        convert(SMALL, files[f]);
    for (size_t i = 0; i < LINES; i++) {
        run_line(lines[i].words, scratch_path(files[0]), NULL, BY_NAME);
        assert_int_equal(program.status, 0);
        strcpy(expected, comparable_output(scratch_path(files[0]), lines[i].times));
        assert_true(strlen(expected) > 10);
        assert_same_from_every_source(&lines[i], expected);
    }
}

/* ---- long traces ---- */

#define PAIRS       1000u /* of a kmalloc and its kfree, which take five bytes */
#define MARKS       58u
#define EVENTS      (2u * PAIRS + MARKS)
#define BLOCK_BYTES (8u + 5u * PAIRS + (3u + MARK_TEXT_MAX) * MARKS)

/* Make a trace that repeats one block of 65 KB. The block frees all that it allocates; most of its
   bytes are marks. */
static const char *make_long(const char *name, uint32_t blocks)
{
    const char *path = scratch_path(name);
    FILE *file = fopen(path, "wb");
    char text[MARK_TEXT_MAX];

    assert_non_null(file);
    memset(text, 'x', sizeof text);
    maker_begin(EVENTS * blocks, 0);
    maker_begin_block();
    for (uint32_t i = 0; i < PAIRS; i++)
        maker_put("\x01\x05\x40\x03\x05", 5);
    for (uint32_t i = 0; i < MARKS; i++) {
        maker_put("\x0e\x80\x08", 3);
        maker_put(text, sizeof text);
    }
    maker_end_block();
    fwrite(maker.data, 1, HEADER_BYTES, file);
    for (uint32_t i = 0; i < blocks; i++)
        fwrite(maker.data + HEADER_BYTES, 1, BLOCK_BYTES, file);
    for (uint32_t i = 1; i < blocks; i++)
        maker.block_crcs = crc32(maker.block_crcs, maker.data + HEADER_BYTES + 4, 4);
    maker_end();
    fwrite(maker.data + HEADER_BYTES + BLOCK_BYTES, 1, 8, file);
    assert_int_equal(fclose(file), 0);
    return path;
}

#ifdef HAVE_ZSTD
#define COMPRESSED ".mmb.zst"
#else
#define COMPRESSED ".mmb"
#endif

#define MARGIN_KIB 5000 /* zstd keeps a window of 4 MiB */

static void assert_constant_memory(const char *const line[ARGS_MAX], const char *short_path,
                                   const char *long_path, enum source source)
{
    run_line(line, short_path, "/dev/null", source);
    long short_kib = program.peak_kib;
    run_line(line, long_path, "/dev/null", source);
    if (program.status != 0 || program.peak_kib > short_kib + MARGIN_KIB)
        fail_msg("%s %s, source %d: status %d, %ld KiB, of which the short one's %ld: %s", line[0],
                 long_path, (int)source, program.status, program.peak_kib, short_kib, program.err);
}

/* The long trace has 330,000 events in 10 MB, the short one a twentieth. */
TEST(memory_does_not_grow_with_the_length_of_a_trace)
{
    static const char *const streaming[][ARGS_MAX] = {
        {"replay", TRACE, "--strategy", "brk"},
        {"compare", TRACE, "--strategies", "brk"},
        {"info", TRACE},
        {"convert", TRACE, "-"},
    };
    const char *short_path = make_long("short.mmb", 8);
    const char *long_path = make_long("long.mmb", 160);
    const char *short_compressed = convert(short_path, "short" COMPRESSED);
    const char *long_compressed = convert(long_path, "long" COMPRESSED);

    for (size_t i = 0; i < sizeof streaming / sizeof streaming[0]; i++) {
        assert_constant_memory(streaming[i], short_path, long_path, BY_NAME);
        assert_constant_memory(streaming[i], short_path, long_path, PIPE);
        assert_constant_memory(streaming[i], short_compressed, long_compressed, BY_NAME);
    }
}

/* compare reads the trace once for each strategy, so a trace in a pipe needs a temporary file. */
TEST(only_several_passes_over_a_pipe_need_a_temporary_file)
{
    static const char *const replay[ARGS_MAX] = {"replay", TRACE, "--strategy", "brk"};
    static const char *const compare[ARGS_MAX] = {"compare", TRACE};
    const char *path = make_long("spool.mmb", 8);
    const char *compressed = convert(path, "spool" COMPRESSED);

    setenv("TMPDIR", "/no/such/directory", 1);
    run_line(replay, compressed, NULL, BY_NAME);
    assert_int_equal(program.status, 0);
    run_line(replay, path, NULL, PIPE);
    assert_int_equal(program.status, 0);
    run_line(compare, path, NULL, PIPE);
    unsetenv("TMPDIR");
    assert_int_equal(program.status, 1);
    assert_error_has(&program, "no temporary file in /no/such/directory: ");
}

/* ---- damage in the middle ---- */

static void assert_no_result(const char *path, const char *reason)
{
    static const char *const reading[][ARGS_MAX] = {
        {"replay", TRACE, "--strategy", "brk"},
        {"compare", TRACE, "--json"},
        {"info", TRACE},
    };
    char start[160];

    snprintf(start, sizeof start, "mmsim: %s: offset ", path);
    for (size_t i = 0; i < sizeof reading / sizeof reading[0]; i++) {
        run_line(reading[i], path, NULL, BY_NAME);
        if (program.status != 2 || strstr(program.err, start) != program.err ||
            strstr(program.err, reason) == NULL || text_lines(program.err) != 1 ||
            program.out_bytes != 0)
            fail_msg("%s %s: status %d: %s%s", reading[i][0], path, program.status, program.err,
                     program.out);
    }
}

#ifdef HAVE_ZLIB

/* Packs a file with gzip(1), which every Debian has. */
static const char *gzipped(const char *path)
{
    static char packed[512];

    snprintf(packed, sizeof packed, "%s.gz", path);
    program_run(&program, path, packed, (const char *const[]){"gzip", "-c", NULL});
    assert_int_equal(program.status, 0);
    return packed;
}

/* The information about a trace, without the name of its file. */
static const char *info_of(const char *path)
{
    static char texts[2][sizeof program.out];
    static unsigned turn;
    char *text = texts[turn++ % 2];

    MMSIM(&program, "info", path);
    if (program.status != 0)
        fail_msg("%s", program.err);
    strcpy(text, program.out);
    return strchr(text, ':') != NULL ? strchr(text, ':') : text;
}

TEST(gzip_is_read_member_by_member)
{
    static char bytes[20 * BLOCK_BYTES + 100];
    const char *whole = make_long("gzip.mmb", 20);
    const char *packed = gzipped(whole);
    size_t size;

    assert_string_equal(info_of(packed), info_of(whole));
    size = scratch_read(packed, bytes, sizeof bytes);
    assert_no_result(scratch_bytes("cut.mmb.gz", bytes, size / 2),
                     ": cut short: the file ends inside the gzip data");
    bytes[size - 6] = (char)~bytes[size - 6]; /* in the checksum of the member */
    assert_no_result(scratch_bytes("flipped.mmb.gz", bytes, size), ": damaged gzip data: ");

    static const char *const members[] = {"", "mmtrace 1\nkmalloc 1", "", " 100\n", ""};
    size = 0;
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        size += scratch_read(gzipped(scratch_text("member", members[i])), bytes + size,
                             sizeof bytes - size);
    assert_string_equal(info_of(scratch_bytes("members.gz", bytes, size)),
                        info_of(scratch_text("members.mmt", "mmtrace 1\nkmalloc 1 100\n")));
}

#endif

TEST(damage_in_the_middle_leaves_no_result)
{
    static char bytes[20 * BLOCK_BYTES + 100];
    const char *whole = make_long("whole.mmb", 20);
    size_t size = scratch_read(whole, bytes, sizeof bytes);

    assert_no_result(scratch_bytes("cut.mmb", bytes, size / 2), ": cut short: inside a block");
    bytes[size / 2] ^= 1;
    assert_no_result(scratch_bytes("flipped.mmb", bytes, size),
                     ": the checksum of a block is wrong");
#ifdef HAVE_ZSTD
    size = scratch_read(convert(whole, "whole.mmb.zst"), bytes, sizeof bytes);
    assert_no_result(scratch_bytes("cut.mmb.zst", bytes, size / 2),
                     ": cut short: the file ends inside the zstd data");
#endif
#ifdef HAVE_LZMA
    size = scratch_read(convert(whole, "whole.mmb.xz"), bytes, sizeof bytes);
    assert_no_result(scratch_bytes("cut.mmb.xz", bytes, size / 2),
                     ": cut short: the file ends inside the xz data");
#endif
}
