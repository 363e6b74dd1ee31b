#include "report/story.h"

#include <string.h>

#include <mm/strategy.h>

#include "report/phrases.h"
#include "report/reasons.h"
#include "report/remedies.h"
#include "report/trace_name.h"
#include "trace/printable.h"

struct telling {
    const struct finding_facts *facts;
    struct finding finding;
    const struct finding_run *subject;
    struct prose *headline;
    struct prose *text;
};

static const struct finding_run *run_of(const struct telling *telling, uint32_t i)
{
    return &telling->facts->runs[i];
}

static struct number_text ram_text(const struct telling *telling)
{
    return phrase_size_text(telling->facts->ram_bytes);
}

static struct printable trace_text(const struct telling *telling)
{
    struct trace_name name = trace_name_short(telling->facts->trace->name);

    return printable_part(name.text, (size_t)name.bytes);
}

/* ---- sets of strategies ---- */

static strategy_set set_of(const struct telling *telling,
                           bool (*belongs)(const struct telling *telling,
                                           const struct finding_run *run))
{
    strategy_set set = 0;

    for (uint32_t i = 0; i < telling->facts->count; i++)
        if (belongs(telling, run_of(telling, i)))
            set |= (strategy_set)1u << i;
    return set;
}

static bool has_no_result(const struct telling *telling, const struct finding_run *run)
{
    (void)telling;
    return !finding_has_result(run);
}

static bool serves_all(const struct telling *telling, const struct finding_run *run)
{
    (void)telling;
    return finding_has_result(run) && finding_failed(run) == 0;
}

static bool fails(const struct telling *telling, const struct finding_run *run)
{
    (void)telling;
    return finding_failed(run) != 0;
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
    put_names(telling, set_of(telling, fails));
}

static void headline_used_up(const struct telling *telling)
{
    strategy_set served = set_of(telling, serves_all);

    prose_put(telling->headline, "%s is too little for %s under ", ram_text(telling).text,
              trace_text(telling).text);
    put_names(telling, set_of(telling, fails_as_subject));
    if (served == 0)
        return;
    prose_put(telling->headline, ", and enough under ");
    put_names(telling, served);
}

static void headline_unsupported(const struct telling *telling)
{
    put_names(telling, set_of(telling, fails_as_subject));
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
    strategy_set twins = set_of(telling, is_twin);

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
    put_names(telling, set_of(telling, serves_all));
}

static void tell_headline(const struct telling *telling)
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

/* ---- who fails how much ---- */

static struct number_text share_text_of(const struct finding_run *run)
{
    return phrase_share_text(finding_failed(run), finding_requests(run));
}

/* The runs that fail as many of as many requests, for the same main reason, as run i. */
static strategy_set set_like(const struct telling *telling, uint32_t i)
{
    const struct finding_run *like = run_of(telling, i);
    strategy_set set = 0;

    for (uint32_t k = 0; k < telling->facts->count; k++) {
        const struct finding_run *run = run_of(telling, k);
        if (finding_has_result(run) && finding_failed(run) == finding_failed(like) &&
            finding_requests(run) == finding_requests(like) &&
            finding_main_reason(run) == finding_main_reason(like))
            set |= (strategy_set)1u << k;
    }
    return set;
}

/* ", all because ...", or ", 12 of them because ..." */
static void put_why(const struct telling *telling, const struct finding_run *run)
{
    uint64_t failed = finding_failed(run);
    uint64_t main = finding_reasons(run).failed[finding_main_reason(run)];

    if (failed == 1)
        prose_put(telling->text, ", ");
    else if (main == failed)
        prose_put(telling->text, ", all of them ");
    else
        prose_put(telling->text, ", %s of them ", number_grouped(main).text);
    reason_put_clause(telling->text, run);
}

static void tell_subject(const struct telling *telling)
{
    const struct finding_run *run = telling->subject;
    strategy_set set = set_like(telling, telling->finding.subject);

    prose_paragraph(telling->text);
    phrase_strategies(telling->text, telling->facts, set);
    prose_put(telling->text, set_count(set) == 1 ? " fails " : " each fail ");
    phrase_count(telling->text, finding_failed(run));
    prose_put(telling->text, " of %s request%s (%s)", number_grouped(finding_requests(run)).text,
              plural_s(finding_requests(run)), share_text_of(run).text);
    put_why(telling, run);
    prose_put(telling->text, ".");
    reason_put_first(telling->text, telling->facts, run);
}

