/*
 * Imports what glibc's mtrace() writes (malloc/mtrace-impl.c):
 *
 *     = Start                                  = End
 *     @ WHERE + ADDRESS BYTES                  malloc, calloc, memalign, realloc of NULL
 *     @ WHERE - ADDRESS                        free, realloc to nothing
 *     @ WHERE < OLD
 *     @ WHERE > ADDRESS BYTES                  realloc, in two lines
 *     @ WHERE ! OLD BYTES                      realloc that failed
 *
 * Old logs have no "@". WHERE, which need not be there, is OBJECT:(FUNCTION+OFFSET)[ADDRESS], or as
 * much of it as the dynamic linker knew; an object's path may hold blanks. A block's site is the
 * function, else OBJECT[ADDRESS] without directories: that address counts from where the object was
 * loaded.
 */
#include "log_fields.h"
#include "user_heap.h"

#include <string.h>

struct mtrace {
    struct user_heap heap;
    struct import_log log;
    struct id_map blocks;
    uint64_t moving;      /* the OLD of a realloc whose second line is still to come; 0: none */
    uint64_t torn;        /* reallocs of which only one line could be told */
    uint64_t known_lines; /* in the form of mtrace */
};

/* Takes "@ WHERE ", if it is there; old logs have no "@". The operation after it holds no bracket.
 */
static struct word take_where(struct line_rest *rest)
{
    struct word where = {NULL, 0};
    const char *end;

    if (!rest_take_text(rest, "@ ") &&
        memrchr(rest->at, ']', (size_t)(rest->end - rest->at)) == NULL)
        return where;
    end = memrchr(rest->at, ']', (size_t)(rest->end - rest->at));
    end = end != NULL ? end + 1 : memchr(rest->at, ' ', (size_t)(rest->end - rest->at));
    if (end == NULL)
        end = rest->end;
    where = (struct word){rest->at, (size_t)(end - rest->at)};
    rest->at = end;
    rest_take_text(rest, " ");
    return where;
}

/* "dir/program:(parse+0x12)[0x1234]" is parse, "dir/program:[0x1234]" is program:[0x1234]. */
static uint32_t site_of(struct mtrace *mtrace, struct word where)
{
    const char *at = where.text;
    const char *end;
    const char *bracket;
    const char *open = NULL;

    if (where.bytes == 0)
        return SITE_NONE;
    end = at + where.bytes;
    bracket = memrchr(at, '[', where.bytes);
    if (bracket != NULL && bracket > at && bracket[-1] == ')')
        open = memrchr(at, '(', (size_t)(bracket - at));
    if (open != NULL) {
        for (at = open + 1, end = at; *end != '+' && *end != '-' && *end != ')';)
            end++;
    } else {
        const char *slash = memrchr(at, '/', (size_t)((bracket != NULL ? bracket : end) - at));
        at = slash != NULL ? slash + 1 : at;
    }
    return site_name_intern(mtrace->heap.writer, (struct word){"", 0},
                            (struct word){at, (size_t)(end - at)});
}

static bool take_hex(struct mtrace *mtrace, struct line_rest *rest, const char *what,
                     uint64_t *value)
{
    struct word word = line_take_word(rest);

    return kmem_pointer(word, value) ||
           import_log_bad(&mtrace->log, "%s is '%s': expected a hexadecimal number", what,
                          word_show(word).text);
}

/* The realloc that is open has no second line of its own: its block is freed. */
static void tear(struct mtrace *mtrace)
{
    if (mtrace->moving == 0)
        return;
    user_heap_free(&mtrace->heap, &mtrace->blocks, mtrace->moving);
    mtrace->moving = 0;
    mtrace->torn++;
}

/* "< OLD". What the line before it left open belonged to another thread. */
static void move_from(struct mtrace *mtrace, uint64_t old)
{
    tear(mtrace);
    mtrace->moving = old;
}

static void move_to(struct mtrace *mtrace, uint64_t address, uint64_t bytes, uint32_t site)
{
    mtrace->torn += mtrace->moving == 0;
    user_heap_realloc(&mtrace->heap, &mtrace->blocks, mtrace->moving, address, bytes, site);
    mtrace->moving = 0;
}

static bool take_operation(struct mtrace *mtrace, char operation, struct line_rest *rest,
                           struct word where)
{
    bool sized = operation == '+' || operation == '>' || operation == '!';
    uint64_t address;
    uint64_t bytes = 0;
    struct word more;

    if (!take_hex(mtrace, rest, "ADDRESS", &address) ||
        (sized && !take_hex(mtrace, rest, "BYTES", &bytes)))
        return false;
    more = line_take_word(rest);
    if (more.bytes > 0)
        return import_log_bad(&mtrace->log, "unexpected '%s' after the operation",
                              word_show(more).text);
    if (operation == '+')
        user_heap_alloc(&mtrace->heap, &mtrace->blocks, address, bytes, site_of(mtrace, where));
    else if (operation == '-')
        user_heap_free(&mtrace->heap, &mtrace->blocks, address);
    else if (operation == '<')
        move_from(mtrace, address);
    else if (operation == '>')
        move_to(mtrace, address, bytes, site_of(mtrace, where));
    else
        user_heap_realloc(&mtrace->heap, &mtrace->blocks, address, 0, bytes, SITE_NONE);
    return true;
}

static bool is_boundary(struct line_rest rest)
{
    if (!rest_take_text(&rest, "= Start") && !rest_take_text(&rest, "= End"))
        return false;
    return rest.at == rest.end;
}

static bool take_line(void *importer, struct line_rest line)
{
    struct mtrace *mtrace = importer;
    struct line_rest rest = line;
    struct word where;

    if (!import_log_check_end(&mtrace->log))
        return false;
    if (is_boundary(line)) {
        mtrace->known_lines++;
        return true;
    }
    where = take_where(&rest);
    if (rest.at == rest.end || memchr("+-<>!", *rest.at, 5) == NULL)
        return import_log_bad(&mtrace->log, "not a line of mtrace: '%s'",
                              word_show((struct word){line.at, (size_t)(line.end - line.at)}).text);
    rest.at++;
    if (!take_operation(mtrace, rest.at[-1], &rest, where))
        return false;
    mtrace->known_lines++;
    return true;
}

bool import_mtrace(struct stream_in *in, struct trace_writer *writer,
                   const struct import_options *options, struct import_counts *counts,
                   struct sim_error *error)
{
    struct mtrace mtrace = {.heap.writer = writer};
    bool ok = import_log_read(&mtrace.log, in, options, take_line, &mtrace, error);

    if (ok && mtrace.known_lines == 0)
        ok = sim_error_set(error, "%s: the file has no line of mtrace", in->name);
    tear(&mtrace);
    import_count(counts, "realloc with another thread between its lines: a free and an allocation",
                 mtrace.torn);
    user_heap_finish(&mtrace.heap, &mtrace.log, counts);
    id_map_free(&mtrace.blocks);
    return ok;
}
