/*
 * Imports what tools print of a program's calls to its heap, a call in each line:
 *
 *     malloc(24)                            = 0x55d0c2a0        ltrace
 *     [pid 12] calloc(4, 8 <unfinished ...>                     ltrace -f
 *     [pid 12] <... calloc resumed> )       = 0x55d0c2c0
 *       1.280 us [ 28141] |   malloc(24) = 0x55d0c2a0;          uftrace replay
 *      1234 ls       USER  0x8012a000 = malloc(24)              jemalloc's utrace, by kdump
 *     [+] Heap-Analysis - __libc_malloc(24)=0x602010            gef
 *     [*] realloc(0x602010, 0x30) -> 0x602050, 64 bytes ...     pwndbg
 *     41541532086673 [pid 12] malloc(24) = 0x55d0c2a0           malloc.bt, a script of bpftrace
 *
 * Other lines are passed over. Threads and processes are not told apart: all blocks are in one
 * address space. A block's site is the function that was called.
 */
#include "log_fields.h"
#include "trace/memory.h"
#include "user_heap.h"
#include "valgrind_call.h"

#include <stdlib.h>

/* The calls of a thread without their results, the inner ones last. One calls another only to a
   small depth: if there are more calls, the outermost never returned. */
struct waiting_calls {
    uint32_t count;
    struct valgrind_call call[4];
};

struct calls {
    struct user_heap heap;
    struct import_log log;
    struct id_map blocks;
    struct id_map threads; /* that wait: their slots in waiting */
    struct slot_pool slots;
    struct waiting_calls *waiting;
    size_t capacity;
    uint64_t known; /* calls */
    uint64_t last_time;
    uint64_t lost;
    uint64_t unfinished;
    uint64_t other_lines;
    uint64_t no_call;
    uint64_t no_address;
};

static struct word rest_word(struct line_rest rest)
{
    return (struct word){rest.at, (size_t)(rest.end - rest.at)};
}

static const char *find_text(struct line_rest rest, const char *text)
{
    return memmem(rest.at, (size_t)(rest.end - rest.at), text, strlen(text));
}

static void skip_blanks(struct line_rest *rest)
{
    while (rest->at < rest->end && (*rest->at == ' ' || *rest->at == '\t'))
        rest->at++;
}

/* "0x55d0c2a0", "24", "nil", "NULL", "(nil)", "<void>"; a name may stand before it: "size=24". */
static bool take_value(struct line_rest *rest, uint64_t *value)
{
    static const char *const nothing[] = {"(nil)", "nil", "NULL", "<void>", "nullptr"};
    struct line_rest named = *rest;

    skip_blanks(rest);
    for (size_t i = 0; i < sizeof(nothing) / sizeof(nothing[0]); i++)
        if (rest_take_text(rest, nothing[i])) {
            *value = 0;
            return true;
        }
    while (named.at < named.end && *named.at != '=' && *named.at != ':' && *named.at != ',' &&
           *named.at != ')')
        named.at++;
    if (named.at < named.end && (*named.at == '=' || *named.at == ':')) {
        rest->at = named.at + 1;
        skip_blanks(rest);
    }
    return rest_take_number(rest, value) == NUMBER_OK;
}

/* ---- the thread ---- */

/* "[pid 12] ", "12 ", or, before a bar, "[ 12] " before the call: the number plus 1; 1: there is
 * none. */
static uint64_t thread_of(struct line_rest rest)
{
    const char *bracket = find_text(rest, "[pid ");
    const char *bar = find_text(rest, " |");
    uint64_t thread = 0;

    if (bracket != NULL)
        rest.at = bracket + strlen("[pid ");
    else if (bar != NULL && (bracket = memchr(rest.at, '[', (size_t)(bar - rest.at))) != NULL)
        rest.at = bracket + 1;
    skip_blanks(&rest);
    if (rest_take_number(&rest, &thread) != NUMBER_OK || thread == UINT64_MAX ||
        rest.at == rest.end || (*rest.at != ' ' && *rest.at != ']'))
        return 1; /* it may be a time: "14:10:36" */
    return thread + 1;
}

/* ---- the call ---- */

static bool is_of_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* Takes "malloc(", "__libc_malloc(" or "malloc@libc.so.6(". NULL: no known function begins here. */
static const struct valgrind_function *take_function(struct line_rest *rest)
{
    const struct valgrind_function *function;
    const char *open = memchr(rest->at, '(', (size_t)(rest->end - rest->at));
    const char *at = open != NULL ? memchr(rest->at, '@', (size_t)(open - rest->at)) : NULL;
    char name[64];
    struct line_rest plain;

    (void)rest_take_text(rest, "__libc_");
    if (at == NULL || (size_t)(at - rest->at) >= sizeof(name) - 1)
        return valgrind_take_function(rest);
    memcpy(name, rest->at, (size_t)(at - rest->at));
    name[at - rest->at] = '(';
    plain = (struct line_rest){name, name + (at - rest->at) + 1};
    function = valgrind_take_function(&plain);
    if (function != NULL)
        rest->at = open + 1;
    return function;
}

