#include "report/explain_report.h"

#include <inttypes.h>

#include <mm/frame_owner.h>
#include <mm/strategy.h>

#include "replay/culprit.h"
#include "report/failure_report.h"
#include "report/frame_colours.h"
#include "report/numbers.h"
#include "report/page.h"
#include "report/remedies.h"
#include "report/terminal.h"
#include "trace/printable.h"

const char *explain_zone_name(enum zone zone)
{
    static const char *const names[ZONE_COUNT] = {"DMA", "LOW", "HIGH"};

    return names[zone];
}

const char *explain_class_name(enum page_class page_class)
{
    static const char *const names[] = {
        [PAGES_LOW] = "low", [PAGES_DMA] = "dma", [PAGES_USER] = "user"};

    return names[page_class];
}

#define SITE_WIDTH 40 /* columns */

struct story {
    const struct explanation *explanation;
    const struct explain_request *request;
    const struct explain_snapshot *snapshot;
    FILE *out;
};

static struct printable site_of(const struct story *story, uint32_t site)
{
    const char *name = site != SITE_NONE ? trace_site_name(story->request->trace, site) : NULL;

    return printable_within(name != NULL ? name : "an unnamed site", SITE_WIDTH);
}

static struct number_text share_of_trace(const struct story *story, uint64_t events)
{
    return number_share(events, story->request->trace->header.events);
}

/* ---- what was asked ---- */

static void print_block_request(const struct story *story)
{
    const struct explain_asked *asked = &story->snapshot->asked;
    const char *bytes = number_size(story->snapshot->failure.bytes).text;

    fprintf(story->out, "%s", event_name((enum event_kind)asked->kind));
    if (asked->kind == EVENT_PAGES)
        fprintf(story->out, " of order %u, %s, from %s", asked->order, bytes,
                explain_class_name((enum page_class)asked->page_class));
    else
        fprintf(story->out, " of %s%s", bytes, asked->page_class == PAGES_DMA ? ", dma" : "");
    if (asked->kind != EVENT_KREALLOC)
        fprintf(story->out, ", by %s", site_of(story, asked->site).text);
}

static void print_process_request(const struct story *story)
{
    const struct explain_asked *asked = &story->snapshot->asked;

    fprintf(story->out, "%s", event_name((enum event_kind)asked->kind));
    if (asked->kind == EVENT_MAP || asked->kind == EVENT_UNMAP)
        fprintf(story->out, " of %s", number_size(asked->bytes).text);
    if (asked->kind == EVENT_TOUCH)
        fprintf(story->out, ", a %s", asked->write ? "write" : "read");
    if (asked->kind != EVENT_PROCESS)
        fprintf(story->out, " at 0x%08" PRIx32, asked->address);
    fprintf(story->out, ", by process %" PRIu64, story->snapshot->failure.process);
}

static void print_request(const struct story *story)
{
    const struct replay_failure *failure = &story->snapshot->failure;

    fprintf(story->out, "asked    ");
    if (story->snapshot->asked.kind <= EVENT_VFREE)
        print_block_request(story);
    else
        print_process_request(story);
    fprintf(story->out, "\n         event %s of %s, %s of the trace\n",
            number_grouped(failure->event).text,
            number_grouped(story->request->trace->header.events).text,
            share_of_trace(story, failure->event).text);
    fprintf(story->out, "failed   " PAGE_FAILURE "%s" PAGE_PLAIN ": %s%s\n",
            cause_name(failure->cause), cause_meaning(failure->cause),
            failure->late ? "\n         at the touch: the call itself had succeeded" : "");
    access_print(failure, 9, story->out);
}

/* ---- what was free, and what was used for what ---- */

static void print_blocks(const struct story *story, const struct free_blocks *free)
{
    static const char *const sizes[ORDER_COUNT] = {"4K",   "8K",   "16K", "32K", "64K", "128K",
                                                   "256K", "512K", "1M",  "2M",  "4M"};
    const char *before =
        "                 in blocks:  "; /* a line that is broken continues below the first block */

    for (uint32_t order = 0; order < ORDER_COUNT; order++) {
        if (free->count[order] == 0)
            continue;
        fprintf(story->out, "%s%" PRIu32 " of %s", before, free->count[order], sizes[order]);
        before = ", ";
    }
    if (before[0] == ',')
        fputc('\n', story->out);
}

