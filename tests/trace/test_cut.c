/* Cuts of traces have the chosen events, and end with the same live memory as the whole trace. */
#include "replay/random.h"
#include "support/test.h"
#include "trace/files.h"

#include "trace/convert.h"
#include "trace/cut.h"

#include "lab/experiment.h"
#include "replay/slots.h"
#include "support/lab.h"
#include "support/random_trace.h"

#include <inttypes.h>
#include <mm/machine.h>
#include <mm/pgtable.h>
#include <mm/process.h>

#define EVENTS 400u

static void cut(const char *in, const char *range_text, bool needed, const char *out)
{
    struct sim_error error = {.text = ""};
    struct trace trace = lab_trace(in);
    struct cut_range range = {.needed = needed};
    struct trace_writer *writer = trace_writer_open(&error);

    if (writer == NULL || !cut_range_parse(&range, range_text, trace.header.events, &error) ||
        !trace_cut(&trace, &range, writer, &error) || !trace_write(writer, out, &error))
        fail_msg("%s", error.text);
    trace_writer_close(writer);
    trace_close(&trace);
}

static void cut_numbers(const char *in, uint64_t first, uint64_t last, bool needed, const char *out)
{
    char range[64];

    snprintf(range, sizeof range, "%" PRIu64 "..%" PRIu64, first, last);
    cut(in, range, needed, out);
}

/* ---- the events of a cut ---- */

static const char sample[] = "mmtrace 1\n"
                             "kmalloc 7 100 @a\n"
                             "process 3\n"
                             "pages 8 1 user @b\n"
                             "setbrk 3 0x0804a000\n"
                             "kmalloc 9 200\n"
                             "touch 3 0x08048123 w\n"
                             "krealloc 7 300\n"
                             "map 3 0x10000000 12288 r\n"
                             "unmap 3 0x10001000 4096\n"
                             "kfree 9\n"
                             "touch 3 0x10001000 r\n"
                             "touch 3 0x10002000 r\n"
                             "unmap 3 0xbfffd000 4096\n"
                             "setbrk 3 0x08049004\n"
                             "mark here\n"
                             "kfree 7\n"
                             "vmalloc 7 5000 @c\n"
                             "exit 3\n";

TEST(a_cut_starts_with_the_live_memory)
{
    file_put_text("in.mmt", sample);
    cut("in.mmt", "15..17", false, "out.mmt");
    assert_file_text("out.mmt", "mmtrace 1\n"
                                "mark live before event 15\n"
                                "kmalloc 7 300 @a\n"
                                "process 3\n"
                                "unmap 3 0xbfffd000 4096\n"
                                "pages 8 1 user @b\n"
                                "setbrk 3 0x08049004\n"
                                "touch 3 0x08048000 w\n"
                                "map 3 0x10000000 4096 r\n"
                                "map 3 0x10002000 4096 r\n"
                                "touch 3 0x10002000 r\n"
                                "mark from here on: event 15\n"
                                "mark here\n"
                                "kfree 7\n"
                                "vmalloc 7 5000 @c\n");
}

TEST(needed_keeps_only_memory_that_the_cut_uses)
{
    file_put_text("in.mmt", sample);
    cut("in.mmt", "15..17", true, "out.mmt");
    assert_file_text("out.mmt", "mmtrace 1\n"
                                "mark live before event 15\n"
                                "kmalloc 7 300 @a\n"
                                "mark from here on: event 15\n"
                                "mark here\n"
                                "kfree 7\n"
                                "vmalloc 7 5000 @c\n");
    cut("in.mmt", "17..17", true, "out.mmt");
    assert_file_text("out.mmt", "mmtrace 1\n"
                                "mark from here on: event 17\n"
                                "vmalloc 7 5000 @c\n");
}

TEST(a_range_may_be_open_at_either_end)
{
    file_put_text("in.mmt", sample);
    cut("in.mmt", "..2", false, "out.mmt");
    assert_file_text("out.mmt", "mmtrace 1\nkmalloc 7 100 @a\nprocess 3\n");
    cut("in.mmt", "18..", true, "out.mmt");
    size_t bytes;
    char *text = file_get("out.mmt", &bytes);
    assert_non_null(strstr(text, "event 18\nexit 3\n"));
    free(text);
}

TEST(invalid_ranges_are_refused)
{
    static const char *const bad[] = {"",      "..",    "5",     "5..4",
                                      "0..4",  "1..19", "1..2x", "a..2",
                                      "1...2", "-1..2", "1.. 2", "99999999999999999999.."};
    struct cut_range range;
    struct sim_error error;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(cut_range_parse(&range, bad[i], 18, &error));
    assert_true(cut_range_parse(&range, "18..18", 18, &error));
    assert_int_equal(range.first, 18);
}

/* The error is found even though it lies beyond the range. */
TEST(a_damaged_trace_is_refused)
{
    const struct cut_range range = {.first = 1, .last = 1};
    struct sim_error error;
    struct trace_writer *writer = trace_writer_open(&error);
    struct trace trace;
    size_t bytes;
    char *data;

    file_put_text("in.mmt", sample);
    assert_true(trace_convert("in.mmt", "bad.mmb", &error));
    data = file_get("bad.mmb", &bytes);
    data[bytes - 1] ^= 1;
    file_put("bad.mmb", data, bytes);
    free(data);
    trace = lab_trace("bad.mmb");
    assert_false(trace_cut(&trace, &range, writer, &error));
    assert_int_equal(strncmp(error.text, "bad.mmb: offset ", 16), 0);
    trace_close(&trace);
    trace_writer_close(writer);
}

/* ---- the live memory at the end of a cut, as a replay leaves it ---- */

struct description {
    const struct trace *trace;
    char text[32768];
    size_t used;
};

