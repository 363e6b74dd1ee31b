/* An allocator for `bench --heap`, which passes everything on to the C library's.
   tests/bench/run.sh builds it with one of its functions left out. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

/* Finds the next function of this name, behind this library. */
static void find(const char *name, void *function)
{
    void *found = dlsym(RTLD_NEXT, name);

    memcpy(function, &found, sizeof found);
}

#define PASS_ON(result, name, parameters, arguments)                                               \
    result name parameters;                                                                        \
    result name parameters                                                                         \
    {                                                                                              \
        static result(*next) parameters;                                                           \
        if (next == NULL)                                                                          \
            find(#name, &next);                                                                    \
        return next arguments;                                                                     \
    }

#ifndef NO_MALLOC
PASS_ON(void *, malloc, (size_t bytes), (bytes))
#endif
#ifndef NO_REALLOC
PASS_ON(void *, realloc, (void *block, size_t bytes), (block, bytes))
#endif

void free(void *block);
void free(void *block)
{
    static void (*next)(void *block);
    if (next == NULL)
        find("free", &next);
    next(block);
}
