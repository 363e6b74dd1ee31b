/*
 * The devices of the PC that a foreign kernel runs on, driven as kernels drive them: tables of port
 * accesses and what they answer, and counts of interrupts in the guest's time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runner/devices/devices.h"

#include <string.h>

#define MIB         (UINT64_C(1) << 20)
#define GIB         (UINT64_C(1) << 30)
#define MILLISECOND UINT64_C(1000000)
#define SECOND      UINT64_C(1000000000)
#define LENGTH(a)   (sizeof(a) / sizeof *(a))

/* ---- the runner's side ---- */

static struct {
    char output[64];
    size_t output_bytes;
    uint32_t exits, exit_value;
    const char *reset;
} runner;

void runner_output(unsigned char byte)
{
    runner.output[runner.output_bytes++ % sizeof runner.output] = (char)byte;
}

void runner_exit(uint32_t value)
{
    runner.exits++;
    runner.exit_value = value;
}

void runner_reset(const char *how)
{
    runner.reset = how;
}

static int start(void **state)
{
    (void)state;
    memset(&runner, 0, sizeof runner);
    devices_reset(64 * MIB);
    return 0;
}

/* ---- sequences of accesses ---- */

static uint8_t in(uint16_t port)
{
    return (uint8_t)devices_port_read(port, 1);
}

static void out(uint16_t port, uint8_t value)
{
    devices_port_write(port, value, 1);
}

struct step {
    enum { OUT, IN, RAISE, TAKE, QUIET } what;
    uint16_t at;   /* port, or IRQ */
    uint8_t value; /* written, expected, or the vector expected */
};

static void run_step(const struct step *step)
{
    switch (step->what) {
    case OUT:
        out(step->at, step->value);
        break;
    case IN:
        assert_int_equal(in(step->at), step->value);
        break;
    case RAISE:
        devices_raise(step->at);
        break;
    case TAKE:
        assert_true(devices_interrupt_requested());
        assert_int_equal(devices_interrupt_take(), step->value);
        break;
    case QUIET:
        assert_false(devices_interrupt_requested());
        break;
    }
}

static void run_steps(const struct step *steps, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        run_step(&steps[i]);
    }
}

#define RUN(steps) run_steps(steps, LENGTH(steps))

/* ---- 8259A ---- */

/* Vectors 0x20 and 0x28, nothing masked; as Linux, JOS and hobby kernels do. */
static const struct step remap[] = {
    {OUT, 0x20, 0x11}, {OUT, 0xa0, 0x11}, {OUT, 0x21, 0x20}, {OUT, 0xa1, 0x28}, {OUT, 0x21, 0x04},
    {OUT, 0xa1, 0x02}, {OUT, 0x21, 0x01}, {OUT, 0xa1, 0x01}, {OUT, 0x21, 0x00}, {OUT, 0xa1, 0x00},
};

static void pic_as_the_firmware_leaves_it(void **state)
{
    static const struct step steps[] = {
        {IN, 0x21, 0xb8}, {IN, 0xa1, 0x8e}, {RAISE, 0, 0},     {TAKE, 0, 0x08},   {OUT, 0x20, 0x20},
        {RAISE, 8, 0},    {TAKE, 0, 0x70},  {OUT, 0xa0, 0x20}, {OUT, 0x20, 0x20}, {QUIET, 0, 0},
    };

    (void)state;
    RUN(steps);
}

static void pic_vectors_after_remap(void **state)
{
    (void)state;
    RUN(remap);
    for (uint16_t irq = 0; irq < 16; irq++) {
        const struct step steps[] = {
            {RAISE, irq, 0},   {TAKE, 0, (uint8_t)(0x20 + irq)}, {QUIET, 0, 0}, {OUT, 0xa0, 0x20},
            {OUT, 0x20, 0x20},
        };

        if (irq != 2) { /* the cascade is no line of the bus */
            RUN(steps);
        }
    }
}

static void pic_priority_and_end(void **state)
{
    static const struct step steps[] = {
        {RAISE, 7, 0},     {RAISE, 1, 0},     {TAKE, 0, 0x21},   {QUIET, 0, 0}, /* 7 waits */
        {RAISE, 0, 0},     {TAKE, 0, 0x20},                                     /* 0 interrupts 1 */
        {OUT, 0x20, 0x0b}, {IN, 0x20, 0x03},  {OUT, 0x20, 0x0a}, {IN, 0x20, 0x80},
        {OUT, 0x20, 0x20}, {OUT, 0x20, 0x0b}, {IN, 0x20, 0x02}, /* the highest ended */
        {OUT, 0x20, 0x61}, {IN, 0x20, 0x00},  {TAKE, 0, 0x27},  /* 1 ended by name */
        {OUT, 0x20, 0x67}, {QUIET, 0, 0},
    };

    (void)state;
    RUN(remap);
    RUN(steps);
}

static void pic_second_chip(void **state)
{
    static const struct step steps[] = {
        {RAISE, 14, 0},    {RAISE, 8, 0},   {OUT, 0x20, 0x0a}, {IN, 0x20, 0x04},
        {TAKE, 0, 0x28},   {QUIET, 0, 0},   {OUT, 0xa0, 0x20}, {QUIET, 0, 0},
        {OUT, 0x20, 0x20}, {TAKE, 0, 0x2e}, {RAISE, 3, 0},     {QUIET, 0, 0},
        {RAISE, 1, 0},     {TAKE, 0, 0x21}, {OUT, 0x20, 0x20}, {OUT, 0xa0, 0x66},
        {OUT, 0x20, 0x62}, {TAKE, 0, 0x23},
    };

    (void)state;
    RUN(remap);
    RUN(steps);
}

static void pic_masks(void **state)
{
    static const struct step steps[] = {
        {OUT, 0x21, 0x01}, {IN, 0x21, 0x01}, {RAISE, 0, 0},     {QUIET, 0, 0}, /* is remembered: */
        {OUT, 0x21, 0x00}, {TAKE, 0, 0x20},  {OUT, 0x20, 0x20}, {OUT, 0x21, 0x04},
        {RAISE, 8, 0},     {QUIET, 0, 0},    {OUT, 0x21, 0x00}, {TAKE, 0, 0x28},
    };

    (void)state;
    RUN(remap);
    RUN(steps);
}

static void pic_spurious(void **state)
{
    static const struct step not_in_service[] = {{OUT, 0x20, 0x0b}, {IN, 0x20, 0x00}};

    (void)state;
    RUN(remap);
    assert_int_equal(devices_interrupt_take(), 0x27);
    RUN(not_in_service);
}

