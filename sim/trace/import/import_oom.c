/*
 * Imports a report of Linux about its memory as a trace that leaves memory so: as many free blocks
 * of each order in each zone, and the rest held by pages of processes, of files, and of the kernel,
 * in the proportions of the report. The request that failed follows.
 *
 * What Linux keeps from the request although it is free (the watermarks, CMA) is withheld: taken
 * before the request, and given back after it.
 */
#include "log_fields.h"
#include "oom_zones.h"
#include "quoted_printable.h"
#include "trace/memory.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define MIB_FRAMES     256u
#define RAM_FRAMES_MIN (16u * MIB_FRAMES)

/* Linux keeps pages of one mobility together in blocks of this many pages, on x86-64. */
#define PAGEBLOCK_FRAMES 512u

enum holder {
    HOLDER_ANON,
    HOLDER_FILE,
    HOLDER_LRU,
    HOLDER_MOVABLE_END,
    HOLDER_SLAB = HOLDER_MOVABLE_END,
    HOLDER_TABLES,
    HOLDER_STACKS,
    HOLDER_OTHER,
    HOLDER_COUNT
};

static const struct state_holder holders[HOLDER_COUNT] = {
    [HOLDER_ANON] = {"anonymous_pages", true},      [HOLDER_FILE] = {"page_cache", true},
    [HOLDER_LRU] = {"pages_in_use", true},          [HOLDER_SLAB] = {"slab", false},
    [HOLDER_TABLES] = {"page_tables", false},       [HOLDER_STACKS] = {"kernel_stacks", false},
    [HOLDER_OTHER] = {"other_kernel_pages", false},
};

struct oom_import {
    struct oom_reader reader;
    struct oom_zones zones;
    struct import_log log;
    bool is_quoted; /* a line was encoded as quoted-printable */
    struct quoted_line quoted;
    const struct state_machine *machine;
    struct import_counts *counts;
    struct memory_state state;
    uint32_t wanted[ZONE_COUNT][ORDER_COUNT];
    uint64_t reported[ZONE_COUNT][ORDER_COUNT];
};

__attribute__((format(printf, 2, 3))) static void note(struct oom_import *import,
                                                       const char *format, ...)
{
    char *notes = import->counts->notes;
    size_t used = strlen(notes);
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(notes + used, IMPORT_NOTES_BYTES - used, format, arguments);
    va_end(arguments);
}

/* ---- how many blocks ---- */

static void sum_reported(struct oom_import *import)
{
    for (uint32_t kind = 0; kind < OOM_KIND_COUNT; kind++)
        for (uint32_t order = 0; order < ORDER_COUNT; order++)
            import->reported[import->zones.to[kind]][order] += import->zones.sums[kind].free[order];
}

/* The frames of the report's zones that go to a zone, or twice what is free if that is unknown. */
static uint64_t zone_pages(const struct oom_import *import, enum zone zone)
{
    uint64_t pages = 0;

    for (uint32_t kind = 0; kind < OOM_KIND_COUNT; kind++) {
        const struct oom_sum *sum = &import->zones.sums[kind];

        if (sum->there && import->zones.to[kind] == zone)
            pages += sum->managed > sum->free_pages ? sum->managed : 2 * sum->free_pages;
    }
    return pages;
}

static uint64_t first_ram_frames(const struct oom_import *import)
{
    uint64_t high = zone_pages(import, ZONE_HIGH);
    uint64_t low = zone_pages(import, ZONE_DMA) + zone_pages(import, ZONE_LOW);
    uint64_t most = import->machine->ram_bytes_max >> PAGE_SHIFT;
    uint64_t frames = high > 0 ? LOW_END_PFN + high : low < LOW_END_PFN ? low : LOW_END_PFN;

    frames = (frames + MIB_FRAMES - 1) / MIB_FRAMES * MIB_FRAMES;
    if (frames < RAM_FRAMES_MIN)
        frames = RAM_FRAMES_MIN;
    return frames < most ? frames : most;
}

/* As many blocks as the report has, times part / 4096. */
static void scale(const uint64_t blocks[ORDER_COUNT], uint64_t part, uint32_t scaled[ORDER_COUNT])
{
    for (uint32_t order = 0; order < ORDER_COUNT; order++) {
        uint64_t count = (blocks[order] * part + 2048u) >> 12;

        scaled[order] = count < FRAMES_MAX ? (uint32_t)count : FRAMES_MAX;
    }
}

