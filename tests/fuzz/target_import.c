#include "fuzz/laws.h"

#include <string.h>
#include <unistd.h>

#include "lab/memory_states.h"
#include "support/scratch.h"
#include "trace/import/import.h"

#include <mm/strategy.h>

/* A machine for the states of memory: so small that it is soon filled. */
static const struct memmap *small_map(void)
{
    static const struct memmap_range ranges[] = {{0x400000, 0x6fffff, true},
                                                 {0x1000000, 0x11fffff, true}};
    static struct memmap map;

    assert_true(memmap_build(&map, ranges, sizeof ranges / sizeof ranges[0]));
    return &map;
}

enum outcome { REFUSED, KEEPS_LITTLE, IMPORTED };

/* Imports the log, if its error does not say what is wrong. */
static enum outcome import(const char *format, const char *log, const char *out, bool lenient,
                           uint64_t *skipped)
{
    struct state_lab lab = {.strategy = mm_strategy_find("zoned"), .map = small_map()};
    const struct state_machine machine = state_lab_machine(&lab, 1);
    const struct import_options options = {
        .lenient = lenient, .machine = &machine, .order = UINT32_MAX};
    struct import_counts counts;
    struct sim_error error;

    unlink(out);
    if (!trace_import(format, log, out, &options, &counts, &error)) {
        law_error(&error, log);
        law_no_file(out);
        return import_keeps_little(&counts) ? KEEPS_LITTLE : REFUSED;
    }
    *skipped = 0;
    for (uint32_t i = 0; i < counts.count; i++) {
        assert_true(counts.list[i].count > 0);
        if (strcmp(counts.list[i].what, IMPORT_SKIPPED) == 0)
            *skipped = counts.list[i].count;
    }
    return IMPORTED;
}

/* What a log becomes is a trace, and the same each time. Where no line is bad, it is no matter
   whether bad lines are skipped. Only a lenient import keeps little. */
void fuzz_import(const char *name, const uint8_t *data, size_t bytes)
{
    const char *log = scratch_bytes("log", data, bytes);
    const char *strict = scratch_path("strict.mmb");
    const char *lenient = scratch_path("lenient.mmb");
    const char *again = scratch_path("lenient_again.mmb");
    uint64_t skipped;
    uint64_t skipped_again;
    enum outcome outcome = import(name, log, strict, false, &skipped);

    if (import(name, log, lenient, true, &skipped_again) != IMPORTED) {
        assert_int_equal(outcome, REFUSED);
        return;
    }
    assert_int_equal(import(name, log, again, true, &skipped), IMPORTED);
    law_same_file(lenient, again);
    assert_int_equal(skipped, skipped_again);
    assert_int_equal(skipped == 0, outcome != REFUSED);
    if (outcome == IMPORTED)
        law_same_file(strict, lenient);
    assert_true(law_trace(lenient));
}
