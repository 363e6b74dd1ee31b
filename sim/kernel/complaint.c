#include "complaint.h"

#include <stdarg.h>
#include <stdio.h>

bool complain(const struct complaint *complaint, const char *format, ...)
{
    va_list arguments;
    int name = snprintf(complaint->error, complaint->error_bytes, "%s: ", complaint->name);

    va_start(arguments, format);
    if (name > 0 && (size_t)name < complaint->error_bytes)
        vsnprintf(complaint->error + name, complaint->error_bytes - (size_t)name, format,
                  arguments);
    va_end(arguments);
    return false;
}
