#include "report/advice_words.h"

#include <string.h>

#include <mm/strategy.h>

#include "report/phrases.h"
#include "report/trace_name.h"
#include "trace/printable.h"

struct advising {
    const struct advice *advice;
    struct finding_facts names; /* only the strategies are set */
    struct advice_choice choice[AIM_COUNT];
    advice_set with_result;
};

const char *advice_aim_label(enum advice_aim aim)
{
    static const char *const labels[AIM_COUNT] = {[AIM_LEAST_RAM] = "least RAM",
                                                  [AIM_FEWEST_FAILURES] = "fewest failures",
                                                  [AIM_SPEED] = "speed",
                                                  [AIM_METADATA] = "least metadata",
                                                  [AIM_NO_LATE] = "no late failures"};

    return labels[aim];
}

const char *advice_aim_key(enum advice_aim aim)
{
    static const char *const keys[AIM_COUNT] = {[AIM_LEAST_RAM] = "least_ram",
                                                [AIM_FEWEST_FAILURES] = "fewest_failures",
                                                [AIM_SPEED] = "speed",
                                                [AIM_METADATA] = "least_metadata",
                                                [AIM_NO_LATE] = "no_late_failures"};

    return keys[aim];
}

struct number_text advice_time_text(uint64_t ns, uint64_t events)
{
    double each = events != 0 ? (double)ns / (double)events : 0;
    struct number_text text;

    if (each < 9.95)
        snprintf(text.text, sizeof text.text, "%.1f ns", each);
    else if (each < 9999.5)
        snprintf(text.text, sizeof text.text, "%.24s ns",
                 number_grouped((uint64_t)(each + 0.5)).text);
    else
        snprintf(text.text, sizeof text.text, "%.24s us",
                 number_grouped((uint64_t)(each / 1000.0 + 0.5)).text);
    return text;
}

/* ---- parts of sentences ---- */

static uint64_t measure(const struct advising *advising, enum advice_aim aim, uint32_t i)
{
    return advice_measure(advising->advice, aim, i);
}

/* The largest measure among the strategies that an aim takes. */
static uint64_t most_of(const struct advising *advising, enum advice_aim aim)
{
    uint64_t most = 0;

    for (uint32_t i = 0; i < advising->advice->count; i++)
        if (set_has(advising->choice[aim].takes, i) && measure(advising, aim, i) > most)
            most = measure(advising, aim, i);
    return most;
}

static uint64_t least_of(const struct advising *advising, enum advice_aim aim)
{
    return measure(advising, aim, advising->choice[aim].best);
}

static void put_names(struct prose *prose, const struct advising *advising, advice_set set)
{
    uint32_t index = 0;

    for (uint32_t i = 0; i < advising->advice->count; i++) {
        if (!set_has(set, i))
            continue;
        prose_put(prose, "%s", alternative_separator(index++, set_count(set)));
        phrase_strategy(prose, advising->advice->results[i].strategy);
    }
}

/* Where few of many are left out, those are named. */
static void put_set(struct prose *prose, const struct advising *advising, advice_set set)
{
    advice_set others = advising->with_result & ~set;

    if (set_count(set) > 2 * set_count(others) && others != 0) {
        prose_put(prose, "any strategy except ");
        set = others;
    }
    put_names(prose, advising, set);
}

/* "take brk or jump: ", or that it does not matter. Nothing for a single strategy. */
static void put_choice(struct prose *prose, const struct advising *advising, enum advice_aim aim)
{
    if (set_count(advising->with_result) == 1)
        return;
    if (!advising->choice[aim].matters) {
        prose_put(prose, "it does not matter: ");
        return;
    }
    prose_put(prose, "take ");
    put_set(prose, advising, advising->choice[aim].takes);
    prose_put(prose, ": ");
}

/* ---- one aim each ---- */

static void say_least_ram(struct prose *prose, const struct advising *advising)
{
    const struct sweep_range *range = &advising->advice->range;
    uint64_t least = least_of(advising, AIM_LEAST_RAM);
    uint64_t more = most_of(advising, AIM_LEAST_RAM) - least;

    put_choice(prose, advising, AIM_LEAST_RAM);
    prose_put(prose, "nothing fails from ");
    phrase_size(prose, least);
    prose_put(prose, " on%s", least == range->from_bytes ? ", or from less" : "");
    if (more != 0)
        prose_put(prose, "; %s more is one step of the search%s", phrase_size_text(more).text,
                  advising->choice[AIM_LEAST_RAM].matters ? ", and does not matter" : "");
}

