#include "error.h"

#include <stdarg.h>
#include <stdio.h>

/* What is quoted of a file does nothing to the terminal of who reads it. */
static void blank_controls(char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            *text = '?';
}

static void set(struct sim_error *error, bool writing, const char *format, va_list arguments)
{
    error->writing = writing;
    vsnprintf(error->text, sizeof(error->text), format, arguments);
    blank_controls(error->text);
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
