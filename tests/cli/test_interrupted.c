/*
 * Every command that writes a file, ended by every signal that people and systems end programs
 * with, at several moments, with and without nameless files: the file is then whole, or what was
 * there before, and nothing else is left. The same where memory or the size of files is limited.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "inspect_dump.h"
#include "support/folder.h"
#include "support/handicap.h"
#include "support/program.h"
#include "support/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TRACE     "tests/cli/data/orders.mmt"
#define ARGS_MAX  12
#define MOMENTS   3u
#define LOG_LINES 20000u
#define OUT_BYTES (4u << 20)
#define OLD       "what was there before"

/* Which words of a command are its files. */
#define IN_TRACE  "IN.mmb"
#define IN_SERIES "IN.csv"
#define IN_LOG    "IN.log"
#define IN_DUMP   "IN.dump"
#define OUT       "OUT"

struct writer {
    const char *out; /* the name of its file */
    const char *words[ARGS_MAX];
};

static const struct writer writers[] = {
    {"a.mmt", {"convert", IN_TRACE, OUT}},
    {"a.mmb", {"import", "mtrace", IN_LOG, "-o", OUT}},
    {"b.mmb", {"generate", "churn", "--events", "60000", "-o", OUT}},
    {"c.mmb", {"cut", IN_TRACE, "9000..19000", "-o", OUT}},
    {"d.mmt", {"reduce", TRACE, "--strategy", "window", "-o", OUT}},
    {"a.csv", {"replay", IN_TRACE, "--strategy", "brk", "--series", OUT}},
    {"b.csv", {"compare", IN_TRACE, "--strategies", "brk,zoned", "--series", OUT}},
    {"a.svg", {"inspect", IN_DUMP, "--cr3", "0x1000", "--svg", OUT}},
    {"b.svg", {"plot", IN_SERIES, "-o", OUT}},
};
#define WRITERS (sizeof writers / sizeof writers[0])

static size_t writers_here = WRITERS; /* without gnuplot, all but the last */

static struct folder outputs;
static struct folder temporary;
static struct program program;

/* ---- one run ---- */

enum handicap { NONE, NAMED_FILES, LITTLE_MEMORY, SHORT_FILES };

struct limits {
    enum handicap handicap;
    uint64_t bytes;
};

struct run {
    pid_t pid;
    int err; /* its standard error comes out */
};

static const char *word_for(const struct writer *writer, const char *word, struct folder *out)
{
    if (strncmp(word, "IN.", 3) == 0)
        return scratch_path(word);
    if (strcmp(word, OUT) != 0)
        return word;
    *out = folder_name(&outputs, writer->out);
    return out->path;
}

