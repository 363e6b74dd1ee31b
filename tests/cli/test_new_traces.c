/* Commands that make a new trace: cut, reduce, generate, import. */
#include "support/json.h"
#include "support/program.h"
#include "support/scratch.h"
#include "support/test.h"

#include "trace/generate/generate.h"
#include "trace/import/import.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLOCKED "tests/cli/data/brk_blocked.mmt"
#define GCC     "bench/traces/gcc_512.mmb.zst"

static struct program program;

static void assert_done(void)
{
    if (program.status != 0)
        fail_msg("status %d: %s", program.status, program.err);
}

static void assert_done_quietly(void)
{
    assert_done();
    assert_string_equal(program.err, "");
}

/* ---- states of memory ---- */

#define REPORT "tests/trace/data/oom/linux-2.6.txt"

TEST(explain_tells_the_story_of_a_report)
{
    const char *out = scratch_path("state.mmb");

    MMSIM(&program, "import", REPORT, "-o", out);
    assert_done();
    assert_error_has(&program, "imported as `oom`");
    assert_error_has(&program, "zone LOW has the free blocks of Normal: 7.3 MiB, exactly as");
    assert_error_has(&program, "DMA: the watermarks (min, lowmem_reserve) keep what is free");
    assert_error_has(&program, "this holds under zoned with --ram 895M;");
    MMSIM(&program, "explain", out, "--strategy", "zoned", "--ram", "895M");
    assert_done();
    assert_output_has(&program, "asked    pages of order 2, 16.0 KiB, from low, by nfsd\n");
    assert_output_has(&program, "in blocks:  1540 of 4K, 164 of 8K\n");
    assert_output_has(&program, "failed   no_run");
}

TEST(a_state_is_made_for_the_given_machine_and_request)
{
    static const char memmap[] = "BIOS-e820: [mem 0x0000000000100000-0x0000000003ffffff] usable\n";
    const char *out = scratch_path("state.mmb");
    const char *map = scratch_text("machine.e820", memmap);
    const char *buddyinfo = scratch_text("buddyinfo", "Node 0, zone   Normal  90 20 7\n");

    MMSIM(&program, "import", "oom", buddyinfo, "--memmap", map, "--order", "2", "--gfp",
          "GFP_KERNEL|__GFP_COMP", "--strategy", "brk", "-o", out);
    assert_done();
    assert_error_has(&program, "(order 2) of class low, from Normal and below\n  it succeeds\n");
    assert_error_has(&program, "this holds under brk with the given machine;");
    MMSIM(&program, "replay", out, "--memmap", map, "--strategy", "brk", "--json");
    assert_output_has(&program, "\"failures_while_free\": 0");
}

TEST(wrong_orders_for_states_are_refused)
{
    const char *out = scratch_path("state.mmb");
    const struct refused_command commands[] = {
        {{"import", "oom", REPORT, "--gfp", "KERNEL", "-o", out}, "--gfp KERNEL: expected flags"},
        {{"import", "oom", REPORT, "--order", "31", "-o", out}, "--order 31: out of range"},
        {{"import", "oom", REPORT, "--report", "0", "-o", out}, "--report 0: out of range"},
        {{"import", "oom", REPORT, "--report", "2", "-o", out}, "there is no report 2"},
        {{"import", "tests/trace/data/heap_old.rep", "--order", "1", "-o", out},
         "the format mdriver takes no --report, --order"},
        {{"generate", "fragmented", "-o", out}, "needs --unusable ORDER=INDEX"},
        {{"generate", "fragmented", "--unusable", "4", "-o", out}, "expected ORDER=INDEX"},
        {{"generate", "fragmented", "--unusable", "11=0.5", "-o", out}, "largest order is 10"},
        {{"generate", "fragmented", "--unusable", "4=1.5", "-o", out}, "the number is above 1"},
        {{"generate", "fragmented", "--unusable", "0=0.5", "-o", out}, "at order 0 the index is"},
        {{"generate", "fragmented", "--unusable", "4=0.5,4=0.6", "-o", out}, "given twice"},
        {{"generate", "fragmented", "--unusable", "4=0.5", "--unusable", "9=0.4", "-o", out},
         "the index cannot fall"},
        {{"generate", "fragmented", "--unusable", "4=0.5", "--pinned", "x", "-o", out},
         "--pinned x: expected a number from 0 to 1"},
        {{"generate", "fragmented", "--unusable", "4=0.5", "--live", "2M", "-o", out},
         "the profile fragmented takes no --live"},
        {{"generate", "churn", "--pinned", "0.5", "-o", out},
         "the profile churn takes no --pinned"},
    };

    ASSERT_COMMANDS_REFUSED(commands);
}

