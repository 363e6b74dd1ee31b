/* Files for the tests of sim/trace. Each group of tests has a temporary directory for them. */
#ifndef TESTS_TRACE_FILES_H
#define TESTS_TRACE_FILES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char files_directory[64];

/* Group set-up. Tests run in the new directory, and name files without a path. */
static inline int files_setup(void **state)
{
    (void)state;
    strcpy(files_directory, "/tmp/mmsim-test-XXXXXX");
    return mkdtemp(files_directory) == NULL || chdir(files_directory) != 0;
}

static inline int files_teardown(void **state)
{
    char command[96];

    (void)state;
    snprintf(command, sizeof(command), "rm -rf %s", files_directory);
    return chdir("/") != 0 || system(command) != 0;
}

static inline void file_put(const char *name, const void *data, size_t bytes)
{
    FILE *file = fopen(name, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, bytes, file), bytes);
    assert_int_equal(fclose(file), 0);
}

static inline void file_put_text(const char *name, const char *text)
{
    file_put(name, text, strlen(text));
}

/* Reads a whole file and appends a NUL. The caller frees the data. */
static inline char *file_get(const char *name, size_t *bytes)
{
    FILE *file = fopen(name, "rb");
    char *data;

    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    *bytes = (size_t)ftell(file);
    rewind(file);
    data = malloc(*bytes + 1);
    assert_non_null(data);
    assert_int_equal(fread(data, 1, *bytes, file), *bytes);
    data[*bytes] = '\0';
    fclose(file);
    return data;
}

static inline void assert_file_text(const char *name, const char *text)
{
    size_t bytes;
    char *data = file_get(name, &bytes);

    assert_string_equal(data, text);
    free(data);
}

static inline void assert_files_equal(const char *a, const char *b)
{
    size_t a_bytes;
    size_t b_bytes;
    char *a_data = file_get(a, &a_bytes);
    char *b_data = file_get(b, &b_bytes);

    assert_int_equal(a_bytes, b_bytes);
    assert_memory_equal(a_data, b_data, a_bytes);
    free(a_data);
    free(b_data);
}

#endif
