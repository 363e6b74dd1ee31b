/*
 * Imports what Valgrind's --trace-malloc=yes writes, among its other messages and what the program
 * writes:
 *
 *     --PID-- malloc(16) = 0x4A43040
 *     --PID-- realloc(0x4A43040,40) = 0x4A43090
 *     --PID-- free(0x4A43090)
 *
 * A call is written before it is done, its result after it, and what comes in between is on the
 * same line:
 *
 *     --PID-- realloc(0x4A43090,0)free(0x4A43090)        realloc frees; its result has a line of
 *     --PID--  = 0                                       its own
 *     --PID-- realloc(0x0,7)malloc(7) = 0x4A43100        malloc does the work of realloc
 *     --PID-- malloc(18446744073709551615)Argument ...   a message of the tool, in many lines, the
 *     --PID--  = 0x0                                     result after it
 *     --PID-- calloc(9223372036854775807,8)free(0x0)     the product overflows: there is no result
 *     --PID-- malloc(297)malloc(1) = 0x6EF9940           two threads: the first gets its result at
 *     --PID--  = 0x6EF97D0                               its next turn, many lines later
 *     output of the program--PID-- free(0x4A43100)       that did not end its line
 *
 * Results name no call. Where several threads wait for theirs, they are taken to be in the order of
 * the calls: blocks may change sizes, none is lost. A process is an address space, and a program
 * that it executes is another one. A block's site is the function that allocated it.
 */
#include "trace/memory.h"
#include "user_heap.h"
#include "valgrind_call.h"

#include <stdlib.h>
#include <string.h>

struct process {
    uint64_t pid;
    struct id_map blocks;
    struct valgrind_call open;     /* the last call, while it has no result */
    struct valgrind_call *waiting; /* those before it that have none: a thread each */
    size_t capacity;
    uint32_t waiting_count;
};

struct valgrind {
    struct user_heap heap;
    struct import_log log;
    struct id_map numbers; /* PID -> index of its process */
    struct process *processes;
    size_t capacity;
    uint32_t count;
    uint32_t last;                      /* index of the process that the last line was about */
    uint32_t sites[VALGRIND_FUNCTIONS]; /* SITE_NONE: not met yet */
    uint64_t calls;
    uint64_t other_lines;
    uint64_t no_result;
    uint64_t no_call;
    uint64_t executed; /* blocks that went with the program that a process ran before */
};

static uint32_t site_of(struct valgrind *valgrind, const struct valgrind_function *function)
{
    uint32_t *site = &valgrind->sites[function - valgrind_functions];

    if (*site == SITE_NONE)
        *site = trace_writer_site(valgrind->heap.writer, function->site, strlen(function->site));
    return *site;
}

/* The call returned `result`. */
static void finish(struct valgrind *valgrind, struct process *process,
                   const struct valgrind_call *call, uint64_t result)
{
    bool resizes = call->function->kind == REALLOC;
    uint64_t bytes;

    if (call->function->kind == PASS_OVER)
        return;
    if (!valgrind_call_bytes(call, &bytes))
        bytes = UINT64_MAX; /* it failed, then */
    user_heap_realloc(&valgrind->heap, &process->blocks, resizes ? call->argument[0] : 0, result,
                      bytes, site_of(valgrind, call->function));
}

/* Does the open call do its work by this one? Then this one's result is that of both. */
static bool is_done_by(const struct valgrind_call *open, const struct valgrind_call *call)
{
    return open->function->kind == REALLOC && open->argument[0] == 0 &&
           call->function->kind == ALLOC;
}

/* A call was written, and its result not yet. */
static void open_call(struct process *process, const struct valgrind_call *call)
{
    if (process->open.function != NULL && !is_done_by(&process->open, call)) {
        process->waiting = memory_reach(process->waiting, &process->capacity,
                                        process->waiting_count, sizeof(*process->waiting));
        process->waiting[process->waiting_count++] = process->open;
    }
    process->open = *call;
}

/* The call that a result belongs to. false: there is none. */
static bool close_call(struct process *process, struct valgrind_call *call)
{
    if (process->open.function != NULL) {
        *call = process->open;
        process->open.function = NULL;
        return true;
    }
    if (process->waiting_count == 0)
        return false;
    *call = process->waiting[0];
    process->waiting_count--;
    memmove(process->waiting, process->waiting + 1,
            process->waiting_count * sizeof(*process->waiting));
    return true;
}

/* Will it have no result? calloc fails at once; malloc_usable_size of NULL says nothing. */
static bool is_without_result(const struct valgrind_call *call)
{
    uint64_t bytes;

    return call->function->kind == PASS_OVER
               ? call->argument[0] == 0
               : call->function->kind == ALLOC && !valgrind_call_bytes(call, &bytes);
}

static void free_block(struct valgrind *valgrind, struct process *process, uint64_t address)
{
    struct valgrind_call *open = &process->open;

    user_heap_free(&valgrind->heap, &process->blocks, address);
    if (open->function != NULL && open->function->kind == REALLOC && open->argument[0] == address)
        open->function = VALGRIND_DONE;
}

static bool take_call(struct valgrind *valgrind, struct process *process,
                      const struct valgrind_function *function, struct line_rest *rest)
{
    struct valgrind_call call = {.function = function};

    if (!valgrind_take_arguments(rest, &call))
        return import_log_bad(&valgrind->log, "%s: its arguments make no sense", function->name);
    valgrind->calls++;
    if (function->kind == FREE)
        free_block(valgrind, process, call.argument[0]);
    else if (is_without_result(&call))
        finish(valgrind, process, &call, 0);
    else
        open_call(process, &call);
    return true;
}

