#include "support/fake_runner.h"

#include "kernel/control.h"

#include <linux/futex.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static struct control *control;
static volatile sig_atomic_t stops_asked, ticks;

/* ---- the protocol ---- */

static void futex(int operation, uint32_t value)
{
    syscall(SYS_futex, &control->turn, operation, value, NULL, NULL, 0);
}

static void wait_for_turn(void)
{
    while (__atomic_load_n(&control->turn, __ATOMIC_SEQ_CST) != TURN_RUNNER) {
        __atomic_store_n(&control->runner_sleeps, 1, __ATOMIC_SEQ_CST);
        futex(FUTEX_WAIT, TURN_PARENT);
        __atomic_store_n(&control->runner_sleeps, 0, __ATOMIC_SEQ_CST);
    }
}

/* Hands the turn to the parent with the event in control->event, and waits until it comes back. */
static void give_turn(void)
{
    __atomic_store_n(&control->turn, TURN_PARENT, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&control->parent_sleeps, __ATOMIC_SEQ_CST))
        futex(FUTEX_WAKE, 1);
    wait_for_turn();
}

static void give_event(struct control_event event)
{
    control->event = event;
    give_turn();
}

static void note_signal(int number)
{
    if (number == CONTROL_SIGNAL_STOP)
        stops_asked++;
    else
        ticks++;
}

static void wait_ms(long ms)
{
    const struct timespec time = {.tv_nsec = ms * 1000000};

    nanosleep(&time, NULL);
}

static void write_byte(char byte)
{
    while (control->output_written - __atomic_load_n(&control->output_read, __ATOMIC_ACQUIRE) ==
           CONTROL_OUTPUT_BYTES)
        give_event((struct control_event){.kind = EVENT_OUTPUT});
    control->output[control->output_written % CONTROL_OUTPUT_BYTES] = (unsigned char)byte;
    __atomic_store_n(&control->output_written, control->output_written + 1, __ATOMIC_RELEASE);
}

/* ---- scripts: each begins with its first turn after READY ---- */

static void returns(void)
{
    for (;;) {
        control->registers.general[EAX] = control->registers.eip + 1u;
        control->registers.general[EDX] = 7;
        control->registers.general[ESI] = 99;
        give_event((struct control_event){.kind = EVENT_RETURNED});
    }
}

static void answers_requests(void)
{
    for (uint32_t runs = 1;; runs++) {
        while (control->request != REQUEST_RUN)
            give_event((struct control_event){.kind = EVENT_READY});
        give_event((struct control_event){.kind = EVENT_EXIT, .value = runs});
    }
}

static void dies(void)
{
    kill(getpid(), SIGKILL);
}

static void exits(void)
{
    _exit(3);
}

static void hangs(void)
{
    for (;;)
        wait_ms(10);
}

static void is_interrupted(void)
{
    for (;;) {
        while (stops_asked == 0)
            wait_ms(10);
        stops_asked = 0;
        give_event((struct control_event){.kind = EVENT_INTERRUPTED});
    }
}

/* The stop signal arrives while the runner reports another event; the next turn answers it. */
static void is_interrupted_late(void)
{
    while (stops_asked == 0)
        wait_ms(1);
    give_event((struct control_event){.kind = EVENT_EXIT, .value = 1});
    give_event((struct control_event){.kind = EVENT_INTERRUPTED});
    give_event((struct control_event){.kind = EVENT_EXIT, .value = 2});
}

static void needs_a_tick(void)
{
    while (ticks == 0)
        wait_ms(5);
    give_event((struct control_event){.kind = EVENT_EXIT, .value = 5});
}

static void traps_and_needs_no_tick(void)
{
    for (int i = 0; i < 40; i++) {
        control->counters.traps++;
        wait_ms(5);
    }
    give_event((struct control_event){.kind = EVENT_EXIT, .value = (uint32_t)ticks});
}

static void writes(void)
{
    for (uint32_t i = 0; i < FAKE_OUTPUT_BYTES; i++)
        write_byte(FAKE_OUTPUT(i));
    give_event((struct control_event){.kind = EVENT_EXIT});
}

static void writes_and_dies(void)
{
    write_byte('x');
    dies();
}

static void writes_too_much(void)
{
    control->output_written = UINT64_MAX / 2;
    give_event((struct control_event){.kind = EVENT_EXIT});
}

static void gives_unknown_event(void)
{
    give_event((struct control_event){.kind = 12345});
}

