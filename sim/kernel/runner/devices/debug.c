/* The ports that emulators have for kernels under test: 0xe9 of Bochs, 0xf4 of QEMU. */
#include "runner/devices/devices.h"
#include "runner/devices/state.h"

#define DEBUG_OUTPUT_PRESENT 0xe9u

uint32_t debug_output_read(uint16_t port)
{
    (void)port;
    return DEBUG_OUTPUT_PRESENT;
}

void debug_output_write(uint16_t port, uint8_t value)
{
    (void)port;
    runner_output(value);
}

uint32_t debug_exit_read(uint16_t port, uint32_t bytes)
{
    (void)port;
    return all_ones(bytes);
}

void debug_exit_write(uint16_t port, uint32_t value, uint32_t bytes)
{
    (void)port, (void)bytes;
    runner_exit(value);
}