static _Noreturn void become(const char *const words[], const struct limits *limits, int err)
{
    int nothing = open("/dev/null", O_RDWR);

    dup2(nothing, STDIN_FILENO);
    dup2(nothing, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    if (limits->handicap >= LITTLE_MEMORY) /* or gcov's counts would be cut short, too */
        setenv("GCOV_PREFIX", "/dev/null", 1);
    if (limits->handicap == NAMED_FILES)
        handicap_nameless_files();
    if (limits->handicap == LITTLE_MEMORY)
        handicap_memory(limits->bytes);
    if (limits->handicap == SHORT_FILES)
        handicap_file_size(limits->bytes);
    execv(MMSIM_PROGRAM, (char *const *)(uintptr_t)words);
    _exit(127);
}

static struct run start(const struct writer *writer, const struct limits *limits)
{
    const char *words[ARGS_MAX + 2] = {MMSIM_PROGRAM};
    struct folder out;
    int pipe_ends[2];

    for (size_t i = 0; i < ARGS_MAX && writer->words[i] != NULL; i++)
        words[i + 1] = word_for(writer, writer->words[i], &out);
    assert_int_equal(pipe2(pipe_ends, O_CLOEXEC), 0);
    fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        become(words, limits, pipe_ends[1]);
    close(pipe_ends[1]);
    return (struct run){pid, pipe_ends[0]};
}

/* Its exit status, or 128 and the signal's number; program.err has what it said. */
static int finish(struct run run)
{
    ssize_t got;
    int status;

    program.err_bytes = 0;
    while ((got = read(run.err, program.err + program.err_bytes,
                       sizeof program.err - 1u - program.err_bytes)) > 0)
        program.err_bytes += (size_t)got;
    program.err[program.err_bytes] = '\0';
    close(run.err);
    while (waitpid(run.pid, &status, 0) < 0)
        assert_int_equal(errno, EINTR);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* ---- what is there then ---- */

static char expected[OUT_BYTES];
static size_t expected_bytes;
static char found[OUT_BYTES];

static void read_expected(const struct writer *writer)
{
    struct folder out = folder_name(&outputs, writer->out);

    expected_bytes = scratch_read(out.path, expected, sizeof expected);
    assert_true(expected_bytes > 0 && expected_bytes < sizeof expected);
    unlink(out.path);
}

static bool is_content(const struct writer *writer, const char *bytes, size_t count)
{
    struct folder out = folder_name(&outputs, writer->out);

    return access(out.path, F_OK) == 0 && scratch_read(out.path, found, sizeof found) == count &&
           memcmp(found, bytes, count) == 0;
}

static void put_old(const struct writer *writer)
{
    struct folder out = folder_name(&outputs, writer->out);
    FILE *file = fopen(out.path, "we");

    assert_non_null(file);
    fputs(OLD, file);
    fclose(file);
}

/* With the file that was there before, or without one. A program that was ended may have finished
   its file before. */
static void assert_whole_or_as_before(const struct writer *writer, bool done, bool old)
{
    struct folder out = folder_name(&outputs, writer->out);
    bool whole = is_content(writer, expected, expected_bytes);

    if (!whole && (done || (old && !is_content(writer, OLD, strlen(OLD)))))
        fail_msg("%s: %s is neither whole nor as it was before", writer->words[0], writer->out);
    folder_assert_holds(&outputs, whole || old ? writer->out : "");
    folder_assert_holds(&temporary, "");
    unlink(out.path);
}

/* ---- signals ---- */

static uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* A run that nothing disturbs: what it writes, and how long it takes. */
static uint64_t run_undisturbed(const struct writer *writer, const struct limits *limits)
{
    uint64_t started = now_ns();
    int status = finish(start(writer, limits));

    if (status != 0)
        fail_msg("%s: status %d: %s", writer->words[0], status, program.err);
    uint64_t took = now_ns() - started;
    read_expected(writer);
    return took;
}

/* true: the signal came in time. */
static bool interrupt(const struct writer *writer, const struct limits *limits, int number,
                      uint64_t after_ns, bool old)
{
    const struct timespec wait = {(time_t)(after_ns / 1000000000u), (long)(after_ns % 1000000000u)};

    if (old)
        put_old(writer);
    struct run run = start(writer, limits);
    nanosleep(&wait, NULL);
    kill(run.pid, number);
    int status = finish(run);
    if (status != 0 && status != 128 + number)
        fail_msg("%s, signal %d: status %d: %s", writer->words[0], number, status, program.err);
    assert_whole_or_as_before(writer, status == 0, old);
    return status != 0;
}

static void interrupt_all(const struct limits *limits)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};

    for (size_t w = 0; w < writers_here; w++) {
        uint64_t took = run_undisturbed(&writers[w], limits);
        uint32_t in_time = 0;
        for (size_t s = 0; s < sizeof signals / sizeof signals[0]; s++)
            for (uint32_t moment = 0; moment < MOMENTS; moment++)
                in_time += interrupt(&writers[w], limits, signals[s], took * moment / MOMENTS,
                                     (s + moment) % 2 != 0);
        if (in_time == 0)
            fail_msg("%s: no signal came in time", writers[w].words[0]);
    }
}

static void signals_leave_nothing(void **state)
{
    (void)state;
    interrupt_all(&(struct limits){NONE, 0});
}

static void signals_leave_nothing_where_files_have_names(void **state)
{
    (void)state;
    interrupt_all(&(struct limits){NAMED_FILES, 0});
}

/* ---- limits ---- */

#define STEP     (UINT64_C(1) << 19)
#define WIDE     (UINT64_C(1) << 26)
#define MACHINE  (UINT64_C(8) << 30)
#define MACHINES (UINT64_C(8) << 20)