static void say_fewest_failures(struct prose *prose, const struct advising *advising)
{
    const struct advice *advice = advising->advice;
    uint64_t least = least_of(advising, AIM_FEWEST_FAILURES);
    uint64_t most = most_of(advising, AIM_FEWEST_FAILURES);

    put_choice(prose, advising, AIM_FEWEST_FAILURES);
    if (most == 0) {
        prose_put(prose, "nothing fails with ");
        phrase_size(prose, advice->ram_bytes[0]);
        return;
    }
    prose_put_marked(prose, (struct prose_mark){.strong = true}, "%s",
                     phrase_share_fine_text(least, advice->requests).text);
    if (strcmp(phrase_share_fine_text(most, advice->requests).text,
               phrase_share_fine_text(least, advice->requests).text) != 0)
        prose_put(prose, " to %s", phrase_share_fine_text(most, advice->requests).text);
    prose_put(prose, " of the requests fail with ");
    phrase_size(prose, advice->ram_bytes[0]);
    if (most != least)
        prose_put(prose, "; differences below 0.5 points do not matter");
}

static void say_speed(struct prose *prose, const struct advising *advising)
{
    const struct advice *advice = advising->advice;
    const struct timing *best = &advice->results[advising->choice[AIM_SPEED].best].timing;
    uint64_t events = advice->trace->header.events;

    put_choice(prose, advising, AIM_SPEED);
    prose_put_marked(prose, (struct prose_mark){.strong = true}, "%s",
                     advice_time_text(best->median_ns, events).text);
    prose_put(prose, " of CPU time an event, and half of the rounds within %s of that",
              advice_time_text(best->spread_ns, events).text);
    if (set_count(advising->choice[AIM_SPEED].takes) > 1)
        prose_put(prose, "; differences within the spreads or below %u %% do not matter",
                  ADVICE_TIME_PERCENT);
}

static void say_metadata(struct prose *prose, const struct advising *advising)
{
    const struct advice *advice = advising->advice;
    uint64_t least = least_of(advising, AIM_METADATA);
    uint64_t most = most_of(advising, AIM_METADATA);

    put_choice(prose, advising, AIM_METADATA);
    phrase_size(prose, least);
    if (most != least)
        prose_put(prose, " to %s", phrase_size_text(most).text);
    prose_put(prose, " with %s", phrase_size_text(advice->ram_bytes[advice->points - 1u]).text);
    if (most != least)
        prose_put(prose, "; differences below a thousandth of RAM do not matter");
}

static void say_late(struct prose *prose, const struct advising *advising)
{
    put_choice(prose, advising, AIM_NO_LATE);
    if (least_of(advising, AIM_NO_LATE) != 0)
        prose_put(prose, "calls succeed whose memory is missing at first use, which in a kernel is "
                         "a crash");
    else if (advising->choice[AIM_NO_LATE].matters)
        prose_put(prose, "no call succeeds whose memory is missing at first use, which in a kernel "
                         "would be a crash");
    else
        prose_put(prose, "no call succeeds whose memory is missing at first use");
}

/* Without a strategy to name, an aim has no measure. */
static void say_aim(struct prose *prose, const struct advising *advising, enum advice_aim aim)
{
    static void (*const say[AIM_COUNT])(struct prose *, const struct advising *) = {
        [AIM_LEAST_RAM] = say_least_ram,
        [AIM_FEWEST_FAILURES] = say_fewest_failures,
        [AIM_SPEED] = say_speed,
        [AIM_METADATA] = say_metadata,
        [AIM_NO_LATE] = say_late};

    prose_paragraph(prose);
    if (advising->choice[aim].best != advising->advice->count)
        say[aim](prose, advising);
    else if (aim == AIM_LEAST_RAM && advising->with_result != 0)
        prose_put(prose, "with no strategy is %s enough",
                  phrase_size_text(advising->advice->range.to_bytes).text);
    else
        prose_put(prose, "not measured");
    prose_put(prose, ".");
}

/* ---- dominated strategies ---- */

