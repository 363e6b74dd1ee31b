/* What would help, in a story: changes for one request, and the RAM with which nothing fails. */
#include "report/remedies.h"
#include "report/story_parts.h"

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

void story_tell_remedies(const struct telling *telling)
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
void story_tell_ram_for_first(const struct telling *telling)
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
    strategy_set set = story_set_of(telling, is_never_enough);
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

void story_tell_least(const struct telling *telling)
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