static void print_zone(const struct story *story, enum zone zone)
{
    const struct explain_zone *of = &story->snapshot->zone[zone];

    if (of->frames == 0)
        return;
    fprintf(story->out, "  %-4s %10s of RAM, %10s in free frames\n", explain_zone_name(zone),
            number_size((uint64_t)of->frames << PAGE_SHIFT).text,
            number_size((uint64_t)of->free.frames << PAGE_SHIFT).text);
    if (of->largest_run != 0)
        fprintf(story->out, "                 longest run %s at frame 0x%05" PRIx32 "\n",
                number_size((uint64_t)of->largest_run << PAGE_SHIFT).text, of->largest_at);
    print_blocks(story, &of->free);
}

static void print_free(const struct story *story)
{
    fprintf(story->out, "free     %s\n", number_size(story->snapshot->failure.free_bytes).text);
    for (uint32_t zone = 0; zone < ZONE_COUNT; zone++)
        print_zone(story, (enum zone)zone);
    fprintf(story->out, "heap     %s of the %s that it may ever span",
            number_size(story->snapshot->heap_span_bytes).text,
            number_size(story->snapshot->heap_most_bytes).text);
    if (story->snapshot->heap_first != 0)
        fprintf(story->out, ", in frames 0x%05" PRIx32 " to 0x%05" PRIx32,
                story->snapshot->heap_first, story->snapshot->heap_last);
    fputc('\n', story->out);
}

static void print_kinds(const struct story *story)
{
    const char *before = "frames   ";

    for (uint32_t mark = 0; mark < FRAME_STATE_COUNT; mark++) {
        if (story->snapshot->marks[mark] == 0)
            continue;
        fprintf(story->out, "%s%s %s", before, frame_state_name(mark),
                number_grouped(story->snapshot->marks[mark]).text);
        before = ", ";
    }
    fputs("\n\n", story->out);
}

/* ---- what was in the way ---- */

/* The cells that a line shows: a whole row, or half of one if the terminal is narrow. */
static uint32_t cells_of_line(void)
{
    return terminal_width() >= PICTURE_COLUMNS + 9u ? PICTURE_COLUMNS : PICTURE_COLUMNS / 2u;
}

static void print_cells(const struct story *story, uint32_t first, uint32_t count)
{
    const struct explain_picture *picture = &story->snapshot->picture;
    uint32_t culprit =
        (story->snapshot->failure.blocker.frame.value - picture->start) / picture->per_cell;

    fprintf(story->out, "  %05" PRIx32 "  ", picture->start + first * picture->per_cell);
    for (uint32_t i = 0; i < count; i++)
        fputc(frame_looks[picture->mark[first + i]].letter, story->out);
    fputc('\n', story->out);
    if (culprit >= first && culprit < first + count)
        fprintf(story->out, "         %*s" PAGE_FAILURE "^" PAGE_PLAIN "\n", (int)(culprit - first),
                "");
}

static void print_legend(const struct story *story)
{
    const struct explain_picture *picture = &story->snapshot->picture;
    uint32_t seen = 0;

    for (uint32_t i = 0; i < PICTURE_ROWS * PICTURE_COLUMNS; i++)
        seen |= 1u << picture->mark[i];
    fprintf(story->out, "\n  each character is %s:",
            picture->per_cell == 1 ? "a frame" : "4 frames, marked by the first used");
    for (uint32_t mark = 0; mark < FRAME_STATE_COUNT; mark++)
        if ((seen >> mark & 1u) != 0)
            fprintf(story->out, "  %c %s", frame_looks[mark].letter, frame_state_name(mark));
    fputs("\n\n", story->out);
}

static void print_picture(const struct story *story)
{
    uint32_t count = cells_of_line();

    for (uint32_t first = 0; first < PICTURE_ROWS * PICTURE_COLUMNS; first += count)
        print_cells(story, first, count);
    print_legend(story);
}

static void print_owner(const struct story *story)
{
    const struct replay_failure *failure = &story->snapshot->failure;
    const struct replay_culprit *blocker = &failure->blocker;

    if (!blocker->owned) {
        fprintf(story->out, "         no block of the trace has a byte in it\n");
        return;
    }
    if (blocker->process != 0)
        fprintf(story->out, "         of process %" PRIu64, blocker->process);
    else
        fprintf(story->out, "         put there by %s", site_of(story, blocker->site).text);
    fprintf(story->out, ", %s frame%s\n", number_grouped(blocker->frames).text,
            blocker->frames == 1 ? "" : "s");
    fprintf(story->out, "         since event %s, %s event%s before: %s of the trace\n",
            number_grouped(blocker->since_event).text, number_grouped(replay_age(failure)).text,
            replay_age(failure) == 1 ? "" : "s", share_of_trace(story, replay_age(failure)).text);
}

