#include "site_name.h"

#include <string.h>

static bool ends_a_name(char c)
{
    return (unsigned char)c <= 0x20 || c == 0x7f;
}

/* Can it be a name as it stands? Nearly always. */
static bool is_name(struct word word)
{
    bool is = word.bytes > 0 && word.bytes <= SITE_NAME_BYTES_MAX;

    for (size_t i = 0; is && i < word.bytes; i++)
        is = !ends_a_name(word.text[i]);
    return is;
}

uint32_t site_name_intern(struct trace_writer *writer, struct word prefix, struct word name)
{
    char text[SITE_NAME_BYTES_MAX];
    size_t bytes = prefix.bytes;

    if (prefix.bytes == 0 && is_name(name))
        return trace_writer_site(writer, name.text, name.bytes);
    memcpy(text, prefix.text, bytes);
    for (size_t i = 0; i < name.bytes && bytes < sizeof(text); i++)
        text[bytes++] = ends_a_name(name.text[i]) ? '_' : name.text[i];
    return bytes > 0 ? trace_writer_site(writer, text, bytes) : SITE_NONE;
}
