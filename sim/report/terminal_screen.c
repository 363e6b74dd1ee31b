#include "report/terminal_screen.h"

#ifdef HAVE_NCURSES

#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <ncursesw/curses.h>

#include "report/frame_colours.h"
#include "report/terminal.h"
#include "report/watch_view.h"

static SCREEN *curses; /* NULL: the terminal is as it was */
static FILE *keyboard;
static bool utf8;
static bool colours;
static sigset_t outside; /* the signals that were blocked before */

/* ---- signals ---- */

static volatile sig_atomic_t ending; /* the number of the signal; 0: none */
static volatile sig_atomic_t stopping;
static volatile sig_atomic_t changed; /* the size, or the terminal's contents */

static void on_ending(int number)
{
    ending = number;
}

static void on_stop(int number)
{
    (void)number;
    stopping = 1;
}

static void on_change(int number)
{
    (void)number;
    changed = 1;
}

/* A crash of this program. ncurses may be at fault itself, but there is nothing to lose. */
static void on_crash(int number)
{
    signal(number, SIG_DFL);
    endwin();
    raise(number);
}

static const struct {
    int number;
    void (*handler)(int number);
} handled[] = {
    {SIGINT, on_ending}, {SIGTERM, on_ending},  {SIGHUP, on_ending},  {SIGQUIT, on_ending},
    {SIGTSTP, on_stop},  {SIGWINCH, on_change}, {SIGCONT, on_change},
};
#define HANDLED (sizeof handled / sizeof handled[0])

static struct sigaction before[HANDLED];

/* A program that runs in the background of a script may be meant to ignore such signals. */
static bool is_ignored(size_t i)
{
    return handled[i].handler == on_ending && before[i].sa_handler == SIG_IGN;
}

static void install_handlers(void)
{
    for (size_t i = 0; i < HANDLED; i++) {
        const struct sigaction action = {.sa_handler = handled[i].handler};
        if (!is_ignored(i))
            sigaction(handled[i].number, &action, NULL);
    }
}

static void install_crash_handlers(void)
{
    static const int crashes[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL};
    struct sigaction present;

    for (size_t i = 0; i < sizeof crashes / sizeof crashes[0]; i++)
        if (sigaction(crashes[i], NULL, &present) == 0 && present.sa_handler == SIG_DFL)
            signal(crashes[i], on_crash);
}

/* The signals are delivered only while the program waits. */
static void take_signals(void)
{
    sigset_t set;

    sigemptyset(&set);
    for (size_t i = 0; i < HANDLED; i++) {
        sigaddset(&set, handled[i].number);
        sigaction(handled[i].number, NULL, &before[i]);
    }
    sigprocmask(SIG_BLOCK, &set, &outside);
    install_handlers();
    install_crash_handlers();
}

static void give_signals_back(void)
{
    for (size_t i = 0; i < HANDLED; i++)
        sigaction(handled[i].number, &before[i], NULL);
    sigprocmask(SIG_SETMASK, &outside, NULL);
}

/* Stop as ^Z always does, and take the terminal again when the process goes on. */
static void stop(void)
{
    const struct sigaction own = {.sa_handler = on_stop};
    const struct sigaction usual = {.sa_handler = SIG_DFL};
    sigset_t set;

    stopping = 0;
    endwin();
    sigaction(SIGTSTP, &usual, NULL);
    raise(SIGTSTP);
    sigemptyset(&set);
    sigaddset(&set, SIGTSTP);
    sigprocmask(SIG_UNBLOCK, &set, NULL); /* the process stops here */
    sigprocmask(SIG_BLOCK, &set, NULL);
    sigaction(SIGTSTP, &own, NULL);
    changed = 1;
}

/* ---- opening and closing ---- */

void terminal_screen_close(void)
{
    if (curses == NULL)
        return;
    endwin();
    delscreen(curses);
    curses = NULL;
    if (keyboard != stdin)
        fclose(keyboard);
    give_signals_back();
}

