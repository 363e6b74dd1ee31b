/* The headline of a story. */
#include "report/reasons.h"
#include "report/story_parts.h"
#include "report/trace_name.h"
#include "trace/printable.h"

static struct number_text ram_text(const struct telling *telling)
{
    return phrase_size_text(telling->facts->ram_bytes);
}

static struct printable trace_text(const struct telling *telling)
{
    struct trace_name name = trace_name_short(telling->facts->trace->name);

    return printable_part(name.text, (size_t)name.bytes);
}

static bool fails_as_subject(const struct telling *telling, const struct finding_run *run)
{
    return finding_failed(run) != 0 && finding_main_reason(run) == telling->finding.reason;
}

/* Whether a run fails as the subject does, in every number of the headline. */
static bool is_twin(const struct telling *telling, const struct finding_run *run)
{
    const struct failure_group *group = finding_group(run);
    const struct failure_group *subject = finding_group(telling->subject);

    if (!fails_as_subject(telling, run) ||
        finding_failed(run) != finding_failed(telling->subject) ||
        (group == NULL) != (subject == NULL))
        return false;
    return group == NULL || (group->first.event == subject->first.event &&
                             group->first.free_bytes == subject->first.free_bytes);
}

/* ---- headlines ---- */

#define NAMES_MAX 4u /* names of strategies in a headline */

static void put_names(const struct telling *telling, strategy_set set)
{
    if (set_count(set) <= NAMES_MAX)
        phrase_strategies(telling->headline, telling->facts, set);
    else
        prose_put(telling->headline, "%s strategies", number_word(set_count(set)).text);
}

static void headline_too_little(const struct telling *telling)
{
    prose_put(telling->headline, "%s is too little for %s", ram_text(telling).text,
              trace_text(telling).text);
    if (telling->finding.with_result > 1) {
        prose_put(telling->headline, ", whatever the strategy");
        return;
    }
    prose_put(telling->headline, " under ");
    put_names(telling, story_set_of(telling, story_fails));
}

static void headline_used_up(const struct telling *telling)
{
    strategy_set served = story_set_of(telling, story_serves_all);

    prose_put(telling->headline, "%s is too little for %s under ", ram_text(telling).text,
              trace_text(telling).text);
    put_names(telling, story_set_of(telling, fails_as_subject));
    if (served == 0)
        return;
    prose_put(telling->headline, ", and enough under ");
    put_names(telling, served);
}

static void headline_unsupported(const struct telling *telling)
{
    put_names(telling, story_set_of(telling, fails_as_subject));
    prose_put(telling->headline, " can't serve ");
    reason_put_unsupported(telling->headline, telling->subject);
    prose_put(telling->headline, ", however much is free");
}

static void headline_access(const struct telling *telling)
{
    prose_put(telling->headline, "Processes of %s make accesses that no region allows",
              trace_text(telling).text);
    if (telling->finding.with_result > 1 && telling->finding.served == 0)
        prose_put(telling->headline, ", whatever the strategy");
}

static void headline_failure(const struct telling *telling)
{
    strategy_set twins = story_set_of(telling, is_twin);

    switch (telling->finding.reason) {
    case REASON_USED_UP:
        headline_used_up(telling);
        return;
    case REASON_UNSUPPORTED:
        headline_unsupported(telling);
        return;
    case REASON_ACCESS:
        headline_access(telling);
        return;
    default:
        put_names(telling, twins);
        prose_put(telling->headline, " ");
        reason_put_headline(telling->headline, telling->subject, set_count(twins) > 1);
    }
}

static void headline_served(const struct telling *telling)
{
    prose_put(telling->headline, "With %s nothing fails", ram_text(telling).text);
    if (telling->finding.with_result > 1) {
        prose_put(telling->headline, ": choose by what else matters");
        return;
    }
    prose_put(telling->headline, " under ");
    put_names(telling, story_set_of(telling, story_serves_all));
}

void story_tell_headline(const struct telling *telling)
{
    prose_paragraph(telling->headline);
    if (telling->finding.kind == FINDING_NO_RESULT)
        prose_put(telling->headline, "No strategy has a result for %s with %s",
                  trace_text(telling).text, ram_text(telling).text);
    else if (telling->finding.kind == FINDING_ALL_SERVED)
        headline_served(telling);
    else if (telling->finding.kind == FINDING_TOO_LITTLE)
        headline_too_little(telling);
    else
        headline_failure(telling);
}
