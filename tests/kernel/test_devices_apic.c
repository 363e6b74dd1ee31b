/* The local APIC and the I/O APIC. */
#include "kernel/device_stub.h"
#include "support/test.h"

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

/* The state of xv6: the 8259A is masked, and the local APIC's timer interrupts each 10 ms. */
static void start_as_xv6(void)
{
    device_start(NULL);
    port_out(0x21, 0xff);
    port_out(0xa1, 0xff);
    for (size_t i = 0; i < LENGTH(lapicinit); i++) {
        apic_set(lapicinit[i].offset, lapicinit[i].value);
    }
}

TEST(apic_as_the_firmware_leaves_it)
{
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

TEST(apic_timer_as_xv6)
{
    uint32_t count = 0;

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

TEST(apic_timer_counts)
{
    static const struct {
        uint32_t divide;
        uint64_t by;
    } divides[] = {{0x0, 2},  {0x1, 4},  {0x2, 8},   {0x3, 16},
                   {0x8, 32}, {0x9, 64}, {0xa, 128}, {0xb, 1}};

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

/* As in Linux's calibrate_APIC_clock(): a masked timer counts and does not interrupt. */
TEST(apic_timer_masked)
{
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

TEST(apic_priorities)
{
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

TEST(apic_errors)
{
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

/* A disabled APIC masks its vectors, and does not pass on the 8259A's interrupts. */
TEST(apic_disabled)
{
    pic_remap();
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

TEST(apic_before_pic)
{
    pic_remap();
    devices_raise(0);
    apic_set(0x300, 0x40030);
    assert_int_equal(devices_interrupt_take(), 0x30);
    assert_int_equal(devices_interrupt_take(), 0x20);
}

/* ---- I/O APIC ---- */

TEST(ioapic_registers)
{
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

/* Each IRQ is at the pin of its number, except the timer's at pin 2. */
TEST(ioapic_pins)
{
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

TEST(ioapic_destinations)
{
    static const struct {
        uint32_t low, high;
        bool arrives;
    } cases[] = {
        {0x41, 0x00000000, true},   {0x41, 0x01000000, false},  {0x41, 0xff000000, true},
        {0x841, 0x01000000, true},  {0x841, 0x02000000, false}, {0x141, 0x00000000, true},
        {0x441, 0x00000000, false}, /* NMI */
    };

    for (size_t i = 0; i < LENGTH(cases); i++) {
        start_as_xv6();
        apic_set(0xd0, 0x01000000);
        ioapic_set(0x13, cases[i].high);
        ioapic_set(0x12, cases[i].low);
        devices_raise(1);
        assert_int_equal(devices_interrupt_requested(), cases[i].arrives);
    }
}

/* A level-triggered line interrupts once for each end of interrupt while it is high. */
TEST(ioapic_level)
{
    start_as_xv6();
    apic_set(0x380, 0);
    ioapic_set(0x18, 0x8044);
    port_out(0x3f9, 0x02); /* the serial line goes high, and stays */
    assert_int_equal(devices_interrupt_take(), 0x44);
    assert_int_equal(ioapic(0x18), 0xc044);
    assert_int_equal(apic(0x1a0), 1u << 4);
    apic_set(0xb0, 0);
    assert_int_equal(devices_interrupt_take(), 0x44);
    port_in(0x3fa);
    apic_set(0xb0, 0);
    assert_false(devices_interrupt_requested());
    assert_int_equal(ioapic(0x18), 0x8044);
}

/* The timer wakes hlt through the I/O APIC. */
TEST(ioapic_timer)
{
    start_as_xv6();
    apic_set(0x380, 0);
    pit_program(0x34, 0x40, 11932);
    assert_true(devices_time_to_interrupt() == UINT64_MAX);
    ioapic_set(0x14, 0x30);
    assert_int_equal(devices_time_to_interrupt(), 10000151);
    devices_time_passes(10000151);
    assert_int_equal(devices_interrupt_take(), 0x30);
}

TEST_FIXTURES(device_start, NULL)
