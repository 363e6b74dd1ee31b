/* Headers that announce more than the trace has: no command allocates memory for an announcement.
 */
#include "support/program.h"
#include "support/scratch.h"
#include "support/test.h"
#include "support/trace_maker.h"
#include "trace/stream_out.h"

#include <stdio.h>
#include <string.h>

#define ARGS_MAX   10
#define MARGIN_KIB 8000

enum { SLOTS_AT = 12, PROCESSES_AT = 16, SITES_AT = 20, EVENTS_AT = 24, PEAK_AT = 32 };

static struct program program;

/* A command line for each command that opens a trace. T stands for the trace, O for an output file.
 */
#define T "TRACE"
#define O "OUT"
static const char *const lines[][ARGS_MAX] = {
    {"info", T},
    {"convert", T, O},
    {"cut", T, "1..1", "-o", O},
    {"generate", "churn", "--like", T, "--events", "10", "-o", O},
    {"compare", T, "--strategies", "brk"},
    {"replay", T, "--strategy", "brk"},
    {"replay", T, "--strategy", "brk", "--series", O},
    {"thread", T, "--strategies", "brk"},
    {"explain", T, "--strategy", "window"},
    {"advise", T, "--strategies", "brk", "--ram", "16M..16M"},
    {"map", T, "--strategy", "window"},
    {"diff", T, "--strategies", "window,brk"},
    {"reduce", T, "--strategy", "window", "-o", O},
    {"sweep", T, "--ram", "16M..17M", "--strategies", "brk"},
    {"sweep", T, "--strategies", "brk", "--only", "16M"},
};

static void run_line(const char *const line[ARGS_MAX], const char *trace, const char *in)
{
    const char *argv[ARGS_MAX + 2] = {MMSIM_PROGRAM};

    for (size_t i = 0; i < ARGS_MAX && line[i] != NULL; i++)
        argv[i + 1] = strcmp(line[i], T) == 0   ? trace
                      : strcmp(line[i], O) == 0 ? scratch_path("out.mmt")
                                                : line[i];
    program_run(&program, in, NULL, argv);
}

/* Run a command line with the trace in a pipe on standard input. */
static void run_piped(const char *const line[ARGS_MAX], const char *trace)
{
    const char *argv[ARGS_MAX + 7] = {"sh", "-c",  "trace=$1; shift; cat \"$trace\" | \"$@\"",
                                      "sh", trace, MMSIM_PROGRAM};

    for (size_t i = 0; i < ARGS_MAX && line[i] != NULL; i++)
        argv[i + 6] = strcmp(line[i], T) == 0   ? "-"
                      : strcmp(line[i], O) == 0 ? scratch_path("out.mmt")
                                                : line[i];
    program_run(&program, NULL, NULL, argv);
}

/* The trace was refused, and the program took hardly more memory than mmsim --version (idle_kib).
 */
static void assert_refused_cheaply(const char *const line[ARGS_MAX], const char *source,
                                   long idle_kib)
{
    if (program.status != 2 || program.out_bytes != 0 || text_lines(program.err) != 1 ||
        program.peak_kib > idle_kib + MARGIN_KIB)
        fail_msg("%s, %s: status %d, %ld KiB, of which %ld for --version: %s", line[0], source,
                 program.status, program.peak_kib, idle_kib, program.err);
}

static void write_as(const char *path)
{
    struct stream_out out;
    struct sim_error error;

    if (!stream_out_open(&out, path, &error))
        fail_msg("%s", error.text);
    stream_out_write(&out, maker.data, maker.bytes);
    if (!stream_out_close(&out, &error))
        fail_msg("%s", error.text);
}

/* Every command refuses the trace in trace_maker.h's `maker`, in every form and from every source.
 */
