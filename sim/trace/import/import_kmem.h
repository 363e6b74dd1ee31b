/* The import of a log of a 32-bit x86 Linux kernel's kmem events, in any format. */
#ifndef TRACE_IMPORT_KMEM_H
#define TRACE_IMPORT_KMEM_H

#include "import.h"
#include "kmem_line.h"

/* As struct importer's import, for lines of this format. */
bool import_kmem(const struct kmem_format *format, struct stream_in *in,
                 struct trace_writer *writer, const struct import_options *options,
                 struct import_counts *counts, struct sim_error *error);

#endif
