/*
 * Names with the control sequences of terminals, wherever a file or an argument can have a name.
 * The program escapes them in its output, and its JSON stays valid.
 */
#include "support/json.h"
#include "support/program.h"
#include "support/scratch.h"
#include "support/test.h"

#include "replay/run_json.h"
#include "trace/trace_writer.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* It sets the title of the window and the colour, by C0 and by C1 codes, as a byte and as UTF-8,
 * and has DEL, quotes and the characters of other formats. */
#define HOSTILE                                                                                    \
    "a\x1b]0;x\x07\x1b[31m\x9b"                                                                    \
    "31m\xc2\x9b"                                                                                  \
    "31m\x7f\r'\"\\@{b}&<%s"
#define TRACE    "TRACE"
#define ARGS_MAX 12

static struct program program;
static const char *trace;

/* ---- output ---- */

static void assert_harmless(const char *command, const char *text, size_t bytes)
{
    for (size_t at = 0; at < bytes;) {
        const unsigned char *byte = (const unsigned char *)&text[at];
        size_t length = text_utf8_sequence(&text[at], bytes - at);
        if (length == 0 || (*byte < 0x20u && *byte != '\n' && *byte != '\t') || *byte == 0x7fu ||
            (*byte == 0xc2u && byte[1] < 0xa0u))
            fail_msg("%s: byte 0x%02x is printed at %zu of:\n%s", command, *byte, at, text);
        at += length;
    }
}

static void run(const char *const words[])
{
    const char *argv[ARGS_MAX + 2] = {MMSIM_PROGRAM};

    for (size_t i = 0; i < ARGS_MAX && words[i] != NULL; i++)
        argv[i + 1] = strcmp(words[i], TRACE) == 0 ? trace : words[i];
    program_run(&program, NULL, NULL, argv);
    if (program.status > 2)
        fail_msg("%s: status %d: %s", words[0], program.status, program.err);
    assert_harmless(words[0], program.out, program.out_bytes);
    assert_harmless(words[0], program.err, program.err_bytes);
}

/* ---- traces ---- */

static void put(struct trace_writer *writer, struct event event)
{
    assert_null(trace_writer_event(writer, &event));
}

/* The file and the site of its blocks have the hostile name. One block is in brk's way. */
static int make_trace(void **state)
{
    struct sim_error error;
    struct trace_writer *writer = trace_writer_open(&error);
    uint32_t site = trace_writer_site(writer, HOSTILE, strlen(HOSTILE));

    (void)state;
    put(writer, (struct event){.kind = EVENT_PAGES, .slot = 0, .id = 1, .order = 0, .site = site});
    for (uint32_t i = 1; i < 9; i++)
        put(writer,
            (struct event){
                .kind = EVENT_KMALLOC, .slot = i, .id = i + 1u, .bytes = 9u << 20, .site = site});
    trace = scratch_path(HOSTILE ".mmb");
    bool saved = trace_writer_finish(writer, &error) && trace_writer_save(writer, trace, &error);
    trace_writer_close(writer);
    return saved ? 0 : 1;
}

TEST(names_of_traces_and_sites_are_escaped)
{
    static const char *const commands[][ARGS_MAX] = {
        {"info", TRACE},
        {"compare", TRACE, "--ram", "64M"},
        {"replay", TRACE, "--strategy", "brk", "--ram", "64M"},
        {"thread", TRACE, "--strategies", "brk", "--ram", "64M"},
        {"explain", TRACE, "--strategy", "brk", "--ram", "64M"},
        {"advise", TRACE, "--strategies", "brk", "--ram", "32M..32M"},
        {"map", TRACE, "--strategy", "brk", "--ram", "64M"},
        {"map", TRACE, "--strategy", "brk", "--ram", "64M", "--frames"},
        {"map", TRACE, "--strategy", "brk", "--ram", "64M", "-o", "-"},
        {"diff", TRACE, "--strategies", "brk,primary", "--ram", "64M"},
        {"sweep", TRACE, "--ram", "32M..34M", "--strategies", "brk"},
        {"sweep", TRACE, "--ram", "32M..34M", "--strategies", "brk", "--markdown"},
        {"cut", TRACE, "1..3", "-o", "-"},
        {"convert", TRACE, "-"},
        {"reduce", TRACE, "--strategy", "brk", "--ram", "64M", "-o", HOSTILE},
        {"reduce", TRACE, "--strategy", "brk", "--memmap", TRACE, "-o", "-"},
        {"layout", "--memmap", TRACE},
        {"inspect", TRACE, "--cr3", "0"},
        {"inspect", TRACE, "--cr3", "0x1000"},
        {"plot", TRACE, "-o", "-"},
        {"table", TRACE},
    };

    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        run(commands[i]);
}

