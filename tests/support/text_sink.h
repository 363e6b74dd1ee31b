/* Where a test has text put, to look at it. */
#ifndef SUPPORT_TEXT_SINK_H
#define SUPPORT_TEXT_SINK_H

#include "replay/text_out.h"

#define SINK_BYTES 16384u

/* What was put since the sink was made fresh; terminated. More than SINK_BYTES fails the test. */
extern char sink_text[SINK_BYTES];
extern size_t sink_bytes;

/* The sink as it is; and emptied. */
extern const struct text_out sink;
const struct text_out *sink_fresh(void);

#endif
