/* Pointers that are not to the start of a live block, each given to kfree(), krealloc() and
   ksize(). */
#ifndef MISUSE_POINTER_H
#define MISUSE_POINTER_H

#include "misuse_functions.h"

/* POINTER(name) { body }: the body sets up and returns the pointer. */
#define POINTER(name)                                                                              \
    static vaddr_t pointer_##name(struct misuse_attempt *attempt);                                 \
    void misuse_kfree_##name(struct misuse_attempt *attempt)                                       \
    {                                                                                              \
        vaddr_t pointer = pointer_##name(attempt);                                                 \
        misuse_begins_at(attempt, pointer);                                                        \
        kfree(attempt->mm, pointer);                                                               \
    }                                                                                              \
    void misuse_krealloc_##name(struct misuse_attempt *attempt)                                    \
    {                                                                                              \
        vaddr_t pointer = pointer_##name(attempt);                                                 \
        misuse_begins_at(attempt, pointer);                                                        \
        krealloc(attempt->mm, pointer, 200);                                                       \
    }                                                                                              \
    void misuse_ksize_##name(struct misuse_attempt *attempt)                                       \
    {                                                                                              \
        vaddr_t pointer = pointer_##name(attempt);                                                 \
        misuse_begins_at(attempt, pointer);                                                        \
        ksize(attempt->mm, pointer);                                                               \
    }                                                                                              \
    static vaddr_t pointer_##name(struct misuse_attempt *attempt)

/* A pointer that needs no set-up. */
#define ADDRESS(name, address)                                                                     \
    POINTER(name)                                                                                  \
    {                                                                                              \
        (void)attempt;                                                                             \
        return (address);                                                                          \
    }

#endif
