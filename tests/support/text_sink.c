#include "support/text_sink.h"

#include "support/on_machine.h"

#include <string.h>

char sink_text[SINK_BYTES];
size_t sink_bytes;

static void put(void *context, const char *piece, size_t bytes)
{
    (void)context;
    assert_true(sink_bytes + bytes < sizeof sink_text);
    memcpy(sink_text + sink_bytes, piece, bytes);
    sink_bytes += bytes;
    sink_text[sink_bytes] = '\0';
}

const struct text_out sink = {put, NULL};

const struct text_out *sink_fresh(void)
{
    sink_bytes = 0;
    sink_text[0] = '\0';
    return &sink;
}
