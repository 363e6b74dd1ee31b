#include "fuzz/fuzz.h"

#include <stdio.h>
#include <string.h>

#include "machine/numbers.h"
#include "machine/tlb.h"

/* What a size is written as is that size. */
static void law_size(const char *word)
{
    uint64_t bytes;
    uint64_t again;
    const char *reason = NULL;

    if (!size_parse(word, &bytes, &reason)) {
        assert_non_null(reason);
        return;
    }
    assert_true(size_parse(size_text(bytes).text, &again, &reason));
    assert_int_equal(bytes, again);
}

static void law_number(const char *word)
{
    char text[16];
    uint32_t number;
    uint32_t again;
    const char *reason = NULL;

    if (!number32_parse(word, &number, &reason)) {
        assert_non_null(reason);
        return;
    }
    snprintf(text, sizeof text, "0x%x", number);
    assert_true(number32_parse(text, &again, &reason));
    assert_int_equal(number, again);
}

static void law_shape(const char *word)
{
    struct tlb_shape shape;
    const char *reason = NULL;

    if (tlb_shape_parse(word, &shape, &reason))
        assert_null(tlb_shape_check(&shape));
    else
        assert_non_null(reason);
}

void fuzz_words(const char *name, const uint8_t *data, size_t bytes)
{
    char word[64];

    (void)name;
    if (bytes >= sizeof word)
        return;
    memcpy(word, data, bytes);
    word[bytes] = '\0';
    law_size(word);
    law_number(word);
    law_shape(word);
}