/* Finds a known function in the line, and takes its name. */
static const struct valgrind_function *find_function(struct line_rest *rest)
{
    char before = ' ';

    for (; rest->at < rest->end; before = *rest->at++) {
        const struct valgrind_function *function;

        if (is_of_name(before) || !is_of_name(*rest->at))
            continue;
        function = take_function(rest);
        if (function != NULL)
            return function;
    }
    return NULL;
}

/* Takes the arguments, and the parenthesis behind them if it is there. */
static bool take_arguments(struct line_rest *rest, struct valgrind_call *call)
{
    const char *types = find_text(*rest, ")(");
    uint32_t count = 0;

    if (types != NULL) /* "operator new(unsigned long)(24)" */
        rest->at = types + 2;
    while (count < VALGRIND_ARGUMENTS_MAX && take_value(rest, &call->argument[count])) {
        count++;
        skip_blanks(rest);
        if (!rest_take_text(rest, ","))
            break;
    }
    types = memchr(rest->at, ')', (size_t)(rest->end - rest->at));
    rest->at = types != NULL ? types + 1 : rest->at;
    return count >= call->function->needed;
}

/* " = 0x55d0c2a0", "=0x602010", " -> 0x602050" */
static bool take_result(struct line_rest *rest, uint64_t *result)
{
    skip_blanks(rest);
    return (rest_take_text(rest, "=") || rest_take_text(rest, "->")) && take_value(rest, result);
}

/* "0x8012a000 = " before the function. */
static bool find_early_result(struct line_rest line, const char *function, uint64_t *result)
{
    const char *at;

    line.end = function;
    at = find_text(line, "0x");
    if (at == NULL)
        return false;
    line.at = at;
    return rest_take_number(&line, result) == NUMBER_OK && rest_take_text(&line, " = ");
}

static void finish(struct calls *calls, const struct valgrind_call *call, uint64_t result)
{
    const struct valgrind_function *function = call->function;
    struct user_heap *heap = &calls->heap;
    uint64_t bytes;
    uint32_t site;

    if (function->needed == 3 && function->kind == ALLOC && result < PAGE_SIZE) {
        calls->no_address++; /* posix_memalign returns an error, and stores the address */
        heap->allocations++;
        return;
    }
    if (!valgrind_call_bytes(call, &bytes))
        bytes = UINT64_MAX;
    site = trace_writer_site(heap->writer, function->site, strlen(function->site));
    user_heap_realloc(heap, &calls->blocks, function->kind == REALLOC ? call->argument[0] : 0,
                      result, bytes, site);
}

/* ---- calls whose result comes later ---- */

/* A call that never returns is left in its thread's slot: memory grows with the threads that end
   inside a call. */
static void wait_for_result(struct calls *calls, uint64_t thread, const struct valgrind_call *call)
{
    const uint32_t *slot = id_map_find(&calls->threads, thread);
    struct waiting_calls *waiting;

    if (slot == NULL) {
        uint32_t fresh = slot_pool_take(&calls->slots);

        calls->waiting =
            memory_reach(calls->waiting, &calls->capacity, fresh, sizeof(*calls->waiting));
        calls->waiting[fresh].count = 0;
        id_map_add(&calls->threads, thread, fresh);
        slot = id_map_find(&calls->threads, thread);
    }
    waiting = &calls->waiting[*slot];
    calls->unfinished++;
    if (waiting->count == sizeof(waiting->call) / sizeof(waiting->call[0]))
        memmove(waiting->call, waiting->call + 1, --waiting->count * sizeof(waiting->call[0]));
    waiting->call[waiting->count++] = *call;
}

/* The last call of the thread that waits: its result has come. */
static bool resume(struct calls *calls, uint64_t thread, uint64_t result)
{
    const uint32_t *slot = id_map_find(&calls->threads, thread);
    struct waiting_calls *waiting;
    uint32_t given;

    if (slot == NULL)
        return false;
    waiting = &calls->waiting[*slot];
    calls->unfinished--;
    finish(calls, &waiting->call[--waiting->count], result);
    if (waiting->count == 0 && id_map_remove(&calls->threads, thread, &given))
        slot_pool_give(&calls->slots, given);
    return true;
}

/* The function whose name stands between these texts; NULL: it is no known one. */
static const struct valgrind_function *named_function(struct line_rest rest, const char *end)
{
    struct line_rest at;
    char name[64];
    size_t bytes = end != NULL ? (size_t)(end - rest.at) : sizeof(name);

    if (bytes >= sizeof(name) - 1)
        return NULL;
    memcpy(name, rest.at, bytes);
    name[bytes] = '(';
    at = (struct line_rest){name, name + bytes + 1};
    return take_function(&at);
}

/* "<... calloc resumed> ) = 0x55d0c2c0" of ltrace, "} = 0x55d0c2a0;" and the name as a comment of
   C of uftrace. */
