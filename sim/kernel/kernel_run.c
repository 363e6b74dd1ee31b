/* Runs of a kernel: the runner gets turns until an event ends the run. */
#include "kernel/kernel_state.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double seconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* ---- the contents of the shared block ---- */

/* Copy the stops into the shared block. The runner's counts of arrivals stay, except for new
   stops. */
static void publish_stops(struct kernel *kernel)
{
    struct control *control = kernel->process.control;

    if (!kernel->stops.changed)
        return;
    for (uint32_t i = 0; i < kernel->stops.count; i++) {
        struct control_stop stop = kernel->stops.stop[i];

        if (!kernel->stops.fresh[i])
            stop.arrivals = control->stops[i].arrivals;
        control->stops[i] = stop;
        kernel->stops.fresh[i] = false;
    }
    control->stop_count = kernel->stops.count;
    control->stops_changed = true;
    kernel->stops.changed = false;
}

static void publish(struct kernel *kernel, enum control_request request)
{
    struct control *control = kernel->process.control;

    publish_stops(kernel);
    control->request = request;
    control->timer = kernel->timer;
    control->direct_map = kernel->direct_map;
    control->direct_map_bytes = kernel->direct_map_bytes;
    if (request != REQUEST_RUN)
        return;
    memcpy(&control->registers, &kernel->registers, sizeof control->registers);
    control->tlb_flush = kernel->tlb_flush;
    control->written = kernel->written;
    control->step_over = kernel->passing && kernel->passing_eip == kernel->registers.eip;
    kernel->tlb_flush = false;
    kernel->written.count = 0;
    kernel->passing = false;
    kernel->executed = true;
}

/* ---- the end of a turn ---- */

/* The outcome of each event that involves no stop. */
static const struct {
    bool known;
    enum kernel_outcome outcome;
} outcome_of_event[] = {
    [EVENT_EXIT] = {true, KERNEL_EXIT},
    [EVENT_RESET] = {true, KERNEL_HALT},
    [EVENT_HALT] = {true, KERNEL_HALT},
    [EVENT_TRIPLE_FAULT] = {true, KERNEL_TRIPLE_FAULT},
    [EVENT_FAULT] = {true, KERNEL_FAULT},
    [EVENT_STALE] = {true, KERNEL_STALE_TLB},
    [EVENT_EARLY_FREE] = {true, KERNEL_STALE_TLB},
    [EVENT_ESCAPED] = {true, KERNEL_FAULT},
    [EVENT_RETURNED] = {true, KERNEL_RETURNED},
    [EVENT_UNSUPPORTED] = {true, KERNEL_ERROR},
    [EVENT_HOST] = {true, KERNEL_ERROR},
};

#define EVENTS_KNOWN (sizeof outcome_of_event / sizeof outcome_of_event[0])

static enum kernel_outcome broken(struct kernel *kernel)
{
    kernel_fail_with(kernel, "what the runner reports cannot be: the kernel may have broken out of "
                             "its machine");
    return KERNEL_ERROR;
}

static enum kernel_outcome outcome_of(struct kernel *kernel, const struct control_event *event)
{
    if (event->kind >= EVENTS_KNOWN || !outcome_of_event[event->kind].known)
        return broken(kernel);
    enum kernel_outcome outcome = outcome_of_event[event->kind].outcome;
    if (outcome == KERNEL_EXIT)
        kernel->exit_value = event->value;
    if (outcome == KERNEL_ERROR)
        kernel_fail_with(kernel, "%s", event->text);
    return outcome;
}

static enum kernel_outcome outcome_without_event(struct kernel *kernel, enum turn_end end)
{
    char text[KERNEL_ERROR_BYTES];

    if (end == TURN_BROKEN)
        return broken(kernel);
    runner_process_say_end(&kernel->process, text, sizeof text);
    kernel_fail_with(kernel, "%s", text);
    return end == TURN_SILENT ? KERNEL_LIMIT : KERNEL_ERROR;
}

/* ---- breakpoints ---- */

/* Return from the function that is about to be executed, as its own ret would. */
static void return_at_once(struct kernel *kernel, uint32_t result)
{
    struct control_registers *registers = &kernel->registers;
    uint32_t to;

    if (!kernel_peek(kernel, registers->segment[SEG_SS].base + registers->general[ESP], &to,
                     sizeof to))
        return; /* the function itself will fault there */
    registers->general[EAX] = result;
    registers->general[ESP] += 4u;
    registers->eip = to;
}

static void call_hook(struct kernel *kernel, struct breakpoint breakpoint)
{
    uint32_t result = 0;

    kernel->in_hook = true;
    enum kernel_hook_verdict verdict = breakpoint.hook(breakpoint.context, kernel, &result);
    kernel->in_hook = false;
    if (verdict == KERNEL_HOOK_RETURN)
        return_at_once(kernel, result);
}

/* The guest arrived at a stop. Returns true when *outcome ends the run, false when it continues. */
static bool arrive(struct kernel *kernel, enum kernel_outcome *outcome)
{
    uint32_t slot = kernel->event.stop;
    struct breakpoint *breakpoint = slot < kernel->stops.count
                                        ? kernel_breakpoint_at(kernel, kernel->stops.stop[slot].va)
                                        : NULL;

    if (breakpoint == NULL || breakpoint->slot != slot) {
        *outcome = broken(kernel);
        return true;
    }
    kernel->passing = true;
    kernel->passing_eip = kernel->registers.eip;
    *outcome = breakpoint->until ? KERNEL_UNTIL : KERNEL_PANIC;
    if (breakpoint->until || breakpoint->panic)
        return true;
    if (breakpoint->hook != NULL)
        call_hook(kernel, *breakpoint);
    return false;
}

