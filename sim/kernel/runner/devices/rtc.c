/*
 * The MC146818 clock, and its memory, in which the firmware stores the RAM size. The date is the
 * guest's time since midnight of Thursday, 1 January 2026; a guest cannot set it. The alarm is not
 * implemented.
 */
#include "runner/devices/devices.h"
#include "runner/devices/state.h"

#define RTC_HERTZ            32768u
#define UPDATE_NANOSECONDS   2228000u /* the time before each second with UIP set: 244 + 1984 us */
#define STATUS_A_NANOSECONDS 50000u   /* a read of UIP, for which guests wait up to a second */

enum rtc_register {
    RTC_SECONDS = 0x00,
    RTC_MINUTES = 0x02,
    RTC_HOURS = 0x04,
    RTC_WEEKDAY = 0x06,
    RTC_DAY = 0x07,
    RTC_MONTH = 0x08,
    RTC_YEAR = 0x09,
    RTC_STATUS_A = 0x0a,
    RTC_STATUS_B = 0x0b,
    RTC_STATUS_C = 0x0c,
    RTC_STATUS_D = 0x0d,
    RTC_EQUIPMENT = 0x14,
    RTC_BASE_KIB = 0x15,
    RTC_EXTENDED_KIB = 0x17,
    RTC_EXTENDED_KIB_AGAIN = 0x30,
    RTC_CENTURY = 0x32,
    RTC_ABOVE_16M = 0x34, /* in units of 64 KiB */
    RTC_PS2_CENTURY = 0x37,
    RTC_ABOVE_4G = 0x5b /* in units of 64 KiB, three bytes */
};

#define A_UPDATING 0x80u
#define A_RATE     0x0fu
#define B_PERIODIC 0x40u
#define B_UPDATED  0x10u
#define B_BINARY   0x04u
#define B_24_HOURS 0x02u
#define C_REQUEST  0x80u
#define D_VALID    0x80u
#define HOUR_PM    0x80u

#define EQUIPMENT_FPU_MOUSE 0x06u

#define KIB 1024u
#define MIB (1024u * 1024u)

static struct rtc *const rtc = &devices.rtc;

/* ---- memory sizes, as QEMU computes them ---- */

static void memory_set(uint32_t index, uint64_t value, uint32_t bytes)
{
    for (uint32_t i = 0; i < bytes; i++) {
        rtc->memory[index + i] = (uint8_t)(value >> i * 8);
    }
}

static uint64_t at_most_16_bits(uint64_t value)
{
    return value < 0xffff ? value : 0xffff;
}

static uint64_t above(uint64_t bytes, uint64_t from)
{
    return bytes > from ? bytes - from : 0;
}

/* If there are more than 3.5 GiB of RAM, 3 GiB lie below 4 GiB and the rest lies above. */
static void memory_sizes(uint64_t ram_bytes)
{
    uint64_t low_end = ram_bytes >= 0xe0000000u ? 0xc0000000u : 0xe0000000u;
    uint64_t low = ram_bytes < low_end ? ram_bytes : low_end;
    uint64_t base_kib = low / KIB < 640 ? low / KIB : 640;
    uint64_t extended_kib = at_most_16_bits(above(low, MIB) / KIB);

    memory_set(RTC_BASE_KIB, base_kib, 2);
    memory_set(RTC_EXTENDED_KIB, extended_kib, 2);
    memory_set(RTC_EXTENDED_KIB_AGAIN, extended_kib, 2);
    memory_set(RTC_ABOVE_16M, at_most_16_bits(above(low, 16 * MIB) / (64 * KIB)), 2);
    memory_set(RTC_ABOVE_4G, (ram_bytes - low) / (64 * KIB), 3);
}

void rtc_reset(uint64_t ram_bytes)
{
    *rtc = (struct rtc){0};
    rtc->memory[RTC_STATUS_A] = 0x26; /* 1024 Hz */
    rtc->memory[RTC_STATUS_B] = B_24_HOURS;
    rtc->memory[RTC_STATUS_D] = D_VALID;
    rtc->memory[RTC_EQUIPMENT] = EQUIPMENT_FPU_MOUSE;
    memory_sizes(ram_bytes);
}

/* ---- the date ---- */

struct date {
    uint32_t second, minute, hour;
    uint32_t weekday; /* Sunday is 1 */
    uint32_t day, month, year;
};

#define FIRST_YEAR    2026u
#define FIRST_WEEKDAY 4u /* Thursday, if Sunday is 0 */

