/* Refuses events, records failed requests, and names the requests and the causes. */
#include "culprit.h"
#include "replay.h"
#include "replay_parts.h"
#include "slots.h"

/* ---- names ---- */

const char *request_name(enum request_class request)
{
    static const char *const names[REQUEST_COUNT] = {"kmalloc", "pages", "vmalloc", "touch",
                                                     "process", "map",   "setbrk"};

    return names[request];
}

const char *cause_name(enum mm_cause cause)
{
    static const char *const names[MM_CAUSE_COUNT] = {
        [MM_OK] = "none",
        [MM_NO_FRAMES] = "no_frames",
        [MM_NO_RUN] = "no_run",
        [MM_BRK_BLOCKED] = "brk_blocked",
        [MM_NO_ADDRESS_SPACE] = "no_address_space",
        [MM_ZONE] = "zone",
        [MM_UNSUPPORTED] = "unsupported",
        [MM_BAD_ACCESS] = "bad_access",
    };

    return names[cause];
}

const char *access_fault_name(enum mm_access_fault why)
{
    static const char *const names[MM_ACCESS_FAULT_COUNT] = {
        [MM_ACCESS_NULL] = "null_page",
        [MM_ACCESS_KERNEL] = "kernel_space",
        [MM_ACCESS_NO_REGION] = "no_region",
        [MM_ACCESS_RIGHTS] = "rights",
    };

    return names[why];
}

/* ---- failures ---- */

bool replay_refuse(struct replay *replay, const char *error)
{
    replay->error = error;
    return false;
}

/* Returns the class that says where the frames that a request needed may lie. A process needs a
   certain zone only for its tables. */
static enum page_class class_of(const struct replay *replay, enum request_class request,
                                enum mm_cause cause)
{
    const struct event *event = replay->event;

    if (event->kind == EVENT_KREALLOC)
        return slot_class(&replay->slots[event->slot]);
    if (request == REQUEST_KMALLOC || request == REQUEST_PAGES)
        return (enum page_class)event->page_class;
    return cause == MM_ZONE ? PAGES_LOW : PAGES_USER;
}

/* Keeps the first failure of each cause, with its culprit. Finding the culprit of every failure
   would take too long. */
static void keep_first(struct replay *replay, const struct replay_failure *failure)
{
    struct replay_failure *first = &replay->result.first_by_cause[failure->cause];

    if (first->event != 0)
        return;
    *first = *failure;
    first->blocker = culprit_of(replay, failure);
    measure_fragmentation(replay);
}

void replay_record_failure(struct replay *replay, enum request_class request, uint32_t bytes,
                           bool late, uint64_t process)
{
    struct replay_result *result = &replay->result;
    enum mm_cause cause = replay->mm->failure.cause;
    const struct replay_failure failure = {
        .event = result->events,
        .request = request,
        .page_class = class_of(replay, request, cause),
        .bytes = bytes,
        .cause = cause,
        .late = late,
        .free_bytes = mm_free_bytes(replay->mm),
        .blocker = {.frame = PFN_NONE},
        .process = process,
        .access = replay->mm->failure.access,
    };
    bool while_free = failure.free_bytes >> 2 >= bytes;

    result->failures[request]++;
    result->late_failures += late;
    result->failures_by_cause[cause]++;
    result->failures_while_free += while_free;
    result->kmallocs_failed_while_free += request == REQUEST_KMALLOC && while_free;
    digest_fold(replay, (uint32_t)cause);
    digest_fold(replay, replay->mm->failure.blocker.value);
    keep_first(replay, &failure);
    if (replay->on_failure != NULL)
        replay->on_failure(replay->context, &failure);
}

const struct replay_failure *replay_first_failure(const struct replay_result *result)
{
    const struct replay_failure *first =
        &result->first_by_cause[MM_OK]; /* always empty: its event is 0 */

    for (uint32_t cause = MM_OK + 1u; cause < MM_CAUSE_COUNT; cause++) {
        const struct replay_failure *other = &result->first_by_cause[cause];
        if (other->event != 0 && (first->event == 0 || other->event < first->event))
            first = other;
    }
    return first;
}
