#include "report/svg_title.h"

#include <string.h>

#include "trace/printable.h"

#define HEAD_BYTES 2048u /* gnuplot's title is in these */

static const char *markup_of(char character)
{
    return character == '&'   ? "&amp;"
           : character == '<' ? "&lt;"
           : character == '>' ? "&gt;"
                              : NULL;
}

void svg_put_text(const struct text_out *out, const char *text)
{
    size_t bytes = strlen(text);
    size_t length;

    for (size_t i = 0; i < bytes; i += length) {
        size_t valid = text_utf8_sequence(&text[i], bytes - i);
        length = valid != 0 ? valid : 1u;
        if (valid == 0)
            text_put(out, "?");
        else if (printable_is_control(&text[i], length))
            text_put(out, " ");
        else if (markup_of(text[i]) != NULL)
            text_put(out, markup_of(text[i]));
        else
            out->put(out->context, &text[i], length);
    }
}

/* Write the part of the head before `mark`. Returns where the mark is; NULL: it is absent. */
static const char *put_up_to(const struct text_out *out, const char *head, const char *mark)
{
    const char *at = strstr(head, mark);

    if (at != NULL)
        out->put(out->context, head, (size_t)(at - head));
    return at;
}

bool svg_put_titled(FILE *drawn, const char *title, const struct text_out *out)
{
    static const char element[] = "<svg ";
    static const char name[] = "<title>Gnuplot</title>";
    char part[65536];
    size_t bytes;

    rewind(drawn);
    bytes = fread(part, 1, HEAD_BYTES, drawn);
    part[bytes] = '\0';
    const char *rest = part;
    const char *found = put_up_to(out, rest, element);
    if (found != NULL) {
        text_put(out, "<svg " SVG_ROLE " ");
        rest = found + strlen(element);
    }
    found = put_up_to(out, rest, name);
    if (found != NULL) {
        text_put(out, "<title>");
        svg_put_text(out, title);
        text_put(out, "</title>");
        rest = found + strlen(name);
    }
    out->put(out->context, rest, bytes - (size_t)(rest - part));
    while ((bytes = fread(part, 1, sizeof part, drawn)) > 0)
        out->put(out->context, part, bytes);
    return !ferror(drawn);
}
