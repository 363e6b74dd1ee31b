/* The clock, and the memory sizes in its CMOS memory. */
#include "kernel/device_stub.h"
#include "support/test.h"

static uint8_t cmos(uint8_t index)
{
    port_out(0x70, index);
    return port_in(0x71);
}

static void cmos_set(uint8_t index, uint8_t value)
{
    port_out(0x70, index);
    port_out(0x71, value);
}

/* The values of QEMU 7.2 for -m 64M, for 3G, and for 4G without the PCI hole. */
TEST(cmos_memory_sizes)
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

TEST(rtc_dates)
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

    for (size_t i = 0; i < LENGTH(cases); i++) {
        devices_reset(64 * MIB);
        cmos_set(0x0b, cases[i].status_b);
        devices_time_passes(cases[i].seconds * SECOND);
        for (size_t k = 0; k < LENGTH(index); k++) {
            assert_int_equal(cmos(index[k]), cases[i].value[k]);
        }
    }
}

/* Wait for an update to begin and to end, as xv6's cmostime() and older Linux do. */
TEST(rtc_update)
{
    uint32_t looks = 0;
    uint8_t before = cmos(0x00);

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
            port_out(0xa0, 0x20);
            port_out(0x20, 0x20);
            count++;
        }
    }
    return count;
}

TEST(rtc_interrupts)
{
    static const struct {
        uint8_t status_a, status_b;
        uint32_t in_4_seconds;
        uint8_t flags;
    } cases[] = {
        {0x26, 0x42, 4096, 0xc0}, {0x2f, 0x42, 8, 0xc0}, {0x21, 0x42, 1024, 0xc0},
        {0x20, 0x42, 0, 0},       {0x26, 0x12, 4, 0xd0}, {0x26, 0x02, 0, 0},
    };

    for (size_t i = 0; i < LENGTH(cases); i++) {
        uint8_t flags = 0;

        device_start(NULL);
        pic_remap();
        port_out(0x21, 0xfb);
        cmos_set(0x0a, cases[i].status_a);
        cmos_set(0x0b, cases[i].status_b);
        assert_int_equal(clock_interrupts_during(4 * SECOND, &flags), cases[i].in_4_seconds);
        assert_int_equal(flags & cases[i].flags, cases[i].flags);
    }
}

/* The line stays high until status C is read, so there is no second edge. */
TEST(rtc_waits_for_status_c)
{
    pic_remap();
    port_out(0x21, 0xfb);
    cmos_set(0x0b, 0x42);
    devices_time_passes(10 * MILLISECOND);
    assert_int_equal(devices_interrupt_take(), 0x28);
    port_out(0xa0, 0x20);
    port_out(0x20, 0x20);
    devices_time_passes(10 * MILLISECOND);
    assert_false(devices_interrupt_requested());
    assert_true(devices_time_to_interrupt() == UINT64_MAX);
    assert_int_equal(cmos(0x0c), 0xc0);
    assert_int_equal(cmos(0x0c), 0x00);
    devices_time_passes(MILLISECOND);
    assert_true(devices_interrupt_requested());
}

TEST_FIXTURES(device_start, NULL)
