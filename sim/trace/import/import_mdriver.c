/*
 * Imports a trace of the malloc lab (.rep):
 *
 *     suggested heap size        or        weight
 *     number of IDs                        number of IDs
 *     number of operations                 number of operations
 *     weight                               suggested heap size
 *     a ID BYTES     r ID BYTES     f ID   ...
 *
 * The header is older in its left form. Both have the two numbers that count in the same place, and
 * the others mean nothing to a trace. A header of three numbers lacks the first or the last one, a
 * header of two lacks both. IDs count from 0; `f -1` frees NULL. If the numbers of a header are not
 * those of what follows it, the file was not written whole, or was put together wrong.
 */
#include "user_heap.h"

#include <inttypes.h>

enum { HEADER_IDS = 1, HEADER_NUMBERS_MIN = 2, HEADER_NUMBERS = 4 };

struct mdriver {
    struct user_heap heap;
    struct import_log log;
    struct id_map blocks; /* by ID + 1 */
    uint64_t header[HEADER_NUMBERS];
    uint64_t header_lines[HEADER_NUMBERS];
    uint32_t header_count;
    uint64_t ids; /* the highest + 1 */
    uint64_t operations;
};

static bool take_header(struct mdriver *mdriver, struct line_rest *rest)
{
    static const char *const names[HEADER_NUMBERS] = {
        "the suggested heap size, or the weight", "the number of IDs", "the number of operations",
        "the weight, or the suggested heap size"};
    uint32_t i = mdriver->header_count;
    struct word word = line_take_word(rest);

    if (word_number(word, 0, UINT64_MAX - 1, &mdriver->header[i]) != NUMBER_OK)
        return import_log_bad(&mdriver->log, "'%s' in the header: expected a number: %s",
                              word_show(word).text, names[i]);
    mdriver->header_lines[i] = mdriver->log.lines.number;
    mdriver->header_count++;
    return true;
}

static bool take_number(struct mdriver *mdriver, struct line_rest *rest, const char *name,
                        uint64_t *value)
{
    struct word word = line_take_word(rest);

    if (word_number(word, 0, UINT64_MAX - 1, value) == NUMBER_OK)
        return true;
    return import_log_bad(&mdriver->log,
                          "%s is '%s': expected a number, in 'a ID BYTES', 'r ID BYTES' or 'f ID'",
                          name, word_show(word).text);
}

static bool take_id(struct mdriver *mdriver, struct line_rest *rest, uint64_t *id)
{
    if (!take_number(mdriver, rest, "ID", id))
        return false;
    if (mdriver->header_count == HEADER_NUMBERS && *id >= mdriver->header[HEADER_IDS])
        return import_log_bad(&mdriver->log,
                              "ID %" PRIu64 ": the header, in line %" PRIu64 ", has %" PRIu64
                              " IDs, counted from 0",
                              *id, mdriver->header_lines[HEADER_IDS], mdriver->header[HEADER_IDS]);
    mdriver->ids = *id >= mdriver->ids ? *id + 1 : mdriver->ids;
    return true;
}

static bool take_end(struct mdriver *mdriver, struct line_rest *rest)
{
    struct word word = line_take_word(rest);

    return word.bytes == 0 || import_log_bad(&mdriver->log, "unexpected '%s' after the operation",
                                             word_show(word).text);
}

static bool take_free(struct mdriver *mdriver, struct line_rest *rest)
{
    struct line_rest after = *rest;
    uint64_t id = 0;

    if (word_is(line_take_word(&after), "-1")) {
        *rest = after;
    } else {
        if (!take_id(mdriver, rest, &id))
            return false;
        id++;
        if (id_map_find(&mdriver->blocks, id) == NULL)
            return import_log_bad(&mdriver->log, "ID %" PRIu64 " is not live", id - 1);
    }
    if (!take_end(mdriver, rest))
        return false;
    user_heap_free(&mdriver->heap, &mdriver->blocks, id);
    return true;
}

static bool take_sized(struct mdriver *mdriver, struct line_rest *rest, bool again)
{
    uint64_t id;
    uint64_t bytes;

    if (!take_id(mdriver, rest, &id) || !take_number(mdriver, rest, "BYTES", &bytes) ||
        !take_end(mdriver, rest))
        return false;
    id++;
    if (again && id_map_find(&mdriver->blocks, id) != NULL)
        user_heap_realloc(&mdriver->heap, &mdriver->blocks, id, bytes == 0 ? 0 : id, bytes,
                          SITE_NONE);
    else
        user_heap_alloc(&mdriver->heap, &mdriver->blocks, id, bytes, SITE_NONE);
    return true;
}

