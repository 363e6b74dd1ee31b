#include "command/help_text.h"

#include <stdbool.h>
#include <string.h>

/* A text that is being laid out. */
struct layout {
    FILE *out;
    unsigned column; /* the column of the next character */
    unsigned indent;
};

static void put_blanks(FILE *out, unsigned count)
{
    fprintf(out, "%*s", (int)count, "");
}

static void start_line(struct layout *layout)
{
    fputc('\n', layout->out);
    put_blanks(layout->out, layout->indent);
    layout->column = layout->indent;
}

/* Put a part that must not be broken: after a blank, or on the next line if it does not fit. */
static void put_part(struct layout *layout, const char *part, size_t bytes)
{
    if (layout->column + 1 + bytes > HELP_COLUMNS)
        start_line(layout);
    else if (layout->column > layout->indent)
        layout->column += (unsigned)fprintf(layout->out, " ");
    fwrite(part, 1, bytes, layout->out);
    layout->column += (unsigned)bytes;
}

static void put_words(struct layout *layout, const char *text)
{
    while (*text != '\0') {
        size_t bytes = strcspn(text, " \n");

        put_part(layout, text, bytes);
        text += bytes;
        if (*text == '\n')
            start_line(layout);
        text += *text != '\0';
    }
    fputc('\n', layout->out);
}

void help_text_put(FILE *out, const char *text, unsigned indent)
{
    struct layout layout = {.out = out, .indent = indent};

    put_words(&layout, text);
}

void help_text_put_item(FILE *out, const char *word, const char *text)
{
    struct layout layout = {.out = out, .indent = HELP_TEXT_COLUMN};

    layout.column = (unsigned)fprintf(out, "  %s", word);
    if (layout.column + 1 < HELP_TEXT_COLUMN) {
        put_blanks(out, HELP_TEXT_COLUMN - layout.column);
        layout.column = HELP_TEXT_COLUMN;
    } else {
        start_line(&layout);
    }
    put_words(&layout, text);
}

/* The bytes up to the first blank outside of all brackets that does not stand before the value of
 * an option. */
static size_t group_bytes(const char *text)
{
    size_t at = 0;
    int depth = 0;

    for (; text[at] != '\0'; at++) {
        bool before_value = text[0] == '-' && text[at] == ' ' && text[at + 1] != '-' &&
                            text[at + 1] != '[' && memchr(text, ' ', at) == NULL;
        depth += (text[at] == '[') - (text[at] == ']');
        if (text[at] == ' ' && depth == 0 && !before_value)
            break;
    }
    return at;
}

void help_text_put_usage(FILE *out, const char *synopsis)
{
    struct layout layout = {.out = out};
    size_t name = strcspn(synopsis, " ");

    layout.column = (unsigned)fprintf(out, "usage: mmsim %.*s", (int)name, synopsis);
    layout.indent = layout.column + 1u;
    for (const char *at = synopsis + name; *at != '\0';) {
        size_t bytes = group_bytes(++at);

        if (layout.column + 1 + bytes > HELP_COLUMNS)
            start_line(&layout);
        else if (layout.column != layout.indent)
            layout.column += (unsigned)fprintf(out, " ");
        fwrite(at, 1, bytes, out);
        layout.column += (unsigned)bytes;
        at += bytes;
    }
    fputc('\n', out);
}
