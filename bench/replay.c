/*
 * Whole traces through `replay`, on a machine with 512 MiB, with decoding and checksums.
 *
 * A row that is only a strategy's name uses a machine on which the trace ran before, so that the
 * host has its memory and maps it, as for the jobs of a sweep. "fresh" is the case of `mmsim
 * replay`: the first touch of each page is a page fault of the host, which clears a page for it.
 *
 * Besides the given traces, two are generated here: "made", with 10,000 slots, in which 90% of the
 * allocations are kmalloc() and the others single pages; and "touches", with a process that touches
 * its 32 pages.
 */
#include <mm/strategy.h>

#include "replay/random.h"
#include "tables.h"

#include "machine/machine.h"
#include "replay/replay.h"
#include "trace/convert.h"
#include "trace/trace_file.h"
#include "trace/trace_writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RAM_BYTES   (UINT64_C(512) << 20)
#define MADE_EVENTS 500000u
#define MADE_SLOTS  10000u
#define TOUCHES     2000000u
#define TOUCH_START 0x10000000u
#define TOUCH_BYTES (32u * PAGE_SIZE)

static struct trace traces[BENCH_COLUMNS_MAX];
static char names[BENCH_COLUMNS_MAX][16];

static struct machine *machine;
static struct mm mm;
static struct replay replay;
static struct replay_slot *slots;

/* ---- the generated traces ---- */

static void write_event(struct trace_writer *writer, const struct event *event)
{
    const char *refused = trace_writer_event(writer, event);

    bench_require(refused == NULL, refused);
}

/* Returns an allocation for an empty slot, a free for a full one; kind keeps the kind of a slot's
   contents. */
static struct event made_event(uint32_t slot, uint8_t *kind, uint32_t draw, uint64_t *last_id)
{
    struct event event = {.slot = slot, .page_class = PAGES_LOW};

    if (*kind != 0) {
        event.kind = *kind == EVENT_KMALLOC ? EVENT_KFREE : EVENT_FREE_PAGES;
        *kind = 0;
        return event;
    }
    event.kind = *kind = draw % 10 == 0 ? EVENT_PAGES : EVENT_KMALLOC;
    event.id = ++*last_id;
    event.page_class = event.kind == EVENT_PAGES ? PAGES_USER : PAGES_LOW;
    event.bytes = 8u << draw / 16 % 8;
    return event;
}

static void write_made_events(struct trace_writer *writer)
{
    static uint8_t kinds[MADE_SLOTS];
    uint32_t state = RANDOM32_SEED;
    uint64_t last_id = 0;
    uint32_t used = 0; /* slots are used densely: a new one is the first unused one */

    for (uint32_t i = 0; i < MADE_EVENTS; i++) {
        uint32_t slot = random32_below(&state, MADE_SLOTS);
        slot = slot < used ? slot : used;
        used += slot == used;
        struct event event = made_event(slot, &kinds[slot], random32(&state), &last_id);
        write_event(writer, &event);
    }
}

static void write_touches(struct trace_writer *writer)
{
    const struct event process = {.kind = EVENT_PROCESS, .id = 1};
    const struct event map = {
        .kind = EVENT_MAP, .address = TOUCH_START, .bytes = TOUCH_BYTES, .write = true};
    uint32_t state = RANDOM32_SEED;

    write_event(writer, &process);
    write_event(writer, &map);
    for (uint32_t i = 0; i < TOUCHES; i++) {
        uint32_t draw = random32(&state);
        struct event touch = {.kind = EVENT_TOUCH,
                              .address = TOUCH_START + random32_scale(draw, TOUCH_BYTES),
                              .write = (draw & 1u) != 0};
        write_event(writer, &touch);
    }
}

static bool save_made(void (*write_events)(struct trace_writer *writer), const char *path,
                      struct sim_error *error)
{
    struct trace_writer *writer = trace_writer_open(error);

    if (writer == NULL)
        return false;
    write_events(writer);
    bool saved = trace_writer_finish(writer, error) && trace_writer_save(writer, path, error);
    trace_writer_close(writer);
    return saved;
}

/* Every trace is read from a plain file, so that its decompression is not timed. The trace is a
   bundled one, at `from`, or a generated one. */
