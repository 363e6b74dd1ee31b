/* The actions when a kernel is about to execute a symbol: breakpoints of the parent, and actions
   that the runner takes by itself. */
#include "kernel/kernel_state.h"

#include <string.h>

/* ---- slots of the runner's table ---- */

/* Returns a free slot; NULL after an error. */
static struct control_stop *take_slot(struct kernel *kernel)
{
    struct stop_table *stops = &kernel->stops;
    uint32_t i = 0;

    while (i < stops->count && stops->stop[i].enabled)
        i++;
    if (i == CONTROL_STOPS_MAX) {
        kernel_fail_with(kernel, "more than %u symbols are watched at a time", CONTROL_STOPS_MAX);
        return NULL;
    }
    if (i == stops->count)
        stops->count++;
    stops->stop[i] = (struct control_stop){.enabled = 0};
    stops->fresh[i] = true;
    stops->changed = true;
    return &stops->stop[i];
}

static uint32_t slot_of(const struct kernel *kernel, const struct control_stop *stop)
{
    return (uint32_t)(stop - kernel->stops.stop);
}

/* Returns the enabled slot for an action at an address; NULL when there is none. */
static struct control_stop *find_slot(struct kernel *kernel, uint32_t va, enum stop_action action)
{
    for (uint32_t i = 0; i < kernel->stops.count; i++) {
        struct control_stop *stop = &kernel->stops.stop[i];

        if (stop->enabled && stop->va == va && stop->action == (uint32_t)action)
            return stop;
    }
    return NULL;
}

static void drop_slot(struct kernel *kernel, struct control_stop *stop)
{
    stop->enabled = 0;
    kernel->stops.changed = true;
}

/* Set the slot for an action and an address anew: its count begins at 0. */
static bool set_slot(struct kernel *kernel, const struct control_stop *wanted)
{
    struct control_stop *stop = find_slot(kernel, wanted->va, (enum stop_action)wanted->action);

    if (stop == NULL)
        stop = take_slot(kernel);
    if (stop == NULL)
        return false;
    *stop = *wanted;
    stop->enabled = 1;
    kernel->stops.fresh[slot_of(kernel, stop)] = true;
    kernel->stops.changed = true;
    return true;
}

/* ---- breakpoints ---- */

struct breakpoint *kernel_breakpoint_at(struct kernel *kernel, uint32_t va)
{
    struct stop_table *stops = &kernel->stops;

    for (uint32_t i = 0; i < stops->breakpoint_count; i++)
        if (stops->breakpoint[i].va == va && stops->breakpoint[i].slot != CONTROL_STOPS_MAX)
            return &stops->breakpoint[i];
    return NULL;
}

/* Returns an unused breakpoint of the table, or a new one. */
static struct breakpoint *take_breakpoint(struct stop_table *stops)
{
    for (uint32_t i = 0; i < stops->breakpoint_count; i++)
        if (stops->breakpoint[i].slot == CONTROL_STOPS_MAX)
            return &stops->breakpoint[i];
    return &stops->breakpoint[stops->breakpoint_count++]; /* there are never more breakpoints than
                                                             slots */
}

struct breakpoint *kernel_breakpoint(struct kernel *kernel, uint32_t va)
{
    struct breakpoint *breakpoint = kernel_breakpoint_at(kernel, va);

    if (breakpoint != NULL)
        return breakpoint;
    struct control_stop *stop = take_slot(kernel);
    if (stop == NULL)
        return NULL;
    *stop = (struct control_stop){.va = va, .action = STOP_REPORT, .enabled = 1};
    breakpoint = take_breakpoint(&kernel->stops);
    *breakpoint = (struct breakpoint){.va = va, .slot = slot_of(kernel, stop)};
    return breakpoint;
}

void kernel_breakpoint_update(struct kernel *kernel, struct breakpoint *breakpoint)
{
    if (breakpoint->panic || breakpoint->until || breakpoint->hook != NULL)
        return;
    drop_slot(kernel, &kernel->stops.stop[breakpoint->slot]);
    breakpoint->slot = CONTROL_STOPS_MAX;
}

/* Returns the breakpoint at a symbol; NULL after an error. */
static struct breakpoint *breakpoint_of(struct kernel *kernel, const char *symbol)
{
    uint32_t va;

    kernel_clear_error(kernel);
    return kernel_address(kernel, symbol, &va) ? kernel_breakpoint(kernel, va) : NULL;
}

enum kernel_outcome kernel_panic_symbol(struct kernel *kernel, const char *symbol)
{
    struct breakpoint *breakpoint = breakpoint_of(kernel, symbol);

    if (breakpoint != NULL)
        breakpoint->panic = true;
    return kernel_done_if(breakpoint != NULL);
}

enum kernel_outcome kernel_hook_before(struct kernel *kernel, const char *symbol, kernel_hook *hook,
                                       void *context)
{
    struct breakpoint *breakpoint = breakpoint_of(kernel, symbol);

    if (breakpoint == NULL)
        return KERNEL_ERROR;
    breakpoint->hook = hook;
    breakpoint->context = context;
    return KERNEL_DONE;
}