/* The same part of the blocks of each order, the largest that finds room. */
static void fit_part(const struct block_room *room, const uint64_t blocks[ORDER_COUNT],
                     uint32_t fitting[ORDER_COUNT])
{
    uint64_t part = 4096;

    do
        scale(blocks, part, fitting);
    while (!block_room_holds(room, fitting) && part-- > 0);
}

/* As many blocks as find room, the largest first. */
static void fit_largest(const struct block_room *room, const uint64_t blocks[ORDER_COUNT],
                        uint32_t fitting[ORDER_COUNT])
{
    memset(fitting, 0, ORDER_COUNT * sizeof(*fitting));
    for (uint32_t order = ORDER_COUNT; order-- > 0;)
        for (uint32_t step = FRAMES_MAX; step > 0; step /= 2) {
            fitting[order] += step;
            if (fitting[order] > blocks[order] || !block_room_holds(room, fitting))
                fitting[order] -= step;
        }
}

static uint64_t frames_of(const uint32_t blocks[ORDER_COUNT])
{
    uint64_t frames = 0;

    for (uint32_t order = 0; order < ORDER_COUNT; order++)
        frames += (uint64_t)blocks[order] << order;
    return frames;
}

/* Sets as many blocks of a zone as find room. Where that is not all, each order loses the same
   part, unless many more frames stay free if the small blocks are lost. Returns whether all find
   room. */
static bool fit_zone(struct oom_import *import, enum zone zone)
{
    const struct block_room room = memory_state_room(&import->state, import->state.zones[zone]);
    const uint64_t *blocks = import->reported[zone];
    uint32_t *wanted = import->wanted[zone];
    uint32_t largest[ORDER_COUNT];
    bool all = true;

    fit_part(&room, blocks, wanted);
    fit_largest(&room, blocks, largest);
    for (uint32_t order = 0; order < ORDER_COUNT; order++)
        all &= wanted[order] == blocks[order];
    if (frames_of(largest) > frames_of(wanted) + frames_of(wanted) / 16)
        memcpy(wanted, largest, sizeof largest);
    return all;
}

/* Finds the machine: as large as that of the report, and larger if the free blocks do not fit. */
static bool choose_machine(struct oom_import *import, struct sim_error *error)
{
    const struct state_machine *machine = import->machine;
    uint64_t frames = first_ram_frames(import);
    uint64_t most = machine->ram_bytes_max >> PAGE_SHIFT;

    for (;;) {
        bool fits = true;

        if (machine->ram_bytes != 0)
            frames = machine->ram_bytes >> PAGE_SHIFT;
        if (!machine->survey(machine->context, frames << PAGE_SHIFT, &import->state, error))
            return false;
        for (uint32_t zone = 0; zone < ZONE_COUNT; zone++)
            fits &= fit_zone(import, (enum zone)zone) || zone == ZONE_DMA;
        if (fits || machine->ram_bytes != 0 || frames >= most)
            return true;
        memory_state_release(&import->state);
        frames += (frames / 8 + MIB_FRAMES - 1) / MIB_FRAMES * MIB_FRAMES;
        frames = frames < most ? frames : most;
    }
}

/* ---- who holds the rest ---- */

/* The kernel's own pages are those that are neither free nor of processes and files. What they are
   for, some kernels say only for all memory. */
static void add_weights(const struct oom_import *import, const struct oom_sum *sum,
                        uint64_t weights[HOLDER_COUNT])
{
    const uint64_t *global = import->reader.kept.global_pages;
    uint64_t movable = sum->pages[OOM_ANON] + sum->pages[OOM_FILE] + sum->pages[OOM_LRU];
    uint64_t used = sum->managed > sum->free_pages ? sum->managed - sum->free_pages : 0;
    uint64_t kernel = used > movable ? used - movable : 0;
    uint64_t parts[3] = {sum->pages[OOM_SLAB], sum->pages[OOM_TABLES], sum->pages[OOM_STACKS]};
    static const enum oom_size sizes[3] = {OOM_SLAB, OOM_TABLES, OOM_STACKS};
    uint64_t all_kernel = 1;

    for (uint32_t kind = 0; kind < OOM_KIND_COUNT; kind++)
        all_kernel += import->zones.sums[kind].managed;
    weights[HOLDER_ANON] += sum->pages[OOM_ANON];
    weights[HOLDER_FILE] += sum->pages[OOM_FILE];
    weights[HOLDER_LRU] += sum->pages[OOM_LRU];
    for (uint32_t i = 0; i < 3; i++) {
        uint64_t share =
            parts[i] > 0
                ? parts[i]
                : (uint64_t)((double)global[sizes[i]] * (double)sum->managed / (double)all_kernel);
        share = share < kernel ? share : kernel;
        kernel -= share;
        weights[HOLDER_SLAB + i] += share;
    }
    weights[HOLDER_OTHER] += kernel;
}

