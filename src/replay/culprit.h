/* Who owns a frame that stood in the way. */
#ifndef REPLAY_CULPRIT_H
#define REPLAY_CULPRIT_H

#include "replay.h"

/* The live allocation or process of the trace that holds a frame; frame may be none.
   O(slots + live pages): for the one failure that is reported, not for each. */
struct replay_culprit culprit_find(const struct replay *replay, pfn_t frame);

#endif