TEST(indices_may_be_named_in_one_option_or_in_several)
{
    static char first[PROGRAM_ERR_BYTES];
    const char *out = scratch_path("state.mmb");

    MMSIM(&program, "generate", "fragmented", "--unusable", "3=0.25, 8=0.75", "--ram", "24M", "-o",
          out);
    assert_done();
    assert_error_has(&program, "under zoned with --ram 24M: ");
    strcpy(first, program.err);
    MMSIM(&program, "generate", "fragmented", "--unusable", "8=0.75", "--ram", "24M", "--unusable",
          "3=0.25", "-o", out);
    assert_done();
    assert_string_equal(program.err, first);
}

/* ---- cut ---- */

TEST(cut_writes_to_standard_output)
{
    MMSIM(&program, "cut", BLOCKED, "21..22", "--needed", "-o", "-");
    assert_done_quietly();
    assert_string_equal(program.out,
                        "mmtrace 1\nmark live before event 21\npages 10 10 @readahead\n"
                        "mark from here on: event 21\nfree_pages 10\n"
                        "kmalloc 12 13631488 @module_load\n");
}

TEST(cut_reads_standard_input_and_writes_compressed)
{
    const char *out = scratch_path("out.mmb.xz");

    program_run(&program, BLOCKED, NULL,
                (const char *const[]){MMSIM_PROGRAM, "cut", "-", "12..", "-o", out, NULL});
    assert_done();
    MMSIM(&program, "convert", out, "-");
    assert_int_equal(text_lines(program.out), 1 + 2 + 11 + 13);
}

TEST(cut_refuses_bad_ranges_and_names)
{
    const char *out = scratch_path("out.txt");
    const struct refused_command commands[] = {
        {{"cut", BLOCKED, "1..25", "-o", "-"}, ": 1..25: out of range: the trace has 24 events\n"},
        {{"cut", BLOCKED, "5", "-o", "-"},
         ": 5: not a range of events, such as 100..200, 2M.. or ..1e6\n"},
        {{"cut", BLOCKED, "5..4", "-o", "-"},
         ": 5..4: events are numbered from 1, and FROM is not above TO\n"},
        {{"cut", BLOCKED, "1..1k", "-o", "-"}, ": 1..1k: out of range: the trace has 24 events\n"},
        {{"cut", BLOCKED, "1.."}, "cut needs -o OUT"},
        {{"cut", BLOCKED, "1..", "-o", out}, "the name must end in .mmt"},
    };

    ASSERT_COMMANDS_REFUSED(commands);
    assert_int_not_equal(access(out, F_OK), 0);
}

/* ---- reduce ---- */

/* The trace of a real kernel is reduced to one event, and the command that reduce prints repeats
 * the failure. */
TEST(reduce_keeps_one_event_of_half_a_million)
{
    const char *out = scratch_path("reduced.mmt");
    char command[256];

    MMSIM(&program, "reduce", GCC, "--strategy", "window", "-o", out);
    assert_done();
    assert_string_equal(program.out, "");
    snprintf(command, sizeof command, "\nmmsim replay %s --strategy window --ram 8M\n", out);
    assert_error_has(&program, "unsupported at event 17, kept in 1 event");
    assert_error_has(&program, command);
    MMSIM(&program, "convert", out, "-");
    assert_string_equal(program.out, "mmtrace 1\nmark reduced: its last event fails with "
                                     "--strategy window --ram 8M for unsupported\n"
                                     "pages 1 1 @comm:run.sh\n");
    MMSIM(&program, "replay", out, "--strategy", "window", "--ram", "8M");
    assert_output_has(&program, "first unsupported: event 2, pages of 8.0 KiB");
}

TEST(reduce_keeps_the_page_that_blocks_brk)
{
    MMSIM(&program, "reduce", BLOCKED, "--strategy", "brk", "--ram", "64M", "-o", "-");
    assert_done();
    assert_true(text_lines(program.out) <= 5);
    assert_output_has(&program, "@module_load\n");
    assert_error_has(&program, "brk_blocked at event 22, kept in ");
}

TEST(reduce_finds_the_least_ram_the_same_each_time)
{
    static struct program again;

    MMSIM(&program, "reduce", BLOCKED, "--strategy", "brk", "-o", "-");
    assert_done();
    assert_output_has(&program, "fails with --strategy brk --ram 8M for brk_blocked\n");
    assert_true(text_lines(program.out) <= 5);
    MMSIM(&again, "reduce", BLOCKED, "--strategy", "brk", "-o", "-");
    assert_string_equal(again.out, program.out);
    assert_string_equal(again.err, program.err);
}