/* The holder that has the smallest part of what its weight gives it; none has a weight: pages in
   use. */
static enum holder next_holder(const uint64_t weights[HOLDER_COUNT],
                               const uint64_t given[HOLDER_COUNT], uint32_t from, uint32_t to)
{
    uint32_t next = HOLDER_COUNT;

    for (uint32_t i = from; i < to; i++)
        if (weights[i] > 0 &&
            (next == HOLDER_COUNT ||
             (double)given[i] * (double)weights[next] < (double)given[next] * (double)weights[i]))
            next = i;
    return next < HOLDER_COUNT ? (enum holder)next : HOLDER_LRU;
}

static void sum_group(const uint64_t list[HOLDER_COUNT], uint64_t groups[2])
{
    groups[0] = 0;
    groups[1] = 0;
    for (uint32_t i = 0; i < HOLDER_COUNT; i++)
        groups[i >= HOLDER_MOVABLE_END] += list[i];
}

/* Gives the used frames of a zone their holders, mobility by mobility. */
static void hold_zone(struct oom_import *import, enum zone zone)
{
    struct frame_range range = import->state.zones[zone];
    uint64_t weights[HOLDER_COUNT] = {0};
    uint64_t given[HOLDER_COUNT] = {0};
    uint64_t group_weights[2];
    uint64_t group_given[2];
    bool pinned = false;

    for (uint32_t kind = 0; kind < OOM_KIND_COUNT; kind++)
        if (import->zones.sums[kind].there && import->zones.to[kind] == zone)
            add_weights(import, &import->zones.sums[kind], weights);
    sum_group(weights, group_weights);
    for (uint32_t at = range.start.value; at < range.end.value && at < import->state.end; at++) {
        struct state_frame *frame = &import->state.frames[at];

        if (at % PAGEBLOCK_FRAMES == 0) {
            sum_group(given, group_given);
            pinned = (double)group_given[1] * (double)group_weights[0] <
                     (double)group_given[0] * (double)group_weights[1];
            pinned = group_weights[0] == 0 ? group_weights[1] > 0 : pinned;
        }
        if (frame->fate != FATE_HELD)
            continue;
        frame->holder =
            (uint8_t)(pinned ? next_holder(weights, given, HOLDER_MOVABLE_END, HOLDER_COUNT)
                             : next_holder(weights, given, 0, HOLDER_MOVABLE_END));
        given[frame->holder]++;
    }
}

/* ---- what is said ---- */

static double mib_of(uint64_t pages)
{
    return (double)pages / MIB_FRAMES;
}

static void note_report(struct oom_import *import)
{
    static const char *const sources[] = {
        [OOM_FAILURE] = "a failed request",
        [OOM_KILLER] = "the oom-killer's report",
        [OOM_MEM_INFO] = "a report without a request",
        [OOM_BUDDYINFO] = "/proc/buddyinfo",
        [OOM_PAGETYPEINFO] = "/proc/pagetypeinfo",
    };
    const struct oom_report *report = &import->reader.kept;

    note(import, "report %" PRIu64 " of %" PRIu64 ", from line %" PRIu64 " on: %s%s\n",
         import->reader.wanted, import->reader.count, report->line, sources[report->source],
         import->reader.count > 1 ? "; --report N takes another one" : "");
    if (import->zones.nodes > 1)
        note(import, "its %u nodes are taken as one\n", import->zones.nodes);
    if (import->zones.page_kib != 4)
        note(import, "its pages of %u KiB are taken as pages of 4 KiB\n", import->zones.page_kib);
}

