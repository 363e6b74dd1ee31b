/* The sentences about a map's moment, which all of its forms have. */
#include <inttypes.h>
#include <stdarg.h>

#include <mm/strategy.h>

#include "replay/culprit.h"
#include "report/failure_report.h"
#include "report/map_report.h"
#include "report/numbers.h"
#include "report/trace_name.h"
#include "trace/printable.h"

#define NAME_BYTES 60u
#define SITE_BYTES 60u

__attribute__((format(printf, 1, 2))) static struct map_sentence say(const char *format, ...)
{
    struct map_sentence sentence;
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(sentence.text, sizeof sentence.text, format, arguments);
    va_end(arguments);
    return sentence;
}

static struct map_sentence site_of(struct trace *trace, uint32_t site)
{
    const char *name = site != SITE_NONE ? trace_site_name(trace, site) : NULL;

    return say("%s", printable_within(name != NULL ? name : "an unnamed site", SITE_BYTES).text);
}

/* " by SITE", " by process PID"; "" if it is unknown. */
static struct map_sentence by_whom(struct trace *trace, uint32_t site, uint64_t process)
{
    if (process != 0)
        return say(" by process %" PRIu64, process);
    return site != SITE_NONE ? say(" by %s", site_of(trace, site).text) : say("%s", "");
}

struct map_sentence map_moment_text(const struct map_report *report)
{
    uint64_t events = report->trace->header.events;
    uint64_t event = report->map->event;

    if (events == 0)
        return say("no event of the trace has been replayed, because there is none");
    if (event > events)
        return say("after the last of %s event%s", number_grouped(events).text,
                   events == 1 ? "" : "s");
    return say("%s event %s of %s, %s of the trace", report->map->failed ? "at" : "before",
               number_grouped(event).text, number_grouped(events).text,
               number_share(event, events).text);
}

struct map_sentence map_failure_text(const struct map_report *report)
{
    const struct replay_failure *failure = &report->map->failure;

    return say("%s of %s%s fails%s: %s", request_name(failure->request),
               number_size(failure->bytes).text,
               by_whom(report->trace, report->map->site, failure->process).text,
               failure->late ? " at the touch" : "", cause_meaning(failure->cause));
}

struct map_sentence map_blocker_text(const struct map_report *report)
{
    const struct replay_failure *failure = &report->map->failure;
    const struct replay_culprit *blocker = &failure->blocker;

    if (!report->map->failed || pfn_is_none(blocker->frame))
        return say("%s", "");
    if (!blocker->owned)
        return say("frame 0x%05" PRIx32 ", %s, which no block of the trace has",
                   blocker->frame.value, frame_state_name(blocker->kind));
    return say("frame 0x%05" PRIx32 ", %s,%s since event %s, %s event%s old", blocker->frame.value,
               frame_state_name(blocker->kind),
               by_whom(report->trace, blocker->site, blocker->process).text,
               number_grouped(blocker->since_event).text, number_grouped(replay_age(failure)).text,
               replay_age(failure) == 1 ? "" : "s");
}

struct map_sentence map_blocker_label(const struct map_report *report)
{
    const struct replay_failure *failure = &report->map->failure;
    const struct replay_culprit *blocker = &failure->blocker;
    const char *role = culprit_is_largest(failure->cause) ? "the largest owner" : "in the way";
    const char *age = number_grouped(replay_age(failure)).text;

    if (!blocker->owned)
        return say("%s", role);
    if (blocker->process != 0)
        return say("%s: process %" PRIu64 ", %s events old", role, blocker->process, age);
    return say("%s: %s, %s events old", role, site_of(report->trace, blocker->site).text, age);
}

struct map_sentence map_title(const struct map_report *report)
{
    struct trace_name name = trace_name_short(report->trace->name);
    size_t bytes = (size_t)name.bytes < NAME_BYTES ? (size_t)name.bytes : NAME_BYTES;

    return say("%s under %s, RAM %s", printable_part(name.text, bytes).text, report->strategy->name,
               number_size(report->ram_bytes).text);
}
