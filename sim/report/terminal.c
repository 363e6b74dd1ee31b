#include "report/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define WIDTH_MAX 10000u

/* The width in COLUMNS; 0 if that is not a number from 1 to WIDTH_MAX. */
static uint32_t width_of_variable(void)
{
    const char *text = getenv("COLUMNS");
    size_t digits = text != NULL ? strspn(text, "0123456789") : 0;

    if (digits == 0 || digits > 5 || text[digits] != '\0')
        return 0;
    unsigned long width = strtoul(text, NULL, 10);
    return width <= WIDTH_MAX ? (uint32_t)width : 0;
}

uint32_t terminal_width_of(int fd)
{
    struct winsize size;

    return ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

uint32_t terminal_width(void)
{
    uint32_t width = width_of_variable();

    if (width == 0)
        width = terminal_width_of(STDOUT_FILENO);
    if (width == 0)
        width = TERMINAL_WIDTH_DEFAULT;
    return width > TERMINAL_WIDTH_MIN ? width : TERMINAL_WIDTH_MIN;
}

bool terminal_takes_escapes(int fd)
{
    const char *kind = getenv("TERM");

    return isatty(fd) && (kind == NULL || strcmp(kind, "dumb") != 0);
}

bool terminal_takes_colour(int fd)
{
    const char *refused = getenv("NO_COLOR");

    return terminal_takes_escapes(fd) && (refused == NULL || refused[0] == '\0');
}

uint32_t terminal_colours(int fd)
{
    const char *kind = getenv("TERM");
    const char *more = getenv("COLORTERM");

    if (!terminal_takes_colour(fd))
        return 0;
    return (more != NULL && more[0] != '\0') || (kind != NULL && strstr(kind, "256color") != NULL)
               ? 256
               : 8;
}

bool terminal_takes_utf8(void)
{
    static const char *const variables[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    const char *locale = NULL;

    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++)
        if (locale == NULL || locale[0] == '\0')
            locale = getenv(variables[i]);
    return locale != NULL &&
           (strcasestr(locale, "UTF-8") != NULL || strcasestr(locale, "UTF8") != NULL);
}