static bool open_plain(struct trace *trace, const char *from,
                       void (*write_events)(struct trace_writer *writer), struct sim_error *error)
{
    char path[] = "/tmp/mmsim-bench-XXXXXX.mmb";
    int fd = mkstemps(path, 4);

    if (fd < 0)
        return sim_error_set(error, "no temporary file in /tmp");
    bool saved =
        from != NULL ? trace_convert(from, path, error) : save_made(write_events, path, error);
    bool opened = saved && trace_open(trace, path, error);
    close(fd);
    unlink(path);
    return opened;
}

/* ---- the subjects ---- */

/* Start a strategy. `name` is the strategy's name, and after a space the variant of the row. */
static void strategy_start(const char *name)
{
    const struct memmap_range ram = {0x100000, RAM_BYTES - 1u, true};
    char strategy[16];
    struct memmap map;

    snprintf(strategy, sizeof(strategy), "%.*s", (int)strcspn(name, " "), name);
    bench_require(memmap_build(&map, &ram, 1) && mm_init(&mm, mm_strategy_find(strategy), &map),
                  "a strategy does not start with 512 MiB");
}

static bool strategy_open(const char *name)
{
    bool is_fresh = strchr(name, ' ') != NULL;
    const struct machine_options options = {.keeps_memory = !is_fresh};

    machine = machine_create(&options);
    if (machine == NULL) {
        fprintf(stderr, "bench: %s: %s\n", name, machine_error());
        return false;
    }
    strategy_start(name);
    return true;
}

static void strategy_close(void)
{
    mm_exit(&mm);
    machine_destroy(machine);
    free(slots);
    slots = NULL;
}

static void replay_prepare(uint32_t column)
{
    free(slots);
    slots = malloc(replay_slots_bytes(&traces[column].header) + 1u);
    bench_require(slots != NULL, "no memory for a trace's slots");
    replay_init(&replay, &mm, slots, &traces[column].header);
}

static uint32_t replay_trace(uint32_t column)
{
    struct trace_reader reader;
    const char *error = NULL;
    size_t offset;

    trace_read(&traces[column], &reader);
    bench_require(replay_run(&replay, &reader, &error, &offset), "a trace does not replay");
    trace_read_end(&traces[column], &reader);
    return (uint32_t)replay.result.events;
}

/* Run the trace once before, on the same machine. */
static void replay_warm(uint32_t column)
{
    const char *name = mm.strategy->name;

    replay_prepare(column);
    replay_trace(column);
    mm_exit(&mm);
    strategy_start(name);
    replay_prepare(column);
}

/* ---- the table ---- */

static struct bench_work warm_works[BENCH_COLUMNS_MAX];
static struct bench_work fresh_works[BENCH_COLUMNS_MAX];

struct bench_table bench_replay = {
    .name = "replay",
    .title = "Replay of traces in 512 MiB, million events a second",
    .subject =
        {
            BENCH_STRATEGIES("", strategy_open, strategy_close, warm_works),
            BENCH_STRATEGIES(" fresh", strategy_open, strategy_close, fresh_works),
        },
    .subjects = 14,
    .reference = 14,
};

static void column_add(const char *name)
{
    uint32_t column = bench_replay.columns++;

    snprintf(names[column], sizeof(names[column]), "%.*s", (int)strcspn(name, "."), name);
    bench_replay.column[column] = (struct bench_column){names[column], 0, column == 0};
    warm_works[column] = (struct bench_work){replay_warm, replay_trace, NULL};
    fresh_works[column] = (struct bench_work){replay_prepare, replay_trace, NULL};
}

static void load_made(const char *name, void (*write_events)(struct trace_writer *writer))
{
    struct sim_error error;

    if (open_plain(&traces[bench_replay.columns], NULL, write_events, &error))
        column_add(name);
    else
        fprintf(stderr, "bench: %s\n", error.text);
}

void bench_replay_load(char *const *paths, int count)
{
    struct sim_error error;

    load_made("made", write_made_events);
    load_made("touches", write_touches);
    for (int i = 0; i < count && bench_replay.columns < BENCH_COLUMNS_MAX; i++) {
        const char *slash = strrchr(paths[i], '/');
        if (open_plain(&traces[bench_replay.columns], paths[i], NULL, &error))
            column_add(slash != NULL ? slash + 1 : paths[i]);
        else
            fprintf(stderr, "bench: %s\n", error.text);
    }
}
