/*
 * Imports the data of heaptrack, as heaptrack_interpret writes them; all numbers are hexadecimal:
 *
 *     v 10500 3                   version, and version of the format
 *     s 4 main                    string 1, behind its length from version 3 on
 *     i 55d0 1 1 2 10             instruction 1: address, module, function, file, line
 *     t 1 0                       trace 1: instruction, trace of the caller
 *     a 18 1                      allocation 0: size, trace
 *     + 0     - 0                 such an allocation is made, and freed
 *
 * Or as libheaptrack writes them: "t" has the address in place of the instruction, and
 *
 *     + 18 1 55d0c2a0     - 55d0c2a0
 *
 * A free names only the kind of the allocation: the youngest one of it is freed. A block's site is
 * the function, or the address, of its trace.
 */
#include "log_fields.h"
#include "trace/memory.h"
#include "user_heap.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define FRAMED_STRINGS 3u /* the first version that puts the length before a string */

/* A table that grows at its end. */
struct column {
    uint64_t *values;
    size_t capacity;
    uint64_t count;
};

struct heaptrack {
    struct user_heap heap;
    struct import_log log;
    struct id_map blocks;
    uint64_t version;
    char **strings; /* from 0: string 1 */
    size_t strings_capacity;
    uint64_t string_count;
    struct column functions; /* of each instruction: its string */
    struct column traces;    /* the instruction of each trace, or the address */
    struct column sizes;     /* of each allocation ... */
    struct column of_trace;  /* ... its trace ... */
    struct column live;      /* ... and how many are live */
    uint64_t other_lines;
};

static void column_add(struct column *column, uint64_t value)
{
    column->values =
        memory_reach(column->values, &column->capacity, column->count, sizeof(*column->values));
    column->values[column->count++] = value;
}

static bool take_hex(struct heaptrack *heaptrack, struct line_rest *rest, uint64_t *value)
{
    struct word word = line_take_word(rest);

    return kmem_pointer(word, value) ||
           import_log_bad(&heaptrack->log, "'%s': expected a hexadecimal number",
                          word_show(word).text);
}

static bool add_number(struct heaptrack *heaptrack, struct line_rest *rest, struct column *column)
{
    uint64_t value;

    if (!take_hex(heaptrack, rest, &value))
        return false;
    column_add(column, value);
    return true;
}

/* The site of a trace, which counts from 1. */
static uint32_t site_of(struct heaptrack *heaptrack, uint64_t trace)
{
    char text[SITE_NAME_BYTES_MAX];
    uint64_t instruction = 0;
    uint64_t function = 0;

    if (trace == 0 || trace > heaptrack->traces.count)
        return SITE_NONE;
    instruction = heaptrack->traces.values[trace - 1];
    if (instruction > 0 && instruction <= heaptrack->functions.count)
        function = heaptrack->functions.values[instruction - 1];
    if (function > 0 && function <= heaptrack->string_count)
        snprintf(text, sizeof(text), "%s", heaptrack->strings[function - 1]);
    else if (heaptrack->functions.count == 0)
        snprintf(text, sizeof(text), "0x%" PRIx64, instruction);
    else
        return SITE_NONE;
    return site_name_intern(heaptrack->heap.writer, (struct word){"", 0},
                            (struct word){text, strlen(text)});
}

static bool take_string(struct heaptrack *heaptrack, struct line_rest rest)
{
    char *text;

    if (heaptrack->version >= FRAMED_STRINGS)
        (void)line_take_word(&rest);
    while (rest.at < rest.end && *rest.at == ' ')
        rest.at++;
    text = memory_zeroed((size_t)(rest.end - rest.at) + 1, 1);
    memcpy(text, rest.at, (size_t)(rest.end - rest.at));
    heaptrack->strings = memory_reach(heaptrack->strings, &heaptrack->strings_capacity,
                                      heaptrack->string_count, sizeof(*heaptrack->strings));
    heaptrack->strings[heaptrack->string_count++] = text;
    return true;
}

/* "i ADDRESS MODULE FUNCTION ...": only the function matters, and may be missing. */
static bool take_instruction(struct heaptrack *heaptrack, struct line_rest rest)
{
    uint64_t skipped;
    uint64_t function = 0;
    struct line_rest more;

    if (!take_hex(heaptrack, &rest, &skipped) || !take_hex(heaptrack, &rest, &skipped))
        return false;
    more = rest;
    if (line_take_word(&more).bytes > 0 && !take_hex(heaptrack, &rest, &function))
        return false;
    column_add(&heaptrack->functions, function);
    return true;
}