static bool take_result(struct valgrind *valgrind, struct process *process, struct line_rest *rest)
{
    struct line_rest before = *rest;
    struct valgrind_call call;
    uint64_t result;

    if (rest_take_number(rest, &result) != NUMBER_OK || rest->at != rest->end)
        return import_log_bad(&valgrind->log, "the result of a call is '%s': expected a number",
                              word_show(line_take_word(&before)).text);
    if (close_call(process, &call))
        finish(valgrind, process, &call, result);
    else
        valgrind->no_call++;
    return true;
}

/* What follows "--PID-- ": calls and results, up to a message of another kind. */
static bool take_message(struct valgrind *valgrind, struct process *process, struct line_rest rest)
{
    const char *begin = rest.at;

    while (rest.at < rest.end) {
        const struct valgrind_function *function = valgrind_take_function(&rest);

        if (function == NULL && !rest_take_text(&rest, " = "))
            break;
        if (function != NULL ? !take_call(valgrind, process, function, &rest)
                             : !take_result(valgrind, process, &rest))
            return false;
    }
    valgrind->other_lines += rest.at == begin;
    return true;
}

static struct process *process_of(struct valgrind *valgrind, uint64_t pid)
{
    const uint32_t *number;

    if (valgrind->count > 0 && valgrind->processes[valgrind->last].pid == pid)
        return &valgrind->processes[valgrind->last];
    number = id_map_find(&valgrind->numbers, pid);
    if (number != NULL) {
        valgrind->last = *number;
        return &valgrind->processes[*number];
    }
    valgrind->last = valgrind->count++;
    id_map_add(&valgrind->numbers, pid, valgrind->last);
    valgrind->processes = memory_reach(valgrind->processes, &valgrind->capacity, valgrind->last,
                                       sizeof(*valgrind->processes));
    valgrind->processes[valgrind->last].pid = pid;
    return &valgrind->processes[valgrind->last];
}

static void drop_calls(struct valgrind *valgrind, struct process *process)
{
    struct valgrind_call call;

    while (close_call(process, &call))
        valgrind->no_result += call.function->kind != PASS_OVER;
}

/* The process executes a program: nothing is left of the one before. */
static void execute(struct valgrind *valgrind, struct process *process)
{
    drop_calls(valgrind, process);
    valgrind->executed += user_heap_free_all(&valgrind->heap, &process->blocks);
}

static bool take_pair(struct line_rest *rest, char mark)
{
    if (rest->end - rest->at < 2 || rest->at[0] != mark || rest->at[1] != mark)
        return false;
    rest->at += 2;
    return true;
}

/* "--PID-- "; with --time-stamp=yes "--00:00:00:01.234 PID-- ". */
static bool take_preamble(struct line_rest *rest, char mark, uint64_t *pid)
{
    struct line_rest at = *rest;

    if (!take_pair(&at, mark) || rest_take_number(&at, pid) != NUMBER_OK)
        return false;
    if (rest_take_text(&at, ":")) {
        at.at = memchr(at.at, ' ', (size_t)(at.end - at.at));
        if (at.at == NULL || !rest_take_text(&at, " ") || rest_take_number(&at, pid) != NUMBER_OK)
            return false;
    }
    if (*pid == 0 || !take_pair(&at, mark) || !rest_take_text(&at, " "))
        return false;
    *rest = at;
    return true;
}

/* The first preamble: what the program wrote before it is passed over. */
static bool find_preamble(struct line_rest *rest, uint64_t *pid)
{
    while (!take_preamble(rest, '-', pid)) {
        if (rest->at == rest->end)
            return false;
        rest->at = memmem(rest->at + 1, (size_t)(rest->end - rest->at) - 1, "--", 2);
        if (rest->at == NULL)
            return false;
    }
    return true;
}

static bool take_line(void *importer, struct line_rest line)
{
    struct valgrind *valgrind = importer;
    uint64_t pid;

    if (take_preamble(&line, '=', &pid)) {
        if (rest_take_text(&line, "Command: "))
            execute(valgrind, process_of(valgrind, pid));
    } else if (find_preamble(&line, &pid)) {
        return import_log_check_end(&valgrind->log) &&
               take_message(valgrind, process_of(valgrind, pid), line);
    }
    valgrind->other_lines++;
    return true;
}

static void release(struct valgrind *valgrind)
{
    for (uint32_t i = 0; i < valgrind->count; i++) {
        id_map_free(&valgrind->processes[i].blocks);
        free(valgrind->processes[i].waiting);
    }
    id_map_free(&valgrind->numbers);
    free(valgrind->processes);
}

static void report(struct valgrind *valgrind, struct import_counts *counts)
{
    for (uint32_t i = 0; i < valgrind->count; i++)
        drop_calls(valgrind, &valgrind->processes[i]);
    import_count(counts, "call that did not return", valgrind->no_result);
    import_count(counts, "result without its call: left out", valgrind->no_call);
    import_count(counts, "block that was live when its process executed another program: freed",
                 valgrind->executed);
    import_count(counts, "line of another kind", valgrind->other_lines);
    user_heap_finish(&valgrind->heap, &valgrind->log, counts);
}

bool import_valgrind(struct stream_in *in, struct trace_writer *writer,
                     const struct import_options *options, struct import_counts *counts,
                     struct sim_error *error)
{
    struct valgrind valgrind = {.heap.writer = writer};
    bool ok = import_log_read(&valgrind.log, in, options, take_line, &valgrind, error);

    if (ok && valgrind.calls == 0)
        ok = sim_error_set(error,
                           "%s: the file has no call of malloc: Valgrind needs --trace-malloc=yes",
                           in->name);
    report(&valgrind, counts);
    release(&valgrind);
    return ok;
}