enum kernel_outcome kernel_unhook(struct kernel *kernel, const char *symbol)
{
    uint32_t va;

    kernel_clear_error(kernel);
    if (!kernel_address(kernel, symbol, &va))
        return KERNEL_ERROR;
    struct breakpoint *breakpoint = kernel_breakpoint_at(kernel, va);
    struct control_stop *failing = find_slot(kernel, va, STOP_RETURN);
    if (failing != NULL)
        drop_slot(kernel, failing);
    if (breakpoint != NULL) {
        breakpoint->hook = NULL;
        kernel_breakpoint_update(kernel, breakpoint);
    }
    return KERNEL_DONE;
}

/* ---- what the runner does by itself ---- */

/* Set a slot for a symbol. */
static enum kernel_outcome watch(struct kernel *kernel, const char *symbol,
                                 struct control_stop wanted)
{
    kernel_clear_error(kernel);
    return kernel_done_if(kernel_address(kernel, symbol, &wanted.va) && set_slot(kernel, &wanted));
}

enum kernel_outcome kernel_count(struct kernel *kernel, const char *symbol)
{
    return watch(kernel, symbol, (struct control_stop){.action = STOP_COUNT});
}

uint64_t kernel_entries(struct kernel *kernel, const char *symbol)
{
    uint32_t va;

    kernel_clear_error(kernel);
    if (!kernel_address(kernel, symbol, &va))
        return 0;
    const struct control_stop *stop = find_slot(kernel, va, STOP_COUNT);
    if (stop == NULL) {
        kernel_fail_with(kernel, "%s is not counted: kernel_count() begins it", symbol);
        return 0;
    }
    uint32_t slot = slot_of(kernel, stop);
    return kernel->stops.fresh[slot] ? 0 : kernel->process.control->stops[slot].arrivals;
}

enum kernel_outcome kernel_fail(struct kernel *kernel, const char *symbol, uint64_t k,
                                uint32_t result)
{
    return watch(kernel, symbol,
                 (struct control_stop){.action = STOP_RETURN, .when = k, .value = result});
}

/* ---- early free ---- */

#define STACK_ARGUMENTS_MAX 16
#define ONE_FRAME           255u /* value of control_stop.order_argument */

enum kernel_outcome kernel_free_function(struct kernel *kernel, const char *symbol,
                                         unsigned argument, enum kernel_free_kind kind,
                                         int order_argument)
{
    static const uint8_t kinds[] = {[KERNEL_FREE_VIRTUAL] = FREE_VIRTUAL,
                                    [KERNEL_FREE_PHYSICAL] = FREE_PHYSICAL,
                                    [KERNEL_FREE_FRAME] = FREE_FRAME};

    kernel_clear_error(kernel);
    if (argument >= STACK_ARGUMENTS_MAX || order_argument >= STACK_ARGUMENTS_MAX)
        return kernel_done_if(kernel_fail_with(kernel, "%s: its arguments are counted from 0 to %d",
                                               symbol, STACK_ARGUMENTS_MAX - 1));
    if ((size_t)kind >= sizeof kinds)
        return kernel_done_if(kernel_fail_with(kernel, "%s: unknown kind of argument", symbol));
    return watch(kernel, symbol,
                 (struct control_stop){
                     .action = STOP_FREE,
                     .argument = (uint8_t)argument,
                     .argument_kind = kinds[kind],
                     .order_argument = order_argument < 0 ? ONE_FRAME : (uint8_t)order_argument});
}

void kernel_direct_map(struct kernel *kernel, uint32_t va, uint32_t bytes)
{
    kernel->direct_map = va;
    kernel->direct_map_bytes = bytes;
}

/* ---- the timer ---- */

#define VECTORS 256u

static bool time_at_symbol(struct kernel *kernel, const struct kernel_timer *timer)
{
    struct control_stop wanted = {.action = STOP_INTERRUPT, .value = timer->vector};

    if (timer->at_symbol != NULL && (!kernel_address(kernel, timer->at_symbol, &wanted.va)))
        return false;
    if (kernel->timer_slot != CONTROL_STOPS_MAX)
        drop_slot(kernel, &kernel->stops.stop[kernel->timer_slot]);
    kernel->timer_slot = CONTROL_STOPS_MAX;
    if (timer->at_symbol == NULL)
        return true;
    if (!set_slot(kernel, &wanted))
        return false;
    kernel->timer_slot = slot_of(kernel, find_slot(kernel, wanted.va, STOP_INTERRUPT));
    return true;
}

enum kernel_outcome kernel_timer(struct kernel *kernel, const struct kernel_timer *timer)
{
    kernel_clear_error(kernel);
    if (timer->vector >= VECTORS)
        return kernel_done_if(
            kernel_fail_with(kernel, "vector %u: there are %u", timer->vector, VECTORS));
    if (!time_at_symbol(kernel, timer))
        return KERNEL_ERROR;
    kernel->timer = (struct control_timer){.every_traps = timer->every_traps,
                                           .vector = timer->vector,
                                           .on_sti = timer->on_sti,
                                           .on_hlt = timer->on_hlt};
    return KERNEL_DONE;
}
