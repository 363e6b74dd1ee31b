#include "error.h"
#include "printable.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A message may quote names and words of files, which must be made printable. */
static void set(struct sim_error *error, bool writing, const char *format, va_list arguments)
{
    char text[4u * sizeof(error->text)];

    vsnprintf(text, sizeof(text), format, arguments);
    error->writing = writing;
    printable_copy(error->text, sizeof(error->text), text, strlen(text));
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
