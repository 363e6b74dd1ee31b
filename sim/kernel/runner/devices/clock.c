/*
 * The guest's time. Devices do not run: each computes its state when it is read. Only interrupts
 * have deadlines. The nearest deadline is kept, so that advancing the time is mostly an addition
 * and a comparison.
 */
#include "runner/devices/devices.h"
#include "runner/devices/state.h"

static struct clock *const clock = &devices.clock;

struct timer {
    uint64_t (*next)(uint64_t after); /* the first time after `after` at which it interrupts */
    void (*expire)(void);             /* raises the interrupt */
    bool (*accepted)(void);           /* tells if the CPU would receive the interrupt */
};

static const struct timer timers[] = {
    {pit_next, pit_expire, pit_accepted},
    {rtc_next, rtc_expire, rtc_accepted},
    {apic_timer_next, apic_timer_expire, apic_timer_accepted},
};

#define TIMERS (sizeof timers / sizeof *timers)

/* Whole seconds are converted separately, so that no product overflows. */
uint64_t clock_ticks(uint64_t nanoseconds, uint64_t hertz)
{
    uint64_t seconds = nanoseconds / NANOSECONDS_PER_SECOND;
    uint64_t rest = nanoseconds % NANOSECONDS_PER_SECOND;

    return seconds * hertz + rest * hertz / NANOSECONDS_PER_SECOND;
}

uint64_t clock_nanoseconds(uint64_t ticks, uint64_t hertz)
{
    uint64_t seconds = ticks / hertz, rest = ticks % hertz;

    return seconds * NANOSECONDS_PER_SECOND + (rest * NANOSECONDS_PER_SECOND + hertz - 1) / hertz;
}

void clock_reschedule(void)
{
    clock->handled = clock->now;
    clock->deadline = CLOCK_NEVER;
    for (uint32_t i = 0; i < TIMERS; i++) {
        uint64_t next = timers[i].next(clock->now);

        if (next < clock->deadline) {
            clock->deadline = next;
        }
    }
}

/* A timer that was due several times interrupts once, because its first interrupt is still pending
   at the next ones. */
static void clock_expire(void)
{
    for (uint32_t i = 0; i < TIMERS; i++) {
        if (timers[i].next(clock->handled) <= clock->now) {
            timers[i].expire();
        }
    }
    clock_reschedule();
    interrupts_update();
}

void devices_time_passes(uint64_t nanoseconds)
{
    clock->now += nanoseconds;
    if (clock->now >= clock->deadline) {
        clock_expire();
    }
}

uint64_t devices_time_to_interrupt(void)
{
    uint64_t first = CLOCK_NEVER;

    if (devices.interrupt_requested) {
        return 0;
    }
    for (uint32_t i = 0; i < TIMERS; i++) {
        uint64_t next = timers[i].next(clock->now);

        if (next < first && timers[i].accepted()) {
            first = next;
        }
    }
    return first == CLOCK_NEVER ? UINT64_MAX : first - clock->now;
}

/* The processor has 1 GHz, so a nanosecond is a tick. */
uint64_t devices_time_stamp(void)
{
    devices_time_passes(POLL_NANOSECONDS);
    return clock->now;
}