/* ncurses needs a locale of the C library in which it can write UTF-8. */
static void choose_locale(void)
{
    if (setlocale(LC_CTYPE, "") == NULL && terminal_takes_utf8())
        setlocale(LC_CTYPE, "C.UTF-8");
    utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

static void set_up(void)
{
    cbreak();
    noecho();
    nonl();
    curs_set(0);
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    set_escdelay(25);
    colours = terminal_takes_colour(STDOUT_FILENO) && has_colors() && start_color() == OK &&
              use_default_colors() == OK;
}

static bool open_keyboard(struct sim_error *error)
{
    keyboard = isatty(STDIN_FILENO) ? stdin : fopen("/dev/tty", "re");
    return keyboard != NULL ||
           sim_error_set(error,
                         "there is no terminal to read keys from: standard input is not one");
}

bool terminal_screen_open(struct sim_error *error)
{
    const char *kind = getenv("TERM");
    static bool registered;

    if (!isatty(STDOUT_FILENO))
        return sim_error_set(error, "standard output is not a terminal");
    if (!open_keyboard(error))
        return false;
    choose_locale();
    take_signals();
    curses = newterm(NULL, stdout, keyboard);
    if (curses == NULL) {
        give_signals_back();
        return sim_error_set(error, "the kind of terminal is not known: TERM is %s",
                             kind != NULL ? kind : "not set");
    }
    if (tigetstr("cup") == NULL || tigetstr("clear") == NULL) {
        terminal_screen_close();
        return sim_error_set(error, "this kind of terminal cannot place its cursor: TERM is %s",
                             kind != NULL ? kind : "not set");
    }
    if (!registered)
        atexit(terminal_screen_close);
    registered = true;
    install_handlers(); /* newterm() has installed its own for some signals */
    set_up();
    return true;
}

/* ---- colours ---- */

#define COLOUR_PLACES (SCREEN_GOOD - SCREEN_DEFAULT + 1u + FRAME_STATE_COUNT)
#define OWN           (-1) /* the terminal's own colour */

static bool has_256(void)
{
    return COLORS >= 256;
}

static int number_of_kind(uint32_t kind)
{
    const struct frame_look *look = &frame_looks[kind];

    if (kind == FRAME_FREE)
        return OWN;
    if (has_256())
        return look->xterm;
    return look->ansi != ANSI_NONE ? look->ansi : OWN;
}

static int number_of(uint8_t colour)
{
    switch (colour) {
    case SCREEN_DEFAULT:
        return OWN;
    case SCREEN_FAINT:
        return has_256() ? 244 : OWN;
    case SCREEN_FAILURE:
        return has_256() ? 167 : COLOR_RED; /* can be read on black and on white */
    case SCREEN_GOOD:
        return COLOR_GREEN;
    default:
        return number_of_kind(colour);
    }
}

static uint32_t place_of(uint8_t colour)
{
    return colour >= SCREEN_DEFAULT ? FRAME_STATE_COUNT + colour - SCREEN_DEFAULT : colour;
}

/* Text on the colour of a kind is black or white. */
static int ink_number(const struct screen_cell *cell)
{
    if (cell->ink != SCREEN_DEFAULT || cell->paper >= SCREEN_DEFAULT ||
        number_of(cell->paper) == OWN)
        return number_of(cell->ink);
    return frame_look_is_dark(&frame_looks[cell->paper], has_256() ? 256 : 8) ? COLOR_WHITE
                                                                              : COLOR_BLACK;
}

/* The number of the pair of colours, which is made when it is first used. */
static short pair_of(const struct screen_cell *cell)
{
    static short made[COLOUR_PLACES][COLOUR_PLACES];
    static short count;
    short *pair = &made[place_of(cell->ink)][place_of(cell->paper)];

    if (*pair == 0 && count + 1 < COLOR_PAIRS) {
        *pair = ++count;
        init_pair(*pair, (short)ink_number(cell), (short)number_of(cell->paper));
    }
    return *pair;
}

/* ---- showing ---- */

struct screen terminal_screen_make(void)
{
    struct winsize size;

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row != 0 && size.ws_col != 0 &&
        is_term_resized(size.ws_row, size.ws_col))
        resizeterm(size.ws_row, size.ws_col);
    return screen_make((uint32_t)LINES, (uint32_t)COLS, utf8 && colours && has_256());
}

static void show_cell(const struct screen_cell *cell, int row, int column)
{
    attr_t look = (cell->bold ? A_BOLD : 0u) | (cell->reverse ? A_REVERSE : 0u);

    attr_set(look, colours ? pair_of(cell) : 0, NULL);
    mvaddstr(row, column, utf8 || (unsigned char)cell->text[0] < 0x80u ? cell->text : "?");
}

void terminal_screen_show(const struct screen *screen)
{
    erase();
    for (uint32_t row = 0; row < screen->rows; row++)
        for (uint32_t column = 0; column < screen->columns; column++)
            show_cell(&screen->cells[row * screen->columns + column], (int)row, (int)column);
    refresh();
}

/* ---- waiting ---- */

struct terminal_screen_news terminal_screen_wait(int other, int most_ms)
{
    struct pollfd polled[] = {{fileno(keyboard), POLLIN, 0}, {other, POLLIN, 0}};
    const struct timespec most = {most_ms / 1000, most_ms % 1000 * 1000000L};
    struct terminal_screen_news news = {0};

    if (ppoll(polled, 2, most_ms < 0 ? NULL : &most, &outside) > 0) {
        news.keys = (polled[0].revents & POLLIN) != 0;
        news.other = polled[1].revents != 0;
        if ((polled[0].revents & ~POLLIN) != 0)
            ending = SIGHUP; /* the terminal is gone */
    }
    if (stopping)
        stop();
    news.signal = ending;
    news.redraw = changed;
    if (changed) {
        changed = 0;
        reset_prog_mode();
        clearok(curscr, TRUE);
    }
    return news;
}

int terminal_screen_key(void)
{
    static const struct {
        int code;
        int key;
    } keys[] = {
        {ERR, -1},
        {KEY_RIGHT, '.'},
        {KEY_LEFT, ','},
        {KEY_NPAGE, '>'},
        {KEY_PPAGE, '<'},
        {KEY_UP, '+'},
        {'=', '+'},
        {KEY_DOWN, '-'},
        {KEY_HOME, '0'},
        {KEY_END, 'e'},
        {'\r', WATCH_ENTER},
        {KEY_ENTER, WATCH_ENTER},
        {KEY_BACKSPACE, WATCH_BACKSPACE},
        {'\b', WATCH_BACKSPACE},
    };
    int code = getch();

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (code == keys[i].code)
            return keys[i].key;
    return code < 0x80 ? code : 0;
}

#else

bool terminal_screen_open(struct sim_error *error)
{
    return sim_error_set(error,
                         "this mmsim was built without ncurses, which draws on the terminal: "
                         "install Debian's libncurses-dev and build again");
}

void terminal_screen_close(void)
{
}

/* The others are called only after terminal_screen_open(). */

struct screen terminal_screen_make(void)
{
    return screen_make(0, 0, false);
}

void terminal_screen_show(const struct screen *screen)
{
    (void)screen;
}

struct terminal_screen_news terminal_screen_wait(int other, int most_ms)
{
    (void)other;
    (void)most_ms;
    return (struct terminal_screen_news){0};
}

int terminal_screen_key(void)
{
    return -1;
}

#endif