static void assert_refused_in_every_form(const char *name)
{
    static const char *const forms[] = {
        ".mmb",
#ifdef HAVE_ZSTD
        ".mmb.zst",
#endif
#ifdef HAVE_LZMA
        ".mmb.xz",
#endif
    };
    char file[64];

    for (size_t f = 0; f < sizeof forms / sizeof forms[0]; f++) {
        snprintf(file, sizeof file, "%s%s", name, forms[f]);
        const char *path = scratch_path(file);
        write_as(path);
        MMSIM(&program,
              "--version"); /* counts the memory of this process, too, as every run does */
        long idle_kib = program.peak_kib;
        for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
            run_line(lines[i], path, NULL);
            assert_refused_cheaply(lines[i], file, idle_kib);
            run_line(lines[i], "-", path);
            assert_refused_cheaply(lines[i], "standard input", idle_kib);
            run_piped(lines[i], path);
            assert_refused_cheaply(lines[i], "a pipe", idle_kib);
        }
    }
}

/* Make a trace of one record. Its header announces the largest numbers of events and of `field`. */
static void make_trace(size_t field, const void *record, size_t bytes)
{
    maker_begin(0, 0);
    maker_put_le32(EVENTS_AT, UINT32_MAX);
    maker_put_le32(field, UINT32_MAX);
    maker_seal_header();
    maker_begin_block();
    maker_put(record, bytes);
    maker_end_block();
    maker_end();
}

TEST(slots_that_no_event_uses_are_refused)
{
    make_trace(SLOTS_AT, "\x01\xfe\xff\xff\xff\x0f\x40", 7);
    assert_refused_in_every_form("slots");
}

TEST(processes_that_no_event_creates_are_refused)
{
    make_trace(PROCESSES_AT, "\x08\xfe\xff\xff\xff\x0f", 6);
    assert_refused_in_every_form("processes");
}

TEST(sites_that_no_record_names_are_refused)
{
    make_trace(SITES_AT, "\x21\x00\x40\xff\xff\xff\x07", 7);
    maker_put_le32(SLOTS_AT, 1);
    maker_put_le32(SITES_AT, 1u << 24);
    maker_seal_header();
    assert_refused_in_every_form("sites");
}

TEST(a_header_without_records_is_refused)
{
    make_trace(SLOTS_AT, "", 0);
    for (size_t at = SLOTS_AT; at < PEAK_AT + 8; at += 4)
        maker_put_le32(at, at == SITES_AT ? 1u << 24 : UINT32_MAX);
    maker_seal_header();
    maker.bytes = HEADER_BYTES;
    assert_refused_in_every_form("alone");
}

/* A header in a pipe may announce this many slots only if the trace has as many events, so mmsim
   reads to the end of the stream. */
TEST(many_slots_are_accepted_if_there_are_as_many_events)
{
    enum { MARKS = 32000, BLOCKS = 33 };
    static char expected[PROGRAM_OUT_BYTES];
    static const char *const line[ARGS_MAX] = {"info", T, "--json"};
    const char *path = scratch_path("many.mmb");
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    maker_begin(MARKS * BLOCKS, 0);
    maker_put_le32(SLOTS_AT, MARKS * BLOCKS);
    maker_seal_header();
    fwrite(maker.data, 1, HEADER_BYTES, file);
    for (uint32_t i = 0; i < BLOCKS; i++) {
        maker.bytes = HEADER_BYTES;
        maker_begin_block();
        maker_put_marks(MARKS);
        maker_end_block();
        fwrite(maker.data + HEADER_BYTES, 1, maker.bytes - HEADER_BYTES, file);
    }
    maker.bytes = HEADER_BYTES;
    maker_end();
    fwrite(maker.data + HEADER_BYTES, 1, maker.bytes - HEADER_BYTES, file);
    assert_int_equal(fclose(file), 0);

    run_line(line, "-", path);
    if (program.status != 0)
        fail_msg("%s", program.err);
    strcpy(expected, program.out);
    run_piped(line, path);
    if (program.status != 0)
        fail_msg("%s", program.err);
    assert_string_equal(program.out, expected);
}
