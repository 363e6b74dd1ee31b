#include "error.h"

#include <stdarg.h>
#include <stdio.h>

static void set(struct sim_error *error, bool writing, const char *format, va_list arguments)
{
    error->writing = writing;
    vsnprintf(error->text, sizeof(error->text), format, arguments);
}

bool sim_error_set(struct sim_error *error, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    set(error, false, format, arguments);
    va_end(arguments);
    return false;
}

bool sim_error_set_writing(struct sim_error *error, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    set(error, true, format, arguments);
    va_end(arguments);
    return false;
}
