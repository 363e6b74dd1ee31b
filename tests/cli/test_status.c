/* The exit status and the messages of every command, with good and with bad arguments, and with
 * traces that make no sense. */
#include "support/program.h"
#include "support/scratch.h"
#include "support/test.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define DATA      "tests/cli/data/"
#define GOOD      DATA "orders.mmt"
#define WORDS_MAX 8u

static struct program program;

static void run(const char *const words[WORDS_MAX], const char *in, const char *out)
{
    const char *argv[WORDS_MAX + 2u] = {MMSIM_PROGRAM};

    for (size_t i = 0; i < WORDS_MAX && words[i] != NULL; i++)
        argv[i + 1] = words[i];
    program_run(&program, in, out, argv);
}

static void assert_plain_text(const char *text)
{
    assert_null(strchr(text, '\033'));
    assert_null(strchr(text, '\r'));
}

/* ---- good arguments ---- */

static const char *const good_commands[][WORDS_MAX] = {
    {"--help"},
    {"-h"},
    {"-V"},
    {"help"},
    {"help", "exit-status"},
    {"help", "json"},
    {"compare", "-h"},
    {"completion", "bash"},
    {"completion", "zsh"},
    {"completion", "fish"},
    {"layout", "--strategies", "brk"},
    {"explain", GOOD, "--strategy", "brk"},
    {"advise", GOOD, "--strategies", "brk", "--ram", "64M..64M"},
    {"map", GOOD, "--strategy", "brk"},
    {"map", "--at=end", GOOD, "--strategy=zoned", "--frames"},
    {"diff", GOOD, "--strategies", "brk,jump"},
    {"sweep", GOOD, "--ram", "32M..34M", "--strategies", "brk"},
    {"help", "convert"},
    {"--version"},
    {"strategies"},
    {"compare", GOOD},
    {"compare", "--json", GOOD},
    {"compare", GOOD, "--ram", "64M", "--strategies", "brk"},
    {"compare", GOOD, "--ram=64MiB", "--strategies=brk,window"},
    {"compare", "--strategies", "brk, window", GOOD},
    {"compare", "--strategies", "brk,", "window,", "jump", GOOD},
    {"compare", "--json", "--", GOOD},
    {"compare", GOOD, "--memmap", DATA "zones.e820"},
    {"replay", GOOD, "--strategy", "window"},
    {"replay", "--strategy=primary", "--ram", "1G", GOOD, "--json"},
    {"thread", GOOD, "--ram", "64M", "--strategies", "brk"},
    {"thread", "--json", GOOD, "--memmap", DATA "zones.e820", "--strategies=window"},
    {"info", GOOD},
    {"info", GOOD, "--json"},
    {"convert", GOOD, "-"},
    {"strategies", "--help"},
    {"compare", "--help"},
    {"replay", "--help"},
    {"thread", "--help"},
    {"info", "--help"},
    {"import", "--help"},
    {"convert", "--help"},
};

#define GOOD_COUNT (sizeof good_commands / sizeof good_commands[0])

TEST(good_commands_print_a_result_and_no_message)
{
    for (size_t i = 0; i < GOOD_COUNT; i++) {
        run(good_commands[i], NULL, NULL);
        if (program.status != 0 || program.out_bytes == 0 || program.err_bytes != 0)
            fail_msg("mmsim %s %s: status %d: %s", good_commands[i][0],
                     good_commands[i][1] ? good_commands[i][1] : "", program.status, program.err);
        assert_plain_text(program.out);
    }
}

TEST(help_describes_every_option)
{
    static const char *const parts[][4] = {
        {"compare", "--ram", "--memmap", "--strategies A,B"},
        {"replay", "--strategy NAME", "--memmap", "--json"},
        {"replay", "--tlb", "64x4,8x4", "--check-tlb"},
        {"thread", "TRACE", "--memmap", "--strategies A,B"},
        {"info", "TRACE", "--json", "standard"},
        {"import", "ftrace", "-o, --output OUT", ".mmb"},
        {"import", "--lenient", "perf record -e 'kmem:*' -a", "trace-cmd record -e kmem"},
        {"convert", "IN", "OUT", ".mmt"},
        {"strategies", "List", "usage: mmsim strategies", ""},
    };

    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        MMSIM(&program, parts[i][0], "--help");
        for (size_t word = 0; word < 4; word++)
            assert_output_has(&program, parts[i][word]);
        assert_true(text_columns(program.out) <= 80);
    }
    MMSIM(&program, "--help");
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        assert_output_has(&program, parts[i][0]);
    assert_true(text_columns(program.out) <= 80);
}