/* The failing runs that have not been told, with the fewest failures; count if there is none. */
static uint32_t next_failing(const struct telling *telling, strategy_set told)
{
    uint32_t next = telling->facts->count;

    for (uint32_t i = 0; i < telling->facts->count; i++)
        if (!set_has(told, i) && fails(telling, run_of(telling, i)) &&
            (next == telling->facts->count ||
             finding_failed(run_of(telling, i)) < finding_failed(run_of(telling, next))))
            next = i;
    return next;
}

/* One sentence for each number of failures. */
static void tell_others_that_fail(const struct telling *telling)
{
    strategy_set told = set_like(telling, telling->finding.subject);

    for (uint32_t i; (i = next_failing(telling, told)) < telling->facts->count;) {
        const struct finding_run *run = run_of(telling, i);
        strategy_set set = set_like(telling, i);
        prose_put(telling->text, " ");
        phrase_strategies(telling->text, telling->facts, set);
        prose_put(telling->text, set_count(set) == 1 ? " fails " : " each fail ");
        phrase_count(telling->text, finding_failed(run));
        prose_put(telling->text, " (%s)", share_text_of(run).text);
        put_why(telling, run);
        prose_put(telling->text, ".");
        told |= set;
    }
}

/* ---- too little for all ---- */

/* The requests of all runs with a result, if they are the same number; else 0. */
static uint64_t common_requests(const struct telling *telling)
{
    uint64_t requests = finding_requests(run_of(telling, telling->finding.best));

    for (uint32_t i = 0; i < telling->facts->count; i++)
        if (finding_has_result(run_of(telling, i)) &&
            finding_requests(run_of(telling, i)) != requests)
            return 0;
    return requests;
}

/* The runs whose share of failed requests is the same text as that of run i. */
static strategy_set set_of_share(const struct telling *telling, uint32_t i)
{
    struct number_text share = share_text_of(run_of(telling, i));
    strategy_set set = 0;

    for (uint32_t k = 0; k < telling->facts->count; k++)
        if (fails(telling, run_of(telling, k)) &&
            strcmp(share_text_of(run_of(telling, k)).text, share.text) == 0)
            set |= (strategy_set)1u << k;
    return set;
}

/* "brk fails 2.2 %, jump fails 2.6 %, and zoned and kseg0 each fail 3.1 %" */
static void put_shares(const struct telling *telling)
{
    const struct prose_mark strong = {.strong = true};
    strategy_set told = 0;

    for (uint32_t i, index = 0; (i = next_failing(telling, told)) < telling->facts->count;) {
        strategy_set set = set_of_share(telling, i);
        told |= set;
        bool last = next_failing(telling, told) == telling->facts->count;
        prose_put(telling->text, "%s", index++ == 0 ? "" : last ? ", and " : ", ");
        phrase_strategies(telling->text, telling->facts, set);
        prose_put(telling->text, " %s ", set_count(set) == 1 ? "fails" : "each fail");
        prose_put_marked(telling->text, strong, "%s", share_text_of(run_of(telling, i)).text);
    }
}

static void put_reasons_of_all(const struct telling *telling)
{
    uint64_t failed = 0;
    uint64_t used_up = 0;

    for (uint32_t i = 0; i < telling->facts->count; i++) {
        failed += finding_failed(run_of(telling, i));
        used_up += finding_reasons(run_of(telling, i)).failed[REASON_USED_UP];
    }
    if (used_up == failed)
        prose_put(telling->text, " At every failure, memory is used up: ");
    else
        prose_put(telling->text, " At %s of the failures, memory is used up: ",
                  phrase_share_text(used_up, failed).text);
    prose_put(telling->text,
              "fewer pages are free than the request needs, or fewer than 1/%u of all pages.",
              FAILURE_FULL_PART);
}

