#include "gfp_flags.h"
#include "trace/text_hash.h"

/* The bits of include/linux/gfp.h that choose a zone; the same in all versions. */
#define GFP_BIT_DMA     0x1u
#define GFP_BIT_HIGHMEM 0x2u
#define GFP_BIT_MOVABLE 0x8u

/* The bits of one flag, a name or a number. */
static uint64_t gfp_bits(struct word flag)
{
    static const struct {
        struct word name;
        uint64_t bits;
    } flags[] = {
        {WORD("GFP_DMA"), GFP_BIT_DMA},
        {WORD("__GFP_DMA"), GFP_BIT_DMA},
        {WORD("GFP_HIGHUSER"), GFP_BIT_HIGHMEM},
        {WORD("GFP_HIGHUSER_MOVABLE"), GFP_BIT_HIGHMEM | GFP_BIT_MOVABLE},
        {WORD("__GFP_HIGHMEM"), GFP_BIT_HIGHMEM},
        {WORD("__GFP_MOVABLE"), GFP_BIT_MOVABLE},
        {WORD("GFP_TRANSHUGE"), GFP_BIT_HIGHMEM | GFP_BIT_MOVABLE},
        {WORD("GFP_TRANSHUGE_LIGHT"), GFP_BIT_HIGHMEM | GFP_BIT_MOVABLE},
    };
    uint64_t bits;

    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        if (words_equal(flag, flags[i].name))
            return flags[i].bits;
    }
    return kmem_number_is_hexadecimal(flag) && kmem_pointer(flag, &bits) ? bits : 0;
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
