/* The run of a foreign kernel as one JSON object. */
#ifndef REPORT_KERNEL_JSON_H
#define REPORT_KERNEL_JSON_H

#include <mmsim/kernel.h>

#include <stdio.h>

struct kernel_json {
    struct kernel *kernel; /* its output must have been kept */
    bool has_result;       /* whether there was a call; otherwise the result is null */
    uint32_t result;
};

void kernel_print_json(const struct kernel_json *run, FILE *file);

#endif
