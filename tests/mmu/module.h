/* Writes probe programs as the boot module that the image executes. */
#ifndef MMU_MODULE_H
#define MMU_MODULE_H

#include "program.h"

#include <stdio.h>

struct module {
    FILE *file;
    const char *path;
    struct probe_header header;
};

/* Start a file. If a call fails, it prints the reason and ends the process. */
void module_begin(struct module *module, const char *path);

/* Run a program on the simulator, and add it with its outcomes. */
void module_add(struct module *module, struct program *program);

void module_end(struct module *module);

#endif
