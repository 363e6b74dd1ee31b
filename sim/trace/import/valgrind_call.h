/*
 * The calls that Valgrind's --trace-malloc=yes writes
 * (coregrind/m_replacemalloc/vg_replace_malloc.c): "realloc(0x4A43040,40)", "memalign(al 64, size
 * 100)", "_ZdlPvm(0x4D70C80)".
 */
#ifndef TRACE_VALGRIND_CALL_H
#define TRACE_VALGRIND_CALL_H

#include "trace/text_fields.h"

/* PASS_OVER: the call changes nothing. */
enum valgrind_kind { ALLOC, REALLOC, FREE, PASS_OVER };

#define VALGRIND_ARGUMENTS_MAX 5u
#define VALGRIND_FUNCTIONS     31u

struct valgrind_function {
    const char *name; /* a name that ends in * stands for all names that begin like it */
    enum valgrind_kind kind;
    uint32_t needed;  /* the least number of arguments; a pointer is the first of them */
    uint32_t bytes;   /* index of the argument that is the size */
    uint32_t times;   /* index of the one that is the number of elements; ARGUMENTS_MAX: none is */
    const char *site; /* the name of the site of the blocks that it makes */
};

extern const struct valgrind_function valgrind_functions[VALGRIND_FUNCTIONS];

/* Stands for a realloc that has been replaced by a free: its result has no meaning. */
#define VALGRIND_DONE (&valgrind_functions[VALGRIND_FUNCTIONS - 1])

struct valgrind_call {
    const struct valgrind_function *function; /* NULL: there is no call */
    uint64_t argument[VALGRIND_ARGUMENTS_MAX];
};

/* Takes the name of a function and its parenthesis; NULL: no known function comes next. */
const struct valgrind_function *valgrind_take_function(struct line_rest *rest);

/* Takes the arguments and the closing parenthesis. false: they make no sense. */
bool valgrind_take_arguments(struct line_rest *rest, struct valgrind_call *call);

/* Computes the bytes that the call asks for. false: they overflow. */
bool valgrind_call_bytes(const struct valgrind_call *call, uint64_t *bytes);

#endif
