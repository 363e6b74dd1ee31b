/* The 8254, and port 0x61, in the time of the guest. */
#include "kernel/device_stub.h"
#include "support/test.h"

/* Returns the number of interrupts of a vector during a time, which passes in steps as with
   traps. */
static uint32_t interrupts_during(uint64_t duration, uint64_t step, uint8_t vector)
{
    uint32_t count = 0;

    for (uint64_t passed = 0; passed < duration; passed += step) {
        devices_time_passes(step);
        while (devices_interrupt_requested()) {
            assert_int_equal(devices_interrupt_take(), vector);
            port_out(0x20, 0x20);
            count++;
        }
    }
    return count;
}

TEST(pit_rates)
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

    for (size_t i = 0; i < LENGTH(rates); i++) {
        device_start(NULL);
        pic_remap();
        pit_program(rates[i].control, 0x40, rates[i].count);
        assert_int_equal(interrupts_during(10 * SECOND, 10000, 0x20), rates[i].in_10_seconds);
    }
}

TEST(pit_exact_moments)
{
    const uint64_t period = 10000151; /* 11932 ticks, rounded up to a nanosecond */

    pic_remap();
    pit_program(0x34, 0x40, 11932);
    assert_int_equal(devices_time_to_interrupt(), period);
    devices_time_passes(period - 1);
    assert_false(devices_interrupt_requested());
    assert_int_equal(devices_time_to_interrupt(), 1);
    devices_time_passes(1);
    assert_true(devices_interrupt_requested());
    assert_int_equal(devices_time_to_interrupt(), 0);
}

TEST(pit_what_hlt_waits_for)
{
    pic_remap();
    pit_program(0x34, 0x40, 11932);
    port_out(0x21, 0x01);
    assert_true(devices_time_to_interrupt() == UINT64_MAX);
    port_out(0x21, 0x00);
    devices_time_passes(11 * MILLISECOND);
    assert_int_equal(devices_interrupt_take(), 0x20);
    assert_true(devices_time_to_interrupt() == UINT64_MAX); /* it is in service */
    port_out(0x20, 0x20);
    assert_true(devices_time_to_interrupt() < 10 * MILLISECOND);
}

TEST(pit_latches)
{
    static const struct step steps[] = {
        {OUT, 0x43, 0x30}, {OUT, 0x43, 0xe2}, {IN, 0x40, 0x70},  /* no count yet */
        {OUT, 0x40, 0x34}, {OUT, 0x40, 0x12}, {OUT, 0x43, 0x00}, /* latched; ... */
        {OUT, 0x43, 0x00}, {IN, 0x40, 0x34},  {IN, 0x40, 0x12},  /* ... read later */
        {OUT, 0x43, 0xe2}, {IN, 0x40, 0x30},  {OUT, 0x43, 0x14}, /* low byte only */
        {OUT, 0x40, 0x50}, {OUT, 0x43, 0xc2}, {IN, 0x40, 0x94},  {IN, 0x40, 0x50},
        {OUT, 0x43, 0x24}, {OUT, 0x40, 0x77}, {OUT, 0x43, 0xd2}, {IN, 0x40, 0x77}, /* high byte */
    };

    RUN(steps);
}

TEST(pit_counts_down)
{
    uint32_t before, after;

    pit_program(0x34, 0x40, 0xffff);
    port_out(0x43, 0x00);
    before = port_in(0x40);
    before |= (uint32_t)port_in(0x40) << 8;
    devices_time_passes(10 * MILLISECOND);
    port_out(0x43, 0x00);
    after = port_in(0x40);
    after |= (uint32_t)port_in(0x40) << 8;
    assert_in_range(before - after, 11931, 11936); /* and what the reads took */
}

/* As in Linux's pit_calibrate_tsc(): channel 2 in mode 0, until its output is set in port 0x61. */
TEST(pit_calibrates_tsc)
{
    const uint16_t count = 1193182 / 100;
    uint64_t begin, end;

    port_out(0x61, (uint8_t)((port_in(0x61) & ~0x02) | 0x01));
    pit_program(0xb0, 0x42, count);
    begin = devices_time_stamp();
    while (!(port_in(0x61) & 0x20)) {
        devices_time_passes(1000);
    }
    end = devices_time_stamp();
    assert_in_range(end - begin, 9990 * 1000, 10010 * 1000);
}

/* A falling gate stops the count. A rising gate continues it (mode 0) or restarts it (mode 1). */
TEST(pit_gate)
{
    static const struct {
        uint8_t control;
        bool done_after_pause;
    } modes[] = {{0xb0, true}, {0xb2, false}};

    for (size_t i = 0; i < LENGTH(modes); i++) {
        port_out(0x61, 0x00);
        pit_program(modes[i].control, 0x42, 1193);
        port_out(0x61, 0x01);
        devices_time_passes(600000);
        port_out(0x61, 0x00);
        devices_time_passes(600000);
        port_out(0x61, 0x01);
        devices_time_passes(600000);
        assert_int_equal((port_in(0x61) & 0x20) != 0, modes[i].done_after_pause);
        devices_time_passes(600000);
        assert_true(port_in(0x61) & 0x20);
    }
}

TEST(refresh_toggles)
{
    uint32_t changes = 0;
    uint8_t last = port_in(0x61) & 0x10;

    for (uint32_t i = 0; i < 1000; i++) {
        uint8_t bit = port_in(0x61) & 0x10;

        changes += bit != last;
        last = bit;
    }
    assert_in_range(changes, 60, 70); /* 1000 looks take a millisecond */
}

TEST_FIXTURES(device_start, NULL)
