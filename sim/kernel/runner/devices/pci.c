/*
 * PCI configuration mechanism 1 (PCI Local Bus Specification 3.0, 3.2.2.3). The bus has a host
 * bridge and an ISA bridge, which have no base addresses and ignore writes.
 */
#include "runner/devices/state.h"

#include <stddef.h>

#define PCI_DATA          4u /* set in the four data ports, clear in the four address ports */
#define PCI_RESET_CONTROL 0xcf9u

/* | enable 31 | 0 | bus 23-16 | device 15-11 | function 10-8 | register 7-2 | 0 | */
#define ADDRESS_ENABLE   0x80000000u
#define ADDRESS_FUNCTION 0x00ffff00u
#define ADDRESS_REGISTER 0x000000fcu
#define DEVICE(number)   ((number) << 11)

struct pci_function {
    uint32_t address;
    uint32_t identity;  /* device, vendor */
    uint32_t command;   /* status, command */
    uint32_t class;     /* class, interface, revision */
    uint32_t subsystem; /* device, vendor */
};

static const struct pci_function functions[] = {
    {DEVICE(0u), 0x12378086, 0x00000103, 0x06000002, 0x11001af4}, /* i440FX */
    {DEVICE(1u), 0x70008086, 0x02000103, 0x06010000, 0x11001af4}, /* PIIX3 */
};

static uint32_t config_read(void)
{
    uint32_t address = devices.pci.address;

    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        if (!(address & ADDRESS_ENABLE) || functions[i].address != (address & ADDRESS_FUNCTION)) {
            continue;
        }
        switch (address & ADDRESS_REGISTER) {
        case 0x00:
            return functions[i].identity;
        case 0x04:
            return functions[i].command;
        case 0x08:
            return functions[i].class;
        case 0x2c:
            return functions[i].subsystem;
        default:
            return 0;
        }
    }
    return UINT32_MAX;
}

uint32_t pci_read(uint16_t port, uint32_t bytes)
{
    if (port & PCI_DATA) {
        return config_read() >> (port & 3) * 8;
    }
    if (port == PCI_RESET_CONTROL && bytes == 1) {
        return reset_control_read();
    }
    return bytes == 4 ? devices.pci.address : all_ones(bytes);
}

/* The address is written as four bytes; a single byte at the second is the reset control. */
void pci_write(uint16_t port, uint32_t value, uint32_t bytes)
{
    if (port & PCI_DATA) {
        return;
    }
    if (port == PCI_RESET_CONTROL && bytes == 1) {
        reset_control_write((uint8_t)value);
    } else if (bytes == 4) {
        devices.pci.address = value;
    }
}