/* The least memory in which the program starts at all; 0: it cannot be limited, as with
   sanitizers. */
static uint64_t least_memory(void)
{
    static const struct writer version = {"", {"--version"}};
    struct limits limits = {LITTLE_MEMORY, STEP};

    while (limits.bytes < WIDE && finish(start(&version, &limits)) != 0)
        limits.bytes += STEP;
    return limits.bytes < WIDE ? limits.bytes : 0;
}

/* One line says that there is no memory, or no machine, and nothing else has happened. */
static void run_in(const struct writer *writer, uint64_t bytes)
{
    put_old(writer);
    int status = finish(start(writer, &(struct limits){LITTLE_MEMORY, bytes}));

    if (status > 2 || (status != 0 && text_lines(program.err) == 0))
        fail_msg("%s in %llu bytes: status %d: %s", writer->words[0], (unsigned long long)bytes,
                 status, program.err);
    assert_whole_or_as_before(writer, status == 0, true);
}

static void no_memory_leaves_nothing(void **state)
{
    uint64_t least = least_memory();

    (void)state;
    if (least == 0)
        skip();
    for (size_t w = 0; w < writers_here; w++) {
        run_undisturbed(&writers[w], &(struct limits){NONE, 0});
        for (uint64_t bytes = least; bytes < least + 24 * STEP; bytes += STEP / 2)
            run_in(&writers[w], bytes);
        for (uint64_t bytes = MACHINE; bytes < MACHINE + 24 * MACHINES; bytes += 2 * MACHINES)
            run_in(&writers[w], bytes);
    }
}

static void a_limit_on_files_is_told_of(void **state)
{
    static const uint64_t sizes[] = {0, 100, 5000};

    (void)state;
    for (size_t w = 0; w < writers_here; w++) {
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            struct folder out = folder_name(&outputs, writers[w].out);
            unlink(out.path);
            int status = finish(start(&writers[w], &(struct limits){SHORT_FILES, sizes[i]}));
            if (status == 0) { /* it is as short */
                unlink(out.path);
                continue;
            }
            if (status != 1 || strstr(program.err, "File too large") == NULL)
                fail_msg("%s: status %d: %s", writers[w].words[0], status, program.err);
            folder_assert_holds(&outputs, "");
            folder_assert_holds(&temporary, "");
        }
    }
}

/* ---- */

static void write_log(void)
{
    FILE *log = fopen(scratch_path(IN_LOG), "we");

    assert_non_null(log);
    fputs("= Start\n", log);
    for (unsigned i = 1; i <= LOG_LINES; i++)
        fprintf(log, "@ ./heap:(main+21)[0x1397] + 0x%x 0x%x\n", i * 64u, i % 64u + 1u);
    fputs("= End\n", log);
    fclose(log);
}

static int prepare(void **state)
{
    static const char *const gnuplot[] = {"gnuplot", "--version", NULL};

    (void)state;
    program_run(&program, NULL, NULL, gnuplot);
    writers_here -= program.status != 0;
    write_log();
    sound_dump();
    scratch_bytes(IN_DUMP, tables_memory, DUMP_BYTES);
    outputs = folder_make("/tmp");
    temporary = folder_make("/tmp");
    setenv("TMPDIR", temporary.path, 1);
    MMSIM(&program, "generate", "churn", "--events", "30000", "-o", scratch_path(IN_TRACE));
    assert_int_equal(program.status, 0);
    MMSIM(&program, "replay", scratch_path(IN_TRACE), "--strategy", "brk", "--series",
          scratch_path(IN_SERIES));
    assert_int_equal(program.status, 0);
    return 0;
}

static int tidy(void **state)
{
    (void)state;
    folder_remove(&outputs);
    folder_remove(&temporary);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signals_leave_nothing),
        cmocka_unit_test(signals_leave_nothing_where_files_have_names),
        cmocka_unit_test(no_memory_leaves_nothing),
        cmocka_unit_test(a_limit_on_files_is_told_of),
    };

    return cmocka_run_group_tests(tests, prepare, tidy);
}
