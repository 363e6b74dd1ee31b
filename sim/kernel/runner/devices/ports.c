/*
 * The tables of I/O ports and their devices. Most devices are eight bits wide: the bus splits a
 * wider access into bytes at successive ports. A port that is in no table reads as all ones, and
 * the access is counted: floppy, parallel port, the other three serial ports, sound, ACPI. For a
 * wider access, its first port decides if it is counted.
 */
#include "runner/devices/devices.h"
#include "runner/devices/state.h"

#include <stddef.h>

struct byte_ports {
    uint16_t first, last;
    uint32_t (*read)(uint16_t port);
    void (*write)(uint16_t port, uint8_t value);
};

static uint32_t nothing_read(uint16_t port)
{
    (void)port;
    return 0xff;
}

/* An IDE channel without a drive is neither busy nor ready, so that drivers detect the absence.
   (All ones would mean busy forever.) */
static uint32_t no_drive_read(uint16_t port)
{
    (void)port;
    return 0;
}

static void nothing_write(uint16_t port, uint8_t value)
{
    (void)port, (void)value;
}

static const struct byte_ports byte_ports[] = {
    /* The most used ports come first: console and interrupts. */
    {0x03f8, 0x03ff, serial_read, serial_write},
    {0x03d4, 0x03d5, vga_read, vga_write},
    {0x0020, 0x0021, pic_read, pic_write},
    {0x00a0, 0x00a1, pic_read, pic_write},
    {0x00e9, 0x00e9, debug_output_read, debug_output_write},
    {0x0060, 0x0060, keyboard_read, keyboard_write},
    {0x0064, 0x0064, keyboard_read, keyboard_write},
    {0x0040, 0x0043, pit_read, pit_write},
    {0x0061, 0x0061, pit_speaker_read, pit_speaker_write},
    {0x0070, 0x0071, rtc_read, rtc_write},
    {0x0080, 0x008f, dma_page_read, dma_page_write}, /* 0x80 takes POST codes, and is a delay */
    {0x0000, 0x000f, dma_read, dma_write},
    {0x00c0, 0x00df, dma_read, dma_write},
    {0x0092, 0x0092, fast_a20_read, fast_a20_write},
    {0x0170, 0x0177, no_drive_read, nothing_write},
    {0x01f0, 0x01f7, no_drive_read, nothing_write},
    {0x0376, 0x0376, no_drive_read, nothing_write},
    {0x03f6, 0x03f6, no_drive_read, nothing_write},
    {0x00ed, 0x00ed, nothing_read, nothing_write}, /* a delay */
    {0x00f0, 0x00f1, nothing_read, nothing_write}, /* clears the coprocessor's error */
    {0x03c0, 0x03cf, vga_read, vga_write},
    {0x03da, 0x03da, vga_read, vga_write},
    {0x04d0, 0x04d1, elcr_read, elcr_write},
};

struct wide_ports {
    uint16_t first, last;
    uint32_t (*read)(uint16_t port, uint32_t bytes);
    void (*write)(uint16_t port, uint32_t value, uint32_t bytes);
};

static const struct wide_ports wide_ports[] = {
    {0x00f4, 0x00f7, debug_exit_read, debug_exit_write},
    {0x0cf8, 0x0cff, pci_read, pci_write}, /* includes 0xcf9, the reset control */
};

static const struct byte_ports *byte_ports_at(uint16_t port)
{
    for (size_t i = 0; i < sizeof byte_ports / sizeof *byte_ports; i++) {
        if (port >= byte_ports[i].first && port <= byte_ports[i].last) {
            return &byte_ports[i];
        }
    }
    return NULL;
}

static const struct wide_ports *wide_ports_at(uint16_t port)
{
    for (size_t i = 0; i < sizeof wide_ports / sizeof *wide_ports; i++) {
        if (port >= wide_ports[i].first && port <= wide_ports[i].last) {
            return &wide_ports[i];
        }
    }
    return NULL;
}

static uint32_t bytes_read(uint16_t port, uint32_t bytes)
{
    uint32_t value = 0;

    for (uint32_t i = 0; i < bytes; i++) {
        uint16_t at = (uint16_t)(port + i);
        const struct byte_ports *ports = byte_ports_at(at);

        value |= (ports ? ports->read(at) & 0xff : 0xff) << i * 8;
    }
    return value;
}

static void bytes_write(uint16_t port, uint32_t value, uint32_t bytes)
{
    for (uint32_t i = 0; i < bytes; i++) {
        uint16_t at = (uint16_t)(port + i);
        const struct byte_ports *ports = byte_ports_at(at);

        if (ports) {
            ports->write(at, (uint8_t)(value >> i * 8));
        }
    }
}

uint32_t devices_port_read(uint16_t port, uint32_t bytes)
{
    const struct wide_ports *wide = wide_ports_at(port);
    uint32_t value = all_ones(bytes);

    if (wide) {
        value &= wide->read(port, bytes);
    } else if (byte_ports_at(port)) {
        value &= bytes_read(port, bytes);
    } else {
        devices.unknown_accesses++;
    }
    interrupts_update();
    return value;
}

void devices_port_write(uint16_t port, uint32_t value, uint32_t bytes)
{
    const struct wide_ports *wide = wide_ports_at(port);

    if (wide) {
        wide->write(port, value & all_ones(bytes), bytes);
    } else if (byte_ports_at(port)) {
        bytes_write(port, value, bytes);
    } else {
        devices.unknown_accesses++;
    }
    interrupts_update();
}
