/* Headers that announce what no trace has: no command gives memory for a promise. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/program.h"
#include "support/scratch.h"
#include "support/trace_maker.h"
#include "trace/stream_out.h"

#include <stdio.h>
#include <string.h>

#define ARGS_MAX   10
#define MARGIN_KIB 8000

enum { SLOTS_AT = 12, PROCESSES_AT = 16, SITES_AT = 20, EVENTS_AT = 24, PEAK_AT = 32 };

static struct program program;

/* Of each command that opens a trace. T is the trace, O a file to write. */
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

/* The same, and the trace comes through a pipe. */
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

/* Bad input, found out at no cost beside that of any run. */
static void assert_cheap(const char *const line[ARGS_MAX], const char *way, long idle_kib)
{
    if (program.status != 2 || program.out_bytes != 0 || text_lines(program.err) != 1 ||
        program.peak_kib > idle_kib + MARGIN_KIB)
        fail_msg("%s, %s: status %d, %ld KiB, of which %ld for any: %s", line[0], way,
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

/* The trace being made, in every way in which a trace comes. */
static void assert_cheap_every_way(const char *what)
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
    char name[64];

    for (size_t f = 0; f < sizeof forms / sizeof forms[0]; f++) {
        snprintf(name, sizeof name, "%s%s", what, forms[f]);
        const char *path = scratch_path(name);
        write_as(path);
        MMSIM(&program, "--version"); /* starts as large as this process is, as all do */
        long idle_kib = program.peak_kib;
        for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
            run_line(lines[i], path, NULL);
            assert_cheap(lines[i], name, idle_kib);
            run_line(lines[i], "-", path);
            assert_cheap(lines[i], "standard input", idle_kib);
            run_piped(lines[i], path);
            assert_cheap(lines[i], "a pipe", idle_kib);
        }
    }
}

/* One record, of which the header says that it is one of as many as it can count. */
static void make(size_t field, const void *record, size_t bytes)
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

static void slots_that_no_event_makes(void **state)
{
    (void)state;
    make(SLOTS_AT, "\x01\xfe\xff\xff\xff\x0f\x40", 7);
    assert_cheap_every_way("slots");
}

static void processes_that_no_event_makes(void **state)
{
    (void)state;
    make(PROCESSES_AT, "\x08\xfe\xff\xff\xff\x0f", 6);
    assert_cheap_every_way("processes");
}

static void sites_that_nobody_names(void **state)
{
    (void)state;
    make(SITES_AT, "\x21\x00\x40\xff\xff\xff\x07", 7);
    maker_put_le32(SLOTS_AT, 1);
    maker_put_le32(SITES_AT, 1u << 24);
    maker_seal_header();
    assert_cheap_every_way("sites");
}

static void a_header_alone(void **state)
{
    (void)state;
    make(SLOTS_AT, "", 0);
    for (size_t at = SLOTS_AT; at < PEAK_AT + 8; at += 4)
        maker_put_le32(at, at == SITES_AT ? 1u << 24 : UINT32_MAX);
    maker_seal_header();
    maker.bytes = HEADER_BYTES;
    assert_cheap_every_way("alone");
}

/* More slots than are believed of a pipe, and as many events: the end of the stream is waited for.
 */
static void many_slots_of_many_events_are_believed(void **state)
{
    enum { MARKS = 32000, BLOCKS = 33 };
    static char expected[PROGRAM_OUT_BYTES];
    static const char *const line[ARGS_MAX] = {"info", T, "--json"};
    const char *path = scratch_path("many.mmb");
    FILE *file = fopen(path, "wb");

    (void)state;
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slots_that_no_event_makes),
        cmocka_unit_test(processes_that_no_event_makes),
        cmocka_unit_test(sites_that_nobody_names),
        cmocka_unit_test(a_header_alone),
        cmocka_unit_test(many_slots_of_many_events_are_believed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
