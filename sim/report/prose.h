/* Sentences about results, made of spans: pieces of text that carry a meaning or a link. They are
   printed to a terminal, and written as JSON for the page of `mmsim report`. */
#ifndef REPORT_PROSE_H
#define REPORT_PROSE_H

#include <stdbool.h>
#include <stdio.h>

#include "replay/json.h"

/* The meaning of a span. All members 0: plain text. */
struct prose_mark {
    bool strong;
    bool code;            /* a name in the trace */
    bool remedy;          /* would help, verified by a replay */
    const char *strategy; /* the name of a strategy; it must outlive the prose */
    uint64_t event;       /* a moment, from 1 */
    bool has_frame;
    uint32_t frame;
};

struct prose_span {
    struct prose_mark mark;
    size_t start; /* its text in prose.text */
    size_t bytes;
    uint32_t paragraph; /* from 0 */
};

struct prose {
    char *text;
    size_t text_bytes;
    size_t text_room;
    struct prose_span *spans;
    size_t span_count;
    size_t span_room;
    uint32_t paragraphs;
};

/* A prose without paragraphs is zeroed. Start a paragraph, unless the last one is still empty. A
   blank at the start of a paragraph is left out, and a paragraph that stays empty does not count.
 */
void prose_paragraph(struct prose *prose);

/* Append to the last paragraph. Text of the trace's is made printable by the caller. */
__attribute__((format(printf, 2, 3))) void prose_put(struct prose *prose, const char *format, ...);
__attribute__((format(printf, 3, 4))) void
prose_put_marked(struct prose *prose, struct prose_mark mark, const char *format, ...);

void prose_free(struct prose *prose);

/* Print the paragraphs with an empty line between two, in lines of at most terminal_width() columns
   that separate no number from its unit. page is from page_open(). */
void prose_print(const struct prose *prose, FILE *page);

/* Print the first paragraph beside a label: "speed             take jump". The label has a column
   of so many columns, or, if the terminal is narrow, only the first line. */
void prose_print_labelled(const struct prose *prose, const char *label, uint32_t columns,
                          FILE *page);

/* Write the paragraphs as a list of lists of spans: {"text": "brk", "strategy": "brk"}. Members of
   a mark that are not set are left out. */
void prose_put_json(const struct prose *prose, struct json *json, const char *key);

#endif
