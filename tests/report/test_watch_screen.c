/* The picture of `mmsim watch` on screens of all sizes, without a terminal. */
#include "lab/replay_worker.h"
#include "report/watch_screen.h"
#include "support/lab.h"
#include "support/test.h"

#include <mm/strategy.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MIB UINT64_C(0x100000)

static struct trace trace;
static struct memmap machine;
static struct replay_worker worker;
static struct watch_view view;
static struct screen screen;
static char text[65536]; /* of the screen, line by line */

/* With 32 MiB, the blocks of pages are at the frames 0x1800, 0x1400 and 0x1000. */
static int open_blocked(void **state)
{
    const struct worker_order order = {8, 1, 60000};

    (void)state;
    machine = lab_map(32 * MIB);
    trace = lab_trace_text("pages 1 10 @low\npages 2 10 @mid\npages 3 10 @high\nfree_pages 1\n"
                           "free_pages 3\nkmalloc 4 17000000 @asker\nkmalloc 5 1000 @later\n");
    const struct experiment_setup setup = {&trace, mm_strategy_find("brk"), &machine, NULL};
    if (!replay_worker_start(&worker, &setup))
        return 1;
    replay_worker_take(&worker);
    replay_worker_order(&worker, &order);
    replay_worker_take(&worker);
    view = watch_begin(trace.header.events, 0);
    view.mode = WATCH_PAUSED;
    watch_take(&view, worker.view);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    replay_worker_end(&worker);
    trace_close(&trace);
    return 0;
}

TEST_FIXTURES(open_blocked, close_all)

static void draw(uint32_t rows, uint32_t columns, bool blocks)
{
    const struct watch_picture picture = {&view, worker.view, &trace, mm_strategy_find("brk"),
                                          32 * MIB};
    size_t used = 0;

    screen = screen_make(rows, columns, blocks);
    watch_draw(&screen, &picture);
    for (uint32_t row = 0; row < rows; row++) {
        for (uint32_t column = 0; column < columns && used < sizeof text - 8u; column++)
            used += (size_t)snprintf(text + used, sizeof text - used, "%s",
                                     screen.cells[row * columns + column].text);
        text[used++] = '\n';
    }
    text[used] = '\0';
}

static void assert_has(const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("'%s' is not in:\n%s", part, text);
}

static void assert_lacks(const char *part)
{
    if (strstr(text, part) != NULL)
        fail_msg("'%s' is in:\n%s", part, text);
}

static const struct screen_cell *cell_at(uint32_t row, uint32_t column)
{
    return &screen.cells[row * screen.columns + column];
}

/* ---- what is where ---- */

TEST(a_failure_is_shown_with_its_block)
{
    assert_true(view.at_failure && view.event == 6);
    draw(24, 80, false);
    assert_has("lab under brk, RAM 32.0 MiB ");
    assert_has("paused, 10 events/s\n");
    assert_has("] at event 6 of 7, 71.4 %");
    assert_has("\nkmalloc of 16.2 MiB by asker fails: a used frame is in brk's way");
    assert_has("\nin the way: mid, 4 events old");
    assert_has("*");
    assert_has(" failures  1 ");
    assert_has(" brk_blocked ");
    assert_has(" 6 brk_blocked kmalloc 16.2");
    assert_has("\nspace run/pause ");
    screen_free(&screen);
}

TEST(the_map_is_that_of_the_frames)
{
    uint32_t per_cell;
    uint32_t letters[256] = {0};
    uint32_t map_rows = 0;

    draw(60, 200, false);
    for (uint32_t row = 4; row < 57; row++) {
        if (cell_at(row, 5)->text[0] == ' ')
            continue;
        map_rows++;
        for (uint32_t column = 7; column < 7 + 160; column++)
            letters[(unsigned char)cell_at(row, column)->text[0]]++;
    }
    assert_true(map_rows > 20);
    per_cell = 1024u / letters['R'];
    assert_int_equal(per_cell * letters['R'], worker.view->kind_frames[FRAME_RESERVED]);
    assert_in_range(per_cell * (letters['K'] + letters['*']), 1024u - per_cell, 1024u + per_cell);
    screen_free(&screen);
}

TEST(blocks_have_colours_and_letters_do_not_need_them)
{
    draw(24, 80, true);
    assert_lacks("RRRR");
    assert_int_equal(cell_at(20, 10)->paper, FRAME_RESERVED);
    screen_free(&screen);
    draw(24, 80, false);
    assert_has("RRRR");
    assert_lacks("\xe2");
    screen_free(&screen);
}

TEST(a_narrow_screen_has_no_panel)
{
    draw(24, 50, false);
    assert_lacks("failures");
    assert_has("RRRR");
    screen_free(&screen);
}

