/* Where the page tables of a dump are: from the arguments of `mmsim inspect`, and from the
   registers that a core has. */
#ifndef COMMAND_INSPECT_REGISTERS_H
#define COMMAND_INSPECT_REGISTERS_H

#include "command/arguments.h"
#include "machine/dump.h"

/* Fills in the mode, the root and CR4. Says on standard error what was taken from a core's
   registers. Returns false after a message. */
bool registers_of_arguments(const struct arguments *arguments, const char *name,
                            const struct dump *dump, struct page_tables *tables);

#endif
