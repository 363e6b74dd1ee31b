/*
 * Imports real logs of ftrace, perf and trace-cmd (tests/trace/data/kmem/README.md), and compares
 * the numbers of events with those of a naive reader, which only searches lines for words.
 */
#include "support/test.h"
#include "trace/files.h"

#include "trace/import/import.h"
#include "trace/info.h"

#define DATA     "tests/trace/data/kmem/"
#define LIVE_MAX 4096u

static char out[sizeof(files_directory) + 16];

/* The counts of the naive reader. */
struct naive {
    uint64_t lines;
    uint64_t objects;
    uint64_t object_frees; /* of objects whose allocation is in the log */
    uint64_t old_frees;
    uint64_t null_frees;
    uint64_t pages;
    uint64_t lost;
    char live[LIVE_MAX][24];
    uint32_t live_count;
};

/* Stores the number after "ptr=" without 0x, or "" for a null pointer. */
static void pointer_of(const char *line, char pointer[24])
{
    const char *at = strstr(line, "ptr=") + strlen("ptr=");

    at += strncmp(at, "0x", 2) == 0 ? 2 : 0;
    snprintf(pointer, 24, "%.*s", (int)strcspn(at, " \n"), at);
    if (strspn(pointer, "0") == strlen(pointer) || pointer[0] == '(')
        pointer[0] = '\0';
}

static bool remove_live(struct naive *naive, const char *pointer)
{
    for (uint32_t i = 0; i < naive->live_count; i++) {
        if (strcmp(naive->live[i], pointer) == 0) {
            naive->live_count--;
            memmove(naive->live[i], naive->live[naive->live_count], sizeof(naive->live[i]));
            return true;
        }
    }
    return false;
}

static void count_object(struct naive *naive, const char *line)
{
    char pointer[24];

    pointer_of(line, pointer);
    if (remove_live(naive, pointer)) /* its free was lost */
        naive->object_frees++;
    naive->objects++;
    assert_true(naive->live_count < LIVE_MAX);
    strcpy(naive->live[naive->live_count++], pointer);
}

static void count_free(struct naive *naive, const char *line)
{
    char pointer[24];

    pointer_of(line, pointer);
    if (pointer[0] == '\0')
        naive->null_frees++;
    else if (remove_live(naive, pointer))
        naive->object_frees++;
    else
        naive->old_frees++;
}

static void count_line(struct naive *naive, const char *line)
{
    const char *lost;

    naive->lines++;
    if (strstr(line, "kmalloc: ") != NULL || strstr(line, "kmem_cache_alloc: ") != NULL)
        count_object(naive, line);
    if (strstr(line, "kfree: ") != NULL || strstr(line, "kmem_cache_free: ") != NULL)
        count_free(naive, line);
    if (strstr(line, "mm_page_alloc: ") != NULL)
        naive->pages++;
    if ((lost = strstr(line, "LOST lost ")) != NULL)
        naive->lost += strtoull(lost + strlen("LOST lost "), NULL, 10);
    if (strstr(line, "EVENTS DROPPED]") != NULL)
        naive->lost += strtoull(strchr(line, '[') + 1, NULL, 10);
}

static void read_naively(struct naive *naive, const char *path)
{
    char command[128];
    char line[1024];
    FILE *text;

    memset(naive, 0, sizeof(*naive));
    snprintf(command, sizeof(command), "xz -dc %s", path);
    text = popen(command, "r");
    assert_non_null(text);
    while (fgets(line, sizeof(line), text) != NULL)
        count_line(naive, line);
    assert_int_equal(pclose(text), 0);
}

static uint64_t count_of(const struct import_counts *counts, const char *what)
{
    for (uint32_t i = 0; i < counts->count; i++) {
        if (strcmp(counts->list[i].what, what) == 0)
            return counts->list[i].count;
    }
    return 0;
}

static void info_of_import(const char *format, const char *path, struct import_counts *counts,
                           struct trace_info *info)
{
    struct sim_error error = {.text = ""};
    struct trace trace;

    if (!trace_import(format, path, out, &(struct import_options){0}, counts, &error) ||
        !trace_open(&trace, out, &error) || !trace_info_collect(&trace, info, &error))
        fail_msg("%s", error.text);
    trace_close(&trace);
}

static void compare(const char *format, const char *path)
{
    static struct naive naive;
    struct import_counts counts;
    struct trace_info info;

    read_naively(&naive, path);
    info_of_import(format, path, &counts, &info);
    assert_true(counts.lines == naive.lines);
    assert_true(naive.objects > 0 && info.by_kind[EVENT_KMALLOC] == naive.objects);
    assert_true(info.by_kind[EVENT_KFREE] == naive.object_frees);
    assert_true(count_of(&counts, "free of an object older than the trace") == naive.old_frees);
    assert_true(count_of(&counts, "kfree of NULL") == naive.null_frees);
    assert_true(info.by_kind[EVENT_PAGES] + count_of(&counts, "pages that back slabs") ==
                naive.pages);
    assert_true(count_of(&counts, "event lost by the kernel") == naive.lost);
    trace_info_free(&info);
}

TEST(ftrace_logs_have_the_events_of_a_naive_count)
{
    compare("ftrace", DATA "ftrace.txt.xz");
}

TEST(perf_logs_have_the_events_of_a_naive_count)
{
    compare("perf", DATA "perf.txt.xz");
    compare("perf", DATA "perf-pid-tid.txt.xz");
    compare("perf", DATA "perf-g.txt.xz");
    compare("perf", DATA "perf-lost.txt.xz");
}

TEST(trace_cmd_logs_have_the_events_of_a_naive_count)
{
    compare("trace-cmd", DATA "trace-cmd.txt.xz");
    compare("trace-cmd", DATA "trace-cmd-t.txt.xz");
    compare("trace-cmd", DATA "trace-cmd-l.txt.xz");
    compare("trace-cmd", DATA "trace-cmd-R.txt.xz");
    compare("trace-cmd", DATA "trace-cmd-ts-diff.txt.xz");
    compare("trace-cmd", DATA "trace-cmd-lost.txt.xz");
}

/* Different print-outs of one recording give the same trace. */
TEST(all_forms_of_one_recording_give_one_trace)
{
    static const char *const forms[] = {DATA "trace-cmd-t.txt.xz", DATA "trace-cmd-R.txt.xz",
                                        DATA "trace-cmd-ts-diff.txt.xz"};
    struct import_options options = {0};
    struct import_counts counts;
    struct sim_error error;
    char first[sizeof(out) + 8];

    snprintf(first, sizeof(first), "%s.mmb", out);
    assert_true(
        trace_import("trace-cmd", DATA "trace-cmd.txt.xz", first, &options, &counts, &error));
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        assert_true(trace_import("trace-cmd", forms[i], out, &options, &counts, &error));
        assert_files_equal(first, out);
    }
    assert_true(trace_import("perf", DATA "perf.txt.xz", first, &options, &counts, &error));
    assert_true(trace_import("perf", DATA "perf-pid-tid.txt.xz", out, &options, &counts, &error));
    assert_files_equal(first, out);
}

/* Logs have paths from the root, where tests run. Only the results are in a directory of their own.
 */
static int setup(void **state)
{
    char root[512];

    if (getcwd(root, sizeof(root)) == NULL || files_setup(state) != 0)
        return 1;
    snprintf(out, sizeof(out), "%s/out.mmb", files_directory);
    return chdir(root);
}

int main(void)
{
    return tests_run(setup, files_teardown);
}
