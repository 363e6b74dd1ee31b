/* The fields of a kmem event: "call_site=foo+0x1/0x2 [ext4] ptr=c1234560 bytes_req=56". */
#ifndef TRACE_KMEM_FIELDS_H
#define TRACE_KMEM_FIELDS_H

#include "kmem_line.h"

#include <string.h>

#define WORD(text)                                                                                 \
    {                                                                                              \
        text, sizeof(text) - 1                                                                     \
    }

/* b is not empty. */
static inline bool words_equal(struct word a, struct word b)
{
    return a.bytes == b.bytes && *a.text == *b.text && memcmp(a.text, b.text, a.bytes) == 0;
}

/*
 * Take the value of field KEY ("ptr=", with its equals sign) up to the next blank, or to the
 * closing quote where one opens it; the quotes are left away. Fields before it are passed over.
 * false: there is none, and rest is as it was.
 */
bool kmem_take_field(struct line_rest *rest, struct word key, struct word *value);

static inline bool kmem_number_is_hexadecimal(struct word value)
{
    return value.bytes > 2 && value.text[0] == '0' && value.text[1] == 'x';
}

/* A hexadecimal number, with or without 0x; "(null)" and "(nil)" are 0. false: not one. */
bool kmem_pointer(struct word value, uint64_t *pointer);

/* A frame number: hexadecimal after 0x, else decimal. false: not one. */
bool kmem_number(struct word value, uint64_t *number);

#endif
