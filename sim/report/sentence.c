#include "report/sentence.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include <mm/strategy.h>

#include "lab/frame_states.h"
#include "replay/culprit.h"
#include "report/failure_report.h"
#include "report/numbers.h"
#include "report/trace_name.h"
#include "trace/printable.h"

#define NAME_BYTES 60u /* of a trace */
#define SITE_BYTES 60u

struct sentence sentence_of(const char *format, ...)
{
    struct sentence sentence;
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(sentence.text, sizeof sentence.text, format, arguments);
    va_end(arguments);
    return sentence;
}

struct sentence sentence_of_run(const struct trace *trace, const struct strategy *strategy,
                                uint64_t ram_bytes)
{
    struct trace_name name = trace_name_short(trace->name);
    size_t bytes = (size_t)name.bytes < NAME_BYTES ? (size_t)name.bytes : NAME_BYTES;

    return sentence_of("%s under %s, RAM %s", printable_part(name.text, bytes).text, strategy->name,
                       number_size(ram_bytes).text);
}

static struct sentence site_of(struct trace *trace, uint32_t site)
{
    const char *name = site != SITE_NONE ? trace_site_name(trace, site) : NULL;

    return sentence_of("%s",
                       printable_within(name != NULL ? name : "an unnamed site", SITE_BYTES).text);
}

/* " by SITE", " by process PID"; "" if it is unknown. */
static struct sentence by_whom(struct trace *trace, uint32_t site, uint64_t process)
{
    if (process != 0)
        return sentence_of(" by process %" PRIu64, process);
    return site != SITE_NONE ? sentence_of(" by %s", site_of(trace, site).text)
                             : sentence_of("%s", "");
}

struct sentence sentence_of_failure(const struct replay_failure *failure, uint32_t site,
                                    struct trace *trace)
{
    return sentence_of("%s of %s%s fails%s: %s", request_name(failure->request),
                       number_size(failure->bytes).text,
                       by_whom(trace, site, failure->process).text,
                       failure->late ? " at the touch" : "", cause_meaning(failure->cause));
}

static struct sentence age_of(const struct replay_failure *failure)
{
    uint32_t age = replay_age(failure);

    return sentence_of("%s event%s old", number_grouped(age).text, age == 1 ? "" : "s");
}

struct sentence sentence_of_blocker(const struct replay_failure *failure, struct trace *trace)
{
    const struct replay_culprit *blocker = &failure->blocker;

    if (!blocker->owned)
        return sentence_of("frame 0x%05" PRIx32 ", %s, which no block of the trace has",
                           blocker->frame.value, frame_state_name(blocker->kind));
    return sentence_of("frame 0x%05" PRIx32 ", %s,%s since event %s, %s", blocker->frame.value,
                       frame_state_name(blocker->kind),
                       by_whom(trace, blocker->site, blocker->process).text,
                       number_grouped(blocker->since_event).text, age_of(failure).text);
}

struct sentence sentence_of_blocker_short(const struct replay_failure *failure, struct trace *trace)
{
    const struct replay_culprit *blocker = &failure->blocker;
    const char *role = culprit_is_largest(failure->cause) ? "the largest owner" : "in the way";

    if (!blocker->owned)
        return sentence_of("%s: %s", role, frame_state_name(blocker->kind));
    if (blocker->process != 0)
        return sentence_of("%s: process %" PRIu64 ", %s", role, blocker->process,
                           age_of(failure).text);
    return sentence_of("%s: %s, %s", role, site_of(trace, blocker->site).text,
                       age_of(failure).text);
}
