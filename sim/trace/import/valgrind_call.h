/*
 * The calls that Valgrind's --trace-malloc=yes writes
 * (coregrind/m_replacemalloc/vg_replace_malloc.c): "realloc(0x4A43040,40)", "memalign(al 64, size
 * 100)", "_ZdlPvm(0x4D70C80)".
 */
#ifndef TRACE_VALGRIND_CALL_H
#define TRACE_VALGRIND_CALL_H

#include "trace/text_fields.h"

/* PASS_OVER: it changes nothing. */
enum valgrind_kind { ALLOC, REALLOC, FREE, PASS_OVER };

#define VALGRIND_ARGUMENTS_MAX 5u
#define VALGRIND_FUNCTIONS     24u

struct valgrind_function {
    const char *name; /* what follows up to the parenthesis is free where it ends in * */
    enum valgrind_kind kind;
    uint32_t needed;  /* arguments, at least */
    uint32_t bytes;   /* which of them, from 0; a pointer is the first, if there is one */
    uint32_t times;   /* which is how many of them; VALGRIND_ARGUMENTS_MAX: it is no array */
    const char *site; /* what a block that it makes is called by */
};

extern const struct valgrind_function valgrind_functions[VALGRIND_FUNCTIONS];

/* What realloc becomes when free has done its work: its result tells nothing. */
#define VALGRIND_DONE (&valgrind_functions[VALGRIND_FUNCTIONS - 1])

struct valgrind_call {
    const struct valgrind_function *function; /* NULL: there is none */
    uint64_t argument[VALGRIND_ARGUMENTS_MAX];
};

/* The function whose name and parenthesis come next, and are taken; NULL: none that is known. */
const struct valgrind_function *valgrind_take_function(struct line_rest *rest);

/* Take the arguments and the closing parenthesis. false: they make no sense. */
bool valgrind_take_arguments(struct line_rest *rest, struct valgrind_call *call);

/* What the call asks for. false: it overflows. */
bool valgrind_call_bytes(const struct valgrind_call *call, uint64_t *bytes);

#endif