__attribute__((format(printf, 2, 3))) static void put(struct description *description,
                                                      const char *format, ...)
{
    va_list list;

    va_start(list, format);
    description->used +=
        (size_t)vsnprintf(description->text + description->used,
                          sizeof description->text - description->used, format, list);
    va_end(list);
    assert_true(description->used < sizeof description->text);
}

static void describe_blocks(struct description *description, const struct replay *replay,
                            const struct live_set *live)
{
    for (uint64_t id = 100; id < 124; id++)
        for (uint32_t i = 0; i < live->allocations.used; i++)
            if (live->allocations.slots[i].id == id)
                put(description, "block %" PRIu64 ": kind %u, class %u, %" PRIu64 " bytes, %s\n",
                    id, live->allocations.slots[i].kind, slot_class(&replay->slots[i]),
                    live->allocations.slots[i].bytes,
                    trace_site_name((struct trace *)(uintptr_t)description->trace,
                                    live->allocations.slots[i].site));
}

static void describe_process(struct description *description, const struct replay_process *slot)
{
    const struct process *process = machine_pointer(slot->control);
    uint32_t at = 0;

    put(description, "process %" PRIu64 ": heap to %" PRIx32 ", %" PRIu32 " frames\n", slot->id,
        process->heap_end.value, process->frames);
    for (const struct region *region; (region = region_find(&process->regions, at)) != NULL;
         at = region->end)
        put(description, "  %08" PRIx32 "-%08" PRIx32 " %u %u\n", region->start, region->end,
            region->kind, region->writable);
}

static void replay_and_describe(void *context, struct replay *replay)
{
    struct description *description = context;
    struct live_set live = {0};
    struct trace_reader reader;
    struct event event;

    trace_read(description->trace, &reader);
    while (trace_reader_next(&reader, &event) == TRACE_EVENT)
        assert_true(live_set_apply(&live, &event) == NULL && replay_event(replay, &event));
    describe_blocks(description, replay, &live);
    for (uint64_t pid = 1; pid <= 3; pid++)
        for (uint32_t i = 0; i < replay->process_count; i++)
            if (replay->processes[i].state == SLOT_LIVE && replay->processes[i].id == pid)
                describe_process(description, &replay->processes[i]);
    replay_free_all(replay);
    live_set_free(&live);
}

static void describe(struct description *description, const char *path)
{
    struct trace trace = lab_trace(path);
    struct memmap map = lab_map(UINT64_C(64) << 20);
    const struct experiment_setup setup = {&trace, mm_strategy_find("brk"), &map, NULL};
    char reason[RUN_REASON_BYTES];

    *description = (struct description){.trace = &trace};
    if (!experiment_with_replay(&setup, replay_and_describe, description, reason, NULL))
        fail_msg("%s", reason);
    trace_close(&trace);
}

static uint32_t random_state = 1;

static uint32_t draw(uint32_t end)
{
    return random32_below(&random_state, end);
}

TEST(a_cut_ends_with_the_live_memory_of_the_whole)
{
    static struct description whole;
    static struct description part;

    for (uint32_t seed = 1; seed <= 12; seed++) {
        uint32_t last = 1 + draw(EVENTS);
        uint32_t first = 1 + draw(last);
        char *text = random_trace(seed, EVENTS);

        file_put_text("random.mmt", text);
        free(text);
        cut_numbers("random.mmt", 1, last, false, "whole.mmb");
        cut_numbers("random.mmt", first, last, false, "cut.mmb");
        describe(&whole, "whole.mmb");
        describe(&part, "cut.mmb");
        assert_string_equal(part.text, whole.text);
    }
}

/* Returns the text of a cut without the marks that cutting adds. The caller frees it. */
static char *without_marks(const char *name)
{
    size_t bytes;
    char *text = file_get(name, &bytes);
    char *to = text;

    for (const char *from = text; *from != '\0';) {
        size_t length = strcspn(from, "\n") + 1;
        if (strncmp(from, "mark live", 9) != 0 && strncmp(from, "mark from", 9) != 0) {
            memmove(to, from, length);
            to += length;
        }
        from += length;
    }
    *to = '\0';
    return text;
}

TEST(a_cut_of_a_cut_equals_a_direct_cut)
{
    for (uint32_t seed = 100; seed < 200; seed++) {
        uint32_t last = 1 + draw(EVENTS);
        uint32_t first = 1 + draw(last);
        uint32_t middle = first + draw(last - first + 1);
        char *text = random_trace(seed, EVENTS);
        bool needed = seed % 3 == 0;

        file_put_text("random.mmt", text);
        free(text);
        cut_numbers("random.mmt", first, last, needed, "first.mmb");
        struct trace trace = lab_trace("first.mmb");
        uint64_t events = trace.header.events;
        trace_close(&trace);
        cut_numbers("first.mmb", events - (last - middle), events, needed, "second.mmt");
        cut_numbers("random.mmt", middle, last, needed, "direct.mmt");
        char *second = without_marks("second.mmt");
        char *direct = without_marks("direct.mmt");
        assert_string_equal(second, direct);
        free(second);
        free(direct);
    }
}

TEST(a_cut_of_all_events_is_the_trace)
{
    for (uint32_t seed = 200; seed < 210; seed++) {
        char *text = random_trace(seed, EVENTS);

        file_put_text("random.mmt", text);
        assert_true(trace_convert("random.mmt", "random.mmb", &(struct sim_error){.text = ""}));
        cut("random.mmb", "1..", seed % 2 == 0, "all.mmb");
        assert_files_equal("all.mmb", "random.mmb");
        free(text);
    }
}

int main(void)
{
    return tests_run(files_setup, files_teardown);
}