static void print_culprit(const struct story *story)
{
    const struct replay_failure *failure = &story->snapshot->failure;

    if (pfn_is_none(failure->blocker.frame)) {
        fputs("blocked  by nothing that the trace could free\n\n", story->out);
        return;
    }
    fprintf(story->out, "blocked  %s frame 0x%" PRIx32 ", %s\n",
            culprit_is_largest(failure->cause) ? "by no single owner; the largest is at" : "at",
            failure->blocker.frame.value, frame_state_name(failure->blocker.kind));
    print_owner(story);
    fputc('\n', story->out);
    print_picture(story);
}

/* ---- what would have let it pass ---- */

static void print_ram(const struct story *story)
{
    const struct explain_ram *ram = &story->explanation->ram;

    fputs("  RAM       ", story->out);
    if (!ram->tried)
        fputs("not tried, because a PC has no more RAM, or a memory map was given\n", story->out);
    else if (!ram->found)
        fprintf(story->out, "no size up to %s is enough (verified)\n",
                number_size(ram->most_bytes).text);
    else
        fprintf(story->out, "%s more, %s bytes in all; with 64 KiB less it fails (verified)\n",
                number_size(ram->least_bytes - story->request->ram_bytes).text,
                number_grouped(ram->least_bytes).text);
}

static void print_trial(const struct story *story, const char *name,
                        const struct explain_trial *trial)
{
    fprintf(story->out, "%-8s ", name);
    if (trial->end == TRIAL_PASSED)
        fputs(PAGE_BEST "serves it" PAGE_PLAIN " (verified)\n", story->out);
    else if (trial->end == TRIAL_FAILED)
        fprintf(story->out, PAGE_FAILURE "also fails" PAGE_PLAIN ": %s\n",
                cause_name(trial->cause));
    else if (trial->end == TRIAL_SKIPPED)
        fputs("could not create the process that asks\n", story->out);
    else
        fprintf(story->out, "no result: %s\n", trial->reason);
}

static void print_others(const struct story *story)
{
    for (uint32_t i = 0; i < story->explanation->other_count; i++) {
        fputs(i == 0 ? "  strategy  " : "            ", story->out);
        print_trial(story, story->explanation->other[i]->name, &story->explanation->other_trial[i]);
    }
}

/* Print why freeing owners did not let the request pass. */
static void print_not_enough(const struct story *story)
{
    const struct explain_freeing *freeing = &story->explanation->freeing;

    if (freeing->count != 0)
        fprintf(story->out, "more than %" PRIu32 " owner%s would have to go%s", freeing->count,
                freeing->count == 1 ? "" : "s",
                freeing->count == EXPLAIN_FREED_MAX ? "\n" : "; then ");
    if (freeing->count == EXPLAIN_FREED_MAX)
        return;
    if (freeing->own)
        fputs("the asking block or process is in the way\n", story->out);
    else if (!pfn_is_none(freeing->last.frame))
        fprintf(story->out,
                "frame 0x%" PRIx32 " is in the way, and nothing in the trace can free it\n",
                freeing->last.frame.value);
    else
        fputs("no block or process of the trace is in the way\n", story->out);
}

static void print_freeing(const struct story *story)
{
    const struct explain_freeing *freeing = &story->explanation->freeing;

    fputs("  freeing   ", story->out);
    if (freeing->enough)
        fprintf(story->out, "%s before the event: the request %s\n", remedy_owners(freeing).text,
                freeing->trial.end == TRIAL_PASSED ? "passes (verified)" : "still fails");
    else
        print_not_enough(story);
}

/* ---- all of it ---- */

static void print_story(const struct story *story)
{
    print_request(story);
    print_free(story);
    print_kinds(story);
    print_culprit(story);
    fputs("the smallest changes that let the request succeed, each replayed:\n", story->out);
    print_ram(story);
    print_others(story);
    print_freeing(story);
}

void explain_print(const struct explanation *explanation, const struct explain_request *request,
                   const char *ram_source, FILE *file)
{
    FILE *out = page_open(file);
    const struct story story = {explanation, request, &explanation->snapshot, out};
    uint64_t failures = explanation->snapshot.failures;

    fprintf(out, "%s under %s, RAM %s (%s)\n", printable(request->trace->name).text,
            request->strategy->name, number_size(request->ram_bytes).text,
            printable(ram_source).text);
    if (failures < request->failure) {
        fprintf(out, "%s of its %s events failed%s\n",
                failures == 0 ? "none" : number_grouped(failures).text,
                number_grouped(request->trace->header.events).text,
                failures == 0 ? "" : ": there is no such failure");
    } else {
        fprintf(out, "failure %s of %s\n\n", number_grouped(request->failure).text,
                number_grouped(failures).text);
        print_story(&story);
    }
    fclose(out);
}
