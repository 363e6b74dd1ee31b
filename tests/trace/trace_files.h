/* Makes traces in files, for tests that read, convert and damage them. */
#ifndef TESTS_TRACE_TRACE_FILES_H
#define TESTS_TRACE_TRACE_FILES_H

#include "trace/files.h"

#include "trace/convert.h"
#include "trace/trace_file.h"

/* Events of nearly every kind, sites of both kinds, and a mark. */
#define SMALL_TRACE                                                                                \
    "mmtrace 1\n"                                                                                  \
    "kmalloc 1 64 @alloc_inode\n"                                                                  \
    "pages 2 3 user @comm:cc1\n"                                                                   \
    "kmalloc 3 100 dma @alloc_inode\n"                                                             \
    "kfree 1\n"                                                                                    \
    "mark half\n"                                                                                  \
    "vmalloc 9 70000\n"                                                                            \
    "free_pages 2\n"                                                                               \
    "krealloc 3 1000\n"                                                                            \
    "process 1\n"                                                                                  \
    "map 1 0x08048000 4096 r\n"                                                                    \
    "exit 1\n"

static inline void convert(const char *in, const char *out)
{
    struct sim_error error = {.text = ""};

    if (!trace_convert(in, out, &error))
        fail_msg("%s", error.text);
}

/* Writes the small trace to small.mmt, and to a file in the form that its name chooses. */
static inline void make_small(const char *name)
{
    file_put_text("small.mmt", SMALL_TRACE);
    convert("small.mmt", name);
}

#define LONG_LINES 12000u /* more than two blocks of the binary form */

static inline void make_long(const char *name, uint32_t lines)
{
    FILE *file = fopen(name, "w");

    assert_non_null(file);
    fputs("mmtrace 1\n", file);
    for (uint32_t i = 1; i <= lines; i++)
        fprintf(file, "kmalloc %u %u @site_%u\n", i * 7, i, i % 5000);
    fclose(file);
}

/* Reads the whole trace. Returns false with an error if that fails. */
static inline bool is_accepted(const char *name, struct sim_error *error)
{
    struct trace trace;
    bool ok;

    if (!trace_open(&trace, name, error))
        return false;
    ok = trace_verify(&trace, error);
    trace_close(&trace);
    return ok;
}

static inline void assert_open_fails(const char *name, const char *expected)
{
    struct sim_error error = {.text = ""};

    assert_false(is_accepted(name, &error));
    assert_string_equal(error.text, expected);
}

#endif