TEST(a_result_that_cannot_be_written_is_a_failed_run)
{
    for (size_t i = 0; i < GOOD_COUNT; i++) {
        run(good_commands[i], NULL, "/dev/full");
        if (program.status != 1)
            fail_msg("mmsim %s %s: status %d", good_commands[i][0],
                     good_commands[i][1] ? good_commands[i][1] : "", program.status);
        assert_int_equal(text_lines(program.err), 1);
        assert_error_has(&program, "standard output: cannot write: No space left on device");
    }
}

TEST(a_lenient_import_skips_bad_lines)
{
    const char *log = scratch_text("bad.txt", "hello\n a-1 [000] ..... 1.0: mm_page_alloc: page=c1 "
                                              "pfn=0x5 order=0 migratetype=0 gfp_flags=0xcca\n");

    MMSIM(&program, "import", "ftrace", log, "-o", "-");
    assert_int_equal(program.status, 2);
    assert_error_has(&program, "bad.txt:1: not a line of ftrace's text: 'hello'");
    MMSIM(&program, "import", "ftrace", log, "-o", "-", "--lenient");
    assert_int_equal(program.status, 0);
    assert_error_has(&program, "2 lines, 1 events");
    assert_error_has(&program, "1  line that makes no sense: skipped");
    assert_error_has(&program, "the first one that was skipped is line 1: not a line of ftrace's");
}

TEST(an_import_that_keeps_nothing_is_a_failed_run)
{
    const char *log = scratch_text("frees.txt", " a-1 [000] ..... 1.0: kfree: ptr=c1000000\n");

    MMSIM(&program, "import", "ftrace", log, "-o", "-");
    assert_int_equal(program.status, 1);
    assert_error_has(&program, "1 lines, 0 events");
    assert_error_has(&program, "none of its 1 lines became an event");
    MMSIM(&program, "import", "ftrace", log, "-o", "-", "--lenient");
    assert_int_equal(program.status, 0);
}

TEST(an_import_says_which_format_it_has_recognised)
{
    const char *log = scratch_text("log.txt", "[0x8048100] + 0x9000008 0x20\n");

    MMSIM(&program, "import", log, "-o", "-");
    assert_int_equal(program.status, 0);
    assert_error_has(&program, "a log of glibc's mtrace, imported as `mtrace`");
    MMSIM(&program, "import", "auto", log, "-o", "-");
    assert_int_equal(program.status, 0);
}

TEST(an_import_that_cannot_be_written_is_a_failed_run)
{
    const char *log =
        scratch_text("log.txt", " a-1 [000] ..... 1.0: mm_page_alloc: page=c1 pfn=0x5 "
                                "order=0 migratetype=0 gfp_flags=GFP_KERNEL\n");

    MMSIM(&program, "import", "ftrace", log, "-o", "-");
    assert_int_equal(program.status, 0);
    program_run(&program, NULL, "/dev/full",
                (const char *const[]){MMSIM_PROGRAM, "import", "ftrace", log, "-o", "-", NULL});
    assert_int_equal(program.status, 1);
    assert_error_has(&program, "standard output: cannot write: No space left on device");
}

TEST(a_missing_temporary_directory_is_a_failed_run)
{
    program_run(
        &program, NULL, NULL,
        (const char *const[]){"env", "TMPDIR=/nonexistent", MMSIM_PROGRAM, "info", GOOD, NULL});
    assert_int_equal(program.status, 1);
    assert_int_equal(text_lines(program.err), 1);
    assert_error_has(&program, "TMPDIR");
}

TEST(an_empty_tmpdir_counts_as_not_set)
{
    static const char *const commands[][WORDS_MAX] = {
        {"info", GOOD}, {"sweep", GOOD, "--ram", "16M..17M", "--strategies", "brk"}};

    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        const char *words[WORDS_MAX + 3] = {"env", "TMPDIR=", MMSIM_PROGRAM};
        memcpy(words + 3, commands[i], sizeof commands[i]);
        program_run(&program, NULL, NULL, words);
        if (program.status != 0)
            fail_msg("%s: status %d: %s", commands[i][0], program.status, program.err);
    }
}

