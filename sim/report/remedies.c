#include "report/remedies.h"

#include <mm/strategy.h>

#include "report/numbers.h"
#include "report/phrases.h"

static const struct prose_mark mark = {.remedy = true};

static uint32_t strategies_that_help(const struct explanation *explanation)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < explanation->other_count; i++)
        count += explanation->other_trial[i].end == TRIAL_PASSED;
    return count;
}

bool remedy_helps(const struct explanation *explanation, enum remedy remedy)
{
    if (remedy == REMEDY_RAM)
        return explanation->ram.tried && explanation->ram.found;
    if (remedy == REMEDY_FREEING)
        return explanation->freeing.enough && explanation->freeing.count != 0 &&
               explanation->freeing.trial.end == TRIAL_PASSED;
    return strategies_that_help(explanation) != 0;
}

const char *freeing_noun(const struct explain_freeing *freeing)
{
    static const char *const nouns[4][2] = {
        {"owners", "owner"}, {"processes", "process"}, {"pages", "page"}, {"blocks", "block"}};
    uint32_t processes = 0;
    bool one = freeing->count == 1;

    for (uint32_t i = 0; i < freeing->count; i++)
        processes += (freeing->owner[i] & FREED_PROCESS) != 0;
    if (processes != 0)
        return nouns[processes == freeing->count][one];
    return nouns[freeing->frames == freeing->count ? 2 : 3][one];
}

struct remedy_owners remedy_owners(const struct explain_freeing *freeing)
{
    struct remedy_owners owners;
    bool process = freeing->count != 0 && (freeing->owner[0] & FREED_PROCESS) != 0;

    if (freeing->count == 1)
        snprintf(owners.text, sizeof owners.text, "that one %s", process ? "process" : "block");
    else
        snprintf(owners.text, sizeof owners.text, "all %s owners in the way",
                 number_grouped(freeing->count).text);
    return owners;
}

static void put_ram(struct prose *prose, const struct explain_ram *ram, uint64_t ram_bytes)
{
    uint64_t more = ram->least_bytes - ram_bytes;

    prose_put_marked(prose, mark, "%s more RAM", phrase_size_text(more).text);
    if (more == EXPLAIN_RAM_STEP)
        prose_put(prose, " (the smallest step of the search)");
    else
        prose_put(prose, " (found in steps of %s)", phrase_size_text(EXPLAIN_RAM_STEP).text);
}

static void put_freeing(struct prose *prose, const struct explain_freeing *freeing)
{
    prose_put_marked(prose, mark, "freeing the %s %s in the way before",
                     number_word(freeing->count).text, freeing_noun(freeing));
}

/* Names of strategies, the last after "or". */
static void put_strategies(struct prose *prose, const struct explanation *explanation)
{
    uint32_t count = strategies_that_help(explanation);
    uint32_t index = 0;

    prose_put_marked(prose, mark, "another strategy");
    prose_put(prose, " (");
    for (uint32_t i = 0; i < explanation->other_count; i++) {
        const char *name = explanation->other[i]->name;
        const struct prose_mark linked = {.remedy = true, .strategy = name};
        if (explanation->other_trial[i].end != TRIAL_PASSED)
            continue;
        prose_put(prose, "%s", alternative_separator(index++, count));
        prose_put_marked(prose, linked, "%s", name);
    }
    prose_put(prose, ")");
}

void remedy_put(struct prose *prose, const struct explanation *explanation, enum remedy remedy,
                uint64_t ram_bytes)
{
    if (remedy == REMEDY_RAM)
        put_ram(prose, &explanation->ram, ram_bytes);
    else if (remedy == REMEDY_FREEING)
        put_freeing(prose, &explanation->freeing);
    else
        put_strategies(prose, explanation);
}

void remedies_put(struct prose *prose, const struct explanation *explanation, uint64_t ram_bytes)
{
    for (uint32_t remedy = 0; remedy < REMEDY_COUNT; remedy++) {
        if (!remedy_helps(explanation, (enum remedy)remedy))
            continue;
        prose_paragraph(prose);
        remedy_put(prose, explanation, (enum remedy)remedy, ram_bytes);
    }
}
