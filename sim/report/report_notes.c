/* What the reader of the page has to know about its data: what was left out, and what the measures
   mean. */
#include <inttypes.h>

#include <mm/strategy.h>

#include "report/numbers.h"
#include "report/report_page.h"

static void note_moments(const struct report *report, struct prose *prose)
{
    const struct history_moments *moments = &report->evidence->moments;
    uint32_t failures = moments->count - moments->even;
    uint64_t events = report->evidence->request.trace->header.events;
    uint64_t wanted = report->moments_wanted < events ? report->moments_wanted : events;

    prose_paragraph(prose);
    prose_put_marked(prose, (struct prose_mark){.strong = true}, "Moments. ");
    prose_put(prose, "Memory is shown at %" PRIu32 " moment%s at even distances", moments->even,
              moments->even == 1 ? "" : "s");
    if (failures != 0)
        prose_put(prose, ", and at %" PRIu32 " more before requests that fail", failures);
    prose_put(prose, "; all strategies are shown at the same moments. A moment lies between two "
                     "events: that of a failure is memory as it was before its event.");
    if (moments->even <= wanted) /* the start is one more */
        prose_put(prose, " There are fewer moments than usual, so that the page stays below %s.",
                  number_size(REPORT_BYTES_MAX).text);
}

static void note_marks(const struct evidence *evidence, struct prose *prose)
{
    for (uint32_t i = 0; i < evidence->request.count; i++) {
        const struct history *history = &evidence->run[i].history;
        if (history->counts.marks == history->counts.failures)
            continue;
        prose_paragraph(prose);
        prose_put_marked(prose, (struct prose_mark){.strong = true}, "Failures. ");
        prose_put(prose, "%s of the %s failures under ", number_grouped(history->counts.marks).text,
                  number_grouped(history->counts.failures).text);
        prose_put_marked(prose, (struct prose_mark){.code = true}, "%s",
                         evidence->request.strategies[i]->name);
        prose_put(prose, " are drawn, at even distances. The tables count all.");
    }
}

static void note_owners(enum history_owners owners, struct prose *prose)
{
    prose_paragraph(prose);
    prose_put_marked(prose, (struct prose_mark){.strong = true}, "Owners. ");
    if (owners != HISTORY_OWNERS_NONE)
        prose_put(prose, "A frame of a heap or of a slab may have many owners; the page names the "
                         "one that has the most bytes in it.");
    if (owners == HISTORY_OWNERS_ALIKE)
        prose_put(prose,
                  " It does not tell the allocations of one site apart, because it would be "
                  "larger than %s.",
                  number_size(REPORT_BYTES_MAX).text);
    if (owners == HISTORY_OWNERS_NONE)
        prose_put(
            prose,
            "The page does not say whose each frame is, because it would be larger than %s. A "
            "shorter trace or fewer strategies leave room for that.",
            number_size(REPORT_BYTES_MAX).text);
}

static void note_quick(const struct report *report, struct prose *prose)
{
    if (!report->quick)
        return;
    prose_paragraph(prose);
    prose_put_marked(prose, (struct prose_mark){.strong = true}, "Remedies. ");
    prose_put(prose, "None were looked for, because the page was made with ");
    prose_put_marked(prose, (struct prose_mark){.code = true}, "--quick");
    prose_put(prose, ".");
}

static void note_measures(struct prose *prose)
{
    prose_paragraph(prose);
    prose_put_marked(prose, (struct prose_mark){.strong = true}, "Measures. ");
    prose_put(
        prose,
        "The span of a heap is what it has taken from memory, and its payload the bytes that "
        "were asked for. Unusable is the part of free memory that is in blocks smaller than "
        "the chosen size (Linux's unusable free space index). TLB misses are those of a model "
        "with 64 entries. The CPU time was taken once, and differs from run to run.");
}

void report_notes_put(const struct report_page *page, struct prose *prose)
{
    note_moments(page->report, prose);
    note_marks(page->report->evidence, prose);
    note_owners(page->report->evidence->owners, prose);
    note_quick(page->report, prose);
    note_measures(prose);
}
