#include "runner/stops.h"

#include "runner/devices/devices.h"
#include "runner/early_free.h"
#include "runner/guest_memory.h"
#include "runner/interrupt.h"

/* An address at which the next arrival passes, since it has had its stop: after a report the parent
   goes on, after an interrupt its handler returns. */
struct pass {
    bool active;
    uint32_t eip;
};

static struct pass report_pass;
static struct pass interrupt_pass;

bool stops_has(uint32_t va)
{
    for (uint32_t i = 0; i < control->stop_count && i < CONTROL_STOPS_MAX; i++)
        if (control->stops[i].enabled && control->stops[i].va == va)
            return true;
    return false;
}

void stops_resume(bool step_over)
{
    report_pass = (struct pass){.active = step_over, .eip = cpu_eip()};
}

static bool passes(struct pass *pass)
{
    if (!pass->active || pass->eip != cpu_eip())
        return false;
    pass->active = false;
    return true;
}

static bool is_due(const struct control_stop *stop)
{
    return stop->when == 0 || stop->arrivals == stop->when;
}

/* Return `value` from the function that is about to begin. */
static bool return_at_once(uint32_t value)
{
    uint32_t eip;

    if (!guest_pop(&eip, 4))
        return true;
    cpu_general_set(EAX, value);
    cpu_eip_set(eip);
    return true;
}

static bool stop_arrive(struct control_stop *stop, uint32_t number)
{
    switch (stop->action) {
    case STOP_REPORT:
        if (passes(&report_pass))
            return false;
        stop->arrivals++;
        cpu_stop(&(struct control_event){.kind = EVENT_STOP, .stop = number});
        return true;
    case STOP_RETURN:
        stop->arrivals++;
        return is_due(stop) && return_at_once(stop->value);
    case STOP_INTERRUPT:
        if (passes(&interrupt_pass) || !cpu_interrupts_on())
            return false;
        stop->arrivals++;
        if (!is_due(stop))
            return false;
        interrupt_pass = (struct pass){.active = true, .eip = cpu_eip()};
        interrupt_deliver_external(stop->value != 0 ? (uint8_t)stop->value
                                                    : devices_timer_vector());
        return true;
    case STOP_FREE:
        stop->arrivals++;
        early_free_check(stop);
        return false;
    default:
        stop->arrivals++;
        return false;
    }
}

bool stops_arrive(void)
{
    uint32_t eip = cpu_eip();

    for (uint32_t i = 0; i < control->stop_count && i < CONTROL_STOPS_MAX; i++)
        if (control->stops[i].enabled && control->stops[i].va == eip &&
            stop_arrive(&control->stops[i], i))
            return true;
    return false;
}
