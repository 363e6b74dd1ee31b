/* Pointers that are not to the start of a live block, each given to kfree(), krealloc() and
   ksize(). */
#ifndef MISUSE_POINTER_H
#define MISUSE_POINTER_H

#include "misuse_functions.h"

/* POINTER(name) { body }: the body sets up and returns the pointer. */
#define POINTER(name)                                                                              \
    static vaddr_t pointer_##name(struct misuse_run *run);                                         \
    void misuse_kfree_##name(struct misuse_run *run)                                               \
    {                                                                                              \
        vaddr_t pointer = pointer_##name(run);                                                     \
        misuse_begins_at(run, pointer);                                                            \
        kfree(run->mm, pointer);                                                                   \
    }                                                                                              \
    void misuse_krealloc_##name(struct misuse_run *run)                                            \
    {                                                                                              \
        vaddr_t pointer = pointer_##name(run);                                                     \
        misuse_begins_at(run, pointer);                                                            \
        krealloc(run->mm, pointer, 200);                                                           \
    }                                                                                              \
    void misuse_ksize_##name(struct misuse_run *run)                                               \
    {                                                                                              \
        vaddr_t pointer = pointer_##name(run);                                                     \
        misuse_begins_at(run, pointer);                                                            \
        ksize(run->mm, pointer);                                                                   \
    }                                                                                              \
    static vaddr_t pointer_##name(struct misuse_run *run)

/* A pointer that needs no set-up. */
#define ADDRESS(name, address)                                                                     \
    POINTER(name)                                                                                  \
    {                                                                                              \
        (void)run;                                                                                 \
        return (address);                                                                          \
    }

#endif