static bool take_kind(struct heaptrack *heaptrack, struct line_rest rest)
{
    if (!add_number(heaptrack, &rest, &heaptrack->sizes) ||
        !add_number(heaptrack, &rest, &heaptrack->of_trace))
        return false;
    column_add(&heaptrack->live, 0);
    return true;
}

/* Stands for the address of an allocation of a kind, of which there are `live`. */
static uint64_t address_of(uint64_t kind, uint64_t live)
{
    return (kind + 1) << 32 | live;
}

static bool take_alloc(struct heaptrack *heaptrack, struct line_rest rest)
{
    uint64_t kind;
    uint64_t trace;
    uint64_t address;
    struct line_rest more;

    if (!take_hex(heaptrack, &rest, &kind))
        return false;
    more = rest;
    if (line_take_word(&more).bytes > 0) { /* it is the size */
        if (!take_hex(heaptrack, &rest, &trace) || !take_hex(heaptrack, &rest, &address))
            return false;
        user_heap_alloc(&heaptrack->heap, &heaptrack->blocks, address, kind,
                        site_of(heaptrack, trace));
        return true;
    }
    if (kind >= heaptrack->live.count)
        return import_log_bad(&heaptrack->log, "allocation 0x%" PRIx64 " has no 'a' line", kind);
    user_heap_alloc(&heaptrack->heap, &heaptrack->blocks,
                    address_of(kind, ++heaptrack->live.values[kind]), heaptrack->sizes.values[kind],
                    site_of(heaptrack, heaptrack->of_trace.values[kind]));
    return true;
}

static bool take_free(struct heaptrack *heaptrack, struct line_rest rest)
{
    uint64_t kind;

    if (!take_hex(heaptrack, &rest, &kind))
        return false;
    if (heaptrack->sizes.count > 0 && kind < heaptrack->live.count) {
        uint64_t *live = &heaptrack->live.values[kind];

        kind = address_of(kind, *live);
        *live -= *live > 0;
    }
    user_heap_free(&heaptrack->heap, &heaptrack->blocks, kind);
    return true;
}

static bool take_version(struct heaptrack *heaptrack, struct line_rest rest)
{
    uint64_t program;
    struct line_rest more;

    if (!take_hex(heaptrack, &rest, &program))
        return false;
    more = rest;
    return line_take_word(&more).bytes == 0 || take_hex(heaptrack, &rest, &heaptrack->version);
}

static bool take_line(void *importer, struct line_rest line)
{
    static const struct {
        char kind;
        bool (*take)(struct heaptrack *heaptrack, struct line_rest rest);
    } kinds[] = {{'+', take_alloc},       {'-', take_free},    {'s', take_string},
                 {'i', take_instruction}, {'v', take_version}, {'a', take_kind}};
    struct heaptrack *heaptrack = importer;
    struct line_rest rest = {line.at + 2, line.end};
    struct word word = line_take_word(&line);

    if (!import_log_check_end(&heaptrack->log))
        return false;
    if (word.bytes != 1 || rest.at > rest.end) {
        heaptrack->other_lines += word.bytes > 0;
        return true;
    }
    if (*word.text == 't')
        return add_number(heaptrack, &rest, &heaptrack->traces);
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (kinds[i].kind == *word.text)
            return kinds[i].take(heaptrack, rest);
    return true; /* the command line, the time, the memory in use */
}

static void release(struct heaptrack *heaptrack)
{
    for (uint64_t i = 0; i < heaptrack->string_count; i++)
        free(heaptrack->strings[i]);
    free(heaptrack->strings);
    free(heaptrack->functions.values);
    free(heaptrack->traces.values);
    free(heaptrack->sizes.values);
    free(heaptrack->of_trace.values);
    free(heaptrack->live.values);
    id_map_free(&heaptrack->blocks);
}

bool import_heaptrack(struct stream_in *in, struct trace_writer *writer,
                      const struct import_options *options, struct import_counts *counts,
                      struct sim_error *error)
{
    struct heaptrack heaptrack = {.heap.writer = writer};
    bool ok = import_log_read(&heaptrack.log, in, options, take_line, &heaptrack, error);

    if (ok && heaptrack.heap.allocations == 0)
        ok = sim_error_set(error, "%s: the file has no allocation of heaptrack", in->name);
    import_count(counts, "line of another kind", heaptrack.other_lines);
    user_heap_finish(&heaptrack.heap, &heaptrack.log, counts);
    release(&heaptrack);
    return ok;
}
