/*
 * The 8254 interval timer (Intel 231164). Channel 0 drives IRQ 0; channel 2 drives the speaker, and
 * port 0x61 shows its output. Counters are computed from the tick at which they started. They
 * count in binary, also for a guest that asks for BCD.
 */
#include "runner/devices/devices.h"
#include "runner/devices/state.h"

#define PIT_HERTZ           1193182u
#define REFRESH_NANOSECONDS 15085u /* the period of memory refresh, which port 0x61 shows */

enum pit_access { ACCESS_LATCH, ACCESS_LOW, ACCESS_HIGH, ACCESS_BOTH };
enum pit_mode {
    MODE_TERMINAL_COUNT,
    MODE_ONE_SHOT,
    MODE_RATE,
    MODE_SQUARE,
    MODE_STROBE,
    MODE_HARDWARE_STROBE
};

#define READ_BACK       3u /* a command in place of a channel's number in the control word */
#define SPEAKER_GATE    0x01u
#define SPEAKER_KEPT    0x0fu
#define SPEAKER_REFRESH 0x10u
#define SPEAKER_OUT     0x20u

static struct pit *const pit = &devices.pit;

static uint64_t pit_now(void)
{
    return clock_ticks(devices.clock.now, PIT_HERTZ);
}

/* SeaBIOS leaves channel 0 at 18.2 Hz. */
void pit_reset(void)
{
    for (uint32_t i = 0; i < 3; i++) {
        pit->channel[i] = (struct pit_channel){
            .reload = 0x10000, .mode = MODE_SQUARE, .access = ACCESS_BOTH, .gate = i != 2};
    }
    pit->channel[0].mode = MODE_RATE;
    pit->channel[0].loaded = true;
    pit->channel[0].running = true;
}

/* ---- counters ---- */

static bool is_periodic(const struct pit_channel *c)
{
    return c->mode == MODE_RATE || c->mode == MODE_SQUARE;
}

/* Tells if the gate starts the counting, rather than a write of the count. */
static bool is_triggered(const struct pit_channel *c)
{
    return c->mode == MODE_ONE_SHOT || c->mode == MODE_HARDWARE_STROBE;
}

static uint64_t elapsed_ticks(const struct pit_channel *c)
{
    return c->running ? pit_now() - c->start : c->held;
}

static uint16_t channel_count(const struct pit_channel *c)
{
    uint64_t elapsed = elapsed_ticks(c);

    if (c->mode == MODE_SQUARE) {
        elapsed *= 2;
    }
    if (is_periodic(c)) {
        elapsed %= c->reload;
    }
    return (uint16_t)(c->reload - elapsed);
}

static bool channel_out(const struct pit_channel *c)
{
    uint64_t elapsed = elapsed_ticks(c);

    if (c->mode == MODE_TERMINAL_COUNT) {
        return c->loaded && elapsed >= c->reload;
    }
    if (!c->running) {
        return true;
    }
    switch (c->mode) {
    case MODE_ONE_SHOT:
        return elapsed >= c->reload;
    case MODE_RATE:
        return elapsed % c->reload != c->reload - 1;
    case MODE_SQUARE:
        return elapsed % c->reload < (c->reload + 1) / 2;
    default:
        return elapsed != c->reload;
    }
}

static void channel_start(struct pit_channel *c)
{
    c->start = pit_now();
    c->held = 0;
    c->running = true;
}

static void channel_load(struct pit_channel *c, uint32_t count)
{
    c->reload = count ? count : 0x10000;
    c->loaded = true;
    if (is_triggered(c)) {
        return;
    }
    channel_start(c);
    c->running = c->gate;
}

static void channel_set_gate(struct pit_channel *c, bool gate)
{
    bool rises = gate && !c->gate, falls = !gate && c->gate;

    c->gate = gate;
    if (rises && c->loaded) {
        uint64_t held = is_periodic(c) || is_triggered(c) ? 0 : c->held;

        channel_start(c);
        c->start -= held;
    } else if (falls && c->running && !is_triggered(c)) {
        c->held = elapsed_ticks(c);
        c->running = false;
    }
}

/* ---- ports ---- */

static void latch_count(struct pit_channel *c)
{
    if (!c->count_latched) {
        c->latch = channel_count(c);
        c->count_latched = true;
    }
}