/* ---- bad arguments ---- */

static const struct refused_command bad_commands[] = {
    {{"help", "frobnicate"}, "no command 'frobnicate'; `mmsim help` lists"},
    {{"help", "compare", "more"}, "help: unexpected argument 'more'"},
    {{"frobnicate"}, "no command 'frobnicate'; `mmsim help` lists"},
    {{"comapre"}, "no command 'comapre' (did you mean 'compare'?); `mmsim help`"},
    {{"strategy"}, "no command 'strategy' (did you mean 'strategies'?)"},
    {{"--verison"}, "no option '--verison' before a command (did you mean '--version'?)"},
    {{"--json", "compare", GOOD}, "no option '--json' before a command"},
    {{"--version", "more"}, "--version: unexpected argument 'more'"},
    {{"compare"}, "compare needs a TRACE; see `mmsim compare --help`"},
    {{"compare", GOOD, "more"}, "compare: unexpected argument 'more'"},
    {{"compare", GOOD, "--strategy", "brk"},
     "compare has no option '--strategy' (did you mean '--strategies'?); see"},
    {{"compare", GOOD, "--stratgies=brk"},
     "compare has no option '--stratgies' (did you mean '--strategies'?); see"},
    {{"compare", GOOD, "--frobnicate"}, "compare has no option '--frobnicate'; see"},
    {{"compare", GOOD, "-x"}, "compare has no option '-x'; see `mmsim compare --help`"},
    {{"compare", GOOD, "--ram"}, "--ram needs a SIZE"},
    {{"compare", GOOD, "--ram", "--json"}, "--ram needs a SIZE before --json"},
    {{"convert", GOOD, "-o"}, "convert has no option '-o'"},
    {{"cut", GOOD, "1..2", "-o"}, "--output needs an OUT"},
    {{"compare", GOOD, "--json=yes"}, "--json takes no value, but 'yes' is given"},
    {{"compare", GOOD, "--json", "--json"}, "--json is given twice"},
    {{"compare", GOOD, "--ram", "64M", "--ram=65M"}, "--ram is given twice"},
    {{"compare", GOOD, "--strategies", "brk,window,brk"}, "brk is named twice"},
    {{"compare", "--", GOOD, "--json"}, "compare: unexpected argument '--json'"},
    {{"compare", GOOD, "--ram", "64M", "--memmap", DATA "zones.e820"}, "exclude each other"},
    {{"compare", GOOD, "--ram", "64X"}, "--ram 64X: "},
    {{"compare", GOOD, "--ram", ""}, "--ram : "},
    {{"compare", GOOD, "--ram", "-1"}, "--ram -1: "},
    {{"compare", GOOD, "--ram", "1M"}, "--ram 1M: out of range: expected 8M to 63G"},
    {{"compare", GOOD, "--ram", "99T"}, "--ram 99T: "},
    {{"compare", GOOD, "--memmap", "/nonexistent"}, "/nonexistent: cannot open: No such file"},
    {{"compare", GOOD, "--memmap", "/tmp"}, "/tmp: cannot read: Is a directory"},
    {{"compare", GOOD, "--memmap", GOOD},
     GOOD ": this is a text trace, not a memory map; `mmsim info"},
    {{"compare", GOOD, "--strategies", "brk,nix"},
     "--strategies: no strategy 'nix'; `mmsim strategies` lists them"},
    {{"compare", GOOD, "--strategies", ""}, "--strategies '': a name is missing"},
    {{"compare", GOOD, "--strategies", "brk,"}, "a name is missing"},
    {{"compare", GOOD, "--strategies", "brk,zond"}, "no strategy 'zond' (did you mean 'zoned'?)"},
    {{"compare", "/nonexistent.mmt"}, "/nonexistent.mmt: cannot open: No such file"},
    {{"compare", "/tmp"}, "/tmp: this is a directory, not a file"},
    {{"compare", GOOD, "--tlb", "64"}, "--tlb 64: a TLB is written ENTRIESxWAYS"},
    {{"compare", GOOD, "--tlb", "64x3"}, "--tlb 64x3: the number of ways of a TLB is a power"},
    {{"replay", GOOD, "--strategy", "brk", "--tlb", "2x4"}, "as many entries as ways"},
    {{"convert", GOOD, "-", "--check-tlb"}, "convert has no option '--check-tlb'"},
    {{"info", GOOD, "--tlb", "64x4"}, "info has no option '--"},
    {{"replay", GOOD}, "replay needs --strategy NAME; see `mmsim replay --help`"},
    {{"replay", GOOD, "--strategy", "nix"}, "no strategy 'nix'"},
    {{"replay", GOOD, "--strategy", "brk,window"}, "one strategy only;"},
    {{"replay", GOOD, "--strategies", "brk"},
     "replay has no option '--strategies' (did you mean '--strategy'?)"},
    {{"replay", "--strategy", "brk"}, "replay needs a TRACE"},
    {{"thread"}, "thread needs a TRACE"},
    {{"thread", GOOD, "--strategy", "brk"}, "thread has no option '--"},
    {{"thread", GOOD, "--tlb", "64x4"}, "thread has no option '--"},
    {{"thread", GOOD, "--strategies", "nix"}, "no strategy 'nix'"},
    {{"thread", GOOD, "--ram", "1M"}, "--ram 1M: out of range: expected 8M to 63G"},
    {{"thread", "/nonexistent.mmt"}, "/nonexistent.mmt: cannot open: No such file"},
    {{"info"}, "info needs a TRACE"},
    {{"info", GOOD, "--ram", "1G"}, "info has no option '--"},
    {{"info", "/nonexistent.mmb"}, "/nonexistent.mmb: cannot open"},
    {{"convert", GOOD}, "convert needs an OUT"},
    {{"convert", GOOD, "out.txt"}, "out.txt: the name must end in .mmt"},
    {{"convert", GOOD, "/nonexistent/out.mmb"}, "/nonexistent/out.mmb: cannot create"},
    {{"convert", "/nonexistent.mmt", "-"}, "/nonexistent.mmt: cannot open"},
    {{"convert", GOOD, "-", "--json"}, "convert has no --json; `mmsim help json` lists"},
    {{"import", "-o", "-"}, "import needs a FILE"},
    {{"import", "ftrace", GOOD, GOOD, "-o", "-"}, "import: unexpected argument '"},
    {{"import", GOOD, "-o", "-"}, GOOD ": this is a text trace, not a log that mmsim knows; `mm"},
    {{"import", "auto", "README.md", "-o", "-"},
     "the first lines are not those of a log that mmsim"},
    {{"import", "ftrase", GOOD, "-o", "-"}, "no format 'ftrase' (did you mean 'ftrace'?)"},
    {{"import", "ftrace", GOOD}, "import needs -o OUT; see"},
    {{"import", "ftrace", GOOD, "-o", "out.mmt"}, "out.mmt: the name must end in .mmb"},
    {{"import", "fftrace", GOOD, "-o", "out.mmb"}, "no format 'fftrace' (did you mean"},
    {{"import", "ftrace", "/nonexistent", "-o", "-"}, "/nonexistent: cannot open"},
    {{"import", "ftrace", GOOD, "-o", "-"},
     GOOD ": this is a text trace, not a log of ftrace; `mmsim info"},
    {{"strategies", "brk"}, "strategies: unexpected argument 'brk'"},
    {{"strategies", "--json"}, "strategies has no --json; `mmsim help json` lists"},
    {{"generate", "churn", "-o", "-", "--json"}, "generate has no --json"},
    {{"completion", "csh"}, "no completion for the shell 'csh'; the shells are bash"},
};