static void put_unsupported_of(const struct telling *telling)
{
    for (uint32_t i = 0; i < telling->facts->count; i++) {
        uint64_t failed = finding_reasons(run_of(telling, i)).failed[REASON_UNSUPPORTED];
        if (failed == 0)
            continue;
        prose_put(telling->text, " ");
        phrase_strategy(telling->text, run_of(telling, i)->strategy);
        prose_put(telling->text, " can't serve %s of the requests at all, however much is free.",
                  number_grouped(failed).text);
    }
}

static void tell_too_little(const struct telling *telling)
{
    uint64_t requests = common_requests(telling);

    prose_paragraph(telling->text);
    if (requests != 0) {
        prose_put(telling->text, "Of ");
        phrase_count(telling->text, requests);
        prose_put(telling->text, " request%s, ", plural_s(requests));
    }
    put_shares(telling);
    prose_put(telling->text, requests != 0 ? "." : " of the requests.");
    prose_put(telling->text, " The trace has ");
    phrase_size(telling->text, telling->facts->trace->header.peak_live_bytes);
    prose_put(telling->text, " live at its peak.");
    put_reasons_of_all(telling);
    put_unsupported_of(telling);
}

/* ---- what strategies did ---- */

static void put_moves(const struct telling *telling, const struct finding_run *run)
{
    const struct replay_result *result = &run->outcome->result;

    if (result->moves == 0)
        return;
    prose_put(telling->text, " ");
    phrase_strategy(telling->text, run->strategy);
    prose_put(telling->text, " moves ");
    phrase_count(telling->text, result->moves);
    prose_put(telling->text, " block%s of pages out of its heap's way (%s copied)",
              plural_s(result->moves), phrase_size_text(result->moves_bytes).text);
    if (result->moves_wasted != 0)
        prose_put(telling->text, ", %s of them for a growth that then failed",
                  number_grouped(result->moves_wasted).text);
    prose_put(telling->text, ".");
}

static void put_left_behind(const struct telling *telling, const struct finding_run *run)
{
    const struct replay_result *result = &run->outcome->result;

    if (result->heap_left_peak_bytes == 0)
        return;
    prose_put(telling->text, " ");
    phrase_strategy(telling->text, run->strategy);
    prose_put(telling->text, " steps over used pages, and leaves at most ");
    phrase_size(telling->text, result->heap_left_peak_bytes);
    prose_put(telling->text, " behind in its heap.");
}

static void put_late(const struct telling *telling, const struct finding_run *run)
{
    uint64_t late = run->outcome->result.late_failures;

    if (late == 0)
        return;
    prose_put(telling->text, " ");
    phrase_count(telling->text, late);
    prose_put(telling->text, " failure%s of ", plural_s(late));
    phrase_strategy(telling->text, run->strategy);
    prose_put(telling->text,
              " strike%s late: the call succeeds, and a page of the block is missing when it is "
              "first used. In a kernel that is a crash.",
              late == 1 ? "s" : "");
}

static void tell_deeds(const struct telling *telling)
{
    for (uint32_t i = 0; i < telling->facts->count; i++) {
        const struct finding_run *run = run_of(telling, i);
        if (!finding_has_result(run))
            continue;
        put_moves(telling, run);
        put_left_behind(telling, run);
        put_late(telling, run);
    }
}

/* ---- the least RAM ---- */

static uint64_t least_of(const struct finding_run *run)
{
    return run->sweep != NULL && run->sweep->least_known ? run->sweep->least_ram_bytes : 0;
}

static strategy_set set_with_least(const struct telling *telling, uint64_t bytes)
{
    strategy_set set = 0;

    for (uint32_t i = 0; i < telling->facts->count; i++)
        if (least_of(run_of(telling, i)) == bytes)
            set |= (strategy_set)1u << i;
    return set;
}

/* The next larger least RAM; 0: there is none. */
static uint64_t next_least(const struct telling *telling, uint64_t after)
{
    uint64_t next = 0;

    for (uint32_t i = 0; i < telling->facts->count; i++) {
        uint64_t least = least_of(run_of(telling, i));
        if (least > after && (next == 0 || least < next))
            next = least;
    }
    return next;
}

static uint32_t different_leasts(const struct telling *telling)
{
    uint32_t count = 0;

    for (uint64_t least = next_least(telling, 0); least != 0; least = next_least(telling, least))
        count++;
    return count;
}

/* ---- what would help ---- */

