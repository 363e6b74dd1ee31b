/*
 * Every command that writes a file is ended by each of the usual signals, at several moments, on
 * file systems with and without nameless files. Then the file is complete, or as it was before the
 * command, and no other file is left. The same holds if memory or the size of files is limited.
 */
#include "inspect_dump.h"
#include "support/folder.h"
#include "support/handicap.h"
#include "support/program.h"
#include "support/scratch.h"
#include "support/test.h"

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
#define OLD       "the old content"

/* Words that stand for the files of a command. */
#define IN_TRACE  "IN.mmb"
#define IN_SERIES "IN.csv"
#define IN_LOG    "IN.log"
#define IN_DUMP   "IN.dump"
#define OUT       "OUT"

struct writer {
    const char *out; /* the name of the file that it writes */
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

static size_t writer_count = WRITERS; /* less the last, if gnuplot is not installed */

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
    int err; /* reads its standard error */
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

static _Noreturn void exec_mmsim(const char *const words[], const struct limits *limits, int err)
{
    int null = open("/dev/null", O_RDWR);

    dup2(null, STDIN_FILENO);
    dup2(null, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    if (limits->handicap >= LITTLE_MEMORY) /* which would damage gcov's files, too */
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
        exec_mmsim(words, limits, pipe_ends[1]);
    close(pipe_ends[1]);
    return (struct run){pid, pipe_ends[0]};
}

/* Returns the exit status, or 128 plus the number of the signal. Standard error is in program.err.
 */
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

/* ---- the file after a run ---- */

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

/* done: the command ended well. old: there was an old file. A command that was ended by a signal
   may have completed its file before. */
static void assert_complete_or_as_before(const struct writer *writer, bool done, bool old)
{
    struct folder out = folder_name(&outputs, writer->out);
    bool complete = is_content(writer, expected, expected_bytes);

    if (!complete && (done || (old && !is_content(writer, OLD, strlen(OLD)))))
        fail_msg("%s: %s is neither complete nor as it was before", writer->words[0], writer->out);
    folder_assert_holds(&outputs, complete || old ? writer->out : "");
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

/* Run a command to its end, and keep the content of its file. Returns how long it took. */
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

/* Returns true if the signal came before the command had ended. */
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
    assert_complete_or_as_before(writer, status == 0, old);
    return status != 0;
}

static void interrupt_all(const struct limits *limits)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};

    for (size_t w = 0; w < writer_count; w++) {
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

TEST(signals_leave_no_partial_file)
{
    interrupt_all(&(struct limits){NONE, 0});
}

TEST(signals_leave_no_named_temporary_file)
{
    interrupt_all(&(struct limits){NAMED_FILES, 0});
}

/* ---- limits ---- */

#define STEP     (UINT64_C(1) << 19)
#define WIDE     (UINT64_C(1) << 26)
#define MACHINE  (UINT64_C(8) << 30)
#define MACHINES (UINT64_C(8) << 20)

/* Returns the least memory with which the program starts, or 0 if its memory cannot be limited, as
   with sanitizers. */
static uint64_t least_memory(void)
{
    static const struct writer version = {"", {"--version"}};
    struct limits limits = {LITTLE_MEMORY, STEP};

    while (limits.bytes < WIDE && finish(start(&version, &limits)) != 0)
        limits.bytes += STEP;
    return limits.bytes < WIDE ? limits.bytes : 0;
}

/* With too little memory for itself or for its machine, the command prints a message and changes no
   file. */
static void run_with_memory(const struct writer *writer, uint64_t bytes)
{
    put_old(writer);
    int status = finish(start(writer, &(struct limits){LITTLE_MEMORY, bytes}));

    if (status > 2 || (status != 0 && text_lines(program.err) == 0))
        fail_msg("%s in %llu bytes: status %d: %s", writer->words[0], (unsigned long long)bytes,
                 status, program.err);
    assert_complete_or_as_before(writer, status == 0, true);
}

TEST(too_little_memory_leaves_no_partial_file)
{
    uint64_t least = least_memory();

    if (least == 0)
        skip();
    for (size_t w = 0; w < writer_count; w++) {
        run_undisturbed(&writers[w], &(struct limits){NONE, 0});
        for (uint64_t bytes = least; bytes < least + 24 * STEP; bytes += STEP)
            run_with_memory(&writers[w], bytes);
        for (uint64_t bytes = MACHINE; bytes < MACHINE + 24 * MACHINES; bytes += 2 * MACHINES)
            run_with_memory(&writers[w], bytes);
    }
}

TEST(a_limit_on_the_size_of_files_is_reported)
{
    static const uint64_t sizes[] = {0, 100, 5000};

    for (size_t w = 0; w < writer_count; w++) {
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            struct folder out = folder_name(&outputs, writers[w].out);
            unlink(out.path);
            int status = finish(start(&writers[w], &(struct limits){SHORT_FILES, sizes[i]}));
            if (status == 0) { /* the output is shorter than the limit */
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

/* ---- set-up ---- */

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
    writer_count -= program.status != 0;
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
    return tests_run(prepare, tidy);
}