TEST(names_in_json_are_escaped_by_the_rules_of_json)
{
    static const char *const commands[][ARGS_MAX] = {
        {"info", TRACE, "--json"},
        {"compare", TRACE, "--ram", "64M", "--json"},
        {"replay", TRACE, "--strategy", "brk", "--ram", "64M", "--json"},
        {"explain", TRACE, "--strategy", "brk", "--ram", "64M", "--json"},
        {"advise", TRACE, "--strategies", "brk", "--ram", "32M..32M", "--json"},
        {"map", TRACE, "--strategy", "brk", "--ram", "64M", "--json"},
        {"diff", TRACE, "--strategies", "brk,primary", "--ram", "64M", "--json"},
        {"sweep", TRACE, "--ram", "32M..34M", "--strategies", "brk", "--json"},
    };

    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        run(commands[i]);
        assert_int_equal(program.status, 0);
        if (json_error(program.out) != NULL)
            fail_msg("%s: %s", commands[i][0], json_error(program.out));
        assert_non_null(strstr(program.out, "\\u001b]0;x\\u0007\\u001b[31m\\u009b31m"));
    }
}

/* ---- arguments ---- */

TEST(arguments_are_escaped_in_messages)
{
    static const char *const commands[][ARGS_MAX] = {
        {HOSTILE},
        {"help", HOSTILE},
        {"info", HOSTILE},
        {"info", "--" HOSTILE},
        {"info", TRACE, "--ram=" HOSTILE},
        {"compare", TRACE, HOSTILE},
        {"compare", TRACE, "--strategies", "brk," HOSTILE},
        {"compare", TRACE, "--ram", HOSTILE},
        {"compare", TRACE, "--memmap", HOSTILE},
        {"compare", TRACE, "--tlb", HOSTILE},
        {"replay", TRACE, "--strategy", HOSTILE},
        {"replay", TRACE, "--strategy", HOSTILE ",brk"},
        {"replay", TRACE, "--strategy", "brk", "--every", HOSTILE},
        {"reduce", TRACE, "--strategy", "brk", "--keeps", HOSTILE, "-o", "-"},
        {"convert", TRACE, HOSTILE},
        {"convert", TRACE, "/no/" HOSTILE ".mmb"},
        {"import", HOSTILE, TRACE, "-o", "-"},
        {"import", "ftrace", HOSTILE, "-o", "-"},
        {"generate", HOSTILE, "-o", "-"},
        {"generate", "churn", "--events", HOSTILE, "-o", "-"},
        {"generate", "churn", "--live", HOSTILE, "-o", "-"},
        {"cut", TRACE, HOSTILE, "-o", "-"},
        {"sweep", TRACE, "--ram", HOSTILE},
        {"sweep", TRACE, "--ram", "32M..34M", "--journal", "/no/" HOSTILE},
        {"sweep", HOSTILE, HOSTILE, "--ram", "32M..34M"},
        {"inspect", HOSTILE, "--cr3", "0"},
        {"inspect", TRACE, "--cr3", HOSTILE},
        {"inspect", TRACE, "--cr3", "0", HOSTILE},
        {"plot", HOSTILE, "-o", "-"},
        {"plot", TRACE, "-o", HOSTILE},
    };

    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        run(commands[i]);
        assert_int_equal(program.status, 2 - (strstr(program.err, "cannot write") != NULL));
        assert_true(program.err_bytes > 0);
    }
}

/* ---- words of logs and of sweeps ---- */

TEST(words_of_logs_are_escaped)
{
    static const char *const formats[] = {"ftrace",  "perf",   "trace-cmd",
                                          "mdriver", "mtrace", "valgrind"};
    const char *log =
        scratch_text("hostile.log", HOSTILE "\n" HOSTILE "-1 [000] ..... 1.0: " HOSTILE ": x=1\n");

    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        run((const char *const[ARGS_MAX]){"import", formats[i], log, "-o", "-"});
    run((const char *const[ARGS_MAX]){"info", log});
    run((const char *const[ARGS_MAX]){"compare", log});
    run((const char *const[ARGS_MAX]){"compare", TRACE, "--memmap", log});
    log = scratch_text("hostile.mmt", "mmtrace 1\nkmalloc 1 8 @" HOSTILE "\nkfree " HOSTILE "\n");
    run((const char *const[ARGS_MAX]){"info", log});
    assert_int_equal(program.status, 2);
}

static const char *sweep_lines(void)
{
    static const char names[] = "\\u001b[31m\\u009b\\u007f\\n";
    char text[1024];

    snprintf(text, sizeof text,
             "{\"trace\": \"t%s\", \"strategy\": \"s%s\", \"ram_bytes\": 33554432, \"requests\": "
             "100, \"failed\": 7, \"digest\": \"0123456789abcdef\"}\n",
             names, names);
    return scratch_text("hostile.json", text);
}

TEST(names_in_tables_of_sweeps_are_escaped)
{
    const char *sweep = sweep_lines();

    run((const char *const[ARGS_MAX]){"table", sweep});
    run((const char *const[ARGS_MAX]){"table", sweep, "--markdown"});
    run((const char *const[ARGS_MAX]){"table", sweep, "--json"});
    assert_null(json_error(program.out));
    run((const char *const[ARGS_MAX]){"plot", sweep, "-o", "-", "--title", HOSTILE});
    assert_true(program.status == 0 || strstr(program.err, "not installed") != NULL);
}

int main(void)
{
    return tests_run(make_trace, NULL);
}
