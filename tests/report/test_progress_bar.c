/* The line that shows the progress of a long run. tests/cli/test_terminal.c has its other tests. */
#include "report/progress_bar.h"
#include "support/test.h"

#include <string.h>

static void assert_text(struct progress progress, const char *note, uint64_t elapsed_ms,
                        const char *expected)
{
    assert_string_equal(progress_text("info", note, &progress, elapsed_ms).text, expected);
}

TEST(the_line_shows_share_rate_and_remaining_time)
{
    struct progress progress = {.total = 1000, .unit = "events"};

    assert_text(progress, "", 0, "info: [....................] 0 %");
    progress.done = progress.counted = 250;
    assert_text(progress, "", 20000, "info: [#####...............] 25 %, 13 events/s, 1:00 to go");
    progress.done = 1;
    progress.counted = 20000000;
    assert_text(progress, "3 of 8 jobs", 10000,
                "info: [....................] 0 %, 2.0 M events/s, 2:46:30 to go, 3 of 8 jobs");
    progress.done = 1000;
    assert_text(progress, "", 20000,
                "info: [####################] 100 %, 1.0 M events/s, 0:00 to go");
}

TEST(bytes_have_their_units)
{
    const struct progress progress = {
        .done = 1u << 20, .total = 4u << 20, .counted = 1u << 20, .unit = PROGRESS_BYTES};

    assert_text(progress, "", 1000, "info: [#####...............] 25 %, 1.0 MiB/s, 0:03 to go");
}

/* The length of a pipe and the number of replays of a reduction are not known in advance. */
TEST(without_a_total_no_remaining_time_is_shown)
{
    struct progress progress = {.done = 3u << 20, .counted = 3u << 20, .unit = PROGRESS_BYTES};

    assert_text(progress, "", 2000, "info: 3.0 MiB, 1.5 MiB/s");
    progress = (struct progress){.done = 40, .counted = 40, .unit = "replays"};
    assert_text(progress, "7 events left", 2000, "info: 40 replays, 20 replays/s, 7 events left");
}

TEST(the_longest_line_fits)
{
    const struct progress progress = {
        .done = 1, .total = UINT64_MAX, .counted = UINT64_MAX, .unit = "events"};
    char note[61];

    memset(note, 'x', sizeof note - 1u);
    note[sizeof note - 1u] = '\0';
    assert_true(strlen(progress_text("completion", note, &progress, UINT64_MAX >> 24).text) <
                PROGRESS_TEXT_BYTES - 1u);
}