/* ---- runs ---- */

/* Returns whether the run cannot continue after this outcome. After the limit it can. */
static bool cannot_go_on(enum kernel_outcome outcome)
{
    return outcome == KERNEL_PANIC || outcome == KERNEL_TRIPLE_FAULT || outcome == KERNEL_FAULT ||
           outcome == KERNEL_STALE_TLB || outcome == KERNEL_ERROR;
}

static bool is_alive(struct kernel *kernel)
{
    char text[KERNEL_ERROR_BYTES];

    if (kernel->in_hook)
        return kernel_fail_with(kernel, "a hook must not run the kernel, nor call it");
    if (kernel->process.pid != 0)
        return true;
    runner_process_say_end(&kernel->process, text, sizeof text);
    return kernel_fail_with(kernel, "%s; create another kernel", text);
}

bool kernel_may_run(struct kernel *kernel)
{
    if (!is_alive(kernel))
        return false;
    if (!kernel->state_set)
        return kernel_fail_with(kernel, "the kernel has no state yet: kernel_boot() or "
                                        "kernel_set_boot_state() gives it one");
    return !kernel->failed ||
           kernel_fail_with(kernel, "the kernel has failed (see kernel_report()): kernel_restart() "
                                    "or kernel_set_registers() comes first");
}

void kernel_forget_end(struct kernel *kernel)
{
    free(kernel->report);
    kernel->report = NULL;
    kernel->failure_made = false;
    kernel->ended = KERNEL_DONE;
    kernel->failed = false;
    kernel->refused = false;
}

enum kernel_outcome kernel_refuse(struct kernel *kernel)
{
    kernel->refused = true;
    return KERNEL_ERROR;
}

static enum turn_end take_turn(struct kernel *kernel, double seconds)
{
    struct runner_turn turn = {
        .limit_seconds = seconds, .output = kernel_take_output, .context = kernel};
    enum turn_end end = runner_process_turn(&kernel->process, &turn);

    kernel->event = turn.event;
    memcpy(&kernel->registers, &kernel->process.control->registers, sizeof kernel->registers);
    return end;
}

static enum kernel_outcome run_until_end(struct kernel *kernel)
{
    double deadline = seconds_now() + kernel->limit_seconds;
    enum kernel_outcome outcome;
    double left = kernel->limit_seconds;

    do {
        publish(kernel, REQUEST_RUN);
        enum turn_end end = take_turn(kernel, left > 0.0 ? left : 0.0);
        if (end == TURN_LIMIT)
            return KERNEL_LIMIT;
        if (end != TURN_EVENT)
            return outcome_without_event(kernel, end);
        if (kernel->event.kind != EVENT_STOP)
            return outcome_of(kernel, &kernel->event);
        left = deadline - seconds_now();
    } while (!arrive(kernel, &outcome));
    return outcome;
}

enum kernel_outcome kernel_give_turns(struct kernel *kernel)
{
    double begin = seconds_now();

    kernel_forget_end(kernel);
    enum kernel_outcome outcome = run_until_end(kernel);
    kernel->seconds += seconds_now() - begin;
    kernel->ended = outcome;
    kernel->failed = cannot_go_on(outcome);
    kernel->refused = false; /* requests by hooks do not count */
    return outcome;
}

bool kernel_ask(struct kernel *kernel, enum control_request request)
{
    struct runner_turn turn = {
        .limit_seconds = kernel->limit_seconds, .output = kernel_take_output, .context = kernel};

    if (!is_alive(kernel))
        return false;
    publish(kernel, request);
    enum turn_end end = runner_process_turn(&kernel->process, &turn);
    if (end == TURN_EVENT && turn.event.kind == EVENT_READY)
        return true;
    if (end == TURN_EVENT)
        return kernel_fail_with(kernel, "the runner did not answer a request as it should");
    outcome_without_event(kernel, end);
    return false;
}

/* Run the kernel. A return to the return address of kernel_call() is a fault here, because no call
   is in progress. */
static enum kernel_outcome run(struct kernel *kernel)
{
    enum kernel_outcome outcome = kernel_give_turns(kernel);

    if (outcome != KERNEL_RETURNED)
        return outcome;
    kernel->ended = KERNEL_FAULT;
    kernel->failed = true;
    return KERNEL_FAULT;
}

enum kernel_outcome kernel_run(struct kernel *kernel)
{
    kernel_clear_error(kernel);
    return kernel_may_run(kernel) ? run(kernel) : kernel_refuse(kernel);
}

enum kernel_outcome kernel_run_until(struct kernel *kernel, const char *symbol)
{
    uint32_t va;

    kernel_clear_error(kernel);
    if (!kernel_may_run(kernel) || !kernel_address(kernel, symbol, &va))
        return kernel_refuse(kernel);
    struct breakpoint *breakpoint = kernel_breakpoint(kernel, va);
    if (breakpoint == NULL)
        return kernel_refuse(kernel);
    breakpoint->until = true;
    kernel_breakpoint_update(kernel, breakpoint);
    enum kernel_outcome outcome = run(kernel);
    breakpoint->until = false;
    kernel_breakpoint_update(kernel, breakpoint);
    return outcome;
}