/* How near the trace comes in one zone, order by order where it is not exact. */
static void note_zone(struct oom_import *import, enum zone zone, const struct state_left *left)
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
    note(import, "zone %s has the free blocks of", names[zone]);
    for (uint32_t kind = 0; kind < OOM_KIND_COUNT; kind++)
        if (import->zones.sums[kind].there && import->zones.to[kind] == zone)
            note(import, " %s", oom_kind_names[kind]);
    note(import, ": %.1f MiB%s\n", mib_of(pages[0]), exact ? ", exactly as reported" : "");
    if (exact)
        return;
    note(import, "  not exactly: the trace leaves %.1f MiB. Blocks by order, reported:left",
         mib_of(pages[1]));
    for (uint32_t order = 0; order < ORDER_COUNT; order++)
        if (reported[order] != left_blocks[order])
            note(import, " %u=%" PRIu64 ":%u", order, reported[order], left_blocks[order]);
    note(import, "\n");
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
            note(import, "  %s: %s\n", oom_kind_names[kind],
                 verdicts[oom_judge(&import->zones, &import->reader.kept, (enum oom_kind)kind)]);
}

static void note_request(struct oom_import *import, const struct state_left *left)
{
    const struct oom_request *request = &import->zones.request;

    note(import, "the request: %u page%s (order %u) of class %s, from %s and below\n",
         1u << (request->order < 20 ? request->order : 20), request->order == 0 ? "" : "s",
         request->order, class_names[import->zones.page_class], oom_kind_names[import->zones.top]);
    if (request->order > ORDER_MAX)
        note(import, "  a trace has no order above %u: the request has that order\n", ORDER_MAX);
    if (oom_has_request(&import->reader.kept))
        note_verdicts(import);
    else
        note(import, "  it %s\n", left->served ? "succeeds" : "fails");
    if (left->withheld > 0)
        note(import, "  %" PRIu64 " free block%s withheld from it in the trace while it is made\n",
             left->withheld, left->withheld == 1 ? " is" : "s are");
}

/* ---- the import ---- */

static bool take_line(void *importer, struct line_rest line)
{
    struct oom_import *import = importer;
    struct quoted_line *quoted = &import->quoted;
    size_t bytes = (size_t)(line.end - line.at);

    import->is_quoted |= quoted_printable_is(line.at, bytes);
    if (!import->is_quoted)
        return oom_take_line(&import->reader, line);
    return !quoted_printable_add(quoted, line.at, bytes) ||
           oom_take_line(&import->reader,
                         (struct line_rest){quoted->text, quoted->text + quoted->bytes});
}

/* Errors of the machine do not name the file. */
static bool name_file(struct sim_error *error, const char *name)
{
    struct sim_error plain = *error;

    return sim_error_set(error, "%s: %s", name, plain.text);
}

static bool read_log(struct oom_import *import, struct stream_in *in,
                     const struct import_options *options, struct sim_error *error)
{
    struct oom_reader *reader = &import->reader;

    reader->log = &import->log;
    reader->wanted = options->report > 0 ? options->report : 1;
    if (!import_log_read(&import->log, in, options, take_line, import, error))
        return false;
    if (!oom_end(reader) && !options->lenient)
        return sim_error_set(error, "%s: cut short: %s", in->name, import->log.reason);
    if (reader->count >= reader->wanted)
        return true;
    if (reader->count > 0)
        return sim_error_set(error, "%s: there is no report %" PRIu64 ": the log has %" PRIu64,
                             in->name, reader->wanted, reader->count);
    if (reader->without > 0)
        return sim_error_set(error,
                             "%s: the log names failed requests, but has no list of free blocks "
                             "(DMA: 1*4kB ...) for them; the limit of a memory cgroup has none",
                             in->name);
    return sim_error_set(error,
                         "%s: no report of free memory in it: neither of a failed request "
                         "or the oom-killer, nor /proc/buddyinfo",
                         in->name);
}

static void set_request(struct oom_import *import, const struct import_options *options)
{
    struct oom_request *request = &import->zones.request;
    const struct oom_report *report = &import->reader.kept;
    const char *gfp = options->gfp != NULL ? options->gfp : report->gfp;

    request->wanted =
        oom_has_request(report) || options->gfp != NULL || options->order != UINT32_MAX;
    request->order = options->order != UINT32_MAX ? options->order : report->order;
    oom_set_top(request, request->wanted ? gfp : "GFP_HIGHUSER_MOVABLE");
}

static void put_mark(struct oom_import *import, struct trace_writer *writer)
{
    const struct oom_report *report = &import->reader.kept;
    struct event event = {.kind = EVENT_MARK};
    char text[2 * OOM_TEXT_BYTES + 96];

    if (oom_has_request(report))
        snprintf(text, sizeof text, "memory as in line %" PRIu64 ": order %u, %s, by %s",
                 report->line, report->order, report->gfp, report->task);
    else
        snprintf(text, sizeof text, "memory as in line %" PRIu64, report->line);
    for (char *at = text; *at != '\0'; at++)
        if ((unsigned char)*at < ' ' || *at == 0x7f)
            *at = '_';
    event.text = text;
    event.text_bytes = (uint32_t)strlen(text);
    (void)!trace_writer_event(writer, &event);
}

