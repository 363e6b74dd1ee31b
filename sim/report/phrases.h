/* Parts of sentences that the story and the advice share: numbers with their nouns, lists of
 * strategies, who owns something. */
#ifndef REPORT_PHRASES_H
#define REPORT_PHRASES_H

#include "lab/findings.h"
#include "report/numbers.h"
#include "report/prose.h"

/* A set of strategies: bit i is facts->runs[i]. */
typedef uint32_t strategy_set;
_Static_assert(COMPARE_MAX <= 32, "a set of strategies fits 32 bits");

static inline bool set_has(strategy_set set, uint32_t i)
{
    return (set >> i & 1u) != 0;
}

uint32_t set_count(strategy_set set);

/* What stands between the elements of a list: "" before the first, " and " before the last, ", "
   before the others. */
const char *list_separator(uint32_t index, uint32_t count);

/* The same with " or ". */
const char *alternative_separator(uint32_t index, uint32_t count);

/* "brk", "brk and jump", "brk, jump and migrate" */
void phrase_strategies(struct prose *prose, const struct finding_facts *facts, strategy_set set);

/* The name of one strategy, with its mark. */
void phrase_strategy(struct prose *prose, const struct strategy *strategy);

/* "one", ..., "ten", and digits from 11 on. */
struct number_text number_word(uint64_t count);

/* A noun in the singular, or with an s. */
const char *plural_s(uint64_t count);

/* "4.3 %", "less than 0.1 %" */
struct number_text phrase_share_text(uint64_t part, uint64_t whole);

/* A size: whole numbers of a unit are exact, "70 MiB"; others have one digit, "62.7 MiB". */
struct number_text phrase_size_text(uint64_t bytes);

/* A size or a count, strong. */
void phrase_size(struct prose *prose, uint64_t bytes);
void phrase_count(struct prose *prose, uint64_t count);

/* "event 37,148", a link to it. */
void phrase_event(struct prose *prose, uint64_t event);

/* "`page_cache`", "process 12", or "an unnamed site". */
void phrase_party(struct prose *prose, struct trace *trace, const struct failure_party *party);

/* The same with two digits: "4.29 %", "less than 0.01 %" */
struct number_text phrase_share_fine_text(uint64_t part, uint64_t whole);

/* "62.7 MiB are free", "nothing is free" */
void phrase_free(struct prose *prose, uint64_t bytes);

/* "requests for one page", "requests for 2 to 8 contiguous pages" */
void phrase_pages(struct prose *prose, uint32_t least_bytes, uint32_t most_bytes);

/* "a kmalloc of 32.7 KiB", "a request for 2 contiguous pages", "a write of process 3 at 0x00002000"
 */
void phrase_request(struct prose *prose, const struct replay_failure *failure);

#endif