static bool take_operation(struct mdriver *mdriver, struct line_rest *rest)
{
    struct word word = line_take_word(rest);

    mdriver->operations++;
    if (word_is(word, "f"))
        return take_free(mdriver, rest);
    if (word_is(word, "a") || word_is(word, "r"))
        return take_sized(mdriver, rest, word_is(word, "r"));
    return import_log_bad(&mdriver->log,
                          "unknown operation '%s': expected 'a ID BYTES', 'r ID BYTES' or 'f ID'",
                          word_show(word).text);
}

/* Is the header complete? A shorter one ends before the first operation. */
static bool is_behind_header(const struct mdriver *mdriver, struct word word)
{
    return mdriver->header_count == HEADER_NUMBERS ||
           (mdriver->header_count >= HEADER_NUMBERS_MIN && strchr("arf", *word.text) != NULL);
}

/* Finds the comment that the rest of the line is; NULL: it has none. */
static const char *find_comment(struct line_rest line)
{
    for (const char *slash = line.at; slash < line.end; slash++) {
        slash = memchr(slash, '/', (size_t)(line.end - slash));
        if (slash == NULL || line.end - slash < 2)
            return NULL;
        if (slash[1] == '/' || slash[1] == '*')
            return slash;
    }
    return NULL;
}

/* Blank lines, and comments from a # or a slash on, are passed over. The last line may lack its
   newline, because the header tells how many operations there are. */
static bool take_line(void *importer, struct line_rest line)
{
    struct mdriver *mdriver = importer;
    const char *comment = find_comment(line);
    struct line_rest peek;
    struct word word;

    line.end = comment != NULL ? comment : line.end;
    for (peek = line; (word = line_take_word(&peek)).bytes > 0; peek = line) {
        if (is_behind_header(mdriver, word))
            return take_operation(mdriver, &line);
        if (!take_header(mdriver, &line))
            return false;
    }
    return true;
}

/* The index of the number of IDs in the header, behind which that of operations stands. */
static uint32_t ids_index(const struct mdriver *mdriver)
{
    bool first = mdriver->header[0] == mdriver->ids && mdriver->header[1] == mdriver->operations;

    if (mdriver->header_count == HEADER_NUMBERS)
        return HEADER_IDS;
    return mdriver->header_count == HEADER_NUMBERS_MIN || first ? 0 : HEADER_IDS;
}

static bool check_header(const struct mdriver *mdriver, struct sim_error *error)
{
    if (mdriver->header_count < HEADER_NUMBERS_MIN ||
        (mdriver->header_count < HEADER_NUMBERS && mdriver->operations == 0))
        return sim_error_set(error,
                             "%s:%" PRIu64 ": the file ends in its header: expected two to four "
                             "numbers",
                             mdriver->log.lines.in->name, mdriver->log.lines.number);
    return true;
}

/* Does the number of the header say what follows it? After lines that were skipped none can. */
static bool check_number(struct mdriver *mdriver, uint32_t number, const char *what, uint64_t met,
                         struct sim_error *error)
{
    if (mdriver->header[number] == met || mdriver->log.skipped > 0)
        return true;
    mdriver->log.skipped++;
    return mdriver->log.lenient ||
           sim_error_set(
               error, "%s:%" PRIu64 ": the header announces %" PRIu64 " %s, but %" PRIu64 " follow",
               mdriver->log.lines.in->name, mdriver->header_lines[number], mdriver->header[number],
               what, met);
}

bool import_mdriver(struct stream_in *in, struct trace_writer *writer,
                    const struct import_options *options, struct import_counts *counts,
                    struct sim_error *error)
{
    struct mdriver mdriver = {.heap.writer = writer};
    bool ok =
        import_log_read(&mdriver.log, in, options, take_line, &mdriver, error) &&
        check_header(&mdriver, error) &&
        check_number(&mdriver, ids_index(&mdriver) + 1, "operations", mdriver.operations, error) &&
        check_number(&mdriver, ids_index(&mdriver), "IDs", mdriver.ids, error);

    user_heap_finish(&mdriver.heap, &mdriver.log, counts);
    id_map_free(&mdriver.blocks);
    return ok;
}
