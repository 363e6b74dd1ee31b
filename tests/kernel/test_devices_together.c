/* All devices together: time, checkpoints, and random accesses. */
#include "kernel/device_stub.h"
#include "replay/random.h"
#include "support/test.h"

TEST(time_stamp_advances)
{
    uint64_t first = devices_time_stamp(), second = devices_time_stamp();

    assert_true(second > first);
    devices_time_passes(SECOND);
    assert_in_range(devices_time_stamp() - second, SECOND, SECOND + 10000);
}

TEST(checkpoint)
{
    uint64_t at;

    pic_remap();
    pit_program(0x34, 0x40, 11932);
    devices_time_passes(3 * MILLISECOND);
    at = devices_time_to_interrupt();
    devices_save();
    devices_time_passes(SECOND);
    port_out(0x21, 0xff);
    devices_port_read(0x1234, 1);
    devices_restore();
    assert_int_equal(devices_time_to_interrupt(), at);
    assert_int_equal(port_in(0x21), 0x00);
    assert_int_equal(devices_unknown_accesses(), 0);
}

static uint32_t random_state;

/* Returns a random port, usually one that has a device. */
static uint16_t random_port(void)
{
    static const uint16_t bases[] = {0x00, 0x20, 0x40,  0x60,  0x70,  0x80,  0xa0, 0xc0,
                                     0xe8, 0xf0, 0x3c0, 0x3d0, 0x3f8, 0x4d0, 0xcf8};
    uint32_t choice = random32(&random_state) % 16;

    return (uint16_t)(choice < 15 ? bases[choice] + random32(&random_state) % 16
                                  : random32(&random_state));
}

static uint32_t random_address(void)
{
    uint32_t page = random32(&random_state) & 1 ? 0xfee00000u : 0xfec00000u;

    return page + random32(&random_state) % 64 * 16;
}

/* Check that an interrupt arrives after the announced time, and not before. */
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
    uint32_t bytes = widths[random32(&random_state) % 5], value = random32(&random_state);

    switch (random32(&random_state) % 16) {
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

static uint64_t random_accesses(uint32_t count, uint32_t seed)
{
    uint64_t digest = 0;

    device_start(NULL);
    random_state = seed;
    for (uint32_t i = 0; i < count; i++) {
        digest = digest * 31 + random_access();
    }
    return digest * 31 + devices_unknown_accesses();
}

TEST(noise_is_deterministic)
{
    for (uint32_t seed = 1; seed <= 10; seed++) {
        assert_true(random_accesses(100000, seed) == random_accesses(100000, seed));
    }
}

TEST_FIXTURES(device_start, NULL)
