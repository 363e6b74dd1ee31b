#include "site_name.h"
#include "trace/eight_bytes.h"

#include <string.h>

static bool ends_a_name(char c)
{
    return (unsigned char)c <= 0x20 || c == 0x7f;
}

static bool has_end(uint64_t eight)
{
    return (eight_below(eight, 0x21) | eight_equal(eight, 0x7f)) != 0;
}

/* Can it be a name as it stands? Nearly always. */
static bool is_name(struct word word)
{
    size_t at = 0;

    if (word.bytes == 0 || word.bytes > SITE_NAME_BYTES_MAX)
        return false;
    while (word.bytes - at >= 8 && !has_end(eight_load(word.text + at)))
        at += 8;
    while (at < word.bytes && !ends_a_name(word.text[at]))
        at++;
    return at == word.bytes;
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