/* | OUT | null count | access (2) | mode (3) | BCD | */
static void latch_status(struct pit_channel *c)
{
    if (!c->status_latched) {
        c->status = (uint8_t)((uint32_t)channel_out(c) << 7 | (uint32_t)!c->loaded << 6 |
                              (uint32_t)c->access << 4 | (uint32_t)c->mode << 1);
        c->status_latched = true;
    }
}

static void read_back(uint8_t value)
{
    for (uint32_t i = 0; i < 3; i++) {
        if (!(value & (2u << i))) {
            continue;
        }
        if (!(value & 0x20)) {
            latch_count(&pit->channel[i]);
        }
        if (!(value & 0x10)) {
            latch_status(&pit->channel[i]);
        }
    }
}

/* | channel (2) | access (2) | mode (3) | BCD |; modes 6 and 7 mean 2 and 3. */
static void control_write(uint8_t value)
{
    uint32_t number = value >> 6, access = value >> 4 & 3, mode = value >> 1 & 7;
    struct pit_channel *c = &pit->channel[number % 3];

    if (number == READ_BACK) {
        read_back(value);
    } else if (access == ACCESS_LATCH) {
        latch_count(c);
    } else {
        *c = (struct pit_channel){.reload = c->reload,
                                  .mode = (uint8_t)(mode > 5 ? mode - 4 : mode),
                                  .access = (uint8_t)access,
                                  .gate = c->gate};
    }
}

static void channel_write(struct pit_channel *c, uint8_t value)
{
    switch (c->access) {
    case ACCESS_LOW:
        channel_load(c, value);
        return;
    case ACCESS_HIGH:
        channel_load(c, (uint32_t)value << 8);
        return;
    default:
        break;
    }
    if (c->high_is_next_write) {
        channel_load(c, (uint32_t)value << 8 | c->low);
    }
    c->low = value;
    c->high_is_next_write = !c->high_is_next_write;
}

static uint8_t channel_read(struct pit_channel *c)
{
    uint16_t count = c->count_latched ? c->latch : channel_count(c);
    bool high = c->access == ACCESS_HIGH || (c->access == ACCESS_BOTH && c->high_is_next_read);

    if (c->status_latched) {
        c->status_latched = false;
        return c->status;
    }
    if (c->access == ACCESS_BOTH) {
        c->high_is_next_read = !c->high_is_next_read;
    }
    if (high || c->access == ACCESS_LOW) {
        c->count_latched = false;
    }
    return (uint8_t)(high ? count >> 8 : count);
}

uint32_t pit_read(uint16_t port)
{
    devices_time_passes(POLL_NANOSECONDS);
    return (port & 3) == 3 ? 0xff : channel_read(&pit->channel[port & 3]);
}

void pit_write(uint16_t port, uint8_t value)
{
    if ((port & 3) == 3) {
        control_write(value);
    } else {
        channel_write(&pit->channel[port & 3], value);
    }
    clock_reschedule();
}

uint32_t pit_speaker_read(uint16_t port)
{
    (void)port;
    devices_time_passes(POLL_NANOSECONDS);
    return pit->speaker | (channel_out(&pit->channel[2]) ? SPEAKER_OUT : 0) |
           (devices.clock.now / REFRESH_NANOSECONDS & 1 ? SPEAKER_REFRESH : 0);
}

void pit_speaker_write(uint16_t port, uint8_t value)
{
    (void)port;
    pit->speaker = value & SPEAKER_KEPT;
    channel_set_gate(&pit->channel[2], value & SPEAKER_GATE);
}

/* ---- IRQ 0 ---- */

/* Returns the first tick after `after` at which the output rises: at the end of each period, or
   once at the end of the count. */
static uint64_t next_rise(const struct pit_channel *c, uint64_t after)
{
    uint64_t once = c->start + c->reload + (c->mode == MODE_STROBE);

    if (!c->running || is_triggered(c)) {
        return CLOCK_NEVER;
    }
    if (is_periodic(c)) {
        return c->start + ((after - c->start) / c->reload + 1) * c->reload;
    }
    return once > after ? once : CLOCK_NEVER;
}

uint64_t pit_next(uint64_t after)
{
    uint64_t tick = next_rise(&pit->channel[0], clock_ticks(after, PIT_HERTZ));

    return tick == CLOCK_NEVER ? CLOCK_NEVER : clock_nanoseconds(tick, PIT_HERTZ);
}

void pit_expire(void)
{
    irq_pulse(IRQ_TIMER);
}

bool pit_accepted(void)
{
    return irq_accepted(IRQ_TIMER);
}
