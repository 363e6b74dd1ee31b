/* What does not work out: events that make no sense, and requests that fail. */
#include "culprit.h"
#include "measure.h"
#include "replay_parts.h"

bool replay_refuse(struct replay *replay, const char *error)
{
    replay->error = error;
    return false;
}

void replay_record_failure(struct replay *replay, enum request_class request, uint32_t bytes,
                           bool late, uint64_t process)
{
    struct replay_result *result = &replay->result;
    struct mm_failure failure = replay->mm->failure;
    uint64_t free_bytes = mm_free_bytes(replay->mm);

    result->failures[request]++;
    result->late_failures += late;
    result->failures_by_cause[failure.cause]++;
    result->failures_while_free += free_bytes >> 2 >= bytes;
    result->kmallocs_failed_while_free += request == REQUEST_KMALLOC && free_bytes >> 2 >= bytes;
    digest_fold(replay, (uint32_t)failure.cause);
    digest_fold(replay, failure.blocker.value);
    struct replay_failure *first = &result->first_by_cause[failure.cause];
    if (first->event != 0)
        return;
    *first = (struct replay_failure){
        .event = result->events,
        .request = request,
        .bytes = bytes,
        .cause = failure.cause,
        .late = late,
        .free_bytes = free_bytes,
        .blocker = culprit_find(replay, failure.blocker),
        .process = process,
        .access = failure.access,
    };
    measure_fragmentation(replay);
}

const struct replay_failure *replay_first_failure(const struct replay_result *result)
{
    const struct replay_failure *first =
        &result->first_by_cause[MM_OK]; /* of a cause that nothing has */

    for (uint32_t cause = MM_OK + 1u; cause < MM_CAUSE_COUNT; cause++) {
        const struct replay_failure *other = &result->first_by_cause[cause];
        if (other->event != 0 && (first->event == 0 || other->event < first->event))
            first = other;
    }
    return first;
}