static bool is_leap(uint32_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static uint32_t days_of_month(uint32_t month, uint32_t year)
{
    static const uint8_t days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return days[month - 1] + (month == 2 && is_leap(year) ? 1u : 0u);
}

static struct date date_now(void)
{
    uint64_t seconds = devices.clock.now / NANOSECONDS_PER_SECOND;
    uint32_t days = (uint32_t)(seconds / 86400), rest = (uint32_t)(seconds % 86400);
    struct date date = {.second = rest % 60,
                        .minute = rest / 60 % 60,
                        .hour = rest / 3600,
                        .weekday = (FIRST_WEEKDAY + days) % 7 + 1,
                        .month = 1,
                        .year = FIRST_YEAR};

    for (; days >= 365u + is_leap(date.year); date.year++) {
        days -= 365u + is_leap(date.year);
    }
    for (; days >= days_of_month(date.month, date.year); date.month++) {
        days -= days_of_month(date.month, date.year);
    }
    date.day = days + 1;
    return date;
}

static uint8_t to_format(uint32_t value)
{
    if (rtc->memory[RTC_STATUS_B] & B_BINARY) {
        return (uint8_t)value;
    }
    return (uint8_t)(value / 10 << 4 | value % 10);
}

static uint8_t hour_to_format(uint32_t hour)
{
    if (rtc->memory[RTC_STATUS_B] & B_24_HOURS) {
        return to_format(hour);
    }
    return to_format(hour % 12 ? hour % 12 : 12) | (hour >= 12 ? HOUR_PM : 0);
}

/* ---- interrupts: periodic, and at each second ---- */

/* Rate codes 1 and 2 mean the same as 8 and 9. */
static uint64_t period_ticks(void)
{
    uint32_t rate = rtc->memory[RTC_STATUS_A] & A_RATE;

    return rate == 0 ? 0 : 1u << (rate < 3 ? rate + 6 : rate - 1);
}

static bool period_ended(uint64_t from, uint64_t to)
{
    uint64_t period = period_ticks();

    return period && clock_ticks(from, RTC_HERTZ) / period != clock_ticks(to, RTC_HERTZ) / period;
}

/* Returns status C: the events since it was last read. */
static uint8_t flags_now(void)
{
    uint64_t now = devices.clock.now, then = rtc->flags_read;
    uint32_t flags = 0;

    if (period_ended(then, now)) {
        flags |= B_PERIODIC;
    }
    if (then / NANOSECONDS_PER_SECOND != now / NANOSECONDS_PER_SECOND) {
        flags |= B_UPDATED;
    }
    return (uint8_t)(flags | (flags & rtc->memory[RTC_STATUS_B] ? C_REQUEST : 0));
}

static uint8_t flags_take(void)
{
    uint8_t flags = flags_now();

    rtc->flags_read = devices.clock.now;
    rtc->requests = false;
    irq_set(IRQ_CLOCK, false);
    clock_reschedule();
    return flags;
}

uint64_t rtc_next(uint64_t after)
{
    uint8_t enabled = rtc->memory[RTC_STATUS_B];
    uint64_t next = CLOCK_NEVER, period = period_ticks();

    if (rtc->requests) {
        return CLOCK_NEVER;
    }
    if (enabled & B_UPDATED) {
        next = (after / NANOSECONDS_PER_SECOND + 1) * NANOSECONDS_PER_SECOND;
    }
    if (enabled & B_PERIODIC && period) {
        uint64_t tick = (clock_ticks(after, RTC_HERTZ) / period + 1) * period;
        uint64_t moment = clock_nanoseconds(tick, RTC_HERTZ);

        next = moment < next ? moment : next;
    }
    return next;
}

void rtc_expire(void)
{
    rtc->requests = true;
    irq_set(IRQ_CLOCK, true);
}

bool rtc_accepted(void)
{
    return irq_accepted(IRQ_CLOCK);
}

/* ---- ports ---- */

static uint8_t status_a(void)
{
    uint64_t rest;

    devices_time_passes(STATUS_A_NANOSECONDS);
    rest = devices.clock.now % NANOSECONDS_PER_SECOND;
    return (uint8_t)(rtc->memory[RTC_STATUS_A] |
                     (rest >= NANOSECONDS_PER_SECOND - UPDATE_NANOSECONDS ? A_UPDATING : 0));
}

static uint8_t register_read(uint8_t index)
{
    switch (index) {
    case RTC_SECONDS:
        return to_format(date_now().second);
    case RTC_MINUTES:
        return to_format(date_now().minute);
    case RTC_HOURS:
        return hour_to_format(date_now().hour);
    case RTC_WEEKDAY:
        return to_format(date_now().weekday);
    case RTC_DAY:
        return to_format(date_now().day);
    case RTC_MONTH:
        return to_format(date_now().month);
    case RTC_YEAR:
        return to_format(date_now().year % 100);
    case RTC_CENTURY:
    case RTC_PS2_CENTURY:
        return to_format(date_now().year / 100);
    case RTC_STATUS_A:
        return status_a();
    case RTC_STATUS_C:
        return flags_take();
    default:
        return rtc->memory[index];
    }
}

static void register_write(uint8_t index, uint8_t value)
{
    switch (index) {
    case RTC_STATUS_A:
        rtc->memory[index] = (uint8_t)(value & ~A_UPDATING);
        break;
    case RTC_STATUS_D:
        break;
    default: /* a register of the date keeps the value, but reads as the date */
        rtc->memory[index] = value;
    }
    clock_reschedule();
}

/* The index port is write-only. Its bit 7 masks the NMI, and is ignored. */
uint32_t rtc_read(uint16_t port)
{
    return port & 1 ? register_read(rtc->index) : 0xff;
}

void rtc_write(uint16_t port, uint8_t value)
{
    if (port & 1) {
        register_write(rtc->index, value);
    } else {
        rtc->index = value & (RTC_MEMORY_BYTES - 1);
    }
}