static bool build(struct oom_import *import, struct trace_writer *writer, struct sim_error *error)
{
    static const char *const withholders[] = {
        [OOM_TOO_LITTLE] = "withheld",
        [OOM_FRAGMENTED] = "withheld",
        [OOM_WATERMARK] = "kept_by_the_watermarks",
        [OOM_SPECIAL] = "kept_for_CMA_or_atomic_requests",
        [OOM_SERVED] = "free_since_the_failure",
    };
    const struct oom_zones *zones = &import->zones;
    enum oom_verdict verdict = OOM_TOO_LITTLE; /* of the zone that comes nearest */
    const char *task = import->reader.kept.task;
    char site[OOM_TEXT_BYTES];
    struct state_request request = {
        .order = (uint8_t)(zones->request.order < ORDER_MAX ? zones->request.order : ORDER_MAX),
        .page_class = (uint8_t)zones->page_class,
        .site = site};
    struct state_left left;

    for (uint32_t kind = 0; kind <= zones->top; kind++) {
        enum oom_verdict one = oom_judge(zones, &import->reader.kept, (enum oom_kind)kind);

        verdict = one > verdict ? one : verdict;
    }
    if (oom_has_request(&import->reader.kept))
        request.withholds = withholders[verdict];
    snprintf(site, sizeof site, "%s", *task != '\0' ? task : "the_request");
    for (char *at = site; *at != '\0'; at++)
        if ((unsigned char)*at <= ' ' || *at == 0x7f)
            *at = '_';
    put_mark(import, writer);
    if (!import->machine->build(import->machine->context, &import->state,
                                zones->request.wanted ? &request : NULL, writer, &left, error))
        return false;
    for (uint32_t zone = 0; zone < ZONE_COUNT; zone++)
        note_zone(import, (enum zone)zone, &left);
    if (zones->request.wanted)
        note_request(import, &left);
    return true;
}

static bool make_trace(struct oom_import *import, const struct import_options *options,
                       struct trace_writer *writer, struct sim_error *error)
{
    struct random random;
    bool made = true;

    oom_sum_zones(&import->zones, &import->reader.kept);
    set_request(import, options);
    oom_place_zones(&import->zones);
    sum_reported(import);
    note_report(import);
    if (!choose_machine(import, error))
        return false;
    memcpy(import->state.holders, holders, sizeof holders);
    random_seed(&random, 1);
    for (uint32_t zone = 0; zone < ZONE_COUNT && made; zone++) {
        made = memory_state_free(&import->state, import->state.zones[zone], import->wanted[zone],
                                 &random);
        hold_zone(import, (enum zone)zone);
    }
    made = made ? build(import, writer, error)
                : sim_error_set(error, "the host has no memory for the state");
    note(import, "this holds under %s with ", import->machine->strategy);
    if (import->machine->is_given)
        note(import, "the given machine");
    else
        note(import, "--ram %" PRIu64 "M", import->state.ram_bytes >> 20);
    note(import, "; other strategies hand out pages in another order\n");
    memory_state_release(&import->state);
    return made;
}

/* The notes of what was read; a lenient import has skipped lines. */
static void finish(struct oom_import *import)
{
    struct import_counts *counts = import->counts;

    counts->lines = import->log.lines.number;
    memcpy(counts->skipped, import->log.first_skipped, sizeof counts->skipped);
    import_count(counts, "report without free blocks", import->reader.without);
    import_count(counts, "line of another kind", import->reader.other_lines);
    import_count(counts, IMPORT_SKIPPED, import->log.skipped);
}

bool import_oom(struct stream_in *in, struct trace_writer *writer,
                const struct import_options *options, struct import_counts *counts,
                struct sim_error *error)
{
    struct oom_import *import;
    bool ok;

    if (options->machine == NULL)
        return sim_error_set(error, "%s: a report needs a machine to leave its memory on",
                             in->name);
    import = memory_zeroed(1, sizeof(*import));
    import->machine = options->machine;
    import->counts = counts;
    ok = read_log(import, in, options, error) &&
         (make_trace(import, options, writer, error) || name_file(error, in->name));
    finish(import);
    free(import->quoted.text);
    free(import);
    return ok;
}
