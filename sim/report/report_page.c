#include "report/report_page.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "trace/memory.h"

/* The page around the data, which the build assembles (page/assemble.sh). */
extern const char report_page_before[];
extern const char report_page_before_end[];
extern const char report_page_after[];
extern const char report_page_after_end[];

static void put_bytes(void *context, const char *text, size_t bytes)
{
    struct byte_list *list = context;

    list->data = memory_reach(list->data, &list->room, list->count + bytes, 1);
    memcpy(&list->data[list->count], text, bytes);
    list->count += bytes;
}

struct text_out text_out_to_bytes(struct byte_list *list)
{
    return (struct text_out){put_bytes, list};
}

/* ---- packing ---- */

static void add_block(struct report_page *page, const char *name, uint32_t run, const void *data,
                      size_t bytes)
{
    struct page_block *block = &page->blocks[page->block_count++];

    snprintf(block->id, sizeof block->id, "%s-%u", name, run);
    page_block_make(block, data, bytes);
}

static void add_list(struct report_page *page, const char *name, uint32_t run,
                     struct byte_list *list)
{
    add_block(page, name, run, list->data, list->count);
    byte_list_free(list);
}

static void add_owners(struct report_page *page, uint32_t run, const struct history *history)
{
    struct byte_list list = {NULL, 0, 0};
    const struct text_out out = text_out_to_bytes(&list);

    add_block(page, "owners", run, history->owners, history->counts.owner_bytes);
    report_owners_put(history, page->report->evidence->request.trace, &out);
    add_list(page, "owner-list", run, &list);
}

static void add_run(struct report_page *page, uint32_t run, const struct history *history)
{
    struct byte_list list = {NULL, 0, 0};
    const struct text_out out = text_out_to_bytes(&list);
    bool owners = page->report->evidence->owners != HISTORY_OWNERS_NONE;

    report_series_put(history, owners, &out);
    add_list(page, "series", run, &list);
    report_marks_put(history, &list);
    add_list(page, "marks", run, &list);
    add_block(page, "kinds", run, history->kinds, history->counts.kinds_bytes);
    if (owners)
        add_owners(page, run, history);
}

void report_page_make(struct report_page *page, const struct report *report)
{
    const struct evidence *evidence = report->evidence;

    *page = (struct report_page){.report = report};
    for (uint32_t i = 0; i < evidence->request.count; i++) {
        const struct history *history = &evidence->run[i].history;
        if (!evidence->run[i].has_history)
            continue;
        add_run(page, i, history);
    }
}

void report_page_free(struct report_page *page)
{
    for (uint32_t i = 0; i < page->block_count; i++)
        page_block_free(&page->blocks[i]);
    page->block_count = 0;
}

size_t report_page_bytes(const struct report_page *page)
{
    size_t bytes = (size_t)(report_page_before_end - report_page_before) +
                   (size_t)(report_page_after_end - report_page_after);

    for (uint32_t i = 0; i < page->block_count; i++)
        bytes += page_block_size(&page->blocks[i]);
    return bytes;
}

/* ---- writing ---- */

/* In JSON, < can stand in strings only. Without it no text can end the element or begin another. */
static void put_without_tags(void *context, const char *text, size_t bytes)
{
    const struct text_out *out = context;

    while (bytes > 0) {
        const char *tag = memchr(text, '<', bytes);
        size_t plain = tag != NULL ? (size_t)(tag - text) : bytes;
        out->put(out->context, text, plain);
        if (tag == NULL)
            return;
        text_put(out, "\\u003c");
        text += plain + 1u;
        bytes -= plain + 1u;
    }
}

void report_page_put(const struct report_page *page, const struct text_out *out)
{
    struct text_out to = *out;
    const struct text_out head = {put_without_tags, &to};

    out->put(out->context, report_page_before,
             (size_t)(report_page_before_end - report_page_before));
    text_put(out, "<script type=\"application/json\" id=\"report\">");
    report_head_put(page, &head);
    text_put(out, "</script>\n");
    for (uint32_t i = 0; i < page->block_count; i++)
        page_block_put(&page->blocks[i], out);
    out->put(out->context, report_page_after, (size_t)(report_page_after_end - report_page_after));
}
