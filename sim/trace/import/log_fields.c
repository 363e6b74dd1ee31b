#include "log_fields.h"
#include "trace/eight_bytes.h"

#include <string.h>

/* ---- fields and numbers ---- */

static struct word value_at(const char *at, const char *end)
{
    const char *stop = at < end && *at == '"' ? memchr(at + 1, '"', (size_t)(end - at - 1)) : NULL;

    if (stop != NULL)
        return (struct word){at + 1, (size_t)(stop - at - 1)};
    return (struct word){at, (size_t)(line_skip_word(at, end) - at)};
}

bool kmem_take_field(struct line_rest *rest, struct word key, struct word *value)
{
    const char *at = rest->at;

    for (;;) {
        at = line_skip_blanks(at, rest->end);
        if ((size_t)(rest->end - at) < key.bytes)
            return false;
        if (*at == *key.text && memcmp(at, key.text, key.bytes) == 0)
            break;
        at = line_skip_word(at, rest->end);
    }
    /* "%p" of old kernels pads a null pointer with blanks */
    *value = value_at(line_skip_blanks(at + key.bytes, rest->end), rest->end);
    rest->at = value->text + value->bytes;
    return true;
}

static uint32_t hex_digit(char c)
{
    if (line_is_digit(c))
        return (uint32_t)(c - '0');
    return c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a') + 10u : 16u;
}

bool kmem_pointer(struct word value, uint64_t *pointer)
{
    size_t i = kmem_number_is_hexadecimal(value) ? 2 : 0;

    *pointer = 0;
    if (word_is(value, "(null)") || word_is(value, "(nil)"))
        return true;
    if (value.bytes == 0 || value.bytes - i > 16)
        return false;
    for (uint32_t eight; value.bytes - i >= 8; i += 8) {
        if (!eight_hexadecimal(eight_load(value.text + i), &eight))
            return false;
        *pointer = *pointer << 32 | eight;
    }
    for (; i < value.bytes; i++) {
        uint32_t digit = hex_digit(value.text[i]);

        if (digit > 15)
            return false;
        *pointer = *pointer << 4 | digit;
    }
    return true;
}

#define DIGITS_THAT_FIT 19u /* decimal digits of any number below 10^19, which has 64 bits */

bool kmem_number(struct word value, uint64_t *number)
{
    if (kmem_number_is_hexadecimal(value))
        return kmem_pointer(value, number);
    if (value.bytes > DIGITS_THAT_FIT)
        return word_number(value, 0, UINT64_MAX, number) == NUMBER_OK;
    return line_take_number(value.text, value.text + value.bytes, number) ==
           value.text + value.bytes;
}

/* ---- flags ---- */

/* The bits of include/linux/gfp.h that choose a zone; the same in all versions. */
#define GFP_BIT_DMA     0x1u
#define GFP_BIT_HIGHMEM 0x2u
#define GFP_BIT_MOVABLE 0x8u

/* The bits of one flag, a name or a number. Before Linux 4.5, names had no underscores in front. */
static uint64_t gfp_bits(struct word flag)
{
    static const struct {
        struct word name;
        uint64_t bits;
    } flags[] = {
        {WORD("GFP_DMA"), GFP_BIT_DMA},
        {WORD("GFP_HIGHMEM"), GFP_BIT_HIGHMEM},
        {WORD("GFP_MOVABLE"), GFP_BIT_MOVABLE},
        {WORD("GFP_HIGHUSER"), GFP_BIT_HIGHMEM},
        {WORD("GFP_HIGHUSER_MOVABLE"), GFP_BIT_HIGHMEM | GFP_BIT_MOVABLE},
        {WORD("GFP_TRANSHUGE"), GFP_BIT_HIGHMEM | GFP_BIT_MOVABLE},
        {WORD("GFP_TRANSHUGE_LIGHT"), GFP_BIT_HIGHMEM | GFP_BIT_MOVABLE},
    };
    uint64_t bits;

    for (; flag.bytes > 0 && *flag.text == '_'; flag.text++)
        flag.bytes--;
    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        if (words_equal(flag, flags[i].name))
            return flags[i].bits;
    }
    return kmem_number(flag, &bits) ? bits : 0;
}

static enum page_class class_of(struct word flags)
{
    const char *end = flags.text + flags.bytes;
    uint64_t bits = 0;

    for (const char *at = flags.text; at < end; at++) {
        const char *flag = at;

        while (at < end && *at != '|')
            at++;
        bits |= gfp_bits((struct word){flag, (size_t)(at - flag)});
    }
    if ((bits & (GFP_BIT_HIGHMEM | GFP_BIT_MOVABLE)) != 0)
        return PAGES_USER;
    return (bits & GFP_BIT_DMA) != 0 ? PAGES_DMA : PAGES_LOW;
}

enum page_class gfp_page_class(struct gfp_memo *memo, struct word flags)
{
    struct gfp_text *known;

    if (flags.bytes == 0 || flags.bytes > GFP_MEMO_BYTES)
        return class_of(flags);
    known = &memo->texts[text_hash(flags.text, flags.bytes) % GFP_MEMO_TEXTS];
    if (known->bytes == flags.bytes && memcmp(known->text, flags.text, flags.bytes) == 0)
        return known->page_class;
    memcpy(known->text, flags.text, flags.bytes);
    known->bytes = (uint32_t)flags.bytes;
    known->page_class = class_of(flags);
    return known->page_class;
}

/* ---- names of sites ---- */

static bool ends_a_name(char c)
{
    return (unsigned char)c <= 0x20 || c == 0x7f;
}

static bool has_end(uint64_t eight)
{
    return (eight_below(eight, 0x21) | eight_equal(eight, 0x7f)) != 0;
}

/* Can the word be a name without changes? It nearly always can. */
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