static void pic_automatic_end(void **state)
{
    static const struct step steps[] = {
        {OUT, 0x20, 0x13}, {OUT, 0x21, 0x40}, {OUT, 0x21, 0x03}, /* alone: no third word */
        {OUT, 0x21, 0x00}, {RAISE, 5, 0},     {RAISE, 6, 0},     {TAKE, 0, 0x45},
        {TAKE, 0, 0x46},   {RAISE, 9, 0},     {QUIET, 0, 0},   /* the second chip is cut off */
        {OUT, 0x20, 0x80}, {RAISE, 1, 0},     {TAKE, 0, 0x41}, /* rotates: 1 is lowest now */
        {RAISE, 1, 0},     {RAISE, 3, 0},     {TAKE, 0, 0x43},   {TAKE, 0, 0x41},
    };

    (void)state;
    RUN(remap);
    RUN(steps);
}

static void pic_rotation(void **state)
{
    static const struct step steps[] = {
        {OUT, 0x20, 0xc3}, {RAISE, 0, 0}, {RAISE, 4, 0},   {TAKE, 0, 0x24},
        {OUT, 0x20, 0xa0}, {RAISE, 4, 0}, {TAKE, 0, 0x20}, {OUT, 0x20, 0xe0}, /* 0 is lowest */
        {TAKE, 0, 0x24},   {RAISE, 1, 0}, {TAKE, 0, 0x21},
    };

    (void)state;
    RUN(remap);
    RUN(steps);
}

/* JOS sets the special mask mode: what is in service and masked holds nobody back. */
static void pic_special_mask(void **state)
{
    static const struct step steps[] = {
        {OUT, 0x20, 0x68}, {RAISE, 1, 0},     {TAKE, 0, 0x21}, {RAISE, 4, 0},
        {QUIET, 0, 0},     {OUT, 0x21, 0x02}, {TAKE, 0, 0x24},
    };

    (void)state;
    RUN(remap);
    RUN(steps);
}

static void pic_level_lines(void **state)
{
    static const struct step steps[] = {
        {OUT, 0x4d0, 0xff}, {OUT, 0x4d1, 0xff}, {IN, 0x4d0, 0xf8}, {IN, 0x4d1, 0xde},
        {RAISE, 5, 0},      {QUIET, 0, 0}, /* the line fell before anybody looked */
        {OUT, 0x4d0, 0x10}, {OUT, 0x3f9, 0x02}, {TAKE, 0, 0x24},   {OUT, 0x20, 0x20},
        {TAKE, 0, 0x24},    {IN, 0x3fa, 0x02},  {OUT, 0x20, 0x20}, {QUIET, 0, 0},
        {OUT, 0x4d0, 0x00}, {QUIET, 0, 0},      {RAISE, 4, 0},     {OUT, 0x4d0, 0x10},
        {QUIET, 0, 0},      {OUT, 0x4d0, 0x00}, {QUIET, 0, 0},
    };

    (void)state;
    RUN(remap);
    RUN(steps);
}

/* ---- 8254 ---- */

static void pit_program(uint8_t control, uint16_t port, uint16_t count)
{
    out(0x43, control);
    out(port, (uint8_t)count);
    out(port, (uint8_t)(count >> 8));
}

/* How many interrupts of this vector come in so much time, in steps like traps. */
static uint32_t interrupts_during(uint64_t duration, uint64_t step, uint8_t vector)
{
    uint32_t count = 0;

    for (uint64_t passed = 0; passed < duration; passed += step) {
        devices_time_passes(step);
        while (devices_interrupt_requested()) {
            assert_int_equal(devices_interrupt_take(), vector);
            out(0x20, 0x20);
            count++;
        }
    }
    return count;
}

static void pit_rates(void **state)
{
    static const struct {
        uint8_t control;
        uint16_t count;
        uint32_t in_10_seconds; /* 11931820 ticks / count */
    } rates[] = {
        {0x34, 11932, 999}, {0x36, 11932, 999}, {0x36, 1193, 10001},
        {0x34, 65535, 182}, {0x34, 0, 182},     {0x36, 11931, 1000},
        {0x30, 11931, 1},   {0x38, 11931, 1},   {0x32, 11931, 0}, /* its gate never rises */
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rates); i++) {
        start(NULL);
        RUN(remap);
        pit_program(rates[i].control, 0x40, rates[i].count);
        assert_int_equal(interrupts_during(10 * SECOND, 10000, 0x20), rates[i].in_10_seconds);
    }
}

static void pit_exact_moments(void **state)
{
    const uint64_t period = 10000151; /* 11932 ticks, rounded up to a nanosecond */

    (void)state;
    RUN(remap);
    pit_program(0x34, 0x40, 11932);
    assert_int_equal(devices_time_to_interrupt(), period);
    devices_time_passes(period - 1);
    assert_false(devices_interrupt_requested());
    assert_int_equal(devices_time_to_interrupt(), 1);
    devices_time_passes(1);
    assert_true(devices_interrupt_requested());
    assert_int_equal(devices_time_to_interrupt(), 0);
}

static void pit_what_hlt_waits_for(void **state)
{
    (void)state;
    RUN(remap);
    pit_program(0x34, 0x40, 11932);
    out(0x21, 0x01);
    assert_true(devices_time_to_interrupt() == UINT64_MAX);
    out(0x21, 0x00);
    devices_time_passes(11 * MILLISECOND);
    assert_int_equal(devices_interrupt_take(), 0x20);
    assert_true(devices_time_to_interrupt() == UINT64_MAX); /* it is in service */
    out(0x20, 0x20);
    assert_true(devices_time_to_interrupt() < 10 * MILLISECOND);
}

static void pit_latches(void **state)
{
    static const struct step steps[] = {
        {OUT, 0x43, 0x30}, {OUT, 0x43, 0xe2}, {IN, 0x40, 0x70},  /* no count yet */
        {OUT, 0x40, 0x34}, {OUT, 0x40, 0x12}, {OUT, 0x43, 0x00}, /* latched; ... */
        {OUT, 0x43, 0x00}, {IN, 0x40, 0x34},  {IN, 0x40, 0x12},  /* ... read later */
        {OUT, 0x43, 0xe2}, {IN, 0x40, 0x30},  {OUT, 0x43, 0x14}, /* low byte only */
        {OUT, 0x40, 0x50}, {OUT, 0x43, 0xc2}, {IN, 0x40, 0x94},  {IN, 0x40, 0x50},
        {OUT, 0x43, 0x24}, {OUT, 0x40, 0x77}, {OUT, 0x43, 0xd2}, {IN, 0x40, 0x77}, /* high byte */
    };

    (void)state;
    RUN(steps);
}

static void pit_counts_down(void **state)
{
    uint32_t before, after;

    (void)state;
    pit_program(0x34, 0x40, 0xffff);
    out(0x43, 0x00);
    before = in(0x40);
    before |= (uint32_t)in(0x40) << 8;
    devices_time_passes(10 * MILLISECOND);
    out(0x43, 0x00);
    after = in(0x40);
    after |= (uint32_t)in(0x40) << 8;
    assert_in_range(before - after, 11931, 11936); /* and what the reads took */
}

