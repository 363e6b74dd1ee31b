/*
 * The rest of the board: two 8237A DMA controllers and their page registers, which transfer
 * nothing; port 0x92, which switches A20; the PIIX's reset control; and the debug ports of
 * emulators. The A20 bit has no effect: memory never wraps at 1 MiB.
 */
#include "runner/devices/devices.h"
#include "runner/devices/state.h"

#define FAST_A20_ON    0x02u
#define FAST_A20_RESET 0x01u
#define RESET_NOW      0x04u

#define DEBUG_OUTPUT_PRESENT 0xe9u /* the value that a read of the port returns */

static struct board *const board = &devices.board;

void board_reset(void)
{
    *board = (struct board){.fast_a20 = FAST_A20_ON};
}

static uint8_t *dma_register(uint16_t port)
{
    return &board->dma[port >= 0xc0][port & 0x1f];
}

uint32_t dma_read(uint16_t port)
{
    return *dma_register(port);
}

void dma_write(uint16_t port, uint8_t value)
{
    *dma_register(port) = value;
}

/* Port 0x80 is the first page register. Kernels access it as a delay. */
uint32_t dma_page_read(uint16_t port)
{
    devices_time_passes(POLL_NANOSECONDS);
    return board->page[port & 0xf];
}

void dma_page_write(uint16_t port, uint8_t value)
{
    devices_time_passes(POLL_NANOSECONDS);
    board->page[port & 0xf] = value;
}

uint32_t fast_a20_read(uint16_t port)
{
    (void)port;
    return board->fast_a20;
}

void fast_a20_write(uint16_t port, uint8_t value)
{
    (void)port;
    board->fast_a20 = (uint8_t)(value & ~FAST_A20_RESET);
    if (value & FAST_A20_RESET) {
        runner_reset("port 0x92");
    }
}

uint32_t reset_control_read(void)
{
    return board->reset_control;
}

void reset_control_write(uint8_t value)
{
    board->reset_control = (uint8_t)(value & ~RESET_NOW);
    if (value & RESET_NOW) {
        runner_reset("port 0xcf9");
    }
}

/* ---- debug ports of emulators: 0xe9 of Bochs, 0xf4 of QEMU ---- */

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
