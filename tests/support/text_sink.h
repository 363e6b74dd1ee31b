/* Collects text for a test. */
#ifndef SUPPORT_TEXT_SINK_H
#define SUPPORT_TEXT_SINK_H

#include "replay/text_out.h"

#define SINK_BYTES 16384u

/* The text since the last sink_fresh(); terminated. More than SINK_BYTES fails the test. */
extern char sink_text[SINK_BYTES];
extern size_t sink_bytes;

/* sink adds to the text. sink_fresh() empties the text and returns the sink. */
extern const struct text_out sink;
const struct text_out *sink_fresh(void);

#endif