/* Linux: pit_calibrate_tsc(). Channel 2 in mode 0, until its output shows in port 0x61. */
static void pit_calibrates_tsc(void **state)
{
    const uint16_t count = 1193182 / 100;
    uint64_t begin, end;

    (void)state;
    out(0x61, (uint8_t)((in(0x61) & ~0x02) | 0x01));
    pit_program(0xb0, 0x42, count);
    begin = devices_time_stamp();
    while (!(in(0x61) & 0x20)) {
        devices_time_passes(1000);
    }
    end = devices_time_stamp();
    assert_in_range(end - begin, 9990 * 1000, 10010 * 1000);
}

/* A gate that falls stops the count; rising, it goes on (mode 0) or begins anew (mode 1). */
static void pit_gate(void **state)
{
    static const struct {
        uint8_t control;
        bool done_after_pause;
    } modes[] = {{0xb0, true}, {0xb2, false}};

    (void)state;
    for (size_t i = 0; i < LENGTH(modes); i++) {
        out(0x61, 0x00);
        pit_program(modes[i].control, 0x42, 1193);
        out(0x61, 0x01);
        devices_time_passes(600000);
        out(0x61, 0x00);
        devices_time_passes(600000);
        out(0x61, 0x01);
        devices_time_passes(600000);
        assert_int_equal((in(0x61) & 0x20) != 0, modes[i].done_after_pause);
        devices_time_passes(600000);
        assert_true(in(0x61) & 0x20);
    }
}

static void refresh_toggles(void **state)
{
    uint32_t changes = 0;
    uint8_t last = in(0x61) & 0x10;

    (void)state;
    for (uint32_t i = 0; i < 1000; i++) {
        uint8_t bit = in(0x61) & 0x10;

        changes += bit != last;
        last = bit;
    }
    assert_in_range(changes, 60, 70); /* 1000 looks take a millisecond */
}

/* ---- clock ---- */

static uint8_t cmos(uint8_t index)
{
    out(0x70, index);
    return in(0x71);
}

static void cmos_set(uint8_t index, uint8_t value)
{
    out(0x70, index);
    out(0x71, value);
}

/* What QEMU 7.2 shows of -m 64M, 3G, and 4G less the hole. */
static void cmos_memory_sizes(void **state)
{
    static const uint8_t index[] = {0x15, 0x16, 0x17, 0x18, 0x30, 0x31,
                                    0x34, 0x35, 0x5b, 0x5c, 0x5d};
    static const struct {
        uint64_t ram;
        uint8_t value[LENGTH(index)];
    } sizes[] = {
        {512 << 10, {0x00, 0x02}},
        {16 * MIB, {0x80, 0x02, 0x00, 0x3c, 0x00, 0x3c}},
        {64 * MIB, {0x80, 0x02, 0x00, 0xfc, 0x00, 0xfc, 0x00, 0x03}},
        {3 * GIB, {0x80, 0x02, 0xff, 0xff, 0xff, 0xff, 0x00, 0xbf}},
        {4 * GIB, {0x80, 0x02, 0xff, 0xff, 0xff, 0xff, 0x00, 0xbf, 0x00, 0x40, 0x00}},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(sizes); i++) {
        devices_reset(sizes[i].ram);
        for (size_t k = 0; k < LENGTH(index); k++) {
            assert_int_equal(cmos(index[k]), sizes[i].value[k]);
        }
    }
}

struct date_case {
    uint64_t seconds;
    uint8_t status_b;
    uint8_t value[8]; /* second, minute, hour, weekday, day, month, year, century */
};

static void rtc_dates(void **state)
{
    static const uint8_t index[] = {0x00, 0x02, 0x04, 0x06, 0x07, 0x08, 0x09, 0x32};
    static const uint64_t day = 86400;
    static const struct date_case cases[] = {
        {0, 0x02, {0x00, 0x00, 0x00, 0x05, 0x01, 0x01, 0x26, 0x20}},
        {0, 0x00, {0x00, 0x00, 0x12, 0x05, 0x01, 0x01, 0x26, 0x20}}, /* 12 AM */
        {day - 1, 0x02, {0x59, 0x59, 0x23, 0x05, 0x01, 0x01, 0x26, 0x20}},
        {day - 1, 0x00, {0x59, 0x59, 0x91, 0x05, 0x01, 0x01, 0x26, 0x20}}, /* 11 PM */
        {day - 1, 0x06, {59, 59, 23, 5, 1, 1, 26, 20}},
        {58 * day, 0x06, {0, 0, 0, 7, 28, 2, 26, 20}},
        {59 * day, 0x06, {0, 0, 0, 1, 1, 3, 26, 20}},
        {365 * day, 0x06, {0, 0, 0, 6, 1, 1, 27, 20}},
        {(365 * 2 + 59) * day, 0x06, {0, 0, 0, 3, 29, 2, 28, 20}}, /* a leap day */
        {(365 * 2 + 60) * day + 43200, 0x04, {0, 0, 0x80 | 12, 4, 1, 3, 28, 20}},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        devices_reset(64 * MIB);
        cmos_set(0x0b, cases[i].status_b);
        devices_time_passes(cases[i].seconds * SECOND);
        for (size_t k = 0; k < LENGTH(index); k++) {
            assert_int_equal(cmos(index[k]), cases[i].value[k]);
        }
    }
}

/* Wait for an update to begin, and to end: xv6's cmostime() and Linux's older ones. */
static void rtc_update(void **state)
{
    uint32_t looks = 0;
    uint8_t before = cmos(0x00);

    (void)state;
    while (!(cmos(0x0a) & 0x80)) {
        assert_true(++looks < 100000);
    }
    while (cmos(0x0a) & 0x80) {
        assert_true(++looks < 100000);
    }
    assert_int_equal(cmos(0x00), before + 1);
    assert_int_equal(cmos(0x0a), 0x26);
    assert_int_equal(cmos(0x0d), 0x80);
}

static uint32_t clock_interrupts_during(uint64_t duration, uint8_t *flags)
{
    uint32_t count = 0;

    for (uint64_t passed = 0; passed < duration; passed += 100000) {
        devices_time_passes(100000);
        while (devices_interrupt_requested()) {
            assert_int_equal(devices_interrupt_take(), 0x28);
            *flags = cmos(0x0c);
            out(0xa0, 0x20);
            out(0x20, 0x20);
            count++;
        }
    }
    return count;
}

