#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kernel/device_stub.h"

#include <string.h>

/* ---- the runner's side ---- */

struct device_stub runner;

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

int device_start(void **state)
{
    (void)state;
    memset(&runner, 0, sizeof runner);
    devices_reset(64 * MIB);
    return 0;
}

/* ---- sequences ---- */

uint8_t port_in(uint16_t port)
{
    return (uint8_t)devices_port_read(port, 1);
}

void port_out(uint16_t port, uint8_t value)
{
    devices_port_write(port, value, 1);
}

static void run_step(const struct step *step)
{
    switch (step->what) {
    case OUT:
        port_out(step->at, step->value);
        break;
    case IN:
        assert_int_equal(port_in(step->at), step->value);
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

void run_steps(const struct step *steps, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        run_step(&steps[i]);
    }
}

void pic_remap(void)
{
    static const struct step remap[] = {
        {OUT, 0x20, 0x11}, {OUT, 0xa0, 0x11}, {OUT, 0x21, 0x20}, {OUT, 0xa1, 0x28},
        {OUT, 0x21, 0x04}, {OUT, 0xa1, 0x02}, {OUT, 0x21, 0x01}, {OUT, 0xa1, 0x01},
        {OUT, 0x21, 0x00}, {OUT, 0xa1, 0x00},
    };

    RUN(remap);
}

void pit_program(uint8_t control, uint16_t port, uint16_t count)
{
    port_out(0x43, control);
    port_out(port, (uint8_t)count);
    port_out(port, (uint8_t)(count >> 8));
}
