#include "report/story.h"

#include <string.h>

#include <mm/strategy.h>

#include "report/reasons.h"
#include "report/story_parts.h"
#include "trace/printable.h"

/* ---- sets of strategies ---- */

strategy_set story_set_of(const struct telling *telling, run_test *belongs)
{
    strategy_set set = 0;

    for (uint32_t i = 0; i < telling->facts->count; i++)
        if (belongs(telling, run_of(telling, i)))
            set |= (strategy_set)1u << i;
    return set;
}

bool story_has_no_result(const struct telling *telling, const struct finding_run *run)
{
    (void)telling;
    return !finding_has_result(run);
}

bool story_serves_all(const struct telling *telling, const struct finding_run *run)
{
    (void)telling;
    return finding_has_result(run) && finding_failed(run) == 0;
}

bool story_fails(const struct telling *telling, const struct finding_run *run)
{
    (void)telling;
    return finding_failed(run) != 0;
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
        if (!set_has(told, i) && story_fails(telling, run_of(telling, i)) &&
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
        if (story_fails(telling, run_of(telling, k)) &&
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
        if (!story_has_no_result(telling, run))
            continue;
        prose_paragraph(telling->text);
        phrase_strategy(telling->text, run->strategy);
        prose_put(telling->text, " has no result: %s.", printable(run->outcome->reason).text);
    }
}

/* ---- the paragraphs ---- */

static void tell_served(const struct telling *telling)
{
    strategy_set served = story_set_of(telling, story_serves_all);

    if (served == 0)
        return;
    phrase_strategies(telling->text, telling->facts, served);
    prose_put(telling->text, " serve%s every request.", set_count(served) == 1 ? "s" : "");
}

static void tell_all_served(const struct telling *telling)
{
    uint64_t requests = finding_requests(run_of(telling, telling->finding.best));
    strategy_set served = story_set_of(telling, story_serves_all);

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
        story_tell_ram_for_first(telling);
        return;
    }
    tell_subject(telling);
    prose_paragraph(telling->text);
    tell_served(telling);
    tell_deeds(telling);
    prose_paragraph(telling->text);
    tell_others_that_fail(telling);
    story_tell_remedies(telling);
}

void story_make(struct story *story, const struct finding_facts *facts)
{
    struct telling telling = {.facts = facts,
                              .finding = finding_of(facts),
                              .headline = &story->headline,
                              .text = &story->text};

    *story = (struct story){0};
    telling.subject = &facts->runs[telling.finding.subject];
    story_tell_headline(&telling);
    if (telling.finding.kind == FINDING_ALL_SERVED)
        tell_all_served(&telling);
    else if (telling.finding.kind != FINDING_NO_RESULT)
        tell_failures(&telling);
    story_tell_least(&telling);
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
