/* Imports of small logs, for tests that have files_setup(): what they make, and what they count. */
#ifndef TESTS_TRACE_IMPORTING_H
#define TESTS_TRACE_IMPORTING_H

#include "trace/files.h"

#include "trace/convert.h"
#include "trace/import.h"

static struct import_options options;
static struct import_counts counts;

static inline uint64_t count_of(const char *what)
{
    for (uint32_t i = 0; i < counts.count; i++) {
        if (strcmp(counts.list[i].what, what) == 0)
            return counts.list[i].count;
    }
    return 0;
}

static inline uint64_t all_counts(void)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < counts.count; i++)
        sum += counts.list[i].count;
    return sum;
}

/* The import of `text` is the trace `expected`, without its first line. */
static inline void assert_import_of(const char *format, const char *text, const char *expected)
{
    struct sim_error error = {.text = ""};
    char whole[8192];

    file_put_text("in.txt", text);
    if (!trace_import(format, "in.txt", "out.mmb", &options, &counts, &error))
        fail_msg("%s", error.text);
    if (!trace_convert("out.mmb", "out.mmt", &error))
        fail_msg("%s", error.text);
    snprintf(whole, sizeof(whole), "mmtrace 1\n%s", expected);
    assert_file_text("out.mmt", whole);
}

static inline void assert_import_of_fails(const char *format, const char *text,
                                          const char *expected)
{
    struct sim_error error = {.text = ""};

    file_put_text("in.txt", text);
    assert_false(trace_import(format, "in.txt", "failed.mmb", &options, &counts, &error));
    assert_string_equal(error.text, expected);
    assert_int_equal(access("failed.mmb", F_OK), -1);
}

/* Every prefix of a line, behind a good one, ends in an error that names it, or in nothing. */
static inline void assert_cut_anywhere(const char *format, const char *good, const char *line)
{
    struct sim_error error;
    char text[1024];

    for (size_t bytes = 0; bytes < strlen(line) - 1; bytes++) {
        snprintf(text, sizeof(text), "%s%.*s\n", good, (int)bytes, line);
        file_put_text("in.txt", text);
        error.text[0] = '\0';
        if (!trace_import(format, "in.txt", "out.mmb", &options, &counts, &error))
            assert_int_equal(strncmp(error.text, "in.txt:2: ", 10), 0);
    }
}

#endif