static void tell_remedies(const struct telling *telling)
{
    const struct explanation *explanation = telling->subject->explanation;
    uint32_t count = 0;
    uint32_t index = 0;

    if (explanation == NULL || explanation->status != RUN_DONE ||
        explanation->snapshot.failure.event == 0)
        return;
    for (uint32_t remedy = 0; remedy < REMEDY_COUNT; remedy++)
        count += remedy_helps(explanation, (enum remedy)remedy);
    if (count == 0)
        return;
    prose_paragraph(telling->text);
    prose_put(telling->text, "%s the request at ",
              count == 1 ? "This change lets" : "Each of these changes lets");
    phrase_event(telling->text, explanation->snapshot.failure.event);
    prose_put(telling->text, " pass, as a replay has verified: ");
    for (uint32_t remedy = 0; remedy < REMEDY_COUNT; remedy++) {
        if (!remedy_helps(explanation, (enum remedy)remedy))
            continue;
        prose_put(telling->text, "%s", index == 0 ? "" : index + 1u == count ? "; and " : "; ");
        index++;
        remedy_put(telling->text, explanation, (enum remedy)remedy, telling->facts->ram_bytes);
    }
    prose_put(telling->text, ".");
}

/* Where memory is too little for all, more RAM for one request says little. */
static void tell_ram_for_first(const struct telling *telling)
{
    const struct explanation *explanation = telling->subject->explanation;

    if (explanation == NULL || explanation->status != RUN_DONE ||
        !remedy_helps(explanation, REMEDY_RAM) || different_leasts(telling) != 0)
        return;
    prose_paragraph(telling->text);
    prose_put(telling->text, "The request that ");
    phrase_strategy(telling->text, telling->subject->strategy);
    prose_put(telling->text, " fails at ");
    phrase_event(telling->text, explanation->snapshot.failure.event);
    prose_put(telling->text, " passes with ");
    remedy_put(telling->text, explanation, REMEDY_RAM, telling->facts->ram_bytes);
    prose_put(telling->text, ", as a replay has verified; later ones may need more.");
}

static bool is_never_enough(const struct telling *telling, const struct finding_run *run)
{
    (void)telling;
    return run->sweep != NULL && run->sweep->least_known && run->sweep->least_ram_bytes == 0;
}

static void put_never_enough(const struct telling *telling)
{
    strategy_set set = set_of(telling, is_never_enough);
    uint64_t most = UINT64_MAX;

    if (set == 0)
        return;
    for (uint32_t i = 0; i < telling->facts->count; i++)
        if (set_has(set, i) && run_of(telling, i)->sweep->range.to_bytes < most)
            most = run_of(telling, i)->sweep->range.to_bytes;
    prose_put(telling->text, " Under ");
    phrase_strategies(telling->text, telling->facts, set);
    prose_put(telling->text, " even ");
    phrase_size(telling->text, most);
    prose_put(telling->text, " are too little.");
}

static void tell_least(const struct telling *telling)
{
    uint32_t count = different_leasts(telling);
    uint32_t index = 0;

    if (count == 0)
        return;
    prose_paragraph(telling->text);
    prose_put(telling->text, "Nothing fails from ");
    for (uint64_t least = next_least(telling, 0); least != 0; least = next_least(telling, least)) {
        const struct prose_mark remedy = {.remedy = true, .strong = true};
        prose_put(telling->text, "%s", list_separator(index++, count));
        prose_put_marked(telling->text, remedy, "%s", phrase_size_text(least).text);
        prose_put(telling->text, " on under ");
        phrase_strategies(telling->text, telling->facts, set_with_least(telling, least));
    }
    prose_put(telling->text, ".");
    put_never_enough(telling);
}

/* ---- differences that do not matter ---- */

/* The failing runs from which run i differs so little that it does not matter, itself among them.
 */
static strategy_set set_near(const struct telling *telling, uint32_t i)
{
    const struct finding_run *from = run_of(telling, i);
    strategy_set set = 0;

    for (uint32_t k = 0; k < telling->facts->count; k++) {
        const struct finding_run *run = run_of(telling, k);
        if (finding_failed(run) >= finding_failed(from) && finding_failed(from) != 0 &&
            finding_main_reason(run) == finding_main_reason(from) &&
            finding_requests(run) == finding_requests(from) &&
            !finding_matters(finding_failed(from), finding_failed(run), finding_requests(from)))
            set |= (strategy_set)1u << k;
    }
    return set;
}

