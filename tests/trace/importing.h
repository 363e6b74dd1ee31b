/* Imports texts, and files of tests/trace/data, for the tests of importers. */
#ifndef TESTS_TRACE_IMPORTING_H
#define TESTS_TRACE_IMPORTING_H

#include "trace/files.h"

#include "trace/convert.h"
#include "trace/import/import.h"

static const char *import_format;    /* set by main() */
static const char *import_case = ""; /* the row of a table that is tested */
static struct import_options import_options;
static struct import_counts import_counts;
static char import_data[4096]; /* the path of tests/trace/data */

/* Group set-up, as files_setup(). */
static inline int importing_setup(void **state)
{
    if (getcwd(import_data, sizeof(import_data) - 32) == NULL)
        return 1;
    strcat(import_data, "/tests/trace/data/");
    return files_setup(state);
}

static inline uint64_t count_of(const char *what)
{
    for (uint32_t i = 0; i < import_counts.count; i++)
        if (strcmp(import_counts.list[i].what, what) == 0)
            return import_counts.list[i].count;
    return 0;
}

static inline uint64_t count_of_all(void)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < import_counts.count; i++)
        sum += import_counts.list[i].count;
    return sum;
}

/* Imports a file. An import that keeps little is repeated with --lenient. */
static inline bool import_file(const char *path, struct sim_error *error)
{
    struct import_options lenient = {.lenient = true};

    return trace_import(import_format, path, "out.mmb", &import_options, &import_counts, error) ||
           (import_keeps_little(&import_counts) &&
            trace_import(import_format, path, "out.mmb", &lenient, &import_counts, error));
}

/* Asserts that the import of the file is the trace `expected`, given without its first line. */
static inline void assert_import_of_file(const char *path, const char *expected)
{
    struct sim_error error = {.text = ""};
    char *whole = malloc(strlen(expected) + 16);

    assert_non_null(whole);
    if (!import_file(path, &error) || !trace_convert("out.mmb", "out.mmt", &error))
        fail_msg("%s: %s", import_case, error.text);
    sprintf(whole, "mmtrace 1\n%s", expected);
    assert_file_text("out.mmt", whole);
    free(whole);
}

static inline void assert_import_of_data(const char *name, const char *expected)
{
    char path[sizeof(import_data) + 64];

    snprintf(path, sizeof(path), "%s%s", import_data, name);
    assert_import_of_file(path, expected);
}

static inline void assert_import(const char *text, const char *expected)
{
    file_put_text("in.txt", text);
    assert_import_of_file("in.txt", expected);
}

/* Asserts that the import of the text fails, and that its error begins with `expected`. */
static inline void assert_import_fails(const char *text, const char *expected)
{
    struct sim_error error = {.text = ""};

    file_put_text("in.txt", text);
    assert_false(trace_import(import_format, "in.txt", "failed.mmb", &import_options,
                              &import_counts, &error));
    if (strncmp(error.text, expected, strlen(expected)) != 0)
        assert_string_equal(error.text, expected);
    assert_int_equal(access("failed.mmb", F_OK), -1);
}

/* Also asserts that a lenient import skips one line, and makes the trace `rest` from the others. */
static inline void assert_bad_line(const char *text, const char *expected, const char *rest)
{
    assert_import_fails(text, expected);
    import_options.lenient = true;
    assert_import(text, rest);
    assert_true(count_of(IMPORT_SKIPPED) == 1);
    import_options.lenient = false;
}

/* The head of a line, and the site that is named after its task. */
struct task_head {
    const char *head;
    const char *site;
};

/* Asserts for each head that `page`, which allocates a page of class low, gets the site. */
static inline void assert_tasks(const struct task_head heads[], size_t count, const char *page)
{
    char text[256];
    char expected[64];

    for (size_t i = 0; i < count; i++) {
        snprintf(text, sizeof(text), "%s%s", heads[i].head, page);
        snprintf(expected, sizeof(expected), "pages 1 0 @%s\n", heads[i].site);
        assert_import(text, expected);
    }
}

/* Asserts that every prefix of a line, after a good line, is accepted or gives an error with the
   number of the line. */
static inline void assert_cut_anywhere(const char *good, const char *line)
{
    struct sim_error error;
    char text[1024];

    for (size_t bytes = 0; bytes < strlen(line) - 1; bytes++) {
        snprintf(text, sizeof(text), "%s%.*s\n", good, (int)bytes, line);
        file_put_text("in.txt", text);
        error.text[0] = '\0';
        if (!import_file("in.txt", &error))
            assert_int_equal(strncmp(error.text, "in.txt:2: ", 10), 0);
    }
}

#endif