TEST(a_low_screen_has_a_map_all_the_same)
{
    draw(8, 80, false);
    assert_has("lab under brk");
    assert_has("RRRR");
    assert_lacks("\nin the way");
    screen_free(&screen);
}

TEST(any_size_can_be_drawn)
{
    static const uint32_t sizes[] = {0, 1, 2, 3, 5, 7, 11, 12, 13, 23, 40, 60, 79, 100, 131, 300};

    for (size_t rows = 0; rows < 14; rows++)
        for (size_t columns = 0; columns < sizeof sizes / sizeof sizes[0]; columns++) {
            view.help = rows % 2 != 0;
            draw(sizes[rows], sizes[columns], columns % 2 != 0);
            for (uint32_t i = 0; i < screen.rows * screen.columns; i++)
                assert_true(screen.cells[i].text[0] != '\0');
            screen_free(&screen);
        }
    view.help = false;
}

TEST(the_help_names_every_key)
{
    view.help = true;
    draw(24, 80, false);
    for (uint32_t i = 0; i < WATCH_HELP_LINES; i++) {
        assert_has(watch_help[i].keys);
        assert_has(watch_help[i].meaning);
    }
    view.help = false;
    screen_free(&screen);
}

TEST(the_prompt_shows_what_was_typed)
{
    view.prompting = true;
    strcpy(view.prompt, "123");
    draw(24, 80, false);
    assert_has("go to event: 123_");
    view.prompting = false;
    screen_free(&screen);
}

TEST(the_reason_of_a_lost_replay_is_shown)
{
    view.lost = true;
    strcpy(worker.view->reason, "panic: kfree: \x1b[31mbad");
    draw(24, 80, false);
    assert_has("\npanic: kfree: ?[31mbad");
    assert_has("the replay has ended");
    view.lost = false;
    screen_free(&screen);
}

/* ---- the screen ---- */

TEST(text_is_cut_at_the_edges)
{
    screen = screen_make(2, 5, false);
    assert_int_equal(screen_put(&screen, 0, 3, UINT32_MAX, SCREEN_PLAIN, "abc"), 6);
    assert_int_equal(screen_put(&screen, 1, 0, 2, SCREEN_PLAIN, "xyz"), 2);
    screen_put(&screen, 2, 0, UINT32_MAX, SCREEN_PLAIN, "below");
    screen_put_right(&screen, 1, 5, SCREEN_PLAIN, "r");
    screen_put_right(&screen, 1, 5, SCREEN_PLAIN, "too long for it");
    assert_string_equal(cell_at(0, 4)->text, "b");
    assert_string_equal(cell_at(1, 1)->text, "y");
    assert_string_equal(cell_at(1, 2)->text, " ");
    assert_string_equal(cell_at(1, 4)->text, "r");
    screen_free(&screen);
}

/* An escape, a C1 control, a wide character, one that joins the character before it, one that
   changes the direction of text, and a byte that is not UTF-8. */
TEST(characters_that_could_disturb_a_terminal_are_question_marks)
{
    screen = screen_make(1, 10, false);
    screen_put(&screen, 0, 0, UINT32_MAX, SCREEN_PLAIN,
               "\x1b\xc2\x9b\xe6\xbc\xa2\xcc\x81\xe2\x80\xae\xff\xc3\xa9\xe2\x96\x88z");
    for (uint32_t column = 0; column < 6; column++)
        assert_string_equal(cell_at(0, column)->text, "?");
    assert_string_equal(cell_at(0, 6)->text, "\xc3\xa9");
    assert_string_equal(cell_at(0, 7)->text, "\xe2\x96\x88");
    assert_string_equal(cell_at(0, 8)->text, "z");
    screen_free(&screen);
}

static void assert_bar(uint64_t part, uint64_t whole, const char *bar, bool blocks)
{
    size_t used = 0;

    screen = screen_make(1, 4, blocks);
    screen_put_bar(&screen, 0, 0, 4, SCREEN_DEFAULT, part, whole);
    for (uint32_t column = 0; column < 4; column++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s", cell_at(0, column)->text);
    assert_string_equal(text, bar);
    screen_free(&screen);
}

TEST(bars_show_a_part_of_a_whole)
{
    assert_bar(0, 8, "....", false);
    assert_bar(1, 1000000, "#...", false);
    assert_bar(4, 8, "##..", false);
    assert_bar(8, 8, "####", false);
    assert_bar(0, 0, "....", false);
    assert_bar(3, 8, "\xe2\x96\x88\xe2\x96\x8c  ", true);
    assert_bar(UINT64_C(1) << 50, UINT64_C(1) << 50,
               "\xe2\x96\x88\xe2\x96\x88\xe2\x96\x88\xe2\x96\x88", true);
}
