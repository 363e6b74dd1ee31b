#include "runner/timer.h"

#include "runner/cpu.h"
#include "runner/devices/devices.h"

static bool due;
static uint64_t next_traps;

bool timer_is_due(void)
{
    const struct control_timer *timer = &control->timer;
    uint64_t traps = control->counters.traps;

    if (timer->every_traps != 0 && traps >= next_traps) {
        due |= next_traps != 0;
        next_traps = traps + timer->every_traps;
    }
    due |= timer->on_sti && cpu.inhibited;
    return due;
}

uint8_t timer_take(void)
{
    due = false;
    return control->timer.vector != 0 ? (uint8_t)control->timer.vector : devices_timer_vector();
}

bool timer_wakes(void)
{
    bool wakes = control->timer.on_hlt || control->timer.every_traps != 0;

    due |= wakes;
    return wakes;
}
