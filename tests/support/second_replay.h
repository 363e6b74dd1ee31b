/* Compares a recorded history with a second replay, which is looked at directly. */
#ifndef SUPPORT_SECOND_REPLAY_H
#define SUPPORT_SECOND_REPLAY_H

#include "lab/history.h"

/* Fails the test unless this history, recorded as requested, says of each moment what the second
 * replay finds there: kinds, owners, spans of the heap, measures; all failures are marks; the
 * digest is that of an experiment. The machine has at most 32 MiB, and fewer than HISTORY_MARKS_MAX
 * requests fail. */
void assert_history_is_true(const struct history_request *request, const struct history *history);

#endif
