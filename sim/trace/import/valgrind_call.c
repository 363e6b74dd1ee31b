#include "valgrind_call.h"

#define ONCE VALGRIND_ARGUMENTS_MAX

const struct valgrind_function valgrind_functions[] = {
    {"malloc", ALLOC, 1, 0, ONCE, "malloc"},
    {"free", FREE, 1, 0, ONCE, NULL},
    {"_Znw*", ALLOC, 1, 0, ONCE, "new"},
    {"_Zdl*", FREE, 1, 0, ONCE, NULL},
    {"realloc", REALLOC, 2, 1, ONCE, "realloc"},
    {"calloc", ALLOC, 2, 0, 1, "calloc"},
    {"_Zna*", ALLOC, 1, 0, ONCE, "new[]"},
    {"_Zda*", FREE, 1, 0, ONCE, NULL},
    {"memalign", ALLOC, 2, 1, ONCE, "memalign"},
    {"posix_memalign", ALLOC, 3, 2, ONCE, "posix_memalign"},
    {"aligned_alloc", ALLOC, 2, 1, ONCE, "aligned_alloc"},
    {"reallocarray", REALLOC, 3, 1, 2, "reallocarray"},
    {"reallocf", REALLOC, 2, 1, ONCE, "reallocf"},
    {"cfree", FREE, 1, 0, ONCE, NULL},
    {"free_sized", FREE, 1, 0, ONCE, NULL},
    {"free_aligned_sized", FREE, 1, 0, ONCE, NULL},
    {"builtin_new", ALLOC, 1, 0, ONCE, "new"},
    {"__builtin_new", ALLOC, 1, 0, ONCE, "new"},
    {"__builtin_vec_new", ALLOC, 1, 0, ONCE, "new[]"},
    {"__builtin_delete", FREE, 1, 0, ONCE, NULL},
    {"__builtin_vec_delete", FREE, 1, 0, ONCE, NULL},
    {"operator new", ALLOC, 1, 0, ONCE, "new"},
    {"operator new[]", ALLOC, 1, 0, ONCE, "new[]"},
    {"operator delete", FREE, 1, 0, ONCE, NULL},
    {"operator delete[]", FREE, 1, 0, ONCE, NULL},
    {"free_definite_size", FREE, 1, 0, ONCE, NULL},
    {"valloc", ALLOC, 1, 0, ONCE, "valloc"},
    {"pvalloc", ALLOC, 1, 0, ONCE, "pvalloc"},
    {"malloc_usable_size", PASS_OVER, 1, 0, ONCE, NULL},
    {"malloc_size", PASS_OVER, 1, 0, ONCE, NULL},
    {"", PASS_OVER, 0, 0, ONCE, NULL}, /* VALGRIND_DONE */
};
_Static_assert(sizeof(valgrind_functions) / sizeof(valgrind_functions[0]) == VALGRIND_FUNCTIONS,
               "the table has exactly these functions");

static bool is_letter(char c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static bool is_of_name(char c)
{
    return is_letter(c) || (c >= '0' && c <= '9') || c == '_';
}

/* Takes the name and its parenthesis, if this name begins here. */
static bool take_name(struct line_rest *rest, const char *name)
{
    const char *at = rest->at;

    for (; *name != '\0' && *name != '*'; name++, at++)
        if (at == rest->end || *at != *name)
            return false;
    while (*name == '*' && at < rest->end && is_of_name(*at))
        at++;
    if (at == rest->end || *at != '(')
        return false;
    rest->at = at + 1;
    return true;
}

/* "zone_malloc(0x7fff5000, 24)" and "malloc_zone_malloc(0x7fff5000, 24)" of macOS: the zone, which
   is the first argument, is passed over. */
static const struct valgrind_function *take_zone_function(struct line_rest rest,
                                                          struct line_rest *after)
{
    const struct valgrind_function *function;

    if (!rest_take_text(&rest, "zone_") && !rest_take_text(&rest, "malloc_zone_"))
        return NULL;
    (void)rest_take_text(&rest, "malloc_zone_");
    function = valgrind_take_function(&rest);
    rest.at = function != NULL ? memchr(rest.at, ',', (size_t)(rest.end - rest.at)) : NULL;
    if (rest.at == NULL)
        return NULL;
    *after = (struct line_rest){rest.at + 1, rest.end};
    return function;
}

const struct valgrind_function *valgrind_take_function(struct line_rest *rest)
{
    for (size_t i = 0; i < VALGRIND_FUNCTIONS - 1; i++)
        if (take_name(rest, valgrind_functions[i].name))
            return &valgrind_functions[i];
    return take_zone_function(*rest, rest);
}

/* "40", "0x4A43090", " al 64", " size 100". */
static bool take_argument(struct line_rest *rest, uint64_t *value)
{
    while (rest->at < rest->end && (*rest->at == ' ' || is_letter(*rest->at)))
        rest->at++;
    return rest_take_number(rest, value) == NUMBER_OK;
}

/* Takes all arguments and the closing parenthesis. Returns how many; 0: this is no list of
   arguments. */
static uint32_t take_arguments(struct line_rest *rest, uint64_t argument[VALGRIND_ARGUMENTS_MAX])
{
    for (uint32_t count = 0;
         count < VALGRIND_ARGUMENTS_MAX && take_argument(rest, &argument[count]);) {
        count++;
        if (rest_take_text(rest, ")"))
            return count;
        if (!rest_take_text(rest, ","))
            break;
    }
    return 0;
}

bool valgrind_take_arguments(struct line_rest *rest, struct valgrind_call *call)
{
    return take_arguments(rest, call->argument) >= call->function->needed;
}

bool valgrind_call_bytes(const struct valgrind_call *call, uint64_t *bytes)
{
    const struct valgrind_function *function = call->function;

    *bytes = call->argument[function->bytes];
    return function->times == ONCE ||
           !__builtin_mul_overflow(*bytes, call->argument[function->times], bytes);
}
