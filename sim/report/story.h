/* The finding in words: a headline and a few paragraphs. Every number comes from the results. */
#ifndef REPORT_STORY_H
#define REPORT_STORY_H

#include "lab/findings.h"
#include "report/prose.h"

struct story {
    struct prose headline; /* one paragraph, without a full stop */
    struct prose text;
};

/* Make the story of these facts. The caller frees it. The strategies must outlive it. */
void story_make(struct story *story, const struct finding_facts *facts);
void story_free(struct story *story);

/* Print the headline and the paragraphs. page is from page_open(). */
void story_print(const struct story *story, FILE *page);

/* Write the story as an object: `headline`, a text, and `paragraphs` (prose_put_json()). */
void story_put_json(const struct story *story, struct json *json, const char *key);

#endif
