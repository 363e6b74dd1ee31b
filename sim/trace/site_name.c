#include "site_name.h"

#include <string.h>

uint32_t site_name_intern(struct trace_writer *writer, struct word prefix, struct word name)
{
    char text[SITE_NAME_BYTES_MAX];
    size_t bytes = prefix.bytes;

    memcpy(text, prefix.text, bytes);
    for (size_t i = 0; i < name.bytes && bytes < sizeof(text); i++) {
        char c = name.text[i];

        text[bytes++] = (unsigned char)c <= 0x20 || c == 0x7f ? '_' : c;
    }
    return bytes > 0 ? trace_writer_site(writer, text, bytes) : SITE_NONE;
}