/* The strategies that the same others dominate as strategy i. */
static advice_set dominated_alike(const struct advising *advising, uint32_t i)
{
    advice_set set = 0;

    for (uint32_t k = 0; k < advising->advice->count; k++)
        if (advice_dominators(advising->advice, k) == advice_dominators(advising->advice, i))
            set |= (advice_set)1u << k;
    return set;
}

static void say_dominated(struct prose *prose, const struct advising *advising)
{
    advice_set told = 0;

    prose_paragraph(prose);
    for (uint32_t i = 0; i < advising->advice->count; i++) {
        advice_set dominators = advice_dominators(advising->advice, i);
        advice_set alike = dominated_alike(advising, i);
        if (dominators == 0 || set_has(told, i))
            continue;
        told |= alike;
        prose_put(prose, " ");
        phrase_strategies(prose, &advising->names, alike);
        prose_put(prose, " %s dominated by ", set_count(alike) == 1 ? "is" : "are");
        phrase_strategies(prose, &advising->names, dominators);
        prose_put(prose, ".");
    }
    if (told != 0)
        prose_put(prose, " A strategy is dominated by one that is no worse in any measure with any "
                         "of these sizes, and better in at least one by a difference that "
                         "matters.");
}

/* ---- the headline ---- */

/* The strategies that every aim takes; an aim for which none has a measure counts as one that takes
   all. */
static advice_set best_for_all(const struct advising *advising)
{
    advice_set set = advising->with_result;

    for (uint32_t aim = 0; aim < AIM_COUNT; aim++)
        if (advising->choice[aim].best != advising->advice->count)
            set &= advising->choice[aim].takes;
    return set;
}

static void say_single(struct prose *prose, const struct advising *advising, const char *trace)
{
    uint64_t least =
        measure(advising, AIM_LEAST_RAM, (uint32_t)__builtin_ctz(advising->with_result));

    put_names(prose, advising, advising->with_result);
    if (least == UINT64_MAX)
        prose_put(prose, " fails requests of %s even with %s", trace,
                  phrase_size_text(advising->advice->range.to_bytes).text);
    else
        prose_put(prose, " needs %s%s for %s",
                  least == advising->advice->range.from_bytes ? "at most " : "",
                  phrase_size_text(least).text, trace);
}

static void say_headline(struct prose *prose, const struct advising *advising)
{
    struct trace_name name = trace_name_short(advising->advice->trace->name);
    const struct printable trace = printable_part(name.text, (size_t)name.bytes);
    advice_set best = best_for_all(advising);

    prose_paragraph(prose);
    if (advising->with_result == 0) {
        prose_put(prose, "No strategy has a result for %s", trace.text);
    } else if (set_count(advising->with_result) == 1) {
        say_single(prose, advising, trace.text);
    } else if (best == advising->with_result) {
        prose_put(prose, "It does not matter which strategy you take for %s", trace.text);
    } else if (best != 0) {
        prose_put(prose, "Take ");
        put_names(prose, advising, best);
        prose_put(prose, " for %s: no other strategy is better for any aim", trace.text);
    } else {
        prose_put(prose, "No strategy is the best for every aim with %s", trace.text);
    }
}

/* ---- all of it ---- */

void advice_words_make(struct advice_words *words, const struct advice *advice)
{
    struct finding_run runs[COMPARE_MAX];
    struct advising advising = {.advice = advice, .names = advice_facts(advice, 0, runs)};

    *words = (struct advice_words){0};
    for (uint32_t i = 0; i < advice->count; i++)
        advising.with_result |= (advice_set)advice->results[i].has_result << i;
    for (uint32_t aim = 0; aim < AIM_COUNT; aim++)
        advising.choice[aim] = advice_choose(advice, (enum advice_aim)aim);
    say_headline(&words->headline, &advising);
    for (uint32_t aim = 0; aim < AIM_COUNT; aim++)
        say_aim(&words->aim[aim], &advising, (enum advice_aim)aim);
    say_dominated(&words->dominated, &advising);
}

void advice_words_free(struct advice_words *words)
{
    prose_free(&words->headline);
    for (uint32_t aim = 0; aim < AIM_COUNT; aim++)
        prose_free(&words->aim[aim]);
    prose_free(&words->dominated);
}