static bool take_late_result(struct calls *calls, struct line_rest line)
{
    const char *resumed = find_text(line, "<... ");
    const char *brace = find_text(line, "} = ");
    const struct valgrind_function *function;
    struct line_rest rest = line;
    uint64_t result = 0;

    if (resumed != NULL) {
        rest.at = resumed + strlen("<... ");
        function = named_function(rest, find_text(rest, " resumed"));
        brace = find_text(rest, "= ");
        rest.at = brace != NULL ? brace : rest.end;
    } else if (brace != NULL && (resumed = find_text(line, "/* ")) != NULL) {
        function =
            named_function((struct line_rest){resumed + 3, line.end}, find_text(line, " */"));
        rest.at = brace + 2;
    } else {
        return false;
    }
    if (function == NULL)
        return false;
    if (function->kind == FREE || function->kind == PASS_OVER)
        return true; /* nothing waits for it */
    (void)take_result(&rest, &result);
    calls->no_call += !resume(calls, thread_of(line), result);
    return true;
}

/* ---- lines ---- */

/* uftrace knows the arguments of some functions only. */
#define UFTRACE_HINT " (uftrace record -A 'NAME@arg1,arg2,arg3' -R 'NAME@retval' records them)"

/* "Lost 19 events", of bpftrace */
static bool take_lost(struct calls *calls, struct line_rest line)
{
    uint64_t lost;

    if (!rest_take_text(&line, "Lost ") || rest_take_number(&line, &lost) != NUMBER_OK ||
        !rest_take_text(&line, " events"))
        return false;
    calls->lost += lost;
    return true;
}

/* A line of malloc.bt begins with its time, and bpftrace prints the lines of each CPU by
   themselves. false: the line is older than the one before. */
static bool check_time(struct calls *calls, struct line_rest line)
{
    uint64_t time;

    if (rest_take_number(&line, &time) != NUMBER_OK || !rest_take_text(&line, " [pid "))
        return true;
    if (time < calls->last_time)
        return import_log_bad(&calls->log, "the times are not in order: sort the log by sort -n");
    calls->last_time = time;
    return true;
}

/* ltrace ends a call's line so if another thread goes on, and if the process dies in the call. */
static bool is_unfinished(struct line_rest rest)
{
    return find_text(rest, "<unfinished") != NULL || find_text(rest, "<no return") != NULL ||
           find_text(rest, "{") != NULL;
}

static bool take_call(struct calls *calls, struct line_rest line, const char *name,
                      struct line_rest rest, struct valgrind_call *call)
{
    uint64_t result;

    if (call->function->kind == PASS_OVER)
        return true;
    if (!take_arguments(&rest, call))
        return import_log_bad(
            &calls->log, "a call of %s without its arguments%s: '%s'", call->function->name,
            find_text(line, "();") != NULL ? UFTRACE_HINT : "", word_show(rest_word(line)).text);
    calls->known++;
    if (call->function->kind == FREE)
        user_heap_free(&calls->heap, &calls->blocks, call->argument[0]);
    else if (take_result(&rest, &result) || find_early_result(line, name, &result))
        finish(calls, call, result);
    else if (is_unfinished(rest))
        wait_for_result(calls, thread_of(line), call);
    else
        return import_log_bad(&calls->log, "a call of %s without a result: '%s'",
                              call->function->name, word_show(rest_word(line)).text);
    return true;
}

static bool take_line(void *importer, struct line_rest line)
{
    struct calls *calls = importer;
    struct line_rest rest = line;
    struct valgrind_call call = {.function = NULL};

    if (take_late_result(calls, line))
        return import_log_check_end(&calls->log);
    call.function = find_function(&rest);
    if (call.function != NULL && !check_time(calls, line))
        return false;
    if (call.function == NULL && take_lost(calls, line))
        return true;
    if (call.function == NULL) {
        calls->other_lines++;
        return true;
    }
    return import_log_check_end(&calls->log) && take_call(calls, line, rest.at, rest, &call);
}

bool import_calls(struct stream_in *in, struct trace_writer *writer,
                  const struct import_options *options, struct import_counts *counts,
                  struct sim_error *error)
{
    struct calls calls = {.heap.writer = writer};
    bool ok = import_log_read(&calls.log, in, options, take_line, &calls, error);

    if (ok && calls.known == 0)
        ok = sim_error_set(error, "%s: the file has no call of malloc or another such function",
                           in->name);
    import_count(counts, "event lost by bpftrace", calls.lost);
    import_count(counts, "call that did not return", calls.unfinished);
    import_count(counts, "result without its call: left out", calls.no_call);
    import_count(counts, "posix_memalign, whose block is not in the log", calls.no_address);
    import_count(counts, "line of another kind", calls.other_lines);
    user_heap_finish(&calls.heap, &calls.log, counts);
    id_map_free(&calls.blocks);
    id_map_free(&calls.threads);
    slot_pool_free(&calls.slots);
    free(calls.waiting);
    return ok;
}
