/* What an import of a report says of it, and of how near the trace comes. */
#include "import_oom.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void oom_note(struct oom_import *import, const char *format, ...)
{
    char *notes = import->counts->notes;
    size_t used = strlen(notes);
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(notes + used, IMPORT_NOTES_BYTES - used, format, arguments);
    va_end(arguments);
}

static double mib_of(uint64_t pages)
{
    return (double)pages / MIB_FRAMES;
}

void oom_note_report(struct oom_import *import)
{
    static const char *const sources[] = {
        [OOM_FAILURE] = "a failed request",
        [OOM_KILLER] = "the oom-killer's report",
        [OOM_MEM_INFO] = "a report without a request",
        [OOM_BUDDYINFO] = "/proc/buddyinfo",
        [OOM_PAGETYPEINFO] = "/proc/pagetypeinfo",
    };
    const struct oom_report *report = &import->reader.kept;

    oom_note(import, "report %" PRIu64 " of %" PRIu64 ", from line %" PRIu64 " on: %s%s\n",
             import->reader.wanted, import->reader.count, report->line, sources[report->source],
             import->reader.count > 1 ? "; --report N takes another one" : "");
    if (import->zones.nodes > 1)
        oom_note(import, "its %u nodes are taken as one\n", import->zones.nodes);
    if (import->zones.page_kib != 4)
        oom_note(import, "its pages of %u KiB are taken as pages of 4 KiB\n",
                 import->zones.page_kib);
}

/* How near the trace comes in one zone, order by order where it is not exact. */
void oom_note_zone(struct oom_import *import, enum zone zone, const struct state_left *left)
{
    static const char *const names[ZONE_COUNT] = {"DMA", "LOW", "HIGH"};
    const uint64_t *reported = import->reported[zone];
    const uint32_t *left_blocks = left->free.count[zone];
    uint64_t pages[2] = {0};
    bool exact = true;

    for (uint32_t order = 0; order < ORDER_COUNT; order++) {
        pages[0] += reported[order] << order;
        pages[1] += (uint64_t)left_blocks[order] << order;
        exact &= reported[order] == left_blocks[order];
    }
    if (pages[0] + pages[1] == 0)
        return;
    oom_note(import, "zone %s has the free blocks of", names[zone]);
    for (uint32_t kind = 0; kind < OOM_KIND_COUNT; kind++)
        if (import->zones.sums[kind].there && import->zones.to[kind] == zone)
            oom_note(import, " %s", oom_kind_names[kind]);
    oom_note(import, ": %.1f MiB%s\n", mib_of(pages[0]), exact ? ", exactly as reported" : "");
    if (exact)
        return;
    oom_note(import, "  not exactly: the trace leaves %.1f MiB. Blocks by order, reported:left",
             mib_of(pages[1]));
    for (uint32_t order = 0; order < ORDER_COUNT; order++)
        if (reported[order] != left_blocks[order])
            oom_note(import, " %u=%" PRIu64 ":%u", order, reported[order], left_blocks[order]);
    oom_note(import, "\n");
}

static const char *const class_names[] = {
    [PAGES_LOW] = "low", [PAGES_DMA] = "dma", [PAGES_USER] = "user"};

/* Why each zone did not serve the request. */
static void note_verdicts(struct oom_import *import)
{
    static const char *const verdicts[] = {
        [OOM_TOO_LITTLE] = "less is free than the request needs",
        [OOM_FRAGMENTED] = "no free block is large enough: fragmentation",
        [OOM_WATERMARK] = "the watermarks (min, lowmem_reserve) keep what is free from it",
        [OOM_SPECIAL] = "what is free is kept for CMA, or for atomic requests of high order",
        [OOM_SERVED] = "a free block would do: it may have become free after the failure",
    };

    for (uint32_t kind = import->zones.top + 1u; kind-- > 0;)
        if (import->zones.sums[kind].there)
            oom_note(
                import, "  %s: %s\n", oom_kind_names[kind],
                verdicts[oom_judge(&import->zones, &import->reader.kept, (enum oom_kind)kind)]);
}

void oom_note_request(struct oom_import *import, const struct state_left *left)
{
    const struct oom_request *request = &import->zones.request;

    oom_note(import, "the request: %u page%s (order %u) of class %s, from %s and below\n",
             1u << (request->order < 20 ? request->order : 20), request->order == 0 ? "" : "s",
             request->order, class_names[import->zones.page_class],
             oom_kind_names[import->zones.top]);
    if (request->order > ORDER_MAX)
        oom_note(import, "  a trace has no order above %u: the request has that order\n",
                 ORDER_MAX);
    if (oom_has_request(&import->reader.kept))
        note_verdicts(import);
    else
        oom_note(import, "  it %s\n", left->served ? "succeeds" : "fails");
    if (left->withheld > 0)
        oom_note(import,
                 "  %" PRIu64 " free block%s withheld from it in the trace while it is made\n",
                 left->withheld, left->withheld == 1 ? " is" : "s are");
}
