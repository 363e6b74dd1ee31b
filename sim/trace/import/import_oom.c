/*
 * Imports a report of Linux about its memory as a trace that leaves memory so: as many free blocks
 * of each order in each zone, and the rest held by pages of processes, of files, and of the kernel,
 * in the proportions of the report. The request that failed follows.
 *
 * What Linux keeps from the request although it is free (the watermarks, CMA) is withheld: taken
 * before the request, and given back after it.
 */
#include "import_oom.h"
#include "log_fields.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define RAM_FRAMES_MIN (16u * MIB_FRAMES)

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
        oom_note_zone(import, (enum zone)zone, &left);
    if (zones->request.wanted)
        oom_note_request(import, &left);
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
    oom_note_report(import);
    if (!choose_machine(import, error))
        return false;
    oom_name_holders(&import->state);
    random_seed(&random, 1);
    for (uint32_t zone = 0; zone < ZONE_COUNT && made; zone++) {
        made = memory_state_free(&import->state, import->state.zones[zone], import->wanted[zone],
                                 &random);
        oom_hold_zone(import, (enum zone)zone);
    }
    made = made ? build(import, writer, error)
                : sim_error_set(error, "the host has no memory for the state");
    oom_note(import, "this holds under %s with ", import->machine->strategy);
    if (import->machine->is_given)
        oom_note(import, "the given machine");
    else
        oom_note(import, "--ram %" PRIu64 "M", import->state.ram_bytes >> 20);
    oom_note(import, "; other strategies hand out pages in another order\n");
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
