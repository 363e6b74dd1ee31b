/* The words of a log: fields, numbers, flags of requests for memory, names of sites. */
#ifndef TRACE_LOG_FIELDS_H
#define TRACE_LOG_FIELDS_H

#include "kmem_line.h"
#include "replay/event.h"
#include "trace/text_fields.h"
#include "trace/trace_writer.h"

#include <string.h>

/* ---- fields and numbers: "call_site=foo+0x1/0x2 [ext4] ptr=c1234560 bytes_req=56" ---- */

#define WORD(text)                                                                                 \
    {                                                                                              \
        text, sizeof(text) - 1                                                                     \
    }

/* b must not be empty. */
static inline bool words_equal(struct word a, struct word b)
{
    return a.bytes == b.bytes && *a.text == *b.text && memcmp(a.text, b.text, a.bytes) == 0;
}

/* Does the word begin so? */
static inline bool words_start(struct word word, const char *text)
{
    size_t bytes = strlen(text);

    return word.bytes >= bytes && memcmp(word.text, text, bytes) == 0;
}

/*
 * Takes the value of the field `key` ("ptr=", with its equals sign). The value ends before the next
 * blank; if it is quoted, it is the text between the quotes. Fields before it are skipped. false:
 * there is no such field, and rest is as it was.
 */
bool kmem_take_field(struct line_rest *rest, struct word key, struct word *value);

static inline bool kmem_number_is_hexadecimal(struct word value)
{
    return value.bytes > 2 && value.text[0] == '0' && value.text[1] == 'x';
}

/* Reads a hexadecimal number, with or without 0x; "(null)" and "(nil)" are 0. false: it is none. */
bool kmem_pointer(struct word value, uint64_t *pointer);

/* Reads a frame number: hexadecimal after 0x, else decimal. false: it is none. */
bool kmem_number(struct word value, uint64_t *number);

/* ---- flags of a request for pages or an object: "GFP_KERNEL|__GFP_ZERO" or "0xdc0" ---- */

#define GFP_MEMO_TEXTS 64u
#define GFP_MEMO_BYTES 120u

/* The flags that were read before, with their class: a log has few different ones. A zeroed memo is
   empty. */
struct gfp_memo {
    struct gfp_text {
        char text[GFP_MEMO_BYTES];
        uint32_t bytes; /* 0: none */
        enum page_class page_class;
    } texts[GFP_MEMO_TEXTS];
};

/* Where the memory may lie: user if high or movable memory will do, dma if DMA is asked for, else
   low. */
enum page_class gfp_page_class(struct gfp_memo *memo, struct word flags);

/* ---- names of sites ---- */

#define SITE_NAME_BYTES_MAX 128u /* longer names are cut */

/* Returns the site whose name is prefix followed by name, by trace_writer_site(); SITE_NONE: both
   are empty. Blanks and control characters, which a name cannot hold, become underscores. */
uint32_t site_name_intern(struct trace_writer *writer, struct word prefix, struct word name);

#endif
