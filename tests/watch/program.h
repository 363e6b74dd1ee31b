/* The program that test_watch.c runs under Valgrind and with AddressSanitizer: one mistake a run. */
#ifndef WATCH_PROGRAM_H
#define WATCH_PROGRAM_H

#define MISTAKES(X)                                                                                \
    X(none)                                                                                        \
    X(read_past)                                                                                   \
    X(read_past_one_of_many)                                                                       \
    X(read_before)                                                                                 \
    X(write_past)                                                                                  \
    X(read_freed)                                                                                  \
    X(write_freed)                                                                                 \
    X(read_unknown)                                                                                \
    X(read_unknown_after_resize)                                                                   \
    X(read_past_resized)                                                                           \
    X(read_moved)                                                                                  \
    X(read_past_usable)                                                                            \
    X(read_past_vmalloc)                                                                           \
    X(read_unknown_vmalloc)                                                                        \
    X(read_vfreed)                                                                                 \
    X(read_unknown_page)                                                                           \
    X(read_freed_page)                                                                             \
    X(read_never_allocated)                                                                        \
    X(free_twice)                                                                                  \
    X(read_past_object)                                                                            \
    X(read_freed_object)

#endif
