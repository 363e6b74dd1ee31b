#include "kmem_fields.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

bool kmem_fail(struct import *import, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(import->reason, sizeof(import->reason), format, arguments);
    va_end(arguments);
    return false;
}

bool kmem_take_earlier(struct import *import, struct word key, struct word *value)
{
    import->line.rest.at = import->fields;
    return kmem_take_field(&import->line.rest, key, value) ||
           kmem_fail(import, "%s without %s", word_show(import->line.event).text, key.text);
}

bool kmem_has_field(const struct import *import, struct word key)
{
    struct line_rest rest = {import->fields, import->line.rest.end};
    struct word value;

    return kmem_take_field(&rest, key, &value);
}

bool kmem_bad_pointer(struct import *import, struct word key, struct word value)
{
    if (word_is(value, "(____ptrval____)"))
        return kmem_fail(import,
                         "%s: the kernel has hidden the address: boot it with no_hash_pointers",
                         word_show(import->line.event).text);
    return kmem_fail(import, "%s: %s is followed by '%s': expected a hexadecimal number",
                     word_show(import->line.event).text, key.text, word_show(value).text);
}

bool kmem_bad_number(struct import *import, struct word key, struct word value, uint64_t most)
{
    return kmem_fail(import, "%s: %s is followed by '%s': expected a number up to %" PRIu64,
                     word_show(import->line.event).text, key.text, word_show(value).text, most);
}