TEST(reduce_names_the_memory_map_in_its_mark)
{
    MMSIM(&program, "reduce", "tests/cli/data/zones.mmt", "--strategy", "brk", "--keeps", "zone",
          "--memmap", "tests/cli/data/zones.e820", "-o", "-");
    assert_done();
    assert_output_has(&program, "mark reduced: its last event fails with --strategy "
                                "brk --memmap tests/cli/data/zones.e820 for zone\n");
    assert_true(text_lines(program.out) <= 10);
}

TEST(reduce_refuses_a_trace_without_a_failure_and_bad_options)
{
    const char *out = scratch_path("none.mmt");
    const struct refused_command commands[] = {
        {{"reduce", GCC, "--strategy", "brk", "--ram", "128M", "-o", out},
         ": " GCC ": nothing fails under brk with 128.0 MiB of RAM\n"},
        {{"reduce", GCC, "--strategy", "brk", "--keeps", "hope", "-o", out},
         ": --keeps hope: expected failure, crash, or a cause, such as no_run\n"},
        {{"reduce", GCC, "--strategy", "brk"}, "reduce needs -o OUT"},
        {{"reduce", GCC, "-o", out}, "reduce needs --strategy NAME"},
    };

    ASSERT_COMMANDS_REFUSED(commands);
    assert_int_not_equal(access(out, F_OK), 0);
}

/* ---- generate ---- */

TEST(each_profile_makes_as_many_events_as_are_asked_for)
{
    for (const struct profile *profile = profiles; profile->name != NULL; profile++) {
        const char *path = scratch_path("events.mmb");

        MMSIM(&program, "generate", profile->name, "--events", "1234", "-o", path);
        assert_done_quietly();
        assert_string_equal(program.out, "");
        MMSIM(&program, "info", "--json", path);
        assert_true(json_u64(program.out, "events") == 1234);
    }
}

TEST(generate_writes_text_to_standard_output)
{
    static char text[PROGRAM_OUT_BYTES];
    size_t bytes;

    MMSIM(&program, "generate", "churn", "--events", "50", "--seed", "7", "-o", "-");
    assert_done_quietly();
    assert_int_equal(text_lines(program.out), 51);
    assert_int_equal(strncmp(program.out, "mmtrace 1\nkmalloc 1 ", 20), 0);
    strcpy(text, program.out);
    MMSIM(&program, "generate", "churn", "--events", "50", "--seed", "7", "-o",
          scratch_path("same.mmt"));
    bytes = scratch_read(scratch_path("same.mmt"), program.out, sizeof program.out - 1);
    program.out[bytes] = '\0';
    assert_string_equal(program.out, text);
    MMSIM(&program, "generate", "churn", "--events", "50", "--seed", "8", "-o", "-");
    assert_string_not_equal(program.out, text);
}

TEST(the_seed_is_1_unless_given)
{
    static char text[PROGRAM_OUT_BYTES];

    MMSIM(&program, "generate", "leak", "--events", "500", "-o", "-");
    assert_done_quietly();
    strcpy(text, program.out);
    MMSIM(&program, "generate", "leak", "--events", "500", "--seed", "1", "-o", "-");
    assert_string_equal(program.out, text);
}

TEST(generate_follows_like_and_live)
{
    const char *source = scratch_text("source.mmt", "mmtrace 1\nkmalloc 1 777 @only\nkfree 1\n");
    const char *path = scratch_path("like.mmb");
    const struct {
        const char *live;
        uint64_t least_bytes;
    } rows[] = {{"1M", 0x100000}, {"4MiB", 0x400000}};

    MMSIM(&program, "generate", "churn", "--like", source, "--events", "4", "-o", "-");
    assert_done_quietly();
    assert_string_equal(program.out, "mmtrace 1\nkmalloc 1 777 @only\nkfree 1\n"
                                     "kmalloc 2 777 @only\nkfree 2\n");
    for (size_t i = 0; i < 2; i++) {
        MMSIM(&program, "generate", "window-filler", "--events", "3000", "--live", rows[i].live,
              "-o", path);
        assert_done_quietly();
        MMSIM(&program, "info", "--json", path);
        uint64_t peak_bytes = json_u64(program.out, "peak_live_bytes");
        assert_in_range(peak_bytes, rows[i].least_bytes, rows[i].least_bytes + 0x40000);
    }
}

