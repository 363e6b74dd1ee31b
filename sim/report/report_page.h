/*
 * The page of `mmsim report`: one HTML file with the results of strategies on a trace, memory over
 * time, and the failures. page/README.md says what data the page contains.
 */
#ifndef REPORT_REPORT_PAGE_H
#define REPORT_REPORT_PAGE_H

#include "lab/evidence.h"
#include "report/page_block.h"
#include "report/prose.h"

struct report {
    const struct evidence *evidence;
    const char *ram_from;    /* "--ram", "memmap" or "chosen" */
    const char *sweep_file;  /* NULL: none was given */
    bool quick;              /* remedies were not looked for */
    uint32_t moments_wanted; /* at even distances, before the page was found too large */
};

/* A page should not be larger: browsers open it in two seconds. */
#define REPORT_BYTES_MAX ((size_t)20 << 20)

/* The data elements of a page. */
#define REPORT_BLOCKS_MAX (5u * COMPARE_MAX)

struct report_page {
    const struct report *report;
    uint32_t block_count;
    struct page_block blocks[REPORT_BLOCKS_MAX];
};

/* Pack the data. */
void report_page_make(struct report_page *page, const struct report *report);
void report_page_free(struct report_page *page);

/* Returns the bytes of the page without its head, which is small. */
size_t report_page_bytes(const struct report_page *page);

/* Write the page. */
void report_page_put(const struct report_page *page, const struct text_out *out);

/* ---- its parts ---- */

/* Write the object `report`. */
void report_head_put(const struct report_page *page, const struct text_out *out);

/* The table of the summary, a list of objects. */
void report_table_put(const struct finding_facts *facts, struct json *json, const char *key);

/* The groups of failures of one strategy. */
void report_groups_put(const struct evidence *evidence, uint32_t run, struct json *json,
                       const char *key);

/* What the reader has to know about the data. */
void report_notes_put(const struct report_page *page, struct prose *prose);

/* The measures at each moment, the list of owners, and the failures of a history. */
void report_series_put(const struct history *history, bool owners, const struct text_out *out);
void report_owners_put(const struct history *history, struct trace *trace,
                       const struct text_out *out);
void report_marks_put(const struct history *history, struct byte_list *list);

/* A text_out that appends to a list of bytes. */
struct text_out text_out_to_bytes(struct byte_list *list);

#endif
