/* One line of text about a file: its name, and what is wrong with it. */
#ifndef KERNEL_COMPLAINT_H
#define KERNEL_COMPLAINT_H

#include <stdbool.h>
#include <stddef.h>

struct complaint {
    const char *name;
    char *error;
    size_t error_bytes;
};

/* Write "name: text", cut to the room there is. Always false. */
__attribute__((format(printf, 2, 3))) bool complain(const struct complaint *complaint,
                                                    const char *format, ...);

#endif
