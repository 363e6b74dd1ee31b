/* The parts of a story, for story.c. */
#ifndef REPORT_STORY_PARTS_H
#define REPORT_STORY_PARTS_H

#include "report/phrases.h"
#include "report/story.h"

/* A story that is being told. */
struct telling {
    const struct finding_facts *facts;
    struct finding finding;
    const struct finding_run *subject;
    struct prose *headline;
    struct prose *text;
};

static inline const struct finding_run *run_of(const struct telling *telling, uint32_t i)
{
    return &telling->facts->runs[i];
}

/* ---- sets of strategies ---- */

typedef bool run_test(const struct telling *telling, const struct finding_run *run);

/* The strategies whose runs pass a test. O(count) */
strategy_set story_set_of(const struct telling *telling, run_test *belongs);

run_test story_has_no_result;
run_test story_serves_all;
run_test story_fails;

/* ---- the parts ---- */

/* The headline, for every kind of finding. */
void story_tell_headline(const struct telling *telling);

/* What would let the explained request of the subject pass: all changes, or only more RAM. */
void story_tell_remedies(const struct telling *telling);
void story_tell_ram_for_first(const struct telling *telling);

/* From which RAM on nothing fails. */
void story_tell_least(const struct telling *telling);

#endif