static void rtc_interrupts(void **state)
{
    static const struct {
        uint8_t status_a, status_b;
        uint32_t in_4_seconds;
        uint8_t flags;
    } cases[] = {
        {0x26, 0x42, 4096, 0xc0}, {0x2f, 0x42, 8, 0xc0}, {0x21, 0x42, 1024, 0xc0},
        {0x20, 0x42, 0, 0},       {0x26, 0x12, 4, 0xd0}, {0x26, 0x02, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        uint8_t flags = 0;

        start(NULL);
        RUN(remap);
        out(0x21, 0xfb);
        cmos_set(0x0a, cases[i].status_a);
        cmos_set(0x0b, cases[i].status_b);
        assert_int_equal(clock_interrupts_during(4 * SECOND, &flags), cases[i].in_4_seconds);
        assert_int_equal(flags & cases[i].flags, cases[i].flags);
    }
}

/* Until status C is read, the line stays high, and there is no second edge. */
static void rtc_waits_for_status_c(void **state)
{
    (void)state;
    RUN(remap);
    out(0x21, 0xfb);
    cmos_set(0x0b, 0x42);
    devices_time_passes(10 * MILLISECOND);
    assert_int_equal(devices_interrupt_take(), 0x28);
    out(0xa0, 0x20);
    out(0x20, 0x20);
    devices_time_passes(10 * MILLISECOND);
    assert_false(devices_interrupt_requested());
    assert_true(devices_time_to_interrupt() == UINT64_MAX);
    assert_int_equal(cmos(0x0c), 0xc0);
    assert_int_equal(cmos(0x0c), 0x00);
    devices_time_passes(MILLISECOND);
    assert_true(devices_interrupt_requested());
}

/* ---- serial port ---- */

static void serial_as_xv6(void **state)
{
    static const struct step steps[] = {
        {OUT, 0x3fa, 0x00}, {OUT, 0x3fb, 0x80}, {OUT, 0x3f8, 0x0c}, {OUT, 0x3f9, 0x00},
        {IN, 0x3f8, 0x0c},  {OUT, 0x3fb, 0x03}, {OUT, 0x3fc, 0x00}, {OUT, 0x3f9, 0x01},
        {IN, 0x3fd, 0x60},  {IN, 0x3fa, 0x01},  {IN, 0x3f8, 0x00},  {IN, 0x3fb, 0x03},
        {IN, 0x3f9, 0x01},  {IN, 0x3fe, 0xb0},  {OUT, 0x3f8, 'o'},  {IN, 0x3fd, 0x60},
        {OUT, 0x3f8, 'k'},  {QUIET, 0, 0},      {IN, 0x2fd, 0xff},  {IN, 0x3ed, 0xff},
        {IN, 0x2ed, 0xff},
    };

    (void)state;
    RUN(remap);
    out(0x21, 0xef);
    RUN(steps);
    assert_string_equal(runner.output, "ok");
    assert_int_equal(devices_unknown_accesses(), 3);
}

/* The test of OSDev's wiki, and Linux's autoconfig(). */
static void serial_loopback(void **state)
{
    static const struct step steps[] = {
        {OUT, 0x3ff, 0x5a},
        {IN, 0x3ff, 0x5a},
        {OUT, 0x3fa, 0xc7},
        {IN, 0x3fa, 0xc1},
        {OUT, 0x3fc, 0x1e},
        {OUT, 0x3f8, 0xae},
        {IN, 0x3fd, 0x61},
        {IN, 0x3f8, 0xae},
        {IN, 0x3fd, 0x60},
        {OUT, 0x3f8, 0x33},
        {OUT, 0x3fa, 0x00},
        {IN, 0x3fd, 0x60},
        /* cleared */ {OUT, 0x3fc, 0x1a},
        {IN, 0x3fe, 0x90},
        {OUT, 0x3fc, 0x15},
        {IN, 0x3fe, 0x60},
        {OUT, 0x3fc, 0x0f},
        {IN, 0x3fe, 0xb0},
    };

    (void)state;
    RUN(steps);
    assert_int_equal(runner.output_bytes, 0);
}

static void serial_interrupts(void **state)
{
    static const struct step steps[] = {
        {OUT, 0x3f9, 0x02}, {TAKE, 0, 0x24},    {IN, 0x3fa, 0x02},  {OUT, 0x20, 0x20},
        {QUIET, 0, 0},      {IN, 0x3fa, 0x01},  {OUT, 0x3f8, 'a'},  {TAKE, 0, 0x24},
        {OUT, 0x3f8, 'b'}, /* in it */
        {OUT, 0x20, 0x20},  {TAKE, 0, 0x24},    {IN, 0x3fa, 0x02},  {OUT, 0x20, 0x20},
        {QUIET, 0, 0},      {OUT, 0x3f9, 0x01}, {OUT, 0x3fc, 0x10}, {OUT, 0x3f8, 'c'},
        {TAKE, 0, 0x24},    {IN, 0x3fa, 0x04},  {IN, 0x3f8, 'c'},   {IN, 0x3fa, 0x01},
    };

    (void)state;
    RUN(remap);
    out(0x21, 0xef);
    RUN(steps);
    assert_string_equal(runner.output, "ab");
}

/* ---- keyboard controller ---- */

static void keyboard_self_test(void **state)
{
    static const struct step steps[] = {
        {IN, 0x64, 0x1c},  {OUT, 0x60, 0xf2}, {IN, 0x60, 0xfa},  {IN, 0x60, 0xab},
        {IN, 0x60, 0x41},  {OUT, 0x64, 0x20}, {IN, 0x60, 0x61},  {OUT, 0x64, 0xad},
        {OUT, 0x64, 0xa7}, {OUT, 0x64, 0x20}, {IN, 0x64, 0x1d},  {IN, 0x60, 0x71},
        {OUT, 0x64, 0x60}, {OUT, 0x60, 0x30}, {OUT, 0x64, 0x20}, {IN, 0x60, 0x30},
        {OUT, 0x64, 0xaa}, {IN, 0x60, 0x55},  {OUT, 0x64, 0xab}, {IN, 0x60, 0x00},
        {OUT, 0x64, 0xa9}, {IN, 0x60, 0x00},  {OUT, 0x64, 0xae}, {OUT, 0x64, 0xa8},
        {OUT, 0x64, 0x20}, {IN, 0x60, 0x00},  {OUT, 0x60, 0xff}, {IN, 0x60, 0xfa},
        {IN, 0x60, 0xaa},  {IN, 0x64, 0x14},  {OUT, 0x60, 0xf2}, {IN, 0x60, 0xfa},
        {IN, 0x60, 0xab},  {IN, 0x60, 0x83},  {OUT, 0x60, 0xed}, {IN, 0x60, 0xfa},
        {OUT, 0x60, 0x07}, {IN, 0x60, 0xfa},  {OUT, 0x60, 0xf0}, {IN, 0x60, 0xfa},
        {OUT, 0x60, 0x01}, {IN, 0x60, 0xfa},  {OUT, 0x60, 0xf0}, {IN, 0x60, 0xfa},
        {OUT, 0x60, 0x00}, {IN, 0x60, 0xfa},  {IN, 0x60, 0x01},  {OUT, 0x60, 0xf4},
        {IN, 0x60, 0xfa},  {OUT, 0x60, 0x12}, {IN, 0x60, 0xfe},  {IN, 0x60, 0xfe},
        {OUT, 0x64, 0xd2}, {OUT, 0x60, 0x1e}, {IN, 0x60, 0x1e},  {OUT, 0x64, 0xc0},
        {IN, 0x60, 0x80},
    };

    (void)state;
    RUN(steps);
    assert_null(runner.reset);
}

static void keyboard_interrupts(void **state)
{
    static const struct step steps[] = {
        {OUT, 0x60, 0xff}, {TAKE, 0, 0x21},   {IN, 0x60, 0xfa},  {OUT, 0x20, 0x20},
        {TAKE, 0, 0x21},   {IN, 0x60, 0xaa},  {OUT, 0x20, 0x20}, {QUIET, 0, 0},
        {OUT, 0x64, 0x60}, {OUT, 0x60, 0x02}, {OUT, 0x60, 0xf4}, {QUIET, 0, 0},
        {IN, 0x60, 0xfa},  {OUT, 0x64, 0xd4}, {OUT, 0x60, 0xf4}, {IN, 0x64, 0x35},
        {TAKE, 0, 0x2c},   {IN, 0x60, 0xfa},  {OUT, 0xa0, 0x20}, {OUT, 0x20, 0x20},
        {QUIET, 0, 0},
    };

    (void)state;
    RUN(remap);
    RUN(steps);
}

static void mouse(void **state)
{
    static const struct step steps[] = {
        {OUT, 0x64, 0xd4}, {OUT, 0x60, 0xff}, {IN, 0x60, 0xfa},  {IN, 0x60, 0xaa},
        {IN, 0x60, 0x00},  {OUT, 0x64, 0xd4}, {OUT, 0x60, 0xf2}, {IN, 0x60, 0xfa},
        {IN, 0x60, 0x00},  {OUT, 0x64, 0xd4}, {OUT, 0x60, 0xf3}, {IN, 0x60, 0xfa},
        {OUT, 0x64, 0xd4}, {OUT, 0x60, 0x64}, {IN, 0x60, 0xfa},  {OUT, 0x64, 0xd3},
        {OUT, 0x60, 0x42}, {IN, 0x64, 0x35},  {IN, 0x60, 0x42},  {OUT, 0x64, 0xd4},
        {OUT, 0x60, 0x01}, {IN, 0x60, 0xfe},
    };

    (void)state;
    RUN(steps);
}

/* ---- A20 and reset ---- */

static void a20_gates(void **state)
{
    static const struct step steps[] = {
        {OUT, 0x64, 0xd0},  {IN, 0x60, 0xcf},  {OUT, 0x64, 0xd1}, {OUT, 0x60, 0xdd},
        {OUT, 0x64, 0xd0},  {IN, 0x60, 0xdd},  {OUT, 0x64, 0xdf}, {OUT, 0x64, 0xd0},
        {IN, 0x60, 0xdf},   {OUT, 0x64, 0xdd}, {OUT, 0x64, 0xd0}, {IN, 0x60, 0xdd},
        {OUT, 0x64, 0xff},  {IN, 0x92, 0x02},  {OUT, 0x92, 0x00}, {IN, 0x92, 0x00},
        {OUT, 0xcf9, 0x02}, {IN, 0xcf9, 0x02},
    };

    (void)state;
    RUN(steps);
    assert_null(runner.reset);
}

static void resets(void **state)
{
    static const struct {
        struct step steps[2];
        const char *how;
    } cases[] = {
        {{{OUT, 0x64, 0xfe}, {QUIET, 0, 0}}, "keyboard controller"},
        {{{OUT, 0x64, 0xd1}, {OUT, 0x60, 0xfe}}, "keyboard controller"},
        {{{OUT, 0x92, 0x03}, {IN, 0x92, 0x02}}, "port 0x92"},
        {{{OUT, 0xcf9, 0x02}, {OUT, 0xcf9, 0x06}}, "port 0xcf9"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        start(NULL);
        run_steps(cases[i].steps, 2);
        assert_non_null(runner.reset);
        assert_string_equal(runner.reset, cases[i].how);
    }
}

/* ---- ports of emulators, board, screen, PCI ---- */

static void debug_ports(void **state)
{
    static const struct step steps[] = {{IN, 0xe9, 0xe9},  {OUT, 0xe9, 'x'}, {OUT, 0x80, 0x11},
                                        {IN, 0x80, 0x11},  {OUT, 0xed, 0},   {OUT, 0xf0, 0},
                                        {IN, 0x402, 0xff}, {IN, 0xf4, 0xff}};

    (void)state;
    RUN(steps);
    assert_string_equal(runner.output, "x");
    assert_int_equal(runner.exits, 0);
    devices_port_write(0xf4, 0x12345678, 4);
    assert_int_equal(runner.exits, 1);
    assert_int_equal(runner.exit_value, 0x12345678);
}

static void dma_reads_back(void **state)
{
    static const struct step steps[] = {{OUT, 0x01, 0x12}, {OUT, 0xc2, 0x34}, {OUT, 0x87, 0x56},
                                        {IN, 0x01, 0x12},  {IN, 0xc2, 0x34},  {IN, 0x87, 0x56},
                                        {IN, 0x02, 0x00}};

    (void)state;
    RUN(steps);
}

/* xv6's cgaputc(); the attribute controller's turns; the palette. */
static void vga_registers(void **state)
{
    static const struct step steps[] = {
        {OUT, 0x3d4, 0x0e}, {OUT, 0x3d5, 0x07}, {OUT, 0x3d4, 0x0f}, {OUT, 0x3d5, 0xcf},
        {OUT, 0x3d4, 0x0e}, {IN, 0x3d5, 0x07},  {OUT, 0x3d4, 0x0f}, {IN, 0x3d5, 0xcf},
        {IN, 0x3d4, 0x0f},  {OUT, 0x3d4, 0x0a}, {IN, 0x3d5, 0x0d},  {IN, 0x3cc, 0x67},
        {IN, 0x3da, 0x09},  {IN, 0x3da, 0x00},  {OUT, 0x3c0, 0x10}, {OUT, 0x3c0, 0x41},
        {IN, 0x3da, 0x09},  {OUT, 0x3c0, 0x10}, {IN, 0x3c1, 0x41},  {OUT, 0x3c8, 0x01},
        {OUT, 0x3c9, 0x3f}, {OUT, 0x3c9, 0xff}, {OUT, 0x3c9, 0x01}, {IN, 0x3c8, 0x02},
        {OUT, 0x3c7, 0x01}, {IN, 0x3c7, 0x03},  {IN, 0x3c9, 0x3f},  {IN, 0x3c9, 0x3f},
        {IN, 0x3c9, 0x01},  {OUT, 0x3c4, 0x02}, {IN, 0x3c5, 0x03},  {OUT, 0x3ce, 0x06},
        {OUT, 0x3cf, 0x0c}, {IN, 0x3cf, 0x0c},  {OUT, 0x3c2, 0x63}, {IN, 0x3cc, 0x63},
        {OUT, 0x3da, 0x02}, {IN, 0x3ca, 0x02},  {IN, 0x3c6, 0xff},
    };

    (void)state;
    RUN(steps);
    devices_port_write(0x3d4, 0x120a, 2); /* index and data at once */
    assert_int_equal(in(0x3d5), 0x12);
}

static uint32_t pci_config(uint32_t address)
{
    devices_port_write(0xcf8, address, 4);
    assert_int_equal(devices_port_read(0xcf8, 4), address);
    return devices_port_read(0xcfc, 4);
}

static void pci_functions(void **state)
{
    (void)state;
    assert_int_equal(pci_config(0x80000000), 0x12378086);
    assert_int_equal(devices_port_read(0xcfe, 2), 0x1237);
    assert_int_equal(devices_port_read(0xcfd, 1), 0x80);
    assert_int_equal(pci_config(0x80000004), 0x00000103);
    assert_int_equal(pci_config(0x80000008), 0x06000002);
    assert_int_equal(pci_config(0x80000010), 0);
    assert_int_equal(pci_config(0x80000800), 0x70008086);
    devices_port_write(0xcfc, 0, 4);
    assert_int_equal(pci_config(0x8000082c), 0x11001af4);
    assert_int_equal(pci_config(0x00000000), UINT32_MAX); /* not enabled */
    for (uint32_t slot = 2; slot < 32; slot++) {
        assert_int_equal(pci_config(0x80000000 | slot << 11), UINT32_MAX);
    }
    assert_int_equal(pci_config(0x80000100), UINT32_MAX);
    assert_int_equal(pci_config(0x80010000), UINT32_MAX);
    assert_int_equal(devices_unknown_accesses(), 0);
}

/* Drivers that wait for BSY to go, or take all ones for a drive, go on. */
static void ide_channels_have_no_drive(void **state)
{
    (void)state;
    devices_port_write(0x1f6, 0xe0, 1);
    devices_port_write(0x1f7, 0xec, 1); /* IDENTIFY */
    assert_int_equal(devices_port_read(0x1f7, 1), 0);
    assert_int_equal(devices_port_read(0x177, 1), 0);
    assert_int_equal(devices_port_read(0x3f6, 1), 0);
    assert_int_equal(devices_port_read(0x376, 1), 0);
    assert_int_equal(devices_port_read(0x1f0, 2), 0);
    assert_int_equal(devices_unknown_accesses(), 0);
}

static void unknown_ports(void **state)
{
    (void)state;
    assert_int_equal(devices_port_read(0x2f8, 1), 0xff);
    assert_int_equal(devices_port_read(0x2f8, 2), 0xffff);
    assert_int_equal(devices_port_read(0x600, 4), UINT32_MAX);
    devices_port_write(0x378, 0, 1);
    assert_int_equal(devices_memory_read(0xfed00000, 4), UINT32_MAX);
    devices_memory_write(0xd0000000, 0, 1);
    assert_int_equal(devices_unknown_accesses(), 6);
    assert_int_equal(devices_port_read(0xffff, 4), UINT32_MAX); /* no wrap to the DMA's ports */
}

/* ---- local APIC ---- */

#define APIC(offset) (0xfee00000u + (offset))

static uint32_t apic(uint32_t offset)
{
    return devices_memory_read(APIC(offset), 4);
}

static void apic_set(uint32_t offset, uint32_t value)
{
    devices_memory_write(APIC(offset), value, 4);
}

static uint32_t ioapic(uint32_t index)
{
    devices_memory_write(0xfec00000, index, 4);
    return devices_memory_read(0xfec00010, 4);
}

static void ioapic_set(uint32_t index, uint32_t value)
{
    devices_memory_write(0xfec00000, index, 4);
    devices_memory_write(0xfec00010, value, 4);
}

static const struct {
    uint32_t offset, value;
} lapicinit[] = {
    {0xf0, 0x13f},    {0x3e0, 0xb},     {0x320, 0x20020}, {0x380, 10000000}, {0x350, 0x10000},
    {0x360, 0x10000}, {0x340, 0x10000}, {0x370, 0x33},    {0x280, 0},        {0x280, 0},
    {0xb0, 0},        {0x310, 0},       {0x300, 0x88500}, {0x80, 0},
};

/* xv6 with its 8259A masked: the local APIC's timer each 10 ms. */
static void start_as_xv6(void)
{
    start(NULL);
    out(0x21, 0xff);
    out(0xa1, 0xff);
    for (size_t i = 0; i < LENGTH(lapicinit); i++) {
        apic_set(lapicinit[i].offset, lapicinit[i].value);
    }
}

static void apic_as_the_firmware_leaves_it(void **state)
{
    (void)state;
    assert_int_equal(apic(0x20), 0);
    assert_int_equal(apic(0x30), 0x50014);
    assert_int_equal(devices_memory_read(APIC(0x32), 1), 0x05);
    assert_int_equal(apic(0xf0), 0x1ff);
    assert_int_equal(apic(0x350), 0x8700);
    assert_int_equal(apic(0x360), 0x8400);
    assert_int_equal(apic(0x320), 0x10000);
    assert_int_equal(apic(0x400), 0);
    assert_int_equal(apic(0x24), 0);
    devices_memory_write(APIC(0x80), 0x50, 1); /* registers take 32 bits only, ... */
    apic_set(0x84, 0x50);                      /* ... each at a multiple of 16 */
    apic_set(0x880, 0x50);
    assert_int_equal(apic(0x80), 0);
    assert_int_equal(devices_timer_vector(), 8);
}

static void apic_timer_as_xv6(void **state)
{
    uint32_t count = 0;

    (void)state;
    start_as_xv6();
    assert_false(apic(0x300) & 0x1000);
    assert_int_equal(devices_timer_vector(), 32);
    for (uint32_t i = 0; i < 100000; i++) {
        devices_time_passes(10000);
        if (devices_interrupt_requested()) {
            assert_int_equal(devices_interrupt_take(), 32);
            assert_int_equal(apic(0x110), 1);
            assert_false(devices_interrupt_requested());
            apic_set(0xb0, 0);
            count++;
        }
    }
    assert_int_equal(count, 100);
}

static void apic_timer_counts(void **state)
{
    static const struct {
        uint32_t divide;
        uint64_t by;
    } divides[] = {{0x0, 2},  {0x1, 4},  {0x2, 8},   {0x3, 16},
                   {0x8, 32}, {0x9, 64}, {0xa, 128}, {0xb, 1}};

    (void)state;
    for (size_t i = 0; i < LENGTH(divides); i++) {
        start_as_xv6();
        apic_set(0x3e0, divides[i].divide);
        apic_set(0x320, 0x20); /* once */
        apic_set(0x380, 1000000);
        assert_int_equal(devices_time_to_interrupt(), 1000000 * divides[i].by);
        devices_time_passes(500000 * divides[i].by);
        assert_in_range(apic(0x390), 499000, 500000);
        devices_time_passes(500000 * divides[i].by);
        assert_int_equal(apic(0x390), 0);
        assert_int_equal(devices_interrupt_take(), 0x20);
        apic_set(0xb0, 0);
        assert_true(devices_time_to_interrupt() == UINT64_MAX);
    }
}

/* Linux: calibrate_APIC_clock(). Masked, it counts and does not interrupt. */
static void apic_timer_masked(void **state)
{
    (void)state;
    start_as_xv6();
    apic_set(0x320, 0x10020);
    apic_set(0x380, UINT32_MAX);
    devices_time_passes(10 * MILLISECOND);
    assert_in_range(UINT32_MAX - apic(0x390), 10000000, 10002000);
    devices_time_passes(5 * SECOND);
    assert_false(devices_interrupt_requested());
    apic_set(0x320, 0x20);
    assert_true(devices_time_to_interrupt() == UINT64_MAX);
    apic_set(0x380, 0);
    assert_int_equal(apic(0x390), 0);
}

static void apic_priorities(void **state)
{
    (void)state;
    start_as_xv6();
    apic_set(0x380, 0);
    apic_set(0x300, 0x40031); /* to itself */
    apic_set(0x300, 0x00052); /* to APIC 0 */
    apic_set(0x300, 0x80051); /* to all */
    apic_set(0x300, 0xc0099); /* to all others */
    assert_int_equal(apic(0x210), 1u << 0x11);
    assert_int_equal(apic(0x220), 3u << 0x11);
    assert_int_equal(devices_interrupt_take(), 0x52);
    assert_int_equal(apic(0xa0), 0x50);
    assert_false(devices_interrupt_requested()); /* 0x51 is of the same class */
    apic_set(0xb0, 0);
    assert_int_equal(devices_interrupt_take(), 0x51);
    apic_set(0xb0, 0);
    apic_set(0x80, 0x30);
    assert_false(devices_interrupt_requested());
    assert_int_equal(devices_interrupt_take(), 0x3f); /* spurious */
    apic_set(0x80, 0x20);
    assert_int_equal(devices_interrupt_take(), 0x31);
    assert_false(devices_interrupt_requested());
}

static void apic_errors(void **state)
{
    (void)state;
    start_as_xv6();
    apic_set(0x300, 0x4000f);
    assert_int_equal(devices_interrupt_take(), 0x33);
    assert_int_equal(apic(0x280), 0);
    apic_set(0x280, 0);
    assert_int_equal(apic(0x280), 0x20);
    apic_set(0x280, 0);
    assert_int_equal(apic(0x280), 0);
    apic_set(0x370, 0x10033);
    ioapic_set(0x12, 0x0f); /* vectors below 16 do not exist */
    devices_raise(1);
    assert_false(devices_interrupt_requested());
    apic_set(0x280, 0);
    assert_int_equal(apic(0x280), 0x40);
}

/* Disabled, it masks its vectors; the 8259A is not passed on either. */
static void apic_disabled(void **state)
{
    (void)state;
    RUN(remap);
    apic_set(0x320, 0x20);
    apic_set(0xf0, 0xff);
    assert_int_equal(apic(0x320), 0x10020);
    assert_int_equal(apic(0x350), 0x18700);
    devices_raise(1);
    assert_false(devices_interrupt_requested());
    apic_set(0x350, 0x700);
    assert_int_equal(apic(0x350), 0x10700);
    apic_set(0xf0, 0x1ff);
    apic_set(0x350, 0x700);
    assert_int_equal(devices_interrupt_take(), 0x21);
}

static void apic_before_pic(void **state)
{
    (void)state;
    RUN(remap);
    devices_raise(0);
    apic_set(0x300, 0x40030);
    assert_int_equal(devices_interrupt_take(), 0x30);
    assert_int_equal(devices_interrupt_take(), 0x20);
}

/* ---- I/O APIC ---- */

static void ioapic_registers(void **state)
{
    (void)state;
    assert_int_equal(ioapic(0x00), 0);
    assert_int_equal(ioapic(0x01), 0x170011);
    for (uint32_t pin = 0; pin < 24; pin++) {
        assert_int_equal(ioapic(0x10 + 2 * pin), 0x10000);
        ioapic_set(0x10 + 2 * pin, 0x10000 | (32 + pin));
        ioapic_set(0x11 + 2 * pin, pin << 24);
        assert_int_equal(ioapic(0x10 + 2 * pin), 0x10000 | (32 + pin));
        assert_int_equal(ioapic(0x11 + 2 * pin), pin << 24);
    }
    assert_int_equal(ioapic(0x40), 0);
    ioapic_set(0x00, 0xff000000);
    assert_int_equal(ioapic(0x00), 0x0f000000);
}

/* Each IRQ at the pin of its number, but the timer's at 2. */
static void ioapic_pins(void **state)
{
    (void)state;
    start_as_xv6();
    apic_set(0x380, 0);
    for (uint32_t irq = 0; irq < 16; irq++) {
        uint32_t pin = irq == 0 ? 2 : irq;

        if (irq == 2) {
            continue;
        }
        devices_raise(irq); /* lost: the pin is masked */
        ioapic_set(0x10 + 2 * pin, 0x40 + irq);
        assert_false(devices_interrupt_requested());
        devices_raise(irq);
        assert_int_equal(devices_interrupt_take(), 0x40 + irq);
        apic_set(0xb0, 0);
    }
    assert_int_equal(devices_timer_vector(), 0x40);
}

static void ioapic_destinations(void **state)
{
    static const struct {
        uint32_t low, high;
        bool arrives;
    } cases[] = {
        {0x41, 0x00000000, true},   {0x41, 0x01000000, false},  {0x41, 0xff000000, true},
        {0x841, 0x01000000, true},  {0x841, 0x02000000, false}, {0x141, 0x00000000, true},
        {0x441, 0x00000000, false}, /* NMI */
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        start_as_xv6();
        apic_set(0xd0, 0x01000000);
        ioapic_set(0x13, cases[i].high);
        ioapic_set(0x12, cases[i].low);
        devices_raise(1);
        assert_int_equal(devices_interrupt_requested(), cases[i].arrives);
    }
}

/* Level-triggered: once for each end of interrupt, as long as the line is high. */
static void ioapic_level(void **state)
{
    (void)state;
    start_as_xv6();
    apic_set(0x380, 0);
    ioapic_set(0x18, 0x8044);
    out(0x3f9, 0x02); /* the serial line goes high, and stays */
    assert_int_equal(devices_interrupt_take(), 0x44);
    assert_int_equal(ioapic(0x18), 0xc044);
    assert_int_equal(apic(0x1a0), 1u << 4);
    apic_set(0xb0, 0);
    assert_int_equal(devices_interrupt_take(), 0x44);
    in(0x3fa);
    apic_set(0xb0, 0);
    assert_false(devices_interrupt_requested());
    assert_int_equal(ioapic(0x18), 0x8044);
}

/* The timer by way of the I/O APIC wakes hlt. */
static void ioapic_timer(void **state)
{
    (void)state;
    start_as_xv6();
    apic_set(0x380, 0);
    pit_program(0x34, 0x40, 11932);
    assert_true(devices_time_to_interrupt() == UINT64_MAX);
    ioapic_set(0x14, 0x30);
    assert_int_equal(devices_time_to_interrupt(), 10000151);
    devices_time_passes(10000151);
    assert_int_equal(devices_interrupt_take(), 0x30);
}

/* ---- time, checkpoints, noise ---- */

static void time_stamp_advances(void **state)
{
    uint64_t first = devices_time_stamp(), second = devices_time_stamp();

    (void)state;
    assert_true(second > first);
    devices_time_passes(SECOND);
    assert_in_range(devices_time_stamp() - second, SECOND, SECOND + 10000);
}

static void checkpoint(void **state)
{
    uint64_t at;

    (void)state;
    RUN(remap);
    pit_program(0x34, 0x40, 11932);
    devices_time_passes(3 * MILLISECOND);
    at = devices_time_to_interrupt();
    devices_save();
    devices_time_passes(SECOND);
    out(0x21, 0xff);
    devices_port_read(0x1234, 1);
    devices_restore();
    assert_int_equal(devices_time_to_interrupt(), at);
    assert_int_equal(in(0x21), 0x00);
    assert_int_equal(devices_unknown_accesses(), 0);
}

static uint64_t random_state;

static uint32_t random_32(void)
{
    random_state = random_state * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (uint32_t)(random_state >> 32);
}

/* Ports that have devices, more often than others. */
static uint16_t random_port(void)
{
    static const uint16_t bases[] = {0x00, 0x20, 0x40,  0x60,  0x70,  0x80,  0xa0, 0xc0,
                                     0xe8, 0xf0, 0x3c0, 0x3d0, 0x3f8, 0x4d0, 0xcf8};
    uint32_t choice = random_32() % 16;

    return (uint16_t)(choice < 15 ? bases[choice] + random_32() % 16 : random_32());
}

static uint32_t random_address(void)
{
    uint32_t page = random_32() & 1 ? 0xfee00000u : 0xfec00000u;

    return page + random_32() % 64 * 16;
}

/* hlt's promise: after that time, an interrupt is there, and not before. */
static void check_time_to_interrupt(void)
{
    uint64_t wait = devices_time_to_interrupt();

    if (wait == 0 || wait == UINT64_MAX) {
        assert_int_equal(wait == 0, devices_interrupt_requested());
        return;
    }
    devices_time_passes(wait - 1);
    assert_false(devices_interrupt_requested());
    devices_time_passes(1);
    assert_true(devices_interrupt_requested());
}

static uint32_t random_access(void)
{
    static const uint32_t widths[] = {1, 1, 1, 2, 4};
    uint32_t bytes = widths[random_32() % 5], value = random_32();

    switch (random_32() % 16) {
    case 0:
        return devices_memory_read(random_address() | (4 - bytes), bytes);
    case 1:
        devices_memory_write(random_address(), value, 4);
        return 0;
    case 2:
        return devices_interrupt_requested() ? devices_interrupt_take() : 0;
    case 3:
        devices_raise(value % 16);
        return (uint32_t)devices_timer_vector();
    case 4:
        devices_time_passes(value % 100000);
        return (uint32_t)devices_time_stamp();
    case 5:
        check_time_to_interrupt();
        return 0;
    case 6:
    case 7:
    case 8:
    case 9:
        return devices_port_read(random_port(), bytes);
    default:
        devices_port_write(random_port(), value, bytes);
        return 0;
    }
}

static uint64_t random_accesses(uint32_t count, uint64_t seed)
{
    uint64_t digest = 0;

    start(NULL);
    random_state = seed;
    for (uint32_t i = 0; i < count; i++) {
        digest = digest * 31 + random_access();
    }
    return digest * 31 + devices_unknown_accesses();
}

static void noise_is_deterministic(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        assert_true(random_accesses(100000, seed) == random_accesses(100000, seed));
    }
}

#define TEST(name) cmocka_unit_test_setup(name, start)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(pic_as_the_firmware_leaves_it),
        TEST(pic_vectors_after_remap),
        TEST(pic_priority_and_end),
        TEST(pic_second_chip),
        TEST(pic_masks),
        TEST(pic_spurious),
        TEST(pic_automatic_end),
        TEST(pic_rotation),
        TEST(pic_special_mask),
        TEST(pic_level_lines),
        TEST(pit_rates),
        TEST(pit_exact_moments),
        TEST(pit_what_hlt_waits_for),
        TEST(pit_latches),
        TEST(pit_counts_down),
        TEST(pit_calibrates_tsc),
        TEST(pit_gate),
        TEST(refresh_toggles),
        TEST(cmos_memory_sizes),
        TEST(rtc_dates),
        TEST(rtc_update),
        TEST(rtc_interrupts),
        TEST(rtc_waits_for_status_c),
        TEST(serial_as_xv6),
        TEST(serial_loopback),
        TEST(serial_interrupts),
        TEST(keyboard_self_test),
        TEST(keyboard_interrupts),
        TEST(mouse),
        TEST(a20_gates),
        TEST(resets),
        TEST(debug_ports),
        TEST(dma_reads_back),
        TEST(vga_registers),
        TEST(pci_functions),
        TEST(ide_channels_have_no_drive),
        TEST(unknown_ports),
        TEST(apic_as_the_firmware_leaves_it),
        TEST(apic_timer_as_xv6),
        TEST(apic_timer_counts),
        TEST(apic_timer_masked),
        TEST(apic_priorities),
        TEST(apic_errors),
        TEST(apic_disabled),
        TEST(apic_before_pic),
        TEST(ioapic_registers),
        TEST(ioapic_pins),
        TEST(ioapic_destinations),
        TEST(ioapic_level),
        TEST(ioapic_timer),
        TEST(time_stamp_advances),
        TEST(checkpoint),
        TEST(noise_is_deterministic),
    };

    return cmocka_run_group_tests_name("devices", tests, NULL, NULL);
}