TEST(bad_arguments_are_refused)
{
    ASSERT_COMMANDS_REFUSED(bad_commands);
}

TEST(without_a_command_the_usage_is_printed)
{
    program_run(&program, NULL, NULL, (const char *const[]){MMSIM_PROGRAM, NULL});
    assert_int_equal(program.status, 2);
    assert_error_has(&program, "usage:");
    assert_string_equal(program.out, "");
    assert_plain_text(program.err);
}

/* ---- traces that make no sense ---- */

static const struct {
    const char *events;
    unsigned line;
    const char *reason;
} senseless[] = {
    {"kfree 1\n", 2, "ID 1 is not in use: it was never made"},
    {"kmalloc 1 8\nkfree 1\nkfree 1\n", 4, "ID 1 is not in use"},
    {"kmalloc 1 8\nkmalloc 1 8\n", 3, "ID 1 is in use since line 2"},
    {"pages 7 0\nkfree 7\n", 3, "kfree: ID 7, made in line 2"},
    {"kmalloc 7 1\nfree_pages 7\n", 3, "free_pages: ID 7, made in line 2"},
    {"kmalloc 7 1\nvfree 7\n", 3, "vfree: ID 7, made in line 2"},
    {"vmalloc 7 1\nkrealloc 7 2\n", 3, "krealloc: ID 7, made in line 2"},
    {"krealloc 3 10\n", 2, "ID 3 is not in use"},
    {"pages 1 11\n", 2, "ORDER is 11, out of range"},
    {"pages 1 0 high\n", 2, "high"},
    {"kmalloc 1 0\n", 2, "BYTES is 0, out of range"},
    {"kmalloc 0 1\n", 2, "ID is 0, out of range"},
    {"kmalloc 1 4294967296\n", 2, "BYTES is 4294967296, out of range"},
    {"kmalloc 1 -5\n", 2, "BYTES is '-5', which is not a number"},
    {"kmalloc 1\n", 2, "BYTES is missing"},
    {"kmalloc 1 8 dma @a more\n", 2, "unexpected 'more'"},
    {"kmalloc 1 8 @\n", 2, "kmalloc"},
    {"malloc 1 8\n", 2, "unknown event 'malloc'"},
    {"# all is well\n\nexit 5\n", 4, "PID 5 is not in use"},
    {"process 5\nmap 5 0xfffff000 0x2000 rw\n", 3, "reach past the end of 4 GiB"},
    {"touch 5 0x1000 w\n", 2, "PID 5 is not in use"},
    {"kmalloc 1 8", 2, "cut short"},
    {"kmalloc 1 8\nkfree", 3, "cut short"},
};

