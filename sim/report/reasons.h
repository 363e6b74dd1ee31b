/* Why a strategy fails requests, in words: as a headline, as a clause, and as a sentence about one
 * failure. */
#ifndef REPORT_REASONS_H
#define REPORT_REASONS_H

#include "report/phrases.h"

/* "because a used page stands in the heap's way", for the main reason of a run that has failures.
 * It fits any number of strategies. */
void reason_put_clause(struct prose *prose, const struct finding_run *run);

/* What a run can't serve at all: "requests for 2 to 8 contiguous pages". Its main reason must be
 * REASON_UNSUPPORTED. */
void reason_put_unsupported(struct prose *prose, const struct finding_run *run);

/* A sentence with its full stop about the first failure of finding_group(run); it begins with a
 * blank. Nothing if the failures were not grouped. */
void reason_put_first(struct prose *prose, const struct finding_facts *facts,
                      const struct finding_run *run);

/* The headline for a run that fails with memory free, as the end of a sentence whose subject is one
 * strategy or several: "fails with 62.7 MiB free, because one page will not go away". */
void reason_put_headline(struct prose *prose, const struct finding_run *run, bool several);

#endif