static void tell_differences(const struct telling *telling)
{
    strategy_set largest = 0;
    bool differ = false;

    for (uint32_t i = 0; i < telling->facts->count; i++)
        if (set_count(set_near(telling, i)) > set_count(largest))
            largest = set_near(telling, i);
    for (uint32_t i = 0, first = 0; i < telling->facts->count; i++) {
        if (!set_has(largest, i))
            continue;
        first = first == 0 ? i + 1u : first;
        differ |= finding_failed(run_of(telling, i)) != finding_failed(run_of(telling, first - 1u));
    }
    if (!differ)
        return;
    prose_paragraph(telling->text);
    prose_put(telling->text, "The differences between ");
    phrase_strategies(telling->text, telling->facts, largest);
    prose_put(telling->text, " are below 0.5 points, and do not matter.");
}

/* ---- runs without a result ---- */

static void tell_no_result(const struct telling *telling)
{
    for (uint32_t i = 0; i < telling->facts->count; i++) {
        const struct finding_run *run = run_of(telling, i);
        if (!has_no_result(telling, run))
            continue;
        prose_paragraph(telling->text);
        phrase_strategy(telling->text, run->strategy);
        prose_put(telling->text, " has no result: %s.", printable(run->outcome->reason).text);
    }
}

/* ---- the paragraphs ---- */

static void tell_served(const struct telling *telling)
{
    strategy_set served = set_of(telling, serves_all);

    if (served == 0)
        return;
    phrase_strategies(telling->text, telling->facts, served);
    prose_put(telling->text, " serve%s every request.", set_count(served) == 1 ? "s" : "");
}

static void tell_all_served(const struct telling *telling)
{
    uint64_t requests = finding_requests(run_of(telling, telling->finding.best));
    strategy_set served = set_of(telling, serves_all);

    prose_paragraph(telling->text);
    phrase_strategies(telling->text, telling->facts, served);
    prose_put(telling->text, " serve%s ", set_count(served) == 1 ? "s" : "");
    if (requests < 2) {
        prose_put(telling->text, "%s",
                  requests == 1 ? "the only request." : "a trace without requests.");
    } else {
        prose_put(telling->text, "all ");
        phrase_count(telling->text, requests);
        prose_put(telling->text, " requests.");
    }
    tell_deeds(telling);
}

static void tell_failures(const struct telling *telling)
{
    if (telling->finding.kind == FINDING_TOO_LITTLE) {
        tell_too_little(telling);
        prose_paragraph(telling->text);
        tell_deeds(telling);
        tell_ram_for_first(telling);
        return;
    }
    tell_subject(telling);
    prose_paragraph(telling->text);
    tell_served(telling);
    tell_deeds(telling);
    prose_paragraph(telling->text);
    tell_others_that_fail(telling);
    tell_remedies(telling);
}

void story_make(struct story *story, const struct finding_facts *facts)
{
    struct telling telling = {.facts = facts,
                              .finding = finding_of(facts),
                              .headline = &story->headline,
                              .text = &story->text};

    *story = (struct story){0};
    telling.subject = &facts->runs[telling.finding.subject];
    tell_headline(&telling);
    if (telling.finding.kind == FINDING_ALL_SERVED)
        tell_all_served(&telling);
    else if (telling.finding.kind != FINDING_NO_RESULT)
        tell_failures(&telling);
    tell_least(&telling);
    tell_differences(&telling);
    tell_no_result(&telling);
}

void story_free(struct story *story)
{
    prose_free(&story->headline);
    prose_free(&story->text);
}

void story_print(const struct story *story, FILE *page)
{
    prose_print(&story->headline, page);
    fputc('\n', page);
    prose_print(&story->text, page);
}

void story_put_json(const struct story *story, struct json *json, const char *key)
{
    json_begin_object(json, key);
    json_put_text(json, "headline", story->headline.text, story->headline.text_bytes);
    prose_put_json(&story->text, json, "paragraphs");
    json_end_object(json);
}