/* Returns the text with each run of blanks and newlines as one blank. */
static const char *one_line(const char *text)
{
    static char line[PROGRAM_OUT_BYTES];
    size_t bytes = 0;

    for (; *text != '\0'; text++) {
        bool blank = *text == ' ' || *text == '\n';
        if (!blank || (bytes > 0 && line[bytes - 1] != ' '))
            line[bytes++] = blank ? ' ' : *text;
    }
    line[bytes] = '\0';
    return line;
}

TEST(help_describes_each_profile)
{
    MMSIM(&program, "generate", "--help");
    assert_done_quietly();
    for (const struct profile *profile = profiles; profile->name != NULL; profile++) {
        assert_output_has(&program, profile->name);
        assert_non_null(strstr(one_line(program.out), profile->does));
        assert_non_null(strstr(one_line(program.out), profile->hurts));
    }
}

TEST(generate_refuses_bad_words_and_numbers)
{
    const char *out = scratch_path("never.mmb");
    const struct refused_command commands[] = {
        {{"generate"}, "generate needs a PROFILE"},
        {{"generate", "churn"}, "generate needs -o OUT"},
        {{"generate", "nix", "-o", out}, "no profile 'nix'; the profiles are churn, phases,"},
        {{"generate", "churn", "-o", "never.txt"},
         "never.txt: the name must end in .mmt (text) or .mmb (binary)"},
        {{"generate", "churn", "--events", "0", "-o", out}, "mmsim: --events 0: "},
        {{"generate", "churn", "--events", "", "-o", out}, "mmsim: --events : "},
        {{"generate", "churn", "--events", "-1", "-o", out}, "mmsim: --events -1: "},
        {{"generate", "churn", "--events", "1x", "-o", out}, "mmsim: --events 1x: "},
        {{"generate", "churn", "--events", "1000000000000000000000", "-o", out},
         "mmsim: --events 1000000000000000000000: "},
        {{"generate", "churn", "--seed", "x", "-o", out}, "--seed x: not a count"},
        {{"generate", "churn", "--live", "1000K", "-o", out},
         "--live 1000K: out of range: expected 1M to 3G"},
        {{"generate", "churn", "--live", "4G", "-o", out},
         "--live 4G: out of range: expected 1M to 3G"},
        {{"generate", "churn", "--live", "much", "-o", out}, "--live much: "},
        {{"generate", "churn", "--like", "/nonexistent.mmb", "-o", out},
         "/nonexistent.mmb: cannot open"},
    };

    ASSERT_COMMANDS_REFUSED(commands);
    assert_int_not_equal(access(out, F_OK), 0);
}

/* ---- import: the commands that `mmsim import --help` shows, for the heap of a program ---- */

static void skip_unless(const char *command, const char *package)
{
    program_run(&program, NULL, NULL, (const char *const[]){"sh", "-c", command, NULL});
    if (program.status == 0)
        return;
    print_message("skipped: needs %s\n", package);
    skip();
}

/* Run the commands that the help shows for a format, with mmsim of this build, and with the scratch
 * folder in place of /tmp. They record the heap of ls. */
static void run_recipe(const char *format)
{
    static const char script[] =
        "PATH=$(realpath \"$(dirname \"$1\")\"):$PATH; directory=$(dirname \"$2\")\n"
        "bash -c \"set -e -o pipefail\n$(printf %s \"$3\" | sed \"s:/tmp/:$directory/:g\")\"";

    program_run(&program, NULL, NULL,
                (const char *const[]){"sh", "-c", script, "sh", MMSIM_PROGRAM,
                                      scratch_path("ls.mmb"), importer_find(format)->recipe, NULL});
    assert_done();
}

/* The trace of ls has many blocks, and can be replayed. */
static void assert_heap_of_ls(void)
{
    size_t bytes;

    MMSIM(&program, "info", scratch_path("ls.mmb"), "--json");
    assert_done();
    assert_true(strtoul(json_find(program.out, "by_kind.kmalloc", &bytes), NULL, 10) > 20);
    MMSIM(&program, "replay", scratch_path("ls.mmb"), "--strategy", "brk", "--json");
    assert_done();
}

TEST(the_recipe_for_valgrind_works)
{
    skip_unless("command -v valgrind", "Valgrind");
    run_recipe("valgrind");
    assert_heap_of_ls();
}

TEST(the_recipe_for_mtrace_works)
{
    skip_unless("test -z \"$(LD_PRELOAD=libc_malloc_debug.so.0 true 2>&1)\"",
                "glibc's libc_malloc_debug.so.0");
    scratch_path("mtrace.so"); /* so that both files are removed with the scratch folder */
    scratch_path("mtrace.log");
    run_recipe("mtrace");
    assert_heap_of_ls();
}
