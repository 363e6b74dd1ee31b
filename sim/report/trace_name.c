#include "report/trace_name.h"

#include <stddef.h>
#include <string.h>

/* The length of a name without its endings. */
static size_t stem_bytes(const char *name)
{
    static const char *const endings[] = {".zst", ".xz", ".mmb", ".mmt", ".csv", ".json"};
    size_t bytes = strlen(name);

    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        size_t ending = strlen(endings[i]);
        if (bytes > ending && strncmp(name + bytes - ending, endings[i], ending) == 0)
            bytes -= ending;
    }
    return bytes;
}

const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

struct trace_name trace_name_short(const char *path)
{
    const char *name = file_name(path);

    return (struct trace_name){name, (int)stem_bytes(name)};
}

bool trace_names_equal(struct trace_name one, struct trace_name other)
{
    return one.bytes == other.bytes && strncmp(one.text, other.text, (size_t)one.bytes) == 0;
}
