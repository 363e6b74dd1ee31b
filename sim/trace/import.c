#include "import.h"
#include "convert.h"

#include <stdio.h>
#include <string.h>

const struct importer importers[] = {
    {"ftrace",
     "text of /sys/kernel/tracing/trace with the kmem events of a 32-bit x86 Linux kernel",
     "cd /sys/kernel/tracing\n"
     "echo 0 > options/hash-ptr\n"
     "echo 131072 > buffer_size_kb\n"
     "echo 1 > events/kmem/enable\n"
     "echo 1 > tracing_on; sleep 10; echo 0 > tracing_on\n"
     "cat trace > /tmp/trace.txt\n",
     import_ftrace},
    {NULL, NULL, NULL, NULL},
};

const struct importer *importer_find(const char *name)
{
    for (const struct importer *importer = importers; importer->name != NULL; importer++) {
        if (strcmp(importer->name, name) == 0)
            return importer;
    }
    return NULL;
}

static bool unknown_format(const char *format, struct sim_error *error)
{
    char known[128] = "";

    for (const struct importer *importer = importers; importer->name != NULL; importer++) {
        size_t used = strlen(known);

        snprintf(known + used, sizeof(known) - used, "%s%s", used > 0 ? ", " : "", importer->name);
    }
    return sim_error_set(error, "unknown format '%s': expected one of: %s", format, known);
}

static bool import_into(const struct importer *importer, const char *in,
                        struct trace_writer *writer, const struct import_options *options,
                        struct import_counts *counts, struct sim_error *error)
{
    struct stream_in stream;
    bool ok;

    if (!stream_in_open(&stream, in, error))
        return false;
    ok = importer->run(&stream, writer, options, counts, error);
    counts->events = writer->live.events;
    stream_in_close(&stream);
    return ok;
}

bool trace_import(const char *format, const char *in, const char *out,
                  const struct import_options *options, struct import_counts *counts,
                  struct sim_error *error)
{
    const struct importer *importer = importer_find(format);
    struct trace_writer *writer;
    bool ok;

    *counts = (struct import_counts){0};
    if (importer == NULL)
        return unknown_format(format, error);
    if (strcmp(out, "-") != 0 && !trace_name_is_binary(out))
        return sim_error_set(error, "%s: the name must end in .mmb, .mmb.zst or .mmb.xz", out);
    writer = trace_writer_open(error);
    if (writer == NULL)
        return false;
    ok = import_into(importer, in, writer, options, counts, error) &&
         trace_writer_finish(writer, error) && trace_writer_save(writer, out, error);
    trace_writer_close(writer);
    return ok;
}
