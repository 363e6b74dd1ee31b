#include "fuzz/laws.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/experiment.h"
#include "machine/pc_memmap.h"
#include "replay/run_json.h"
#include "report/text_file.h"
#include "support/lab.h"
#include "support/scratch.h"

static bool load(struct pc_memmap *map, const char *path)
{
    struct sim_error error = {.text = ""};

    if (pc_memmap_load(map, path, error.text, sizeof error.text))
        return true;
    law_error(&error, path);
    return false;
}

/* The lines that the image prints of it are the same map. */
static void law_lines(const struct pc_memmap *map)
{
    static struct pc_memmap again;
    const char *path = scratch_path("lines");
    FILE *file = fopen(path, "we");

    assert_non_null(file);
    const struct text_out out = text_out_to_file(file);
    memmap_text_put(&out, map->range, map->count);
    fclose(file);
    assert_true(load(&again, path));
    assert_int_equal(again.count, map->count);
    for (uint32_t i = 0; i < map->count; i++) {
        assert_int_equal(again.range[i].first, map->range[i].first);
        assert_int_equal(again.range[i].last, map->range[i].last);
        assert_int_equal(again.range[i].usable, map->range[i].usable);
    }
}

/* A strategy that has room on it keeps every rule. */
static void law_machine(const struct memmap *map)
{
    static struct run_outcome outcome;
    struct trace trace =
        lab_trace_text("kmalloc 1 70000\npages 2 3\nvmalloc 3 9000\npages 4 0 dma\n"
                       "process 1\ntouch 1 0xbfffeff0 w\nkfree 1\nvfree 3\n");

    experiment_run(&outcome, &trace, mm_strategies[memmap_frames(map) % 3], map, NULL);
    if (outcome.status != RUN_DONE && !outcome.no_room)
        fail_msg("%s", outcome.reason);
    trace_close(&trace);
}

void fuzz_memmap(const char *name, const uint8_t *data, size_t bytes)
{
    static struct pc_memmap ranges;
    static struct memmap map;

    (void)name;
    if (!load(&ranges, scratch_bytes("in", data, bytes)))
        return;
    law_lines(&ranges);
    if (!memmap_build(&map, ranges.range, ranges.count)) {
        assert_int_equal(map.count, 0);
        return;
    }
    assert_null(memmap_check(&map));
    law_machine(&map);
}