static void gives_nothing(void)
{
    give_event((struct control_event){.kind = EVENT_NONE});
}

static void gives_unknown_stop(void)
{
    give_event((struct control_event){.kind = EVENT_STOP, .stop = 0x7fffffff});
}

/* Undefined flags, numbers out of range, and a text that does not end. */
static void gives_garbage(void)
{
    memset(&control->event, 0xee, sizeof control->event);
    memset(&control->registers, 0xee, sizeof control->registers);
    memset(&control->counters, 0xee, sizeof control->counters);
    memset(control->stops, 0xee, sizeof control->stops);
    control->stop_count = UINT32_MAX;
    control->event.kind = EVENT_STALE;
    give_turn();
}

/* The runner reports a stop at every turn. */
static void arrives(void)
{
    for (uint32_t i = 0;; i++) {
        if (i >= control->stop_count)
            give_event((struct control_event){.kind = EVENT_HALT});
        if (!control->stops[i % CONTROL_STOPS_MAX].enabled)
            continue;
        control->stops[i].arrivals++;
        control->registers.eip = control->stops[i].va;
        if (control->stops[i].action == STOP_REPORT)
            give_event((struct control_event){.kind = EVENT_STOP, .stop = i});
    }
}

static void is_unsupported(void)
{
    control->event = (struct control_event){.kind = EVENT_UNSUPPORTED};
    strcpy(control->event.text, "a task switch");
    give_turn();
}

/* ---- before READY ---- */

static void refuses(void)
{
    control->event = (struct control_event){.kind = EVENT_HOST};
    strcpy(control->event.text, "this host has no modify_ldt()");
    give_turn();
}

static void is_not_ready(void)
{
    give_event((struct control_event){.kind = EVENT_HALT});
}

static const struct script {
    const char *name;
    void (*before_ready)(void);
    void (*run)(void);
} scripts[] = {
    {"returns", NULL, returns},
    {"answers_requests", NULL, answers_requests},
    {"dies", NULL, dies},
    {"exits", NULL, exits},
    {"hangs", NULL, hangs},
    {"is_interrupted", NULL, is_interrupted},
    {"is_interrupted_late", NULL, is_interrupted_late},
    {"needs_a_tick", NULL, needs_a_tick},
    {"traps_and_needs_no_tick", NULL, traps_and_needs_no_tick},
    {"writes", NULL, writes},
    {"writes_and_dies", NULL, writes_and_dies},
    {"writes_too_much", NULL, writes_too_much},
    {"gives_unknown_event", NULL, gives_unknown_event},
    {"gives_nothing", NULL, gives_nothing},
    {"gives_unknown_stop", NULL, gives_unknown_stop},
    {"gives_garbage", NULL, gives_garbage},
    {"arrives", NULL, arrives},
    {"is_unsupported", NULL, is_unsupported},
    {"refuses", refuses, NULL},
    {"is_not_ready", is_not_ready, NULL},
    {"dies_at_start", dies, NULL},
    {"exits_at_start", exits, NULL},
};

static _Noreturn void run_script(const struct script *script)
{
    const struct sigaction action = {.sa_handler = note_signal};

    sigaction(CONTROL_SIGNAL_STOP, &action, NULL);
    sigaction(CONTROL_SIGNAL_TICK, &action, NULL);
    control = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, CONTROL_FD, 0);
    if (control == MAP_FAILED)
        _exit(4);
    if (script->before_ready != NULL)
        script->before_ready();
    give_event((struct control_event){.kind = EVENT_READY});
    script->run();
    _exit(0);
}

void fake_runner_main(int argc, char **argv)
{
    if (strcmp(argv[0], "mmsim-runner") != 0)
        return;
    for (size_t i = 0; argc > 1 && i < sizeof scripts / sizeof scripts[0]; i++)
        if (strcmp(scripts[i].name, argv[1]) == 0)
            run_script(&scripts[i]);
    _exit(5);
}

void fake_runner_use(const char *script)
{
    char program[3800], variable[4096];

    if (script == NULL) {
        unsetenv("MMSIM_RUNNER");
        return;
    }
    ssize_t bytes = readlink("/proc/self/exe", program, sizeof program - 1);
    assert_true(bytes > 0);
    program[bytes] = '\0';
    snprintf(variable, sizeof variable, "%s %s", program, script);
    setenv("MMSIM_RUNNER", variable, 1);
}
