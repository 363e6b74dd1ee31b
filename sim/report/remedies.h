/* What would let a failed request pass, in words. Each change was verified by a replay. */
#ifndef REPORT_REMEDIES_H
#define REPORT_REMEDIES_H

#include "lab/explain.h"
#include "report/prose.h"

/* Kinds of changes. */
enum remedy { REMEDY_RAM, REMEDY_FREEING, REMEDY_STRATEGY, REMEDY_COUNT };

/* Whether such a change was tried, and the request passed. */
bool remedy_helps(const struct explanation *explanation, enum remedy remedy);

/* Append the change, which must help, in a few words: "64 KiB more RAM (the smallest step of the
   search)", "freeing the two blocks in the way before", "another strategy (jump or migrate)".
   ram_bytes is that of the run. */
void remedy_put(struct prose *prose, const struct explanation *explanation, enum remedy remedy,
                uint64_t ram_bytes);

/* Append a paragraph with these words for each change that helps. */
void remedies_put(struct prose *prose, const struct explanation *explanation, uint64_t ram_bytes);

/* What has to be freed, in the singular or the plural: "pages" of 4 KiB, "blocks", "processes", or
   "owners" if there are both. */
const char *freeing_noun(const struct explain_freeing *freeing);

/* "that one block", "that one process", "all 7 owners in the way": what has to be freed. */
struct remedy_owners {
    char text[64];
};
struct remedy_owners remedy_owners(const struct explain_freeing *freeing);

#endif