static void expect_senseless(const char *path, unsigned line, const char *reason)
{
    static const char *const commands[][WORDS_MAX] = {{"compare", NULL},
                                                      {"replay", NULL, "--strategy", "brk"},
                                                      {"info", NULL},
                                                      {"convert", NULL, "-"}};
    char place[128];

    snprintf(place, sizeof place, "mmsim: %s:%u: ", path, line);
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        const char *words[WORDS_MAX];
        memcpy(words, commands[i], sizeof words);
        words[1] = path;
        run(words, NULL, NULL);
        if (program.status != 2 || strstr(program.err, place) != program.err ||
            strstr(program.err, reason) == NULL)
            fail_msg("mmsim %s: expected status 2, %s%s; got %d, %s", words[0], place, reason,
                     program.status, program.err);
        assert_int_equal(text_lines(program.err), 1);
        assert_string_equal(program.out, "");
    }
}

TEST(a_senseless_event_is_reported_with_file_and_line)
{
    char text[512];

    for (size_t i = 0; i < sizeof senseless / sizeof senseless[0]; i++) {
        snprintf(text, sizeof text, "mmtrace 1\n%s", senseless[i].events);
        expect_senseless(scratch_text("senseless.mmt", text), senseless[i].line,
                         senseless[i].reason);
    }
}

TEST(a_file_that_is_no_trace_is_refused)
{
    static const struct {
        const char *text;
        const char *message;
    } table[] = {
        {"", "the file is empty: a trace begins with 'mmtrace 1'"},
        {"\n", ":1: not a trace"},
        {"kmalloc 1 8\n", ":1: not a trace"},
        {"mmtrace 2\n", ":1: version '2'"},
        {"mmtrace 1", ":1: cut short"},
        {"\x7f"
         "ELF\x01\x02\x03\x04\x05\n",
         ": this is an ELF file"},
    };

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        MMSIM(&program, "info", scratch_text("other.mmt", table[i].text));
        assert_int_equal(program.status, 2);
        assert_int_equal(text_lines(program.err), 1);
        assert_error_has(&program, table[i].message);
    }
}
